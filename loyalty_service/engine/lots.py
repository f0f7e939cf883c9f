"""Points in lots: what an award opens, what a spend takes, what expires and what is undone.

A points account is a list of rows that only grows. Each row belongs to one lot. The row that
opens a lot carries the number of the lot; the balance of a lot is the sum of its rows, and the
balance of the account is the sum of its lots. Nothing is ever changed: whatever happens adds
rows.

Points are whole numbers of *hundredths of a point* (500 is 5.00 points), so that sums are
exact. Days are :class:`datetime.date`.

Besides the lots of awards an account may have a **debt lot**, the only one below zero (where
accounts were merged, one of each). It takes what is owed, for example when an award is undone
whose points are spent already. Points that come in later settle the debt first.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import NamedTuple

AWARD, SPEND, EXPIRE = "award", "spend", "expire"
REVERSE, ADJUST, SETTLE = "reverse", "adjust", "settle"

#: Rows that are not stored yet are numbered from here, above any stored row.
FIRST_NEW = 1 << 60


class Row(NamedTuple):
    """One row of the account.

    :ivar number: of the row; an opening row has ``number == lot``
    :ivar lot: number of the lot
    :ivar kind: one of the kinds above
    :ivar points: hundredths of a point, signed
    :ivar expiry: last day on which the points of the lot can be spent, or None
    """

    number: int
    lot: int
    kind: str
    points: int
    expiry: date | None


@dataclass
class Lot:
    """A lot with its present balance, in hundredths of a point."""

    number: int
    balance: int
    expiry: date | None = None
    is_debt: bool = False
    is_undone: bool = False


class NotEnough(Exception):
    """More was to be spent than the account allows; both in hundredths of a point."""

    def __init__(self, balance: int, wanted: int):
        super().__init__(f"{wanted} wanted, {balance} there")
        self.balance = balance
        self.wanted = wanted


class Account:
    """The lots of one card. Its methods return the rows that they add, in order.

    :param lots: open lots (those with a balance; a settled debt lot may be among them)
    :param numbers: gives the numbers of new rows, growing
    :param unread: what lots hold that are not among ``lots``, since nothing that follows takes
        from them; nothing is owed then
    :param unread_expiry: the earliest last day of those lots

    >>> account = Account()
    >>> rows = account.award(10000, expiry=date(2026, 6, 30))
    >>> rows += account.award(5000, expiry=date(2026, 3, 31))
    >>> rows = account.spend(6000)
    >>> [(row.points, row.expiry.month) for row in rows]
    [(-5000, 3), (-1000, 6)]
    >>> account.balance
    9000
    """

    def __init__(
        self,
        lots: Iterable[Lot] = (),
        numbers: Iterator[int] | None = None,
        unread: int = 0,
        unread_expiry: date | None = None,
    ):
        self.lots = {lot.number: lot for lot in lots}
        self._numbers = numbers if numbers is not None else count(FIRST_NEW)
        self._unread = unread
        self._unread_expiry = unread_expiry

    @property
    def balance(self) -> int:
        return self._unread + sum(lot.balance for lot in self.lots.values())

    @property
    def first_expiry(self) -> date | None:
        """The earliest last day of the lots that have points, or None."""
        days = [lot.expiry for lot in self.lots.values() if lot.balance > 0]
        return min(filter(None, [*days, self._unread_expiry]), default=None)

    @property
    def debt(self) -> int:
        """What is owed, zero or more."""
        return -sum([lot.balance for lot in self.lots.values() if lot.is_debt])

    # -- what can happen ---------------------------------------------------------------

    def award(
        self,
        points: int,
        expiry: date | None = None,
        kind: str = AWARD,
        today: date | None = None,
    ) -> list[Row]:
        """Open a lot with ``points`` (above zero), then settle what is owed.

        Points that nobody can spend any more pay nothing either: what is recorded so late that
        its last day lies before ``today`` expires first.

        >>> account = Account()
        >>> rows = account.spend(300, limit=300)
        >>> rows = account.award(500, date(2025, 12, 31), today=date(2026, 1, 1))
        >>> [(row.kind, row.points) for row in rows], account.balance
        ([('award', 500), ('expire', -500)], -300)
        >>> rows = account.award(500, date(2026, 1, 1), today=date(2026, 1, 1))
        >>> [(row.kind, row.points) for row in rows], account.balance
        ([('award', 500), ('settle', -300), ('settle', 300)], 200)
        """
        self._check_positive(points)
        rows = [self._open(kind, points, expiry)]
        if today and expiry and expiry < today and self.debt:
            rows.append(self._add(self.lots[rows[0].lot], EXPIRE, -points))
        return rows + self.settle()

    def spent_before(self, points: int) -> list[Row]:
        """Tell of ``points`` (above zero) that were spent before the account was kept in lots.

        They come and go, so that nothing else moves; :meth:`give_back` finds them.

        >>> account = Account([Lot(1, 4000, date(2026, 3, 31))])
        >>> opened, spent = account.spent_before(6000)
        >>> (opened.points, spent.points, spent.lot == opened.lot), account.balance
        ((6000, -6000, True), 4000)
        >>> rows = account.give_back({opened.lot: 6000})
        >>> account.balance
        10000
        """
        self._check_positive(points)
        opened = self._open(ADJUST, points, None)
        return [opened, self._add(self.lots[opened.lot], SPEND, -points)]

    def spend(self, points: int, kind: str = SPEND, limit: int = 0) -> list[Row]:
        """Take ``points`` (above zero), the earliest-expiring lots first.

        :param limit: how far below zero the account may go
        :raises NotEnough: and leaves the account as it was
        """
        self._check_positive(points)
        if self.balance - points < -limit:
            raise NotEnough(self.balance, points)
        return self._take(points, kind)

    def expire(self, today: date) -> list[Row]:
        """Empty the lots whose last day lies before ``today``."""
        over = [
            lot
            for lot in self.lots.values()
            if lot.balance > 0 and lot.expiry is not None and lot.expiry < today
        ]
        return self._empty(over)

    def expire_lots(self, numbers: Iterable[int]) -> list[Row]:
        """Empty the lots with these numbers, as far as they have points.

        Their last day has passed where they were opened, which may be days apart: it is tomorrow
        in Shanghai when it is today in New York.

        >>> account = Account([Lot(1, 500, date(2026, 3, 31)), Lot(2, 300, date(2026, 3, 31))])
        >>> [(row.lot, row.points) for row in account.expire_lots([2, 7])]
        [(2, -300)]
        """
        return self._empty(
            [self.lots[n] for n in numbers if n in self.lots and self.lots[n].balance > 0]
        )

    def reverse(self, number: int, points: int) -> list[Row]:
        """Undo ``points`` (zero or more) of the award that opened lot ``number``.

        What is left in the lot goes first. What has been spent of it is owed; other lots of
        the account pay for it, and the rest stays as debt. Of what has expired nothing is
        owed, so the caller leaves it out of ``points``. Where nothing is left to undo, a row
        of zero says that the award is undone.
        """
        if points < 0:
            raise ValueError(f"points must not be below zero: {points}")
        lot = self.lots.setdefault(number, Lot(number, 0))
        lot.is_undone = True
        return self._undo(lot, points) + self.settle()

    def take_back(
        self, given: Mapping[int, int], points: int, expired: Mapping[int, int]
    ) -> list[Row]:
        """Undo awards, the last one first: take points back from the lots that they opened.

        As :meth:`reverse`, of several awards and of a part of them. Whatever else lies in the
        account stays as it is, except where points were spent and others have to pay for them.

        :param given: number of lot -> points above zero; each is among the account's lots
        :param points: how many of them to take back
        :param expired: number of lot -> points of it that have expired, of which none is owed

        >>> account = Account()
        >>> rows = account.award(10000, expiry=date(2026, 1, 31)) + account.award(4000)
        >>> rows = account.take_back({rows[1].lot: 4000}, 3000, {})
        >>> [(row.points, row.expiry) for row in rows]
        [(-3000, None)]
        """
        rows = []
        for number in sorted(given, reverse=True):
            part = min(given[number], points)
            if part <= 0:
                break
            points -= part
            lot = self.lots[number]
            lot.is_undone = part == given[number]
            # The rest of what was given and is not there any more has been spent.
            spent = given[number] - lot.balance - expired.get(number, 0)
            rows += self._undo(lot, min(part, lot.balance + max(spent, 0)))
        return rows + self.settle()

    def give_back(self, taken: Mapping[int, int], points: int | None = None) -> list[Row]:
        """Undo a spend: return points to the lots that they were taken from.

        Some lots cannot take them back, since other lots have paid for them in between: a debt
        that is settled, an award that is undone. Such points return as a lot without expiry.

        :param taken: number of lot -> points above zero; each is among the account's lots
        :param points: how many of them to give back, the last taken first; all without it
        """
        left = sum(taken.values()) if points is None else points
        rows = []
        for lot in sorted((self.lots[number] for number in taken), key=self._spending_order)[::-1]:
            part = min(taken[lot.number], left)
            if part <= 0:
                break
            left -= part
            room = min(part, -lot.balance) if lot.is_debt else part * (not lot.is_undone)
            if room:
                rows.append(self._add(lot, REVERSE, room))
            if part > room:
                rows.append(self._open(REVERSE, part - room, None))
        return rows + self.settle()

    def settle(self) -> list[Row]:
        """Pay what is owed out of the lots that have points: pairs of rows that sum to zero."""
        debt = self.debt
        points = debt and min(debt, sum(lot.balance for lot in self._open_lots()))
        if not points:
            return []
        rows = self._take(points, SETTLE)
        for lot in self._debt_lots():
            part = min(-lot.balance, points)
            if part:
                rows.append(self._add(lot, SETTLE, part))
                points -= part
        return rows

    def merge(self, other: "Account") -> list[Row]:
        """Take over the lots of another account, as they are; one may pay what the other owes."""
        self.lots |= other.lots
        return self.settle()

    # -- how it is done ----------------------------------------------------------------

    @staticmethod
    def _check_positive(points: int):
        if points <= 0:
            raise ValueError(f"points must be above zero, not {points}")

    @staticmethod
    def _spending_order(lot: Lot):
        """Earliest expiry first, lots without one last, older ones first; debt after all."""
        return (lot.is_debt, lot.expiry is None, lot.expiry or date.max, lot.number)

    def _debt_lots(self) -> list[Lot]:
        lots = [lot for lot in self.lots.values() if lot.is_debt]
        return sorted(lots, key=self._spending_order) if lots else lots

    def _open_lots(self) -> list[Lot]:
        lots = [lot for lot in self.lots.values() if lot.balance > 0]
        return sorted(lots, key=self._spending_order)

    def _open(self, kind: str, points: int, expiry: date | None, is_debt: bool = False) -> Row:
        number = next(self._numbers)
        self.lots[number] = Lot(number, points, expiry, is_debt)
        return Row(number, number, kind, points, expiry)

    def _add(self, lot: Lot, kind: str, points: int) -> Row:
        lot.balance += points
        return Row(next(self._numbers), lot.number, kind, points, lot.expiry)

    def _owe(self, points: int, kind: str) -> Row:
        lot = next(iter(self._debt_lots()), None)
        return self._add(lot, kind, -points) if lot else self._open(kind, -points, None, True)

    def _empty(self, over: list[Lot]) -> list[Row]:
        return [
            self._add(lot, EXPIRE, -lot.balance) for lot in sorted(over, key=self._spending_order)
        ]

    def _undo(self, lot: Lot, points: int) -> list[Row]:
        """Take ``points`` of what a lot was opened with; what is not left of them is owed."""
        left = min(lot.balance, points)
        rows = [self._add(lot, REVERSE, -left)] if left or not points else []
        if points > left:
            rows.append(self._owe(points - left, REVERSE))
        return rows

    def _take(self, points: int, kind: str) -> list[Row]:
        rows = []
        for lot in self._open_lots():
            part = min(lot.balance, points)
            if not part:
                break
            rows.append(self._add(lot, kind, -part))
            points -= part
        if points:
            rows.append(self._owe(points, kind))
        return rows


def replay(rows: Iterable[Row]) -> list[Lot]:
    """Return the lots that ``rows`` add up to, in the order in which they were opened.

    A lot whose opening row is below zero is the debt lot.

    >>> replay([Row(1, 1, AWARD, 500, None), Row(2, 1, SPEND, -200, None)])
    [Lot(number=1, balance=300, expiry=None, is_debt=False, is_undone=False)]
    """
    lots: dict[int, Lot] = {}
    for row in rows:
        if row.number == row.lot:
            lots[row.lot] = Lot(row.lot, row.points, row.expiry, is_debt=row.points < 0)
        else:
            lots[row.lot].balance += row.points
    return list(lots.values())
