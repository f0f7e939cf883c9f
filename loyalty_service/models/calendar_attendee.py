from odoo import models

from .. import letters

INVITATION = "calendar.calendar_template_meeting_invitation"
# Odoo's mails to those who take part, and what ours says in their place.
NEWS = {
    INVITATION: "booked",
    "calendar.calendar_template_meeting_changedate": "moved",
    "calendar.calendar_template_meeting_reminder": "ahead",
}


class CalendarAttendee(models.Model):
    """Those who take part in what a client has booked read of it in their own language."""

    _inherit = "calendar.attendee"

    def _compute_mail_tz(self):
        """An invitation to what a client has booked names the time that its page named."""
        result = super()._compute_mail_tz()
        for attendee in self:
            attendee.mail_tz = attendee.event_id._loyalty_tz_name() or attendee.mail_tz
        return result

    def _loyalty_booked(self):
        bookings = self.event_id._loyalty_bookings()
        return self.filtered(lambda attendee: attendee.event_id in bookings)

    def _send_invitation_emails(self):
        """Tell who takes an appointment of it, too: it stands there by the client's will.

        The mails wait in the queue, which is woken, and hold up nobody who books.
        """
        booked = self._loyalty_booked()
        if booked:
            booked._notify_attendees(
                self.env.ref(INVITATION, raise_if_not_found=False), notify_author=True
            )
            # sudo: the queue is woken, and nothing else done.
            letters.wake(self.sudo().env)
        if self - booked:
            return super(CalendarAttendee, self - booked)._send_invitation_emails()
        return None

    def _loyalty_template(self, template):
        """Return our mail in place of one of Odoo's, of which most languages have but half.

        Without ours, or for a mail that the firm has written itself, it stays what it is.
        """
        ours = self.env.ref("loyalty_service.mail_template_booking", raise_if_not_found=False)
        for name, news in NEWS.items():
            if ours and template and template == self.env.ref(name, raise_if_not_found=False):
                return ours.with_context(loyalty_news=news)
        return template

    def _loyalty_subject(self):
        """Return the subject of our mail, by the news in the context."""
        self.ensure_one()
        name, news = self.event_id.name, self.env.context.get("loyalty_news")
        if news == "moved":
            return self.env._("%s: another time", name)
        if news == "ahead":
            return self.env._("Reminder: %s", name)
        return name

    def _notify_attendees(self, mail_template, notify_author=False, force_send=False):
        booked = self._loyalty_booked()
        told = self._loyalty_template(mail_template) if booked else mail_template
        for attendee in booked:
            # sudo: the one setting, of the firm that the appointment is with.
            company_sudo = attendee.event_id.sudo().loyalty_client_id.company_id
            words = {"lang": company_sudo._loyalty_lang(attendee.partner_id)}
            with attendee.event_id._loyalty_worded_for(attendee.partner_id):
                super(CalendarAttendee, attendee.with_context(**words))._notify_attendees(
                    told and told.with_context(**words),
                    notify_author=notify_author,
                    force_send=force_send,
                )
        if booked and not self - booked:
            return None
        return super(CalendarAttendee, self - booked)._notify_attendees(
            mail_template, notify_author=notify_author, force_send=force_send
        )
