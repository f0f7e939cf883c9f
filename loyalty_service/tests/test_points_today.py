from datetime import datetime, timedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import PointsCommon


@tagged("post_install", "-at_install")
class TestPointsToday(PointsCommon):
    """The day after points expired, before any scheduled action has looked at them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # 100 points until 31 January 2030, 100 until 30 June 2030.
        cls.record("2029-02-01", "2029-07-01")
        cls.card = cls.env["loyalty.card"].search([("program_id", "=", cls.program.id)])

    def setUp(self):
        super().setUp()
        freezer = freeze_time("2030-02-01 00:20:00")
        freezer.start()
        self.addCleanup(freezer.stop)
        self.env.invalidate_all()

    def test_the_ledger_is_not_touched_by_looking(self):
        client = self.client_of()
        self.assertEqual((client.points, client.points_today), (200, 100))
        self.assertEqual(self.card.points_display, "100 Points")
        self.assertEqual(self.card._format_points(1234567), "1,234,567 Points")
        self.assertEqual(self.card._format_points(-0.001), "0 Points")
        self.assertLedger(self.card, 200)
        self.env["loyalty.card"]._expire(self.card)
        self.assertLedger(self.card, 100)
        self.assertEqual((client.points, client.points_today), (100, 100))

    def test_on_the_last_day_all_is_there(self):
        with freeze_time("2030-01-31 23:50:00"):
            self.assertEqual(self.client_of().points_today, 200)

    def test_on_the_form(self):
        partner = self.client_partner.with_user(self.user_loyalty)
        self.assertEqual(partner.loyalty_points, 100)
        self.assertIn("06/30/2030", partner.loyalty_expiring_text)
        self.assertTrue(partner.loyalty_expiring_text.startswith("100 of them"))

    def test_in_the_portal(self):
        values = self.client_of()._prepare_portal_values()
        self.assertEqual(values["balance"], 100)
        self.assertEqual([points for _day, points in values["lots"]], [100])
        self.assertEqual(
            self.client_of()._prepare_portal_card_values()["card"]["points_display"], "100 Points"
        )

    def test_the_history_adds_up(self):
        lines = self.client_of()._history()
        self.assertEqual([line.points for line in lines], [-100, 100, 100])
        self.assertEqual(lines[0].move.label, "Expired")
        self.assertEqual(str(lines[0].day), "2030-02-01")
        self.assertEqual(len(self.client_of()._history(offset=1)), 1)

    def test_on_the_statement(self):
        values = self.client_of()._prepare_statement_values()
        self.assertEqual(values["balance"], 100)
        self.assertEqual(
            values["opening"] + sum(line.points for line in values["lines"]), values["balance"]
        )
        self.assertEqual([points for _text, points in values["expiries"]], [100])
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "loyalty_service.client_statement", self.client_of().ids
        )
        self.assertIn(b"Expired", html)
        self.assertNotIn(b"01/31/2030", html)

    def test_what_can_be_redeemed(self):
        client = self.client_of()
        reward = self.env["loyalty.reward"].create(
            {
                "program_id": self.program.id,
                "reward_type": "discount",
                "discount": 50,
                "discount_mode": "per_order",
                "required_points": 150,
            }
        )
        self.assertEqual(client._spendable(reward), 100)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.contact.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.env["product.product"]
                            .create({"name": "Report", "type": "service", "taxes_id": False})
                            .id,
                            "price_unit": 500,
                        }
                    )
                ],
            }
        )
        order._update_programs_and_rewards()
        self.assertEqual(order._get_real_points_for_coupon(self.card), 100)
        self.assertNotIn(reward, order._get_claimable_rewards()[self.card])
        by_point = self.program.reward_ids.filtered(
            lambda other: other.discount_mode == "per_point"
        )
        wizard = self.env["sale.loyalty.reward.wizard"].create(
            {"order_id": order.id, "selected_reward_id": by_point.id}
        )
        self.assertEqual(wizard.loyalty_balance, 100)
        order._apply_program_reward(by_point, self.card)
        self.assertEqual(order.loyalty_points_text, "100 points are used, 0 remain.")

    def test_debts_are_told_in_full(self):
        """All that is there is spent, and both awards are undone: what has expired is not owed."""
        with freeze_time("2030-01-01 12:00:00"):
            self.card.points = 0
            self.card.service_move_ids.event_id._reverse("Undone")
        client = self.client_of()
        self.assertEqual((client.points, client.points_today), (-200, -200))
        self.assertEqual(client._open_lots()[client], [(None, -200)])

    def test_no_query_where_nothing_is_past(self):
        with freeze_time("2030-01-01 12:00:00"):
            cards = self.card.with_context(prefetch_fields=False)
            cards._points_past()
            with self.assertQueryCount(0):
                self.assertEqual(cards._points_past(), {})

    def test_the_action_runs_at_midnight(self):
        cron = self.env.ref("loyalty_service.ir_cron_expire_points")
        trigger = self.env["ir.cron.trigger"]
        mine = [("cron_id", "=", cron.id)]
        trigger.search(mine).unlink()
        for _time in range(2):
            self.env["loyalty.card"]._expire_at_midnight()
        moments = trigger.search(mine).mapped("call_at")
        company = self.env.company
        self.assertIn(datetime(2030, 2, 2), moments)
        self.assertEqual(
            company._loyalty_day(datetime(2030, 2, 2)), company._loyalty_day() + timedelta(1)
        )
        self.assertEqual(len(moments), len(set(moments)))


@tagged("post_install", "-at_install")
class TestPointsKept(PointsCommon):
    """Nobody loses the history of a client by deleting a contact."""

    def test_a_contact_with_points(self):
        """50 points by hand, and no event."""
        newcomer = self.env["res.partner"].create({"name": "New Here", "is_company": True})
        card = self.env["loyalty.card"].create(
            {"program_id": self.program.id, "partner_id": newcomer.id, "points": 50}
        )
        with self.assertRaisesRegex(UserError, "New Here has a history"):
            newcomer.unlink()
        self.assertLedger(card, 50)
        self.assertEqual(card.service_move_ids.partner_id, newcomer)
        card.points = 0
        with self.assertRaisesRegex(UserError, "merge"):
            newcomer.unlink()

    def test_a_contact_with_events(self):
        self.record(code="training")
        with self.assertRaisesRegex(UserError, "Archive the contact"):
            self.client_partner.unlink()

    def test_a_contact_with_a_tier(self):
        newcomer = self.env["res.partner"].create({"name": "New Here", "is_company": True})
        client = self.env["loyalty.service.client"]._ensure(newcomer, self.env.company)
        self.env["loyalty.service.tier.change"].sudo().create(
            {"client_id": client.id, "to_tier_id": self.top.id, "reason": "override"}
        )
        with self.assertRaises(UserError):
            newcomer.unlink()

    def test_of_several_the_one_that_stays_is_named(self):
        other = self.env["res.partner"].create({"name": "Never Seen"})
        self.record()
        with self.assertRaisesRegex(UserError, "Shanghai Lantern"):
            (other + self.client_partner).unlink()

    def test_who_was_never_a_client(self):
        """Nor one whose record is empty, nor a contact of a client."""
        self.record(partner=self.contact)
        newcomer = self.env["res.partner"].create({"name": "New Here", "is_company": True})
        self.env["loyalty.service.client"]._ensure(newcomer, self.env.company)
        (newcomer + self.contact).unlink()
        self.assertFalse((newcomer + self.contact).exists())

    def test_merged(self):
        """What was of the one is of the other, and the first may go."""
        newcomer = self.env["res.partner"].create({"name": "New Here", "is_company": True})
        self.env["loyalty.card"].create(
            {"program_id": self.program.id, "partner_id": newcomer.id, "points": 50}
        )
        self.record()
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (self.client_partner + newcomer).ids, self.client_partner
        )
        self.assertFalse(newcomer.exists())
        self.assertLedger(self.card_of(), 150)
