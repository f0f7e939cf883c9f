from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.loyalty_service.actions import open_form

from ..engine import clock as engine
from ..engine import outcome as outcome_engine
from ..engine.past_hours import replay
from ..rows import add, as_engine
from .entry import PROMISING, REASONS

TARGETS = [
    (engine.FIRST_RESPONSE, "First answer"),
    (engine.NEXT_RESPONSE, "Next answer"),
    (engine.RESOLUTION, "Solution"),
    (engine.DELIVERY, "Delivery"),
    (engine.ACKNOWLEDGEMENT, "Acknowledgement"),
]

STATES = [
    (engine.NEW, "Not started"),
    (engine.IDLE, "Nobody waits"),
    (engine.RUNNING, "Running"),
    (engine.PAUSED, "Paused"),
    (engine.STOPPED, "Closed unanswered"),
    (engine.MET, "Met"),
    (engine.MISSED, "Missed"),
]

BATCH_SIZE = 100

#: Counting anew costs little for each clock, and tells nobody anything.
REPLAN_SIZE = 2000

#: How long a clock that could not be looked at is left alone.
RETRY_DELAY = timedelta(hours=1)


class Clock(models.Model):
    """How one promise to a ticket stands: kept up to date by each entry of the log.

    Everything here can be made again from the log and the calendar, see ``_replay``.
    """

    _name = "loyalty.service.sla.clock"
    _description = "SLA Clock"
    _order = "id"
    _rec_name = "target"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, readonly=True, index=True, ondelete="cascade"
    )
    target = fields.Selection(TARGETS, required=True, readonly=True)
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, index=True)
    policy_id = fields.Many2one(
        "loyalty.service.sla.policy", readonly=True, ondelete="restrict", index=True
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    state = fields.Selection(STATES, required=True, readonly=True, index=True)
    seconds = fields.Integer(
        string="Promised", readonly=True, help="Working seconds; 0 if it is promised no more."
    )
    elapsed = fields.Integer(readonly=True, help="Working seconds used up to Counted To.")
    remaining = fields.Integer(
        readonly=True, help="Working seconds left at Counted To, so also while paused."
    )
    overrun = fields.Integer(readonly=True, help="Working seconds beyond the promise.")
    counted_to = fields.Datetime(readonly=True)
    deadline = fields.Datetime(
        readonly=True, index="btree_not_null", help="Empty while the clock does not run."
    )
    started_date = fields.Datetime(
        string="Waiting Since", readonly=True, help="When the last wait began."
    )
    waits = fields.Integer(
        readonly=True, help="How often somebody has waited for this: the next answer many times."
    )
    late_waits = fields.Integer(readonly=True, help="How many of these waits were too long.")
    finished_date = fields.Datetime(readonly=True)
    breached = fields.Boolean(readonly=True)
    breach_date = fields.Datetime(
        readonly=True, index="btree_not_null", help="The deadline that went by."
    )
    pause_reason = fields.Selection(REASONS, string="Waits For", readonly=True)
    scarce_pause_date = fields.Datetime(
        string="Paused Just Before Breach",
        readonly=True,
        index="btree_not_null",
        help="The last pause that began when a tenth of the promised time was left, or less.",
    )
    next_due = fields.Datetime(
        readonly=True, help="When the scheduled action has to look at this clock."
    )
    replan_date = fields.Datetime(
        readonly=True, help="The calendar was changed then, and the clock is not counted anew yet."
    )
    error = fields.Char(
        readonly=True, help="Why the scheduled action could not look at this clock."
    )
    retry_date = fields.Datetime(
        string="Tried Again On", readonly=True, help="Until then this clock is left alone."
    )

    _ticket_target_unique = models.Constraint(
        "UNIQUE(ticket_id, target)", "A ticket has one clock for each target."
    )
    _next_due_idx = models.Index("(next_due) WHERE next_due IS NOT NULL")
    _error_idx = models.Index("(id) WHERE error IS NOT NULL")
    _replan_idx = models.Index("(replan_date) WHERE replan_date IS NOT NULL")
    _breached_open_idx = models.Index(
        "(ticket_id) WHERE breached AND state IN ('running', 'paused')"
    )

    promised_hours = fields.Float(compute="_compute_hours")
    elapsed_hours = fields.Float(string="Used Hours", compute="_compute_hours")
    overrun_hours = fields.Float(string="Hours Over", compute="_compute_hours")

    @api.depends("target")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["target"]._description_selection(self.env))
        for clock in self:
            clock.display_name = labels.get(clock.target)

    @api.depends("seconds", "elapsed", "overrun")
    def _compute_hours(self):
        for clock in self:
            clock.promised_hours = clock.seconds / 3600
            clock.elapsed_hours = clock.elapsed / 3600
            clock.overrun_hours = clock.overrun / 3600

    def action_open_ticket(self):
        self.ensure_one()
        return open_form(self.ticket_id)

    # ------------------------------------------------------------------
    # Between the record and the engine
    # ------------------------------------------------------------------

    @api.model
    def _prepare_values(self, state, times):
        """Return the stored values of an engine clock.

        :param dict times: ``{calendar id: WorkingTime}``
        """
        deadline = engine.deadline(state, times)
        return {
            "state": state.state,
            "calendar_id": state.calendar or False,
            "seconds": state.seconds or 0,
            "elapsed": state.elapsed,
            "remaining": state.remaining or 0,
            "overrun": state.overrun,
            "counted_to": state.at or False,
            "deadline": deadline or False,
            "started_date": state.started or False,
            "waits": state.waits,
            "late_waits": state.late_waits,
            "pause_reason": state.reason or False,
            "scarce_pause_date": state.scarce_pause or False,
            "finished_date": state.finished or False,
            "breached": bool(state.breach),
            "breach_date": state.breach or False,
            "error": False,
            "retry_date": False,
        }

    # ------------------------------------------------------------------
    # The one door
    # ------------------------------------------------------------------

    @api.model
    def _advance(self, entries):
        """Move the clocks of tickets by new rows of their logs, and start those promised.

        :param entries: new rows of ``loyalty.service.sla.entry``
        """
        tickets = entries.ticket_id
        by_ticket = entries.grouped("ticket_id")
        rows = self._lock_rows(tickets)
        clocks = self.browse(rows)
        used = {row["calendar_id"] for row in rows.values()} - {None}
        times = (entries.calendar_id | entries.calendar_id.browse(used))._loyalty_sla_times()
        news = {ticket.id: own._as_engine() for ticket, own in by_ticket.items()}
        promised = {
            entry.ticket_id.id: entry.policy_id.id for entry in entries if entry.kind in PROMISING
        }
        states, policies, again, corrected = {}, {}, [], []
        for clock in clocks:
            row = rows[clock.id]
            if row["ticket_id"] in promised and row["target"] not in engine.DATED:
                policies[clock] = promised[row["ticket_id"]]
            own = news[row["ticket_id"]]
            if not engine.matters(row["target"], row["state"], own):
                continue
            try:
                state = before = as_engine(row)
                for entry in own:
                    state = engine.advance(state, entry, times)
            except engine.OutOfOrder:
                again.append(clock.id)
                corrected.append(clock.id)
                continue
            if state is not before and before.finished and clock._keeps_old_hours():
                # It goes on by the hours as they are now, and with all that it has counted.
                again.append(clock.id)
            elif state is not before or clock in policies:
                states[clock] = state
        moved = self.browse(clock.id for clock in states)
        moved._store(states, times, rows, policy_id=policies)
        again = self.browse(again)
        again._replay(policy_id=policies)
        self.browse(corrected)._correct_earlier_waits()
        was_breached = self.browse(row["id"] for row in rows.values() if row["breached"])
        late = (moved | again | was_breached).filtered("breached")
        cleared = (was_breached & again) - late
        cleared._undo_breach_events()
        breached = late - was_breached
        started = self._start(by_ticket, rows.values())
        breached += started.filtered("breached")
        breached._on_breach()
        behind = self.browse(row["id"] for row in rows.values() if row["behind_date"])
        behind._catch_up(fields.Datetime.now())
        self._schedule(moved | again | started)

    def _keeps_old_hours(self):
        """Tell whether this clock ended before its working hours were changed.

        What is open is counted anew after a change, see ``_request_replan``. What is closed
        stays as it was told to the client, until it is opened again.
        """
        self.ensure_one()
        if not self.finished_date:
            return False
        if self._keeps_lost_hours():
            return True
        calendars = self.calendar_id | self.ticket_id.loyalty_sla_entry_ids.calendar_id
        return calendars._loyalty_sla_history().has_changed_since(self._as_engine())

    def _keeps_lost_hours(self):
        """Tell whether this clock was counted by hours that nobody has kept."""
        self.ensure_one()
        changed = self.calendar_id.loyalty_sla_changed_date
        return bool(changed and self.finished_date and self.finished_date <= changed)

    @api.model
    def _start(self, by_ticket, rows):
        """Make the clocks of targets that ``by_ticket`` promises for the first time.

        :param dict by_ticket: ``{ticket: rows of its log}``
        :param rows: what is kept of the clocks that these tickets have
        """
        known = {(row["ticket_id"], row["target"]) for row in rows}
        wanted = {}
        for ticket, entries in by_ticket.items():
            for entry in entries:
                for target in entry._get_targets():
                    if (ticket.id, target) not in known:
                        wanted[ticket, target] = entry.policy_id
        if not wanted:
            return self.browse()
        late = self.env["helpdesk.ticket"].union(
            *(ticket for ticket, _target in wanted if by_ticket[ticket][0].kind != engine.OPENED)
        )
        # A target that is promised later counts what would have been counted before.
        logs = {
            **{ticket.id: entries._as_engine() for ticket, entries in by_ticket.items()},
            **self.env["loyalty.service.sla.entry"]._get_logs(late),
        }
        history = self._get_history(logs.values())
        times = history.at()
        Ladder = self.env["loyalty.service.sla.ladder"]
        vals_list, decided = [], []
        for (ticket, target), policy in wanted.items():
            log = logs[ticket.id]
            state, outcomes = outcome_engine.history(target, log, times)
            if history.has_changed_since(state):
                then = history.at(state.finished)
                state, outcomes = outcome_engine.history(target, log, then)
            decided.append(outcomes)
            steps = Ladder._get_steps(
                ticket.company_id.id, policy, ticket.loyalty_ticket_type, target
            )
            values = self._prepare_values(state, times)
            vals_list.append(
                {
                    "ticket_id": ticket.id,
                    "company_id": ticket.company_id.id,
                    "target": target,
                    "policy_id": policy.id,
                    **values,
                    "next_due": self._get_next_due(
                        state, steps, (), False, values["deadline"], times
                    ),
                }
            )
        clocks = add(self, vals_list)
        self.env["helpdesk.ticket"]._loyalty_sla_note_moved(ticket.id for ticket, _target in wanted)
        self.env["loyalty.service.sla.outcome"]._record(
            [
                (clock, outcome)
                for clock, outcomes in zip(clocks, decided, strict=True)
                for outcome in outcomes
            ]
        )
        return clocks

    def _replay(self, now=None, **extra):
        """Make the clocks in ``self`` again from the logs of their tickets.

        :param extra: see ``_store``
        """
        logs = self.env["loyalty.service.sla.entry"]._get_logs(self.ticket_id)
        history = self._get_history(logs.values())
        states = {
            clock: replay(clock.target, logs.get(clock.ticket_id.id, []), history, now)
            for clock in self
        }
        self._store(states, history.at(), recount=True, replan_date=False, **extra)

    @api.model
    def _get_times(self, logs):
        """Return ``{calendar id: WorkingTime}`` for all that is named in some logs.

        :param logs: lists of engine entries
        """
        return self._get_calendars(logs)._loyalty_sla_times()

    @api.model
    def _get_history(self, logs):
        """Return the hours of all calendars that are named in some logs, and as they were."""
        return self._get_calendars(logs)._loyalty_sla_history()

    @api.model
    def _get_calendars(self, logs):
        ids = {entry.promise.calendar for log in logs for entry in log if entry.promise}
        return self.env["resource.calendar"].browse(ids - {None})

    # ------------------------------------------------------------------
    # The scheduled action
    # ------------------------------------------------------------------

    @api.model
    def _cron_sweep(self):
        """Mark and escalate the breaches that are due, and count anew by changed calendars.

        What another transaction holds is left to the next run, a minute later: to be called
        again at once would only mean to find it locked again.
        """
        now = fields.Datetime.now()
        in_turn = SQL("(clock.retry_date IS NULL OR clock.retry_date <= %s)", now)
        done = self._work_off(
            SQL("clock.replan_date IS NOT NULL AND %s", in_turn), "_replan", now, REPLAN_SIZE
        )
        done = done and self._work_off(
            SQL("clock.plan_wanted AND %s", in_turn), "_plan_as_wanted", now, REPLAN_SIZE
        )
        # What a change of calendars or ladders may have moved is moved before it is due.
        done = done and self._work_off(
            SQL("clock.next_due < %s AND clock.replan_date IS NULL AND %s", now, in_turn),
            "_sweep",
            now,
        )
        if done:
            self._schedule(
                self.search(
                    [("next_due", ">=", now), ("retry_date", "=", False)],
                    order="next_due",
                    limit=1,
                )
            )

    @api.model
    def _work_off(self, condition, method, now, size=None):
        """Call a method on the clocks that match, batch by batch, as long as there is time.

        :return: whether all that could be locked are done
        """
        while clocks := self._lock(condition, size):
            self._isolated(clocks, method, now)
            left = self._count(condition)
            if not self.env["ir.cron"]._commit_progress(len(clocks), remaining=left):
                return False
        return True

    @api.model
    def _lock(self, condition, size=None):
        """Return up to a batch of clocks that match, locked; another worker's are left to it.

        It picks and locks in one statement, so that nobody can have swept them in between. The
        tickets are locked as well: they keep the state of their clocks, so that two workers
        must not have two clocks of one ticket. They come first: rows are locked table by table,
        and of a ticket that somebody else has no clock must be held that is wanted there next.
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT clock.id FROM helpdesk_ticket ticket"
                " JOIN loyalty_service_sla_clock clock ON clock.ticket_id = ticket.id"
                " WHERE %s ORDER BY clock.next_due LIMIT %s"
                " FOR NO KEY UPDATE SKIP LOCKED",
                condition,
                size or BATCH_SIZE,
            )
        )
        clocks = self.browse(row[0] for row in rows)
        clocks.invalidate_recordset()
        return clocks

    @api.model
    def _count(self, condition):
        self.flush_model()
        [[count]] = self.env.execute_query(
            SQL("SELECT COUNT(*) FROM loyalty_service_sla_clock clock WHERE %s", condition)
        )
        return count

    def _put_off(self, error, now):
        """Note why this clock could not be looked at, and have it tried again later.

        Nothing else of it is changed: a breach is marked only together with what follows from
        it, so that none is marked of which nobody was told.
        """
        self.write({"error": str(error), "retry_date": now + RETRY_DELAY})

    def _get_due(self, now):
        """Return those clocks in ``self`` that have to be looked at before ``now``."""
        return self.filtered(lambda clock: clock.next_due and clock.next_due < now)

    def _sweep(self, now):
        """Mark those clocks in ``self`` that are breached at ``now``, and take the steps due."""
        times = self.calendar_id._loyalty_sla_times()
        was_breached = self.filtered("breached")
        states = {clock: engine.look(clock._as_engine(), now, times) for clock in self}
        self._store(states, times)
        (self.filtered("breached") - was_breached)._on_breach()
        self._escalate(now)

    def _replan(self, now):
        """Count the clocks in ``self`` anew after their calendar was changed.

        What turns out to have been late before the change is marked, and what turns out not to
        be is cleared, but nobody is alarmed before a manager says so: the change was in the
        calendar and not in the work.
        """
        changed = {clock: clock.replan_date for clock in self}
        was_breached, was_due = self.filtered("breached"), self._get_due(now)
        self._replay(now)
        is_breached = self.filtered("breached")
        (was_breached - is_breached)._undo_breach_events()
        fresh = is_breached - was_breached
        by_change = fresh.filtered(lambda clock: clock.breach_date < changed[clock])
        by_change._record_breach_events()
        by_change.filtered(lambda clock: clock.state in engine.OPEN)._hold()
        (fresh - by_change)._on_breach()
        (self._get_due(now) - was_due - fresh)._hold()
        self._catch_up(now)
        self._schedule(self)

    @api.model
    def _request_replan(self, calendars):
        """Have the open clocks that count by ``calendars`` counted anew, soon."""
        # sudo: who edits working hours need not see the tickets that count by them; only
        # their clocks are marked.
        clocks_sudo = self.sudo().search(
            Domain("state", "in", engine.OPEN)
            # A date is promised by every hour.
            & Domain("target", "not in", list(engine.DATED))
            & (
                Domain("calendar_id", "in", calendars.ids)
                # A ticket of another team was counted by these hours before.
                | Domain("ticket_id.loyalty_sla_entry_ids.calendar_id", "in", calendars.ids)
            )
        )
        if clocks_sudo:
            # At once: what could not be counted before may be what was mended.
            clocks_sudo.write({"replan_date": fields.Datetime.now(), "retry_date": False})
            cron_sudo = self._get_cron()
            if cron_sudo:
                cron_sudo._trigger()

    @api.model
    def _get_cron(self):
        # sudo: crons are the system's; only the runs of our own are planned.
        return (
            self.env.ref("loyalty_service_sla.ir_cron_sweep", raise_if_not_found=False)
            or self.env["ir.cron"]
        ).sudo()

    @api.model
    def _schedule(self, clocks):
        """Have the scheduled action run when the first of ``clocks`` is due.

        Only the next moment is ever planned: each run plans the one after it. What has to be
        tried again waits for a run that comes by.
        """
        due = min(
            (clock.next_due for clock in clocks if clock.next_due and not clock.retry_date),
            default=None,
        )
        if not due:
            return
        cron_sudo = self._get_cron()
        if not cron_sudo:
            return
        moment = due + timedelta(seconds=1)
        # sudo: whoever writes on a ticket plans the run; only this action's own are counted.
        planned = (
            self.env["ir.cron.trigger"]
            .sudo()
            .search_count(
                [
                    ("cron_id", "=", cron_sudo.id),
                    ("call_at", "<=", moment),
                    ("call_at", ">", fields.Datetime.now()),
                ],
                limit=1,
            )
        )
        if not planned:
            # What is due already wakes the action at once, in case a second has passed by then.
            now = fields.Datetime.now()
            cron_sudo._trigger(at=[now, moment] if due <= now else moment)
