import base64
from contextlib import contextmanager

from odoo import models
from odoo.fields import Command

try:
    import vobject
except ImportError:
    # Odoo does without calendar files as well.
    vobject = None

CANCELLED_MAIL = "loyalty_service.mail_template_booking_cancelled"
CALENDAR_FILE = {
    "name": "invitation.ics",
    "mimetype": "text/calendar",
    "res_model": "mail.compose.message",
    "res_id": 0,
}


class CalendarEvent(models.Model):
    """What is mailed about appointments that clients have booked: to each in its language.

    The mails are ours, since Odoo's own speak half English in Chinese; the calendar sends them,
    with its files.
    """

    _inherit = "calendar.event"

    # ------------------------------------------------------------------
    # One text for all, told to each in its own language
    # ------------------------------------------------------------------

    def _loyalty_told_to(self, partner, lang=None):
        """Return ``{field: text}`` as ``partner`` reads the appointment.

        In the calendar stands one text, in the language of who takes the appointment. What
        staff have changed there by hand is told as they wrote it.

        :param lang: code of the language in which it reads, its own without one
        """
        self.ensure_one()
        # sudo: names and addresses of the two sides of this very appointment.
        meeting_sudo = self.sudo()
        client_sudo, user_sudo = meeting_sudo.loyalty_client_id, meeting_sudo.user_id
        way = meeting_sudo.loyalty_booked_way
        company_sudo = client_sudo.company_id
        lang = lang or company_sudo._loyalty_lang(partner)
        codes = [code for code, _name in self.env["res.lang"].get_installed()]
        told = {}
        own = client_sudo._booking_name(way)
        if meeting_sudo.name in {own._translate(code) for code in codes}:
            is_guest = self._loyalty_is_guest(partner)
            name = client_sudo._booking_name_for_client(way, user_sudo) if is_guest else own
            told["name"] = name._translate(lang)
        guests = meeting_sudo.partner_ids.filtered(self._loyalty_is_guest)
        places = {
            code: client_sudo.with_context(lang=code)._booking_place(way, guests[:1])
            for code in {*codes, lang}
        }
        if meeting_sudo.location and meeting_sudo.location in places.values():
            told["location"] = places[lang]
        return told

    def _loyalty_event_words(self):
        """Of what a client booked the name is ours, in each language, unless staff changed it."""
        words = super()._loyalty_event_words()
        if not self._loyalty_bookings():
            return words
        # sudo: the name of the client of this very appointment.
        own = self.sudo().loyalty_client_id._booking_name(self.loyalty_booked_way)
        codes = [code for code, _name in self.env["res.lang"].get_installed()]
        return own if words in {own._translate(code) for code in codes} else words

    @contextmanager
    def _loyalty_worded_for(self, partner):
        """Have the appointment read as ``partner`` reads it while a mail is made of it.

        Odoo's templates and calendar files take the fields of the meeting. Nothing is written:
        what is there is put back.
        """
        told = self._loyalty_told_to(partner)
        self.flush_recordset(list(told))
        before = {name: self[name] for name in told}
        self._loyalty_show(told)
        try:
            yield
        finally:
            self._loyalty_show(before)

    def _loyalty_show(self, texts):
        for name, text in texts.items():
            self._fields[name]._update_cache(self, text)

    def _loyalty_when_text(self):
        """Say when it is, by the clock of the firm, which is named."""
        self.ensure_one()
        # sudo: the time zone of the firm that the appointment is with. Odoo tries a template with
        # any appointment, also with one of no client.
        company_sudo = self.sudo().loyalty_client_id.company_id or self.env.company
        return self.env._(
            "%(day)s, %(start)s to %(stop)s (%(zone)s)",
            day=company_sudo._loyalty_day_text(company_sudo._loyalty_day(self.start)),
            start=company_sudo._loyalty_clock_text(self.start),
            stop=company_sudo._loyalty_clock_text(self.stop),
            zone=company_sudo._loyalty_zone_text(self.start),
        )

    def _loyalty_is_guest(self, partner):
        """Tell whether somebody takes part for the client that has booked it."""
        self.ensure_one()
        # sudo: whose the appointment is.
        client_sudo = self.sudo().loyalty_client_id
        return partner.commercial_partner_id == client_sudo.partner_id

    # ------------------------------------------------------------------
    # Files and mails
    # ------------------------------------------------------------------

    def _get_ics_file(self):
        """Name what a client booked once and for all, so that the file that cancels it finds
        the entry that the first one made."""
        files = super()._get_ics_file()
        for meeting in self._loyalty_bookings().filtered(lambda meeting: meeting.id in files):
            files[meeting.id] = meeting._loyalty_named_file(files[meeting.id])
        return files

    def _loyalty_named_file(self, file):
        self.ensure_one()
        calendar = vobject.readOne(file.decode())
        entry = calendar.vevent
        # sudo: the number of this database, which is no secret, and none but that.
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        uid = f"booking-{self.id}@{database}"
        (entry.uid if hasattr(entry, "uid") else entry.add("uid")).value = uid
        # What comes later counts: so many seconds after it was booked.
        age = int((self.write_date - self.create_date).total_seconds())
        off = not self.active or self.env.context.get("loyalty_called_off")
        entry.add("sequence").value = str(age + 1 if off else age)
        entry.add("status").value = "CANCELLED" if off else "CONFIRMED"
        if off:
            calendar.add("method").value = "CANCEL"
        return calendar.serialize().encode()

    def _loyalty_mail_called_off(self, forget):
        """Tell who takes part that it was cancelled, each in its language, with the file that
        takes it out of the calendar.

        :param bool forget: it is about to be deleted, with all messages about it
        """
        self.ensure_one()
        # A mail that hangs on a record goes with it, though it has not left yet.
        loose = {"model": False, "res_id": False} if forget else {}
        template = self.env.ref(CANCELLED_MAIL, raise_if_not_found=False)
        if not template or self.env.context.get("no_mail_to_attendees"):
            return
        company = self.loyalty_client_id.company_id
        for partner in self.partner_ids.filtered("email"):
            lang = company._loyalty_lang(partner)
            with self._loyalty_worded_for(partner):
                # Of itself a template speaks the language of the organiser.
                template.with_context(
                    lang=lang, template_preview_lang=lang, tz=self._get_mail_tz()
                ).send_mail(
                    self.id,
                    email_layout_xmlid="mail.mail_notification_light",
                    email_values={
                        "recipient_ids": [Command.set(partner.ids)],
                        "email_to": False,
                        "attachment_ids": [Command.link(file.id) for file in self._loyalty_file()],
                        **loose,
                    },
                )

    def _loyalty_file(self):
        """Return the file that cancels the appointment, as an attachment, or none."""
        Attachment = self.env["ir.attachment"].with_context(no_document=True)
        file = self.with_context(loyalty_called_off=True)._get_ics_file().get(self.id)
        if not file:
            return Attachment
        return Attachment.create({**CALENDAR_FILE, "datas": base64.b64encode(file)})
