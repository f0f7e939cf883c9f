from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import PointsCommon


@tagged("post_install", "-at_install")
class TestPointsTill(PointsCommon):
    """What Odoo's point of sale writes: on behalf of a cashier, with all rights, without a word.

    Its orders are stood in for here; with the real ones see tests/test_till.py.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # 100 points until 31 January 2030, 100 until 30 June 2030.
        cls.record("2029-02-01", "2029-07-01")
        cls.card = cls.env["loyalty.card"].search([("program_id", "=", cls.program.id)])
        cls.both_lots = [(date(2030, 1, 31), 100), (date(2030, 6, 30), 100)]
        cls.cashier = new_test_user(cls.env, "cashier_test", groups="base.group_user")
        cls.at_till = cls.card.with_user(cls.cashier).sudo()

    def setUp(self):
        super().setUp()
        Card = type(self.env["loyalty.card"])
        self.orders = []
        self.startPatcher(patch.object(Card, "_has_till", lambda card: True))
        self.startPatcher(
            patch.object(Card, "_till_order_of", lambda card, units: self.find(units))
        )

    def find(self, units):
        return next(
            ((number, name) for number, name, cost in self.orders if cost * 100 == units),
            (None, None),
        )

    def take(self, points, *order):
        self.orders = [(*order, points)] if order else []
        self.at_till.points += -points

    def test_a_redemption_is_spent_by_its_order(self):
        self.take(130, 7, "Shop/0007")
        self.assertEqual(self.lots(self.card), [(date(2030, 6, 30), 70)])
        moves = self.card.service_move_ids.filtered("origin")
        self.assertEqual(set(moves.mapped("kind")), {"spend"})
        self.assertEqual(set(moves.mapped("origin")), {"pos.order,7"})
        self.assertEqual(set(moves.mapped("label")), {"Spent: Shop/0007"})
        self.assertLedger(self.card, 70)

    def test_what_a_till_returns_finds_its_lots(self):
        """130 and 20 are taken; the 130 come back, then 5 of the 20."""
        self.take(130, 7, "Shop/0007")
        self.take(20, 8, "Shop/0008")
        self.at_till.points += 130
        self.assertEqual(self.lots(self.card), [(date(2030, 1, 31), 100), (date(2030, 6, 30), 80)])
        self.at_till.points += 5
        self.assertEqual(self.lots(self.card), [(date(2030, 1, 31), 100), (date(2030, 6, 30), 85)])
        back = self.card.service_move_ids.filtered(lambda move: move.kind == "reverse")
        self.assertEqual(set(back.mapped("origin")), {"pos.order,7", "pos.order,8"})

    def test_without_an_order_that_fits(self):
        self.take(60)
        spent = self.card.service_move_ids.filtered(lambda move: move.kind == "spend")
        self.assertEqual((spent.origin, spent.reason), ("pos.order", "Point of sale"))
        self.at_till.points += 60
        self.assertEqual(self.lots(self.card), self.both_lots)

    def test_a_till_makes_no_points(self):
        with self.assertRaisesRegex(UserError, "cannot return"):
            self.at_till.points += 10
        self.take(60, 7, "Shop/0007")
        with self.assertRaisesRegex(UserError, "cannot return"):
            self.at_till.points += 61
        self.assertLedger(self.card, 140)

    def test_a_till_takes_no_more_than_there_is(self):
        with self.assertRaisesRegex(UserError, "has 200 Points"):
            self.take(201)

    def test_another_application(self):
        """Where there is no till, whoever writes is not known; it is an adjustment that says so."""
        Card = type(self.env["loyalty.card"])
        with patch.object(Card, "_has_till", lambda card: False):
            self.at_till.points += 10
        move = self.card.service_move_ids.sorted("id")[-1]
        self.assertEqual((move.kind, move.reason), ("adjust", "Set by another application"))
        self.assertLedger(self.card, 210)

    def test_a_person_is_no_till(self):
        with self.assertRaises(UserError):
            self.card.with_user(self.user_manager).points += 10
