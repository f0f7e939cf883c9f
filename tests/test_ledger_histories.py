"""Any history of a points account, through the real doors and the real database.

The arithmetic alone is tried much harder in tests/engine/test_lots.py; here a history goes
through events, rules, orders' sources, wizards, the expiry of every night and the merge of
companies, and after each step what is stored must agree in all places.
"""

from datetime import date, timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.loyalty_service.engine import lots
from odoo.addons.loyalty_service.models.loyalty_card import Source
from odoo.addons.loyalty_service.tests.common import PointsCommon

FIRST = date(2029, 1, 1)

amounts = st.integers(1, 400)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("award"), st.integers(0, 700)),
        st.tuples(st.just("spend"), amounts),
        st.tuples(st.just("give_back"), st.integers(0, 9), st.integers(1, 400)),
        st.tuples(st.just("adjust"), st.integers(-300, 300)),
        st.tuples(st.just("expire"), st.integers(1, 300)),
        st.tuples(st.just("reverse"), st.integers(0, 9)),
        st.tuples(st.just("merge"), amounts),
    ),
    min_size=4,
    max_size=14,
)


@tagged("post_install", "-at_install")
class TestLedgerHistories(PointsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.service_debt_limit = 50

    @settings(
        max_examples=20,
        deadline=None,
        derandomize=True,
        # A history that fails is short enough to read; to shorten it takes minutes.
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    @given(steps)
    def check(self, history):
        savepoint = self.cr.savepoint(flush=False)
        try:
            self.live(history)
        finally:
            self.env.flush_all()
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)

    def test_any_history(self):
        self.check()

    def test_one_of_each(self):
        """So that each step is tried whatever is drawn."""
        self.live(
            [
                ("award", 0),
                ("award", 40),
                ("spend", 150),
                ("give_back", 0, 70),
                ("adjust", -20),
                ("merge", 60),
                ("expire", 300),
                ("reverse", 0),
                ("spend", 400),
                ("adjust", 100),
                ("give_back", 0, 400),
                ("reverse", 0),
            ]
        )

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------

    def live(self, history):
        # All of 2029, so that nothing has expired by the time at which the tests run.
        self.today, self.number = FIRST, 0
        self.events, self.spent, self.adjusted = self.Event.browse(), {}, 0
        self.record("2029-01-01", code="call")
        self.card = self.env["loyalty.card"]._ensure_service_cards(
            self.client_partner, self.program
        )[self.client_partner]
        for name, *arguments in history:
            getattr(self, name)(*arguments)
            self.check_all()
        self.undo_all()

    def award(self, days):
        self.events += self.record(FIRST + timedelta(days=days))

    def as_record(self, number):
        """Every third spend is by an order, which makes no debt; the others are gifts."""
        model = "loyalty.service.redemption" if number % 3 else "sale.order"
        return self.card.with_context(loyalty_service_source=Source(f"{model},{number}", "S"))

    def spend(self, points):
        balance = self.card.points
        self.number += 1
        if balance - points < (-50 if self.number % 3 else 0):
            with self.assertRaises(UserError):
                self.as_record(self.number).points = balance - points
            return
        self.as_record(self.number).points = balance - points
        self.spent[self.number] = points

    def give_back(self, place, points):
        if not self.spent:
            return
        number = sorted(self.spent)[place % len(self.spent)]
        points = min(points, self.spent[number])
        card = self.as_record(number)
        card.points += points
        self.spent[number] -= points
        if not self.spent[number]:
            del self.spent[number]

    def adjust(self, points):
        target = self.card.points + points
        if not points or target < 0:
            return  # the wizard refuses both
        self.env["loyalty.card.update.balance"].create(
            {"card_id": self.card.id, "new_balance": target, "description": "By hand"}
        ).action_update_card_point()
        self.adjusted += points

    def expire(self, days):
        self.today += timedelta(days=days)
        self.env["loyalty.card"]._expire(self.card, self.today)

    def reverse(self, place):
        if self.events:
            event = self.events[place % len(self.events)]
            event._reverse("Credited")
            self.events -= event

    def merge(self, points):
        """Another company with an award and points by hand becomes part of this one."""
        other = self.env["res.partner"].create({"name": "Joins", "is_company": True})
        self.events += self.record(self.today, partner=other)
        self.card_of(other).points += points
        self.adjusted += points
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (other + self.client_partner).ids, self.client_partner
        )
        self.env.invalidate_all()

    # ------------------------------------------------------------------
    # What must hold
    # ------------------------------------------------------------------

    def check_all(self):
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertLedger(self.card, self.card.points)
        moves = self.env["loyalty.service.move"].search(
            [("card_id", "=", self.card.id)], order="id"
        )
        rows = [
            lots.Row(
                move.id,
                move.lot_id.id,
                move.kind,
                round(move.points * 100),
                move.expiry_date or None,
            )
            for move in moves
        ]
        replayed = {lot.number: (lot.balance, lot.expiry, lot.is_debt) for lot in lots.replay(rows)}
        stored = {
            lot_id: (balance, expiry, is_debt)
            for _card, lot_id, balance, expiry, is_debt in moves._read_open_lots(self.card)
        }
        self.assertEqual(
            {lot: state for lot, state in replayed.items() if state[0]},
            {lot: state for lot, state in stored.items() if state[0]},
        )
        balance = round(self.card.points * 100)
        self.assertEqual(sum(state[0] for state in replayed.values()), balance)
        for units, _expiry, is_debt in replayed.values():
            self.assertTrue(units <= 0 if is_debt else units >= 0, "only a debt is below zero")
        owed = sum(units for units, _expiry, is_debt in replayed.values() if is_debt)
        self.assertTrue(not owed or balance < 0, "who has points owes none")
        # The look for expired points never comes too late.
        first = min(
            (expiry for units, expiry, _debt in stored.values() if units > 0 and expiry),
            default=None,
        )
        if first:
            self.assertLessEqual(self.card.sudo().service_next_expiry, first)

    def undo_all(self):
        """Undone altogether, a history leaves what was adjusted by hand, and no more."""
        for number, points in list(self.spent.items()):
            card = self.as_record(number)
            card.points += points
        self.events._reverse("Credited")
        self.check_all()
        self.assertAlmostEqual(self.card.points, self.adjusted, places=6)
        qualifying = sum(self.card.service_move_ids.mapped("qualifying_points"))
        self.assertAlmostEqual(qualifying, 0, places=6)
