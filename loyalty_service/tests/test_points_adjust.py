from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import PointsCommon


@tagged("post_install", "-at_install")
class TestPointsAdjust(PointsCommon):
    """A manager gives points or takes some, and says why. The client has 100."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.record(None)
        cls.manager = new_test_user(
            cls.env, "adjusting_manager", groups="loyalty_service.group_loyalty_manager"
        )

    def setUp(self):
        super().setUp()
        self.client_record = self.client_of()

    def dialog(self, partner=None):
        partner = (partner or self.client_partner).with_user(self.manager)
        action = partner.action_adjust_loyalty_points()
        self.assertEqual(action["name"], "Adjust Points")
        return Form(
            self.env[action["res_model"]].with_user(self.manager).with_context(**action["context"])
        )

    def adjust(self, direction, points, reason="Goodwill"):
        dialog = self.dialog()
        dialog.direction, dialog.points = direction, points
        if reason:
            dialog.reason = reason
        return dialog.save().action_adjust()

    def test_giving_shows_what_will_be_there(self):
        dialog = self.dialog()
        self.assertEqual((dialog.balance, dialog.left), (100, 100))
        dialog.points = 50.5
        self.assertEqual(dialog.left, 150.5)
        dialog.direction = "take"
        self.assertEqual(dialog.left, 49.5)
        self.assertEqual(self.card_of(self.client_partner).points, 100)

    def test_a_number_below_zero_takes_points_away(self):
        dialog = self.dialog()
        dialog.points = -40
        self.assertEqual((dialog.direction, dialog.points, dialog.left), ("take", 40, 60))

    def test_the_ledger_keeps_who_and_why(self):
        card = self.card_of(self.client_partner)
        told = self.adjust("give", 50)
        self.assertIn("150", told["params"]["message"])
        self.assertEqual(card.points, 150)
        move = card.service_move_ids.sorted("id")[-1]
        self.assertEqual((move.kind, move.points, move.reason), ("adjust", 50, "Goodwill"))
        self.assertEqual(move.create_uid, self.manager)
        self.adjust("take", 120, "Given twice")
        self.assertEqual(card.points, 30)
        self.assertEqual(sum(card.service_move_ids.mapped("points")), 30)
        history = card.history_ids.sorted("id")
        self.assertEqual(
            [(line.description, line.issued, line.used) for line in history],
            [("Goodwill", 50, 0), ("Given twice", 0, 120)],
        )

    def test_what_came_in_meanwhile_stays(self):
        dialog = self.dialog()
        dialog.points, dialog.reason = 20, "Goodwill"
        adjust = dialog.save()
        self.record(None)
        adjust.action_adjust()
        self.assertEqual(self.card_of(self.client_partner).points, 220)

    def test_points_past_their_last_day_pay_nothing(self):
        """100 until 31 January 2030 and 100 until June. On 1 February nobody has looked yet."""
        other = self.env["res.partner"].create({"name": "New Silk", "is_company": True})
        self.record("2029-02-01", "2029-07-01", partner=other)
        with freeze_time("2030-02-01 04:00:00"):
            dialog = self.dialog(other)
            dialog.direction, dialog.points, dialog.reason = "take", 40, "Given twice"
            self.assertEqual((dialog.balance, dialog.left), (100, 60))
            dialog.save().action_adjust()
        card = self.card_of(other)
        self.assertEqual(card.points, 60)
        moves = card.service_move_ids.sorted("id")
        self.assertEqual(
            [(move.kind, move.points, move.reason or "") for move in moves[-2:]],
            [("expire", -100, ""), ("adjust", -40, "Given twice")],
        )

    def test_gift_cards_are_not_theirs(self):
        program = self.env["loyalty.program"].create(
            {"name": "Gifts", "program_type": "gift_card", "applies_on": "future"}
        )
        card = {"program_id": program.id, "points": 10000}
        with self.assertRaisesRegex(AccessError, "for who sells"):
            self.env["loyalty.card"].with_user(self.manager).create(card)
        self.manager.group_ids += self.env.ref("sales_team.group_sale_manager")
        self.assertTrue(self.env["loyalty.card"].with_user(self.manager).create(card))

    def test_no_reason_and_no_points(self):
        for points, reason, words in (
            (10, "", "Say why"),
            (10, "  ", "Say why"),
            (0, "Goodwill", "Say how many"),
            (0.001, "Goodwill", "Say how many"),
        ):
            with self.subTest(points=points), self.assertRaisesRegex(UserError, words):
                self.adjust("give", points, reason)
        self.assertEqual(self.card_of(self.client_partner).points, 100)

    def test_no_more_than_there_is(self):
        """In words of who takes points away, and with numbers as people read them."""
        self.adjust("give", 6389)
        with self.assertRaisesRegex(
            UserError, "has 6,489 points, so 12,345.50 cannot be taken away"
        ):
            self.adjust("take", 12345.5)
        told = self.adjust("take", 6389)
        self.assertIn("has 100 points now", told["params"]["message"])
        self.program.service_debt_limit = 10
        self.adjust("take", 101)
        self.assertEqual(self.card_of(self.client_partner).points, -1)

    def test_a_client_without_an_account(self):
        partner = self.env["res.partner"].create({"name": "New Silk", "is_company": True})
        self.env["loyalty.service.client"]._ensure(partner, self.env.company)
        dialog = self.dialog(partner)
        dialog.points, dialog.reason = 30, "Welcome"
        dialog.save().action_adjust()
        self.assertEqual(self.card_of(partner).points, 30)

    def test_the_card_asks_the_same(self):
        card = self.card_of(self.client_partner).with_user(self.manager)
        action = card.action_loyalty_update_balance()
        self.assertEqual(action["res_model"], "loyalty.service.points.adjust")
        self.assertEqual(action["context"], {"default_client_id": self.client_record.id})

    def test_only_managers(self):
        Adjust = self.env["loyalty.service.points.adjust"]
        with self.assertRaises(AccessError):
            Adjust.with_user(self.user_loyalty).create(
                {"client_id": self.client_record.id, "points": 5, "reason": "Mine"}
            )

    def test_not_of_another_firm(self):
        other = self.env["res.company"].create({"name": "Other Firm"})
        partner = self.env["res.partner"].create({"name": "Theirs", "is_company": True})
        client = self.env["loyalty.service.client"]._ensure(partner, other)
        with self.assertRaises(AccessError):
            self.env["loyalty.service.points.adjust"].with_user(self.manager).create(
                {"client_id": client.id, "points": 5, "reason": "Mine"}
            )
