from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged, warmup

from .common import PointsCommon


@tagged("post_install", "-at_install")
class TestPointsEarning(PointsCommon):
    """Events give points by rules, exactly once, and take them back exactly."""

    def balance(self, partner=None):
        return self.card_of(partner).points

    def changes(self, client):
        changes = self.env["loyalty.service.tier.change"].search(
            [("client_id", "=", client.id)], order="id"
        )
        return changes.mapped(lambda change: (change.reason, change.qualifying_points))

    def test_an_event_of_a_contact_earns_for_the_company(self):
        self.record(partner=self.contact)
        self.assertLedger(self.card_of(), 100)

    def test_an_event_earns_once(self):
        for _attempt in range(3):
            self.record(origin="crm,1")
        self.record(None, None, origin="crm,1")
        self.assertLedger(self.card_of(), 100)

    def test_formula_and_multiplier(self):
        """Start: 10 + 0.1 x 1999 = 209.9 -> 209. Then Middle (209 of 200): x 1.5 = 314.85."""
        self.add_rule("praise", points_fixed=10, points_per_unit=0.1, use_tier_multiplier=True)
        self.record(code="praise", amount=1999)
        self.assertEqual(self.balance(), 209)
        self.assertEqual(self.client_of().tier_id, self.middle)
        self.record(code="praise", amount=1999)
        self.assertEqual(self.balance(), 209 + 314)

    def test_filter_and_dates(self):
        self.rule.write(
            {
                "domain": "[('amount', '>=', 500)]",
                "date_from": "2026-01-01",
                "date_to": "2026-12-31",
            }
        )
        self.record("2026-01-01", amount=499)
        self.record("2025-12-31", "2027-01-01", amount=500)
        self.assertFalse(self.card_of())
        self.record("2026-01-01", "2026-12-31 23:59:59", amount=500)
        self.assertEqual(self.balance(), 200)

    def test_a_filter_that_cannot_be_read(self):
        for domain in ("[('nonsense', '=', 1)]", "[(", "import os"):
            with self.assertRaises(ValidationError):
                self.rule.domain = domain

    def test_caps(self):
        """At most 250 a month: 100 + 100 + 50 in March, 100 in April; another client apart."""
        self.rule.write({"cap_points": 250, "cap_period": "month"})
        self.record("2026-03-01", "2026-03-02")
        self.record("2026-03-03", "2026-03-04", "2026-04-01")
        self.assertEqual(self.balance(), 350)
        other = self.env["res.partner"].create({"name": "Other"})
        self.record("2026-03-05", partner=other)
        self.assertEqual(self.balance(other), 100)

    def test_what_is_taken_back_frees_the_cap(self):
        self.rule.write({"cap_points": 100, "cap_period": "year"})
        first = self.record("2026-03-01")
        self.record("2026-03-02")
        self.assertEqual(self.balance(), 100)
        first._reverse("Not a referral")
        self.assertEqual(self.balance(), 0)
        self.record("2026-03-03")
        self.assertEqual(self.balance(), 100)

    def test_expiry_of_what_is_earned(self):
        self.record("2026-01-31")
        self.assertEqual(self.lots(self.card_of()), [(date(2027, 1, 30), 100)])
        self.rule.validity_months = 0
        self.record("2026-01-31")
        self.assertEqual(self.lots(self.card_of())[-1], (None, 100))

    def test_reversal_takes_back_its_own_lot(self):
        first, second = self.record("2026-01-31", "2026-02-28")
        (undoing,) = first._reverse("Credited")
        card = self.card_of()
        self.assertLedger(card, 100)
        self.assertEqual(self.lots(card), [(date(2027, 2, 27), 100)])
        taken = undoing.move_ids
        self.assertEqual(taken.reverses_id.event_id, first)
        self.assertEqual(taken.points, -100)
        self.assertEqual(taken.label, "Taken back (Rule for referral_won): Credited")
        first._reverse("Again")
        self.assertLedger(card, 100)
        second._reverse("Credited, too")
        self.assertLedger(card, 0)

    def test_reversal_of_spent_points_is_owed_and_settled(self):
        """100 earned and spent; undone: 100 owed; the next 100 settle it."""
        event = self.record("2026-01-31")
        card = self.card_of()
        card.points = 0
        event._reverse("Credited")
        self.assertLedger(card, -100)
        self.record("2026-02-28")
        self.assertLedger(card, 0)
        self.assertEqual(self.lots(card), [])

    def test_reversal_of_expired_points_owes_nothing(self):
        event = self.record("2024-01-31")
        card = self.card_of()
        card._expire(card, date(2026, 1, 1))
        event._reverse("Credited late")
        self.assertLedger(card, 0)

    def test_a_rule_can_be_applied_to_the_past(self):
        self.rule.active = False
        event, undone = self.record("2026-01-31", "2026-02-28")
        undone._reverse("Mistake")
        self.rule.active = True
        with self.assertRaises(AccessError):
            self.rule.with_user(self.user_loyalty).action_award_past()
        self.rule.with_user(self.user_manager).action_award_past()
        self.assertLedger(self.card_of(), 100)
        self.assertEqual(event.points, 100)
        self.rule.with_user(self.user_manager).action_award_past()
        self.assertLedger(self.card_of(), 100)

    def test_a_user_of_the_loyalty_app_logs_and_points_follow(self):
        self.add_rule("call", points_fixed=100)
        self.Event.with_user(self.user_loyalty).create(
            {
                "type_id": self.type_call.id,
                "partner_id": self.client_partner.id,
            }
        )
        self.assertLedger(self.card_of(), 100)

    def test_tiers_go_up_at_once_and_keep_why(self):
        today = fields.Date.today()
        self.record(today)
        client = self.client_of()
        self.assertEqual((client.tier_id, client.next_tier_id), (self.start, self.middle))
        self.assertEqual((client.tier_progress, client.points_to_next), (50, 100))
        self.record(today)
        self.assertEqual(client.tier_id, self.middle)
        self.assertEqual(client.qualifying_points, 200)
        self.assertEqual(client.tier_progress, 40, "200 of 500")
        self.assertEqual(client.next_tier_text, "300 to Top")
        client.card_id.points = 0
        self.assertEqual(client.tier_id, self.middle, "spending takes nothing away")
        self.assertEqual(self.changes(client), [("entered", 0), ("raised", 200)])
        self.assertEqual(client.tier_change_ids.from_tier_id, self.start)
        self.assertEqual(client.tier_change_ids.to_tier_id, self.start + self.middle)

    def test_nothing_is_above_the_top(self):
        self.record(*[fields.Date.today()] * 5)
        client = self.client_of()
        self.assertEqual(client.tier_id, self.top)
        self.assertFalse(client.next_tier_id)
        self.assertIs(client.next_tier_text, False)

    def test_points_that_do_not_qualify(self):
        self.rule.qualifies = False
        self.record(fields.Date.today())
        self.assertEqual((self.balance(), self.client_of().qualifying_points), (100, 0))

    def test_old_points_do_not_qualify(self):
        today = fields.Date.today()
        edge = today - relativedelta(months=12)
        self.record(edge, edge + timedelta(days=1))
        self.assertEqual(self.client_of().qualifying_points, 100)

    def test_down_only_at_the_review_after_the_days_of_grace(self):
        today = fields.Date.today()
        events = self.record(today, today)
        client = self.client_of()
        self.assertEqual(client.tier_id, self.middle)
        events[:1]._reverse("Credited")
        self.assertEqual(client.tier_id, self.middle)
        self.assertEqual(client.tier_review_date, today + timedelta(days=30))
        client._update_tiers(review=True)
        self.assertEqual(client.tier_id, self.middle)
        client.tier_review_date = today
        client._update_tiers()
        self.assertEqual(client.tier_id, self.middle, "only the review lowers")
        client._update_tiers(review=True)
        self.assertEqual(client.tier_id, self.start)
        self.assertFalse(client.tier_review_date)
        self.assertEqual(self.changes(client), [("entered", 0), ("raised", 200), ("lowered", 100)])

    def test_points_in_time_call_the_review_off(self):
        today = fields.Date.today()
        event, _other = self.record(today, today)
        event._reverse("Credited")
        self.assertTrue(self.client_of().tier_review_date)
        self.record(today)
        self.assertFalse(self.client_of().tier_review_date)
        self.assertEqual(self.client_of().tier_id, self.middle)

    def test_companies_have_their_own_programme(self):
        other = self.env["res.company"].create({"name": "Sister Firm"})
        own = self.program.copy({"company_id": other.id})
        self.record(company_id=other.id)
        self.assertFalse(self.card_of(), "the sister's programme has no rules")
        self.add_rule("referral_won", program_id=own.id, points_fixed=7)
        self.record(company_id=other.id)
        self.record()
        self.assertEqual(self.balance(), 100)
        card = self.env["loyalty.card"].search([("program_id", "=", own.id)])
        self.assertEqual(card.points, 7)
        self.assertEqual(card.service_move_ids.company_id, other)

    def test_a_branch_takes_part_in_what_all_share(self):
        company = self.env.company
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": company.id})
        get = self.env["loyalty.program"]._get_service_program
        self.assertEqual([get(one) for one in (company, branch)], [self.program] * 2)
        own = self.program.copy({"company_id": company.id, "sequence": 50})
        self.assertEqual([get(one) for one in (company, branch)], [own, self.program])

    def test_the_portal_tells_the_rules_of_today(self):
        """Neither those that are over nor those that have not begun."""
        with freeze_time("2026-03-10"):
            ended = self.add_rule("gift", date_to=date(2026, 3, 9))
            coming = self.add_rule("gift", date_from=date(2026, 3, 11))
            running = self.add_rule("gift", date_from=date(2026, 3, 10), date_to=date(2026, 3, 10))
            self.record()
            told = self.client_of()._prepare_portal_values()["rules"]
        self.assertEqual(told, self.rule + running)
        self.assertFalse(told & (ended + coming))

    def test_points_of_a_shared_programme_lift_the_client_everywhere(self):
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        self.record(company_id=sister.id)
        event = self.record()
        clients = self.card_of().service_client_ids
        self.assertEqual(clients.company_id, self.env.company + sister)
        self.assertEqual(clients.mapped("qualifying_points"), [200, 200])
        self.assertEqual(clients.tier_id, self.middle)
        event._reverse("Credited")
        self.assertEqual(clients.mapped("qualifying_points"), [100, 100])
        self.assertTrue(all(clients.mapped("tier_review_date")))

    def test_another_programme_takes_over(self):
        """What is earned from then on is on the account that everybody looks at."""
        self.record()
        client, old = self.client_of(), self.program
        # The firm has one of its own from now on, in place of that which firms share.
        old.company_id = False
        new = old.copy(
            {
                "name": "Our own",
                "service_points": True,
                "company_id": self.env.company.id,
                "rule_ids": [],
            }
        )
        self.assertFalse(client.card_id)
        self.rule.copy({"program_id": new.id, "active": True})
        self.record()
        self.assertEqual(client.card_id.program_id, new)
        self.assertEqual((client.points, self.card_of().points), (100, 100))
        # And back: both accounts are as they were.
        new.active = False
        self.assertEqual((client.card_id, client.points), (self.card_of(), 100))
        self.record()
        self.assertEqual(client.points, 200)
        # Without any programme a client keeps seeing what it has.
        old.active = False
        self.assertEqual(client.points, 200)

    def test_below_the_lowest_tier(self):
        self.start.threshold = 150
        client = self.env["loyalty.service.client"]._ensure(self.client_partner, self.env.company)
        client._update_tiers()
        client._update_tiers()
        client.tier_id, before = False, client.tier_change_ids
        client._update_tiers()
        self.assertEqual(client.tier_change_ids, before, "without a tier it stays without")
        event, _other = self.record(None, None)
        self.assertEqual(client.tier_id, self.middle)
        event._reverse("Credited")
        review = fields.Date.today() + timedelta(days=30)
        self.assertEqual((client.tier_id, client.tier_review_date), (self.middle, review))
        client._update_tiers(review=True)
        with freeze_time(review):
            client._update_tiers(review=True)
        self.assertFalse(client.tier_id)
        client.invalidate_recordset(["tier_change_ids"])
        change = client.tier_change_ids[0]
        self.assertEqual((change.from_tier_id, change.reason), (self.middle, "lowered"))

    def _cost_of(self, number):
        partners = self.env["res.partner"].create(
            [{"name": f"Client {place}", "is_company": True} for place in range(number)]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.Event.create(
            [
                {
                    "type_id": self.rule.event_type_id.id,
                    "partner_id": partner.id,
                    "origin": f"flat,{number},{partner.id}",
                }
                for partner in partners
            ]
        )
        self.env.flush_all()
        cost = self.cr.sql_log_count - before
        self.assertEqual(sum(partners.mapped(self.balance)), 100 * number)
        return cost

    @warmup
    def test_the_number_of_queries_does_not_depend_on_the_number_of_events(self):
        self.rule.write({"cap_points": 1000})
        self._cost_of(1)
        few, many = self._cost_of(10), self._cost_of(100)
        self.assertLessEqual(many, few + 2, f"{few} queries for 10 events, {many} for 100")

    def test_the_pricelist_of_the_tier(self):
        today = fields.Date.today()
        first, second, agreed = self.env["product.pricelist"].create(
            [{"name": name} for name in ("First", "Second", "Agreed")]
        )
        self.middle.pricelist_id = first
        self.record(today)
        self.assertFalse(self.client_partner.specific_property_product_pricelist)
        event = self.record(today)
        self.assertEqual(self.client_partner.specific_property_product_pricelist, first)
        self.assertEqual(self.contact.specific_property_product_pricelist, first)
        self.middle.with_user(self.user_manager).pricelist_id = second
        self.assertEqual(self.client_partner.specific_property_product_pricelist, second)
        event._reverse("Credited")
        self.client_of()._update_tiers(review=True)
        self.client_of().tier_review_date = today
        self.client_of()._update_tiers(review=True)
        self.assertFalse(self.client_partner.specific_property_product_pricelist)
        self.client_partner.specific_property_product_pricelist = agreed
        self.record(today)
        self.assertEqual(self.client_partner.specific_property_product_pricelist, agreed)

    # ------------------------------------------------------------------
    # Who tells of what is long over
    # ------------------------------------------------------------------

    def logged(self, date, user, code="call"):
        return self.Event.with_user(user).create(
            {
                "type_id": self.env.ref(f"loyalty_service.event_type_{code}").id,
                "partner_id": self.client_partner.id,
                "date": date,
            }
        )

    def test_caps_of_years_that_are_over_are_for_managers(self):
        """At most 50 a year; each year would be another 50 for whoever writes a date."""
        rule = self.add_rule("call", points_fixed=50, cap_points=50, cap_period="year")
        with freeze_time("2030-03-15 12:00:00"):
            for date in ("2030-01-31 12:00:00", "2029-06-01 12:00:00", "1990-01-01 12:00:00"):
                with self.subTest(date=date):
                    with self.assertRaises(UserError) as refused:
                        self.logged(date, self.user_loyalty)
                    self.assertIn("recorded by managers", str(refused.exception))
            self.assertFalse(self.card_of())
            self.logged("2030-02-01 12:00:00", self.user_loyalty)
            self.logged("2030-03-15 11:00:00", self.user_loyalty)
            self.assertLedger(self.card_of(), 50)
            self.logged("2029-06-01 12:00:00", self.user_manager)
            self.assertLedger(self.card_of(), 100)
            # What earns nothing is history.
            self.assertTrue(self.logged("1990-01-01 12:00:00", self.user_loyalty, "visit"))
            rule.date_from = "2030-01-01"
            self.assertTrue(self.logged("2029-12-31 12:00:00", self.user_loyalty))
            with self.assertRaises(UserError):
                self.logged("2030-01-01 12:00:00", self.user_loyalty)

    def test_nothing_happened_in_another_age(self):
        for user in (self.user_loyalty, self.user_manager):
            with self.subTest(user=user.login):
                with self.assertRaises(UserError) as refused:
                    self.logged("1800-01-01 00:00:00", user, "visit")
                self.assertIn("too long ago", str(refused.exception))
