from datetime import timedelta

from odoo import fields, models

from ..engine import booking

SATURDAY = 5


class ClientBooking(models.Model):
    """What the page with free times says: each day, and why it has none."""

    _inherit = "loyalty.service.client"

    def _booking_days_text(self):
        """Return the days from today to the last that the client may book, in words.

        Of days without a free time it says why, and no more: of the calendar of who takes the
        appointment it tells that it is full, or that the person is away.

        :return: list of ``(day, what is free or why nothing is, [(value, time)])``
        """
        self.ensure_one()
        times = self._booking_times()
        if not times:
            return []
        company = self.company_id
        free = {}
        for start, _stop in times.free():
            free.setdefault(company._loyalty_day(start), []).append(
                (fields.Datetime.to_string(start), company._loyalty_clock_text(start))
            )
        first, last = company._loyalty_day(), self._booking_last_day()
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        reasons = booking.why_nothing(
            days,
            {
                reason: {company._loyalty_day(start) for start, _stop in slots}
                for reason, slots in times.stages().items()
            },
        )
        return [
            (
                company._loyalty_day_text(day),
                self.env._("%s free", len(free[day]))
                if day in free
                else self._booking_reason_text(reasons[day], day),
                free.get(day, []),
            )
            for day in days
        ]

    def _booking_reason_text(self, reason, day):
        """Say why nothing can be booked on a day."""
        if reason == booking.CLOSED:
            weekend = day.weekday() >= SATURDAY
            return self.env._("Weekend") if weekend else self.env._("No office hours")
        if reason == booking.HOLIDAY:
            return self.env._("Holiday, our office is closed")
        if reason == booking.ABSENT:
            return self.env._("%s is away", self._booking_user().name)
        if reason == booking.SOON:
            return self.env._("Too soon to book here")
        return self.env._("Fully booked")

    def _booking_later_text(self):
        """Say from when on no time can be booked yet, and by what that goes."""
        self.ensure_one()
        company = self.company_id
        words = {
            "day": company._loyalty_day_text(self._booking_last_day() + timedelta(days=1)),
            "days": self._booking_days(),
            "tier": self.tier_id.name,
        }
        if self.tier_id.early_booking_days:
            return self.env._(
                "From %(day)s on: too far ahead. Clients of the tier %(tier)s book up to %(days)s "
                "days ahead.",
                **words,
            )
        return self.env._(
            "From %(day)s on: too far ahead. You can book up to %(days)s days ahead.", **words
        )

    def _booking_texts(self):
        """Return what the page with free times says: with whom, until when, whose time it is."""
        self.ensure_one()
        company, program = self.company_id, self._booking_program()
        last_day = company._loyalty_day_text(self._booking_last_day())
        return {
            "with_text": self.env._(
                "With %(name)s, %(minutes)s minutes.",
                name=self._booking_user().name,
                minutes=program.booking_slot_minutes,
            ),
            "none_text": self.env._("No time is free until %s.", last_day),
            "early_text": self._booking_early_text(),
            "later_text": self._booking_later_text(),
            "contact_text": self._booking_contact_text(),
            "zone_text": self._booking_zone_text(fields.Datetime.now()),
        }

    def _booking_zone_text(self, moment):
        """Say in which time zone the firm tells its times."""
        zone = self.company_id._loyalty_zone_text(moment)
        return self.env._("Times are those of our office: %s.", zone)

    def _booking_early_text(self):
        """Say what the tier is good for here, if it is."""
        self.ensure_one()
        days = self.tier_id.early_booking_days
        if not days:
            return ""
        return self.env._(
            "As a client of the tier %(tier)s you may book %(days)s days earlier than others.",
            tier=self.tier_id.name,
            days=days,
        )
