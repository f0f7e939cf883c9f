from odoo import models

from odoo.addons.loyalty_service.bulk import update

from ..engine import outcome as engine
from ..rows import as_column


class Clock(models.Model):
    """How the states of clocks get into the table: many at once."""

    _inherit = "loyalty.service.sla.clock"

    def _store(self, states, times, recount=False, **extra):
        """Write what the engine says about the clocks in ``self``, as far as it is new.

        In one statement for all of them: a stage is written on thousands of tickets at once.

        :param dict states: ``{clock: engine.Clock}``
        :param dict times: ``{calendar id: WorkingTime}``
        :param bool recount: whether all was counted anew, by other hours maybe
        :param extra: ``{field: value}`` or ``{field: {clock: value}}`` to be written as well
        """
        rows = {}
        policies = extra.get("policy_id") or {}
        told = self._get_told(states)
        self._follow_told(states, told, times, policies, recount)
        self._keep_outcomes(states)
        for clock in self:
            values = self._prepare_values(states[clock], times)
            values["next_due"] = self._get_next_due(
                states[clock],
                clock._get_steps(policies.get(clock)),
                told.get(clock.id, ()),
                clock.held,
                times,
            )
            for name, value in extra.items():
                values[name] = (
                    value.get(clock, clock[name].id) if isinstance(value, dict) else value
                )
            if any(
                (clock[name].id if self._fields[name].relational else clock[name]) != value
                for name, value in values.items()
            ):
                rows[clock] = values
        if rows:
            tickets = self.env["helpdesk.ticket"]
            tickets._loyalty_sla_note_moved(clock.ticket_id.id for clock in rows)
            self.browse(clock.id for clock in rows)._write_rows(list(rows.values()))

    def _keep_outcomes(self, states):
        """Note what becomes decided when the clocks in ``self`` are written.

        :param dict states: ``{clock: engine.Clock}``
        """
        found, undone = [], []
        for clock in self:
            after = states[clock]
            if after.finished or after.breach or clock.breached:
                before = clock._as_engine()
                found += [(clock, outcome) for outcome in engine.outcomes(before, after)]
                if engine.is_undone(before, after):
                    undone.append((clock.id, before.waits))
        Outcome = self.env["loyalty.service.sla.outcome"]
        Outcome._undo(undone)
        Outcome._record(found)

    def _write_rows(self, rows):
        """Write a dict of values, of the same fields each, to each record of ``self``."""
        fields_ = {name: self._fields[name] for name in rows[0]}
        update(
            self,
            {
                name: [as_column(field, row[name]) for row in rows]
                for name, field in fields_.items()
            },
        )
