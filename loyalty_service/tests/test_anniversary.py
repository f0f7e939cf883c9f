from datetime import date, datetime

from freezegun import freeze_time

from odoo.tests import tagged

from .common import PointsCommon


@tagged("post_install", "-at_install")
class TestAnniversary(PointsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.add_rule("anniversary", points_fixed=100)
        cls.agreement = cls.agree(cls.client_partner, date(2024, 2, 29))

    @classmethod
    def agree(cls, partner, start, **values):
        agreement = cls.env["loyalty.service.agreement"].create(
            {"name": "Books", "partner_id": partner.id, "date_start": start, **values}
        )
        agreement.action_start()
        return agreement

    def record_on(self, day):
        """Let the scheduled action run on ``day``; return all anniversaries of the client."""
        Client = self.env["loyalty.service.client"]
        with freeze_time(f"{day} 14:00:00"):
            Client.browse(sorted(Client._anniversaries_due()))._record_anniversaries_due()
        return self.standing(self.client_partner, "anniversary")

    def test_each_full_year_counts_once(self):
        self.assertFalse(self.record_on("2025-02-27"))
        first = self.record_on("2025-02-28")
        self.assertEqual(first.date, datetime(2025, 2, 28, 14), "29 February in another year")
        self.assertEqual(first.origin, f"loyalty.service.client,{self.client_of().id}#1")
        self.assertEqual(first.summary, "Full years: 1")
        self.assertEqual(self.card_of().points, 100)
        self.assertEqual(self.record_on("2025-02-28"), first)
        self.assertEqual(self.record_on("2025-03-04"), first)
        both = self.record_on("2026-02-28")
        self.assertEqual(both.mapped("summary"), ["Full years: 1", "Full years: 2"])
        self.assertEqual(self.card_of().points, 200)
        leap = self.record_on("2028-02-29") - both
        self.assertEqual(leap.date, datetime(2028, 2, 29, 14))

    def test_what_was_missed_is_caught_up_for_a_week(self):
        self.assertFalse(self.record_on("2025-03-08"), "8 days later")
        event = self.record_on("2026-03-07")
        self.assertEqual(event.date, datetime(2026, 2, 28, 12), "7 days later, on its own day")

    def test_a_week_over_new_year(self):
        other = self.env["res.partner"].create({"name": "December Client", "is_company": True})
        self.agree(other, date(2022, 12, 30))
        self.record_on("2025-01-02")
        event = self.standing(other, "anniversary")
        self.assertEqual((event.date, event.summary[-1]), (datetime(2024, 12, 30, 12), "2"))

    def test_only_under_agreement(self):
        with freeze_time("2025-02-20"):
            self.agreement._end(self.env.ref("loyalty_service.end_reason_price"))
        with freeze_time("2025-02-21"):
            self.agreement._turn_due()
        self.assertFalse(self.record_on("2025-02-28"))

    def test_not_before_the_first_full_year(self):
        other = self.env["res.partner"].create({"name": "New Client", "is_company": True})
        self.agree(other, date(2025, 2, 27))
        self.record_on("2025-02-28")
        self.assertFalse(self.standing(other, "anniversary"))

    def test_a_corrected_first_day_makes_no_second_one(self):
        event = self.record_on("2025-02-28")
        self.agree(self.client_partner, date(2022, 3, 3), date_end=date(2024, 2, 28))
        self.assertEqual(self.record_on("2025-03-03"), event)
        self.assertEqual((self.record_on("2026-03-03") - event).summary, "Full years: 4")

    def test_queries_do_not_grow_with_the_clients(self):
        def count(number):
            partners = self.env["res.partner"].create(
                [{"name": f"Many {place}", "is_company": True} for place in range(number)]
            )
            for partner in partners:
                self.agree(partner, date(2020, 6, 1))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.record_on("2025-06-01")
            self.env.flush_all()
            self.assertEqual(len(self.standing(partners[-1], "anniversary")), 1)
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertLessEqual(abs(count(12) - count(3)), 4)
