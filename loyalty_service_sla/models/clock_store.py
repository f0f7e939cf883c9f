from functools import cache

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.loyalty_service.bulk import update

from ..engine import clock as clock_engine
from ..engine import outcome as engine
from ..rows import as_column, as_engine

#: What is read of a clock to move it, beside what the engine says.
BESIDE = ("id", "ticket_id", "company_id", "target", "policy_id", "held", "behind_date")
#: What is written with what the engine says.
PLANNED = ("next_due", "replan_date")


class Clock(models.Model):
    """How the states of clocks come out of the table and get into it: many at once.

    A stage is written on thousands of tickets at once, so they are read as rows and not as
    records, and written in one statement.
    """

    _inherit = "loyalty.service.sla.clock"

    def _as_engine(self):
        self.ensure_one()
        return as_engine(self)._replace(calendar=self.calendar_id.id or None)

    @api.model
    def _lock_rows(self, tickets):
        """Return ``{id: row}`` of the clocks of ``tickets``, locked until the transaction ends.

        Of two transactions that move a clock at once the second waits, then fails and is run
        again by Odoo, so that none overwrites what the other counted.
        """
        return self._select_rows(
            SQL("ticket_id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", tickets.ids)
        )

    @api.model
    def _lock_tickets(self, tickets):
        """Return the clocks of ``tickets``, locked as by :meth:`_lock_rows`."""
        return self.browse(self._lock_rows(tickets))

    @api.model
    def _select_rows(self, condition):
        counted = self._prepare_values(clock_engine.Clock(""), {})
        names = [*BESIDE, *counted, *PLANNED]
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT %s FROM loyalty_service_sla_clock WHERE %s",
                SQL(", ").join(map(SQL.identifier, names)),
                condition,
            )
        )
        return {row["id"]: row for row in self.env.cr.dictfetchall()}

    def _store(self, states, times, rows=None, recount=False, **extra):
        """Write what the engine says about the clocks in ``self``, as far as it is new.

        :param dict states: ``{clock: engine.Clock}``
        :param dict times: ``{calendar id: WorkingTime}``
        :param dict rows: what :meth:`_lock_rows` has read of them, if it has
        :param bool recount: whether all was counted anew, by other hours maybe
        :param extra: ``{field: value}`` or ``{field: {clock: value}}`` to be written as well
        """
        if not self:
            return
        if rows is None:
            rows = self._select_rows(SQL("id = ANY(%s)", self.ids))
        policies = extra.get("policy_id") or {}
        told = self._get_told(states, rows)
        self._follow_told(states, told, times, policies, recount)
        self._keep_outcomes(states, rows)
        tickets = self.env["helpdesk.ticket"].browse({row["ticket_id"] for row in rows.values()})
        types = {ticket.id: ticket.loyalty_ticket_type for ticket in tickets}
        find_steps = cache(self._find_steps)
        # Most of what is kept stays as it is: only what differs anywhere is written.
        changed, names = {}, {}
        for clock in self:
            row = rows[clock.id]
            values = self._prepare_values(states[clock], times)
            for name, value in extra.items():
                values[name] = value.get(clock, row[name]) if isinstance(value, dict) else value
            steps = find_steps(
                row["company_id"],
                values.get("policy_id", row["policy_id"]),
                types[row["ticket_id"]],
                row["target"],
                row["behind_date"],
            )
            values["next_due"] = self._get_next_due(
                states[clock],
                steps,
                told.get(clock.id, ()),
                row["held"],
                values["deadline"],
                times,
            )
            different = [
                name for name, value in values.items() if (row[name] or False) != (value or False)
            ]
            if different:
                changed[clock.id] = values
                names.update(dict.fromkeys(different))
        if changed:
            self.env["helpdesk.ticket"]._loyalty_sla_note_moved(
                rows[clock_id]["ticket_id"] for clock_id in changed
            )
            self.browse(changed)._write_rows(
                [{name: values[name] for name in names} for values in changed.values()]
            )

    def _keep_outcomes(self, states, rows):
        """Note what becomes decided when the clocks in ``self`` are written.

        :param dict states: ``{clock: engine.Clock}``
        :param dict rows: what is kept of them so far
        """
        found, undone = [], []
        for clock in self:
            row, after = rows[clock.id], states[clock]
            if after.finished or after.breach or row["breached"]:
                before = as_engine(row)
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
        for name, field in fields_.items():
            # Nobody has to read what was just written.
            values = [field.convert_to_cache(row[name], self) for row in rows]
            field._insert_cache(self, values)
