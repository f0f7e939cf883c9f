from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..models.loyalty_card import Source
from .rewards_common import RewardsCommon


@tagged("post_install", "-at_install")
class TestCardRights(RewardsCommon):
    """Who sells may write on cards, since quotations spend points, and makes none of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env, "card_seller", groups="sales_team.group_sale_salesman_all_leads"
        )
        cls.head = new_test_user(cls.env, "card_head", groups="sales_team.group_sale_manager")
        cls.friend = cls.env["res.partner"].create({"name": "Friend", "is_company": True})
        cls.plain = cls.env["loyalty.program"].create(
            {"name": "Plain", "program_type": "loyalty", "applies_on": "both"}
        )
        cls.plain_card = cls.env["loyalty.card"].create(
            {"program_id": cls.plain.id, "partner_id": cls.friend.id, "points": 10}
        )

    def tamper(self, points):
        """Change points past every door, as somebody with a database client does."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE loyalty_card SET points = points + %s WHERE id = %s", [points, self.card.id]
        )
        self.env.invalidate_all()

    # ------------------------------------------------------------------
    # Another programme
    # ------------------------------------------------------------------

    def test_points_of_another_programme_stay_there(self):
        """100,000 that somebody has written on a card without a ledger come into none."""
        self.plain_card.with_user(self.seller).points = 100_000
        for user in (self.head, self.user_manager, self.env.user):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                self.plain_card.with_user(user).program_id = self.program
        with self.assertRaisesRegex(UserError, "cannot go over to another programme"):
            self.plain_card.with_user(self.seller).program_id = self.program
        self.assertEqual(self.plain_card.program_id, self.plain)
        self.assertFalse(self.card_of(self.friend))

    def test_a_programme_takes_no_cards_of_another_one(self):
        with self.assertRaisesRegex(UserError, "cannot go over to another programme"):
            self.program.with_user(self.head).coupon_ids = [Command.link(self.plain_card.id)]

    def test_accounts_stay_in_their_programme(self):
        """One without a row in the ledger as well, to which nobody points."""
        empty = self.env["loyalty.card"].create({"program_id": self.program.id})
        for card in (self.card, empty):
            for user in (self.seller, self.user_manager):
                with self.subTest(card=card, user=user.login), self.assertRaises(UserError):
                    card.with_user(user).program_id = self.plain
        self.card.program_id = self.program
        self.assertLedger(self.card, 300)

    def test_cards_without_a_ledger_change_programme_as_ever(self):
        other = self.env["loyalty.program"].create(
            {"name": "Other", "program_type": "loyalty", "applies_on": "both"}
        )
        self.plain_card.with_user(self.seller).program_id = other
        self.assertEqual(self.plain_card.program_id, other)

    # ------------------------------------------------------------------
    # A balance that its ledger does not say
    # ------------------------------------------------------------------

    def test_what_nobody_booked_is_not_booked_as_something_else(self):
        """1,000 too many on the card. Ten more are not 1,010 of goodwill."""
        self.tamper(1000)
        with self.assertRaises(UserError) as refused:
            self.client_record.with_user(self.user_manager)._adjust_points(10, "Goodwill")
        self.assertIn("says 1,300 Points, and its ledger adds up to 300", str(refused.exception))
        with self.assertRaises(UserError):
            self.card.points = 1310
        with self.assertRaises(UserError):
            self.client_record.with_user(self.user_manager)._adjust_points(-10, "Given twice")

    def test_a_balance_is_set_to_what_the_ledger_says(self):
        self.tamper(1000)
        moves = self.card.service_move_ids
        self.client_record.with_user(self.user_manager)._adjust_points(-1000, "Never earned")
        self.assertEqual(self.card.service_move_ids, moves)
        self.assertLedger(self.card, 300)
        self.client_record.with_user(self.user_manager)._adjust_points(10, "Goodwill")
        self.assertLedger(self.card, 310)

    # ------------------------------------------------------------------
    # Whose it is, and whether it is good for anything
    # ------------------------------------------------------------------

    def nobodys(self):
        """Return a card of nobody with 80 points that are booked."""
        return self.env["loyalty.card"].create({"program_id": self.program.id, "points": 80})

    def test_who_sells_gives_nobodys_points_to_nobody(self):
        for user in (self.seller, self.head):
            card = self.nobodys()
            with self.subTest(user=user.login), self.assertRaisesRegex(AccessError, "by hand"):
                card.with_user(user).partner_id = self.friend
        public = self.nobodys()
        public.partner_id = self.env.ref("base.public_partner")
        with self.assertRaises(AccessError):
            public.with_user(self.seller).partner_id = self.friend
        self.assertFalse(self.card_of(self.friend))

    def test_a_manager_and_an_order_say_whose_it_is(self):
        card = self.nobodys()
        card.with_user(self.user_manager).partner_id = self.friend
        self.assertLedger(card, 80)
        self.assertEqual(self.client_of(self.friend).points, 80)
        # What a visitor of the shop has, once there is a customer: by Odoo, in an order.
        other = self.env["res.partner"].create({"name": "Visitor", "is_company": True})
        public = self.nobodys()
        public.partner_id = self.env.ref("base.public_partner")
        by_order = Source("sale.order,1", "S1")
        public.with_user(self.seller).with_context(
            loyalty_service_source=by_order
        ).partner_id = other
        self.assertEqual(self.card_of(other), public)

    def test_an_empty_card_of_nobody_finds_its_owner(self):
        card = self.env["loyalty.card"].create({"program_id": self.program.id})
        card.with_user(self.seller).partner_id = self.friend
        self.assertEqual(card.partner_id, self.friend)

    def test_who_sells_puts_no_account_out_of_use(self):
        for values in (
            {"code": "MINE"},
            {"expiration_date": "2020-01-01"},
            {"expiration_date": False},
            {"active": False},
        ):
            for user in (self.seller, self.head, self.user_loyalty):
                with self.subTest(values=values, user=user.login), self.assertRaises(AccessError):
                    self.card.with_user(user).write(values)
        self.card.with_user(self.user_manager).code = "LANTERN"
        self.assertEqual(self.card.code, "LANTERN")
        # Of other programmes they may, as ever.
        self.plain_card.with_user(self.seller).write(
            {"code": "MINE", "expiration_date": "2020-01-01"}
        )
        self.assertEqual(str(self.plain_card.expiration_date), "2020-01-01")

    def test_an_account_has_no_last_day(self):
        """Its points have; a day of its own would hide them from every quotation."""
        with self.assertRaisesRegex(UserError, "no last day"):
            self.card.with_user(self.user_manager).expiration_date = "2020-01-01"
        made = self.env["loyalty.card"].create(
            {
                "program_id": self.program.id,
                "partner_id": self.friend.id,
                "expiration_date": "2020-01-01",
            }
        )
        self.assertFalse(made.expiration_date)
