"""The working hours of a calendar as they are, and as they were when something ended.

What is open counts by the hours as they are, whenever they were corrected. What has ended keeps
what it was told to be, and is explained by the hours of then. Of each change only the stretches
that it made different are kept, as they were before it.

Moments are naive UTC datetimes, intervals whole seconds from 1970.
"""

from bisect import bisect_left
from functools import cached_property
from itertools import accumulate, pairwise
from operator import itemgetter

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


def toggle(*works):
    """Return the time that is in an odd number of some lists of sorted disjoint intervals.

    Of two it is what only one of them has, and each of the two is what the other and this make.

    >>> toggle([(9, 12), (13, 17)], [(10, 12), (13, 18)])
    [(9, 10), (17, 18)]
    >>> toggle([(9, 10), (17, 18)], [(10, 12), (13, 18)])
    [(9, 12), (13, 17)]
    """
    borders = set()
    for work in works:
        for interval in work:
            for border in interval:
                borders ^= {border}
    ordered = sorted(borders)
    return list(zip(ordered[::2], ordered[1::2], strict=True))


def difference(before, after):
    """Return ``{number: packed intervals}`` of what is working time in only one of both.

    >>> difference({0: [(1, 2)], 1: [(STRETCH + 9, STRETCH + 19)]}, {0: [(1, 2)], 1: []})
    {1: [9, 10]}
    """
    turned = {number: toggle(work, after[number]) for number, work in before.items()}
    return {number: pack(number, work) for number, work in turned.items() if work}


def pack(number, work):
    """Return the intervals of one stretch as the seconds between their borders, from its start.

    >>> pack(0, [(10, 15), (20, 21)])
    [10, 5, 5, 1]
    """
    borders = [border for interval in work for border in interval]
    return [after - before for before, after in pairwise([number * STRETCH, *borders])]


def unpack(number, gaps):
    """Return the intervals that :func:`pack` has made these gaps of.

    >>> unpack(0, [10, 5, 5, 1])
    [(10, 15), (20, 21)]
    """
    [_first, *borders] = accumulate(gaps, initial=number * STRETCH)
    return list(zip(borders[::2], borders[1::2], strict=True))


def add_change(past, second, kept):
    """Return ``past`` with one more change, which no other of it is later than.

    Changes of the same second are one. What the second turns back was not changed.

    >>> add_change([[7, {1: [9, 10]}]], 7, {1: [9, 4], 2: [3, 4]})
    [[7, {1: [13, 6], 2: [3, 4]}]]
    """
    if not past or past[-1][0] < second:
        return [*past, [second, kept]]
    *earlier, [last, known] = past
    # Packed by the seconds between borders, it does not matter from where they are counted.
    both = {
        number: pack(0, toggle(unpack(0, known.get(number, ())), unpack(0, kept.get(number, ()))))
        for number in {**known, **kept}
    }
    return [*earlier, [last, {number: gaps for number, gaps in both.items() if gaps}]]


class Hours:
    """The working time of one calendar at any moment of its history.

    :param load: see :class:`~.working_time.WorkingTime`: as it is
    :param last: the moment of the last change; None if there is none
    :param past: function that returns ``[(moment of a change, {number of a stretch: packed
        intervals that it turned round})]``, the first change first. It is called only where
        something is asked of a moment before the last change
    """

    def __init__(self, load, last=None, past=tuple):
        self._load = load
        self._last = last
        self._get_past = past
        self._times = {}

    @cached_property
    def _past(self):
        return self._get_past()

    def changed_since(self, moment):
        """Tell whether any hours before now were changed at ``moment`` or later."""
        return self._last is not None and self._last >= moment

    def at(self, moment=None):
        """Return the :class:`~.working_time.WorkingTime` as it was, or as it is for None."""
        if moment is None or not self.changed_since(moment):
            return self._get_times(None, self._load)
        place = bisect_left(self._past, moment, key=itemgetter(0))
        return self._get_times(place, lambda number: self._get(place, number))

    def _get_times(self, place, load):
        if place not in self._times:
            self._times[place] = WorkingTime(load)
        return self._times[place]

    def _get(self, place, number):
        work = self._load(number)
        turned = [
            unpack(number, kept[number]) for _moment, kept in self._past[place:] if number in kept
        ]
        return toggle(work, *turned) if turned else work


class History:
    """The hours of several calendars, for logs that name them.

    :param dict hours: ``{key of a calendar: Hours}``
    """

    def __init__(self, hours):
        self.hours = hours

    @cached_property
    def _present(self):
        return {key: hours.at() for key, hours in self.hours.items()}

    def at(self, moment=None):
        """Return ``{key: WorkingTime}`` as it was at ``moment``, or as it is for None."""
        if moment is None:
            return self._present
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
    if clock.finished is None or not history.has_changed_since(clock):
        return clock
    return engine.replay(target, entries, history.at(clock.finished), now)
