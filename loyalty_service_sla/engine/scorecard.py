"""Scorecards of a service desk: which days they are about, and what may be said of them.

A period is compared with the one before it: the same days a month, a quarter or a year earlier,
or as many days right before for dates of one's own. Days are local, first and last one included.
"""

from calendar import monthrange
from datetime import date, timedelta
from typing import NamedTuple

MONTH, LAST_MONTH = "month", "last_month"
QUARTER, LAST_QUARTER = "quarter", "last_quarter"
YEAR_BACK, OWN = "year_back", "own"

#: Months from the beginning of a period to that of the one before it.
MONTHS = {MONTH: 1, LAST_MONTH: 1, QUARTER: 3, LAST_QUARTER: 3, YEAR_BACK: 12}

#: With fewer tickets than this nothing is said of medians and shares, with fewer ratings nothing
#: of content.
LEAST_TICKETS, LEAST_RATINGS = 10, 5

#: From this rating on, of five, a client counts as content.
CONTENT = 4


class Days(NamedTuple):
    first: date
    last: date


class Tally(NamedTuple):
    """What was counted of one kind, for one agent, one team or all.

    :ivar number: how often it happened, or on how many tickets it is measured
    :ivar good: of them those that are as wished: kept in time, content
    :ivar total: the sum of their values: seconds, points of a rating, misses
    :ivar median, ninetieth: percentiles of their values, interpolated; None without any
    """

    number: int = 0
    good: int = 0
    total: float = 0.0
    median: float | None = None
    ninetieth: float | None = None

    @property
    def mean(self):
        """Mean of the values, None without any.

        >>> Tally(4, total=10).mean, Tally().mean
        (2.5, None)
        """
        return self.total / self.number if self.number else None

    @property
    def is_enough(self):
        return self.number >= LEAST_TICKETS

    def less(self, part):
        """Return the counts of all others: those in ``part`` are some of these.

        Percentiles cannot be taken apart.

        >>> Tally(10, 7, 30.0).less(Tally(4, 1, 20.0))
        Tally(number=6, good=6, total=10.0, median=None, ninetieth=None)
        """
        return Tally(self.number - part.number, self.good - part.good, self.total - part.total)


def shift(day: date, months: int) -> date:
    """Return the day so many months away; the last of a shorter month where it has no such day.

    >>> shift(date(2026, 3, 31), -1).isoformat(), shift(date(2026, 11, 5), 3).isoformat()
    ('2026-02-28', '2027-02-05')
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _end(first: date, months: int) -> date:
    return shift(first, months) - timedelta(days=1)


def period(name: str, today: date, first: date | None = None, last: date | None = None) -> Days:
    """Return the days of a period; one that goes on ends today.

    :param first, last: dates of one's own; in the wrong order they are turned round, and what
        is missing is today

    >>> def show(days):
    ...     return [day.isoformat() for day in days]
    >>> show(period(MONTH, date(2026, 2, 20))), show(period(LAST_MONTH, date(2026, 2, 20)))
    (['2026-02-01', '2026-02-20'], ['2026-01-01', '2026-01-31'])
    >>> show(period(QUARTER, date(2026, 2, 20))), show(period(LAST_QUARTER, date(2026, 2, 20)))
    (['2026-01-01', '2026-02-20'], ['2025-10-01', '2025-12-31'])
    >>> show(period(YEAR_BACK, date(2026, 2, 20)))
    ['2025-02-21', '2026-02-20']
    >>> show(period(OWN, date(2026, 2, 20), date(2026, 2, 9), date(2026, 2, 3)))
    ['2026-02-03', '2026-02-09']
    """
    month = today.replace(day=1)
    quarter = shift(month, -((today.month - 1) % 3))
    match name:
        case "month":
            return Days(month, today)
        case "last_month":
            return Days(shift(month, -1), _end(month, 0))
        case "quarter":
            return Days(quarter, today)
        case "last_quarter":
            return Days(shift(quarter, -3), _end(quarter, 0))
        case "year_back":
            return Days(shift(today, -12) + timedelta(days=1), today)
    return Days(*sorted((first or today, last or today)))


def before(name: str, days: Days) -> Days:
    """Return the days that a period is compared with.

    A month that is over is compared with the whole month before it.

    >>> def show(*arguments):
    ...     return [day.isoformat() for day in before(*arguments)]
    >>> show(MONTH, Days(date(2026, 2, 1), date(2026, 2, 20)))
    ['2026-01-01', '2026-01-20']
    >>> show(MONTH, Days(date(2026, 2, 1), date(2026, 2, 28)))
    ['2026-01-01', '2026-01-31']
    >>> show(LAST_QUARTER, Days(date(2025, 10, 1), date(2025, 12, 31)))
    ['2025-07-01', '2025-09-30']
    >>> show(YEAR_BACK, Days(date(2025, 2, 21), date(2026, 2, 20)))
    ['2024-02-21', '2025-02-20']
    >>> show(OWN, Days(date(2026, 2, 3), date(2026, 2, 9)))
    ['2026-01-27', '2026-02-02']
    """
    if name == OWN:
        length = days.last - days.first + timedelta(days=1)
        return Days(days.first - length, days.last - length)
    months = -MONTHS[name]
    first = shift(days.first, months)
    if name == YEAR_BACK:
        return Days(first, days.first - timedelta(days=1))
    is_whole = (days.last + timedelta(days=1)).day == 1
    last = shift(days.last + timedelta(days=1), months) - timedelta(days=1)
    return Days(first, last if is_whole else shift(days.last, months))
