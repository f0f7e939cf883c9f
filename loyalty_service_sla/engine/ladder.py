"""The ladder of escalations: when each of its steps is due, as a pure function of a clock.

A step lies some seconds before or after the target of a clock, or after the wait began. The
seconds are of working time, by the hours of the clock; those of a step that is told at *any
time* are of every hour.

Decisions that the numbers rest on:

* Only what runs is due: what is paused, answered, met or missed tells nobody.
* A reminder that would lie at or before the beginning of the wait is none: whoever has half an
  hour needs no reminder half an hour before.
* A reminder is true up to the target and not beyond.
* What lies after the target counts from the moment at which the promise was broken, and rests
  while the clock rests. A promise that is cut short breaks when it is cut.
* A step is not about what was due before the step was made (``since``), so that a new step does
  not call people to all that is late already.

Moments are naive UTC datetimes, durations whole seconds. What is due at a moment may be told
after it, not at it, like the breach itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from . import clock as engine
from .working_time import SECOND

#: From where a step counts.
BEFORE = "before"
AT = "at"
AFTER = "after"
START = "start"

#: What is told so soon after it was due counts as told in time, though working hours ended with it.
GRACE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a ladder.

    ``offset`` seconds lie between the step and the target, or the beginning for ``START``; never
    negative. ``since`` is the moment from which on the step is there.
    """

    key: object
    moment: str
    offset: int = 0
    anytime: bool = False
    since: datetime | None = None

    @property
    def is_late(self):
        """Whether the step is about a promise that was broken."""
        return self.moment in (AT, AFTER)


def due(step, clock, calendars):
    """Return when a step is due for a clock, None while it is not.

    It may lie in the past. What a breach has overtaken is not due, provided that
    :func:`~.clock.look` has noted the breach.

    :param calendars: ``{key: WorkingTime}``
    """
    if clock.state != engine.RUNNING or not clock.seconds:
        return None
    moment = _MOMENTS[step.moment](step, clock, calendars)
    if moment is None or (step.since and moment < step.since):
        return None
    return moment


def _before(step, clock, calendars):
    if clock.breach:
        return None
    if step.anytime:
        deadline = engine.deadline(clock, calendars)
        if deadline is None:
            return None
        moment = deadline - timedelta(seconds=step.offset)
        return None if moment <= clock.started else max(moment, clock.at)
    if clock.seconds <= step.offset:
        return None
    return _used(clock, clock.seconds - step.offset, calendars)


def _after(step, clock, calendars):
    broken = clock.breach or engine.deadline(clock, calendars)
    if broken is None or not step.offset:
        return broken
    if step.anytime:
        return broken + timedelta(seconds=step.offset)
    moments = (
        engine.hours_of(clock, calendars).add(broken, step.offset),
        _used(clock, clock.seconds + step.offset, calendars),
    )
    return None if None in moments else max(moments)


def _from_start(step, clock, calendars):
    if not step.offset:
        return clock.started
    if step.anytime:
        return clock.started + timedelta(seconds=step.offset)
    return _used(clock, step.offset, calendars)


_MOMENTS = {BEFORE: _before, AT: _after, AFTER: _after, START: _from_start}


def _used(clock, seconds, calendars):
    """Return when a running clock has used so many seconds, at the earliest ``clock.at``."""
    return engine.hours_of(clock, calendars).add(clock.at, max(seconds - clock.elapsed, 0))


def runs(steps):
    """Return ``steps`` as runs, in each of which every step is due before the next one.

    >>> late, soon = Step(1, BEFORE, 60), Step(2, BEFORE, 600)
    >>> [[step.key for step in run] for run in runs([late, soon, Step(3, AT)])]
    [[2, 1], [3]]
    """

    def kind(step):
        return step.is_late, step.moment == START, step.anytime

    def place(step):
        return -step.offset if step.moment == BEFORE else step.offset

    ordered = sorted(steps, key=lambda step: (kind(step), place(step)))
    found = {}
    for step in ordered:
        found.setdefault(kind(step), []).append(step)
    return tuple(map(tuple, found.values()))


def next_due(clock, steps, done, calendars):
    """Return when the first of the steps that are not done is due, None if none will be.

    :param steps: runs of steps, see :func:`runs`
    :param done: keys of steps that were told
    """
    if clock.state != engine.RUNNING:
        return None
    found = []
    for run in steps:
        for step in run:
            if step.key not in done:
                moment = due(step, clock, calendars)
                if moment is not None:
                    found.append(moment)
                    break
    return min(found, default=None)


def is_open(hours, moment):
    """Tell whether a moment lies in working hours; the end of a day's work belongs to it."""
    return bool(hours.worked(moment - SECOND, moment) or hours.worked(moment, moment + SECOND))


def quiet_until(hours, was_due, now):
    """Return when the quiet hours end in which something cannot be told, None if it can be.

    :param hours: :class:`~.working_time.WorkingTime` of whoever is to be told; somebody without
        any is told at once
    :param was_due: when it was due, or when it was put off to
    """
    if is_open(hours, now) or (now - was_due <= GRACE and is_open(hours, was_due)):
        return None
    begun = hours.add(now, 1)
    return begun and begun - SECOND
