"""Which times a client can book: working hours less what is taken, cut into slots.

Moments are naive and all of one time zone (UTC by the callers). An interval reaches from its
start up to, and not including, its end, so that one meeting may begin when another one ends.
"""

from bisect import bisect_right
from collections.abc import Hashable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

Interval = tuple[datetime, datetime]

# Why nothing can be booked on a day, from what nobody can change to what may change any minute.
CLOSED, HOLIDAY, ABSENT, SOON, BOOKED = REASONS = ("closed", "holiday", "absent", "soon", "booked")


class Times(NamedTuple):
    """All that decides which times are free.

    :ivar work: working hours, holidays not taken off
    :ivar holidays: days off of the firm
    :ivar absences: days off of the person
    :ivar meetings: of the person
    :ivar length: of a slot, positive
    :ivar earliest: no slot begins before it
    :ivar latest: no slot begins at it or later
    """

    work: list[Interval]
    holidays: list[Interval]
    absences: list[Interval]
    meetings: list[Interval]
    length: timedelta
    earliest: datetime
    latest: datetime

    def free(self) -> list[Interval]:
        """Return the slots that can be booked, see :func:`free_slots`."""
        taken = [*self.holidays, *self.absences, *self.meetings]
        return free_slots(self.work, taken, self.length, self.earliest, self.latest)

    def stages(self) -> dict[str, list[Interval]]:
        """Return the slots that are left when one reason after the other is looked at.

        A day that has slots in one stage, and none in the next, has none for the reason by
        which the next one goes.
        """
        off = [*self.holidays, *self.absences]
        taken = {
            CLOSED: ([], datetime.min),
            HOLIDAY: (self.holidays, datetime.min),
            ABSENT: (off, datetime.min),
            SOON: (off, self.earliest),
            BOOKED: ([*off, *self.meetings], self.earliest),
        }
        return {
            reason: free_slots(self.work, without, self.length, earliest, self.latest)
            for reason, (without, earliest) in taken.items()
        }


def why_nothing(days: Iterable[Hashable], stages: dict[str, set]) -> dict:
    """Return ``{day: the first reason for which it has no slot}`` of the days that have none.

    :param stages: for each of ``REASONS`` the days that have slots left

    >>> why_nothing(["Fri", "Sat", "Sun"], {
    ...     "closed": {"Fri", "Sat"}, "holiday": {"Fri", "Sat"}, "absent": {"Fri"},
    ...     "soon": {"Fri"}, "booked": {"Fri"}})
    {'Sat': 'absent', 'Sun': 'closed'}
    """
    found = {
        day: next((reason for reason in REASONS if day not in stages[reason]), None) for day in days
    }
    return {day: reason for day, reason in found.items() if reason}


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the same time as intervals in order of which no two overlap.

    Those that merely touch stay two: hours before and after noon are counted apart. What ends
    before it begins, or at once, is no time.

    >>> def at(hour): return datetime(2030, 1, 7, hour)
    >>> union([(at(9), at(11)), (at(13), at(15)), (at(10), at(12)), (at(12), at(12))]) == [
    ...     (at(9), at(12)), (at(13), at(15))]
    True
    """
    found: list[Interval] = []
    for start, stop in sorted(interval for interval in intervals if interval[0] < interval[1]):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], stop))
        else:
            found.append((start, stop))
    return found


def free_slots(
    work: Iterable[Interval],
    taken: Iterable[Interval],
    length: timedelta,
    earliest: datetime,
    latest: datetime,
) -> list[Interval]:
    """Return the slots that can be booked, in order.

    Slots follow each other from the beginning of each stretch of work on, whatever is taken, so
    that times look the same every day; what is left at the end and is shorter than a slot is
    not offered. A slot is free when nothing that is taken reaches into it.

    :param work: working hours, holidays not taken off
    :param taken: meetings and days off; may overlap each other and lie anywhere
    :param length: of a slot, positive
    :param earliest: no slot begins before it
    :param latest: no slot begins at it or later

    >>> def at(hour, minute=0): return datetime(2030, 1, 7, hour, minute)
    >>> slots = free_slots([(at(9), at(12, 15))], [(at(9, 50), at(10, 40))],
    ...     timedelta(minutes=30), earliest=at(9, 30), latest=at(12))
    >>> [f"{start:%H:%M}" for start, _stop in slots]
    ['11:00', '11:30']

    :raises ValueError: when a slot has no length
    """
    if length <= timedelta():
        raise ValueError("a slot must have a length")
    busy = union(taken)
    begins = [start for start, _stop in busy]
    slots = []
    for start, stop in union(work):
        begin = start
        while begin + length <= stop:
            end = begin + length
            # The last that begins before the slot ends is the only one that can reach into it:
            # the others end before that one begins.
            before = bisect_right(begins, end - datetime.resolution)
            is_taken = before and busy[before - 1][1] > begin
            if earliest <= begin < latest and not is_taken:
                slots.append((begin, end))
            begin = end
    return slots
