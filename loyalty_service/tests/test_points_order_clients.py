from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged

from .rewards_common import RewardsCommon


@tagged("post_install", "-at_install")
class TestPointsOrderClients(RewardsCommon):
    """Whose points a quotation spends: those of its customer, in the firm that writes it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env, "seller_clients", groups="sales_team.group_sale_salesman_all_leads"
        )
        cls.other = cls.env["res.partner"].create({"name": "Other Client", "is_company": True})

    def quotation(self):
        """Return a quotation to the client's contact that takes 300 points for a discount."""
        order = self.order_of(user=self.seller)
        order._update_programs_and_rewards()
        order._apply_program_reward(self.discount, self.card)
        self.assertEqual(order.amount_total, 200)
        return order

    def assertWithoutPoints(self, order):
        self.assertFalse(order.order_line.filtered("reward_id"))
        self.assertNotIn(self.card, order.applied_coupon_ids)
        self.assertEqual(order.amount_total, 500)
        self.assertIn("Shanghai Lantern Trading", order.message_ids.mapped("body")[0])
        order.action_confirm()
        self.assertEqual(order.amount_total, 500)
        self.assertLedger(self.card, 300)

    # ------------------------------------------------------------------
    # Another customer
    # ------------------------------------------------------------------

    def test_a_quotation_to_another_customer_leaves_the_points_of_the_first(self):
        order = self.quotation()
        order.partner_id = self.other
        self.assertWithoutPoints(order)

    def test_a_contact_that_left_the_company_leaves_its_points(self):
        """Nobody has touched the quotation since: it is put right when it is confirmed."""
        order = self.quotation()
        self.contact.parent_id = self.other
        order.action_confirm()
        self.assertFalse(order.order_line.filtered("reward_id"))
        self.assertEqual(order.amount_total, 500)
        self.assertLedger(self.card, 300)

    def test_a_contact_that_left_while_the_points_went_elsewhere(self):
        """Odoo would refuse to confirm what the points do not suffice for."""
        order = self.quotation()
        self.contact.parent_id = self.other
        self.card.points = 10
        order.action_confirm()
        self.assertEqual((order.state, order.amount_total), ("sale", 500))
        self.assertLedger(self.card, 10)

    def test_another_contact_of_the_company_keeps_them(self):
        order = self.quotation()
        order.partner_id = self.client_partner
        order.action_confirm()
        self.assertEqual(order.amount_total, 200)
        self.assertLedger(self.card, 0)

    def test_the_new_customer_spends_its_own(self):
        own = self.env["loyalty.card"].create(
            {"program_id": self.program.id, "partner_id": self.other.id, "points": 50}
        )
        order = self.quotation()
        order.partner_id = self.other
        order._update_programs_and_rewards()
        self.assertEqual(list(order._get_claimable_rewards()), [own])
        order._apply_program_reward(self.discount, own)
        order.action_confirm()
        self.assertLedger(own, 0)
        self.assertLedger(self.card, 300)

    def test_the_wish_of_the_first_customer_waits_again(self):
        self.seller.group_ids += self.env.ref("loyalty_service.group_loyalty_user")
        wish = self.redeem(self.discount, user=self.seller)
        order = self.order_of(user=self.seller)
        wish.action_take_into_quotation()
        self.env["loyalty.card"].create(
            {"program_id": self.program.id, "partner_id": self.other.id, "points": 50}
        )
        order.partner_id = self.other
        self.assertEqual((wish.state, wish.order_id), ("requested", order.browse()))
        order._update_programs_and_rewards()
        [(card, rewards)] = order._get_claimable_rewards().items()
        order._apply_program_reward(rewards, card)
        order.action_confirm()
        self.assertEqual(wish.state, "requested")

    def test_points_of_another_client_are_not_offered(self):
        """Whoever puts a card on the quotation, or asks for one by name."""
        order = self.order_of(self.other, user=self.seller)
        order.applied_coupon_ids += self.card
        self.assertFalse(order._get_claimable_rewards())
        self.assertFalse(order._get_claimable_rewards(forced_coupons=self.card))
        order._update_programs_and_rewards()
        self.assertFalse(order.applied_coupon_ids)

    def test_a_confirmed_order_takes_no_points_of_another_client(self):
        order = self.order_of(self.other, user=self.seller)
        order.action_confirm()
        with self.assertRaises(ValidationError):
            order._apply_program_reward(self.discount, self.card)
        self.assertLedger(self.card, 300)

    def test_a_confirmed_order_keeps_what_it_was_paid_with(self):
        order = self.quotation()
        order.action_confirm()
        self.contact.parent_id = self.other
        order._update_programs_and_rewards()
        self.assertEqual(order.amount_total, 200)
        self.assertLedger(self.card, 0)
        order._action_cancel()
        self.assertLedger(self.card, 300)

    # ------------------------------------------------------------------
    # Firms that share a programme
    # ------------------------------------------------------------------

    def sister(self):
        """Return a firm that shares the programme, whose seller works for both."""
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        self.seller.write({"company_ids": [Command.link(sister.id)]})
        return sister

    def order_by(self, company):
        product = self.env["product.product"].create(
            {"name": "Audit", "type": "service", "list_price": 500, "taxes_id": False}
        )
        return (
            self.env["sale.order"]
            .with_user(self.seller)
            .with_context(allowed_company_ids=[self.env.company.id, company.id])
            .create(
                {
                    "partner_id": self.contact.id,
                    "company_id": company.id,
                    "order_line": [Command.create({"product_id": product.id, "price_unit": 500})],
                }
            )
        )

    def test_an_order_moves_points_in_its_own_firm(self):
        sister = self.sister()
        order = self.order_by(sister)
        self.assertNotEqual(order.env.company, sister)
        order._update_programs_and_rewards()
        order._apply_program_reward(self.discount, self.card)
        order.action_confirm()
        order.order_line.filtered("reward_id").points_cost = 100
        order._action_cancel()
        self.assertLedger(self.card, 300)
        moves = self.card.service_move_ids.filtered("origin")
        self.assertEqual(set(moves.mapped("kind")), {"spend", "reverse"})
        self.assertEqual(moves.company_id, sister)

    def test_a_first_quotation_of_another_firm_knows_the_tier(self):
        """200 points are Middle, in whichever firm they were earned."""
        self.record(None, None)
        sister = self.sister()
        self.discount.min_tier_id = self.top
        order = self.order_by(sister)
        order._update_programs_and_rewards()
        self.assertFalse(order._get_claimable_rewards())
        self.discount.min_tier_id = self.middle
        self.assertEqual(order._get_claimable_rewards()[self.card], self.discount)
        self.discount.service_date_to = "2020-01-01"
        self.assertFalse(order._get_claimable_rewards())

    def test_who_is_no_client_of_a_firm_has_no_tier_there(self):
        """Nobody has looked at the quotation yet, so no record is there."""
        sister = self.sister()
        order = self.order_by(sister)
        order.applied_coupon_ids += self.card
        self.discount.min_tier_id = self.middle
        self.assertFalse(order._get_claimable_rewards())
        self.discount.min_tier_id = False
        self.assertEqual(order._get_claimable_rewards()[self.card], self.discount)
        self.discount.service_date_from = "2999-01-01"
        self.assertFalse(order._get_claimable_rewards())
        self.assertFalse(
            self.env["loyalty.service.client"].search_count([("company_id", "=", sister.id)])
        )
