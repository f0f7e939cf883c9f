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
* A promise that is shorter than the time already used ends the moment it is made, not before.

Moments are naive UTC datetimes, durations whole seconds.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from .working_time import NEVER

# What happens to a ticket.
OPENED = "opened"
RESPONSE = "response"
CUSTOMER_REPLY = "customer_reply"
PAUSE = "pause"
RESUME = "resume"
CLOSED = "closed"
REOPENED = "reopened"
PROMISE = "promise"

# What is promised.
FIRST_RESPONSE = "first_response"
RESOLUTION = "resolution"

# What a clock does.
NEW = "new"
RUNNING = "running"
PAUSED = "paused"
STOPPED = "stopped"
MET = "met"
MISSED = "missed"

#: Placeholder in the table below: met or missed, as the deadline decides.
DONE = "done"

#: States in which the target is still open.
OPEN = (RUNNING, PAUSED)

_ALWAYS = {
    (NEW, OPENED): RUNNING,
    (RUNNING, PAUSE): PAUSED,
    (PAUSED, RESUME): RUNNING,
    (PAUSED, CUSTOMER_REPLY): RUNNING,
}

#: ``{target: {(state, entry kind): next state}}``; what is not in it changes nothing.
MOVES = {
    FIRST_RESPONSE: {
        **_ALWAYS,
        (RUNNING, RESPONSE): DONE,
        (PAUSED, RESPONSE): DONE,
        (STOPPED, RESPONSE): DONE,
        # Closed without an answer: neither met nor missed, and on again when reopened.
        (RUNNING, CLOSED): STOPPED,
        (PAUSED, CLOSED): STOPPED,
        (STOPPED, REOPENED): RUNNING,
    },
    RESOLUTION: {
        **_ALWAYS,
        (RUNNING, CLOSED): DONE,
        (PAUSED, CLOSED): DONE,
        (MET, REOPENED): RUNNING,
        (MISSED, REOPENED): RUNNING,
    },
}

TARGETS = tuple(MOVES)


class OutOfOrder(ValueError):
    """An entry is older than what a clock has counted already: replay the whole list."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised from a moment on.

    ``calendar`` is the key of a :class:`~.working_time.WorkingTime`; ``seconds`` has the working
    time for each target that is promised.
    """

    calendar: object
    seconds: dict


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log of a ticket."""

    date: datetime
    kind: str
    promise: Promise | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """What is known about one target after some entries.

    ``elapsed`` seconds were counted up to ``at``, the moment of the last entry that mattered.
    ``breach`` is the deadline that went by, ``finished`` the moment of a final state.
    """

    target: str
    state: str = NEW
    calendar: object = None
    seconds: int | None = None
    elapsed: int = 0
    at: datetime | None = None
    finished: datetime | None = None
    breach: datetime | None = None

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


class Span(NamedTuple):
    """A piece of the life of a ticket and what it meant for a clock.

    ``reason``: counted, off (out of working hours), paused, stopped, met, missed.
    """

    start: datetime
    stop: datetime
    reason: str

    @property
    def seconds(self):
        return int((self.stop - self.start).total_seconds())


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
        return calendars.get(clock.calendar, NEVER).add(clock.at, clock.remaining)
    return None


def settle(clock, moment, calendars):
    """Return the clock with the time up to ``moment`` counted."""
    if clock.state != RUNNING:
        return replace(clock, at=moment)
    clock = look(clock, moment, calendars)
    worked = calendars.get(clock.calendar, NEVER).worked(clock.at, moment)
    return replace(clock, elapsed=clock.elapsed + worked, at=moment)


def look(clock, moment, calendars):
    """Return the clock with the breach noted that ``moment`` lies behind, and no other change."""
    if clock.state != RUNNING or clock.breach:
        return clock
    due = deadline(clock, calendars)
    if due is not None and moment > due:
        return replace(clock, breach=due)
    return clock


def advance(clock, entry, calendars):
    """Return the clock after one more entry; the very same object if it changes nothing.

    :raises OutOfOrder: if the entry is older than what has been counted
    """
    move = MOVES[clock.target].get((clock.state, entry.kind))
    if move is None and entry.promise is None:
        return clock
    if clock.at and entry.date < clock.at:
        raise OutOfOrder(f"{entry.kind} of {entry.date} comes after {clock.at}")
    was_running = clock.state == RUNNING
    if entry.promise is not None:
        promised = entry.promise.seconds.get(clock.target)
        if (promised, entry.promise.calendar) != (clock.seconds, clock.calendar):
            if was_running:
                clock = settle(clock, entry.date, calendars)
            clock = replace(clock, seconds=promised, calendar=entry.promise.calendar)
    if move is None:
        return clock
    clock = settle(clock, entry.date, calendars)
    if move == DONE:
        return replace(clock, state=MISSED if clock.breach else MET, finished=entry.date)
    return replace(clock, state=move, finished=entry.date if move == STOPPED else None)


def replay(target, entries, calendars, now=None):
    """Return the clock of ``target`` after all ``entries``, with a look at it at ``now``."""
    clock = Clock(target)
    for entry in entries:
        clock = advance(clock, entry, calendars)
    return look(clock, now, calendars) if now else clock


def spans(target, entries, calendars, now):
    """Return the life of a clock as a list of :class:`Span` without gaps, up to ``now``.

    The spans that counted add up to what the clock has elapsed.
    """
    result = []
    clock = Clock(target)
    since = None

    def close(until):
        if since is not None and since < until:
            result.extend(_cut(clock, since, until, calendars))

    for entry in entries:
        after = advance(clock, entry, calendars)
        if (after.state, after.calendar) != (clock.state, clock.calendar):
            close(entry.date)
            clock, since = after, entry.date
        else:
            clock = after
    close(now)
    return result


def _cut(clock, start, stop, calendars):
    """Yield the spans from ``start`` to ``stop``, through which the clock kept its state."""
    if clock.state != RUNNING:
        yield Span(start, stop, clock.state)
        return
    for begin, end in calendars.get(clock.calendar, NEVER).intervals(start, stop):
        if start < begin:
            yield Span(start, begin, "off")
        yield Span(begin, end, "counted")
        start = end
    if start < stop:
        yield Span(start, stop, "off")
