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

        :return: two lists, see :meth:`_loyalty_hours` for their shape
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
        firm, own = (
            [(_naive(begin), _naive(end)) for begin, end, _leaves in found.get(key, ())]
            for key in (False, resource.id)
        )
        return firm, own if resource else []


def _aware(moment):
    return pytz.utc.localize(moment)


def _naive(moment):
    return moment.astimezone(pytz.utc).replace(tzinfo=None)
