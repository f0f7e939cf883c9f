from dataclasses import replace

from odoo import api, fields, models

from ..engine import clock as engine
from ..engine import ladder as ladder_engine
from ..rows import add
from .escalation_log import DROPPED, NOBODY, SAME, SENT, WAITING
from .escalation_tell import Notice, Telling


class Clock(models.Model):
    """The steps of a ladder, as they come due: each once."""

    _inherit = "loyalty.service.sla.clock"

    def _escalate(self, now=None):
        """Take the steps that are due before ``now``, for each clock in ``self`` that runs.

        Where a mass change made them due they are held instead.
        """
        now = now or fields.Datetime.now()
        clocks = self.filtered(lambda clock: clock.state == engine.RUNNING and not clock.held)
        rows = self.env["loyalty.service.sla.escalation.log"]._get_rows(clocks)
        steps = clocks._get_due_steps(rows, now)
        if self.env.context.get("loyalty_sla_hold"):
            self.browse().union(*steps)._hold()
        elif steps:
            self._tell(steps, now)
        self._plan()
        self._catch_up(now)

    def _get_due_steps(self, rows, now):
        """Return ``{clock: [(step of the engine, when it was due, rows about it)]}``.

        What has waited for working hours and is true no more is dropped.
        """
        times = self.calendar_id._loyalty_sla_times()
        result, gone = {}, []
        for clock in self:
            state = clock._as_engine()
            told = {}
            for row in rows.get(clock.id, ()):
                if row.wait == state.waits:
                    told.setdefault(row.step_id, []).append(row)
            for step in (step for run in clock._get_steps() for step in run):
                known = told.pop(step.key, [])
                ready = [row for row in known if row.is_ready(now)]
                if known and not ready:
                    continue
                # What has waited was due before anybody edited the step.
                due = ladder_engine.due(replace(step, since=None) if ready else step, state, times)
                if due and due < now:
                    due = max(row.send_date for row in ready) if ready else due
                    result.setdefault(clock, []).append((step, due, known))
                else:
                    gone += [row.id for row in ready]
            # Of steps that are no more.
            gone += [row.id for known in told.values() for row in known if row.is_ready(now)]
        self._mark_log(gone, DROPPED)
        return result

    def _tell(self, steps, now):
        """Write down who is told of which step, or from when on, and tell them.

        :param dict steps: see :meth:`_get_due_steps`
        """
        Log = self.env["loyalty.service.sla.escalation.log"]
        telling = Telling(self.env, now)
        fresh, ready, put_off, gone = [], [], [], []
        for clock, due_steps in steps.items():
            for engine_step, due, known in due_steps:
                step = self.env["loyalty.service.sla.escalation"].browse(engine_step.key)
                users = telling.get_users(step, clock)
                by_user = {row.user_id: row for row in known}
                # Somebody else is in charge by now.
                gone += [
                    row.id for row in known if row.is_ready(now) and row.user_id not in users.ids
                ]
                for user in users or [users]:
                    row = by_user.get(user.id or None)
                    if row and not row.is_ready(now):
                        continue
                    until = telling.get_quiet_until(step, user, due)
                    notice = Notice(clock, step, user)
                    if not row:
                        fresh.append((notice, due, until))
                    elif until:
                        put_off.append((row.id, until))
                    else:
                        ready.append((row.id, notice))
        told = [notice for notice, _due, until in fresh if not until]
        told += [notice for _row_id, notice in ready]
        # The leader who is the assignee, too, hears of it once, and the log says so.
        same = telling.get_same(told)
        add(
            Log,
            [
                {**self._prepare_log(*entry, now), **({"state": SAME} if entry[0] in same else {})}
                for entry in fresh
            ],
        )
        for row_id, until in put_off:
            Log.browse(row_id).send_date = until
        self._mark_log([row_id for row_id, notice in ready if notice not in same], SENT, now)
        self._mark_log([row_id for row_id, notice in ready if notice in same], SAME, now)
        self._mark_log(gone, DROPPED)
        telling.tell(told)

    @api.model
    def _prepare_log(self, notice, due, until, now):
        """Return the values of a row of the log about a step that has come due."""
        clock, step, user = notice
        state = SENT if user or step.how == "priority" else NOBODY
        return {
            "clock_id": clock.id,
            "wait": clock.waits,
            "step_id": step.id,
            "ticket_id": clock.ticket_id.id,
            "company_id": clock.company_id.id,
            "target": clock.target,
            "how": step.how,
            "user_id": user.id,
            "due_date": due,
            "date": now if state == SENT and not until else False,
            "send_date": until,
            "state": WAITING if until else state,
        }

    def _drop_steps(self, now):
        """Let nobody be told of what is due for the clocks in ``self``, or of their breach."""
        times = self.calendar_id._loyalty_sla_times()
        rows = self.env["loyalty.service.sla.escalation.log"]._get_rows(self)
        vals_list, waiting = [], []
        for clock in self:
            state = clock._as_engine()
            known = [row for row in rows.get(clock.id, ()) if row.wait == state.waits]
            waiting += [row.id for row in known if row.state == WAITING]
            done = {row.step_id for row in known}
            nobody = self.env["res.users"]
            for step in (step for run in clock._get_steps() for step in run):
                due = ladder_engine.due(step, state, times)
                if step.key in done or not due:
                    continue
                if due < now or (state.breach and step.is_late):
                    record = self.env["loyalty.service.sla.escalation"].browse(step.key)
                    vals_list.append(
                        {
                            **self._prepare_log(Notice(clock, record, nobody), due, False, now),
                            "state": DROPPED,
                            "date": False,
                        }
                    )
        self._mark_log(waiting, DROPPED)
        add(self.env["loyalty.service.sla.escalation.log"], vals_list)
