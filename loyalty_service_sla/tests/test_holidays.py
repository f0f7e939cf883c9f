import sys
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.modules.registry import Registry
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.loyalty_service_sla import chinese_holidays
from odoo.addons.loyalty_service_sla.engine import clock as engine

from ..models import defaults
from .common import SlaCommon, at, utc

MANAGER = "helpdesk_mgmt.group_helpdesk_manager"


class HolidayCommon(SlaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Leave = cls.env["resource.calendar.leaves"]
        cls.Workday = cls.env["loyalty.service.sla.workday"]
        cls.Change = cls.env["loyalty.service.sla.calendar.change"]
        cls.Day = cls.env["loyalty.service.sla.day"]

    def load(self, years=(2025,), calendar=None, **options):
        return (calendar or self.calendar)._loyalty_sla_load_holidays(years, **options)

    def days_of(self, calendar=None):
        """Return ``{"2025-10-01": "off", ...}`` as the screen shows it."""
        self.env.flush_all()
        days = self.Day.search([("calendar_id", "=", (calendar or self.calendar).id)])
        return {str(day.date): day.kind for day in days}

    def leave_on(self, day):
        return self.Leave.search(
            [("calendar_id", "=", self.calendar.id), ("loyalty_sla_public_date", "=", day)]
        )

    def workday_on(self, day):
        return self.Workday.search([("calendar_id", "=", self.calendar.id), ("date", "=", day)])

    def deadline(self, when, hours=None, **values):
        """Return the deadline of a solution within so many hours, for a ticket of a moment."""
        if hours:
            self.policy.resolution_hours = hours
        return self.clock(self.file(when, **values)).deadline


@tagged("post_install", "-at_install")
class TestHolidays(HolidayCommon):
    def test_the_package_says_what_the_notice_says(self):
        """The State Council's notices for 2025 and 2026, as in tests/engine."""
        off = {
            2025: "0101 0128 0129 0130 0131 0201 0202 0203 0204 0404 0405 0406 0501 0502 0503 "
            "0504 0505 0531 0601 0602 1001 1002 1003 1004 1005 1006 1007 1008",
            2026: "0101 0102 0103 0215 0216 0217 0218 0219 0220 0221 0222 0223 0404 0405 0406 "
            "0501 0502 0503 0504 0505 0619 0620 0621 0925 0926 0927 1001 1002 1003 1004 1005 "
            "1006 1007",
        }
        worked = {
            2025: "0126=0 0208=1 0427=0 0928=1 1011=2",
            2026: "0104=4 0214=4 0228=0 0509=1 0920=1 1010=2",
        }
        for year in (2025, 2026):
            days = chinese_holidays.get_days([year])
            self.assertEqual(
                " ".join(f"{day.date:%m%d}" for day in days if not day.works), off[year]
            )
            self.assertEqual(
                " ".join(f"{day.date:%m%d}={day.like}" for day in days if day.works), worked[year]
            )

    def test_every_year_of_the_package_has_a_weekday_for_each_make_up_day(self):
        first, last = chinese_holidays.get_years()
        for day in chinese_holidays.get_days(range(first, last + 1)):
            self.assertEqual(day.works, day.like in range(5), day)

    def test_loading(self):
        self.assertEqual(self.load(), {"off": 28, "worked": 5, "removed": 0})
        days = self.days_of()
        self.assertEqual(len(days), 33)
        self.assertEqual(days["2025-10-01"], "off")
        self.assertEqual(days["2025-10-11"], "worked")
        leave = self.leave_on("2025-10-06")
        self.assertEqual(leave.name, "Mid-autumn Festival")
        self.assertEqual(leave.date_from, utc("2025-10-06 00:00"))
        self.assertEqual(leave.date_to, utc("2025-10-06 23:59:59"))
        self.assertEqual(leave.company_id, self.company)
        self.assertEqual(self.workday_on("2025-10-11").like_weekday, "2")
        self.assertTrue(self.calendar.loyalty_sla_public_holidays)

    def test_loading_again_changes_nothing(self):
        self.load()
        before = self.days_of()
        self.assertFalse(self.load().total())
        self.assertEqual(self.days_of(), before)

    def test_own_edits_are_kept(self):
        self.load()
        # The desk works on 8 October, closes at noon on 30 April's make-up day, and has renamed.
        self.leave_on("2025-10-08").unlink()
        self.workday_on("2025-04-27").unlink()
        self.workday_on("2025-10-11").hours = "9-12"
        self.leave_on("2025-01-01").date_to = utc("2025-01-01 12:00")
        self.assertFalse(self.load().total())
        days = self.days_of()
        self.assertNotIn("2025-10-08", days)
        self.assertNotIn("2025-04-27", days)
        self.assertEqual(self.workday_on("2025-10-11").hours, "9-12")
        self.assertEqual(self.leave_on("2025-01-01").date_to, utc("2025-01-01 12:00"))
        # Unless somebody wants them back.
        counts = self.load(restore=True)
        self.assertEqual(counts, {"off": 2, "worked": 2, "removed": 2})
        self.assertEqual(len(self.days_of()), 33)
        self.assertFalse(self.workday_on("2025-10-11").hours)
        self.assertEqual(self.leave_on("2025-01-01").date_to, utc("2025-01-01 23:59:59"))

    def test_what_was_entered_by_hand_is_not_doubled(self):
        """The whole of National Day as one; and half of 2 May, which is not the whole day."""
        self.Leave.create(
            [
                {
                    "name": name,
                    "calendar_id": self.calendar.id,
                    "date_from": utc(start),
                    "date_to": utc(stop),
                }
                for name, start, stop in (
                    ("National Day", "2025-10-01 00:00", "2025-10-08 23:59:59"),
                    ("Half", "2025-05-02 12:00", "2025-05-02 23:59:59"),
                )
            ]
        )
        self.Workday.create(
            {"name": "Own", "calendar_id": self.calendar.id, "date": "2025-09-28", "hours": "10-11"}
        )
        self.assertEqual(self.load(), {"off": 20, "worked": 4, "removed": 0})
        self.assertEqual(self.workday_on("2025-09-28").hours, "10-11")
        self.assertTrue(self.leave_on("2025-05-02"))

    def test_a_notice_that_was_changed(self):
        """As in 2020, when the Spring Festival was extended by decree."""
        self.load()
        first, second = date(2025, 10, 9), date(2025, 10, 11)
        after = [day for day in chinese_holidays.get_days([2025]) if day.date != second]
        after.append(after[-1]._replace(date=first))
        with patch.object(chinese_holidays, "get_days", lambda years: after):
            self.assertEqual(self.load(), {"off": 1, "worked": 0, "removed": 1})
        days = self.days_of()
        self.assertEqual(days["2025-10-09"], "off")
        self.assertNotIn("2025-10-11", days)
        # What is taken back was deleted by nobody, and comes again when it is announced again.
        self.assertEqual(self.load(), {"off": 0, "worked": 1, "removed": 1})

    def test_years_that_nobody_knows(self):
        self.load()
        self.assertFalse(self.load((2003, 2100)).total())
        self.assertEqual(len(self.days_of()), 33)

    def test_names_are_in_the_language_of_the_firm(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.company.partner_id.lang = "zh_CN"
        self.load()
        self.assertEqual(self.leave_on("2025-10-01").name, "国庆节")
        self.assertIn("国庆节", self.workday_on("2025-10-11").name)

    def test_names_follow_the_language_of_the_firm(self):
        """As the names of the hours do, until somebody has edited them."""
        self.env["res.lang"]._activate_lang("zh_CN")
        company = self.env["res.company"].create({"name": "Firm"})
        calendar = defaults.find(company, "policy_standard").calendar_id
        self.load(calendar=calendar)
        leaves = calendar._loyalty_sla_get_loaded_leaves()
        own = leaves.filtered(lambda leave: leave.name == "Labour Day")[0]
        own.name = "May Day"
        company.partner_id.lang = "zh_CN"
        self.assertEqual(own.name, "May Day")
        self.assertEqual(len(leaves.filtered(lambda leave: leave.name == "国庆节")), 7)
        self.assertNotIn("Labour Day", leaves.mapped("name"))
        self.assertIn("劳动节", calendar.loyalty_sla_workday_ids[2].name)
        self.assertEqual(leaves.filtered("loyalty_sla_edited"), own)

    def test_another_time_zone_moves_the_days(self):
        self.load()
        self.leave_on("2025-10-02").name = "Edited"
        self.calendar.tz = "Asia/Tokyo"
        self.assertEqual(self.leave_on("2025-10-01").date_from, utc("2025-09-30 23:00"))
        self.assertEqual(self.leave_on("2025-10-02").date_from, utc("2025-10-02 00:00"))
        self.assertFalse(self.leave_on("2025-10-01").loyalty_sla_edited)

    def test_a_copy_knows_what_was_loaded(self):
        self.load()
        copy = self.calendar.copy()
        self.assertEqual(self.days_of(copy), self.days_of())
        self.assertFalse(self.load(calendar=copy).total())

    def test_a_deleted_calendar_leaves_no_holidays_of_the_company(self):
        calendar = self.calendar.copy({"name": "Branch"})
        self.load(calendar=calendar)
        before = self.Leave.search_count([("calendar_id", "=", False)])
        calendar.unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.Leave.search_count([("calendar_id", "=", False)]), before)

    def test_a_firm_in_china_has_them_from_the_start(self):
        with freeze_time("2025-06-01 10:00"):
            china = self.env.ref("base.cn").id
            born = self.env["res.company"].create({"name": "Shanghai", "country_id": china})
            moved = self.env["res.company"].create({"name": "Moved"})
            hours = {
                company: defaults.find(company, "policy_standard").calendar_id
                for company in (born, moved)
            }
            self.assertEqual(self.days_of(hours[born])["2025-10-11"], "worked")
            self.assertFalse(self.days_of(hours[moved]))
            moved.country_id = china
            self.assertEqual(self.days_of(hours[moved]), self.days_of(hours[born]))
            self.assertEqual(
                self.Leave.search(
                    [
                        ("calendar_id", "=", hours[moved].id),
                        ("loyalty_sla_public_date", "=", "2025-10-01"),
                    ]
                ).date_from,
                utc("2025-10-01 00:00"),
            )
            # And away again; what somebody has entered stays.
            self.Workday.create(
                {"name": "Own", "calendar_id": hours[moved].id, "date": "2025-07-05"}
            )
            moved.country_id = self.env.ref("base.jp").id
            self.assertEqual(self.days_of(hours[moved]), {"2025-07-05": "worked"})
            self.assertFalse(hours[moved].loyalty_sla_public_holidays)
            self.assertTrue(hours[moved].loyalty_sla_follows_company)

    # ------------------------------------------------------------------
    # Deadlines on a real calendar: the working is in tests/engine/test_sla_calendar.py
    # ------------------------------------------------------------------

    def test_deadlines(self):
        self.load()
        for opened, hours, expected in (
            ("2025-09-30 17:00", 2, "2025-10-09 10:00"),
            ("2025-09-26 17:00", 2, "2025-09-28 10:00"),
            ("2025-10-10 17:30", 9, "2025-10-13 09:30"),
            ("2025-09-26 09:00", 48, "2025-10-10 18:00"),
            ("2025-01-27 15:00", 8, "2025-02-05 15:00"),
            ("2025-05-30 14:00", 6, "2025-06-03 11:00"),
            ("2025-10-03 12:00", 3, "2025-10-09 12:00"),
        ):
            with self.subTest(opened=opened, hours=hours):
                self.assertEqual(self.deadline(opened, hours), utc(expected))

    def test_longer_than_a_year(self):
        """248 working days of 2025 and two of 2026; the first Sunday of 2026 is worked."""
        self.load((2025, 2026))
        self.assertEqual(self.deadline("2025-01-02 09:00", 2000), utc("2026-01-05 18:00"))

    def test_a_make_up_day_of_a_desk_that_does_not_work_every_weekday(self):
        """Closed on Tuesdays, so 28 September 2025, which is worked for a Tuesday, is off too.

        11 October is worked for a Wednesday: Friday 17:00 + 1 h, Saturday 9:00 + 1 h.
        """
        self.calendar.attendance_ids.filtered(lambda line: line.dayofweek == "1").unlink()
        self.load()
        self.assertEqual(self.deadline("2025-09-26 17:00", 2), utc("2025-09-29 10:00"))
        self.assertEqual(self.deadline("2025-10-10 17:00", 2), utc("2025-10-11 10:00"))

    def test_two_weeks_calendar(self):
        """A make-up day has the hours of the week it is in.

        Weeks of the first kind work from 9 to 12 only. The Monday of 6 October 2025 begins one
        of the second kind: 739,530 days since the year 1 are 105,647 weeks, an odd number. So
        Saturday the 11th, worked for a Wednesday, has 9-12 and 13-18: Friday off is filed on
        Friday 17:00, 1 h, then 4 h on Saturday to 14:00.
        """
        self.calendar.switch_calendar_type()
        lines = self.calendar.attendance_ids.filtered(lambda line: not line.display_type)
        lines.filtered(lambda line: line.day_period == "lunch").unlink()
        first = lines.exists().filtered(lambda line: line.week_type == "0")
        first.filtered(lambda line: line.day_period == "afternoon").unlink()
        self.load()
        self.assertEqual(self.deadline("2025-10-10 17:00", 5), utc("2025-10-11 14:00"))

    def test_the_receipt_names_the_holidays(self):
        self.load()
        ticket = self.file("2025-09-30 17:00")
        with at("2025-10-09 11:00"):
            receipt = ticket.loyalty_sla_receipt
        self.assertIn("outside working hours (National Day, Mid-autumn Festival)", receipt)
        # Nor is a night before or after a holiday one.
        ticket = self.file("2025-09-29 17:00")
        with at("2025-09-30 11:00"):
            self.assertNotIn("National Day", ticket.loyalty_sla_receipt)

    def test_open_clocks_are_counted_anew(self):
        """Filed on Tuesday, 30 September 17:00: 1 h on Tuesday, 3 h on Wednesday to 12:00.

        With the holidays loaded it is Thursday the 9th, 12:00.
        """
        ticket = self.file("2025-09-30 17:00")
        clock = self.clock(ticket, "first_response")
        self.assertEqual(clock.deadline, utc("2025-10-01 12:00"))
        with at("2025-09-30 17:30"):
            self.load()
            self.assertTrue(clock.replan_date)
            clock._replan(utc("2025-09-30 17:30"))
        self.assertEqual(clock.deadline, utc("2025-10-09 12:00"))

    def test_a_closed_ticket_keeps_what_was_counted_until_it_is_reopened(self):
        """Closed on 1 October, before anybody entered the holidays: 1 h and 2 h used.

        Nothing is wrong with that. Reopened on Thursday the 9th at 9:00, only the hour of
        Tuesday counts any more, and 23 h are left: 8 h each until Saturday the 11th, which is
        worked, less one: 17:00.
        """
        ticket = self.file("2025-09-30 17:00")
        self.move("2025-10-01 11:00", ticket, self.stage_done)
        clock = self.clock(ticket)
        self.assertEqual(clock.elapsed, 3 * 3600)
        with at("2025-10-05 10:00"):
            self.load()
            self.assertFalse(self.Clock._verify(ticket))
        self.assertEqual(clock.elapsed, 3 * 3600)
        self.move("2025-10-09 09:00", ticket, self.stage_progress)
        self.assertEqual(clock.elapsed, 3600)
        self.assertEqual(clock.deadline, utc("2025-10-11 17:00"))
        with at("2025-10-09 09:30"):
            self.assertFalse(self.Clock._verify(ticket))

    def test_of_another_company(self):
        """Whoever asks, also the system: the holidays of one firm are not those of another."""
        sister = self.env["res.company"].create({"name": "Sister"})
        hours = defaults.find(sister, "policy_standard").calendar_id
        hours.tz = "Asia/Shanghai"
        self.load()
        ticket = self.file("2025-09-30 17:00", company_id=sister.id, team_id=False, user_id=False)
        self.assertEqual(self.clock(ticket, "first_response").deadline, utc("2025-10-01 12:00"))
        self.assertFalse(self.days_of(hours))

    # ------------------------------------------------------------------
    # Hours that change from a date on
    # ------------------------------------------------------------------

    def saturdays(self, calendar=None, day="2026-03-01"):
        """From a day on the desk also works on Saturdays from 9 to 12."""
        change = self.Change.create(
            {"calendar_id": (calendar or self.calendar).id, "date_from": day}
        )
        self.env["resource.calendar.attendance"].create(
            {
                "name": "Saturday",
                "calendar_id": change.hours_calendar_id.id,
                "dayofweek": "5",
                "day_period": "morning",
                "hour_from": 9,
                "hour_to": 12,
            }
        )
        return change

    def used(self, clock, when):
        """Return the working seconds that a running clock has counted up to a moment."""
        times = clock.calendar_id._loyalty_sla_times()
        return engine.settle(clock._as_engine(), utc(when), times).elapsed

    def test_saturdays_from_march_on(self):
        """Old tickets keep the time they have used, and new ones have Saturdays."""
        old = self.clock(self.file("2026-02-20 16:00"))
        # Friday 2 h, Monday to Friday 40 h.
        used = self.used(old, "2026-02-27 18:00")
        self.assertEqual(used, 42 * 3600)
        self.saturdays()
        self.assertEqual(self.used(old, "2026-02-27 18:00"), used)
        # 28 February is no Saturday that counts; 40 h and 3 h in the first week of March.
        self.assertEqual(self.used(old, "2026-03-08 00:00"), used + 43 * 3600)
        self.assertEqual(self.deadline("2026-02-27 17:00", 2), utc("2026-03-02 10:00"))
        self.assertEqual(self.deadline("2026-03-06 17:00", 2), utc("2026-03-07 10:00"))

    def test_a_copy_is_made_to_be_edited(self):
        self.load((2026,))
        change = self.saturdays()
        copy = change.hours_calendar_id
        self.assertEqual(copy.name, "Desk from 03/01/2026")
        self.assertEqual(len(copy.attendance_ids), 11)
        self.assertFalse(self.days_of(copy), "holidays stay those of the hours themselves")
        later = self.Change.create({"calendar_id": self.calendar.id, "date_from": "2026-06-01"})
        self.assertEqual(len(later.hours_calendar_id.attendance_ids), 11)

    def test_holidays_stay_those_of_the_hours_themselves(self):
        """Labour Day 2026, Friday to Tuesday, and the Saturday that is worked for it.

        Thursday 17:00 + 1 h, then 8 h on Wednesday. Saturday 9 May counts 8 h, like a Tuesday,
        and not 3: Friday 17:00 + 1 h, Saturday 8 h, Monday 1 h.
        """
        self.load((2026,))
        self.saturdays()
        self.assertEqual(self.deadline("2026-04-30 17:00", 9), utc("2026-05-06 18:00"))
        self.assertEqual(self.deadline("2026-05-08 17:00", 10), utc("2026-05-11 10:00"))

    def test_editing_the_new_hours_replans_who_counts_by_them(self):
        change = self.saturdays()
        clock = self.clock(self.file("2026-03-06 17:00"), "first_response")
        # 1 h on Friday, 3 h on Saturday
        self.assertEqual(clock.deadline, utc("2026-03-07 12:00"))
        with at("2026-03-06 17:30"):
            saturday = change.hours_calendar_id.attendance_ids.filtered(
                lambda line: line.dayofweek == "5"
            )
            saturday.hour_from = 10
            self.assertTrue(clock.replan_date)
            clock._replan(utc("2026-03-06 17:30"))
        # 2 h on Saturday, 1 h on Monday
        self.assertEqual(clock.deadline, utc("2026-03-09 10:00"))
        with at("2026-03-06 17:30"):
            change.unlink()
            clock._replan(utc("2026-03-06 17:30"))
        self.assertEqual(clock.deadline, utc("2026-03-09 12:00"))

    def test_changes_that_make_no_sense(self):
        change = self.saturdays()
        hours = change.hours_calendar_id
        sister = self.env["res.company"].create({"name": "Sister"})
        theirs = defaults.find(sister, "policy_standard").calendar_id
        flexible = self.calendar.copy({"name": "Flexible", "schedule_type": "flexible"})
        for calendar, new, words in (
            (self.calendar, self.calendar, "itself"),
            (self.calendar, theirs, "another company"),
            (self.calendar, flexible, "flexible"),
            (theirs.copy({"company_id": self.company.id}), self.calendar, "itself"),
            (
                hours,
                self.calendar.with_context(loyalty_sla_bare_week=True).copy(),
                "list the change there",
            ),
        ):
            with self.assertRaisesRegex(ValidationError, words), self.cr.savepoint():
                self.Change.create(
                    {
                        "calendar_id": calendar.id,
                        "date_from": "2026-04-01",
                        "hours_calendar_id": new.id,
                    }
                )
        with self.assertRaisesRegex(ValidationError, "flexible"):
            hours.schedule_type = "flexible"

    # ------------------------------------------------------------------
    # Days of their own
    # ------------------------------------------------------------------

    def test_a_workday_by_hand(self):
        """Saturday 14 March 2026 from 10 to 15: Friday 17:00 + 1 h, 5 h, Monday 1 h."""
        workday = self.Workday.create(
            {
                "name": "Annual filing",
                "calendar_id": self.calendar.id,
                "date": "2026-03-14",
                "hours": "10:00-15:00",
            }
        )
        self.assertEqual(self.deadline("2026-03-13 17:00", 7), utc("2026-03-16 10:00"))
        # Without hours of its own it is worked like a Monday: 1 h, then 6 h, to 16:00.
        workday.hours = False
        self.assertEqual(self.deadline("2026-03-13 17:00", 7), utc("2026-03-14 16:00"))
        workday.unlink()
        self.assertEqual(self.deadline("2026-03-13 17:00", 7), utc("2026-03-16 16:00"))

    def test_hours_that_are_none(self):
        with self.assertRaisesRegex(ValidationError, "25:00"):
            self.Workday.create(
                {
                    "name": "x",
                    "calendar_id": self.calendar.id,
                    "date": "2026-03-14",
                    "hours": "9-25",
                }
            )

    # ------------------------------------------------------------------
    # Daylight saving time, as Odoo itself counts it
    # ------------------------------------------------------------------

    def test_a_year_counts_as_odoo_counts_it(self):
        """Without days of their own the working time is that of Odoo, to the second."""
        for tz in ("Europe/Berlin", "America/New_York", "Asia/Shanghai"):
            for calendar in (self.calendar.copy({"tz": tz}), self._always(tz)):
                times = calendar._loyalty_sla_times()[calendar.id]
                start, stop = utc("2025-01-01 00:00"), utc("2026-01-01 00:00")
                hours = calendar.get_work_hours_count(start, stop, compute_leaves=False)
                self.assertEqual(round(hours * 3600), times.worked(start, stop), tz)

    def test_a_day_off_at_the_change_of_clocks(self):
        """Sunday 30 March 2025 has 23 hours in Berlin; all of them are off.

        Round the clock, from Saturday 12:00 in Berlin: 12 h, then 1 h on Monday, 23:00 UTC.
        """
        berlin = self._always("Europe/Berlin")
        self.policy.calendar_id = berlin
        public = chinese_holidays.get_days([2025])[0]._replace(date=date(2025, 3, 30))
        with patch.object(chinese_holidays, "get_days", lambda years: [public]):
            self.load(calendar=berlin)
        # 12:00 in Berlin is 19:00 in Shanghai.
        self.assertEqual(
            str(self.deadline("2025-03-29 19:00", 13, team_id=False)), "2025-03-30 23:00:00"
        )

    # ------------------------------------------------------------------
    # Who may
    # ------------------------------------------------------------------

    def test_rights(self):
        manager = new_test_user(self.env, "holiday_manager", groups=MANAGER)
        loyalty = new_test_user(
            self.env, "holiday_loyalty", groups="loyalty_service.group_loyalty_manager"
        )
        for user in (manager, loyalty):
            Load = self.env["loyalty.service.sla.holiday.load"].with_user(user)
            load = Load.create(
                {"calendar_id": self.calendar.id, "year_from": 2025, "year_to": 2025}
            )
            self.assertIn("28", load.preview)
            load.action_load()
            self.env.flush_all()
            days = self.Day.with_user(user).search([("calendar_id", "=", self.calendar.id)])
            self.assertEqual(len(days), 33)
            leave = self.leave_on("2025-10-01").with_user(user)
            leave.name = "Birthday of the nation"
            days.unlink()
            self.assertFalse(self.days_of())
            self.load(restore=True)
            self.assertEqual(len(self.days_of()), 33)
        # Not the days off of the whole company, nor of a person.
        whole = self.Leave.create(
            {"name": "x", "date_from": utc("2025-11-03 09:00"), "date_to": utc("2025-11-03 18:00")}
        )
        with self.assertRaises(AccessError):
            whole.with_user(manager).name = "y"

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_hours_by_which_wages_are_counted_are_not_the_desks(self):
        wages = self.calendar.copy({"name": "Wages"})
        day = {
            "name": "x",
            "calendar_id": wages.id,
            "date_from": utc("2025-11-03 09:00"),
            "date_to": utc("2025-11-03 18:00"),
        }
        own = self.Leave.create(day)
        for user in (self.leader, new_test_user(self.env, "wages", groups=MANAGER)):
            leaves = self.Leave.with_user(user)
            for forbidden in (
                lambda leaves=leaves: leaves.create(day),
                lambda leaves=leaves: own.with_env(leaves.env).write({"name": "y"}),
                own.with_user(user).unlink,
            ):
                with self.assertRaises(AccessError):
                    forbidden()
        # As soon as the desk counts by them, or by whichever of its teams.
        self.assertNotIn(wages, wages.search([("loyalty_sla_used", "=", True)]))
        self.team.resource_calendar_id = wages
        self.assertIn(wages, wages.search([("loyalty_sla_used", "=", True)]))
        self.assertNotIn(wages, wages.search([("loyalty_sla_used", "=", False)]))
        self.env.invalidate_all()
        own.with_user(self.leader).name = "y"
        self.assertTrue(self.Leave.with_user(self.leader).create(day))

    def test_an_agent_reads(self):
        self.load()
        agent = self.agent
        self.env.flush_all()
        days = self.Day.with_user(agent).search([("calendar_id", "=", self.calendar.id)])
        self.assertEqual(len(days), 33)
        self.assertTrue(self.workday_on("2025-10-11").with_user(agent).name)
        for forbidden in (
            days[:1].unlink,
            lambda: self.leave_on("2025-10-01").with_user(agent).unlink(),
            lambda: self.workday_on("2025-10-11").with_user(agent).write({"hours": "9-12"}),
            lambda: (
                self.env["loyalty.service.sla.holiday.load"]
                .with_user(agent)
                .create({"calendar_id": self.calendar.id, "year_from": 2025, "year_to": 2025})
            ),
            lambda: self.Change.with_user(agent).create(
                {"calendar_id": self.calendar.id, "date_from": "2026-01-01"}
            ),
        ):
            with self.assertRaises(AccessError):
                forbidden()

    def test_who_has_nothing_to_do_with_the_desk(self):
        """Reads working hours, as Odoo lets all staff, and copies them if allowed to."""
        self.load()
        self.saturdays()
        nobody = new_test_user(self.env, "holiday_nobody", groups="base.group_user")
        self.assertTrue(self.calendar.with_user(nobody).read())
        self.env["ir.model.access"].create(
            [
                {
                    "name": f"test {model}",
                    "model_id": self.env["ir.model"]._get_id(model),
                    "group_id": self.env.ref("base.group_user").id,
                    **dict.fromkeys(["perm_read", "perm_write", "perm_create"], True),
                }
                for model in ("resource.calendar", "resource.calendar.attendance")
            ]
        )
        calendar = self.calendar.with_user(nobody)
        calendar.tz = "Asia/Tokyo"
        copied_sudo = calendar.copy({"global_leave_ids": []}).sudo()
        self.assertEqual(len(copied_sudo.loyalty_sla_workday_ids), 5)
        self.assertEqual(len(copied_sudo.loyalty_sla_change_ids), 1)

    def test_a_manager_of_another_company(self):
        sister = self.env["res.company"].create({"name": "Sister"})
        manager = new_test_user(
            self.env,
            "holiday_sister",
            groups=MANAGER,
            company_id=sister.id,
            company_ids=[(6, 0, sister.ids)],
        )
        self.load()
        self.env.flush_all()
        self.assertFalse(
            self.Day.with_user(manager).search([("calendar_id", "=", self.calendar.id)])
        )
        Load = self.env["loyalty.service.sla.holiday.load"].with_user(manager)
        load = Load.create({"calendar_id": self.calendar.id, "year_from": 2026, "year_to": 2026})
        with self.assertRaises(AccessError):
            load.action_load()
        with self.assertRaises(AccessError):
            self.Workday.with_user(manager).create(
                {"name": "x", "calendar_id": self.calendar.id, "date": "2025-12-06"}
            )

    # ------------------------------------------------------------------
    # The screens
    # ------------------------------------------------------------------

    def test_the_screen_shows_days_of_the_firm(self):
        """A day off from Friday noon to Sunday's end in Shanghai."""
        leave = self.Leave.create(
            {
                "name": "Move",
                "calendar_id": self.calendar.id,
                "date_from": utc("2026-03-06 12:00"),
                "date_to": utc("2026-03-09 00:00"),
            }
        )
        self.env.flush_all()
        day = self.Day.search([("leave_id", "=", leave.id)])
        self.assertEqual((str(day.date), str(day.date_end)), ("2026-03-06", "2026-03-08"))
        self.assertEqual((day.kind, day.origin), ("off", "hand"))
        self.assertEqual(day.action_open()["res_id"], leave.id)

    def test_the_dialog(self):
        with freeze_time("2026-06-01 10:00"):
            Load = self.env["loyalty.service.sla.holiday.load"]
            load = Load.create({"calendar_id": self.calendar.id})
            self.assertEqual((load.year_from, load.year_to), (2026, 2026))
            self.assertIn("33", load.preview)
            self.assertFalse(load.note)
            answer = load.action_load()
            self.assertIn("33", answer["params"]["message"])
            self.assertEqual(answer["params"]["next"]["res_model"], "loyalty.service.sla.day")
            self.assertIn("already", load.action_load()["params"]["message"])
            with patch.object(chinese_holidays, "get_days", lambda years: []):
                self.assertIn("39 days taken back", load.action_load()["params"]["message"])
            with self.assertRaisesRegex(ValidationError, "2004"):
                load.year_from = 1990

    def test_without_the_package(self):
        with patch.dict(sys.modules, {"chinese_calendar": None}):
            with self.assertRaisesRegex(UserError, "pip install chinesecalendar"):
                self.env["loyalty.service.sla.holiday.load"].create(
                    {"calendar_id": self.calendar.id}
                )
            china = self.env.ref("base.cn").id
            company = self.env["res.company"].create({"name": "China", "country_id": china})
            hours = defaults.find(company, "policy_standard").calendar_id
            self.assertTrue(hours.loyalty_sla_public_holidays, "loaded once the package is there")
            self.assertIn("not installed", hours.loyalty_sla_holiday_note)


@tagged("post_install", "-at_install")
class TestYearlyRun(HolidayCommon):
    """The scheduled action, batch by batch, without its commits."""

    def run_for(self, calendars):
        calendars._loyalty_sla_refresh()

    def told(self, user=None):
        domain = [("user_id", "=", (user or self.leader).id)]
        kind = self.env.ref("loyalty_service_sla.mail_activity_type_holidays")
        return self.env["mail.activity"].search([*domain, ("activity_type_id", "=", kind.id)])

    def test_the_next_year_is_known(self):
        with freeze_time("2025-12-01 01:00"):
            self.run_for(self.calendar)
        self.assertEqual(len(self.days_of()), 33 + 39)
        self.assertFalse(self.told())

    def test_the_next_year_is_not_known(self):
        last = chinese_holidays.get_years()[1]
        with freeze_time(f"{last}-10-30 01:00"):
            self.run_for(self.calendar)
            self.assertFalse(self.told(), "nobody expects it before November")
            self.assertFalse(self.calendar.loyalty_sla_holiday_note)
        with freeze_time(f"{last}-12-01 01:00"):
            self.run_for(self.calendar)
            self.run_for(self.calendar)
            self.calendar.invalidate_recordset()
            self.assertIn(str(last + 1), self.calendar.loyalty_sla_holiday_note)
        [activity] = self.told()
        self.assertIn(str(last + 1), activity.summary)
        self.assertIn("pip install -U chinesecalendar", activity.note)
        self.assertTrue(self.days_of(), "what is known is loaded all the same")
        self.assertFalse(self.told(self.agent))

    def test_managers_of_other_companies_are_not_told(self):
        sister = self.env["res.company"].create({"name": "Sister"})
        manager = new_test_user(
            self.env,
            "yearly_sister",
            groups=MANAGER,
            company_id=sister.id,
            company_ids=[(6, 0, sister.ids)],
        )
        with freeze_time(f"{chinese_holidays.get_years()[1]}-12-01 01:00"):
            self.run_for(self.calendar)
        self.assertTrue(self.told())
        self.assertFalse(self.told(manager))

    def test_the_whole_action(self):
        cron = self.env.ref("loyalty_service_sla.ir_cron_holidays")
        self.calendar.loyalty_sla_public_holidays = True
        with (
            freeze_time(f"{chinese_holidays.get_years()[1]}-12-01 01:00"),
            self.enter_registry_test_mode(),
        ):
            cron.method_direct_trigger()
        self.assertTrue(self.days_of())
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]))


@tagged("post_install", "-at_install")
class TestTwoAtOnce(TransactionCase):
    """Two real connections load the same year."""

    def setUp(self):
        super().setUp()
        self.real = Registry(self.env.cr.dbname)
        self.addCleanup(self.remove)
        with self.real.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.calendar_id = env["resource.calendar"].create({"name": "Race"}).id

    def remove(self):
        with self.real.cursor() as cr:
            self.calendar(cr).unlink()

    def calendar(self, cr):
        env = api.Environment(cr, SUPERUSER_ID, {})
        return env["resource.calendar"].browse(self.calendar_id)

    def test_nothing_is_loaded_twice(self):
        with self.real.cursor() as one, self.real.cursor() as other:
            self.calendar(other).name  # noqa: B018 - begins to look before the first is done
            self.calendar(one)._loyalty_sla_load_holidays([2025])
            one.commit()
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                self.calendar(other)._loyalty_sla_load_holidays([2025])
            other.rollback()
            # Odoo runs a request again that failed so.
            self.assertFalse(self.calendar(other)._loyalty_sla_load_holidays([2025]).total())
            self.assertEqual(len(self.calendar(other)._loyalty_sla_get_loaded_leaves()), 28)
