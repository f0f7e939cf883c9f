from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged

from ..models.loyalty_card import Source
from ..models.loyalty_card_ledger import Posting
from .common import PointsCommon


@tagged("post_install", "-at_install")
class TestPointsOrders(PointsCommon):
    """Points are spent in quotations by Odoo's own means; the ledger follows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.salesman = new_test_user(
            cls.env, "salesman_test", groups="sales_team.group_sale_salesman_all_leads"
        )
        cls.product = cls.env["product.product"].create(
            {"name": "Annual report", "type": "service", "list_price": 500, "taxes_id": False}
        )
        # 100 points until 31 January 2030, 100 until 30 June 2030.
        cls.record("2029-02-01", "2029-07-01")
        cls.card = cls.env["loyalty.card"].search([("program_id", "=", cls.program.id)])
        cls.both_lots = [(date(2030, 1, 31), 100), (date(2030, 6, 30), 100)]

    def order(self, price=500, partner=None):
        return (
            self.env["sale.order"]
            .with_user(self.salesman)
            .create(
                {
                    "partner_id": (partner or self.contact).id,
                    "order_line": [
                        Command.create({"product_id": self.product.id, "price_unit": price})
                    ],
                }
            )
        )

    def claim(self, order):
        order._update_programs_and_rewards()
        rewards = order._get_claimable_rewards()
        self.assertIn(self.card, rewards)
        order._apply_program_reward(rewards[self.card], self.card)
        return order

    def test_an_order_of_a_contact_spends_the_points_of_its_company(self):
        order = self.claim(self.order(price=130))
        self.assertEqual(order.amount_total, 0)
        self.assertLedger(self.card, 200)
        order.action_confirm()
        self.assertLedger(self.card, 70)
        self.assertEqual(self.lots(self.card), [(date(2030, 6, 30), 70)])
        spent = self.card.service_move_ids.filtered(lambda move: move.kind == "spend")
        self.assertEqual(set(spent.mapped("origin")), {f"sale.order,{order.id}"})
        self.assertEqual(set(spent.mapped("label")), {f"Spent: {order.name}"})
        self.assertEqual(len(set(spent.mapped("entry"))), 1)

    def test_a_cancelled_order_returns_points_to_their_lots(self):
        order = self.claim(self.order(price=130))
        order.action_confirm()
        order._action_cancel()
        self.assertLedger(self.card, 200)
        self.assertEqual(self.lots(self.card), self.both_lots)
        order.action_draft()
        self.claim(order).action_confirm()
        order._action_cancel()
        self.assertEqual(self.lots(self.card), self.both_lots)

    def test_several_orders_at_once_keep_their_own_spending(self):
        orders = self.claim(self.order(price=60)) + self.claim(self.order(price=80))
        orders.action_confirm()
        self.assertLedger(self.card, 60)
        orders[0]._action_cancel()
        self.assertLedger(self.card, 120)
        self.assertEqual(self.lots(self.card), [(date(2030, 1, 31), 60), (date(2030, 6, 30), 60)])
        orders[1]._action_cancel()
        self.assertLedger(self.card, 200)
        self.assertEqual(self.lots(self.card), self.both_lots)

    def test_a_reward_taken_off_a_confirmed_order_returns_its_points(self):
        order = self.claim(self.order(price=130))
        order.action_confirm()
        # Core lets go of lines such as that of a delivery that is chosen anew.
        lines = order.order_line.filtered("is_reward_line")
        with patch.object(type(lines), "_check_line_unlink", lambda lines: lines.browse()):
            lines.unlink()
        self.assertLedger(self.card, 200)
        self.assertEqual(self.lots(self.card), self.both_lots)

    def test_a_reward_added_to_a_confirmed_order(self):
        order = self.order(price=130)
        order._update_programs_and_rewards()
        order.action_confirm()
        self.claim(order)
        self.assertLedger(self.card, 70)
        spent = self.card.service_move_ids.filtered(lambda move: move.kind == "spend")
        self.assertEqual(set(spent.mapped("origin")), {f"sale.order,{order.id}"})
        order._action_cancel()
        self.assertLedger(self.card, 200)

    def test_the_reward_of_a_confirmed_order_changes(self):
        order = self.claim(self.order(price=130))
        order.action_confirm()
        order.order_line.filtered("is_reward_line").points_cost = 150
        self.assertLedger(self.card, 50)
        order.order_line.filtered("is_reward_line").points_cost = 20
        self.assertLedger(self.card, 180)
        self.assertEqual(self.lots(self.card), [(date(2030, 1, 31), 80), (date(2030, 6, 30), 100)])
        with self.assertRaises(UserError):
            order.order_line.filtered("is_reward_line").points_cost = 201

    def test_an_order_spends_no_points_past_their_last_day(self):
        """100 of the 200 points are, which no scheduled action has seen."""
        order, dearer = self.claim(self.order(price=60)), self.claim(self.order(price=101))
        with freeze_time("2030-02-01 04:00:00"):
            with self.assertRaisesRegex(UserError, "has 100 Points, so 101 Points"):
                dearer.action_confirm()
            order.action_confirm()
            self.assertLedger(self.card, 40)
            self.assertEqual(self.lots(self.card), [(date(2030, 6, 30), 40)])
            order._action_cancel()
            self.assertLedger(self.card, 100)

    def test_a_changed_order_keeps_points_that_it_spent_in_time(self):
        """100 of the first lot and 30 of the second were spent while they could be."""
        order = self.claim(self.order(price=130))
        order.action_confirm()
        with freeze_time("2030-02-01 04:00:00"):
            order.order_line.filtered("is_reward_line").points_cost = 120
            self.assertLedger(self.card, 80)
            self.assertEqual(self.lots(self.card), [(date(2030, 6, 30), 80)])

    def test_points_spent_elsewhere_meanwhile(self):
        first, second = self.claim(self.order(price=150)), self.claim(self.order(price=150))
        first.action_confirm()
        with self.assertRaises(ValidationError):
            second.action_confirm()
        self.assertLedger(self.card, 50)

    def test_points_that_come_back_after_their_award_was_undone(self):
        order = self.claim(self.order(price=130))
        order.action_confirm()
        award = self.card.service_move_ids.filtered(lambda move: move.kind == "award")
        award.event_id._reverse("Credited")
        self.assertLedger(self.card, -130)
        order._action_cancel()
        self.assertLedger(self.card, 0)

    def test_a_cancelled_order_takes_back_what_it_gave_also_from_who_owes(self):
        """An order gave 40 before the ledger was opened. All are spent, and an award is undone:
        100 are owed. Cancelling the order makes it 140 owed, in a programme in which nobody may
        owe."""
        self.card.points += 40
        self.card.with_context(loyalty_service_source=Source("sale.order,2", "S2")).points -= 240
        award = self.card.service_move_ids.filtered("event_id")[:1]
        award.event_id._reverse("Credited")
        self.assertLedger(self.card, -100)
        cancelled = Source("sale.order,1", "S1", may_owe=True)
        self.card.with_context(loyalty_service_source=cancelled).points -= 40
        self.assertLedger(self.card, -140)
        with self.assertRaises(UserError):
            self.card.points -= 1

    # ------------------------------------------------------------------
    # Orders that gave points, before nobody could earn any by an order
    # ------------------------------------------------------------------

    def given(self, points, origin="sale.order,1"):
        """Return the lot that an order made."""
        return self.env["loyalty.card"]._post(
            [
                Posting(
                    self.card.id,
                    lambda account: account.award(points * 100),
                    {"company_id": self.env.company.id, "origin": origin, "reason": "S1"},
                    takes=False,
                )
            ]
        )

    def taken_back(self, points):
        self.card.with_context(
            loyalty_service_source=Source("sale.order,1", "S1", may_owe=True)
        ).points -= points

    def test_a_cancelled_order_takes_back_the_lot_that_it_made(self):
        """An order gave 40 without expiry. What expires first stays as it is."""
        lot = self.given(40)
        self.assertEqual(self.lots(self.card), [*self.both_lots, (None, 40)])
        self.taken_back(40)
        self.assertEqual(self.lots(self.card), self.both_lots)
        self.assertLedger(self.card, 200)
        last = self.card.service_move_ids.sorted("id")[-1]
        self.assertEqual((last.kind, last.lot_id, last.points), ("reverse", lot, -40))

    def test_an_order_that_gave_in_two_parts(self):
        """40 and 30; 50 of them are taken back, the last ones first; then the other 20."""
        self.given(40)
        self.given(30)
        self.taken_back(50)
        self.assertEqual(self.lots(self.card), [*self.both_lots, (None, 20)])
        self.taken_back(20)
        self.assertEqual(self.lots(self.card), self.both_lots)
        self.assertLedger(self.card, 200)

    def test_a_cancelled_order_takes_back_what_was_spent_by_another(self):
        """200 and 40; 210 are spent, 30 of the lot of 40 are left. The other 10 are owed."""
        self.given(40)
        spent = Source("sale.order,2", "S2")
        self.card.with_context(loyalty_service_source=spent).points -= 210
        self.assertEqual(self.lots(self.card), [(None, 30)])
        self.taken_back(40)
        self.assertLedger(self.card, -10)
        # Nothing is left of what it gave; what it is said to give back is taken from what is there.
        self.taken_back(5)
        self.assertLedger(self.card, -15)

    def test_nobody_adds_a_rule_for_orders(self):
        """Orders would earn a second time. Neither by the rules themselves nor by the programme."""
        values = {"program_id": self.program.id, "reward_point_amount": 5}
        manager = new_test_user(self.env, "rules_test", groups="sales_team.group_sale_manager")
        for Rule in (self.env["loyalty.rule"], self.env["loyalty.rule"].with_user(manager)):
            with self.assertRaisesRegex(ValidationError, "by service events"):
                Rule.create(values)
        resting = self.env["loyalty.rule"].create({**values, "active": False})
        with self.assertRaisesRegex(ValidationError, "by service events"):
            resting.active = True
        other = self.env["loyalty.program"].create(
            {"name": "Orders", "program_type": "loyalty", "applies_on": "both"}
        )
        with self.assertRaisesRegex(ValidationError, "by service events"):
            self.env["loyalty.rule"].create({"program_id": other.id}).program_id = self.program

    def test_a_line_that_costs_less_than_nothing_gives_no_points(self):
        order = self.order()
        order.action_confirm()
        with self.assertRaises(ValidationError):
            order.order_line.create(
                {
                    "order_id": order.id,
                    "name": "Points for nothing",
                    "product_id": self.product.id,
                    "coupon_id": self.card.id,
                    "reward_id": self.program.reward_ids[:1].id,
                    "points_cost": -1000,
                }
            )
        self.assertLedger(self.card, 200)

    def test_orders_of_others_do_not_find_the_card(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        order = self.order(partner=stranger)
        order._update_programs_and_rewards()
        self.assertFalse(order.applied_coupon_ids)
        self.assertFalse(order._get_claimable_rewards())
