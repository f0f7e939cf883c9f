from ast import literal_eval

from lxml import etree
from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import SlaCommon, at, utc

HOUR = 3600


@tagged("post_install", "-at_install")
class TestPolicy(SlaCommon):
    def promised(self, ticket, target="resolution"):
        return self.clock(ticket, target).seconds / HOUR

    def policy_before(self, **values):
        return self.Policy.create(
            {
                "name": "First",
                "sequence": 1,
                "calendar_id": self.calendar.id,
                "resolution_hours": 2,
                **values,
            }
        )

    def test_a_solution_before_its_first_answer_is_warned_of(self):
        policy = self.Policy.new({"first_response_hours": 4, "resolution_hours": 2})
        self.assertIn("within 2 h, before the first answer (4 h)", policy.order_warning)
        for answer, solution in ((4, 0), (0, 2), (2, 2), (1, 8)):
            policy.update({"first_response_hours": answer, "resolution_hours": solution})
            self.assertFalse(policy.order_warning)

    def test_order_decides(self):
        self.policy_before(sequence=5, resolution_hours=3)
        self.policy_before(sequence=4, resolution_hours=2)
        self.assertEqual(self.promised(self.file("2026-03-02 10:00")), 2)

    def test_priority_and_higher(self):
        self.policy_before(min_priority="2")
        tickets = [self.file("2026-03-02 10:00", priority=level) for level in "0123"]
        self.assertEqual([self.promised(ticket) for ticket in tickets], [24, 24, 2, 2])

    def test_one_priority_and_lower_ones(self):
        exact = self.policy_before(min_priority="2", max_priority="2")
        self.policy_before(max_priority="0", resolution_hours=3)
        tickets = [self.file("2026-03-02 10:00", priority=level) for level in "0123"]
        self.assertEqual([self.promised(ticket) for ticket in tickets], [3, 24, 2, 24])
        # It stays what was promised, and another priority is promised by what fits then.
        with at("2026-03-02 11:00"):
            tickets[2].priority = "3"
            tickets[3].priority = "2"
        self.assertEqual([self.promised(ticket) for ticket in tickets], [3, 24, 24, 2])
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            exact.min_priority = "3"
            self.env.flush_all()

    def test_team_channel_and_tag(self):
        tag, other_tag = self.env["helpdesk.ticket.tag"].create([{"name": "VIP"}, {"name": "x"}])
        phone = self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_phone")
        self.policy_before(
            team_ids=[(6, 0, self.team.ids)],
            channel_ids=[(6, 0, phone.ids)],
            tag_ids=[(6, 0, tag.ids)],
        )
        fits = {"channel_id": phone.id, "tag_ids": [(6, 0, (tag | other_tag).ids)]}
        self.assertEqual(self.promised(self.file("2026-03-02 10:00", **fits)), 2)
        for misfit in (
            {"channel_id": False},
            {"tag_ids": [(6, 0, other_tag.ids)]},
            {"team_id": False, "user_id": False},
        ):
            ticket = self.file("2026-03-02 10:00", **{**fits, **misfit})
            self.assertEqual(self.promised(ticket), 24, misfit)

    def test_category_with_those_below(self):
        Category = self.env["helpdesk.ticket.category"]
        tax = Category.create({"name": "Tax"})
        vat = Category.create({"name": "VAT", "parent_id": tax.id})
        other = Category.create({"name": "Payroll"})
        self.policy_before(category_ids=[(6, 0, tax.ids)])
        promised = [
            self.promised(self.file("2026-03-02 10:00", category_id=category.id))
            for category in (tax, vat, other, Category)
        ]
        self.assertEqual(promised, [2, 2, 24, 24])

    def tier(self, factor):
        """Return a tier with a factor, and give it to the client."""
        tier = self.env["loyalty.service.tier"].create(
            {"name": "Test tier", "threshold": 987654, "sla_factor": factor}
        )
        client = self.env["loyalty.service.client"]._ensure(self.client_partner, self.company)
        client.sudo().tier_id = tier
        return tier

    def test_tier_shortens_the_time(self):
        self.tier(0.5)
        ticket = self.file("2026-03-02 10:00")
        self.assertEqual(self.promised(ticket), 12)
        self.assertEqual(self.promised(ticket, "first_response"), 2)
        self.assertEqual(self.clock(ticket, "first_response").deadline, utc("2026-03-02 12:00"))
        self.policy.apply_tier_factor = False
        self.assertEqual(self.promised(self.file("2026-03-02 10:00")), 24)

    def test_tier_of_the_policy(self):
        tier = self.tier(1.0)
        self.policy_before(tier_ids=[(6, 0, tier.ids)])
        self.assertEqual(self.promised(self.file("2026-03-02 10:00")), 2)
        self.assertEqual(self.promised(self.file("2026-03-02 10:00", partner_id=False)), 24)

    def test_tier_reached_while_the_ticket_is_open(self):
        ticket = self.file("2026-03-02 10:00")
        with at("2026-03-02 11:00"):
            self.tier(0.5)
        first = self.clock(ticket, "first_response")
        # 1 of 2 h is used: the other one ends at 12:00.
        self.assertEqual((first.seconds, first.deadline), (2 * HOUR, utc("2026-03-02 12:00")))
        self.assertEqual(ticket.loyalty_sla_entry_ids.mapped("kind"), ["opened", "promise"])

    def test_another_factor_is_for_what_is_promised_from_then_on(self):
        """Nor do other hours of the team move what was promised, whatever else is written."""
        tier = self.tier(0.5)
        self.policy.calendar_id = False
        self.team.resource_calendar_id = self.calendar
        ticket = self.file("2026-03-02 10:00")
        promised = self.clock(ticket).seconds
        mornings = self.calendar.copy({"name": "Mornings"})
        mornings.attendance_ids.filtered(lambda line: line.hour_from > 12).unlink()
        tier.sla_factor = 0.1
        self.team.resource_calendar_id = mornings
        with at("2026-03-02 11:00"):
            ticket.tag_ids = self.env["helpdesk.ticket.tag"].create({"name": "VAT"})
            self.env.flush_all()
        self.assertEqual(self.clock(ticket).seconds, promised)
        self.assertEqual(self.clock(ticket).calendar_id, self.calendar)

    def test_hours_of_another_team_are_shown_in_the_log(self):
        mornings = self.calendar.copy({"name": "Mornings"})
        self.policy.calendar_id = False
        self.team.resource_calendar_id = self.calendar
        ticket = self.file("2026-03-02 10:00")
        other = self.team.copy({"name": "Other", "resource_calendar_id": mornings.id})
        with at("2026-03-02 11:00"):
            ticket.team_id = other
            self.env.flush_all()
        text = ticket.loyalty_sla_entry_ids.sorted()[-1:].reason_text
        self.assertIn(f"Working Hours: {self.calendar.name} → {mornings.name}", text)

    def test_late_here_and_due_today_there(self):
        """A ticket is found by each of its promises, whatever the most urgent one says."""
        self.policy.resolution_hours = 7
        ticket = self.file("2026-03-02 10:00")
        first = self.clock(ticket, "first_response")
        with at("2026-03-02 16:00"):
            ticket.loyalty_sla_clock_ids._sweep(utc("2026-03-02 16:00"))
            self.env.flush_all()
        self.assertEqual((first.breached, ticket.loyalty_sla_state), (True, "breached"))
        view = self.env.ref("loyalty_service_sla.helpdesk_ticket_view_search")
        arch = etree.fromstring(view.arch)

        def found(name):
            domain = arch.xpath(f"//filter[@name='{name}']")[0].get("domain")
            with at("2026-03-02 16:00"):
                return ticket in ticket.search(Domain(literal_eval(domain)))

        self.assertTrue(found("loyalty_sla_today"))
        self.assertFalse(found("loyalty_sla_paused"))
        self.move("2026-03-02 16:10", ticket, self.stage_awaiting)
        self.assertTrue(found("loyalty_sla_paused"))

    def test_other_priority_keeps_the_time_used(self):
        self.policy_before(min_priority="3", resolution_hours=8)
        ticket = self.file("2026-03-02 10:00")
        with at("2026-03-02 16:00"):
            ticket.priority = "3"
        solution = self.clock(ticket)
        # 5 of 8 h are used: 2 h are left of Monday, 1 h of Tuesday.
        self.assertEqual((solution.elapsed, solution.remaining), (5 * HOUR, 3 * HOUR))
        self.assertEqual(solution.deadline, utc("2026-03-03 10:00"))
        # An answer is not promised any more.
        first = self.clock(ticket, "first_response")
        self.assertEqual((first.seconds, first.deadline, first.next_due), (0, False, False))
        self.assertEqual(ticket.loyalty_sla_deadline, solution.deadline)

    def test_target_promised_later_counts_from_the_beginning(self):
        self.policy.resolution_hours = 0
        self.policy_before(min_priority="3", resolution_hours=8)
        ticket = self.file("2026-03-02 10:00")
        self.assertFalse(self.clock(ticket))
        with at("2026-03-02 12:00"):
            ticket.priority = "3"
        self.assertEqual(self.clock(ticket).elapsed, 2 * HOUR)
        self.assertEqual(self.clock(ticket).deadline, utc("2026-03-03 10:00"))

    def test_policy_edited_later_changes_no_promise(self):
        ticket = self.file("2026-03-02 10:00")
        self.policy.resolution_hours = 1
        self.assertEqual(self.promised(ticket), 24)

    def test_nothing_promised(self):
        self.policy.active = False
        ticket = self.file("2026-03-02 10:00")
        self.assertFalse(ticket.loyalty_sla_clock_ids)
        self.assertFalse(ticket.loyalty_sla_state)
        self.move("2026-03-02 11:00", ticket, self.stage_done)
        self.assertEqual(ticket.loyalty_sla_entry_ids.mapped("kind"), ["opened", "closed"])

    # ------------------------------------------------------------------
    # Working hours
    # ------------------------------------------------------------------

    def test_hours_of_the_team(self):
        mornings = self.calendar.copy({"name": "Mornings"})
        mornings.attendance_ids.filtered(lambda line: line.hour_from > 12).unlink()
        self.policy.calendar_id = False
        self.team.resource_calendar_id = mornings
        ticket = self.file("2026-03-02 10:00")
        # 2 h on Monday and 2 h on Tuesday from 9:00
        self.assertEqual(self.clock(ticket, "first_response").deadline, utc("2026-03-03 11:00"))

    def test_holiday_of_the_company(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Tomb-Sweeping Day",
                "calendar_id": False,
                "date_from": utc("2026-04-06 00:00"),
                "date_to": utc("2026-04-06 23:59:59"),
            }
        )
        ticket = self.file("2026-04-03 16:00")
        # 2 h on Friday, 2 h on Tuesday
        self.assertEqual(self.clock(ticket, "first_response").deadline, utc("2026-04-07 11:00"))

    def test_holiday_of_another_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Elsewhere day",
                "calendar_id": False,
                "company_id": other.id,
                "date_from": utc("2026-04-06 00:00"),
                "date_to": utc("2026-04-06 23:59:59"),
            }
        ).with_context(no_recompute=True).company_id = other
        ticket = self.file("2026-04-03 16:00")
        self.assertEqual(self.clock(ticket, "first_response").deadline, utc("2026-04-06 11:00"))

    def test_round_the_clock(self):
        """24:00 is kept by Odoo as a microsecond less, and holidays end a second early."""
        always = self._always("Asia/Shanghai")
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": always.id,
                "date_from": utc("2026-03-04 00:00"),
                "date_to": utc("2026-03-04 23:59:59"),
            }
        )
        self.policy.calendar_id = always
        ticket = self.file("2026-03-02 10:00")
        # 24 h: exactly to Tuesday 10:00
        self.assertEqual(self.clock(ticket).deadline, utc("2026-03-03 10:00"))
        later = self.file("2026-03-03 10:00")
        # 14 h on Tuesday, 10 h on Thursday
        self.assertEqual(self.clock(later).deadline, utc("2026-03-05 10:00"))

    def test_calendar_without_hours(self):
        empty = self.calendar.copy({"name": "Never"})
        empty.attendance_ids.unlink()
        self.policy.calendar_id = empty
        ticket = self.file("2026-03-02 10:00")
        self.assertFalse(self.clock(ticket).deadline)
        self.assertEqual(self.clock(ticket).state, "running")

    def test_flexible_hours_are_refused(self):
        flexible = self.env["resource.calendar"].create(
            {"name": "Flexible", "schedule_type": "flexible"}
        )
        self.env.flush_all()
        with self.assertRaisesRegex(ValidationError, "flexible hours"):
            self.policy.calendar_id = flexible

    def test_hours_that_are_promised_by_stay_fixed(self):
        with self.assertRaisesRegex(ValidationError, "must keep fixed hours"):
            self.calendar.schedule_type = "flexible"

    def test_calendar_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        with self.assertRaisesRegex(ValidationError, "another company"):
            self.policy.calendar_id = other.resource_calendar_id

    def test_hours_of_a_team_are_shown_once(self):
        """As beside helpdesk_mgmt_sla, whose field of this name means the same."""
        shown = "//field[@name='resource_calendar_id']"

        def arch():
            return etree.fromstring(self.team.get_view(view_type="form")["arch"])

        self.assertEqual(len(arch().xpath(shown)), 1)
        view = self.env.ref("helpdesk_mgmt.view_helpdesk_team_form")
        self.env["ir.ui.view"].create(
            {
                "name": "Another addon",
                "model": self.team._name,
                "inherit_id": view.id,
                "arch": """
                    <xpath expr="//field[@name='category_ids']" position="before">
                        <field name="resource_calendar_id" />
                    </xpath>
                """,
            }
        )
        self.assertEqual(len(arch().xpath(shown)), 1)
        self.assertFalse(arch().xpath("//field[hasclass('o_loyalty_sla_hours')]"))

    # ------------------------------------------------------------------
    # Days
    # ------------------------------------------------------------------

    def test_hours_in_working_days(self):
        """Who works 9-12 and 13-17 has days of 7 h: 80 h are 11.4 of them, ten days are 70 h."""
        self.policy.resolution_hours = 80
        self.assertEqual(self.policy.days_text, "10 working days of 8 h")
        self.calendar.attendance_ids.filtered(lambda line: line.hour_from == 13).hour_to = 17
        self.assertEqual(self.policy.days_text, "11.4 working days of 7 h")
        self.assertEqual(self.Policy._get_complaint_terms(self.calendar)["resolution_hours"], 70)
        self.policy.resolution_hours = 0
        self.assertFalse(self.policy.days_text)

    # ------------------------------------------------------------------
    # Companies
    # ------------------------------------------------------------------

    def test_each_company_has_defaults_of_its_own(self):
        other = self.env["res.company"].create(
            {"name": "Beijing", "country_id": self.env.ref("base.cn").id}
        )
        policies = self.Policy.search([("company_id", "=", other.id)])
        self.assertEqual(policies.mapped("first_response_hours"), [0, 0.5, 1, 4])
        complaints, emergencies = policies[:2]
        self.assertEqual(emergencies.ticket_types.mapped("code"), ["emergency"])
        self.assertEqual(complaints.ticket_types.mapped("code"), ["complaint"])
        self.assertEqual(
            (complaints.acknowledgement_hours, complaints.resolution_hours), (24, 10 * 8)
        )
        self.assertEqual(policies.calendar_id.company_id, other)
        self.assertEqual(set(policies.calendar_id.mapped("tz")), {"Asia/Shanghai"})
        hours = {
            (line.dayofweek, line.hour_from, line.hour_to)
            for line in (policies - emergencies).calendar_id.attendance_ids
        }
        self.assertEqual(
            hours, {(str(day), *pair) for day in range(5) for pair in ((9, 12), (13, 18))}
        )
        self.Policy._create_defaults()
        self.Policy._create_complaint_defaults()
        self.assertEqual(self.Policy.search_count([("company_id", "=", other.id)]), 4)

    def test_policies_are_not_mixed(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.policy_before(company_id=other.id, calendar_id=False)
        self.assertEqual(self.promised(self.file("2026-03-02 10:00")), 24)
        ticket = self.file("2026-03-02 10:00", company_id=other.id, team_id=False, user_id=False)
        self.assertEqual(self.promised(ticket), 2)
