"""What a programme did in a period: what was earned and used, by month and by cohort.

A month is a number, ``year * 12 + month - 1``, so that months can be counted. Points are plain
numbers; a row of the ledger is booked in a month and belongs to a lot that was opened in one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import NamedTuple

#: The periods that can be looked at; see :func:`period`.
MONTH, LAST_MONTH, QUARTER, LAST_QUARTER = "month", "last_month", "quarter", "last_quarter"
YEAR, LAST_YEAR, YEAR_BACK, TWO_YEARS_BACK = "year", "last_year", "months_12", "months_24"


def month_number(day: date) -> int:
    """Return the number of the month of ``day``.

    >>> month_number(date(2026, 1, 31)) - month_number(date(2025, 12, 1))
    1
    """
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    """Return the first day of a month.

    >>> first_day(month_number(date(2026, 2, 20)))
    datetime.date(2026, 2, 1)
    """
    return date(month // 12, month % 12 + 1, 1)


def last_day(month: int) -> date:
    """Return the last day of a month.

    >>> last_day(month_number(date(2026, 2, 20)))
    datetime.date(2026, 2, 28)
    """
    return first_day(month + 1) - timedelta(days=1)


def last_whole_month(day: date) -> int:
    """Return the number of the latest month that is over at the end of ``day``.

    >>> [last_whole_month(day) % 12 + 1 for day in (date(2026, 2, 27), date(2026, 2, 28))]
    [1, 2]
    """
    month = month_number(day)
    return month if last_day(month) == day else month - 1


def months_before(day: date, expiry: date | None) -> int | None:
    """Return how many months points have before them at the end of ``day``.

    The month of the last day counts, and the rest of the present one; None without a last day,
    0 where it is over.

    >>> [months_before(date(2026, 2, 27), day) for day in (date(2026, 2, 28), date(2026, 4, 1))]
    [1, 3]
    >>> [months_before(date(2026, 2, 28), day) for day in (date(2026, 2, 28), date(2026, 4, 1))]
    [0, 2]
    """
    if expiry is None:
        return None
    return 0 if expiry <= day else month_number(expiry) - last_whole_month(day)


def period(name: str, today: date) -> tuple[date, date]:
    """Return the first and the last day of a period, which begins with a month.

    A period that goes on ends today.

    >>> [day.isoformat() for day in period(YEAR_BACK, date(2026, 2, 20))]
    ['2025-03-01', '2026-02-20']
    >>> [day.isoformat() for day in period(LAST_QUARTER, date(2026, 2, 20))]
    ['2025-10-01', '2025-12-31']
    """
    month = month_number(today)
    quarter, year = month - month % 3, month - month % 12
    first, until = {
        MONTH: (month, month),
        LAST_MONTH: (month - 1, month - 1),
        QUARTER: (quarter, month),
        LAST_QUARTER: (quarter - 3, quarter - 1),
        YEAR: (year, month),
        LAST_YEAR: (year - 12, year - 1),
        YEAR_BACK: (month - 11, month),
        TWO_YEARS_BACK: (month - 23, month),
    }[name]
    return first_day(first), min(last_day(until), today)


class Flow(NamedTuple):
    """The sum of some rows of the ledger.

    :ivar month: in which they were booked
    :ivar lot_month: in which their lots were opened
    :ivar kind: award, spend, expire, reverse, adjust or settle
    :ivar is_reward: spent on a reward that the firm hands out, and not in an order
    :ivar is_debt: of lots that hold what clients owe
    :ivar points: all above zero or all below it
    """

    month: int
    lot_month: int
    kind: str
    is_reward: bool
    is_debt: bool
    points: float


@dataclass
class Account:
    """What moved in a time. Opening and what follows it add up to closing.

    :ivar taken_back: awards undone; zero or less, as are spent and expired
    :ivar spent: what came back of it is taken off
    :ivar rewards: the part of ``spent`` that went to rewards handed out
    :ivar settled: between lots; zero where all lots are looked at
    """

    opening: float = 0.0
    awarded: float = 0.0
    taken_back: float = 0.0
    spent: float = 0.0
    expired: float = 0.0
    adjusted: float = 0.0
    settled: float = 0.0
    rewards: float = 0.0

    @property
    def closing(self) -> float:
        return sum(getattr(self, part.name) for part in fields(self) if part.name != "rewards")

    def add(self, flow: Flow) -> None:
        name = _part(flow)
        setattr(self, name, getattr(self, name) + flow.points)
        if name == "spent" and flow.is_reward:
            self.rewards += flow.points


def _part(flow: Flow) -> str:
    """Return the part of an account that a flow belongs to.

    What is reversed upwards comes back from a spend that was undone.
    """
    if flow.kind == "reverse":
        return "spent" if flow.points > 0 else "taken_back"
    return {
        "award": "awarded",
        "spend": "spent",
        "expire": "expired",
        "adjust": "adjusted",
        "settle": "settled",
    }[flow.kind]


def accounts(flows: Iterable[Flow], months: Sequence[int]) -> list[Account]:
    """Return the account of each of ``months``, which follow each other, from all flows.

    >>> flows = [Flow(0, 0, "award", False, False, 100), Flow(1, 0, "spend", False, False, -30),
    ...          Flow(2, 0, "reverse", False, False, 10), Flow(2, 2, "award", False, False, 5)]
    >>> [(a.opening, a.awarded, a.spent, a.closing) for a in accounts(flows, [1, 2])]
    [(100.0, 0.0, -30.0, 70.0), (70.0, 5.0, 10.0, 85.0)]
    """
    by_month = {month: Account() for month in months}
    opening = 0.0
    for flow in flows:
        if flow.month < months[0]:
            opening += flow.points
        elif flow.month in by_month:
            by_month[flow.month].add(flow)
    for account in by_month.values():
        account.opening = opening
        opening = account.closing
    return list(by_month.values())


def total(parts: Sequence[Account]) -> Account:
    """Return the account of all months together.

    >>> total([Account(opening=5, awarded=10), Account(opening=15, spent=-3)])
    ... # doctest: +NORMALIZE_WHITESPACE
    Account(opening=5, awarded=10.0, taken_back=0.0, spent=-3.0, expired=0.0, adjusted=0.0,
            settled=0.0, rewards=0.0)
    """
    sums = {
        part.name: sum(getattr(account, part.name) for account in parts)
        for part in fields(Account)
        if part.name != "opening"
    }
    return Account(opening=parts[0].opening if parts else 0.0, **sums)


@dataclass
class Cohort:
    """What became, by now, of the points that were given in a month.

    :ivar given: without what was taken back
    """

    month: int
    given: float = 0.0
    used: float = 0.0
    expired: float = 0.0

    @property
    def left(self) -> float:
        return self.given - self.used - self.expired

    @property
    def redemption(self) -> float | None:
        """Part of the points given that was used; None if none was given."""
        return self.used / self.given if self.given > 0 else None


def cohorts(flows: Iterable[Flow], months: Sequence[int]) -> list[Cohort]:
    """Return what became of the points that were given in each of ``months``.

    >>> flows = [Flow(0, 0, "award", False, False, 100), Flow(3, 0, "spend", False, False, -30),
    ...          Flow(4, 0, "reverse", False, False, -20), Flow(9, 0, "expire", False, False, -50)]
    >>> [(c.given, c.used, c.expired, c.left, c.redemption) for c in cohorts(flows, [0])]
    [(80.0, 30.0, 50.0, 0.0, 0.375)]
    """
    by_month = {month: Cohort(month) for month in months}
    for flow in flows:
        cohort = by_month.get(flow.lot_month)
        if cohort is None or flow.is_debt:
            continue
        part = _part(flow)
        if part in ("awarded", "adjusted", "taken_back"):
            cohort.given += flow.points
        elif part == "expired":
            cohort.expired -= flow.points
        else:  # what pays a debt is used
            cohort.used -= flow.points
    return list(by_month.values())


class Participation(NamedTuple):
    """Clients in a time: active ones, and those of them that hold a card, earned and spent."""

    active: int
    holders: int
    earners: int
    spenders: int

    def share(self, name: str) -> float | None:
        """Return the part of the active clients; None without any.

        >>> Participation(40, 30, 20, 10).share("spenders")
        0.25
        """
        return getattr(self, name) / self.active if self.active else None
