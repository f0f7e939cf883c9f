import pytz

from odoo import models


class ResourceCalendar(models.Model):
    """The working hours of who takes appointments of clients."""

    _inherit = "resource.calendar"

    def _loyalty_hours(self, start, stop):
        """Return the hours worked between two moments, days off not taken off.

        An addon that knows of days with hours of their own extends it.

        :param start, stop: naive, in UTC
        :return: list of ``(start, stop)``, naive, in UTC
        """
        self.ensure_one()
        found = self._attendance_intervals_batch(_aware(start), _aware(stop))[False]
        return [(_naive(begin), _naive(end)) for begin, end, _lines in found]

    def _loyalty_days_off(self, start, stop, resource, company):
        """Return holidays of the firm, and days off of one resource, between two moments.

        See :meth:`_loyalty_hours` for the shape.
        """
        self.ensure_one()
        found = self._leave_intervals_batch(
            _aware(start),
            _aware(stop),
            resources=resource,
            # The superuser would see those of other companies, too.
            domain=[("time_type", "=", "leave"), ("company_id", "in", [False, company.id])],
        )
        # Of a resource of another company Odoo leaves the holidays of this one out.
        return [
            (_naive(begin), _naive(end))
            for key in {resource.id, False}
            for begin, end, _leaves in found[key]
        ]


def _aware(moment):
    return pytz.utc.localize(moment)


def _naive(moment):
    return moment.astimezone(pytz.utc).replace(tzinfo=None)
