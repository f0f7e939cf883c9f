from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache
from odoo.tools.intervals import Intervals

from ..engine.working_time import STRETCH, WorkingTime, merge, to_moment, to_seconds

#: What somebody who edits working hours may change about them.
EDITED = {"name", "tz", "two_weeks_calendar", "attendance_ids", "schedule_type"}


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    loyalty_sla_follows_company = fields.Boolean(
        string="Follows the Company",
        readonly=True,
        copy=False,
        help="Made for the company by itself, and edited by nobody since: time zone and names "
        "follow the company's country and language.",
    )

    def _loyalty_sla_times(self):
        """Return ``{calendar id: WorkingTime}`` for the engine."""
        return {calendar.id: WorkingTime(calendar._loyalty_sla_stretch) for calendar in self}

    @ormcache("self.id", "number")
    def _loyalty_sla_stretch(self, number):
        """Return the working time of one stretch as ``((start, stop), ...)`` in seconds.

        Kept over transactions: most tickets of a month need the same few stretches.
        """
        first, last = number * STRETCH, (number + 1) * STRETCH
        start, stop = (pytz.utc.localize(to_moment(second)) for second in (first, last))
        # sudo: the hours and holidays of the firm count whoever files the ticket; the domain
        # keeps those of other companies out, and no time off of a person is read.
        calendar_sudo = self.sudo()
        work = calendar_sudo._attendance_intervals_batch(start, stop)[False]
        off = calendar_sudo._leave_intervals_batch(
            start, stop, domain=calendar_sudo._loyalty_sla_leave_domain()
        )[False]
        work -= Intervals((begin, _to_midnight(end), leave) for begin, end, leave in off)
        return tuple(
            merge((_to_whole_seconds(begin), _to_whole_seconds(end)) for begin, end, _lines in work)
        )

    def _loyalty_sla_leave_domain(self):
        """Return the domain of the days off that count: of this calendar or of its company."""
        return list(
            Domain("time_type", "=", "leave")
            & (
                Domain("calendar_id", "=", self.id)
                | Domain("company_id", "in", [False, self.company_id.id])
            )
        )

    def _loyalty_sla_edited(self):
        """Let hours that somebody has edited follow the company no more."""
        if self.env.context.get("loyalty_sla_following"):
            return
        following = self.filtered("loyalty_sla_follows_company")
        if following:
            following.loyalty_sla_follows_company = False

    def _loyalty_sla_follow_company(self):
        """Take over time zone and language of the company, as far as they have changed."""
        self.ensure_one()
        calendar = self.with_context(loyalty_sla_following=True)
        names = self.company_id._get_loyalty_sla_calendar_names()
        tz = self.company_id._loyalty_tz_name()
        if calendar.name != names["calendar"]:
            calendar.name = names["calendar"]
            for attendance in calendar.attendance_ids:
                attendance.name = names[attendance.dayofweek]
        if calendar.tz != tz:
            calendar.tz = tz

    def _loyalty_sla_changed(self):
        """Forget the working time that is kept and plan the clocks that count by it anew."""
        if not self:
            return
        self.env.registry.clear_cache()
        self.env["loyalty.service.sla.clock"]._request_replan(self)

    def write(self, vals):
        result = super().write(vals)
        if not EDITED.isdisjoint(vals):
            self._loyalty_sla_edited()
        if "tz" in vals:
            # sudo: see _loyalty_sla_follow; the companies whose usual hours these are.
            Company_sudo = self.env["res.company"].sudo()
            Company_sudo.search([("resource_calendar_id", "in", self.ids)])._loyalty_sla_follow()
        if not {"tz", "two_weeks_calendar", "company_id", "attendance_ids"}.isdisjoint(vals):
            self._loyalty_sla_changed()
        return result

    @api.constrains("schedule_type", "flexible_hours", "company_id")
    def _check_loyalty_sla_policies(self):
        # sudo: the policies of every company that use these calendars are checked.
        policies_sudo = (
            self.env["loyalty.service.sla.policy"]
            .sudo()
            .with_context(active_test=False)
            .search([("calendar_id", "in", self.ids)])
        )
        wrong_sudo = policies_sudo.filtered(
            lambda policy: (
                policy.calendar_id.flexible_hours
                or policy.calendar_id.company_id not in (policy.company_id, self.env["res.company"])
            )
        )
        if wrong_sudo:
            raise ValidationError(
                self.env._(
                    "The SLA policy %(policy)s counts by %(calendar)s, which must keep fixed "
                    "hours and its company.",
                    policy=wrong_sudo[0].name,
                    calendar=wrong_sudo[0].calendar_id.name,
                )
            )


def _to_midnight(moment):
    """Return the end of a day off; Odoo proposes 23:59:59 where the whole day is meant."""
    return moment + timedelta(seconds=1) if moment.second == 59 else moment


def _to_whole_seconds(moment):
    """Return the nearest whole second of an aware datetime: 24:00 is kept as 23:59:59.999999."""
    naive = moment.astimezone(pytz.utc).replace(tzinfo=None)
    return to_seconds(naive + timedelta(microseconds=500000))
