from odoo.tests import new_test_user, tagged

from .common import SlaCommon


@tagged("post_install", "-at_install")
class TestTierBenefits(SlaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tier = cls.env["loyalty.service.tier"].create(
            {"name": "Test tier", "threshold": 987654, "ticket_priority": "2"}
        )
        cls.client_record = cls.env["loyalty.service.client"]._ensure(
            cls.client_partner, cls.env.company
        )
        cls.client_record.sudo().tier_id = cls.tier

    def test_a_request_begins_with_the_priority_of_the_tier(self):
        when = "2026-03-02 10:00"
        given = [self.file(when, priority=level).priority for level in "0123"]
        self.assertEqual(given, ["2", "2", "2", "3"])
        other = self.env["res.partner"].create({"name": "Nobody Yet"})
        self.assertEqual(self.file(when, priority="0", partner_id=other.id).priority, "0")
        self.assertEqual(self.file(when, priority="0", partner_id=False).priority, "0")

    def test_once(self):
        ticket = self.file("2026-03-02 10:00")
        ticket.priority = "0"
        self.client_record.sudo().tier_id = self.tier.copy({"threshold": 987655})
        self.assertEqual(ticket.priority, "0", "what staff decide stays")

    def test_it_counts_for_the_promise(self):
        self.Policy.create(
            {
                "name": "Urgent",
                "sequence": 1,
                "calendar_id": self.calendar.id,
                "resolution_hours": 2,
                "min_priority": "2",
            }
        )
        ticket = self.file("2026-03-02 10:00")
        self.assertEqual(self.clock(ticket, "resolution").seconds, 2 * 3600)
        log = ticket.loyalty_sla_entry_ids.mapped("kind")
        self.assertEqual(log, ["opened"], "promised once, with the priority that it has")

    def test_of_the_company_of_the_team(self):
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        team = self.team.copy({"company_id": sister.id})
        self.assertEqual(self.file("2026-03-02 10:00", team_id=team.id, priority="0").priority, "0")

    def test_a_client_files_it_in_the_portal(self):
        user = new_test_user(
            self.env, "portal_priority", groups="base.group_portal", partner_id=self.contact.id
        )
        vals = self.Ticket.with_user(user)._loyalty_sla_with_priorities(
            [{"name": "Help", "description": "Help", "partner_id": self.contact.id}]
        )
        self.assertEqual(vals[0]["priority"], "2")

    def test_the_number_of_queries_is_flat(self):
        def cost(number):
            vals_list = [{"partner_id": self.contact.id, "priority": "0"} for _n in range(number)]
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.Ticket._loyalty_sla_with_priorities(vals_list)
            return self.cr.sql_log_count - before

        cost(1)
        self.assertEqual(cost(10), cost(100))

    def test_words(self):
        self.tier.sla_factor = 0.75
        self.assertEqual(
            self.tier._benefit_lines(),
            ["Answers in 75% of the usual time", "Priority of your requests: High"],
        )
        self.policy.apply_tier_factor = False
        self.assertEqual(self.tier._benefit_lines(), ["Priority of your requests: High"])
