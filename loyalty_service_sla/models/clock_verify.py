from typing import NamedTuple

from odoo import api, fields, models

from ..engine import clock as engine
from ..engine.past_hours import replay

#: What the scheduled action notes about its own work, which no log knows of.
OWN = {"error", "retry_date"}


class Difference(NamedTuple):
    """Something that is kept of a ticket and that its log does not say.

    :ivar clock: empty where a clock is missing
    :ivar field: what is different, of the clock or of the ticket that sums its clocks up;
        "clock" where one is missing, "stage" where the log does not know the stage that the
        ticket has
    """

    ticket: models.BaseModel
    clock: models.BaseModel
    target: str
    field: str
    stored: object
    replayed: object


class Clock(models.Model):
    """Do the clocks say what a replay of the logs makes?"""

    _inherit = "loyalty.service.sla.clock"

    @api.model
    def _verify(self, tickets):
        """Replay the logs of ``tickets`` and return each :class:`Difference` to what is kept.

        What has ended is replayed by the hours of then. For the clocks that are left out see
        ``_is_verifiable``.
        """
        now = fields.Datetime.now()
        Entry = self.env["loyalty.service.sla.entry"]
        logs = Entry._get_logs(tickets)
        phases = Entry._get_phases(tickets)
        clocks = self.search([("ticket_id", "in", tickets.ids)])
        by_ticket = clocks.grouped(lambda clock: clock.ticket_id.id)
        history = self._get_history(logs.values())
        result = []
        for ticket in tickets:
            log = logs.get(ticket.id, [])
            own = by_ticket.get(ticket.id, self.browse())
            phase = phases.get(ticket.id, (None, None))[0]
            if phase != ticket._loyalty_sla_get_phase():
                result.append(
                    Difference(
                        *(ticket, self.browse(), "", "stage"),
                        *(ticket._loyalty_sla_get_phase(), phase),
                    )
                )
            known = set(own.mapped("target"))
            result += [
                Difference(ticket, self.browse(), target, "clock", False, True)
                for target in sorted(self._get_promised_targets(log) - known)
            ]
            for clock in own.filtered(lambda clock: clock._is_verifiable()):
                state = replay(clock.target, log, history)
                result += clock._compare(state, history.at(), now)
            result += [
                Difference(ticket, self.browse(), "", name, ticket[name], value)
                for name, value in ticket._loyalty_sla_sum_up(own).items()
                if ticket[name] != value
            ]
        return result

    def _is_verifiable(self):
        """Tell whether a replay must make this clock.

        Not of those that wait to be counted anew by changed hours, and of those that ended
        before a change of hours at a time when the hours before it were not kept.
        """
        self.ensure_one()
        return not self.replan_date and not self._keeps_lost_hours()

    @api.model
    def _get_promised_targets(self, log):
        targets = {target for entry in log if entry.promise for target in entry.promise.seconds}
        kinds = {entry.kind for entry in log}
        return targets | {target for target, kind in engine.DATED.items() if kind in kinds}

    def _compare(self, state, times, now):
        """Return the differences of this clock to ``state``, what a replay makes of it."""
        self.ensure_one()
        # Whether somebody has looked since the deadline is no matter of the log.
        if self.breached:
            state = engine.look(state, now, times)
        values = self._prepare_values(state, times)
        return [
            Difference(self.ticket_id, self, self.target, name, self[name], value)
            for name, value in values.items()
            if name not in OWN
            and (self[name].id if self._fields[name].relational else self[name]) != value
        ]
