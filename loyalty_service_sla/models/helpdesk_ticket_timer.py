from datetime import timedelta

import pytz
from babel.dates import format_skeleton, format_time

from odoo import api, fields, models
from odoo.tools.misc import babel_locale_parse, get_lang

from ..engine import clock as engine
from ..engine.working_time import ALWAYS, NEVER

#: Targets that people wait for again and again; between the waits there is nothing to show.
AGAIN = (engine.NEXT_RESPONSE, engine.DELIVERY, engine.ACKNOWLEDGEMENT)

#: How far ahead the widget is told the working hours, so that it can tick without asking.
HORIZON = timedelta(hours=36)


def prepare_hours(times, now):
    """Return ``{WorkingTime: [[start, stop]]}`` with the hours that a page needs to tick."""
    return {
        work: [
            [_timestamp(start), _timestamp(stop)]
            for start, stop in work.intervals(now, now + HORIZON)
        ]
        for work in (*times.values(), ALWAYS, NEVER)
    }


def prepare_timer(state, labels, times, hours, now):
    """Return what a page needs to show a clock and to let it tick by itself.

    :param state: the engine's clock
    :param labels: names of the targets
    :param hours: see :func:`prepare_hours`
    """
    deadline = engine.deadline(state, times)
    if state.is_open:
        state = engine.settle(state, now, times)
    return {
        "target": state.target,
        "label": labels[state.target],
        "state": state.state,
        "breached": bool(state.breach),
        "seconds": state.seconds,
        "remaining": state.remaining,
        "overrun": state.overrun,
        "deadline": _timestamp(deadline),
        "finished": _timestamp(state.finished),
        "reason": state.reason or False,
        "work": hours[engine.hours_of(state, times)] if state.state == engine.RUNNING else [],
    }


class HelpdeskTicket(models.Model):
    """What people see of the clocks of a ticket: staff in timers, clients in the portal."""

    _inherit = "helpdesk.ticket"

    loyalty_sla_timers = fields.Json(
        string="SLA Timers",
        compute="_compute_loyalty_sla_timers",
        compute_sudo=True,
        groups="base.group_user",
    )
    loyalty_sla_receipt = fields.Html(
        string="What Counted",
        compute="_compute_loyalty_sla_receipt",
        compute_sudo=True,
        sanitize=False,
        groups="base.group_user",
    )

    @api.depends(
        "stage_id",
        "loyalty_sla_clock_ids.state",
        "loyalty_sla_clock_ids.seconds",
        "loyalty_sla_clock_ids.deadline",
        "loyalty_sla_clock_ids.breached",
        "loyalty_sla_clock_ids.waits",
        "loyalty_sla_clock_ids.pause_reason",
    )
    def _compute_loyalty_sla_timers(self):
        """Give the widget what it needs to tick by itself.

        ``{"ticket": id, "now": s, "replied": bool, "clocks": [{"target", "label", "state",
        "breached", "seconds", "remaining", "overrun", "deadline": s, "finished": s, "reason",
        "work": [[s, s]]}]}``
        with moments in seconds since 1970. Remaining and overrun are as of now, ``work`` has
        the working hours of the next day and a half, and ``replied`` tells that the client has
        answered while the stage still waits for it.
        """
        now = fields.Datetime.now()
        times = self.loyalty_sla_clock_ids.calendar_id._loyalty_sla_times()
        hours = prepare_hours(times, now)
        labels = dict(
            self.env["loyalty.service.sla.clock"]._fields["target"]._description_selection(self.env)
        )
        for ticket in self:
            clocks = []
            for clock in ticket._loyalty_sla_get_shown_clocks():
                clocks.append(prepare_timer(clock._as_engine(), labels, times, hours, now))
            running = any(clock["state"] == engine.RUNNING for clock in clocks)
            ticket.loyalty_sla_timers = {
                # A record that is about the ticket shows these, too.
                "ticket": ticket._origin.id,
                "now": _timestamp(now),
                "replied": running and ticket._loyalty_sla_get_phase() == "paused",
                "clocks": clocks,
            }

    def _loyalty_sla_get_shown_clocks(self):
        """Return the clocks of this ticket that count something or have, in their usual order."""
        self.ensure_one()
        order = list(engine.TARGETS)
        return self.loyalty_sla_clock_ids.filtered(
            lambda clock: clock.seconds and clock.state not in (engine.NEW, engine.IDLE)
        ).sorted(lambda clock: order.index(clock.target))

    # ------------------------------------------------------------------
    # Receipt
    # ------------------------------------------------------------------

    @api.depends("loyalty_sla_clock_ids", "loyalty_sla_entry_ids")
    def _compute_loyalty_sla_receipt(self):
        """Explain each clock by every interval that counted and every one that did not."""
        now = fields.Datetime.now()
        for ticket in self:
            clocks = ticket._loyalty_sla_get_shown_clocks()
            ticket.loyalty_sla_receipt = (
                self.env["ir.qweb"]._render(
                    "loyalty_service_sla.clock_receipt",
                    {"clocks": [ticket._prepare_receipt(clock, now) for clock in clocks]},
                )
                if clocks
                else False
            )

    def _prepare_receipt(self, clock, now):
        """Return what the receipt says about one clock."""
        self.ensure_one()
        entries = self.loyalty_sla_entry_ids.sorted()
        log = entries._as_engine()
        end = clock.finished_date or now
        # What has ended is explained by the hours that counted then.
        times = (
            (clock.calendar_id | entries.calendar_id)
            ._loyalty_sla_history()
            .at(clock.finished_date or None)
        )
        state = engine.settle(clock._as_engine(), end, times)
        spans = engine.spans(clock.target, log, times, end)
        is_explained = state.elapsed == sum(
            span.seconds
            for span in spans
            if span.reason == "counted" and (not state.started or span.start >= state.started)
        )
        reasons = self._get_receipt_reasons()
        days_off = clock.calendar_id._loyalty_sla_get_days_off(log[0].date, end) if log else []
        days_off = _of_then(days_off, spans)
        rows, total = [], 0
        for span in spans if is_explained else ():
            if span.reason == engine.NEW:
                continue
            counted = span.reason == "counted"
            if clock.target in AGAIN and span.reason in (engine.IDLE, engine.MET, engine.MISSED):
                # The next wait begins with the whole promised time.
                total = 0
            total += span.seconds if counted else 0
            rows.append(
                {
                    "start": self._format_loyalty_sla_moment(span.start, clock),
                    "stop": self._format_loyalty_sla_moment(span.stop, clock),
                    "reason": _with_names(reasons[span.reason], span, days_off),
                    "counted": counted,
                    "duration": _to_the_second(span.seconds),
                    "total": _to_the_second(total),
                }
            )
        return {
            "label": clock.display_name,
            "promise": self._get_receipt_promise(clock),
            "outcome": self._get_receipt_outcome(clock, state),
            "late": clock.breached,
            "rows": rows,
            "unexplained": not is_explained and self._get_receipt_excuse(clock),
        }

    def _get_receipt_excuse(self, clock):
        """Return why the single intervals cannot be shown."""
        if clock.replan_date:
            return self.env._("The working hours were changed. This is counted anew in a minute.")
        return self.env._(
            "The working hours were changed after this had ended, and those of then were not "
            "kept. What was counted stays; the single intervals cannot be shown."
        )

    def _get_receipt_promise(self, clock):
        """Return what was promised, as sentences: how soon, by which policy and hours."""
        facts = {
            "promised": self._format_loyalty_sla_duration(clock.seconds),
            "policy": clock.policy_id.name,
            "calendar": clock.calendar_id.name,
            "tz": clock.calendar_id.tz,
        }
        if clock.target == engine.DELIVERY:
            # sudo: as all of this; who reads a receipt may read its ticket.
            due = self.sudo().loyalty_delivery_date
            return self.env._(
                "We promised to deliver by %s. Every hour counts, also outside working hours.",
                self._format_loyalty_sla_moment(due, clock) if due else "",
            )
        if clock.target == engine.ACKNOWLEDGEMENT:
            return self.env._(
                "We promised to acknowledge the complaint within %s. Every hour counts, also "
                "outside working hours.",
                self._format_loyalty_sla_duration(clock.seconds),
            )
        if clock.target == engine.NEXT_RESPONSE:
            return self.env._(
                "We promised an answer within %(promised)s of working time each time the client "
                "writes again. Policy: %(policy)s. Working hours: %(calendar)s, in the time of "
                "%(tz)s.",
                **facts,
            )
        if clock.target == engine.FIRST_RESPONSE:
            return self.env._(
                "We promised an answer within %(promised)s of working time. "
                "Policy: %(policy)s. Working hours: %(calendar)s, in the time of %(tz)s.",
                **facts,
            )
        return self.env._(
            "We promised a solution within %(promised)s of working time. "
            "Policy: %(policy)s. Working hours: %(calendar)s, in the time of %(tz)s.",
            **facts,
        )

    def _get_receipt_outcome(self, clock, state):
        """Return how the promise stands, as sentences.

        :param state: the engine's clock, counted up to now or to its end
        """
        elapsed = self._format_loyalty_sla_duration(state.elapsed)
        if state.overrun:
            overrun = self._format_loyalty_sla_duration(state.overrun)
            text = self.env._(
                "Used %(elapsed)s, %(overrun)s over.", elapsed=elapsed, overrun=overrun
            )
        else:
            remaining = self._format_loyalty_sla_duration(state.remaining or 0)
            text = self.env._(
                "Used %(elapsed)s, %(remaining)s left.", elapsed=elapsed, remaining=remaining
            )
        due = clock.deadline or clock.breach_date
        if not due:
            return text
        moment = self._format_loyalty_sla_moment(due, clock)
        return self.env._("Due by %(moment)s. %(used)s", moment=moment, used=text)

    def _get_receipt_reasons(self):
        return {
            "counted": self.env._("counted"),
            "off": self.env._("outside working hours"),
            engine.PAUSED: self.env._("waiting for the client"),
            engine.THIRD_PARTY: self.env._("waiting for a third party"),
            engine.AUTHORITY: self.env._("waiting for an authority"),
            engine.OTHER: self.env._("on hold"),
            engine.STOPPED: self.env._("closed"),
            engine.MET: self.env._("done"),
            engine.MISSED: self.env._("done"),
            engine.IDLE: self.env._("nobody waits"),
        }

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------

    def _format_loyalty_sla_moment(self, moment, clock):
        """Return a moment such as 'Mon, Mar 2, 2:05 PM' in the reader's language and time."""
        # Who has set no time zone reads the time of the firm.
        tz = pytz.timezone(self.env.user.tz or clock.calendar_id.tz or "UTC")
        local = pytz.utc.localize(moment).astimezone(tz)
        locale = babel_locale_parse(get_lang(self.env).code)
        day = format_skeleton("MMMEd", local, locale=locale)
        return f"{day} {format_time(local, 'short', locale=locale)}"

    def _format_loyalty_sla_duration(self, seconds):
        """Return working time such as '3 h 20 min'."""
        if 0 < seconds < 60:
            return self.env._("less than 1 min")
        hours, minutes = divmod(seconds // 60, 60)
        if not hours:
            return self.env._("%s min", minutes)
        if not minutes:
            return self.env._("%s h", hours)
        return self.env._("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes)


def _of_then(days_off, spans):
    """Return the days off without those that were entered later: work was counted in them."""
    counted = [span for span in spans if span.reason == "counted"]
    return [
        (start, stop, name)
        for start, stop, name in days_off
        if not any(start < span.stop and stop > span.start for span in counted)
    ]


def _with_names(reason, span, days_off):
    """Return the reason of a span, with the names of the days off in it if it is off.

    :param days_off: ``[(start, stop, name)]``
    """
    if span.reason != "off":
        return reason
    names = [name for start, stop, name in days_off if start < span.stop and stop > span.start]
    # Each once, in their order: a festival is many days off.
    return f"{reason} ({', '.join(dict.fromkeys(names))})" if names else reason


def _to_the_second(seconds):
    """Return a duration as h:mm:ss, so that a column of them adds up."""
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


def _timestamp(moment):
    """Return the seconds since 1970 of a naive UTC datetime, or False."""
    return int(pytz.utc.localize(moment).timestamp()) if moment else False
