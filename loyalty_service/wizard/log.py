from uuid import uuid4

from odoo import api, fields, models


class Log(models.TransientModel):
    """One line about a call, a chat or a visit."""

    _name = "loyalty.service.log"
    _description = "Log a Contact"

    partner_id = fields.Many2one("res.partner", string="Client", required=True)
    type_id = fields.Many2one(
        "loyalty.service.event.type",
        string="What",
        required=True,
        domain=lambda self: self._type_domain(),
        default=lambda self: self.env["loyalty.service.event.type"].search(
            [("manual", "=", True)], limit=1
        ),
    )
    summary = fields.Char(string="In one line", required=True)
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    uses_free_hours = fields.Boolean(related="type_id.uses_free_hours")
    hours = fields.Float(
        string="Duration (Hours)", help="It uses up the free hours of the client's tier."
    )
    hours_text = fields.Char(string="Free Hours", related="partner_id.loyalty_client_id.hours_text")
    # Names this dialog, so that a double click or a retried request logs once.
    token = fields.Char(default=lambda self: str(uuid4()), readonly=True)

    @api.model
    def _type_domain(self):
        """Return the domain of types that the user may log.

        A client that brings another earns many points, so that a manager says that it did.
        """
        if self.env.user.has_group("loyalty_service.group_loyalty_manager"):
            return ["|", ("manual", "=", True), ("kind", "=", "referral")]
        return [("manual", "=", True)]

    def action_log(self):
        """Record the event."""
        self.ensure_one()
        self.env["loyalty.service.event"].create(
            {
                "type_id": self.type_id.id,
                "partner_id": self.partner_id.id,
                "date": self.date,
                "summary": self.summary,
                "hours": self.hours if self.uses_free_hours else 0.0,
                "origin": f"{self._name},{self.token}",
            }
        )
        return {"type": "ir.actions.act_window_close"}
