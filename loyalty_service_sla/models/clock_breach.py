from odoo import models

from ..engine import clock as engine


class Clock(models.Model):
    """What follows from a promise that ran out."""

    _inherit = "loyalty.service.sla.clock"

    def _on_breach(self):
        """Record the breach of the clocks in ``self``, which has just shown, and have it told."""
        self._record_breach_events()
        late = self.filtered(lambda clock: clock.state in engine.OPEN)
        if self.env.context.get("loyalty_sla_hold"):
            late._hold()
        else:
            # What is late by itself is told, whatever a change had held before.
            late._let_go()

    def _get_breach_key(self):
        """Return what tells one breach of a ticket from another: the target, and which wait."""
        self.ensure_one()
        return self.target if self.waits <= 1 else f"{self.target}.{self.waits}"

    def _record_breach_events(self):
        self.ticket_id._loyalty_record_breaches(self)

    def _undo_breach_events(self):
        self.ticket_id._loyalty_undo_breaches(self)
