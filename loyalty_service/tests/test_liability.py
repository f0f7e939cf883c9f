from datetime import date, datetime

from odoo import Command
from odoo.tests import freeze_time, tagged

from .common import PointsCommon


@tagged("post_install", "-at_install")
class TestLiability(PointsCommon):
    def held(self, day, companies=None):
        rows = self.env["loyalty.service.move"]._read_liability(self.program, day, companies)
        return [(row.expiry, row.is_debt, row.points, row.lots) for row in rows]

    def test_what_clients_held_on_a_day(self):
        """Two referrals in January, one in March, 150 of the points spent in April.

        The lots are 100 points for 12 months each, the day on which they were earned being the
        first; the earlier ones are spent first.
        """
        self.record(datetime(2025, 1, 10), datetime(2025, 1, 10), datetime(2025, 3, 5))
        card = self.card_of()
        with freeze_time("2025-04-20 12:00:00"):
            card.points -= 150
        january, march = date(2026, 1, 9), date(2026, 3, 4)
        self.assertEqual(self.held(date(2025, 1, 9)), [])
        self.assertEqual(self.held(date(2025, 1, 10)), [(january, False, 200, 2)])
        self.assertEqual(
            self.held(date(2025, 4, 19)), [(january, False, 200, 2), (march, False, 100, 1)]
        )
        self.assertEqual(
            self.held(date(2025, 4, 20)), [(january, False, 50, 1), (march, False, 100, 1)]
        )
        other = self.env["res.company"].create({"name": "Sister Firm"})
        self.assertEqual(self.held(date(2025, 4, 20), other), [])

    def test_all_points_are_there_with_what_is_owed(self):
        """An award is undone whose points are spent: the client owes them."""
        events = self.record(datetime(2025, 1, 10))
        card = self.card_of()
        with freeze_time("2025-04-20 12:00:00"):
            card.points -= 60
        events._reverse("Undone")
        rows = self.env["loyalty.service.move"]._read_liability(self.program, date(2030, 1, 1))
        self.assertEqual([(row.is_debt, row.points) for row in rows], [(True, -60)])
        self.assertEqual(sum(row.points for row in rows), card.points)

    def test_any_number_of_clients_costs_the_same(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Client {number}", "is_company": True} for number in range(30)]
        )
        Move = self.env["loyalty.service.move"]
        self.record(datetime(2025, 1, 10))
        Move._read_liability(self.program, date(2025, 2, 1))
        with self.assertQueryCount(2):
            Move._read_liability(self.program, date(2025, 2, 1))
        for partner in partners:
            self.record(datetime(2025, 1, 10), partner=partner)
        Move._read_liability(self.program, date(2025, 2, 1))
        with self.assertQueryCount(2):
            [row] = Move._read_liability(self.program, date(2025, 2, 1))
        self.assertEqual((row.points, row.lots), (3100, 31))

    def test_the_value_of_a_point(self):
        """As the reward has it, until somebody says otherwise."""
        self.assertEqual(self.program.service_point_value, 1.0)
        self.program.reward_ids.discount = 0.1
        self.assertEqual(self.program.service_point_value, 0.1)
        self.program.reward_ids = [
            Command.create(
                {
                    "reward_type": "discount",
                    "discount_mode": "per_order",
                    "discount": 50,
                    "discount_applicability": "order",
                    "required_points": 200,
                }
            )
        ]
        self.assertEqual(self.program.service_point_value, 0.25)
        self.program.write({"service_value_by_reward": False, "service_point_value": 0.07})
        self.program.reward_ids[0].discount = 2.0
        self.assertEqual(self.program.service_point_value, 0.07)
        self.program.service_value_by_reward = True
        self.assertEqual(self.program.service_point_value, 2.0)
        self.program.reward_ids.write({"discount_mode": "percent"})
        self.assertEqual(self.program.service_point_value, 0)
