from datetime import datetime, time, timedelta

import pytz

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import clean_context, plaintext2html
from odoo.tools.translate import LazyTranslate

from ..concurrency import again_if_taken
from ..engine import address, booking
from .calendar_event_booking import WAYS

_lt = LazyTranslate(__name__)


class ClientBooking(models.Model):
    """Appointments that a client books with its account manager, or with the desk.

    What stands in anybody's calendar never leaves these methods: they only say which times are
    free.
    """

    _inherit = "loyalty.service.client"

    booking_ids = fields.One2many("calendar.event", "loyalty_client_id", readonly=True)

    # ------------------------------------------------------------------
    # With whom, and when
    # ------------------------------------------------------------------

    def _booking_program(self):
        """Return the programme that says how clients of the company book, or none."""
        self.ensure_one()
        # sudo: its settings decide what happens, whoever makes it happen.
        return self.env["loyalty.program"]._get_service_program(self.company_id).sudo()

    def _booking_user(self):
        """Return who takes the appointments of the client, or nobody."""
        self.ensure_one()
        company = self.company_id
        # sudo: who it is, and whether he or she works here, is all that is asked.
        candidates_sudo = (self.user_id + self._booking_program().booking_user_id).sudo()
        return candidates_sudo.filtered(
            lambda user: user.active and user._is_internal() and company in user.company_ids
        )[:1]

    def _booking_days(self):
        """Return how many days ahead the client may book: its tier adds to what all may."""
        self.ensure_one()
        return self._booking_program().booking_days_ahead + self.tier_id.early_booking_days

    def _booking_last_day(self):
        """Return the last day on which the client may have an appointment."""
        return self.company_id._loyalty_day() + timedelta(days=self._booking_days())

    def _open_bookings(self):
        """Return the appointments of the client that lie ahead, the next one first."""
        self.ensure_one()
        return self.env["calendar.event"].search(
            [("loyalty_client_id", "=", self.id), ("stop", ">", fields.Datetime.now())],
            order="start, id",
        )

    def _booking_slots(self):
        """Return the free times of who takes the client's appointments.

        :return: list of ``(start, stop)``, naive, in UTC
        """
        times = self._booking_times()
        return times.free() if times else []

    def _booking_times(self):
        """Return what decides which times are free (``booking.Times``), or None.

        There is nothing to decide without anybody who takes appointments, without working hours,
        or when none can be booked far enough ahead.
        """
        self.ensure_one()
        program, user = self._booking_program(), self._booking_user()
        if not user:
            return None
        earliest = fields.Datetime.now() + timedelta(hours=program.booking_notice_hours)
        latest = self.company_id._loyalty_moment(self._booking_last_day() + timedelta(days=1))
        if earliest >= latest:
            return None
        # Whole days, so that slots follow each other from the beginning of the working day.
        start = self.company_id._loyalty_moment(self.company_id._loyalty_day())
        # sudo: hours, days off and meetings of this one user; only times leave this method.
        user_sudo = user.sudo()
        resource_sudo, calendar_sudo = self._booking_hours_of(user_sudo)
        if not calendar_sudo:
            return None
        holidays, absences = calendar_sudo._loyalty_days_off(
            start, latest, resource_sudo, self.company_id
        )
        return booking.Times(
            work=calendar_sudo._loyalty_hours(start, latest),
            holidays=holidays,
            absences=absences,
            meetings=self._booking_taken(user_sudo, start, latest),
            length=timedelta(minutes=program.booking_slot_minutes),
            earliest=earliest,
            latest=latest,
        )

    def _booking_hours_of(self, user_sudo):
        """Return the resource that the user is, and the calendar of its working hours.

        Who has no hours of his or her own, or flexible ones, which say nothing about the time of
        day, works in those of the company.
        """
        company = self.company_id
        resources_sudo = user_sudo.resource_ids.filtered(
            lambda resource: resource.company_id in (company, company.browse())
        )
        resource_sudo = resources_sudo[:1]
        # sudo: the firm's working hours, see _booking_slots.
        candidates_sudo = resource_sudo.calendar_id + company.sudo().resource_calendar_id
        return resource_sudo, candidates_sudo.filtered(
            lambda calendar: calendar.attendance_ids and not calendar.flexible_hours
        )[:1]

    def _booking_taken(self, user_sudo, start, stop):
        """Return the times of meetings in the user's calendar, as ``(start, stop)``."""
        day = timedelta(days=1)
        partner = user_sudo.partner_id
        # sudo: see _booking_slots. Of private meetings, too, only the time is read.
        meetings_sudo = (
            self.env["calendar.event"]
            .sudo()
            .search_fetch(
                [
                    # A day has other bounds elsewhere.
                    ("start", "<", stop + day),
                    ("stop", ">", start - day),
                    "|",
                    "&",
                    ("show_as", "=", "busy"),
                    (
                        "attendee_ids",
                        "any",
                        [("partner_id", "=", partner.id), ("state", "!=", "declined")],
                    ),
                    "&",
                    ("loyalty_client_id", "!=", False),
                    ("user_id", "=", user_sudo.id),
                ],
                ["start", "stop", "allday", "start_date", "stop_date"],
            )
        )
        return [
            (
                self._day_begins(user_sudo, meeting.start_date),
                self._day_begins(user_sudo, meeting.stop_date + day),
            )
            if meeting.allday
            else (meeting.start, meeting.stop)
            for meeting in meetings_sudo
        ]

    def _day_begins(self, user_sudo, day):
        """Return the moment, in UTC, at which a day begins for the user."""
        zone = pytz.timezone(user_sudo.tz or self.company_id._loyalty_tz_name())
        local = zone.localize(datetime.combine(day, time()))
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    # ------------------------------------------------------------------
    # Book
    # ------------------------------------------------------------------

    def _book(self, contact, start, way, note=""):
        """Book an appointment for the client and return it: the one door.

        The caller has made sure that ``contact`` may act for the client. Two requests of one
        client are one after the other, and of two clients that want the same time one gets it:
        the other transaction is run again by Odoo, and then finds the time taken.

        :param contact: who of the client takes part
        :param start: beginning of a free time, in UTC
        :param way: of ``WAYS``
        :raises UserError: says what is in the way
        """
        self.ensure_one()
        self._hold()
        # Who clicks twice has booked once.
        known = self._open_bookings().filtered(lambda meeting: meeting.start == start)
        if known:
            return known[0]
        obstacle = self._booking_obstacle()
        if obstacle:
            raise UserError(obstacle)
        slot = next((slot for slot in self._booking_slots() if slot[0] == start), None)
        if not slot or way not in dict(WAYS):
            raise UserError(self.env._("This time is not free any more. Please choose another."))
        user = self._booking_user()
        company = self.company_id
        # sudo: an appointment for this very client and a person of its choice, at a time that is
        # free; in the name of that person, so that the invitation comes from there and the
        # client gets one.
        Meeting_sudo = (
            self.env["calendar.event"]
            .with_user(user)
            .sudo()
            .with_context(clean_context(self.env.context))
            .with_context(
                # Of the meeting and the activity that Odoo plans with it, whose they are.
                lang=company._loyalty_lang(user),
                tz=company._loyalty_tz_name(),
                # The client reads the description; whom to call stands in the notes.
                skip_contact_description=True,
            )
        )
        with again_if_taken(Meeting_sudo, Meeting_sudo._loyalty_booked_once):
            meeting_sudo = Meeting_sudo.create(
                self._prepare_booking_values(user, contact, slot, way, note)
            )
            meeting_sudo.flush_recordset()
        self._note_booking(
            _lt("Appointment booked in the portal: %s", meeting_sudo._loyalty_words())
        )
        return meeting_sudo.with_env(self.env)

    def _prepare_booking_values(self, user, contact, slot, way, note):
        start, stop = slot
        company = self.company_id
        partner = self.partner_id
        return {
            "name": company._loyalty_say(self._booking_name(way), user),
            "start": start,
            "stop": stop,
            "user_id": user.id,
            "partner_ids": [Command.set((user.partner_id + contact).ids)],
            # Both have agreed: the one by keeping the time free, the other by choosing it.
            "attendee_ids": [
                Command.create({"partner_id": attendee.id, "state": "accepted"})
                for attendee in user.partner_id + contact
            ],
            "description": plaintext2html(note) if note else False,
            "notes": self._booking_notes(contact, note),
            "location": self.with_context(lang=company._loyalty_lang(user))._booking_place(
                way, contact
            ),
            "show_as": "busy",
            # Odoo plans the activity on the client by these.
            "res_model_id": self.env["ir.model"]._get_id("res.partner"),
            "res_id": partner.id,
            "loyalty_client_id": self.id,
            "loyalty_booked_way": way,
            "loyalty_booked_note": note,
        }

    def _booking_name(self, way):
        """Return what stands in the calendar and in the invitation."""
        name = self.partner_id.name
        if way == "call":
            return _lt("Phone call with %s", name)
        return _lt("Visit at %s", name) if way == "visit" else _lt("Meeting with %s", name)

    def _booking_name_for_client(self, way, user):
        """Return what stands in the invitation of the client: with whom it talks."""
        # sudo: the name of who takes the appointment, which the client has chosen.
        name = user.sudo().name
        if way == "call":
            return _lt("Phone call with %s", name)
        return _lt("Visit by %s", name) if way == "visit" else _lt("Meeting with %s", name)

    def _booking_notes(self, contact, note):
        """Return what stands in the internal notes: what it is about, and how to reach whom."""
        # sudo: how to reach the contact of this very client that takes part.
        contact_sudo = contact.sudo()
        reach = (contact_sudo.name, contact_sudo.phone, contact_sudo.email)
        return plaintext2html("\n".join(filter(None, [note, *reach])))

    def _booking_place(self, way, contact):
        """Return where it is: an address in one line, or nothing for a call.

        Chinese readers, and all who get it in Chinese, read it from the largest part to the
        smallest; others the other way.
        """
        if way == "call":
            return False
        # sudo: the firm's own address, or that of the client who asks.
        host = (self.company_id.partner_id if way == "meeting" else contact).sudo()
        place = host if host.street or host.city else host.commercial_partner_id
        in_chinese = (self.env.lang or "").startswith("zh")
        if in_chinese or address.is_chinese(place.street or ""):
            # The state has a name in the language of the reader, the other parts have one text.
            state = in_chinese and place.state_id.name
            return address.largest_first(state, place.city, place.street, place.street2) or False
        return ", ".join(filter(None, (place.street, place.street2, place.city))) or False

    def _chatter_lang(self):
        """Return the language of lines on the client's own record: of who looks after it.

        The record has many readers and one text; the account manager is who acts on it. Where
        there is none it is the firm's.
        """
        self.ensure_one()
        return self.company_id._loyalty_lang(self.user_id)

    def _note_booking(self, text):
        """Leave a line on the client's own record.

        :param text: made by ``LazyTranslate``
        """
        self.ensure_one()
        # sudo: the note on the client that the appointment is with, whoever booked or cancelled.
        self.partner_id.sudo().message_post(
            body=text._translate(self._chatter_lang()),
            author_id=self.env.user.partner_id.id,
            message_type="notification",
            subtype_xmlid="mail.mt_note",
        )

    # ------------------------------------------------------------------
    # Say
    # ------------------------------------------------------------------

    def _booking_obstacle(self):
        """Say why the client cannot book now; nothing when it can."""
        self.ensure_one()
        program = self._booking_program()
        if not program.booking_active:
            return self.env._("Appointments are not booked here at the moment.")
        if not self._booking_user():
            return self.env._("You have no account manager yet whose times could be shown.")
        limit = program.booking_limit
        if len(self._open_bookings()) >= limit:
            if limit == 1:
                return self.env._("You have an appointment ahead, and one can be booked at a time.")
            return self.env._(
                "You have %s appointments ahead, which is as many as can be booked at a time.",
                limit,
            )
        if self._booked_today() >= program.booking_daily_limit:
            return self.env._(
                "You have booked often enough for today. From tomorrow on you can book here again."
            )
        return ""

    def _booked_today(self):
        """Return how many appointments the client has booked today, also those it cancelled.

        Each of them has mails go out and fills the calendar of who takes it.
        """
        self.ensure_one()
        today = self.company_id._loyalty_moment(self.company_id._loyalty_day())
        # sudo: how many there are of this very client, in whose calendar ever.
        Meeting_sudo = self.env["calendar.event"].sudo().with_context(active_test=False)
        return Meeting_sudo.search_count(
            [("loyalty_client_id", "=", self.id), ("create_date", ">=", today)]
        )

    def _booking_contact_text(self):
        """Say how to reach the firm."""
        self.ensure_one()
        # sudo: how the firm is reached stands on its every letter.
        company_sudo = self.company_id.sudo()
        words = {"phone": company_sudo.phone, "email": company_sudo.email}
        if words["phone"] and words["email"]:
            return self.env._("Please call %(phone)s or write to %(email)s.", **words)
        if words["phone"]:
            return self.env._("Please call %(phone)s.", **words)
        if words["email"]:
            return self.env._("Please write to %(email)s.", **words)
        return self.env._("Please get in touch with %s.", company_sudo.name)

    def _prepare_portal_values(self):
        return {
            **super()._prepare_portal_values(),
            "booking_offered": self._booking_program().booking_active,
            "bookings": self._open_bookings(),
        }
