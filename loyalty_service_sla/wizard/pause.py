from odoo import fields, models

from ..engine import clock as engine
from ..models.entry import REASONS


class Pause(models.TransientModel):
    """Ask for whom tickets wait."""

    _name = "loyalty.service.sla.pause"
    _description = "Pause the SLA Clocks"

    ticket_ids = fields.Many2many(
        "helpdesk.ticket",
        required=True,
        default=lambda self: self.env.context.get("active_ids", []),
    )
    reason = fields.Selection(REASONS, string="Waits For", required=True, default=engine.CLIENT)
    note = fields.Char(string="For What", help="The service desk reads this, the client does not.")

    def action_pause(self):
        """Pause the clocks of the tickets."""
        self.ensure_one()
        self.ticket_ids._loyalty_sla_pause(self.reason, self.note)
        return {"type": "ir.actions.act_window_close"}
