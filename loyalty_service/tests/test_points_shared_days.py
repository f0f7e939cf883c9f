from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from ..models.loyalty_card import Source
from .common import PointsCommon

# The last day of the points is 9 February. Then it is 10 February, 1 o'clock, in Shanghai, and
# noon of 9 February in New York.
NOON = "2031-02-09 17:00:00"
# And midnight in New York.
MIDNIGHT = "2031-02-10 05:00:00"


@tagged("post_install", "-at_install")
class TestPointsSharedDays(PointsCommon):
    """A programme that firms in two time zones share: points end with the day of who gave them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shanghai = cls.env.company
        cls.shanghai.partner_id.tz = "Asia/Shanghai"
        cls.york = cls.env["res.company"].create({"name": "New York"})
        cls.york.partner_id.tz = "America/New_York"
        cls.rule.write({"validity_months": 1, "points_fixed": 50})
        with freeze_time("2031-01-10 15:00:00"):
            cls.record("2031-01-10 15:00:00", company_id=cls.york.id)
        cls.card = cls.env["loyalty.card"].search([("partner_id", "=", cls.client_partner.id)])

    def setUp(self):
        super().setUp()
        # Time passes within a test, and nothing is written that would say so.
        self.env.invalidate_all()

    def in_both(self):
        """Give 30 points in Shanghai, too, with the same last day."""
        self.rule.points_fixed = 30
        with freeze_time("2031-01-10 15:00:00"):
            self.record("2031-01-10 15:00:00", company_id=self.shanghai.id)
        self.assertLedger(self.card, 80)
        self.assertEqual(len(set(self.card.service_move_ids.mapped("expiry_date"))), 1)

    def expired(self):
        moves = self.card.service_move_ids.filtered(lambda move: move.kind == "expire")
        return [(move.company_id, move.points) for move in moves.sorted("id")]

    def test_whoever_looks_the_day_is_that_of_the_firm(self):
        for company in (self.shanghai, self.york):
            card = self.card.with_company(company)
            with self.subTest(company=company.name):
                with freeze_time(NOON):
                    card.invalidate_recordset()
                    self.assertEqual(card._points_today(), 50)
                    self.assertEqual(card.points_display, "50 Points")
                with freeze_time(MIDNIGHT):
                    card.invalidate_recordset()
                    self.assertEqual(card._points_today(), 0)

    def test_the_scheduled_action_works_for_all_firms(self):
        Card = self.env["loyalty.card"]
        with freeze_time(NOON):
            self.assertIn(self.card.id, Card._ids_to_expire("2031-02-10"))
            Card._expire(self.card)
            self.assertLedger(self.card, 50)
            self.assertEqual(str(self.card.service_next_expiry), "2031-02-09")
        with freeze_time(MIDNIGHT):
            self.assertIn(self.card.id, Card._ids_to_expire("2031-02-10"))
            Card._expire(self.card)
            self.assertLedger(self.card, 0)
            self.assertFalse(self.card.service_next_expiry)
        self.assertEqual(self.expired(), [(self.york, -50)])

    def test_each_lot_of_an_account_by_itself(self):
        self.in_both()
        client = self.client_of()
        with freeze_time(NOON):
            self.env.invalidate_all()
            self.assertEqual(client.points_today, 50)
            self.assertEqual([points for _day, points in client._open_lots()[client]], [50])
            self.env["loyalty.card"]._expire(self.card)
            self.assertLedger(self.card, 50)
        self.assertEqual(self.expired(), [(self.shanghai, -30)])
        with freeze_time(MIDNIGHT):
            self.env["loyalty.card"]._expire(self.card)
        self.assertEqual(self.expired(), [(self.shanghai, -30), (self.york, -50)])
        self.assertLedger(self.card, 0)

    def test_a_spend_takes_what_is_there(self):
        self.in_both()
        with freeze_time(NOON):
            order = self.card.with_context(loyalty_service_source=Source("sale.order,1", "S1"))
            with self.assertRaises(UserError):
                order.points -= 51
            order.points -= 40
        self.assertLedger(self.card, 10)
        self.assertEqual(self.expired(), [(self.shanghai, -30)])

    def test_a_person_who_takes_points_away(self):
        """The manager sits in Shanghai, where it is the next day."""
        client = self.env["loyalty.service.client"]._ensure(self.client_partner, self.shanghai)
        with freeze_time(NOON):
            client.with_user(self.user_manager)._adjust_points(10, "Goodwill")
            client.with_user(self.user_manager)._adjust_points(-20, "Given twice")
        self.assertLedger(self.card, 40)
        self.assertFalse(self.expired())

    def test_a_balance_within_its_days_costs_no_query(self):
        with freeze_time("2031-01-20 12:00:00"):
            self.card.service_next_expiry  # noqa: B018
            with self.assertQueryCount(0):
                self.card._points_past()
