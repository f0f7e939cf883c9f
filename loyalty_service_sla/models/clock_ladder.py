from dataclasses import replace

from odoo import api, fields, models

from ..engine import clock as engine
from ..engine import ladder as ladder_engine
from .escalation_log import DROPPED, UNDONE, WAITING

#: Clocks that are planned in one go.
PLAN_SIZE = 2000


class Clock(models.Model):
    """When a clock has to be looked at next: for its deadline or a step of its ladder."""

    _inherit = "loyalty.service.sla.clock"

    log_ids = fields.One2many(
        "loyalty.service.sla.escalation.log", "clock_id", string="Escalations", readonly=True
    )

    def _get_steps(self, policy_id=None):
        """Return the steps for this clock as runs of the engine.

        :param policy_id: what promises from now on, if that is about to be written
        """
        self.ensure_one()
        return self._find_steps(
            self.company_id.id,
            self.policy_id.id if policy_id is None else policy_id,
            self.ticket_id.loyalty_ticket_type,
            self.target,
            self.behind_date,
        )

    @api.model
    def _find_steps(self, company_id, policy_id, ticket_type, target, behind):
        """Return the steps for a clock as runs of the engine.

        :param behind: since when the clock is behind, if it is
        """
        policy = self.env["loyalty.service.sla.policy"].browse(policy_id or ())
        steps = self.env["loyalty.service.sla.ladder"]._get_steps(
            company_id, policy, ticket_type, target
        )
        if not behind:
            return steps
        return tuple(
            tuple(
                replace(step, since=None) if step.since and step.since >= behind else step
                for step in run
            )
            for run in steps
        )

    @api.model
    def _get_next_due(self, state, steps, told, held, deadline, times):
        """Return when a clock has to be looked at next, False for never.

        :param state: the engine's clock
        :param steps: runs of steps of the engine
        :param told: what stands in the log of escalations about this clock
        :param held: whether nobody is told before a manager says so
        :param deadline: that of ``state``, if it has one
        """
        moments = [None if state.breach else deadline]
        if not held and state.state == engine.RUNNING:
            told = [row for row in told if row.wait == state.waits]
            done = {row.step_id for row in told}
            moments.append(ladder_engine.next_due(state, steps, done, times))
            moments += [row.send_date for row in told if row.state == WAITING]
        return min(filter(None, moments), default=False)

    def _plan(self):
        """Note when the clocks in ``self`` have to be looked at next."""
        for clocks in self._in_portions(PLAN_SIZE):
            times = clocks.calendar_id._loyalty_sla_times()
            rows = self.env["loyalty.service.sla.escalation.log"]._get_rows(clocks)
            due = {}
            for clock in clocks:
                state = clock._as_engine()
                due[clock] = clock._get_next_due(
                    state,
                    clock._get_steps(),
                    rows.get(clock.id, ()),
                    clock.held,
                    engine.deadline(state, times),
                    times,
                )
            changed = clocks.browse(clock.id for clock in clocks if clock.next_due != due[clock])
            if changed:
                changed._write_rows([{"next_due": due[clock]} for clock in changed])
                self._schedule(changed)

    def _in_portions(self, size):
        for start in range(0, len(self), size):
            yield self[start : start + size]

    # ------------------------------------------------------------------
    # What a move of a clock means for what was told
    # ------------------------------------------------------------------

    def _get_told(self, states, rows):
        """Return what was told about the clocks in ``self``, as far as it may matter.

        :param dict states: ``{clock: engine.Clock}``
        :param dict rows: what is kept of them so far
        """
        matter = self.browse(
            clock.id
            for clock in self
            if rows[clock.id]["state"] in engine.OPEN or states[clock].state == engine.RUNNING
        )
        return self.env["loyalty.service.sla.escalation.log"]._get_rows(matter)

    def _follow_told(self, states, rows, times, policies, recount):
        """Take back what is true no more: the activities, what waits, and what is due again.

        It is called before the states are written, and changes ``rows`` by what is taken back.

        :param dict states: ``{clock: engine.Clock}``
        :param dict rows: ``{clock id: [row of the log]}``
        :param dict policies: ``{clock: id}`` of what promises from now on
        :param bool recount: whether all was counted anew
        """
        dropped, undone, ended = [], [], []
        for clock in self.browse(rows):
            state, own = states[clock], rows[clock.id]
            is_over = state.state not in engine.OPEN or state.waits != clock.waits
            if is_over:
                dropped += [row.id for row in own if row.state == WAITING]
                ended.append(clock.id)
                continue
            moved = (
                recount
                or state.seconds != (clock.seconds or None)
                or state.calendar != (clock.calendar_id.id or None)
                or (clock.breached and not state.breach)
            )
            again = clock._get_due_again(state, own, times, policies) if moved else []
            if again:
                undone += again
                ended.append(clock.id)
                rows[clock.id] = [row for row in own if row.id not in again]
        self._mark_log(dropped, DROPPED)
        self._mark_log(undone, UNDONE)
        self.browse(ended)._unlink_activities()

    def _get_due_again(self, state, rows, times, policies):
        """Return the ids of the rows about steps that lie ahead again by a later target."""
        self.ensure_one()
        now = fields.Datetime.now()
        steps = {step.key: step for run in self._get_steps(policies.get(self)) for step in run}
        again = []
        for row in rows:
            step = steps.get(row.step_id)
            if not step or row.wait != state.waits or step.moment == ladder_engine.START:
                continue
            due = ladder_engine.due(step, state, times)
            if (due and due > now) or (step.is_late and not due and not state.breach):
                again.append(row.id)
        return again

    @api.model
    def _mark_log(self, ids, state, date=False):
        """Note of rows of the log what has become of them."""
        if ids:
            rows = self.env["loyalty.service.sla.escalation.log"].browse(ids)
            rows.write({"state": state, "send_date": False, **({"date": date} if date else {})})

    def _unlink_activities(self):
        """Take back the activities about the clocks in ``self``, which call to nothing any more."""
        if self:
            # sudo: whoever ends a wait; only what was planned about these very clocks goes.
            activities_sudo = self.env["mail.activity"].sudo()
            activities_sudo.search([("loyalty_sla_clock_id", "in", self.ids)]).unlink()
