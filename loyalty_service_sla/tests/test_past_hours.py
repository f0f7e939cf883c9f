"""What has ended is explained and proved by the hours that counted then."""

import json
from contextlib import contextmanager
from random import Random
from unittest.mock import patch

from psycopg2.errors import NotNullViolation

from odoo.sql_db import Cursor
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import SlaCommon, at, utc

HOUR = 3600


@tagged("post_install", "-at_install")
class TestPastHours(SlaCommon):
    def day_off(self, when, start, stop, name="Entered later"):
        with at(when):
            leave = self.env["resource.calendar.leaves"].create(
                {
                    "name": name,
                    "calendar_id": self.calendar.id,
                    "date_from": utc(start),
                    "date_to": utc(stop),
                }
            )
            self.env.flush_all()
        return leave

    def close(self, when, opened="2026-03-02 10:00"):
        ticket = self.file(opened)
        self.move(when, ticket, self.stage_done)
        return ticket

    def receipt(self, ticket, when, target="resolution"):
        with at(when):
            return ticket._prepare_receipt(self.clock(ticket, target), utc(when))

    def forge(self, clock):
        self.env.cr.execute(
            SQL("UPDATE loyalty_service_sla_clock SET elapsed = 5 WHERE id = %s", clock.id)
        )
        clock.invalidate_recordset()

    @contextmanager
    def queries(self):
        """Gather the text of each query, beginning with nothing in the caches."""
        texts, execute = [], Cursor.execute

        def note(cursor, query, *args, **kwargs):
            texts.append(query.code if isinstance(query, SQL) else query)
            return execute(cursor, query, *args, **kwargs)

        self.env.flush_all()
        self.env.invalidate_all()
        with patch.object(Cursor, "execute", note):
            yield texts
            self.env.flush_all()

    def test_missed_stays_missed(self):
        """Monday 10:00 to Friday 10:00: 7 + 8 + 8 + 8 + 1 = 32 h, 8 over.

        Tuesday and Wednesday become days off afterwards: 16 h would be left of that.
        """
        ticket = self.close("2026-03-06 10:00")
        clock = self.clock(ticket)
        self.day_off("2026-03-09 09:00", "2026-03-03 00:00", "2026-03-05 00:00")
        receipt = self.receipt(ticket, "2026-03-09 10:00")
        self.assertEqual(
            (clock.state, clock.elapsed, clock.overrun), ("missed", 32 * HOUR, 8 * HOUR)
        )
        self.assertIn("Used 32 h, 8 h over.", receipt["outcome"])
        counted = [row for row in receipt["rows"] if row["counted"]]
        self.assertEqual((len(counted), counted[-1]["total"]), (9, "32:00:00"))
        self.assertFalse(receipt["unexplained"])
        self.assertNotIn("Entered later", str(receipt["rows"]))
        self.assertFalse(self.Clock._verify(ticket))
        # What is closed after that counts by the corrected hours.
        other = self.close("2026-03-09 10:00")
        self.assertEqual(self.clock(other).elapsed, (7 + 8 + 8 + 1) * HOUR)
        self.assertIn("Entered later", str(self.receipt(other, "2026-03-09 11:00")["rows"]))
        self.assertFalse(self.Clock._verify(other))

    def test_reopened_it_counts_by_the_hours_as_they_are(self):
        ticket = self.close("2026-03-04 10:00")
        self.day_off("2026-03-04 11:00", "2026-03-03 00:00", "2026-03-04 00:00")
        self.assertEqual(self.clock(ticket).elapsed, 16 * HOUR)
        self.move("2026-03-04 12:00", ticket, self.stage_progress)
        # 7 h of Monday, 1 h of today.
        self.assertEqual(self.clock(ticket).elapsed, 8 * HOUR)
        self.move("2026-03-04 15:00", ticket, self.stage_done)
        self.assertEqual(self.clock(ticket).elapsed, 10 * HOUR)
        self.assertIn("Used 10 h", self.receipt(ticket, "2026-03-05 10:00")["outcome"])
        self.assertFalse(self.Clock._verify(ticket))

    def test_a_day_off_of_next_year_hides_nothing(self):
        ticket = self.close("2026-03-03 10:00")
        self.day_off("2026-03-04 10:00", "2027-05-01 00:00", "2027-05-02 00:00")
        self.assertFalse(self.calendar.loyalty_sla_past_hours, "no hour was another before")
        clock = self.clock(ticket)
        self.forge(clock)
        dialog = self.env["loyalty.service.sla.verify"].create({"ticket_ids": [(6, 0, ticket.ids)]})
        self.assertEqual((dialog.difference_count, dialog.clock_count), (1, 2))
        self.assertFalse(dialog.left_out_count)

    def test_forged_behind_a_change_of_hours(self):
        ticket = self.close("2026-03-06 10:00")
        self.day_off("2026-03-09 09:00", "2026-03-03 00:00", "2026-03-05 00:00")
        clock = self.clock(ticket)
        self.forge(clock)
        self.assertEqual([one.field for one in self.Clock._verify(ticket)], ["elapsed"])
        with at("2026-03-09 10:00"):
            ticket._loyalty_sla_correct()
        self.assertEqual(clock.elapsed, 32 * HOUR)

    def test_hours_of_which_nobody_knows(self):
        """Closed before an earlier version of this addon: what is kept is said, and no more."""
        ticket = self.close("2026-03-06 10:00")
        self.day_off("2026-03-09 09:00", "2026-03-03 00:00", "2026-03-05 00:00")
        self.calendar.write(
            {
                "loyalty_sla_past_hours": False,
                "loyalty_sla_past_date": False,
                "loyalty_sla_changed_date": utc("2026-03-09 09:00"),
            }
        )
        receipt = self.receipt(ticket, "2026-03-09 10:00")
        self.assertIn("Used 32 h, 8 h over.", receipt["outcome"])
        self.assertEqual(receipt["rows"], [])
        self.assertIn("were not kept", receipt["unexplained"])
        dialog = self.env["loyalty.service.sla.verify"].create({"ticket_ids": [(6, 0, ticket.ids)]})
        self.assertEqual((dialog.clock_count, dialog.left_out_count), (0, 2))

    def test_the_week_and_its_time_zone(self):
        ticket = self.close("2026-03-03 10:00")
        with at("2026-03-04 10:00"):
            self.calendar.attendance_ids.filtered(
                lambda line: line.dayofweek == "0" and line.hour_from == 13
            ).unlink()
            self.calendar.tz = "Europe/Berlin"
            self.env.flush_all()
        self.assertEqual(self.clock(ticket).elapsed, 8 * HOUR)
        self.assertIn("Used 8 h, 16 h left.", self.receipt(ticket, "2026-03-05 10:00")["outcome"])
        self.assertFalse(self.receipt(ticket, "2026-03-05 10:00")["unexplained"])
        self.assertFalse(self.Clock._verify(ticket))

    def test_hours_that_a_ticket_was_counted_by_before(self):
        """It went to another team; then the hours of the first one are corrected."""
        self.policy.calendar_id = False
        self.team.resource_calendar_id = self.calendar
        other = self.calendar.copy({"name": "Others"})
        team = self.team.copy({"name": "Other", "resource_calendar_id": other.id})
        ticket = self.file("2026-03-02 10:00")
        with at("2026-03-03 10:00"):
            ticket.team_id = team
            self.env.flush_all()
        self.day_off("2026-03-03 11:00", "2026-03-02 13:00", "2026-03-02 18:00")
        clock = self.clock(ticket)
        self.assertTrue(clock.replan_date)
        with at("2026-03-03 12:00"):
            clock._replan(utc("2026-03-03 12:00"))
        # 2 h of Monday, 1 h of Tuesday until it went.
        self.assertEqual(clock.elapsed, 3 * HOUR)
        self.assertFalse(self.Clock._verify(ticket))

    def test_receipt_is_what_is_kept_whatever_happens(self):
        """Closed at any time, hours changed at any time: receipt, clock and replay agree."""
        dice = Random(7)
        tickets, leaves = self.Ticket, []
        for day in range(2, 28):
            today = f"2026-03-{day:02}"
            what = dice.randrange(5)
            if what <= 1:
                tickets |= self.file(f"{today} {dice.randrange(10, 12)}:{dice.randrange(10, 60)}")
            elif what == 2 and tickets:
                ticket = dice.choice(list(tickets))
                stage = self.stage_progress if ticket.closed else self.stage_done
                self.move(f"{today} 16:{dice.randrange(10, 60)}", ticket, stage)
            elif what == 3:
                off = f"2026-03-{dice.randrange(2, 28):02}"
                leaves.append(
                    self.day_off(f"{today} 17:00", f"{off} 09:00", f"{off} 18:00", f"Off {off}")
                )
            elif leaves:
                with at(f"{today} 17:30"):
                    leaves.pop(0).unlink()
                    self.env.flush_all()
            with at(f"{today} 20:00"):
                clocks = tickets.loyalty_sla_clock_ids
                clocks.filtered("replan_date")._replan(utc(f"{today} 20:00"))
                self.env.flush_all()
                self.assertFalse(self.Clock._verify(tickets))
                for clock in clocks:
                    receipt = clock.ticket_id._prepare_receipt(clock, utc(f"{today} 20:00"))
                    self.assertFalse(receipt["unexplained"])
        self.assertTrue(any(ticket.closed for ticket in tickets))

    def change_often(self, day, times):
        """Change the hours of Mondays time and again, and with them those of the last one."""
        line = self.calendar.attendance_ids.filtered(lambda line: line.dayofweek == "0")[:1]
        for number in range(times):
            with at(f"{day} 10:{number:02}"):
                line.hour_from = 9.5 if number % 2 else 9.25
                self.env.flush_all()

    def test_what_is_open_never_reads_the_past(self):
        """Created, answered, closed, reopened, listed: however often the hours were changed."""
        done = self.file("2026-03-02 10:00") | self.file("2026-03-02 10:00")
        self.move("2026-03-03 10:00", done, self.stage_done)
        counts = []
        for day, times in (("2026-03-05", 1), ("2026-03-09", 20)):
            self.change_often(day, times)
            self.file(f"{day} 15:00")
            with self.queries() as texts:
                ticket = self.file(f"{day} 16:00")
                self.answer(f"{day} 16:10", ticket)
                self.move(f"{day} 16:20", ticket, self.stage_done)
            counts.append(len(texts))
            with self.queries() as moved:
                self.move(f"{day} 16:30", done, self.stage_progress)
                self.move(f"{day} 16:40", done, self.stage_done)
            with self.queries() as listed, at(f"{day} 17:00"):
                (done | ticket).mapped("loyalty_sla_timers")
                (done | ticket)._get_loyalty_sla_next_lines()
            for text in (*texts, *moved, *listed):
                self.assertNotIn("loyalty_sla_past_hours", text)
        self.assertEqual(counts[0], counts[1])

    def test_the_past_is_read_once(self):
        """Twelve clocks that ended before the change are proved by one look at the column."""
        tickets = self.Ticket
        for _number in range(6):
            tickets |= self.close("2026-03-03 10:00")
        self.change_often("2026-03-05", 5)
        with self.queries() as texts, at("2026-03-06 10:00"):
            self.assertFalse(self.Clock._verify(tickets))
            for clock in tickets.loyalty_sla_clock_ids:
                self.assertFalse(
                    clock.ticket_id._prepare_receipt(clock, utc("2026-03-06 10:00"))["unexplained"]
                )
        self.assertEqual(sum("loyalty_sla_past_hours" in text for text in texts), 1)

    def test_changes_of_one_moment_are_one(self):
        """Six lines changed in one second: what was before the first of them is kept."""
        ticket = self.close("2026-03-03 10:00")
        with at("2026-03-04 10:00"):
            for line in self.calendar.attendance_ids[:6]:
                line.hour_to -= 0.25
                self.env.flush_all()
        self.assertEqual(len(self.calendar.loyalty_sla_past_hours), 1)
        self.assertEqual(self.calendar.loyalty_sla_past_date, utc("2026-03-04 10:00"))
        self.assertIn("Used 8 h, 16 h left.", self.receipt(ticket, "2026-03-05 10:00")["outcome"])
        self.assertFalse(self.Clock._verify(ticket))

    def test_the_leave_of_a_person_concerns_no_clock(self):
        """Neither is the past compared nor any clock counted anew; made the firm's, it is."""
        ticket = self.file("2026-03-02 10:00")
        person = self.env["resource.resource"].create(
            {"name": "Somebody", "calendar_id": self.calendar.id}
        )
        Calendar = self.env.registry["resource.calendar"]
        with (
            at("2026-03-04 10:00"),
            patch.object(Calendar, "_loyalty_sla_split", side_effect=AssertionError("compared")),
        ):
            leave = self.env["resource.calendar.leaves"].create(
                {
                    "name": "Ill",
                    "calendar_id": self.calendar.id,
                    "resource_id": person.id,
                    "date_from": utc("2026-03-03 00:00"),
                    "date_to": utc("2026-03-04 00:00"),
                }
            )
            leave.date_from = utc("2026-03-02 00:00")
            gone = leave.copy()
            gone.unlink()
            self.env.flush_all()
        self.assertFalse(self.clock(ticket).replan_date)
        with at("2026-03-04 11:00"):
            leave.resource_id = False
            self.env.flush_all()
        self.assertTrue(self.calendar.loyalty_sla_past_hours)
        self.assertTrue(self.clock(ticket).replan_date)

    def test_a_day_off_compares_its_own_month(self):
        """Not the years since the first ticket."""
        self.file("2018-01-08 10:00")
        Calendar = self.env.registry["resource.calendar"]
        split, compared = Calendar._loyalty_sla_split, []

        def note(calendar, numbers, weekdays=None):
            compared.append(len(numbers))
            return split(calendar, numbers, weekdays)

        with patch.object(Calendar, "_loyalty_sla_split", note):
            leave = self.day_off("2026-03-09 09:00", "2026-03-03 00:00", "2026-03-05 00:00")
            self.assertLessEqual(max(compared), 2)
            with at("2026-03-09 10:00"):
                leave.unlink()
        self.assertLessEqual(max(compared), 2)
        self.assertEqual(len(compared), 4)

    def test_a_line_of_the_week_compares_its_own_day(self):
        """However the line is changed; of the other days nothing is read or kept."""
        ticket = self.close("2026-03-03 10:00", opened="2026-02-23 10:00")
        Calendar = self.env.registry["resource.calendar"]
        week, read = Calendar._loyalty_sla_week, []

        def note(calendar, first, last, weekdays=None):
            read.append(weekdays)
            return week(calendar, first, last, weekdays)

        monday = self.calendar.attendance_ids.filtered(lambda line: line.dayofweek == "0")
        tuesday = self.calendar.attendance_ids.filtered(lambda line: line.dayofweek == "1")
        new = {"name": "Sunday", "dayofweek": "6", "hour_from": 9, "hour_to": 12}
        for minute, wanted, change in (
            (0, {"0"}, lambda: monday[0].write({"hour_from": 9.5})),
            (1, {"0", "5"}, lambda: monday[0].write({"dayofweek": "5"})),
            (2, {"6"}, lambda: self.calendar.write({"attendance_ids": [(0, 0, new)]})),
            (
                3,
                {"1"},
                lambda: self.calendar.write(
                    {
                        "attendance_ids": [
                            (1, tuesday[0].id, {"hour_to": 11.5}),
                            (1, monday[1].id, {"name": "Of Monday"}),
                        ]
                    }
                ),
            ),
            (4, {"1"}, tuesday[1].unlink),
            (5, None, lambda: monday[1].write({"name": "After lunch"})),
        ):
            read.clear()
            with at(f"2026-03-04 10:0{minute}"), patch.object(Calendar, "_loyalty_sla_week", note):
                change()
                self.env.flush_all()
            with self.subTest(minute):
                self.assertEqual(read, [wanted, wanted] if wanted else [])
            self.assertFalse(self.Clock._verify(ticket))
        # 7 + 8 + 8 + 8 + 8 + 8 + 1 h, whatever the week became since.
        self.assertEqual(self.clock(ticket).elapsed, 48 * HOUR)
        self.assertIn("Used 48 h, 24 h over.", self.receipt(ticket, "2026-03-05 10:00")["outcome"])

    def test_what_is_turned_back_was_not_changed(self):
        ticket = self.close("2026-03-03 10:00")
        line = self.calendar.attendance_ids[:1]
        with at("2026-03-04 10:00"):
            for hour in (9.5, 9):
                line.hour_from = hour
                self.env.flush_all()
        [[_second, kept]] = self.calendar.loyalty_sla_past_hours
        self.assertEqual(kept, {})
        self.assertFalse(self.Clock._verify(ticket))

    def test_years_of_tickets_take_little_room(self):
        """A line of one day, eight years of tickets: a few numbers for each week."""
        ticket = self.close("2018-01-09 10:00", opened="2018-01-08 10:00")
        line = self.calendar.attendance_ids.filtered(lambda line: line.dayofweek == "0")[:1]
        with at("2026-03-04 10:00"):
            line.hour_from = 9.5
            self.env.flush_all()
        [[_second, kept]] = self.calendar.loyalty_sla_past_hours
        # From 8 January 2018 to 32 days after 4 March 2026 there are 430 Mondays: a piece each,
        # and those of the stretches at both ends.
        pieces = sum(len(gaps) for gaps in kept.values()) // 2
        self.assertTrue(430 <= pieces <= 440, pieces)
        self.assertLess(len(json.dumps(kept)), 10_000)
        self.assertFalse(self.Clock._verify(ticket))

    def test_the_calendar_may_come_from_the_screen(self):
        """As a default; and where there is none, that is said."""
        Workday = self.env["loyalty.service.sla.workday"]
        Change = self.env["loyalty.service.sla.calendar.change"]
        here = {"default_calendar_id": self.calendar.id}
        workday = Workday.with_context(**here).create({"name": "Saturday", "date": "2026-03-07"})
        self.assertEqual(workday.calendar_id, self.calendar)
        change = Change.with_context(**here).create({"date_from": "2026-06-01"})
        self.assertEqual(change.calendar_id, self.calendar)
        self.assertTrue(change.hours_calendar_id)
        for Model, vals in (
            (Workday, {"name": "Sunday", "date": "2026-03-08"}),
            (Change, {"date_from": "2026-07-01", "hours_calendar_id": self.calendar.id}),
        ):
            with (
                self.assertRaises(NotNullViolation),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                Model.create(vals)
                self.env.flush_all()
