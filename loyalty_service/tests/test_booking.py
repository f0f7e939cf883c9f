from datetime import timedelta

import vobject
from psycopg2.errors import CheckViolation, ExclusionViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from .booking_common import BookingCommon

DAY = [9, 10, 11, 13, 14]


@tagged("post_install", "-at_install")
class TestBooking(CronMixinCase, BookingCommon):
    """What is free, and what an appointment makes."""

    # ------------------------------------------------------------------
    # Free times
    # ------------------------------------------------------------------

    def test_working_hours_from_tomorrow_on(self):
        # From Saturday 9 o'clock on, until Wednesday, which is five days ahead.
        self.assertEqual(self.free(), {14: DAY, 15: DAY, 16: DAY})

    def test_a_tier_books_earlier(self):
        self.middle.early_booking_days = 2
        self.client_record.tier_id = self.middle
        self.assertEqual(list(self.free()), [14, 15, 16, 17, 18])

    def test_notice(self):
        self.program.booking_notice_hours = 75  # Monday, noon
        self.assertEqual(self.free()[14], [13, 14])
        self.program.booking_notice_hours = 24 * 30
        self.assertEqual(self.free(), {})

    def test_meetings_are_taken_whatever_they_are(self):
        self.meet(self.at(14, 10), self.at(14, 11), privacy="private")
        self.meet(self.at(15, 9), self.at(15, 9.5))
        self.meet(self.at(16, 8), self.at(16, 13.5))
        self.assertEqual(self.free(), {14: [9, 11, 13, 14], 15: DAY[1:], 16: [14]})

    def test_what_does_not_take_time(self):
        self.meet(self.at(14, 10), self.at(14, 11), show_as="free")
        declined = self.meet(self.at(14, 11), self.at(14, 12))
        declined.attendee_ids.state = "declined"
        self.meet(self.at(14, 13), self.at(14, 14)).active = False
        self.meet(self.at(14, 14), self.at(14, 15), partner_ids=[Command.set(self.contact.ids)])
        self.assertEqual(self.free()[14], DAY)

    def test_a_whole_day_is_a_day_of_the_manager(self):
        self.Meeting.create(
            {
                "name": "Off",
                "allday": True,
                "start_date": "2030-01-15",
                "stop_date": "2030-01-15",
                "user_id": self.manager.id,
                "partner_ids": [Command.set(self.manager.partner_id.ids)],
            }
        )
        self.assertEqual(self.free(), {14: DAY, 16: DAY})

    def test_days_off(self):
        resource = self.env["resource.resource"].create(
            {"name": "Chen Jing", "user_id": self.manager.id, "calendar_id": self.hours.id}
        )
        Leave = self.env["resource.calendar.leaves"]
        own = Leave.create(
            {
                "name": "Holiday",
                "resource_id": resource.id,
                "calendar_id": self.hours.id,
                "date_from": self.at(14, 0),
                "date_to": self.at(14, 12),
            }
        )
        Leave.create(
            {
                "name": "Public holiday",
                "calendar_id": self.hours.id,
                "date_from": self.at(15, 0),
                "date_to": self.at(16, 0),
            }
        )
        self.assertEqual(self.free(), {14: [13, 14], 16: DAY})
        colleague = self.env["resource.resource"].create(
            {"name": "Lin", "calendar_id": self.hours.id}
        )
        own.resource_id = colleague
        self.assertEqual(self.free(), {14: DAY, 16: DAY})

    def test_hours_of_the_managers_own(self):
        short = self.hours.copy({"name": "Mondays", "company_id": self.company.id})
        short.attendance_ids.filtered(lambda line: line.dayofweek != "0").unlink()
        self.env["resource.resource"].create(
            {"name": "Chen Jing", "user_id": self.manager.id, "calendar_id": short.id}
        )
        self.assertEqual(self.free(), {14: DAY})
        short.attendance_ids.unlink()
        self.assertEqual(list(self.free()), [14, 15, 16], "of whom nothing is known: the firm's")

    def test_with_whom(self):
        client = self.client_record
        self.assertEqual(client._booking_user(), self.manager)
        self.manager.active = False
        self.assertFalse(client._booking_user())
        self.assertEqual(self.free(), {})
        desk = new_test_user(self.env, "desk_books", groups="base.group_user")
        self.program.booking_user_id = desk
        self.assertEqual(client._booking_user(), desk)
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        desk.write({"company_ids": [Command.set(sister.ids)], "company_id": sister.id})
        self.assertFalse(client._booking_user(), "works elsewhere")

    def test_statements_do_not_grow_with_the_calendar(self):
        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.client_record._booking_slots()
            return self.env.cr.sql_log_count - before

        queries()
        few = queries()
        for day in range(14, 17):
            for hour in range(8, 18):
                self.meet(self.at(day, hour), self.at(day, hour + 0.5), privacy="private")
        self.assertEqual(queries(), few)

    # ------------------------------------------------------------------
    # Booking
    # ------------------------------------------------------------------

    def test_an_appointment_is_a_meeting_of_the_manager(self):
        meeting = self.book(way="meeting", note="The <annual> report")
        self.assertEqual(
            (meeting.start, meeting.stop, meeting.user_id),
            (self.at(15, 10), self.at(15, 11), self.manager),
        )
        self.assertEqual(meeting.partner_ids, self.manager.partner_id + self.contact)
        self.assertEqual(set(meeting.attendee_ids.mapped("state")), {"accepted"})
        self.assertEqual(meeting.name, "Meeting with Shanghai Lantern Trading")
        self.assertIn("The &lt;annual&gt; report", meeting.description)
        self.assertNotIn("Chen", meeting.description, "the client reads it in its invitation")
        self.assertEqual(meeting.loyalty_booked_note, "The <annual> report")
        for told in ("&lt;annual&gt;", "Wang Fang", "wang@example.com"):
            self.assertIn(told, meeting.notes)
        self.assertEqual(meeting.loyalty_client_id, self.client_record)
        self.assertEqual(self.free()[15], [9, 11, 13, 14])

    def test_staff_see_it_on_the_client(self):
        meeting = self.book()
        activity = self.client_partner.activity_ids
        self.assertEqual(
            (activity.user_id, str(activity.date_deadline), activity.calendar_event_id),
            (self.manager, "2030-01-15", meeting),
        )
        note = self.client_partner.message_ids[0]
        self.assertIn("Appointment booked in the portal: Phone call with", note.body)
        self.assertIn("Tue, Jan 15, 10:00", note.body)
        self.assertTrue(note.subtype_id.internal)
        self.assertFalse(
            self.standing(self.client_partner, "email"), "nobody wrote a letter by booking"
        )

    def test_client_and_manager_get_an_invitation_with_the_date(self):
        with self.capture_triggers("mail.ir_cron_mail_scheduler_action") as queue:
            meeting = self.book()
        self.assertTrue(queue.records, "nobody waits for the next hour")
        mails = self.mails(meeting)
        self.assertEqual(mails.mapped("recipient_ids"), self.contact + self.manager.partner_id)
        self.assertEqual(len(mails), 2, "to each a mail of its own")
        for mail in mails:
            self.assertIn("10:00", mail.body_html)
            self.assertIn("China Standard Time", mail.body_html)
            [file] = mail.attachment_ids
            self.assertEqual(file.name, "invitation.ics")
            self.assertIn(b"DTSTART:20300115T020000Z", file.raw)
            self.assertIn(b"STATUS:CONFIRMED", file.raw)

    def test_twice_is_once(self):
        meeting = self.book()
        self.assertEqual(self.book(), meeting)
        self.assertEqual(len(self.client_record.booking_ids), 1)

    def test_what_is_not_free_is_refused(self):
        self.meet(self.at(14, 10), self.at(14, 11))
        for day, hour in ((14, 10), (14, 10.5), (14, 12), (12, 10), (17, 10), (10, 10)):
            with self.assertRaisesRegex(UserError, "not free any more"):
                self.book(day, hour)
        with self.assertRaisesRegex(UserError, "not free any more"):
            self.book(way="party")
        self.assertFalse(self.client_record.booking_ids)

    def test_so_many_at_a_time(self):
        self.book(14, 9)
        self.book(14, 10)
        with self.assertRaisesRegex(UserError, "You have 2 appointments ahead"):
            self.book(14, 11)
        with freeze_time("2030-01-14 02:00:00"):
            self.book(16, 11)

    def test_so_often_on_one_day(self):
        """With those that the client cancelled again; from midnight in Shanghai on anew."""
        self.program.booking_daily_limit = 3
        for _time in range(3):
            self.book(14, 9)._loyalty_cancel_by_client()
        made = self.client_record.with_context(active_test=False).booking_ids
        midnight = self.company._loyalty_moment(self.company._loyalty_day())

        def book_after(created):
            """Book once more, when those were made at that moment, by the database's clock."""
            self.env.cr.execute(
                "UPDATE calendar_event SET create_date = %s WHERE id IN %s",
                [created, tuple(made.ids)],
            )
            return self.book(14, 9)

        with self.assertRaisesRegex(UserError, "often enough for today"):
            book_after(midnight)
        self.assertTrue(book_after(midnight - timedelta(seconds=1)))

    def test_switched_off(self):
        self.program.booking_active = False
        with self.assertRaisesRegex(UserError, "not booked here"):
            self.book()

    def test_two_clients_of_one_manager(self):
        other = self.env["res.partner"].create({"name": "Other", "user_id": self.manager.id})
        self.record(partner=other)
        self.book()
        with self.assertRaisesRegex(UserError, "not free any more"):
            self.book(client=self.client_of_partner(other), contact=other)

    @mute_logger("odoo.sql_db")
    def test_the_database_keeps_appointments_apart(self):
        first, second = self.book(14, 9), self.book(14, 10)
        with self.assertRaises(ExclusionViolation), self.env.cr.savepoint():
            second.start = first.start
            self.env.flush_all()
        self.meet(first.start, first.stop)  # of meetings staff may have two

    def test_of_a_call_the_ledger_says_that_it_was_one(self):
        call, visit = self.book(14, 9), self.book(14, 10, way="visit")
        (call + visit)._loyalty_record_held()
        events = self.standing(self.client_partner, "call", "visit", "meeting")
        self.assertEqual(events.mapped("type_id.code"), ["call", "visit"])
        self.assertEqual(events.contact_id, self.contact)

    def test_where_it_is(self):
        self.company.write({"street": "1 Century Avenue", "city": "Shanghai"})
        self.client_partner.write({"street": "8 Lantern Road", "city": "Suzhou"})
        self.assertFalse(self.book(14, 9).location)
        self.assertIn("1 Century Avenue", self.book(14, 10, way="meeting").location)
        self.program.booking_limit = 3
        self.assertIn("8 Lantern Road", self.book(14, 11, way="visit").location)

    # ------------------------------------------------------------------
    # Cancelling
    # ------------------------------------------------------------------

    def uid(self, file):
        return vobject.readOne(file.raw.decode()).vevent.uid.value

    def mails(self, meeting):
        return self.env["mail.mail"].search(
            [("model", "=", "calendar.event"), ("res_id", "=", meeting.id)], order="id"
        )

    def test_the_client_cancels_in_time(self):
        meeting = self.book()
        before = self.mails(meeting)
        meeting._loyalty_cancel_by_client()
        self.assertFalse(meeting.active)
        self.assertFalse(self.client_partner.activity_ids)
        self.assertIn("Appointment cancelled: Phone call", self.client_partner.message_ids[0].body)
        mails = self.mails(meeting) - before
        self.assertEqual(mails.recipient_ids, self.manager.partner_id + self.contact)
        self.assertIn("China Standard Time", mails[0].body_html)
        for mail in mails:
            [file] = mail.attachment_ids
            [invited] = before.filtered(lambda m, to=mail.recipient_ids: m.recipient_ids == to)
            self.assertIn(b"METHOD:CANCEL", file.raw)
            self.assertIn(b"STATUS:CANCELLED", file.raw)
            self.assertEqual(self.uid(file), self.uid(invited.attachment_ids), "the same entry")
        self.assertEqual(self.free()[15], DAY)
        meeting._loyalty_cancel_by_client()
        self.assertEqual(self.mails(meeting) - before, mails, "told once")

    def test_it_is_too_late_to_cancel(self):
        meeting = self.book()
        with freeze_time(self.at(14, 10)):
            self.assertTrue(meeting._loyalty_can_cancel(), "24 hours before, to the minute")
        too_late = self.assertRaisesRegex(UserError, r"too late .* call \+86 21 5000 0000")
        with freeze_time(self.at(14, 10.1)), too_late:
            meeting._loyalty_cancel_by_client()
        self.assertTrue(meeting.active)

    def test_staff_move_and_cancel_it_in_the_calendar(self):
        meeting = self.book()
        own = meeting.with_user(self.manager)
        own.write({"start": self.at(16, 9), "stop": self.at(16, 10)})
        self.assertEqual(str(self.client_partner.activity_ids.date_deadline), "2030-01-16")
        self.assertEqual(self.free()[15], DAY)
        before = self.mails(meeting)
        own.active = False
        self.assertFalse(self.client_record._open_bookings())
        self.assertIn(self.contact, (self.mails(meeting) - before).recipient_ids)

    def test_a_meeting_that_nobody_booked_is_archived_without_mails(self):
        meeting = self.meet(self.at(14, 10), self.at(14, 11))
        before = self.mails(meeting)
        meeting.active = False
        self.assertEqual(self.mails(meeting), before)

    def test_what_is_over_is_not_cancelled(self):
        meeting = self.book()
        with freeze_time("2030-01-20 00:00:00"):
            before = self.mails(meeting)
            notes = self.client_partner.message_ids
            meeting.active = False
            self.assertEqual(self.mails(meeting), before)
            self.assertEqual(self.client_partner.message_ids, notes)

    def test_staff_delete_it(self):
        """The client is told, though the meeting and all its messages are gone."""
        meeting = self.book()
        before = self.env["mail.mail"].search([])
        meeting.with_user(self.manager).unlink()
        told = self.env["mail.mail"].search([]) - before
        self.assertIn(self.contact, told.recipient_ids)
        self.assertIn(b"METHOD:CANCEL", told.attachment_ids[0].raw)
        self.assertFalse(self.client_record._open_bookings())

    def test_staff_write_to_the_client_and_delete_it(self):
        """Odoo's dialog writes to those whom staff chose; nobody is told twice."""
        meeting = self.book().with_user(self.manager)
        template = self.env.ref("calendar.calendar_template_delete_event")
        dialog = self.env["calendar.popover.delete.wizard"].with_user(self.manager)
        before = self.env["mail.mail"].search([])
        dialog.create(
            {"calendar_event_id": meeting.id, "template_id": template.id}
        ).action_send_mail_and_delete()
        self.assertFalse(meeting.exists())
        self.assertFalse(self.env["mail.mail"].search([]) - before)

    def test_it_is_recorded_with_the_firm_that_it_was_booked_with(self):
        """The account manager works for another firm that serves the same company, too."""
        meeting = self.book()
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        self.env["loyalty.service.client"]._ensure(self.client_partner, sister)
        self.manager.write({"company_ids": [Command.link(sister.id)], "company_id": sister.id})
        with freeze_time("2030-01-20 00:00:00"):
            meeting._loyalty_record_due()
        self.assertEqual(
            self.standing(self.client_partner, "call").company_id, self.client_record.company_id
        )

    # ------------------------------------------------------------------
    # Rights and words
    # ------------------------------------------------------------------

    def test_only_loyalty_users_see_who_booked(self):
        meeting = self.book()
        stranger = new_test_user(self.env, "books_nothing", groups="base.group_user")
        self.assertEqual(meeting.with_user(stranger).loyalty_booked_way, "call")
        with self.assertRaises(AccessError):
            meeting.with_user(stranger).loyalty_client_id.display_name  # noqa: B018
        self.assertEqual(meeting.with_user(self.user_loyalty).loyalty_client_id, self.client_record)

    def test_whom_to_call(self):
        client = self.client_record
        self.assertEqual(
            client._booking_contact_text(),
            "Please call +86 21 5000 0000 or write to office@firm.example.",
        )
        self.company.write({"phone": False})
        self.assertEqual(client._booking_contact_text(), "Please write to office@firm.example.")
        self.company.write({"email": False})
        self.assertIn(self.company.name, client._booking_contact_text())
        self.client_partner.user_id = False
        self.assertIn("no account manager yet", client._booking_obstacle())

    def test_days_and_times_in_words(self):
        company = self.company
        moment = self.at(15, 14)
        self.assertEqual(company._loyalty_day_text(company._loyalty_day(moment)), "Tue, Jan 15")
        self.assertEqual(company._loyalty_zone_text(moment), "China Standard Time (UTC+08:00)")

    def test_joined_clients_keep_their_appointments(self):
        other = self.env["res.partner"].create({"name": "Bought", "user_id": self.manager.id})
        self.record(partner=other)
        meeting = self.book(client=self.client_of_partner(other), contact=other)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (other + self.client_partner).ids, self.client_partner
        )
        self.assertEqual(meeting.loyalty_client_id, self.client_record)

    @mute_logger("odoo.sql_db")
    def test_numbers_make_sense(self):
        for values in (
            {"booking_slot_minutes": 0},
            {"booking_days_ahead": -1},
            {"booking_limit": 0},
            {"booking_daily_limit": 0},
        ):
            with self.assertRaises(CheckViolation), self.env.cr.savepoint():
                self.program.write(values)
                self.env.flush_all()
