from odoo import api, fields, models
from odoo.exceptions import UserError

from ..ticket_types import INSTEAD_TYPES


class Withdraw(models.TransientModel):
    """Ask why a ticket is no complaint or no emergency, and what it is instead."""

    _name = "loyalty.service.sla.withdraw"
    _description = "No Complaint or Emergency"

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, readonly=True)
    ticket_type = fields.Selection(
        INSTEAD_TYPES,
        string="What It Is Instead",
        required=True,
        default="question",
    )
    reason = fields.Char(
        string="Why", required=True, help="It is kept. The client does not read it."
    )

    needs_approval = fields.Boolean(compute="_compute_needs_approval")

    @api.depends("ticket_id")
    @api.depends_context("uid")
    def _compute_needs_approval(self):
        for dialog in self:
            # sudo: whether there is one is asked of the ticket that the user has opened.
            complaint = dialog.ticket_id._loyalty_complaints_sudo().filtered("active")
            dialog.needs_approval = bool(
                complaint and complaint.with_env(self.env)._needs_withdrawal_approval()
            )

    def action_withdraw(self):
        self.ensure_one()
        reason = self.reason.strip()
        if not reason:
            raise UserError(self.env._("Write down why."))
        close = {"type": "ir.actions.act_window_close"}
        if not self.ticket_id._loyalty_withdraw(self.ticket_type, reason):
            return close
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("A manager is asked. Until then it stays a complaint."),
                "next": close,
            },
        }
