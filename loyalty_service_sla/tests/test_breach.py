from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.exceptions import ConcurrencyError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import SlaCommon, at, utc


@tagged("post_install", "-at_install")
class TestBreach(SlaCommon):
    def sweep(self, when):
        """Run the scheduled action as it does its work, without its commits."""
        with (
            at(when),
            patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=60.0),
        ):
            self.Clock._cron_sweep()
            self.env.flush_all()

    def escalations(self, ticket):
        activity_type = self.env.ref("loyalty_service_sla.mail_activity_type_breach")
        return ticket.activity_ids.filtered(lambda act: act.activity_type_id == activity_type)

    def breaches(self):
        return self.standing(self.client_partner, "sla_breached")

    def test_marked_after_the_deadline_and_once(self):
        ticket = self.file("2026-03-02 10:00")
        first = self.clock(ticket, "first_response")
        self.sweep("2026-03-02 15:00")
        self.assertFalse(first.breached, "on the deadline is still in time")
        for when in ("2026-03-02 15:00:01", "2026-03-02 15:01", "2026-03-02 18:00"):
            self.sweep(when)
        self.assertTrue(first.breached)
        self.assertEqual(first.state, "running")
        self.assertEqual(first.breach_date, utc("2026-03-02 15:00"))
        self.assertFalse(first.next_due)
        self.assertEqual(ticket.loyalty_sla_state, "breached")
        self.assertEqual(self.escalations(ticket).user_id, self.agent | self.leader)
        self.assertEqual(len(self.escalations(ticket)), 2)
        self.assertEqual(self.breaches().mapped("date"), [utc("2026-03-02 15:00")])

        self.answer("2026-03-02 16:00", ticket)
        self.assertEqual((first.state, first.overrun), ("missed", 3600))
        self.assertEqual(len(self.breaches()), 1)

    def test_answered_late_before_the_sweep_came_by(self):
        ticket = self.file("2026-03-02 10:00")
        self.answer("2026-03-02 15:30", ticket)
        self.assertEqual(self.clock(ticket, "first_response").state, "missed")
        self.assertEqual(len(self.breaches()), 1)
        self.assertFalse(self.escalations(ticket), "nobody is called to what is done")

    def test_escalation_is_over_when_the_ticket_is(self):
        ticket = self.file("2026-03-02 10:00")
        self.sweep("2026-03-02 15:01")
        self.assertTrue(self.escalations(ticket))
        self.answer("2026-03-02 15:30", ticket)
        self.assertFalse(self.escalations(ticket))

    def test_paused_tickets_are_left_alone(self):
        ticket = self.file("2026-03-02 10:00")
        self.move("2026-03-02 14:59", ticket, self.stage_awaiting)
        self.sweep("2026-03-10 10:00")
        self.assertFalse(any(ticket.loyalty_sla_clock_ids.mapped("breached")))

    def test_nothing_due_nothing_done(self):
        self.file("2026-03-02 10:00")
        with (
            patch.object(type(self.Clock), "_sweep") as sweep,
            patch.object(type(self.Clock), "_replan") as replan,
        ):
            self.sweep("2026-03-02 11:00")
        sweep.assert_not_called()
        replan.assert_not_called()

    def test_only_what_is_due(self):
        """Finding what is due costs the same for 5 tickets as for 50."""
        counts = []
        for number in (5, 45):
            for _ in range(number):
                self.file("2026-03-02 10:00")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.sweep("2026-03-02 11:00")
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_no_assignee_and_no_team(self):
        self.client_partner.user_id = self.leader
        ticket = self.file("2026-03-02 10:00", user_id=False, team_id=False)
        self.sweep("2026-03-02 15:01")
        self.assertEqual(self.escalations(ticket).user_id, self.leader)

    def test_next_run_is_planned(self):
        cron = self.env.ref("loyalty_service_sla.ir_cron_sweep")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        triggers.unlink()
        # Nothing else may be due, for instance of the demo data.
        self.Clock.search([("next_due", "!=", False)]).next_due = False
        ticket = self.file("2026-03-02 10:00")
        planned = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertEqual(planned.mapped("call_at"), [utc("2026-03-02 15:00:01")])
        # A ticket that is due later plans nothing, the run does it.
        self.file("2026-03-02 11:00")
        planned = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertEqual(len(planned), 1)
        planned.unlink()
        self.sweep("2026-03-02 15:01")
        planned = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertEqual(planned.mapped("call_at"), [utc("2026-03-02 16:00:01")])
        self.assertTrue(self.clock(ticket, "first_response").breached)

    @mute_logger("odoo.addons.loyalty_service.batch")
    def test_one_bad_ticket_does_not_stop_the_others(self):
        good, bad = self.file("2026-03-02 10:00"), self.file("2026-03-02 10:00")
        Clock = type(self.Clock)
        escalate = Clock._escalate

        def fail(clocks, now):
            if bad in clocks.ticket_id:
                raise ValueError("no mail today")
            return escalate(clocks, now)

        with patch.object(Clock, "_escalate", fail):
            self.sweep("2026-03-02 15:01")
        self.assertTrue(self.clock(good, "first_response").breached)
        self.assertTrue(self.escalations(good))
        wrong = self.clock(bad, "first_response")
        self.assertEqual(
            (wrong.error, wrong.retry_date), ("no mail today", utc("2026-03-02 16:01"))
        )
        self.assertFalse(wrong.breached, "not marked before somebody is told")
        self.sweep("2026-03-02 15:59")
        self.assertFalse(self.escalations(bad), "it is left alone for an hour")
        self.sweep("2026-03-02 16:01")
        self.assertEqual((wrong.breached, wrong.breach_date), (True, utc("2026-03-02 15:00")))
        self.assertEqual((wrong.error, wrong.retry_date), (False, False))
        self.assertEqual(len(self.escalations(bad)), 2)
        self.assertEqual(len(self.breaches()), 2)

    @mute_logger("odoo.addons.loyalty_service.batch")
    def test_what_failed_does_not_call_the_next_run(self):
        self.Clock.search([("next_due", "!=", False)]).next_due = False
        bad = self.file("2026-03-02 10:00")
        with patch.object(type(self.Clock), "_escalate", side_effect=ValueError):
            self.sweep("2026-03-02 15:01")
        cron = self.env.ref("loyalty_service_sla.ir_cron_sweep")
        self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).unlink()
        self.sweep("2026-03-02 15:02")
        # 24 working hours from Monday 10:00: 7 on Monday, 8 on Tuesday and Wednesday, then 1
        self.assertEqual(self.clock(bad).deadline, utc("2026-03-05 10:00"))
        planned = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertEqual(planned.mapped("call_at"), [utc("2026-03-05 10:00:01")])

    @mute_logger("odoo.addons.loyalty_service.batch")
    def test_another_transaction_in_the_way(self):
        """Nothing is wrong with the tickets: the run starts again, and no breach is lost."""
        ticket = self.file("2026-03-02 10:00")
        first = self.clock(ticket, "first_response")
        for error in (ConcurrencyError("in the way"), SerializationFailure("in the way")):
            with (
                patch.object(type(self.Clock), "_escalate", side_effect=error),
                self.assertRaises(type(error)),
            ):
                self.sweep("2026-03-02 15:01")
            self.assertFalse(first.error)
        self.sweep("2026-03-02 15:02")
        self.assertTrue(first.breached)
        self.assertEqual(len(self.breaches()), 1)
        self.assertEqual(len(self.escalations(ticket)), 2)

    @mute_logger("odoo.addons.loyalty_service.batch")
    def test_calendar_that_cannot_be_read(self):
        good = self.file("2026-03-02 10:00")
        self.team.resource_calendar_id = self.calendar.copy({"name": "Broken"})
        self.policy.calendar_id = False
        bad = self.file("2026-03-02 10:00")
        broken = self.team.resource_calendar_id
        self.assertEqual(self.clock(bad).calendar_id, broken)
        Calendar = type(broken)
        times = Calendar._loyalty_sla_times

        def fail(calendars):
            if broken in calendars:
                raise ValueError("no such time zone")
            return times(calendars)

        with patch.object(Calendar, "_loyalty_sla_times", fail):
            self.sweep("2026-03-02 15:01")
        self.assertTrue(self.clock(good, "first_response").breached)
        wrong = self.clock(bad, "first_response")
        self.assertEqual(wrong.error, "no such time zone")
        # As soon as somebody mends the calendar it is tried again.
        with at("2026-03-02 15:10"):
            broken.attendance_ids.filtered(lambda line: line.dayofweek == "4").unlink()
        self.sweep("2026-03-02 15:11")
        self.assertEqual((wrong.error, wrong.retry_date), (False, False))
        self.assertEqual((wrong.breached, wrong.breach_date), (True, utc("2026-03-02 15:00")))

    def test_calendar_is_corrected(self):
        """A holiday entered late: nobody had to work on Monday afternoon."""
        ticket = self.file("2026-03-02 10:00")
        waiting = self.file("2026-03-02 11:00")
        self.sweep("2026-03-02 15:01")
        first = self.clock(ticket, "first_response")
        self.assertTrue(first.breached)
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Typhoon",
                "calendar_id": self.calendar.id,
                "date_from": utc("2026-03-02 12:00"),
                "date_to": utc("2026-03-02 23:59:59"),
            }
        )
        self.sweep("2026-03-02 15:02")
        # 2 h on Monday morning, then Tuesday 9:00 to 11:00
        self.assertEqual(first.deadline, utc("2026-03-03 11:00"))
        self.assertFalse(first.breached)
        self.assertFalse(self.breaches())
        # 1 h on Monday morning, then 3 h on Tuesday
        other = self.clock(waiting, "first_response")
        self.assertEqual(other.deadline, utc("2026-03-03 12:00"))
        self.assertEqual(other.next_due, other.deadline)

    def test_due_while_the_calendar_is_changed(self):
        """Somebody edits the calendar a minute before a deadline that this does not move."""
        ticket = self.file("2026-03-02 10:00")
        with at("2026-03-02 14:59"):
            self.calendar.attendance_ids.filtered(lambda line: line.dayofweek == "4").unlink()
        self.sweep("2026-03-02 15:01")
        self.assertTrue(self.clock(ticket, "first_response").breached)
        self.assertEqual(len(self.escalations(ticket)), 2)

    def test_late_by_a_change_of_the_calendar_alarms_nobody(self):
        """At 16:00 the lunch break is struck out: the answer was due at 14:00."""
        ticket = self.file("2026-03-02 10:00")
        self.move("2026-03-02 14:30", ticket, self.stage_progress)
        with at("2026-03-02 14:45"):
            self.env["resource.calendar.attendance"].create(
                {
                    "name": "Noon",
                    "calendar_id": self.calendar.id,
                    "dayofweek": "0",
                    "day_period": "afternoon",
                    "hour_from": 12,
                    "hour_to": 13,
                }
            )
        self.sweep("2026-03-02 14:46")
        first = self.clock(ticket, "first_response")
        self.assertEqual((first.breached, first.breach_date), (True, utc("2026-03-02 14:00")))
        self.assertEqual(len(self.breaches()), 1)
        self.assertFalse(self.escalations(ticket))

    def test_time_off_of_a_person_is_no_holiday(self):
        ticket = self.file("2026-03-02 10:00")
        resource = self.env["resource.resource"].create(
            {"name": "Li", "calendar_id": self.calendar.id}
        )
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Dentist",
                "resource_id": resource.id,
                "calendar_id": self.calendar.id,
                "date_from": utc("2026-03-02 12:00"),
                "date_to": utc("2026-03-02 23:59:59"),
            }
        )
        self.assertFalse(any(ticket.loyalty_sla_clock_ids.mapped("replan_date")))
        self.assertEqual(
            self.file("2026-03-02 10:00").loyalty_sla_deadline, ticket.loyalty_sla_deadline
        )
