from datetime import timedelta

from odoo import fields
from odoo.tests import Form, tagged, warmup

from .common import PointsCommon


@tagged("post_install", "-at_install")
class TestRulePreview(PointsCommon):
    """What the form says a rule would have given is what it gives."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.other = cls.env["res.partner"].create({"name": "Other"})
        cls.third = cls.env["res.partner"].create({"name": "Third"})

    def day(self, ago):
        return fields.Datetime.to_datetime(self.today - timedelta(days=ago))

    def preview(self, **values):
        """Return the text of the form for a rule that is not saved."""
        form = Form(
            self.env["loyalty.service.earning.rule"].with_context(
                default_program_id=self.program.id, allowed_company_ids=self.env.company.ids
            )
        )
        form.event_type_id = self.env.ref("loyalty_service.event_type_training")
        for name, value in {"points_fixed": 10, "use_tier_multiplier": False, **values}.items():
            form[name] = value
        return form.preview["text"]

    def attend(self, *ages, partner=None, **values):
        return self.record(*map(self.day, ages), code="training", partner=partner, **values)

    def test_events_points_and_clients(self):
        """3 + 1 events of 10 + 0.1 x 1999 = 209.9: 209 points each. Others do not count."""
        self.attend(1, 20, 90, amount=1999)
        self.attend(5, partner=self.other, amount=1999)
        self.attend(5, partner=self.third)._reverse("Mistake")
        self.attend(91, amount=1999)
        self.record(self.day(1), code="call")
        self.assertEqual(
            self.preview(points_per_unit=0.1),
            "In the last 90 days: 4 events, 836 points, 2 clients",
        )

    def test_the_example_counts_the_money_of_the_company(self):
        """As the rule does: the programme's may be another one, if only for its discounts."""
        euro, yuan = self.env.ref("base.EUR"), self.env.ref("base.CNY")
        (euro + yuan).active = True
        self.program.currency_id = euro
        rule = self.add_rule("training", points_per_unit=0.1, use_tier_multiplier=False)
        symbol = self.env.company.currency_id.symbol
        self.assertIn(symbol, rule.example)
        self.assertNotIn("€", rule.example)
        sister = self.env["res.company"].create({"name": "Sister Firm", "currency_id": yuan.id})
        self.assertIn("¥", rule.with_company(sister).example)
        rule.points_per_unit = 0
        self.assertNotIn(symbol, rule.example)

    def test_filter(self):
        self.attend(1, amount=500)
        self.attend(2, amount=499)
        self.assertIn("1 event, 10 points", self.preview(domain="[('amount', '>=', 500)]"))
        self.assertIn("none that passes", self.preview(domain="[('amount', '>=', 501)]"))

    def test_nothing_to_show(self):
        self.assertIn("No event of this type", self.preview())
        self.assertIn("cannot be read", self.preview(domain="[("))

    def test_the_tiers_of_today(self):
        """One client in Middle: 10 x 1.5 = 15 each; the other in Start: 10."""
        self.record(None, None)
        self.assertEqual(self.client_of().tier_id, self.middle)
        self.attend(1, 2)
        self.attend(1, partner=self.other)
        self.assertIn("3 events, 40 points, 2 clients", self.preview(use_tier_multiplier=True))

    def test_caps_of_the_calendar(self):
        """At most 25 of 30 ever. Before the 90 days 20 were used: 5 are left."""
        self.attend(1, 2, 3)
        self.assertIn("3 events, 25 points", self.preview(cap_points=25, cap_period="ever"))
        self.attend(91, 92)
        self.assertIn("3 events, 5 points", self.preview(cap_points=25, cap_period="ever"))
        self.attend(93)
        self.assertIn(
            "3 events, 0 points, 0 clients", self.preview(cap_points=25, cap_period="ever")
        )

    def test_it_says_what_the_rule_gives(self):
        """The same events, recorded with the rule in force, earn what the preview says."""
        for period in ("month", "quarter", "year", "ever"):
            values = {
                "points_fixed": 3,
                "points_per_unit": 0.05,
                "use_tier_multiplier": True,
                "cap_points": 130,
                "cap_period": period,
                "domain": "[('amount', '>', 150)]",
            }
            self.record(None, None, partner=self.other)
            with self.subTest(period=period), self.env.cr.savepoint() as savepoint:
                rule = self.add_rule("training", **values, qualifies=False)
                for ago in (89, 70, 45, 44, 30, 12, 3, 1):
                    self.attend(ago, amount=1000 + ago)
                    self.attend(ago, amount=100 + ago, partner=self.other)
                given = sum(
                    self.env["loyalty.service.move"]
                    .search([("rule_id", "=", rule.id)])
                    .mapped("points")
                )
                self.assertTrue(given)
                self.assertIn(f" {given:,.0f} points", self.preview(**values))
                savepoint.rollback()

    def test_the_events_behind_it_can_be_opened(self):
        wanted = self.attend(1, 2, amount=500)
        self.attend(1, amount=2)
        rule = self.add_rule("training", points_fixed=1, domain="[('amount', '>', 2)]")
        events = self.Event.search(rule.preview["domain"])
        self.assertEqual(events, wanted.sorted(lambda event: event.date, reverse=True))

    def test_other_firms_do_not_count(self):
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        self.attend(1, company_id=sister.id)
        self.assertIn("No event", self.preview())
        self.env.user.company_ids += sister
        both = self.rule.with_context(allowed_company_ids=(self.env.company + sister).ids)
        both.event_type_id = self.env.ref("loyalty_service.event_type_training")
        self.assertIn("1 event, 100 points", both.preview["text"])

    def test_nothing_is_written(self):
        self.attend(1)
        self.env.flush_all()
        before = self.env["loyalty.service.earning.rule"].search_count([])
        moves = self.env["loyalty.service.move"].search_count([])
        self.preview()
        self.assertEqual(self.env["loyalty.service.earning.rule"].search_count([]), before)
        self.assertEqual(self.env["loyalty.service.move"].search_count([]), moves)

    @warmup
    def test_the_number_of_queries_does_not_depend_on_the_number_of_events(self):
        def cost(rule):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertTrue(rule.preview)
            return self.cr.sql_log_count - before

        rule = self.add_rule("training", points_fixed=1, cap_points=5)
        self.attend(*range(1, 6))
        few = cost(rule)
        self.attend(*range(1, 60))
        self.assertLessEqual(cost(rule), few)
