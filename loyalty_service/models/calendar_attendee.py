from odoo import models


class CalendarAttendee(models.Model):
    _inherit = "calendar.attendee"

    def _compute_mail_tz(self):
        """An invitation to what a client has booked names the time that its page named."""
        result = super()._compute_mail_tz()
        for attendee in self:
            attendee.mail_tz = attendee.event_id._loyalty_tz_name() or attendee.mail_tz
        return result
