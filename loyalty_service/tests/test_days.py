from datetime import date, datetime

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .common import PointsCommon


@tagged("post_install", "-at_install")
class TestDays(PointsCommon):
    """Days are those of the firm, here in Shanghai, eight hours ahead of UTC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.partner_id.tz = "Asia/Shanghai"

    def test_the_day_of_the_firm(self):
        self.assertEqual(
            self.company._loyalty_day(datetime(2025, 12, 31, 16, 30)), date(2026, 1, 1)
        )
        self.assertEqual(self.company._loyalty_moment(date(2026, 1, 1)), datetime(2025, 12, 31, 16))
        with freeze_time("2025-12-31 16:30:00"):
            self.assertEqual(self.company._loyalty_day(), date(2026, 1, 1))
            self.assertEqual(
                self.company._loyalty_happened(date(2026, 1, 1)), datetime(2025, 12, 31, 16, 30)
            )
        # In the evening of that day: what happens then, and what happened on the day before.
        with freeze_time("2026-01-01 12:30:00"):
            happened = self.company._loyalty_happened
            self.assertEqual(happened(date(2026, 1, 1)), datetime(2026, 1, 1, 12, 30))
            self.assertEqual(happened(date(2025, 12, 31)), datetime(2025, 12, 31, 4))

    def test_the_history_reads_by_days_in_the_order_of_booking(self):
        """A payment that is known by its day stands at noon; it came to be known last."""
        told = [
            ("2026-01-01 09:00:00", "The talk of the afternoon"),
            ("2025-12-31 16:30:00", "Half past midnight of the same day"),
            ("2026-01-01 04:00:00", "The day only"),
            ("2025-12-31 04:00:00", "The day before, booked last"),
        ]
        for moment, summary in told:
            self.record(moment, summary=summary)
        client = self.client_of()
        expected = [told[place][1] for place in (2, 1, 0, 3)]
        labels = [line.move.label for line in client._history()]
        self.assertEqual([label.partition(": ")[2] for label in labels], expected)
        self.assertEqual(client.latest_move_ids.mapped("label"), labels)

    def test_where_the_firm_is(self):
        self.company.resource_calendar_id.tz = "Europe/Paris"
        self.assertEqual(self.company._loyalty_tz_name(), "Asia/Shanghai")
        self.company.partner_id.tz = False
        self.assertEqual(self.company._loyalty_tz_name(), "Europe/Paris")
        self.company.resource_calendar_id.tz = "UTC"
        self.company.country_id = self.env.ref("base.cn")
        self.assertEqual(self.company._loyalty_tz_name(), "Asia/Shanghai")
        self.company.country_id = False
        self.assertEqual(self.company._loyalty_tz_name(), "UTC")

    def test_a_rule_until_new_year(self):
        self.rule.date_to = date(2025, 12, 31)
        # Half past midnight on New Year's Day, half past four in the afternoon in Greenwich.
        self.record("2025-12-31 16:30:00")
        self.assertFalse(self.card_of())
        self.record("2025-12-31 15:30:00")
        self.assertEqual(self.card_of().points, 100)

    def test_points_of_new_year(self):
        self.rule.write({"cap_points": 100, "cap_period": "year", "validity_months": 1})
        self.record("2025-12-31 15:30:00", "2025-12-31 16:30:00")
        card = self.card_of()
        moves = card.service_move_ids.sorted("earned_date")
        self.assertEqual(
            moves.mapped("earned_date"), [date(2025, 12, 31), date(2026, 1, 1)], "a year each"
        )
        self.assertEqual(moves[1].expiry_date, date(2026, 1, 31))
        with freeze_time("2026-01-02 04:00:00"):
            line = self.client_of()._history(limit=1)[0]
        self.assertEqual(line.day, date(2026, 1, 1))
        # The last day of January is over at four in the afternoon in Greenwich.
        with freeze_time("2026-01-31 15:30:00"):
            card._expire_due()
            self.assertEqual(card.points, 100, "the first lot has expired")
        with freeze_time("2026-01-31 16:30:00"):
            card._expire_due()
            self.assertEqual(card.points, 0)

    def test_rule_applied_to_the_past(self):
        self.rule.active = False
        self.record("2025-12-31 15:30:00", "2025-12-31 16:30:00")
        self.rule.write({"active": True, "date_from": date(2026, 1, 1)})
        self.rule.action_award_past()
        self.assertEqual(self.card_of().service_move_ids.earned_date, date(2026, 1, 1))

    def test_tiers_and_health_are_of_the_day(self):
        self.record("2025-12-01 02:00:00")
        client = self.client_of()
        with freeze_time("2025-12-31 16:30:00"):
            company = client.company_id
            company.loyalty_reviewed_on = date(2025, 12, 31)
            self.assertTrue(company._loyalty_to_review())
            client._find_due_tiers(company)
            client._update_health_due()
            self.assertEqual(company.loyalty_reviewed_on, date(2026, 1, 1))
            self.assertEqual(client.health_date, date(2026, 1, 1))

    def test_health_counts_what_happened_that_day(self):
        client = self.env["loyalty.service.client"]._ensure(self.client_partner, self.company)
        for day in ("2025-12-20 02:00:00", "2025-12-25 02:00:00", "2025-12-31 16:30:00"):
            self.record(day, code="call")
        model = self.env["loyalty.service.health.model"]._get_for_company(self.company)
        silence = model.dimension_ids.filtered(lambda d: d.metric == "silence")
        self.assertEqual(silence._measure(client, date(2025, 12, 31))[client.id]["days"], 6)
        self.assertEqual(silence._measure(client, date(2026, 1, 1))[client.id]["days"], 0)

    def test_an_order_of_new_year(self):
        service = self.env["product.product"].create(
            {"name": "Bookkeeping", "type": "service", "loyalty_agreement_months": 12}
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.client_partner.id,
                "order_line": [(0, 0, {"product_id": service.id, "price_unit": 1200})],
            }
        )
        with freeze_time("2025-12-31 16:30:00"):
            order.date_order = fields.Datetime.now()
            order.action_confirm()
        agreement = self.env["loyalty.service.agreement"].search(
            [("partner_id", "=", self.client_partner.id)]
        )
        self.assertEqual(agreement.date_start, date(2026, 1, 1))
        self.assertEqual(agreement.date_end, date(2026, 12, 31))
