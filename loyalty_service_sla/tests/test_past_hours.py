"""What has ended is explained and proved by the hours that counted then."""

from random import Random

from odoo.tests import tagged
from odoo.tools import SQL

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
            {"loyalty_sla_past_hours": False, "loyalty_sla_changed_date": utc("2026-03-09 09:00")}
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
