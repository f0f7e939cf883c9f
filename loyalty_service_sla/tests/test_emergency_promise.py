from odoo.tests import tagged

from ..models import defaults
from .common import SlaCommon, at, utc


@tagged("post_install", "-at_install")
class TestEmergencyPromise(SlaCommon):
    """What is promised to an emergency, and what its client reads of it at night."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.emergency_type = cls.env.ref("loyalty_service_sla.ticket_type_emergency")
        cls.company.phone = "+86 21 5555 0100"

    def promise_always(self):
        return self.Policy.create(
            {
                "name": "Emergencies",
                "calendar_id": self._always("Asia/Shanghai").id,
                "ticket_types": [(6, 0, self.emergency_type.ids)],
                **self.Policy._get_emergency_terms(),
            }
        )

    def alarm(self, when):
        return self.file(when, loyalty_ticket_type="emergency", user_id=False)

    def texts(self, ticket):
        return ticket.with_context(lang="en_US")._get_loyalty_portal_urgent()

    def test_each_company_starts_with_it(self):
        company = self.env["res.company"].create({"name": "Night Firm"})
        policy = self.Policy.search(
            [("company_id", "=", company.id), ("ticket_types", "in", self.emergency_type.ids)]
        )
        self.assertEqual(policy, defaults.find(company, "policy_emergency"))
        self.assertEqual((policy.name, policy.first_response_hours), ("Emergencies", 0.5))
        self.assertTrue(policy.calendar_id._loyalty_sla_is_always())
        standard = defaults.find(company, "policy_standard").calendar_id
        self.assertFalse(standard._loyalty_sla_is_always())
        self.assertFalse(self.env["resource.calendar"]._loyalty_sla_is_always())
        self.Policy._create_emergency_defaults(company)
        count = self.Policy.search_count([("company_id", "=", company.id)])
        self.assertEqual(count, 4, "once")
        self.env["res.lang"]._activate_lang("zh_CN")
        company.partner_id.lang = "zh_CN"
        company.partner_id.tz = "Asia/Shanghai"
        expected = company._prepare_loyalty_sla_always_values()
        self.assertEqual(policy.calendar_id.name, expected["name"])
        self.assertEqual(policy.calendar_id.tz, "Asia/Shanghai")
        policy.calendar_id.name = "Round the clock"
        company.partner_id.lang = "en_US"
        self.assertEqual(policy.calendar_id.name, "Round the clock", "named by somebody")

    def test_an_upgrade_only_offers_it(self):
        """What a firm has promised so far it promises on."""
        company = self.env["res.company"].create({"name": "Old Firm"})
        defaults.find(company, "policy_emergency").unlink()
        self.Policy._create_emergency_defaults(company, active=False)
        self.assertFalse(defaults.find(company, "policy_emergency").active)

    def test_by_night(self):
        """At 0:55 on a Monday: answered by 1:25, solved by 8:55, before anybody comes to work."""
        self.promise_always()
        ticket = self.alarm("2026-03-09 00:55")
        self.assertEqual(self.clock(ticket, "first_response").deadline, utc("2026-03-09 01:25"))
        self.assertEqual(self.clock(ticket).deadline, utc("2026-03-09 08:55"))
        with at("2026-03-09 01:00"):
            lines = ticket.with_context(lang="en_US")._get_loyalty_sla_portal_lines()
            self.assertEqual(
                [line["promise"] for line in lines],
                [
                    "We promised a first answer within 30 min, day and night.",
                    "We promised a solution within 8 h, day and night.",
                ],
            )
            self.assertEqual(self.texts(ticket), {"texts": [], "phone": "+86 21 5555 0100"})
        self.answer("2026-03-09 02:00", ticket)
        with at("2026-03-09 02:01"):
            self.assertFalse(self.texts(ticket), "somebody has answered")
            lines = ticket.with_context(lang="en_US")._get_loyalty_sla_portal_lines()
        self.assertIn("That was 35 min too late.", lines[0]["text"])

    def test_by_working_hours_the_client_reads_when_they_begin(self):
        ticket = self.alarm("2026-03-09 00:55")
        self.assertEqual(self.clock(ticket, "first_response").deadline, utc("2026-03-09 14:00"))
        with at("2026-03-09 01:00"):
            [text] = self.texts(ticket)["texts"]
        self.assertRegex(text, r"Our working hours begin again on Mon, Mar 9 9:00\sAM\.")
        with at("2026-03-09 10:00"):
            self.assertEqual(self.texts(ticket)["texts"], [])
        question = self.file("2026-03-09 00:55")
        self.assertFalse(self.texts(question))

    def test_who_was_told_is_said(self):
        self.promise_always()
        with at("2020-01-01 09:00"):
            self.Ladder.create(
                {
                    "name": "Emergencies",
                    "sequence": 1,
                    "ticket_types": [(6, 0, self.emergency_type.ids)],
                    "step_ids": [(0, 0, step) for step in self.Ladder._get_emergency_steps()],
                }
            )
        self.assertTrue(self.Ladder._wakes(self.company.id, "emergency"))
        self.assertFalse(self.Ladder._wakes(self.company.id, "question"))
        ticket = self.alarm("2026-03-09 00:55")
        with at("2026-03-09 00:56"):
            ticket.loyalty_sla_clock_ids._escalate()
            self.assertEqual(self.texts(ticket)["texts"], ["The people in charge have been told."])
