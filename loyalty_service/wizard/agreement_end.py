from odoo import fields, models


class AgreementEnd(models.TransientModel):
    """Ask why and when an agreement ends."""

    _name = "loyalty.service.agreement.end"
    _description = "End an Agreement"

    agreement_ids = fields.Many2many(
        "loyalty.service.agreement",
        required=True,
        default=lambda self: self.env.context.get("active_ids", []),
    )
    date = fields.Date(
        string="Last Day of Service",
        required=True,
        default=lambda self: self.env.company._loyalty_day(),
    )
    reason_id = fields.Many2one("loyalty.service.end.reason", required=True)
    note = fields.Char(string="In the client's own words")

    def action_end(self):
        """End the agreements."""
        self.ensure_one()
        self.agreement_ids._end(self.reason_id, self.date, self.note)
        return {"type": "ir.actions.act_window_close"}
