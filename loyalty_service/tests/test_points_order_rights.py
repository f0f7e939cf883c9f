from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..models.loyalty_card import Source
from .rewards_common import RewardsCommon


@tagged("post_install", "-at_install")
class TestPointsOrderRights(RewardsCommon):
    """Who sells spends the points of clients and makes none, whatever is called from outside."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env, "seller_rights", groups="sales_team.group_sale_salesman_all_leads"
        )
        cls.head = new_test_user(cls.env, "head_rights", groups="sales_team.group_sale_manager")
        cls.other = cls.env["res.partner"].create({"name": "Other Client", "is_company": True})
        cls.other_card = cls.env["loyalty.card"].create(
            {"program_id": cls.program.id, "partner_id": cls.other.id, "points": 10}
        )

    def order(self):
        return self.order_of(user=self.seller)

    def bought(self):
        """Return an order that has spent the 300 points, and the line that took them."""
        order = self.order()
        order._update_programs_and_rewards()
        order._apply_program_reward(self.discount, self.card)
        order.action_confirm()
        self.assertLedger(self.card, 0)
        return order, order.order_line.filtered("reward_id")

    def line(self, order, **values):
        return order.order_line.create(
            {
                "order_id": order.id,
                "product_id": order.order_line.product_id[:1].id,
                "name": "Points",
                "points_cost": 1000,
                **values,
            }
        )

    def test_a_line_that_took_nothing_gives_nothing_back(self):
        """A cost without a card is no spending; a card comes to the line afterwards."""
        order = self.order()
        line = self.line(order)
        order.action_confirm()
        with self.assertRaises(UserError):
            line.write({"coupon_id": self.card.id})
        with self.assertRaises(UserError):
            line.write({"coupon_id": self.card.id, "reward_id": self.discount.id})
        self.assertLedger(self.card, 300)

    def test_a_cost_that_was_never_taken_is_not_returned(self):
        """Even where a line came to say so: by SQL, by another addon."""
        order = self.order()
        line = self.line(order)
        order.action_confirm()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_order_line SET coupon_id = %s, reward_id = %s WHERE id = %s",
            [self.card.id, self.discount.id, line.id],
        )
        self.env.invalidate_all()
        for give_back in (
            lambda: line.write({"points_cost": 0}),
            lambda: line.write({"points_cost": 400}),
            order._action_cancel,
        ):
            with self.subTest(give_back=give_back), self.assertRaises(UserError) as refused:
                give_back()
            self.assertIn(f"{order.name} has spent 0 Points", str(refused.exception))
        self.assertLedger(self.card, 300)

    def test_an_order_returns_no_more_than_it_took(self):
        """300 were taken. Somebody makes the line say 900."""
        order, line = self.bought()
        self.env.flush_all()
        self.env.cr.execute("UPDATE sale_order_line SET points_cost = 900 WHERE id = %s", line.ids)
        self.env.invalidate_all()
        with self.assertRaises(UserError) as refused:
            order._action_cancel()
        self.assertIn("has spent 300 Points", str(refused.exception))
        self.assertLedger(self.card, 0)

    def test_a_spent_reward_stays_on_its_card_and_in_its_order(self):
        order, line = self.bought()
        with self.assertRaises(UserError):
            line.write({"coupon_id": self.other_card.id})
        with self.assertRaises(UserError):
            line.write({"coupon_id": False})
        with self.assertRaises(UserError):
            line.write({"order_id": self.order().id})
        order._action_cancel()
        self.assertLedger(self.card, 300)
        self.assertLedger(self.other_card, 10)

    def test_a_line_of_a_quotation_stays_out_of_confirmed_orders(self):
        """There it would be a discount that nobody has paid for."""
        order, quotation = self.order(), self.order()
        order.action_confirm()
        quotation._update_programs_and_rewards()
        quotation._apply_program_reward(self.discount, self.card)
        with self.assertRaises(UserError):
            quotation.order_line.filtered("reward_id").write({"order_id": order.id})
        self.assertLedger(self.card, 300)

    def test_points_are_the_price_of_a_reward_of_their_programme(self):
        """A line without one spends nothing when it is confirmed, by what Odoo does."""
        order = self.order()
        with self.assertRaises(ValidationError):
            self.line(order, coupon_id=self.card.id)
        foreign = self.env["loyalty.program"].create(
            {"name": "Foreign", "program_type": "promotion"}
        )
        with self.assertRaises(ValidationError):
            self.line(order, coupon_id=self.card.id, reward_id=foreign.reward_ids[:1].id)

    def test_a_reward_may_be_claimed_anew_from_the_same_lines(self):
        """Odoo lets lines that it has go on, with another reward and another card."""
        order, line = self.bought()
        line._reset_loyalty(complete=True)
        self.assertLedger(self.card, 300)
        line.write({"coupon_id": self.card.id, "reward_id": self.discount.id, "points_cost": 120})
        self.assertLedger(self.card, 180)
        order._action_cancel()
        self.assertLedger(self.card, 300)

    def test_parts_of_a_spending_return_no_more_than_their_sum(self):
        """Odoo works costs out to more than hundredths: 1.005 is 1 or 1.01, 0.335 is 0.34."""
        origin = Source("sale.order,1", "S1")
        card = self.card.with_context(loyalty_service_source=origin)
        card.points -= 1.005
        for _part in range(3):
            card.points += 0.335
        self.assertLedger(self.card, 300)
        for cents in range(1, 20):
            self.card.points = 100 + cents / 100
            card = self.card.with_context(
                loyalty_service_source=Source(f"sale.order,{cents + 1}", "S")
            )
            card.points -= 33.335
            card.points += 33.335
            self.assertAlmostEqual(self.card.points, 100 + cents / 100, delta=0.011)
            self.assertLessEqual(self.card.points, 100 + cents / 100 + 1e-9)

    def test_no_order_gives_points_of_a_ledger(self):
        """The head of sales has every right on what orders give, by Odoo's own rules."""
        order, _line = self.bought()
        Given = self.env["sale.order.coupon.points"].with_user(self.head)
        for points in (-1_000_000, 1_000_000):
            with self.subTest(points=points), self.assertRaises(ValidationError):
                Given.create({"order_id": order.id, "coupon_id": self.card.id, "points": points})
        given = Given.create({"order_id": order.id, "coupon_id": self.card.id, "points": 0})
        self.env.flush_all()
        with self.assertRaises(ValidationError):
            given.points = -1_000_000
        plain = self.env["loyalty.card"].create(
            {"program_id": self.plain_program().id, "points": 5}
        )
        elsewhere = Given.create({"order_id": order.id, "coupon_id": plain.id, "points": 7})
        with self.assertRaises(ValidationError):
            elsewhere.coupon_id = self.card
        # Odoo lets nobody else delete these rows, which a cancelled order does.
        order.with_user(self.head)._action_cancel()
        self.assertLedger(self.card, 300)

    def plain_program(self):
        return self.env["loyalty.program"].create(
            {"name": "Plain", "program_type": "loyalty", "applies_on": "both"}
        )

    # ------------------------------------------------------------------
    # From before the ledger
    # ------------------------------------------------------------------

    def opened_after(self, spent, held=100):
        """Return an order that took ``spent`` of ``held`` points before the ledger, and the card.

        Another order is only a quotation when the ledger is opened.
        """
        program = self.plain_program()
        program.rule_ids.unlink()
        program.reward_ids = [
            Command.clear(),
            Command.create(
                {
                    "reward_type": "discount",
                    "discount_mode": "per_point",
                    "discount": 1.0,
                    "discount_applicability": "order",
                    "required_points": 1,
                }
            ),
        ]
        card = self.env["loyalty.card"].create(
            {"program_id": program.id, "partner_id": self.other.id, "points": held}
        )
        orders = (
            self.order_of(self.other, spent, self.seller),
            self.order_of(self.other, 5, self.seller),
        )
        for order in orders:
            order._update_programs_and_rewards()
            order._apply_program_reward(program.reward_ids, card)
        orders[0].action_confirm()
        self.assertEqual(card.points, held - spent)
        program.service_points = True
        return *orders, card

    def test_an_order_from_before_the_ledger_returns_its_points(self):
        """60 of 100 points were spent before; the ledger begins with 40."""
        order, quotation, card = self.opened_after(60)
        self.assertLedger(card, 40)
        quotation.action_confirm()
        self.assertLedger(card, 35)
        order._action_cancel()
        self.assertLedger(card, 95)
        quotation._action_cancel()
        self.assertLedger(card, 100)

    def test_what_was_spent_before_the_ledger_is_in_it(self):
        """As the 60 points that it was, on the day of the order; the history shows no change."""
        order, _quotation, card = self.opened_after(60)
        moves = card.service_move_ids.filtered("origin").sorted("id")
        self.assertEqual(
            [(move.kind, move.points, move.origin) for move in moves],
            [
                ("adjust", 60, f"sale.order,{order.id}"),
                ("spend", -60, f"sale.order,{order.id}"),
            ],
        )
        self.assertEqual(set(moves.mapped("date")), {order.date_order})
        self.assertEqual(len(moves.lot_id), 1)
        # Opened once more, after a time without, it says nothing twice.
        card.program_id.service_points = False
        card.program_id.service_points = True
        self.assertEqual(len(card.service_move_ids.filtered("origin")), 2)
        order._action_cancel()
        self.assertLedger(card, 100)

    def test_an_order_from_before_the_ledger_returns_no_more_than_it_took(self):
        order, _quotation, card = self.opened_after(60)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_order_line SET points_cost = 61 WHERE order_id = %s AND coupon_id = %s",
            [order.id, card.id],
        )
        self.env.invalidate_all()
        with self.assertRaises(UserError):
            order._action_cancel()
