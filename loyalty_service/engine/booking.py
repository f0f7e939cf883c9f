"""Which times a client can book: working hours less what is taken, cut into slots.

Moments are naive and all of one time zone (UTC by the callers). An interval reaches from its
start up to, and not including, its end, so that one meeting may begin when another one ends.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta

Interval = tuple[datetime, datetime]


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
