from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .rewards_common import RewardsCommon


@tagged("post_install", "-at_install")
class TestRewardsQuotation(RewardsCommon):
    """Discounts: a wish of the client, granted by a quotation, spent by Odoo."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env,
            "seller_rewards",
            groups="sales_team.group_sale_salesman_all_leads,loyalty_service.group_loyalty_user",
        )

    def wish(self, **values):
        return self.redeem(self.discount, user=self.seller, **values)

    def test_a_quotation_never_offers_a_gift(self):
        self.reward("Pen", 1)
        order = self.order_of()
        order._update_programs_and_rewards()
        offered = order._get_claimable_rewards()
        self.assertEqual(offered[self.card], self.discount)
        # The dialog of Odoo does not know it either.
        action = order.action_open_reward_wizard()
        dialog = self.env[action["res_model"]].with_context(**action["context"]).create({})
        self.assertEqual(dialog.reward_ids, self.discount)

    def test_a_client_that_can_only_afford_a_gift_is_offered_nothing(self):
        self.discount.required_points = 1000
        order = self.order_of()
        order._update_programs_and_rewards()
        self.assertFalse(order._get_claimable_rewards())

    def test_a_discount_for_higher_tiers(self):
        self.discount.min_tier_id = self.middle
        order = self.order_of(user=self.seller)
        order._update_programs_and_rewards()
        self.assertFalse(order._get_claimable_rewards())
        self.discount.min_tier_id = self.start
        self.assertEqual(order._get_claimable_rewards()[self.card], self.discount)
        self.discount.service_date_to = "2020-01-01"
        self.assertFalse(order._get_claimable_rewards())

    def test_a_wish_spends_nothing(self):
        wish = self.wish()
        self.assertLedger(self.card, 300)
        self.assertEqual((wish.state, wish.points), ("requested", 1))
        with self.assertRaisesRegex(UserError, "granted by a quotation"):
            wish.action_deliver()
        wish.action_cancel()
        self.assertLedger(self.card, 300)

    def test_the_open_quotation_grants_it(self):
        wish, order = self.wish(), self.order_of(user=self.seller)
        self.assertEqual(
            order.loyalty_wish_text,
            "This client asked for: 100 points take $\xa0100.00 off your order",
        )
        action = wish.action_take_into_quotation()
        # As many as the client was told of, until somebody says otherwise.
        self.assertEqual((action["res_model"], action["res_id"]), ("sale.order", order.id))
        self.assertEqual((wish.state, wish.order_id), ("prepared", order))
        self.assertEqual(order.order_line.reward_id, self.discount)
        self.assertEqual(order.amount_total, 400)
        self.assertLedger(self.card, 300)
        order.invalidate_recordset(["loyalty_wish_text"])
        self.assertFalse(order.loyalty_wish_text)
        # Once: a second click opens the quotation.
        self.assertEqual(wish.action_take_into_quotation()["res_id"], order.id)
        order.action_confirm()
        self.assertEqual((wish.state, wish.points, wish.cost), ("delivered", 100, 100))
        self.assertLedger(self.card, 200)
        self.assertEqual(self.standing(self.client_partner, "gift"), self.Event)

    def test_the_button_on_the_quotation(self):
        wish, order = self.wish(), self.order_of(self.client_partner, user=self.seller)
        order.action_loyalty_take_wishes()
        self.assertEqual((wish.state, wish.order_id), ("prepared", order))

    def test_the_button_of_odoo_takes_the_wish_along(self):
        """So that nobody is asked, or gives it, a second time; also for who sells alone."""
        wish, order = self.redeem(self.discount, points_asked=250), self.order_of()
        seller = self.order_of(user=self.seller).env.user
        action = order.with_user(seller).action_open_reward_wizard()
        dialog = Form(
            self.env[action["res_model"]].with_user(seller).with_context(**action["context"])
        )
        dialog.loyalty_points = 200
        dialog.save().action_apply()
        self.assertEqual((wish.state, wish.order_id), ("prepared", order))
        order.invalidate_recordset(["loyalty_wish_text"])
        self.assertFalse(order.loyalty_wish_text)
        order.with_user(seller).action_confirm()
        self.assertEqual((wish.state, wish.points, wish.cost), ("delivered", 200, 200))
        self.assertFalse(wish.activity_ids)
        self.assertLedger(self.card, 100)

    def test_one_wish_at_a_time(self):
        wish = self.wish()
        with self.assertRaisesRegex(UserError, "Asked for on"):
            self.wish()
        with self.assertRaisesRegex(UserError, "Asked for on"):
            self.wish(is_from_portal=True)
        order = self.order_of(user=self.seller)
        wish.action_take_into_quotation()
        with self.assertRaisesRegex(UserError, "Asked for on"):
            self.wish()
        order.action_confirm()
        self.record(None)
        self.assertTrue(self.wish())

    def test_the_button_takes_what_fits_and_tells_of_the_rest(self):
        wish, order = self.wish(), self.order_of(user=self.seller)
        # Two of a kind, as they could be made before; Odoo grants a reward once in an order.
        second = wish.sudo().copy({"token": False}).with_user(self.seller)
        action = order.action_loyalty_take_wishes()
        self.assertEqual((wish.state, second.state), ("prepared", "requested"))
        self.assertEqual(order.order_line.reward_id, self.discount)
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn(order.name, action["params"]["message"])
        with self.assertRaisesRegex(UserError, "cannot take"):
            order.action_loyalty_take_wishes()
        self.assertEqual(wish.order_id, order)

    def test_a_new_quotation_for_what_is_renewed_next(self):
        product = self.order_of().order_line.product_id
        self.env["sale.order"].search([]).action_cancel()
        self.env["loyalty.service.agreement"].create(
            {
                "partner_id": self.client_partner.id,
                "product_id": product.id,
                "date_end": "2099-12-31",
                "monthly_amount": 1,
            }
        ).action_start()
        wish = self.wish(contact_id=self.contact.id)
        # As from the board, whose columns are states of wishes.
        wish.with_context(default_state="requested").action_take_into_quotation()
        order = wish.order_id
        self.assertEqual((order.partner_id, order.state), (self.contact, "draft"))
        self.assertEqual(order.order_line.filtered("reward_id").reward_id, self.discount)
        self.assertEqual(order.amount_total, 400)

    def test_where_it_is_not_clear_a_dialog_asks(self):
        wish = self.wish()
        action = wish.action_take_into_quotation()
        dialog = self.env[action["res_model"]].with_user(self.seller)
        dialog = dialog.with_context(**action["context"]).create({})
        with self.assertRaisesRegex(UserError, "Choose an open quotation"):
            dialog.action_take()
        first, second = self.order_of(user=self.seller), self.order_of(user=self.seller)
        action = wish.action_take_into_quotation()
        self.assertEqual(action["context"]["default_order_id"], second.id)
        dialog.order_id = first
        dialog.action_take()
        self.assertEqual(wish.order_id, first)

    def test_a_quotation_without_price_is_refused(self):
        wish, order = self.wish(), self.order_of(price=0, user=self.seller)
        with self.assertRaisesRegex(UserError, "needs lines with a price"):
            wish._take_into(order)

    def test_a_cancelled_order_lets_it_wait_again(self):
        wish, order = self.wish(), self.order_of(user=self.seller)
        wish.action_take_into_quotation()
        order.action_confirm()
        self.assertLedger(self.card, 200)
        order._action_cancel()
        self.assertEqual((wish.state, wish.points, wish.cost), ("requested", 1, 0))
        self.assertFalse(wish.order_id)
        self.assertTrue(wish.activity_ids)
        self.assertLedger(self.card, 300)

    def test_one_that_was_repeated_meanwhile_gives_way(self):
        """The order of the first is cancelled: it is the second that goes on waiting."""
        first, order = self.wish(), self.order_of(user=self.seller)
        first.action_take_into_quotation()
        order.action_confirm()
        second = self.wish(is_from_portal=True)
        mails = self.mails_about(first)
        order._action_cancel()
        self.assertEqual((first.state, second.state), ("cancelled", "requested"))
        self.assertEqual(first.cancel_reason, "You have asked for it again.")
        self.assertEqual((first.points, first.cost), (1, 0))
        self.assertFalse(first.activity_ids or first.order_id)
        self.assertEqual(self.mails_about(first), mails)
        self.assertLedger(self.card, 300)
        order = self.order_of(user=self.seller)
        order.action_loyalty_take_wishes()
        self.assertEqual((second.state, second.order_id), ("prepared", order))

    def test_a_deleted_quotation_lets_it_wait_again(self):
        wish, order = self.wish(), self.order_of(user=self.seller)
        wish.action_take_into_quotation()
        order.with_user(self.env.ref("base.user_admin")).unlink()
        self.assertEqual(wish.state, "requested")

    def test_a_quotation_that_dropped_it_lets_it_wait_again(self):
        wish, order = self.wish(), self.order_of(user=self.seller)
        wish.action_take_into_quotation()
        order.order_line.filtered("reward_id").with_user(self.seller).unlink()
        # At once: the client may cancel it in the portal, and another quotation take it.
        self.assertEqual((wish.state, wish.order_id), ("requested", order.browse()))
        self.assertEqual(len(wish.activity_ids), 1)
        wish.action_take_into_quotation()
        self.assertEqual((wish.state, wish.order_id), ("prepared", order))
        order.write({"order_line": [Command.delete(order.order_line.filtered("reward_id").id)]})
        self.assertEqual(wish.state, "requested")
        order.action_confirm()
        self.assertEqual(wish.state, "requested")
        self.assertLedger(self.card, 300)

    def test_cancelling_the_wish_takes_it_out_of_the_quotation(self):
        wish, order = self.wish(), self.order_of(user=self.seller)
        wish.action_take_into_quotation()
        wish.action_cancel()
        self.assertFalse(order.order_line.filtered("reward_id"))
        self.assertEqual(order.amount_total, 500)

    # ------------------------------------------------------------------
    # What a client may owe
    # ------------------------------------------------------------------

    def test_a_discount_takes_what_is_there(self):
        """300 points, 200 may be owed: a gift for 500 is redeemed, a discount for 400 is not."""
        self.program.service_debt_limit = 200
        fixed = self.env["loyalty.reward"].create(
            {
                "program_id": self.program.id,
                "reward_type": "discount",
                "discount_mode": "per_order",
                "discount": 40,
                "required_points": 400,
                "discount_applicability": "order",
            }
        )
        with self.assertRaisesRegex(UserError, "100 more points are needed"):
            self.redeem(fixed)
        [offer] = self.client_record._offers(portal=True, reward_id=fixed.id)
        self.assertEqual((offer.missing, offer.share), (100, 75))
        order = self.order_of()
        order._update_programs_and_rewards()
        self.assertNotIn(fixed, order._get_claimable_rewards().get(self.card, fixed.browse()))
        with self.assertRaisesRegex(UserError, "from 1 to 300"):
            self.redeem(self.discount, points_asked=301)
        self.redeem(self.reward("Two nights", 500))
        self.assertLedger(self.card, -200)

    def test_an_order_is_confirmed_with_all_points_and_not_one_more(self):
        self.program.service_debt_limit = 200
        for cost, confirmed in ((301, False), (300, True)):
            order = self.order_of()
            order._update_programs_and_rewards()
            order._apply_program_reward(self.discount, self.card)
            line = order.order_line.filtered("reward_id")
            self.assertEqual(line.points_cost, 300)
            line.points_cost = cost
            with self.subTest(cost=cost):
                if confirmed:
                    order.action_confirm()
                    self.assertLedger(self.card, 0)
                    # Nor does a confirmed order take more afterwards.
                    with self.assertRaises(UserError):
                        line.points_cost = 301
                else:
                    with self.assertRaises(UserError):
                        order.action_confirm()
        self.assertLedger(self.card, 0)
