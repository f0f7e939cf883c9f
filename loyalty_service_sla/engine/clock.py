"""The clock of a ticket: a pure function of what happened, the calendars and the promise.

What happened is a list of :class:`Entry`, ordered. One :class:`Clock` counts working time
towards one target. :func:`advance` moves a clock by one entry; the live system keeps its
result, and :func:`replay` makes the same from the whole list.

Decisions that the numbers rest on:

* The deadline is the *earliest* moment at which the promised working time is used up: three
  hours from 9:00 end at 12:00, not when the lunch break is over.
* In time means at or before the deadline. An answer at 12:30 is late, though no working time
  has passed since 12:00. What is shown as the deadline is what counts.
* While a ticket is paused or closed nothing counts. What was counted is never lost: after a
  pause, a reopening or a new promise the deadline follows from what is left.
* A breach stays a breach: a longer promise afterwards does not undo it.
* A promise that leaves a running clock no time is broken the moment it is made, not before.
* The next answer is waited for anew each time: from the first message of the client after one of
  staff, with the whole promised time, however many messages of the client follow. What was
  missed in an earlier wait stays counted in ``missed_before``. What the client writes after
  closing (an afterword) starts no wait.
* A delivery is promised for a date. Every hour counts, holiday or not, and nothing pauses it;
  another date takes the place of the one before. It is met by delivering or by closing. A date
  that is given after one was missed is a promise of its own; the miss stays counted.
* A complaint is acknowledged round the clock as well: from the moment the ticket becomes one, by
  the first public answer after that. A complaint that is withdrawn waits for nobody.
* The client's answer ends a pause that waits for the client. Where somebody else is waited for,
  it does not; but an answer to the client is waited for all the same.
* A promise may be made *from the start*: then it counts as if it had been given at the opening,
  and undoes a breach that would not have been. Everything else counts from when it was said.

Moments are naive UTC datetimes, durations whole seconds.
"""

from datetime import datetime
from typing import NamedTuple

from .working_time import ALWAYS, NEVER

# What happens to a ticket.
OPENED = "opened"
RESPONSE = "response"
CUSTOMER_REPLY = "customer_reply"
AFTERWORD = "afterword"
PAUSE = "pause"
RESUME = "resume"
CLOSED = "closed"
REOPENED = "reopened"
PROMISE = "promise"
DELIVERED = "delivered"
#: Something that moves no clock, kept for whoever reads the log.
CHANGE = "change"
#: The ticket became a complaint, or turned out to be none.
COMPLAINT = "complaint"
WITHDRAWN = "withdrawn"

# What is promised. A delivery is promised by an entry of its own, of that kind.
FIRST_RESPONSE = "first_response"
NEXT_RESPONSE = "next_response"
RESOLUTION = "resolution"
DELIVERY = "delivery"
ACKNOWLEDGEMENT = "acknowledgement"

#: What is promised for a moment, by an entry of this kind: every hour counts.
DATED = {DELIVERY: DELIVERY, ACKNOWLEDGEMENT: COMPLAINT}

# For whom a pause waits.
CLIENT = "client"
THIRD_PARTY = "third_party"
AUTHORITY = "authority"
OTHER = "other"

# What a clock does.
NEW = "new"
IDLE = "idle"
RUNNING = "running"
PAUSED = "paused"
STOPPED = "stopped"
MET = "met"
MISSED = "missed"

#: Placeholders in the table below: met or missed, as the deadline decides, and running from zero.
DONE = "done"
BEGIN = "begin"

#: States in which the target is still open.
OPEN = (RUNNING, PAUSED)

#: A pause whose last tenth of the promised time was left, or less, is worth a look.
SCARCE = 10

_PAUSES = {
    (RUNNING, PAUSE): PAUSED,
    # Somebody else is waited for.
    (PAUSED, PAUSE): PAUSED,
    (PAUSED, RESUME): RUNNING,
    (PAUSED, CUSTOMER_REPLY): RUNNING,
}
#: Closed without an answer: neither met nor missed, and on again when reopened.
_ANSWERS = {
    **_PAUSES,
    (RUNNING, RESPONSE): DONE,
    (PAUSED, RESPONSE): DONE,
    (STOPPED, RESPONSE): DONE,
    (RUNNING, CLOSED): STOPPED,
    (PAUSED, CLOSED): STOPPED,
    (STOPPED, REOPENED): RUNNING,
}

#: ``{target: {(state, entry kind): next state}}``; what is not in it changes nothing.
MOVES = {
    FIRST_RESPONSE: {**_ANSWERS, (NEW, OPENED): BEGIN},
    NEXT_RESPONSE: {
        **_ANSWERS,
        (NEW, RESPONSE): IDLE,
        (IDLE, CUSTOMER_REPLY): BEGIN,
        (MET, CUSTOMER_REPLY): BEGIN,
        (MISSED, CUSTOMER_REPLY): BEGIN,
    },
    RESOLUTION: {
        **_PAUSES,
        (NEW, OPENED): BEGIN,
        (RUNNING, CLOSED): DONE,
        (PAUSED, CLOSED): DONE,
        (MET, REOPENED): RUNNING,
        (MISSED, REOPENED): RUNNING,
    },
    DELIVERY: {
        (NEW, DELIVERY): BEGIN,
        (RUNNING, DELIVERY): RUNNING,
        (RUNNING, DELIVERED): DONE,
        (RUNNING, CLOSED): DONE,
        (MET, DELIVERY): BEGIN,
        (MISSED, DELIVERY): BEGIN,
    },
    ACKNOWLEDGEMENT: {
        (NEW, COMPLAINT): BEGIN,
        (IDLE, COMPLAINT): BEGIN,
        (STOPPED, COMPLAINT): BEGIN,
        (MET, COMPLAINT): BEGIN,
        (MISSED, COMPLAINT): BEGIN,
        (RUNNING, RESPONSE): DONE,
        (RUNNING, CLOSED): STOPPED,
        (STOPPED, REOPENED): RUNNING,
        (RUNNING, WITHDRAWN): IDLE,
        (STOPPED, WITHDRAWN): IDLE,
    },
}

TARGETS = tuple(MOVES)


class OutOfOrder(ValueError):
    """An entry says something about what a clock has counted already: replay the whole list."""


class Promise(NamedTuple):
    """What is promised from a moment on.

    ``calendar`` is the key of a :class:`~.working_time.WorkingTime`; ``seconds`` has the working
    time for each target that is promised. ``from_start``: it takes the place of every promise
    before it.
    """

    calendar: object
    seconds: dict
    from_start: bool = False


class Entry(NamedTuple):
    """One line of the log of a ticket.

    ``due`` is the promised moment of a delivery or an acknowledgement, None where it is promised
    no more; ``reason`` tells for whom a pause waits, None for the client.
    """

    date: datetime
    kind: str
    promise: Promise | None = None
    due: datetime | None = None
    reason: str | None = None


class Clock(NamedTuple):
    """What is known about one target after some entries.

    ``elapsed`` seconds were counted up to ``at``, the moment of the last entry that mattered.
    ``breach`` is the deadline that went by, ``finished`` the moment of a final state.
    ``waits`` were begun, the last one when it ``started``; of those before it ``missed_before``
    were missed. ``reason`` is that of the pause, and ``scarce_pause`` the moment of the last pause
    that began when at most a tenth of the promised time was left.
    """

    target: str
    state: str = NEW
    calendar: object = None
    seconds: int | None = None
    elapsed: int = 0
    at: datetime | None = None
    finished: datetime | None = None
    breach: datetime | None = None
    started: datetime | None = None
    waits: int = 0
    missed_before: int = 0
    reason: str | None = None
    scarce_pause: datetime | None = None

    @property
    def is_open(self):
        return self.state in OPEN

    @property
    def remaining(self):
        """Seconds left at ``at``, never negative; None without a promise."""
        return None if self.seconds is None else max(self.seconds - self.elapsed, 0)

    @property
    def overrun(self):
        """Working seconds counted beyond the promise up to ``at``."""
        return 0 if self.seconds is None else max(self.elapsed - self.seconds, 0)

    @property
    def is_scarce(self):
        """Whether at ``at`` a tenth of the promised time was left at most, and none was over."""
        return bool(self.seconds) and not self.breach and self.remaining * SCARCE <= self.seconds

    @property
    def late_waits(self):
        """How often the target was missed."""
        return self.missed_before + bool(self.breach)


class Span(NamedTuple):
    """A piece of the life of a ticket and what it meant for a clock.

    ``reason``: counted, off (out of working hours), paused (for the client; else for whom:
    third_party, authority, other), stopped, met, missed, idle (nobody waits), new (nothing to
    wait for yet).
    """

    start: datetime
    stop: datetime
    reason: str

    @property
    def seconds(self):
        return int((self.stop - self.start).total_seconds())


def hours_of(clock, calendars):
    """Return the :class:`~.working_time.WorkingTime` that a clock counts by."""
    if clock.target in DATED:
        return ALWAYS
    return calendars.get(clock.calendar, NEVER)


def deadline(clock, calendars):
    """Return when the time of a clock is used up, or None while that is open.

    A paused clock has no deadline, and neither has one without promise or working time.

    :param calendars: ``{key: WorkingTime}``
    """
    if clock.seconds is None:
        return None
    if clock.state == RUNNING:
        if clock.breach and not clock.remaining:
            return clock.breach
        return hours_of(clock, calendars).add(clock.at, clock.remaining)
    return None


def settle(clock, moment, calendars):
    """Return the clock with the time up to ``moment`` counted."""
    if clock.state != RUNNING:
        return clock._replace(at=moment)
    clock = look(clock, moment, calendars)
    worked = hours_of(clock, calendars).worked(clock.at, moment)
    return clock._replace(elapsed=clock.elapsed + worked, at=moment)


def look(clock, moment, calendars):
    """Return the clock with the breach noted that ``moment`` lies behind, and no other change."""
    if clock.state != RUNNING or clock.breach:
        return clock
    due = deadline(clock, calendars)
    if due is not None and moment > due:
        return clock._replace(breach=due)
    return clock


def advance(clock, entry, calendars):
    """Return the clock after one more entry; the very same object if it changes nothing.

    :raises OutOfOrder: if the entry is about what has been counted already
    """
    move = _get_move(clock, entry)
    promise = entry.promise if clock.target not in DATED else None
    if move is None and promise is None:
        return clock
    if promise and promise.from_start:
        raise OutOfOrder("a promise from the start")
    if clock.at and entry.date < clock.at:
        raise OutOfOrder(f"{entry.kind} of {entry.date} comes after {clock.at}")
    if move == BEGIN:
        clock = _begin(clock, entry.date, promise)
    else:
        if promise is not None:
            clock = _promise(clock, entry.date, promise, calendars)
        if move is None:
            return clock
        clock = settle(clock, entry.date, calendars)
        if entry.kind != DELIVERY or not clock.breach:
            clock = _go_on(clock, move, entry)
        elif entry.due:
            clock = _begin(clock, entry.date)
        else:
            return _go_on(clock, DONE, entry)
    return _date(clock, entry) if entry.kind == DATED.get(clock.target) else clock


def matters(target, state, entries):
    """Tell whether any of ``entries`` may change a clock of ``target`` that is in ``state``."""
    moves = MOVES[target]
    return any(entry.promise is not None or (state, entry.kind) in moves for entry in entries)


def _get_move(clock, entry):
    """Return what an entry does to a clock, None for nothing."""
    move = MOVES[clock.target].get((clock.state, entry.kind))
    if move == BEGIN and entry.kind == DELIVERY and entry.due is None:
        # What is over is not taken back.
        return None
    if (
        move
        and (clock.state, entry.kind) == (PAUSED, CUSTOMER_REPLY)
        and clock.target != NEXT_RESPONSE
        and clock.reason not in (None, CLIENT)
    ):
        return None
    return move


def _promise(clock, moment, promise, calendars):
    """Return the clock of which something is promised from a moment on."""
    promised = promise.seconds.get(clock.target)
    if (promised, promise.calendar) == (clock.seconds, clock.calendar):
        return clock
    if clock.state != RUNNING:
        return clock._replace(seconds=promised, calendar=promise.calendar)
    clock = settle(clock, moment, calendars)
    is_used_up = promised is not None and promised <= clock.elapsed
    return clock._replace(
        seconds=promised,
        calendar=promise.calendar,
        breach=clock.breach or (moment if is_used_up else None),
    )


def _begin(clock, moment, promise=None):
    """Return the clock at the beginning of a new wait, for which something new may be promised."""
    return Clock(
        clock.target,
        RUNNING,
        promise.calendar if promise else clock.calendar,
        promise.seconds.get(clock.target) if promise else clock.seconds,
        at=moment,
        started=moment,
        waits=clock.waits + 1,
        missed_before=clock.late_waits,
        reason=clock.reason,
        scarce_pause=clock.scarce_pause,
    )


def _go_on(clock, move, entry):
    """Return a clock that was counted up to an entry in its next state."""
    if move == DONE:
        move = MISSED if clock.breach else MET
    changes = {
        "state": move,
        "finished": entry.date if move in (MET, MISSED, STOPPED) else None,
        "reason": (entry.reason or CLIENT) if move == PAUSED else None,
    }
    if move == PAUSED and clock.state == RUNNING and clock.is_scarce:
        changes["scarce_pause"] = entry.date
    return clock._replace(**changes)


def _date(clock, entry):
    """Return the clock of what is promised for another moment from an entry on."""
    if entry.due is None:
        return clock._replace(seconds=None)
    left = max(int((entry.due - entry.date).total_seconds()), 0)
    return clock._replace(seconds=max(clock.elapsed + left, 1))


def in_force(entries):
    """Return ``entries`` with what is promised from the start where it was not promised yet."""
    promise = None
    for entry in entries:
        if entry.promise is not None and entry.promise.from_start:
            promise = entry.promise
    if promise is None:
        return entries
    result, pending = [], True
    for entry in entries:
        if pending and entry.promise is not None:
            pending = entry.promise is not promise
            result.append(entry._replace(promise=promise._replace(from_start=False)))
        else:
            result.append(entry)
    return result


def replay(target, entries, calendars, now=None):
    """Return the clock of ``target`` after all ``entries``, with a look at it at ``now``."""
    clock = Clock(target)
    for entry in in_force(entries):
        clock = advance(clock, entry, calendars)
    return look(clock, now, calendars) if now else clock


def spans(target, entries, calendars, now):
    """Return the life of a clock as a list of :class:`Span` without gaps, up to ``now``.

    The spans that counted since the last wait ``started`` add up to what the clock has elapsed.
    """
    result = []
    clock = Clock(target)
    since = None

    def close(until):
        if since is not None and since < until:
            result.extend(_cut(clock, since, until, calendars))

    for entry in in_force(entries):
        after = advance(clock, entry, calendars)
        if since is None or _life(after) != _life(clock):
            close(entry.date)
            since = entry.date
        clock = after
    close(now)
    return result


def _life(clock):
    """Return what a clock keeps through a span."""
    return clock.state, clock.calendar, clock.reason, clock.waits


def _cut(clock, start, stop, calendars):
    """Yield the spans from ``start`` to ``stop``, through which the clock kept its state."""
    if clock.state != RUNNING:
        waits_for = clock.reason if clock.reason not in (None, CLIENT) else clock.state
        yield Span(start, stop, waits_for)
        return
    for begin, end in hours_of(clock, calendars).intervals(start, stop):
        if start < begin:
            yield Span(start, begin, "off")
        yield Span(begin, end, "counted")
        start = end
    if start < stop:
        yield Span(start, stop, "off")
