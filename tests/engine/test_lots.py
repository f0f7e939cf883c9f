"""Points in lots: examples worked by hand, and what must hold after anything at all."""

import doctest
from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from odoo.addons.loyalty_service.engine import lots
from odoo.addons.loyalty_service.engine.lots import Account, Lot, NotEnough, Row

MARCH, JUNE = date(2026, 3, 31), date(2026, 6, 30)


def told(rows):
    return [(row.lot, row.kind, row.points) for row in rows]


def account(*balances):
    """Return an account with lots 1, 2, ... of ``(balance, expiry)``."""
    return Account(
        [
            Lot(number, balance, expiry)
            for number, (balance, expiry) in enumerate(balances, start=1)
        ],
        count(100),
    )


def test_docstring_examples():
    assert doctest.testmod(lots).failed == 0


def test_award_opens_a_lot_of_its_own():
    one = Account(numbers=count(100))
    assert one.award(500, MARCH) == [Row(100, 100, "award", 500, MARCH)]
    assert one.balance == 500


def test_spend_takes_earliest_expiry_first_and_no_expiry_last():
    one = account((100, None), (100, JUNE), (100, MARCH))
    assert told(one.spend(250)) == [(3, "spend", -100), (2, "spend", -100), (1, "spend", -50)]
    assert one.balance == 50


def test_equal_expiry_takes_the_older_lot():
    one = account((100, JUNE), (100, JUNE))
    assert told(one.spend(150)) == [(1, "spend", -100), (2, "spend", -50)]


def test_spending_more_than_there_is_changes_nothing():
    one = account((100, MARCH))
    with pytest.raises(NotEnough) as refused:
        one.spend(101)
    assert (refused.value.balance, refused.value.wanted) == (100, 101)
    assert one.lots[1].balance == 100


def test_spending_into_an_allowed_debt():
    one = account((100, MARCH))
    assert told(one.spend(130, limit=50)) == [(1, "spend", -100), (101, "spend", -30)]
    assert (one.balance, one.debt) == (-30, 30)
    with pytest.raises(NotEnough):
        one.spend(21, limit=50)


def test_points_that_come_in_settle_the_debt():
    one = account((100, MARCH))
    one.spend(130, limit=50)  # rows 100 and 101; the debt lot is 101
    assert told(one.award(200, JUNE)) == [
        (102, "award", 200),
        (102, "settle", -30),
        (101, "settle", 30),
    ]
    assert (one.balance, one.debt, one.lots[102].balance) == (170, 0, 170)


def test_expiry_empties_lots_after_their_last_day():
    one = account((100, MARCH), (70, JUNE), (50, None))
    assert one.expire(MARCH) == []
    assert told(one.expire(MARCH + timedelta(days=1))) == [(1, "expire", -100)]
    assert one.balance == 120


def test_reversal_of_an_unspent_award():
    one = account((100, MARCH), (70, JUNE))
    assert told(one.reverse(1, 100)) == [(1, "reverse", -100)]
    assert one.balance == 70


def test_reversal_of_a_spent_award_is_owed_and_paid_by_other_lots():
    """100 and 70; 80 of the first are spent; the first is undone: 20 left go, 80 are owed.

    The second lot pays its 70, 10 stay as debt. 100 + 70 - 80 - 100 = -10.
    """
    one = account((100, MARCH), (70, JUNE))
    one.spend(80)  # row 100
    assert told(one.reverse(1, 100)) == [
        (1, "reverse", -20),
        (102, "reverse", -80),
        (2, "settle", -70),
        (102, "settle", 70),
    ]
    assert (one.balance, one.debt) == (-10, 10)


def test_nothing_is_owed_for_what_expired():
    """100, of which 60 expired: 40 were spent, and only they are undone."""
    one = account((100, MARCH))
    one.spend(40)
    one.expire(JUNE)
    assert one.balance == 0
    assert told(one.reverse(1, 40)) == [(102, "reverse", -40)]
    assert one.balance == -40


def test_a_cancelled_order_gives_points_back_to_their_lots():
    one = account((100, MARCH), (70, JUNE))
    one.spend(130)
    assert told(one.give_back({1: 100, 2: 30})) == [(2, "reverse", 30), (1, "reverse", 100)]
    assert [one.lots[1].balance, one.lots[2].balance] == [100, 70]


def test_points_come_back_without_expiry_where_their_award_is_undone():
    """The second lot paid for the undone first one; its points must not come back as expired."""
    one = account((100, MARCH), (100, JUNE))
    one.spend(100)  # row 100 takes lot 1
    one.reverse(1, 100)  # 101 opens the debt, 102 and 103 settle it out of lot 2
    assert one.balance == 0
    assert one.give_back({1: 100}) == [Row(104, 104, "reverse", 100, None)]
    assert one.balance == 100


def test_a_settled_debt_comes_back_as_a_lot():
    one = account((100, MARCH))
    one.spend(130, limit=30)  # 100 from lot 1, 30 owed in lot 101
    one.award(30, JUNE)  # rows 102 to 104, settles it
    rows = one.give_back({1: 100, 101: 30})
    assert told(rows) == [(105, "reverse", 30), (1, "reverse", 100)]
    assert one.balance == 130


def test_a_smaller_reward_returns_what_was_taken_last():
    one = account((100, MARCH), (70, JUNE))
    one.spend(130)
    assert told(one.give_back({1: 100, 2: 30}, 50)) == [(2, "reverse", 30), (1, "reverse", 20)]
    assert one.balance == 90


def test_an_award_that_expired_altogether_is_undone_by_a_row_of_zero():
    one = account((100, MARCH))
    one.expire(JUNE)
    assert told(one.reverse(1, 0)) == [(1, "reverse", 0)]
    assert (one.balance, one.debt) == (0, 0)


def test_a_cancelled_order_takes_back_the_lot_that_it_made():
    """What expires first stays, though it would be spent first."""
    one = account((100, MARCH), (40, None))
    assert told(one.take_back({2: 40}, 40, {})) == [(2, "reverse", -40)]
    assert [one.lots[1].balance, one.lots[2].balance] == [100, 0]


def test_what_an_order_gave_is_taken_back_the_last_part_first():
    one = account((40, None), (30, None))
    assert told(one.take_back({1: 40, 2: 30}, 50, {})) == [(2, "reverse", -30), (1, "reverse", -20)]
    assert one.balance == 20


def test_what_an_order_gave_and_others_spent_is_owed():
    """40 given; 30 spent: 10 go, 30 are owed, and the other lot pays for them."""
    one = account((40, MARCH))
    one.spend(30)  # row 100
    one.award(100, JUNE)  # row 101
    assert told(one.take_back({1: 40}, 40, {})) == [
        (1, "reverse", -10),
        (103, "reverse", -30),
        (101, "settle", -30),
        (103, "settle", 30),
    ]
    assert one.balance == 70


def test_what_an_order_gave_and_has_expired_is_not_owed():
    """40 given, 10 spent, 30 expired: 10 are owed."""
    one = account((40, MARCH))
    one.spend(10)
    one.expire(JUNE)
    assert told(one.take_back({1: 40}, 40, {1: 30})) == [(102, "reverse", -10)]
    assert one.balance == -10


def test_merged_accounts_keep_their_lots_and_pay_for_each_other():
    """One owes 30, the other has 100 until March: 70 until March are left."""
    one, other = account((10, JUNE)), Account([Lot(50, 100, MARCH)])
    one.spend(40, limit=30)  # 10 from lot 1, 30 owed in lot 101
    assert told(one.merge(other)) == [(50, "settle", -30), (101, "settle", 30)]
    assert (one.balance, one.debt, one.lots[50].expiry) == (70, 0, MARCH)


def test_debts_of_merged_accounts_are_settled_one_after_the_other():
    one, other = Account(numbers=count(1)), Account(numbers=count(50))
    one.spend(20, limit=20)
    other.spend(30, limit=30)
    assert one.merge(other) == []
    assert one.debt == 50
    assert told(one.award(40)) == [
        (2, "award", 40),
        (2, "settle", -40),
        (1, "settle", 20),
        (50, "settle", 20),
    ]
    assert one.balance == -10


@pytest.mark.parametrize("points", [0, -1])
def test_points_must_be_above_zero(points):
    for call in (
        lambda one: one.award(points),
        lambda one: one.spend(points),
    ):
        with pytest.raises(ValueError, match="above zero"):
            call(account((100, None)))
    with pytest.raises(ValueError, match="below zero"):
        account((100, None)).reverse(1, -1)


amounts = st.integers(min_value=1, max_value=100_000)
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))


class AnyHistory(RuleBasedStateMachine):
    """Awards, spends, expiries and reversals in any order."""

    def __init__(self):
        super().__init__()
        self.account = Account(numbers=count(1))
        self.rows = []
        self.awards = {}  # opening row -> points, not undone
        self.spends = []  # rows of a spend, not given back
        self.merged = 0
        self.earlier = 0
        self.today = date(2026, 1, 1)

    @rule(points=amounts, expiry=st.none() | days)
    def award(self, points, expiry):
        rows = self.account.award(points, expiry)
        self.awards[rows[0].number] = points
        self.rows += rows

    @rule(points=amounts, limit=st.sampled_from([0, 50_000]))
    def spend(self, points, limit):
        before = self.account.balance
        try:
            rows = self.account.spend(points, limit=limit)
        except NotEnough:
            assert before - points < -limit
            assert self.account.balance == before
            return
        assert sum(row.points for row in rows) == -points
        self.spends.append(rows)
        self.rows += rows

    @rule(points=amounts)
    def spent_before(self, points):
        before = self.account.balance
        rows = self.account.spent_before(points)
        assert self.account.balance == before
        self.earlier += points
        self.spends.append(rows[1:])
        self.rows += rows

    @rule(days=st.integers(min_value=1, max_value=200))
    def expire(self, days):
        self.today += timedelta(days=days)
        self.rows += self.account.expire(self.today)

    @precondition(lambda self: self.awards)
    @rule(data=st.data())
    def reverse(self, data):
        self._reverse(data.draw(st.sampled_from(sorted(self.awards))))

    @precondition(lambda self: self.awards)
    @rule(data=st.data())
    def take_back(self, data):
        """Some awards altogether, as those of an order that is cancelled."""
        numbers = data.draw(st.sets(st.sampled_from(sorted(self.awards)), min_size=1))
        given = {number: self.awards.pop(number) for number in numbers}
        expired = {
            number: -sum(r.points for r in self.rows if r.lot == number and r.kind == "expire")
            for number in given
        }
        before = self.account.balance
        rows = self.account.take_back(given, sum(given.values()), expired)
        assert before - self.account.balance == sum(given.values()) - sum(expired.values())
        self.rows += rows

    @precondition(lambda self: self.spends)
    @rule(data=st.data())
    def give_back(self, data):
        self._give_back(data.draw(st.integers(0, len(self.spends) - 1)))

    @rule(points=amounts, spent=amounts, expiry=st.none() | days)
    def merge(self, points, spent, expiry):
        other = Account(numbers=self.account._numbers)
        rows = other.award(points, expiry)
        spending = other.spend(spent, limit=100_000)
        self.awards[rows[0].number] = points
        self.spends.append(spending)
        self.rows += [*rows, *spending, *self.account.merge(other)]
        self.merged += 1

    def _reverse(self, number):
        points = self.awards.pop(number)
        points += sum(r.points for r in self.rows if r.lot == number and r.kind == "expire")
        self.rows += self.account.reverse(number, points)

    def _give_back(self, place):
        taken = {row.lot: -row.points for row in self.spends.pop(place)}
        self.rows += self.account.give_back(taken)

    @invariant()
    def the_rows_add_up_to_the_state(self):
        def state(lots):
            return sorted(
                (lot.number, lot.balance, lot.expiry, lot.is_debt) for lot in lots if lot.balance
            )

        assert state(lots.replay(self.rows)) == state(self.account.lots.values())
        assert sum(row.points for row in self.rows) == self.account.balance

    @invariant()
    def only_debt_lots_are_below_zero(self):
        for lot in self.account.lots.values():
            assert lot.balance <= 0 if lot.is_debt else lot.balance >= 0
        debts = sum(lot.is_debt for lot in self.account.lots.values())
        assert debts <= 1 + self.merged

    @invariant()
    def nobody_owes_who_has_points(self):
        assert not self.account.debt or self.account.balance < 0

    @invariant()
    def settling_moves_nothing(self):
        assert sum(row.points for row in self.rows if row.kind == "settle") == 0

    @invariant()
    def rows_are_numbered_in_order(self):
        numbers = [row.number for row in self.rows]
        assert numbers == sorted(set(numbers))

    def teardown(self):
        """Undone altogether, a history leaves nothing but what was there before it."""
        while self.spends:
            self._give_back(0)
        for number in list(self.awards):
            self._reverse(number)
        assert self.account.balance == self.earlier
        assert self.earlier or not any(lot.balance for lot in self.account.lots.values())


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)


@given(st.lists(st.tuples(amounts, st.none() | days), min_size=1, max_size=20), st.data())
def test_a_spend_leaves_the_later_expiries(balances, data):
    """No lot keeps points while one that expires later has been touched."""
    one = account(*balances)
    one.spend(data.draw(st.integers(1, one.balance)))
    ordered = sorted(
        one.lots.values(),
        key=lambda lot: (lot.expiry is None, lot.expiry or date.max, lot.number),
    )
    touched = [lot.balance != balances[lot.number - 1][0] for lot in ordered]
    last = max((place for place, was in enumerate(touched) if was), default=-1)
    assert all(lot.balance == 0 for lot in ordered[:last])
