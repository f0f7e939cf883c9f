from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import PointsCommon


@tagged("post_install", "-at_install")
class TestRuleFilter(PointsCommon):
    """What a rule may look at, and what becomes of given points when a rule changes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.score, cls.answer, cls.some = cls.env["loyalty.service.event.type"].create(
            [
                {"name": name, "code": f"test_{signal}", "kind": "survey", "signal": signal}
                for name, signal in (
                    ("Score", "satisfaction"),
                    ("Answered", "participation"),
                    ("Unhappy", "none"),
                )
            ]
        )

    def refused(self, why, record, **values):
        with self.assertRaises(ValidationError) as refusal:
            record.write(values)
        self.assertRegex(str(refusal.exception), why)

    def test_sensible_filters_are_taken(self):
        for domain in (
            "[]",
            "[('amount', '>=', 500), ('channel', '=', 'system')]",
            "['|', ('value', '<=', 5), ('user_id', '=', 2)]",
            "[('partner_id.category_id', 'in', [1, 2])]",
            "[('partner_id', 'any', [('category_id', 'in', [1])])]",
            "[('partner_id.category_id', '!=', False)]",
        ):
            with self.subTest(domain=domain):
                self.rule.domain = domain

    def test_other_fields_are_refused_by_name(self):
        for domain, field in (
            ("[('note', 'ilike', 'x')]", "note"),
            ("[('partner_id.credit', '>', 1)]", "partner_id.credit"),
            ("[('partner_id', 'any', [('comment', '!=', False)])]", "partner_id.comment"),
            ("[('move_ids.points', '>', 1)]", "move_ids.points"),
            ("['!', ('id', '=', 4)]", "id"),
        ):
            with self.subTest(domain=domain):
                self.refused(f"looks at {field}\\. .*Amount", self.rule, domain=domain)

    def test_a_good_score_is_never_paid_for(self):
        for event_type in (self.score, self.answer):
            rule = self.rule.copy({"event_type_id": event_type.id, "active": True})
            for domain in (
                "[('value', '>=', 80)]",
                "['!', ('value', '<', 80)]",
                "[('summary', 'ilike', 'great')]",
                "[('amount', '>', 0)]",
            ):
                with self.subTest(type=event_type.name, domain=domain):
                    self.refused("pay for what was answered", rule, domain=domain)
            self.refused("worth the same", rule, points_per_unit=1)
            rule.domain = "[('channel', '=', 'survey')]"

    def test_nor_by_a_type_that_is_recorded_for_some_answers_only(self):
        self.refused("some answers only", self.rule, event_type_id=self.some.id)

    def test_nor_by_moving_a_filter_to_another_type(self):
        self.rule.domain = "[('value', '>=', 80)]"
        self.refused("pay for what was answered", self.rule, event_type_id=self.score.id)

    def test_nor_by_changing_what_the_type_is_about(self):
        self.rule.write({"event_type_id": self.type_call.id, "domain": "[('value', '>=', 80)]"})
        self.refused("pay for what was answered", self.type_call, signal="nps")

    def test_the_form_offers_what_may_be_looked_at(self):
        form = Form(self.rule)
        self.assertIn("value", form.filter_fields)
        form.event_type_id = self.score
        self.assertNotIn("value", form.filter_fields)
        self.assertIn("channel", form.filter_fields)

    def test_every_path_on_offer_exists(self):
        Event = self.env["loyalty.service.event"]
        for path in self.rule.filter_fields:
            Event._search([(path, "!=", False)])

    # ------------------------------------------------------------------
    # A rule changes, what was given stays
    # ------------------------------------------------------------------

    def test_changing_or_archiving_a_rule_touches_nothing_given(self):
        self.record(None, None)
        self.rule.write({"points_fixed": 7, "cap_points": 1, "validity_months": 1})
        self.assertLedger(self.card_of(), 200)
        self.rule.active = False
        self.assertLedger(self.card_of(), 200)
        self.record(None)
        self.assertLedger(self.card_of(), 200)

    def test_what_a_changed_rule_gave_is_taken_back_as_it_was_given(self):
        (event,) = self.record(None)
        self.rule.write({"points_fixed": 7, "active": False})
        event._reverse("Mistake")
        self.assertLedger(self.card_of(), 0)

    def test_a_copy_rests(self):
        copy = self.rule.copy()
        self.assertEqual((copy.name, copy.active), ("Rule for referral_won (copy)", False))
        self.assertEqual(copy.date_from, self.env.company._loyalty_day())
        self.record(None)
        self.assertLedger(self.card_of(), 100)
        copy.active = True
        self.assertLedger(self.card_of(), 100)
        self.record(None)
        self.assertLedger(self.card_of(), 300)

    def test_a_rule_that_gave_points_cannot_be_deleted(self):
        self.record(None)
        with self.assertRaisesRegex(UserError, "Archive it instead"):
            self.rule.unlink()
        self.add_rule("training", points_fixed=1).unlink()

    def test_points_by_hand_are_given_for_something(self):
        award = self.env.ref("loyalty_service.event_type_manual_award")
        values = {"type_id": award.id, "partner_id": self.client_partner.id}
        for user in (self.user_loyalty, self.user_manager):
            Event = self.Event.with_user(user)
            for summary in ({}, {"summary": "  "}):
                with self.assertRaisesRegex(UserError, "what the points are for"):
                    Event.create({**values, **summary})
            self.assertTrue(Event.create({**values, "summary": "Spoke at our seminar"}))

    def test_only_managers_change_rules(self):
        with self.assertRaises(AccessError):
            self.rule.with_user(self.user_loyalty).points_fixed = 1
        self.rule.with_user(self.user_manager).points_fixed = 1

    def test_there_is_a_default_rule_for_each_thing_that_is_rewarded(self):
        rules = (
            self.env["loyalty.service.earning.rule"]
            .with_context(active_test=False)
            .search([("program_id", "=", self.env.ref("loyalty_service.program_service").id)])
        )
        self.assertLessEqual(
            {
                "invoice_paid_on_time",
                "invoice_paid_late",
                "agreement_renewed",
                "agreement_upgraded",
                "anniversary",
                "referral_won",
                "training",
                "client_event",
                "documents_early",
                "manual_award",
            },
            set(rules.event_type_id.mapped("code")),
        )

    def test_the_filter_of_the_form_is_ours(self):
        arch = etree.fromstring(
            self.env["loyalty.service.earning.rule"].get_view(view_type="form")["arch"]
        )
        (field,) = arch.xpath("//field[@name='domain']")
        self.assertEqual(field.get("widget"), "loyalty_rule_domain")
