"""Days that are not as the week has them: public holidays, make-up working days, new hours.

The week of a calendar is worked out elsewhere, as sorted disjoint intervals in seconds from
1970-01-01 UTC. Here they are cut and filled:

1. hours that change from a date on: each piece of time counts by the hours in force
   (:func:`pieces`);
2. a make-up working day has hours of its own, whatever the week says (:func:`replace_days`);
3. a day off counts nothing, and wins over all of the above (:func:`cut`).

Which days those are for China is announced by the State Council each autumn, for the next year.
The package ``chinesecalendar`` has what was announced as three tables; :func:`public_days` makes
one list of them.
"""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from itertools import pairwise, zip_longest
from typing import NamedTuple

import pytz

from .working_time import merge, to_seconds

DAY = 24 * 3600

#: Days of one festival that lie further apart belong to different years of it.
FESTIVAL = timedelta(days=45)

MONDAY, SATURDAY = 0, 5

#: Hyphens, dashes and Chinese words between two hours.
_TO = "(?:-|\u2013|\u2014|~|\u81f3|\u5230)"
_SPAN = re.compile(rf"(\d{{1,2}})(?::(\d{{2}}))?\s*{_TO}\s*(\d{{1,2}})(?::(\d{{2}}))?")


class PublicDay(NamedTuple):
    """A day that the State Council announced.

    ``works``: a make-up working day, not a day off. ``like`` is then the weekday (0: Monday)
    that it makes up for, else None.
    """

    date: date
    name: str
    works: bool
    like: int | None


# ----------------------------------------------------------------------
# What was announced
# ----------------------------------------------------------------------


def public_days(years, holidays, workdays, in_lieu):
    """Return the :class:`PublicDay` of some ``years``, sorted by date.

    A make-up day is worked in the place of a weekday that became a day off: of one festival
    the first make-up day stands for the first such weekday, and so on. Where the tables do not
    say for which, it counts as a Monday.

    >>> first, second = date(2026, 1, 1), date(2026, 1, 2)
    >>> off = {first: "New Year's Day", second: "New Year's Day"}
    >>> days = public_days(
    ...     [2026], off, {date(2026, 1, 4): "New Year's Day"}, {second: "New Year's Day"}
    ... )
    >>> [(day.date.day, day.works, day.like) for day in days]
    [(1, False, None), (2, False, None), (4, True, 4)]

    :param holidays, workdays, in_lieu: ``{date: name of the festival}``: days off, make-up
        days, and those days off that make-up days are worked for
    """
    likes = _pair(workdays, in_lieu)
    days = [PublicDay(day, name, False, None) for day, name in holidays.items()]
    days += [PublicDay(day, name, True, likes[day]) for day, name in workdays.items()]
    return sorted(day for day in days if day.date.year in set(years))


def _pair(workdays, in_lieu):
    """Return ``{make-up day: the weekday that it is worked for}``."""
    marks = [(name, day, True) for day, name in workdays.items()]
    marks += [(name, day, False) for day, name in in_lieu.items() if day.weekday() < SATURDAY]
    likes, group = {}, []
    for mark, after in pairwise([*sorted(marks), None]):
        group.append(mark)
        if after is None or after[0] != mark[0] or after[1] - mark[1] > FESTIVAL:
            made_up = [day for _name, day, works in group if works]
            freed = [day.weekday() for _name, day, works in group if not works]
            for day, weekday in zip_longest(made_up, freed[: len(made_up)], fillvalue=MONDAY):
                likes[day] = weekday
            group = []
    return likes


# ----------------------------------------------------------------------
# Hours of a day
# ----------------------------------------------------------------------


def parse_hours(text):
    """Return the hours of a day that ``text`` names, as ``((from, to), ...)`` in seconds.

    >>> parse_hours("9-12, 13:00-18:30")
    ((32400, 43200), (46800, 66600))

    Full-width characters, as a Chinese keyboard types them, are read as well.

    :raises ValueError: with what cannot be understood
    """
    plain = unicodedata.normalize("NFKC", text)
    left = re.sub(r"[\s,;\u3001]+", "", _SPAN.sub("", plain))
    if left:
        raise ValueError(left)
    spans = []
    for hour, minute, to_hour, to_minute in _SPAN.findall(plain):
        start, stop = _second(hour, minute), _second(to_hour, to_minute)
        if start >= stop or stop > DAY or max(minute, to_minute) > "59":
            raise ValueError(f"{hour}:{minute or '00'}-{to_hour}:{to_minute or '00'}")
        spans.append((start, stop))
    if not spans:
        raise ValueError(text)
    spans.sort()
    for (_start, stop), (start, _stop) in pairwise(spans):
        if start < stop:
            raise ValueError(format_hours([(start, stop)]))
    return tuple(merge(spans))


def format_hours(spans):
    """Return hours of a day as text, the way :func:`parse_hours` reads it.

    >>> format_hours([(32400, 43200), (46800, 86400)])
    '09:00-12:00, 13:00-24:00'
    """
    return ", ".join(
        f"{start // 3600:02}:{start % 3600 // 60:02}-{stop // 3600:02}:{stop % 3600 // 60:02}"
        for start, stop in spans
    )


def _second(hour, minute):
    return int(hour) * 3600 + int(minute or 0) * 60


def local_second(day, second, zone):
    """Return the seconds from 1970 UTC at which it is ``second`` of the local ``day``.

    By the wall clock: of an hour that comes twice it is the second one, and a time that does not
    come at all is an hour later, as Odoo reads working hours.

    >>> shanghai = pytz.timezone("Asia/Shanghai")
    >>> local_second(date(1970, 1, 2), 8 * 3600, shanghai) == DAY
    True

    :param zone: time zone of pytz
    """
    local = zone.localize(datetime.combine(day, time()) + timedelta(seconds=second))
    return to_seconds(local.astimezone(pytz.utc).replace(tzinfo=None))


def day_bounds(day, zone):
    """Return the ``(start, stop)`` seconds of a local day, which may have 23 or 25 hours."""
    return local_second(day, 0, zone), local_second(day, DAY, zone)


def on_day(day, hours, zone):
    """Return the hours of a day as intervals in seconds from 1970 UTC."""
    return [
        (local_second(day, start, zone), local_second(day, stop, zone)) for start, stop in hours
    ]


# ----------------------------------------------------------------------
# Cut and filled
# ----------------------------------------------------------------------


def pieces(first, last, default, changes):
    """Return ``[(start, stop, hours)]``: which hours count when, from ``first`` to ``last``.

    >>> pieces(0, 10, "old", [(4, "new"), (12, "newer")])
    [(0, 4, 'old'), (4, 10, 'new')]

    :param default: what counts before the first change
    :param changes: ``[(second, hours)]``: what counts from then on
    """
    bounds = [(first, default)]
    for second, hours in sorted(changes, key=lambda change: change[0]):
        bounds.append((max(second, first), hours))
    return [
        (start, min(stop, last), hours)
        for (start, hours), (stop, _next) in pairwise([*bounds, (last, None)])
        if start < min(stop, last)
    ]


def cut(intervals, holes):
    """Return ``intervals`` without the ``holes``, sorted and joined.

    >>> cut([(0, 10), (20, 30)], [(4, 6), (8, 22)])
    [(0, 4), (6, 8), (22, 30)]
    """
    result, holes = [], merge(holes)
    index = 0
    for start, stop in merge(intervals):
        while index < len(holes) and holes[index][1] <= start:
            index += 1
        place, begin = index, start
        while place < len(holes) and holes[place][0] < stop:
            if begin < holes[place][0]:
                result.append((begin, holes[place][0]))
            begin = holes[place][1]
            place += 1
        if begin < stop:
            result.append((begin, stop))
    return result


def replace_days(intervals, days):
    """Return ``intervals`` with the hours of some days in the place of what the week says.

    >>> replace_days([(2, 4), (12, 14)], {(10, 20): [(11, 12), (15, 16)]})
    [(2, 4), (11, 12), (15, 16)]

    :param days: ``{(start, stop) of the day: its intervals}``
    """
    added = [interval for hours in days.values() for interval in hours]
    return merge([*cut(intervals, list(days)), *added])


def clip(intervals, first, last):
    """Return ``intervals`` as far as they lie between ``first`` and ``last``.

    >>> clip([(0, 5), (8, 9)], 3, 8)
    [(3, 5)]
    """
    return [
        (max(start, first), min(stop, last))
        for start, stop in intervals
        if start < last and stop > first
    ]
