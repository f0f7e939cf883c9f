"""The working hours of a calendar as they are, and as they were when something ended.

What is open counts by the hours as they are, whenever they were corrected. What has ended keeps
what it was told to be, and is explained by the hours of then. Of each change only the stretches
that it made different are kept, as they were before it.

Moments are naive UTC datetimes, intervals whole seconds from 1970.
"""

from bisect import bisect_left
from dataclasses import dataclass

from . import clock as engine
from .working_time import STRETCH, WorkingTime, to_seconds


def stretches(first, last):
    """Return the numbers of the stretches that two moments and all between them lie in."""
    return range(to_seconds(first) // STRETCH, to_seconds(last) // STRETCH + 1)


def split(work, numbers):
    """Return ``{number: intervals}`` of the work in each of some stretches in a row.

    >>> split([(10, STRETCH + 5)], range(0, 2)) == {0: [(10, STRETCH)], 1: [(STRETCH, STRETCH + 5)]}
    True
    """
    result = {number: [] for number in numbers}
    for start, stop in work:
        for number in range(start // STRETCH, (stop - 1) // STRETCH + 1):
            if number in result:
                first, last = number * STRETCH, (number + 1) * STRETCH
                result[number].append((max(start, first), min(stop, last)))
    return result


def difference(before, after):
    """Return those stretches of ``before`` that are others in ``after``.

    >>> difference({0: [(1, 2)], 1: [(9, 10)]}, {0: [(1, 2)], 1: []})
    {1: [(9, 10)]}
    """
    return {number: work for number, work in before.items() if after.get(number) != work}


class Hours:
    """The working time of one calendar at any moment of its history.

    :param load: see :class:`~.working_time.WorkingTime`: as it is
    :param past: ``[(moment of a change, {number of a stretch: its intervals before it})]``, the
        first change first
    """

    def __init__(self, load, past=()):
        self._load = load
        self._changes = [moment for moment, _kept in past]
        self._kept = [kept for _moment, kept in past]
        self._times = {}

    def changed_since(self, moment):
        """Tell whether any hours before now were changed at ``moment`` or later."""
        return bool(self._changes) and self._changes[-1] >= moment

    def at(self, moment=None):
        """Return the :class:`~.working_time.WorkingTime` as it was, or as it is for None."""
        place = len(self._changes) if moment is None else bisect_left(self._changes, moment)
        if place not in self._times:
            self._times[place] = WorkingTime(lambda number: self._get(place, number))
        return self._times[place]

    def _get(self, place, number):
        for kept in self._kept[place:]:
            if number in kept:
                return kept[number]
        return self._load(number)


@dataclass(frozen=True, slots=True)
class History:
    """``{key of a calendar: Hours}``, for logs that name several."""

    hours: dict

    def at(self, moment=None):
        """Return ``{key: WorkingTime}`` as it was at ``moment``, or as it is for None."""
        return {key: hours.at(moment) for key, hours in self.hours.items()}

    def has_changed_since(self, clock):
        """Tell whether any of these hours were changed after a clock had ended."""
        return clock.finished is not None and any(
            hours.changed_since(clock.finished) for hours in self.hours.values()
        )


def replay(target, entries, history, now=None):
    """Return the clock of ``target``, by the hours that counted when it ended.

    When that was is a matter of the log alone.

    :param History history: the hours of the calendars that the log names
    """
    clock = engine.replay(target, entries, history.at(), now)
    if not history.has_changed_since(clock):
        return clock
    return engine.replay(target, entries, history.at(clock.finished), now)
