from odoo import api, fields, models

from ..models.survey_trigger import DEFAULT_ANSWER_DAYS, DEFAULT_QUIET_DAYS


class SurveySend(models.TransientModel):
    """Ask chosen clients a survey, now or on a day."""

    _name = "loyalty.service.survey.send"
    _description = "Send a Survey to Clients"

    survey_id = fields.Many2one(
        "survey.survey", required=True, domain="[('loyalty_feeds', '=', True)]"
    )
    client_ids = fields.Many2many("loyalty.service.client", string="Clients", required=True)
    wave = fields.Char(
        required=True,
        default=lambda self: fields.Date.to_string(fields.Date.context_today(self)),
        help="Under this name the answers are compared later. Nobody is asked twice in a wave.",
    )
    date_due = fields.Datetime(
        string="Send On", required=True, default=fields.Datetime.now
    )
    quiet_days = fields.Integer(
        default=DEFAULT_QUIET_DAYS,
        help="Who was sent any survey within so many days before is left out. 0 leaves nobody "
        "out.",
    )
    answer_days = fields.Integer(
        string="Days to Answer", default=DEFAULT_ANSWER_DAYS, required=True
    )
    client_count = fields.Integer(compute="_compute_client_count")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "loyalty.service.client":
            values["client_ids"] = [(6, 0, self.env.context.get("active_ids", []))]
        elif self.env.context.get("active_model") == "survey.survey":
            values["survey_id"] = self.env.context.get("active_id")
        return values

    @api.depends("client_ids")
    def _compute_client_count(self):
        for wizard in self:
            wizard.client_count = len(wizard.client_ids)

    def action_send(self):
        """Plan the wave and show it."""
        self.ensure_one()
        invitations = self.survey_id._loyalty_invite(
            self.client_ids,
            date=self.date_due,
            wave=self.wave,
            quiet_days=self.quiet_days,
            answer_days=self.answer_days,
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_service_survey.survey_invitation_action"
        )
        return {
            **action,
            "display_name": self.env._("Wave: %s", self.wave),
            "domain": [("id", "in", invitations.ids)],
            "context": {},
        }
