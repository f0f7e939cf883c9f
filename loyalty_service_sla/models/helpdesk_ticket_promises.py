from typing import NamedTuple

from odoo import fields, models

from ..engine import clock as engine


class Verdict(NamedTuple):
    """How a promise stands: a colour, and an icon for who sees none."""

    tone: str
    icon: str


KEPT = Verdict("success", "fa-check-circle")
MISSED = Verdict("danger", "fa-times-circle")
LATE = Verdict("danger", "fa-exclamation-circle")
ON_TIME = Verdict("primary", "fa-clock-o")
WAITING = Verdict("warning", "fa-pause-circle")
ENDED = Verdict("info", "fa-minus-circle")

#: Of these something is still to come.
PENDING = (LATE, ON_TIME, WAITING)

#: Spans that count nothing, by what they are called to the client. What was done once and went on
#: later was closed in between.
PAUSES = {
    engine.PAUSED: engine.CLIENT,
    engine.THIRD_PARTY: engine.THIRD_PARTY,
    engine.AUTHORITY: engine.AUTHORITY,
    engine.OTHER: engine.OTHER,
    engine.STOPPED: engine.CLOSED,
    engine.MET: engine.CLOSED,
    engine.MISSED: engine.CLOSED,
}


def due_date(clock):
    """Return by when an open promise is due, or was; False while nobody can say."""
    return clock.breach_date if clock.breached and clock.breach_date else clock.deadline


class HelpdeskTicket(models.Model):
    """What was promised to the client and what became of it: a plain receipt for the portal.

    It says what a client can check: the promise, the moment, what happened and what did not
    count. Nothing of policies, of working hours or of who did what.
    """

    _inherit = "helpdesk.ticket"

    def _get_loyalty_sla_portal_lines(self):
        """Return what the client is told about each promise, in the client's words.

        ``[{"label", "verdict", "icon", "tone", "pending", "promise", "due", "text", "waits",
        "pauses": [{"text", "times"}]}]``; the caller has checked that the reader may see the
        ticket.
        """
        self.ensure_one()
        clocks = self._loyalty_sla_get_portal_clocks()
        if not clocks:
            return []
        entries = self.loyalty_sla_entry_ids.sorted()
        # What has ended stays as it was told, by the hours that counted then.
        history = (clocks.calendar_id | entries.calendar_id)._loyalty_sla_history()
        log = entries._as_engine()
        return [
            self._prepare_client_receipt(clock, log, history.at(clock.finished_date or None))
            for clock in clocks
        ]

    def _get_loyalty_sla_next_lines(self):
        """Return ``{ticket id: line}`` with what the client can expect next of each ticket."""
        result = {}
        for ticket in self:
            for clock in ticket._loyalty_sla_get_portal_clocks():
                verdict = ticket._get_loyalty_sla_verdict(clock)
                if verdict in PENDING:
                    text = ticket._get_loyalty_sla_portal_text(clock, verdict)
                    result[ticket.id] = {"text": text, "tone": verdict.tone}
                    break
        return result

    def _loyalty_sla_get_portal_clocks(self):
        """Return the clocks that a client sees: of what is still to come, what is due first."""
        clocks = self._loyalty_sla_get_shown_clocks()
        dated = clocks.filtered(
            lambda clock: due_date(clock) and self._get_loyalty_sla_verdict(clock) in PENDING
        )
        # What is done, or waits for somebody, keeps its place.
        following = iter(dated.sorted(due_date).ids)
        return clocks.browse(next(following) if clock in dated else clock.id for clock in clocks)

    def _prepare_client_receipt(self, clock, log, times):
        """Return what the receipt says about one clock.

        :param log: what happened, as the engine's entries
        :param dict times: ``{calendar id: WorkingTime}``
        """
        verdict = self._get_loyalty_sla_verdict(clock)
        state = clock._as_engine()
        # By hours that nobody has kept, only what is stored can be said.
        is_lost = clock.target not in engine.DATED and clock._keeps_lost_hours()
        due = state.breach if is_lost else self._get_loyalty_sla_due(state, times)
        promise = self._get_loyalty_sla_promise(clock, due)
        if clock.target == engine.DELIVERY:
            # What was promised is a date: it is told once, and not by two sentences.
            due = None
            promise = False if verdict == ON_TIME else promise
        return {
            "label": clock.display_name,
            "verdict": self._get_loyalty_sla_verdict_text(clock, verdict),
            "icon": verdict.icon,
            "tone": verdict.tone,
            "pending": verdict in PENDING,
            "promise": promise,
            "due": self._format_loyalty_sla_moment(due, clock) if due else False,
            "text": self._get_loyalty_sla_portal_text(clock, verdict),
            "waits": self._get_loyalty_sla_waits_text(clock),
            "pauses": [] if is_lost else self._get_loyalty_sla_pauses(clock, log, times),
        }

    def _get_loyalty_sla_verdict(self, clock):
        """Return how the promise of a clock stands."""
        if clock.state == engine.MET:
            return KEPT
        if clock.state == engine.MISSED:
            return MISSED
        if clock.breached or (clock.deadline and clock.deadline < fields.Datetime.now()):
            return MISSED if clock.state == engine.STOPPED else LATE
        if clock.state == engine.PAUSED:
            return WAITING
        return ENDED if clock.state == engine.STOPPED else ON_TIME

    def _get_loyalty_sla_verdict_text(self, clock, verdict):
        if verdict == WAITING:
            waits_for_client = (clock.pause_reason or engine.CLIENT) == engine.CLIENT
            return self.env._("Waiting for you") if waits_for_client else self.env._("On hold")
        return {
            KEPT: self.env._("Promise kept"),
            MISSED: self.env._("Promise not kept"),
            LATE: self.env._("We are late"),
            ON_TIME: self.env._("On time so far"),
            ENDED: self.env._("Ended"),
        }[verdict]

    def _get_loyalty_sla_due(self, state, times):
        """Return by when it was promised, or None while that is open.

        :param state: the engine's clock
        """
        if state.breach:
            return state.breach
        if state.state == engine.MET:
            # What was left when it was done would have lasted until then.
            return engine.hours_of(state, times).add(state.finished, state.remaining)
        return engine.deadline(state, times)

    def _get_loyalty_sla_promise(self, clock, due):
        """Return what was promised, as a sentence."""
        promised = self._format_loyalty_sla_duration(clock.seconds)
        if clock.target == engine.DELIVERY:
            # sudo: as all of this; who reads the page may read its ticket.
            dated = self.sudo().loyalty_delivery_date or due
            moment = self._format_loyalty_sla_moment(dated, clock) if dated else ""
            return self.env._("We promised to deliver by %s.", moment)
        if clock.calendar_id._loyalty_sla_is_always() and clock.target not in engine.DATED:
            return self._get_loyalty_sla_always_texts(promised)[clock.target]
        return {
            engine.FIRST_RESPONSE: self.env._(
                "We promised a first answer within %s of working time.", promised
            ),
            engine.NEXT_RESPONSE: self.env._(
                "We promised an answer within %s of working time each time you write again.",
                promised,
            ),
            engine.RESOLUTION: self.env._(
                "We promised a solution within %s of working time.", promised
            ),
            engine.ACKNOWLEDGEMENT: self.env._(
                "We promised to confirm your complaint within %s, day and night.", promised
            ),
        }[clock.target]

    def _get_loyalty_sla_portal_text(self, clock, verdict):
        """Return what happened or can be expected, as a sentence."""
        finished = (
            self._format_loyalty_sla_moment(clock.finished_date, clock)
            if clock.finished_date
            else ""
        )
        if verdict in (KEPT, MISSED) and clock.state != engine.STOPPED:
            text = self._get_loyalty_sla_done_texts(finished)[clock.target]
            return f"{text} {self._get_loyalty_sla_too_late(clock)}" if verdict == MISSED else text
        if clock.state == engine.STOPPED:
            return self.env._("The ticket was closed on %s without that answer.", finished)
        if clock.state == engine.PAUSED:
            text = self._get_loyalty_sla_pause_texts()[clock.pause_reason or engine.CLIENT]
            if verdict == LATE and clock.breach_date:
                moment = self._format_loyalty_sla_moment(clock.breach_date, clock)
                return f"{self._get_loyalty_sla_late_texts(moment)[clock.target]} {text}"
            return text
        if not clock.deadline:
            return self.env._("We tell you as soon as we know by when.")
        moment = self._format_loyalty_sla_moment(due_date(clock), clock)
        texts = (
            self._get_loyalty_sla_late_texts
            if verdict == LATE
            else self._get_loyalty_sla_promise_texts
        )
        return texts(moment)[clock.target]

    def _get_loyalty_sla_too_late(self, clock):
        """Return by how much a promise was missed, as a sentence."""
        overrun = clock._as_engine().overrun
        if not overrun:
            # Out of working hours no working time goes by; it is late all the same.
            return self.env._("That was too late.")
        duration = self._format_loyalty_sla_duration(overrun)
        if clock.target in engine.DATED or clock.calendar_id._loyalty_sla_is_always():
            return self.env._("That was %s too late.", duration)
        return self.env._("That was %s of working time too late.", duration)

    def _get_loyalty_sla_waits_text(self, clock):
        """Return how often the client waited for the same before, False if it never did."""
        if clock.target != engine.NEXT_RESPONSE or clock.waits < 2:
            return False
        if not clock.late_waits:
            return self.env._(
                "You have waited for an answer %s times, never longer than promised.", clock.waits
            )
        return self.env._(
            "You have waited for an answer %(times)s times; longer than promised: %(late)s.",
            times=clock.waits,
            late=clock.late_waits,
        )

    # ------------------------------------------------------------------
    # What did not count
    # ------------------------------------------------------------------

    def _get_loyalty_sla_pauses(self, clock, log, times):
        """Return what did not count since the client began to wait, each reason once.

        ``[{"text": "Waiting for your answer: 2 days do not count", "times": [from when to when]}]``
        """
        if clock.target == engine.DELIVERY:
            return []
        end = clock.finished_date or fields.Datetime.now()
        pauses = {}
        for span in engine.spans(clock.target, log, times, end):
            if span.reason not in PAUSES or (
                clock.started_date and span.start < clock.started_date
            ):
                continue
            still = span.stop == end and clock.state == engine.PAUSED
            pauses.setdefault(PAUSES[span.reason], []).append((span, still))
        return [
            {
                "text": self._get_loyalty_sla_uncounted_texts(
                    self._format_loyalty_sla_span(sum(span.seconds for span, _still in spans))
                )[reason],
                "times": [self._format_loyalty_sla_range(clock, *pair) for pair in spans],
            }
            for reason, spans in pauses.items()
        ]

    def _format_loyalty_sla_range(self, clock, span, still):
        start = self._format_loyalty_sla_moment(span.start, clock)
        if still:
            return self.env._("since %s", start)
        return self.env._(
            "%(start)s to %(stop)s",
            start=start,
            stop=self._format_loyalty_sla_moment(span.stop, clock),
        )

    def _format_loyalty_sla_span(self, seconds):
        """Return time on the calendar such as '2 days' or '1 day 3 h'."""
        days, rest = divmod(seconds, 86400)
        parts = []
        if days:
            parts.append(self.env._("1 day") if days == 1 else self.env._("%s days", days))
        if days and rest >= 3600:
            parts.append(self.env._("%s h", rest // 3600))
        elif not days:
            parts.append(self._format_loyalty_sla_duration(rest))
        return " ".join(parts)

    # ------------------------------------------------------------------
    # Sentences
    # ------------------------------------------------------------------

    def _get_loyalty_sla_uncounted_texts(self, time):
        return {
            engine.CLIENT: self.env._("Waiting for your answer: %s, not counted", time),
            engine.THIRD_PARTY: self.env._("Waiting for a third party: %s, not counted", time),
            engine.AUTHORITY: self.env._("Waiting for an authority: %s, not counted", time),
            engine.OTHER: self.env._("On hold: %s, not counted", time),
            engine.CLOSED: self.env._("Closed in between: %s, not counted", time),
        }

    def _get_loyalty_sla_always_texts(self, time):
        return {
            engine.FIRST_RESPONSE: self.env._(
                "We promised a first answer within %s, day and night.", time
            ),
            engine.NEXT_RESPONSE: self.env._(
                "We promised an answer within %s, day and night, each time you write again.", time
            ),
            engine.RESOLUTION: self.env._("We promised a solution within %s, day and night.", time),
        }

    def _get_loyalty_sla_done_texts(self, moment):
        return {
            engine.FIRST_RESPONSE: self.env._("We answered on %s.", moment),
            engine.NEXT_RESPONSE: self.env._("We answered your last message on %s.", moment),
            engine.RESOLUTION: self.env._("Closed on %s.", moment),
            engine.DELIVERY: self.env._("Delivered on %s.", moment),
            engine.ACKNOWLEDGEMENT: self.env._("We confirmed your complaint on %s.", moment),
        }

    def _get_loyalty_sla_pause_texts(self):
        return {
            engine.CLIENT: self.env._("We are waiting for your answer."),
            engine.THIRD_PARTY: self.env._("We are waiting for a third party."),
            engine.AUTHORITY: self.env._("We are waiting for an authority."),
            engine.OTHER: self.env._("This is on hold for the moment."),
        }

    def _get_loyalty_sla_late_texts(self, moment):
        return {
            engine.FIRST_RESPONSE: self.env._("We are late: we promised an answer by %s.", moment),
            engine.NEXT_RESPONSE: self.env._("We are late: we promised an answer by %s.", moment),
            engine.RESOLUTION: self.env._("We are late: we promised a solution by %s.", moment),
            engine.DELIVERY: self.env._("We are late: we promised to deliver by %s.", moment),
            engine.ACKNOWLEDGEMENT: self.env._(
                "We are late: we promised to confirm your complaint by %s.", moment
            ),
        }

    def _get_loyalty_sla_promise_texts(self, moment):
        return {
            engine.FIRST_RESPONSE: self.env._("We promise an answer by %s.", moment),
            engine.NEXT_RESPONSE: self.env._("We promise an answer by %s.", moment),
            engine.RESOLUTION: self.env._("We promise a solution by %s.", moment),
            engine.DELIVERY: self.env._("We promise to deliver by %s.", moment),
            engine.ACKNOWLEDGEMENT: self.env._(
                "We promise to confirm your complaint by %s.", moment
            ),
        }
