"""How long a client has been under agreement, in months that are full.

Agreements that overlap or follow each other without a gap make one stretch. From its first day
on, a month of the stretch counts on the day on which it is complete: who begins on 15 January
has one month on 14 February. So tenure adds up by day, as points and money do, and of any
period it can be told how much of it falls into it. The months of all stretches add up; a new
stretch begins with a month of its own.
"""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

DAY = timedelta(days=1)


def stretches(periods: Iterable[tuple[date, date]]) -> list[tuple[date, date]]:
    """Return periods joined where they overlap or touch, the earliest first.

    :param periods: ``(first day, last day)``, in any order; one that ends before it begins is
        none

    >>> stretches([(date(2026, 4, 1), date(2026, 6, 30)), (date(2026, 1, 1), date(2026, 3, 31))])
    [(datetime.date(2026, 1, 1), datetime.date(2026, 6, 30))]
    """
    result = []
    for first, last in sorted(periods):
        if last < first:
            continue
        # In this order, since the last day that there is has none after it.
        if result and (first <= result[-1][1] or first - DAY == result[-1][1]):
            result[-1] = (result[-1][0], max(result[-1][1], last))
        else:
            result.append((first, last))
    return result


def full_months(first: date, last: date) -> int:
    """Return how many months are complete from ``first`` to the end of the day ``last``.

    A month that begins on a day which the next one does not have is complete when that ends.

    >>> full_months(date(2026, 1, 15), date(2026, 2, 13)), full_months(date(2026, 1, 15),
    ...     date(2026, 2, 14))
    (0, 1)
    >>> full_months(date(2026, 1, 31), date(2026, 2, 27))
    1
    """
    if last < first:
        return 0
    stop = last + DAY
    months = (stop.year - first.year) * 12 + stop.month - first.month
    begins = min(first.day, monthrange(stop.year, stop.month)[1])
    return months if stop.day >= begins else months - 1


def complete_on(first: date, number: int) -> date:
    """Return the day on which the ``number``-th month of a stretch is complete.

    >>> complete_on(date(2026, 1, 15), 1), complete_on(date(2026, 1, 31), 1)
    (datetime.date(2026, 2, 14), datetime.date(2026, 2, 27))
    """
    return first + relativedelta(months=number) - DAY


def months_within(periods: Iterable[tuple[date, date]], first: date, last: date) -> int:
    """Return how many months of the stretches in ``periods`` become full within two days.

    :param first: first day that counts
    :param last: last day that counts

    >>> months_within([(date(2024, 1, 15), date(2026, 12, 31))], date(2026, 1, 1),
    ...     date(2026, 12, 31))
    12
    """
    return sum(
        full_months(begin, min(end, last)) - full_months(begin, min(end, first - DAY))
        if first > date.min
        else full_months(begin, min(end, last))
        for begin, end in stretches(periods)
    )
