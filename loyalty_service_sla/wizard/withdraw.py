from odoo import fields, models
from odoo.exceptions import UserError

from ..models.helpdesk_ticket_type import GATED, TYPES


class Withdraw(models.TransientModel):
    """Ask why a ticket is no complaint or no emergency, and what it is instead."""

    _name = "loyalty.service.sla.withdraw"
    _description = "No Complaint or Emergency"

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, readonly=True)
    ticket_type = fields.Selection(
        [(code, name) for code, name in TYPES if code not in GATED],
        string="What It Is Instead",
        required=True,
        default="question",
    )
    reason = fields.Char(
        string="Why", required=True, help="It is kept. The client does not read it."
    )

    def action_withdraw(self):
        self.ensure_one()
        reason = self.reason.strip()
        if not reason:
            raise UserError(self.env._("Write down why."))
        self.ticket_id._loyalty_withdraw(self.ticket_type, reason)
        return {"type": "ir.actions.act_window_close"}
