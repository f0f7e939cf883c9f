from odoo import api, fields, models

from ..engine import clock as engine


class Clock(models.Model):
    """Who stopped a clock at the last moment, and what for."""

    _inherit = "loyalty.service.sla.clock"

    scarce_pause_user_id = fields.Many2one(
        "res.users", string="Paused By", compute="_compute_scarce_pause"
    )
    scarce_pause_text = fields.Char(string="Because Of", compute="_compute_scarce_pause")

    @api.depends("scarce_pause_date")
    @api.depends_context("lang")
    def _compute_scarce_pause(self):
        """Look the pause up in the logs of all at once."""
        rows = self.env["loyalty.service.sla.entry"].search(
            [
                ("ticket_id", "in", self.ticket_id.ids),
                ("kind", "=", engine.PAUSE),
                ("date", "in", [date for date in self.mapped("scarce_pause_date") if date]),
            ]
        )
        by_moment = {(row.ticket_id, row.date): row for row in rows}
        for clock in self:
            row = by_moment.get((clock.ticket_id, clock.scarce_pause_date), rows.browse())
            clock.scarce_pause_user_id = row.user_id
            clock.scarce_pause_text = row.reason_text
