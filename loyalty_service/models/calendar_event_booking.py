from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list
from odoo.tools.translate import LazyTranslate

from .. import letters

_lt = LazyTranslate(__name__)

WAYS = [
    ("call", "Phone call"),
    ("meeting", "Meeting at the firm"),
    ("visit", "Visit at the client"),
]


class CalendarEvent(models.Model):
    """Appointments that clients have booked: meetings like others, in Odoo's own calendar.

    Staff move and cancel them there; the client's page follows.
    """

    _inherit = "calendar.event"

    loyalty_client_id = fields.Many2one(
        "loyalty.service.client",
        string="Appointment of",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        readonly=True,
        groups="loyalty_service.group_loyalty_user",
        help="The client that booked this appointment in the portal.",
    )
    loyalty_booked_way = fields.Selection(
        WAYS, string="Booked as", copy=False, readonly=True, help="What the client asked for."
    )
    loyalty_booked_note = fields.Text(
        string="What It Is About",
        copy=False,
        readonly=True,
        help="What the client wrote when it booked. It reads this on its own page, too, and "
        "nothing else that stands here.",
    )

    # One person has one appointment at a time, whoever asks at the same moment. Ranges of one
    # number: comparing plain numbers here would take an extension of the database.
    _loyalty_booked_once = models.Constraint(
        "EXCLUDE USING gist (int4range(user_id, user_id, '[]') WITH &&, "
        "tsrange(start, GREATEST(start, stop)) WITH &&) "
        "WHERE (loyalty_client_id IS NOT NULL AND active AND user_id IS NOT NULL)",
        "Another client has booked an appointment at that time.",
    )

    def write(self, vals):
        called_off = self.browse()
        if vals.get("active") is False:
            called_off = self._loyalty_bookings().filtered("active")
        result = super().write(vals)
        called_off._loyalty_call_off()
        return result

    def unlink(self):
        self._loyalty_bookings().filtered("active")._loyalty_call_off(forget=True)
        return super().unlink()

    def _loyalty_bookings(self):
        """Return those of ``self`` that a client has booked."""
        # sudo: whoever plans meetings need not be in the loyalty group; only whether these are
        # appointments of clients is asked.
        return self.filtered(lambda meeting: meeting.sudo().loyalty_client_id)

    def _loyalty_call_off(self, forget=False):
        """Tell those who were to take part that the appointments do not take place.

        What is over has taken place.

        :param bool forget: they are about to be deleted, with all messages about them
        """
        now = fields.Datetime.now()
        # sudo: the mails and to-dos of these very appointments, whoever of staff archived them.
        for meeting_sudo in self.sudo().filtered(lambda meeting: meeting.stop > now):
            meeting_sudo.activity_ids.unlink()
            meeting_sudo._loyalty_mail_called_off(forget)
            meeting_sudo.loyalty_client_id._note_booking(
                _lt("Appointment cancelled: %s", meeting_sudo._loyalty_words())
            )
        letters.wake(self.sudo().env)

    def _get_mail_tz(self):
        """What the firm writes about an appointment names the firm's own time."""
        return self._loyalty_tz_name() or super()._get_mail_tz()

    def _loyalty_tz_name(self):
        """Return the time zone of the firm whose client has booked, None for other meetings."""
        self.ensure_one()
        # sudo: the one setting, for whoever receives the mail.
        company_sudo = self.sudo().loyalty_client_id.company_id
        return company_sudo._loyalty_tz_name() if company_sudo else None

    def _loyalty_event_code(self):
        """A call that was booked is a call, and so is a visit."""
        code = super()._loyalty_event_code()
        return {"call": "call", "visit": "visit"}.get(self.loyalty_booked_way, code)

    # ------------------------------------------------------------------
    # The client's own page
    # ------------------------------------------------------------------

    def _loyalty_cancel_until(self):
        """Return the moment up to which the client may cancel by itself."""
        self.ensure_one()
        program = self.loyalty_client_id._booking_program()
        return self.start - timedelta(hours=program.booking_cancel_hours)

    def _loyalty_can_cancel(self):
        self.ensure_one()
        return self.active and fields.Datetime.now() <= self._loyalty_cancel_until()

    def _loyalty_cancel_by_client(self):
        """Cancel the appointment for its client, once.

        :raises UserError: it is too late
        """
        self.ensure_one()
        self.loyalty_client_id._hold()
        if not self.active:
            return
        if not self._loyalty_can_cancel():
            raise UserError(self._loyalty_cancel_text())
        self.active = False

    def _loyalty_way_text(self):
        """Say what it is, to the client."""
        self.ensure_one()
        return self._loyalty_way_texts().get(self.loyalty_booked_way, self.name)

    def _loyalty_place_text(self):
        """Say where it is, to the client, in the order of its language; nothing for a call."""
        self.ensure_one()
        guest = self.env.user.partner_id
        return self._loyalty_told_to(guest, self.env.lang).get("location", self.location)

    @api.model
    def _loyalty_way_texts(self):
        return {
            "call": self.env._("Phone call"),
            "meeting": self.env._("Meeting at our office"),
            "visit": self.env._("Visit at your office"),
        }

    def _loyalty_words(self):
        """Say what it is and when, as it stands in the chatter of the client."""
        # sudo: the one setting, for whoever books or cancels.
        client_sudo = self.sudo().loyalty_client_id
        told = self.with_context(lang=client_sudo._chatter_lang())
        return f"{told.name}, {told._loyalty_time_text()}"

    def _loyalty_time_text(self):
        """Say when it is, in the firm's time."""
        self.ensure_one()
        company = self.loyalty_client_id.company_id
        return self.env._(
            "%(day)s, %(start)s to %(end)s",
            day=company._loyalty_day_text(company._loyalty_day(self.start)),
            start=company._loyalty_clock_text(self.start),
            end=company._loyalty_clock_text(self.stop),
        )

    def _loyalty_mail_text(self):
        """Say to whom the invitation goes; nothing if nobody of the client has an address."""
        self.ensure_one()
        guests = self.partner_ids.filtered("email") - self.user_id.partner_id
        if not guests:
            return ""
        return self.env._(
            "The invitation with the date for your calendar goes to %s.",
            format_list(self.env, guests.mapped("email")),
        )

    def _loyalty_cancel_text(self):
        """Say until when the client can cancel, or whom to call from then on."""
        self.ensure_one()
        client, until = self.loyalty_client_id, self._loyalty_cancel_until()
        if not self._loyalty_can_cancel():
            return f"{self._loyalty_late_text()} {client._booking_contact_text()}"
        company = client.company_id
        return self.env._(
            "You can cancel it here until %(day)s, %(time)s.",
            day=company._loyalty_day_text(company._loyalty_day(until)),
            time=company._loyalty_clock_text(until),
        )

    def _loyalty_late_text(self):
        return self.env._("It is too late to cancel this here.")
