from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged

from ..models import defaults
from .common import SlaCommon, at, utc


@tagged("post_install", "-at_install")
class TestCompanyHours(SlaCommon):
    """The hours that are made for a company are in its time and in its language."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.env.ref("base.user_admin")
        cls.admin.tz = False
        cls.env.user.tz = False
        cls.company.resource_calendar_id.tz = "UTC"
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.env["ir.module.module"].search([("name", "=", "resource")])._update_translations(
            "zh_CN"
        )

    def firm(self, name="Firm", **values):
        """Return a new company whose people have no time zone, and its service hours."""
        company = self.env["res.company"].create({"name": name, **values})
        return company, self.hours_of(company)

    def hours_of(self, company):
        return defaults.find(company, "policy_standard").calendar_id

    def country(self, code):
        return self.env.ref(f"base.{code}").id

    # ------------------------------------------------------------------
    # Time zone
    # ------------------------------------------------------------------

    def test_guess(self):
        """Country and the administrator's time zone -> the zone of the hours."""
        for code, people, expected in (
            (None, False, "UTC"),
            (None, "Europe/Berlin", "Europe/Berlin"),
            # One zone: the country's, whoever sits elsewhere.
            ("jp", False, "Asia/Tokyo"),
            ("jp", "Asia/Shanghai", "Asia/Tokyo"),
            # China has two and works by one, unless its people say so.
            ("cn", False, "Asia/Shanghai"),
            ("cn", "Europe/Berlin", "Asia/Shanghai"),
            ("cn", "Asia/Urumqi", "Asia/Urumqi"),
            # Many zones: the people's, and no guess where nobody has any.
            ("us", "America/Chicago", "America/Chicago"),
            ("us", "Asia/Shanghai", "Asia/Shanghai"),
            ("us", False, "UTC"),
            ("us", "UTC", "UTC"),
        ):
            self.admin.tz = people
            company, calendar = self.firm(
                f"{code} {people}", country_id=code and self.country(code)
            )
            self.assertEqual(calendar.tz, expected, company.name)

    def test_country_is_set_after_the_installation(self):
        company, calendar = self.firm()
        self.assertEqual(calendar.tz, "UTC")
        company.country_id = self.country("cn")
        self.assertEqual(calendar.tz, "Asia/Shanghai")
        company.country_id = self.country("jp")
        self.assertEqual(calendar.tz, "Asia/Tokyo")

    def test_administrator_logs_in_for_the_first_time(self):
        """Odoo then takes the time zone of the browser over to the user."""
        _company, calendar = self.firm()
        self.admin.tz = "Asia/Shanghai"
        self.assertEqual(calendar.tz, "Asia/Shanghai")

    def test_usual_hours_of_the_company_are_corrected(self):
        company, calendar = self.firm()
        company.resource_calendar_id.tz = "Asia/Tokyo"
        self.assertEqual(calendar.tz, "Asia/Tokyo")
        company.resource_calendar_id = calendar.copy({"name": "Branch", "tz": "Asia/Shanghai"})
        self.assertEqual(calendar.tz, "Asia/Shanghai")

    def test_somebody_else_moves_nothing(self):
        _company, calendar = self.firm()
        self.assertEqual(calendar.tz, "UTC")
        self.agent.tz = "Europe/Berlin"
        self.contact.write({"country_id": self.country("jp"), "tz": "Asia/Tokyo"})
        self.assertEqual(calendar.tz, "UTC")

    def test_edited_hours_follow_no_more(self):
        for number, edit in enumerate(
            (
                lambda calendar: calendar.write({"tz": "Asia/Kolkata"}),
                lambda calendar: calendar.attendance_ids[0].write({"hour_from": 8.5}),
                lambda calendar: calendar.attendance_ids[0].unlink(),
                lambda calendar: calendar.write({"name": "Desk"}),
            )
        ):
            company, calendar = self.firm(f"Firm {number}")
            edit(calendar)
            kept = calendar.tz, calendar.name
            company.country_id = self.country("cn")
            company.partner_id.lang = "zh_CN"
            self.assertEqual((calendar.tz, calendar.name), kept)

    def test_holiday_is_no_edit(self):
        company, calendar = self.firm()
        self.env["resource.calendar.leaves"].create(
            {
                "name": "New Year",
                "calendar_id": calendar.id,
                "date_from": "2026-01-01 00:00:00",
                "date_to": "2026-01-01 23:59:59",
            }
        )
        company.country_id = self.country("cn")
        self.assertEqual(calendar.tz, "Asia/Shanghai")

    def test_hours_of_the_installation_follow(self):
        calendar = self.env.ref("loyalty_service_sla.calendar_service_hours")
        self.assertEqual(calendar.company_id, self.env.ref("base.main_company"))
        calendar.company_id.country_id = self.country("jp")
        self.assertEqual(calendar.tz, "Asia/Tokyo")

    def test_running_clocks_are_counted_anew(self):
        """Filed on Monday 10:00 in Shanghai, 2:00 UTC, 4 h promised from 9 to 12 and 13 to 18.

        In UTC the hours begin at 9:00 and end with 14:00 UTC; in Shanghai it is 15:00 there.
        """
        company, calendar = self.firm()
        ticket = self.file("2026-03-02 10:00", company_id=company.id, team_id=False, user_id=False)
        clock = self.clock(ticket, "first_response")
        self.assertEqual(clock.deadline, utc("2026-03-02 22:00"))
        with at("2026-03-02 10:30"):
            company.country_id = self.country("cn")
            self.assertEqual(calendar.tz, "Asia/Shanghai")
            self.assertTrue(clock.replan_date)
            clock._replan(utc("2026-03-02 10:30"))
        self.assertEqual(clock.deadline, utc("2026-03-02 15:00"))

    def test_hours_of_no_company(self):
        """Whose holidays would count on them? Of the only company its own, of several nobody's."""
        shared = self.calendar.copy({"name": "Shared", "company_id": False})
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Founding day",
                "company_id": self.company.id,
                "date_from": utc("2026-03-03 00:00"),
                "date_to": utc("2026-03-03 23:59:59"),
            }
        )
        Calendar = type(shared)
        with patch.object(Calendar, "_loyalty_sla_only_company", lambda _self: self.company):
            self.env.registry.clear_cache()
            self.policy.calendar_id = shared
            ticket = self.file("2026-03-02 17:00")
            # 1 h of Monday, and 3 of Wednesday: Tuesday is off.
            self.assertEqual(self.clock(ticket, "first_response").deadline, utc("2026-03-04 12:00"))
            self.policy.calendar_id = self.calendar
        self.env.registry.clear_cache()
        self.env["res.company"].create({"name": "Sister"})
        for record, name in (
            (self.policy, "calendar_id"),
            (self.ladder, "calendar_id"),
            (self.team, "resource_calendar_id"),
        ):
            with (
                self.assertRaisesRegex(ValidationError, "belong to no company"),
                self.cr.savepoint(),
            ):
                record[name] = shared
            record[name] = self.calendar
        with self.assertRaisesRegex(ValidationError, "belong to no company"):
            self.calendar.company_id = False
        shared.company_id = self.company
        self.policy.calendar_id = shared

    def test_a_policy_says_in_whose_time_it_counts(self):
        for own, warned in (
            (False, False),
            ("Asia/Shanghai", False),
            # Another name of the same time.
            ("Asia/Singapore", False),
            ("Asia/Tokyo", True),
            # The same in winter only, an hour apart in summer: never the same as Shanghai.
            ("Europe/Berlin", True),
        ):
            user = new_test_user(
                self.env,
                f"policy_{own}",
                groups="loyalty_service.group_loyalty_manager,helpdesk_mgmt.group_helpdesk_manager",
                tz=own,
            )
            policy = self.policy.with_user(user)
            self.assertEqual(policy.calendar_tz, "Asia/Shanghai")
            self.assertEqual(bool(policy.tz_warning), warned, own)
        self.assertIn("Asia/Shanghai", policy.tz_warning)
        self.assertIn("Europe/Berlin", policy.tz_warning)

    def test_same_in_winter_only(self):
        """London and Lisbon never differ; London and Reykjavik do in summer."""
        self.calendar.tz = "Europe/London"
        for own, warned in (("Europe/Lisbon", False), ("Atlantic/Reykjavik", True)):
            self.env.user.tz = own
            with at("2026-01-10 10:00"):
                self.policy.invalidate_recordset()
                self.assertEqual(bool(self.policy.tz_warning), warned)

    # ------------------------------------------------------------------
    # Language
    # ------------------------------------------------------------------

    def test_a_chinese_firm(self):
        company, calendar = self.firm()
        self.assertEqual(calendar.name, "Service Hours")
        company.partner_id.lang = "zh_CN"
        self.assertEqual(calendar.name, "服务时间")
        self.assertEqual(calendar.attendance_ids[0].name, "周一")
        self.admin.lang = "zh_CN"
        partner = self.env["res.partner"].create({"name": "上海", "lang": "zh_CN"})
        other, born = self.firm("上海", partner_id=partner.id)
        self.assertEqual(born.name, "服务时间")
        policies = self.Policy.search([("company_id", "=", other.id)])
        self.assertEqual(
            policies.mapped("name"), ["Complaints", "Emergencies", "Urgent", "Standard"]
        )
        self.assertEqual(
            policies.with_context(lang="zh_CN").mapped("name"), ["投诉", "紧急情况", "紧急", "标准"]
        )

    def test_no_other_rule_than_that_of_the_ledger(self):
        self.company.partner_id.lang = False
        self.admin.lang = "zh_CN"
        company = self.company.with_context(lang="en_US")
        self.assertEqual(company._loyalty_lang(), "en_US")
        self.assertEqual(company._get_loyalty_sla_calendar_names()["0"], "Monday")

    def test_a_breach_is_told_in_the_language_of_who_reads_it(self):
        self.agent.lang = "zh_CN"
        ticket = self.file("2026-03-02 10:00")
        clock = self.clock(ticket, "first_response")
        with at("2026-03-02 15:01"):
            # As the scheduled action does, which has no language.
            clock.with_context(lang=False)._sweep(utc("2026-03-02 15:01"))
        summaries = {activity.user_id: activity.summary for activity in ticket.activity_ids}
        self.assertEqual(summaries[self.leader], "SLA breached: First answer")
        self.assertNotIn("SLA breached", summaries[self.agent])
        self.assertIn("首次", summaries[self.agent])

    def test_the_ledger_speaks_the_language_of_the_firm(self):
        self.company.partner_id.lang = "zh_CN"
        ticket = self.file("2026-03-02 10:00")
        other = self.env["res.partner"].create({"name": "Other Ltd", "is_company": True})
        ticket.with_context(lang="en_US").partner_id = other
        undone = self.env["loyalty.service.event"].search(
            [("partner_id", "=", self.client_partner.id), ("reversal_of_id", "!=", False)]
        )
        self.assertEqual(set(undone.mapped("summary")), {"工单属于另一位客户"})
