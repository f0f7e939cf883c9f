"""Working time as a table of intervals, so that a deadline is a bisection and not a walk.

A calendar is cut into stretches of :data:`STRETCH` seconds, counted from 1970-01-01 UTC. Each
stretch that is asked for is loaded once and kept as a sorted table with prefix sums. Moments
are naive UTC datetimes, as Odoo stores them; durations are whole seconds.

>>> day = [("2026-03-02 01:00", "2026-03-02 04:00"), ("2026-03-02 05:00", "2026-03-02 10:00")]
>>> times = WorkingTime.of([(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in day])
>>> times.worked(datetime(2026, 3, 2, 3), datetime(2026, 3, 2, 6)) // 3600
2
>>> times.add(datetime(2026, 3, 2, 3), 2 * 3600)
datetime.datetime(2026, 3, 2, 6, 0)
"""

from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta
from itertools import accumulate

EPOCH = datetime(1970, 1, 1)
SECOND = timedelta(seconds=1)

#: In seconds.
DAY = 24 * 3600

#: Length of a stretch, in seconds: 32 days.
STRETCH = 32 * DAY

#: Stretches in a row without any work after which a calendar counts as having none: a year.
IDLE_STRETCHES = 12


def to_seconds(moment):
    """Return the whole seconds from 1970 to ``moment``.

    >>> to_seconds(datetime(1970, 1, 2))
    86400
    """
    since = moment - EPOCH
    return since.days * DAY + since.seconds


def to_moment(seconds):
    """Return the moment that lies ``seconds`` after 1970 began."""
    return EPOCH + timedelta(0, seconds)


def merge(intervals):
    """Return ``intervals`` sorted, those that touch or overlap joined.

    >>> merge([(5, 8), (1, 3), (3, 4), (7, 9)])
    [(1, 4), (5, 9)]
    """
    merged = []
    for start, stop in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], stop))
        elif start < stop:
            merged.append((start, stop))
    return merged


class Table:
    """Disjoint sorted intervals of one stretch, in seconds, with the work done before each."""

    __slots__ = ("before", "starts", "stops", "total")

    def __init__(self, intervals):
        self.starts = [start for start, _stop in intervals]
        self.stops = [stop for _start, stop in intervals]
        sums = list(accumulate((stop - start for start, stop in intervals), initial=0))
        self.total = sums.pop()
        self.before = sums

    def until(self, second):
        """Return the seconds of work in this stretch up to ``second``."""
        index = bisect_right(self.starts, second) - 1
        if index < 0:
            return 0
        return self.before[index] + min(second, self.stops[index]) - self.starts[index]

    def reach(self, work):
        """Return the earliest second by which ``work`` seconds were done, 0 < work <= total."""
        index = bisect_left(self.before, work) - 1
        return self.starts[index] + work - self.before[index]


class WorkingTime:
    """The working time of one calendar.

    :param load: function of the number ``n`` of a stretch that returns its intervals
        ``[(start, stop), ...]`` in seconds, sorted, disjoint, within
        ``[n * STRETCH, (n + 1) * STRETCH]``
    """

    def __init__(self, load):
        self._load = load
        self._tables = {}

    @classmethod
    def of(cls, intervals):
        """Return the working time of a fixed list of ``(start, stop)`` datetimes."""
        seconds = merge((to_seconds(start), to_seconds(stop)) for start, stop in intervals)

        def load(number):
            first, last = number * STRETCH, (number + 1) * STRETCH
            return [
                (max(start, first), min(stop, last))
                for start, stop in seconds
                if start < last and stop > first
            ]

        return cls(load)

    def _table(self, number):
        table = self._tables.get(number)
        if table is None:
            table = self._tables[number] = Table(self._load(number))
        return table

    def worked(self, start, stop):
        """Return the seconds of work from ``start`` to ``stop``; 0 if stop is not after start."""
        start, stop = to_seconds(start), to_seconds(stop)
        if stop <= start:
            return 0
        first, last = start // STRETCH, stop // STRETCH
        whole = sum(self._table(number).total for number in range(first, last))
        return whole + self._table(last).until(stop) - self._table(first).until(start)

    def add(self, start, work):
        """Return the earliest moment by which ``work`` seconds were worked since ``start``.

        It is ``start`` itself where nothing is left to do, even out of hours, and None where
        the calendar has no working time to do it in.
        """
        if work <= 0:
            return start
        second = to_seconds(start)
        number = second // STRETCH
        table = self._table(number)
        work += table.until(second)
        idle = 0
        while work > table.total:
            work -= table.total
            idle = 0 if table.total else idle + 1
            if idle > IDLE_STRETCHES:
                return None
            number += 1
            table = self._table(number)
        return to_moment(table.reach(work))

    def intervals(self, start, stop):
        """Return the ``(start, stop)`` datetimes of work between two moments, joined."""
        low, high = to_seconds(start), to_seconds(stop)
        found = [
            (max(begin, low), min(end, high))
            for number in range(low // STRETCH, high // STRETCH + 1)
            for begin, end in zip(
                self._table(number).starts, self._table(number).stops, strict=True
            )
            if begin < high and end > low
        ]
        return [(to_moment(begin), to_moment(end)) for begin, end in merge(found)]


#: Working time of who has no calendar: none.
NEVER = WorkingTime(lambda number: [])

#: The hours of a promised date: all of them.
ALWAYS = WorkingTime(lambda number: [(number * STRETCH, (number + 1) * STRETCH)])
