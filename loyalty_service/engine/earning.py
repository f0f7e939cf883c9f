"""What an earning rule gives for an event, and what a cap leaves of it.

Awards are whole points. Amounts are in the currency of the company.
"""

from collections.abc import Callable, Hashable, Iterable, MutableMapping
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from functools import lru_cache

from dateutil.relativedelta import relativedelta

PERIODS = ("month", "quarter", "year", "ever")


def points(fixed: float, per_unit: float, amount: float, multiplier: float = 1.0) -> int:
    """Return ``(fixed + per_unit * amount) * multiplier``, rounded down to whole points.

    An amount below zero (a credit note) earns nothing; it is undone where it was earned.

    >>> points(0, 0.1, 1999)        # 1 point for each 10 units: 199.9
    199
    >>> points(50, 0.1, 1000, 1.25)
    187
    """
    exact = (_decimal(fixed) + _decimal(per_unit) * _decimal(max(amount, 0))) * _decimal(multiplier)
    return max(int(exact.to_integral_value(ROUND_FLOOR)), 0)


def _decimal(number: float) -> Decimal:
    # The decimal number that a person typed: 0.1 is one tenth, not the binary next to it.
    return Decimal(repr(number))


def period_start(day: date, period: str) -> date:
    """Return the first day of the calendar period of ``day``; ``ever`` has one for all days.

    >>> period_start(date(2026, 8, 15), "quarter")
    datetime.date(2026, 7, 1)
    """
    if period == "month":
        return day.replace(day=1)
    if period == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    if period == "year":
        return day.replace(month=1, day=1)
    if period == "ever":
        return date.min
    raise ValueError(f"unknown period {period!r}")


@lru_cache(maxsize=4096)
def expiry(day: date, validity: int) -> date | None:
    """Return the last day on which points earned on ``day`` can be spent, None for no end.

    :param validity: in months, 0 for ever

    >>> expiry(date(2026, 1, 31), 12)
    datetime.date(2027, 1, 30)
    """
    return day + relativedelta(months=validity, days=-1) if validity else None


def capped(
    wanted: Iterable[tuple[Hashable, int, float | None]], used: MutableMapping[Hashable, float]
) -> list[int]:
    """Return what caps leave of several awards, given in the order in which they happen.

    :param wanted: ``(key, points, cap)`` of each award; awards with the same key share a cap,
        and ``None`` is no cap
    :param used: key -> points given already under the cap; brought up to date

    >>> capped([("a", 60, 100), ("a", 60, 100), ("b", 60, None)], {"a": 30})
    [60, 10, 60]
    """
    result = []
    for key, points_, cap in wanted:
        allowed = points_
        if cap is not None:
            allowed = max(min(points_, int(cap - used.get(key, 0))), 0)
            used[key] = used.get(key, 0) + allowed
        result.append(allowed)
    return result


def rates(fixed: float, per_unit: float, multiplier: float = 1.0) -> tuple[float, float]:
    """Return what a rule gives in a tier: for an event, and for each unit of its amount.

    >>> rates(50, 0.1, 1.25)
    (62.5, 0.125)
    """
    return (
        float(_decimal(fixed) * _decimal(multiplier)),
        float(_decimal(per_unit) * _decimal(multiplier)),
    )


def in_proportion(amount: float, points_: int, other: float) -> int:
    """Return what ``other`` is worth where ``amount`` gave ``points_``, rounded down.

    For awards of which no more is known. Without an amount they were for the event itself.

    >>> in_proportion(10000, 1000, 9999)
    999
    """
    if amount <= 0:
        return points_
    exact = Decimal(points_) * _decimal(max(other, 0)) / _decimal(amount)
    return int(exact.to_integral_value(ROUND_FLOOR))


def again(worth: Callable[[float], int], amount: float, given: Iterable[tuple[float, int]]) -> int:
    """Return what an event gives that stands in for others of the same source.

    A limit may have left less than ``worth`` of them. A smaller amount earns no more than the
    larger one did; a larger one earns what it did, and what goes beyond. What the limit leaves
    of that is for :func:`capped` to say.

    :param worth: function from an amount to points, as it was the first time
    :param given: ``(amount, points)`` of each of the others, at least one

    10,000.00 gave 1,000 points, and 1.00 is credited:

    >>> from functools import partial
    >>> again(partial(points, 0, 0.1), 9999, [(10000, 1000)])
    999

    A limit had left 500 of them, which half of the money would have earned as well:

    >>> again(partial(points, 0, 0.1), 9999, [(10000, 500)])
    500
    >>> again(partial(points, 0, 0.1), 3000, [(10000, 500)])
    300

    The credit note was a mistake; and then more was invoiced and paid:

    >>> again(partial(points, 0, 0.1), 10000, [(10000, 1000), (3000, 300)])
    1000
    >>> again(partial(points, 0, 0.1), 12000, [(10000, 1000), (3000, 300)])
    1200
    """
    given = list(given)
    larger = [points_ for other, points_ in given if other >= amount]
    if larger:
        return min(worth(amount), max(larger))
    other, points_ = max(given)
    return points_ + max(worth(amount) - worth(other), 0)


def validity(day: date, expiry_: date | None) -> int:
    """Return the months for which points earned on ``day`` can be spent, 0 for ever.

    The reverse of :func:`expiry`.

    >>> validity(date(2026, 1, 31), date(2027, 1, 30)), validity(date(2026, 1, 31), None)
    (12, 0)
    >>> validity(date(2026, 1, 31), expiry(date(2026, 1, 31), 1))
    1
    """
    if expiry_ is None:
        return 0
    end = expiry_ + timedelta(days=1)
    return (end.year - day.year) * 12 + end.month - day.month
