from typing import NamedTuple

from odoo import models

from ..engine import clock as engine
from ..engine import outcome as outcome_engine


class Miss(NamedTuple):
    """A wait of a clock that was too long."""

    clock: models.BaseModel
    wait: int
    date: object

    @property
    def key(self):
        """What tells one breach of a ticket from another: the target, and which wait."""
        target = self.clock.target
        return target if self.wait <= 1 else f"{target}.{self.wait}"


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

    def _get_misses(self):
        return [Miss(clock, clock.waits, clock.breach_date) for clock in self]

    def _record_breach_events(self):
        self.ticket_id._loyalty_record_breaches(self._get_misses())

    def _undo_breach_events(self):
        self.ticket_id._loyalty_undo_breaches(self._get_misses())

    def _correct_earlier_waits(self):
        """Bring what is known of earlier waits in step with a promise that counts from the start.

        Of the last one the clocks themselves know.
        """
        clocks = self.filtered(lambda clock: clock.waits > 1)
        if not clocks:
            return
        logs = self.env["loyalty.service.sla.entry"]._get_logs(clocks.ticket_id)
        times = self._get_times(logs.values())
        Outcome = self.env["loyalty.service.sla.outcome"]
        known = {(miss.clock, miss.wait): miss for miss in Outcome._get_misses(clocks.ticket_id)}
        fresh, wrong = [], []
        for clock in clocks:
            _state, decided = outcome_engine.history(clock.target, logs[clock.ticket_id.id], times)
            missed = {one.wait: one for one in decided if one.kind == outcome_engine.BROKEN}
            for wait in range(1, clock.waits):
                before, now = known.get((clock, wait)), missed.get(wait)
                if before and not now:
                    wrong.append(before)
                elif now and not before:
                    fresh.append((clock, now))
        Outcome._undo([(miss.clock.id, miss.wait) for miss in wrong])
        Outcome._record(fresh)
        clocks.ticket_id._loyalty_undo_breaches(wrong)
        clocks.ticket_id._loyalty_record_breaches(
            [Miss(clock, one.wait, one.date) for clock, one in fresh]
        )
