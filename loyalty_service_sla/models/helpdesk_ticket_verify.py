from odoo import models


class HelpdeskTicket(models.Model):
    """Prove that the clocks say what happened."""

    _inherit = "helpdesk.ticket"

    def action_loyalty_sla_verify(self):
        """Replay the logs of these tickets, or of all open ones, and show what is different."""
        dialog = self.env["loyalty.service.sla.verify"].create({"ticket_ids": [(6, 0, self.ids)]})
        return dialog._reopen()

    def _loyalty_sla_correct(self):
        """Make the clocks of these tickets again from their logs; superuser."""
        self._loyalty_sla_sync()
        Clock = self.env["loyalty.service.sla.clock"]
        rows = Clock._lock_rows(self)
        clocks = Clock.browse(rows)
        breached = clocks.filtered("breached")
        clocks._replay()
        entries = self.env["loyalty.service.sla.entry"].search([("ticket_id", "in", self.ids)])
        Clock._start(entries.grouped("ticket_id"), rows.values())
        (breached - clocks.filtered("breached"))._undo_breach_events()
        Clock._schedule(self.loyalty_sla_clock_ids)

    def _loyalty_sla_correct_sums(self):
        """Make anew what these tickets say of their clocks, which are right; superuser."""
        for name in self._loyalty_sla_sum_up(self.loyalty_sla_clock_ids.browse()):
            self.env.add_to_compute(self._fields[name], self)
