from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache

from ..engine import special_days
from ..engine.working_time import STRETCH, WorkingTime, to_moment, to_seconds

#: What somebody who edits working hours may change about them.
EDITED = {
    "name",
    "tz",
    "two_weeks_calendar",
    "attendance_ids",
    "schedule_type",
    "loyalty_sla_public_holidays",
}

#: What of it changes the working time itself.
COUNTED = {
    "tz",
    "two_weeks_calendar",
    "company_id",
    "attendance_ids",
    "leave_ids",
    "global_leave_ids",
    "loyalty_sla_workday_ids",
    "loyalty_sla_change_ids",
}

#: What of the service desk names working hours, and by which field.
USED_BY = {
    "loyalty.service.sla.policy": "calendar_id",
    "loyalty.service.sla.ladder": "calendar_id",
    "helpdesk.ticket.team": "resource_calendar_id",
}

#: Who may read make-up days and changes. Others edit working hours, too.
READERS = (
    "helpdesk_mgmt.group_helpdesk_user_own,loyalty_service.group_loyalty_user,base.group_system"
)


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    loyalty_sla_follows_company = fields.Boolean(
        string="Follows the Company",
        readonly=True,
        copy=False,
        help="Made for the company by itself, and edited by nobody since: time zone and names "
        "follow the company's country and language.",
    )
    loyalty_sla_used = fields.Boolean(
        string="Hours of the Service Desk",
        compute="_compute_loyalty_sla_used",
        search="_search_loyalty_sla_used",
        help="A policy, an escalation ladder or a team names them.",
    )
    loyalty_sla_changed_date = fields.Datetime(
        string="Working Time Changed On",
        readonly=True,
        copy=False,
        help="The last change before the hours of then were kept: clocks that were closed before "
        "keep what they had counted, and nobody knows by which hours.",
    )
    loyalty_sla_workday_ids = fields.One2many(
        "loyalty.service.sla.workday",
        "calendar_id",
        string="Make-up Working Days",
        groups=READERS,
    )
    loyalty_sla_change_ids = fields.One2many(
        "loyalty.service.sla.calendar.change",
        "calendar_id",
        string="Hours That Change",
        groups=READERS,
    )

    def _compute_loyalty_sla_used(self):
        used = self._loyalty_sla_get_used_ids()
        for calendar in self:
            calendar.loyalty_sla_used = calendar._origin.id in used

    @api.model
    def _search_loyalty_sla_used(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain("id", "in", list(self._loyalty_sla_get_used_ids()))
        return domain if True in value else ~domain

    @api.model
    def _loyalty_sla_get_used_ids(self):
        """Return the ids of the working hours that something of the service desk names."""
        used = set()
        for model, name in USED_BY.items():
            # sudo: by whatever they are used, seen or not, archived or not.
            records_sudo = self.env[model].sudo().with_context(active_test=False)
            for (calendar,) in records_sudo._read_group([(name, "!=", False)], [name]):
                used.add(calendar.id)
        return used

    def _loyalty_sla_times(self):
        """Return ``{calendar id: WorkingTime}`` for the engine."""
        return {calendar.id: WorkingTime(calendar._loyalty_sla_stretch) for calendar in self}

    @ormcache("self.id", "number")
    def _loyalty_sla_stretch(self, number):
        """Return the working time of one stretch as ``((start, stop), ...)`` in seconds.

        Kept over transactions: most tickets of a month need the same few stretches.
        """
        return tuple(self._loyalty_sla_work(number * STRETCH, (number + 1) * STRETCH))

    def _loyalty_sla_work(self, first, last, weekdays=None):
        """Return the working time between two seconds as ``[(start, stop), ...]``.

        :param weekdays: see :meth:`_loyalty_sla_week`
        """
        # sudo: the hours and holidays of the firm count whoever files the ticket; the domain
        # keeps those of other companies out, and no time off of a person is read.
        calendar_sudo = self.sudo()
        hours = calendar_sudo._loyalty_sla_pieces(first, last)
        work = [
            interval
            for start, stop, used in hours
            for interval in used._loyalty_sla_week(start, stop, weekdays)
        ]
        work = special_days.replace_days(work, calendar_sudo._loyalty_sla_made_up(first, last))
        work = special_days.cut(work, calendar_sudo._loyalty_sla_off(first, last))
        return list(special_days.clip(work, first, last))

    def _loyalty_hours(self, start, stop):
        """Clients book on make-up working days, too, and by the hours of the season."""
        self.ensure_one()
        first, last = (int(pytz.utc.localize(moment).timestamp()) for moment in (start, stop))
        # sudo: see _loyalty_sla_stretch.
        calendar_sudo = self.sudo()
        hours = calendar_sudo._loyalty_sla_pieces(first, last)
        work = [
            interval
            for begin, end, used in hours
            for interval in used._loyalty_sla_week(begin, end)
        ]
        work = special_days.replace_days(work, calendar_sudo._loyalty_sla_made_up(first, last))
        return [
            tuple(moment.replace(tzinfo=None) for moment in _aware(begin, end))
            for begin, end in work
        ]

    def _loyalty_sla_pieces(self, first, last):
        """Return ``[(start, stop, calendar)]``: by whose weekly hours this calendar counts when."""
        self.ensure_one()
        zone = pytz.timezone(self.tz)
        changes = [
            (special_days.local_second(change.date_from, 0, zone), change.hours_calendar_id)
            for change in self.loyalty_sla_change_ids
        ]
        return special_days.pieces(first, last, self, changes)

    def _loyalty_sla_week(self, first, last, weekdays=None):
        """Return the weekly hours of this calendar as intervals in seconds.

        :param weekdays: the only days of the week that are wanted (``dayofweek``); None: all
        """
        domain = [] if weekdays is None else [("dayofweek", "in", list(weekdays))]
        work = self._attendance_intervals_batch(*_aware(first, last), domain=domain)[False]
        return [(_to_whole_seconds(begin), _to_whole_seconds(end)) for begin, end, _lines in work]

    def _loyalty_sla_made_up(self, first, last):
        """Return ``{(start, stop) of a day: its intervals}`` of days with their own hours."""
        zone = pytz.timezone(self.tz)
        start, stop = (moment.astimezone(zone).date() for moment in _aware(first, last))
        workdays = self.env["loyalty.service.sla.workday"].search(
            [("calendar_id", "=", self.id), ("date", ">=", start), ("date", "<=", stop)]
        )
        return {
            special_days.day_bounds(workday.date, zone): special_days.on_day(
                workday.date, workday._get_hours(), zone
            )
            for workday in workdays
        }

    def _loyalty_sla_hours_on(self, day, weekday):
        """Return the hours that count on ``day`` if it is like a ``weekday`` (0: Monday).

        :return: ``((from, to), ...)`` in seconds of the day
        """
        self.ensure_one()
        bounds = special_days.day_bounds(day, pytz.timezone(self.tz))
        [(_start, _stop, used), *_others] = self._loyalty_sla_pieces(*bounds)
        week = str(self.env["resource.calendar.attendance"].get_week_type(day))
        return tuple(
            (round(line.hour_from * 3600), round(line.hour_to * 3600))
            for line in used.attendance_ids.sorted("hour_from")
            if line._is_work_period()
            and line.dayofweek == str(weekday)
            and (not used.two_weeks_calendar or line.week_type == week)
        )

    def _loyalty_sla_off(self, first, last):
        """Return the days off as intervals in seconds."""
        off = self._leave_intervals_batch(
            *_aware(first, last), domain=self._loyalty_sla_leave_domain()
        )[False]
        return [
            (_to_whole_seconds(begin), _to_whole_seconds(_to_midnight(end)))
            for begin, end, _leaves in off
        ]

    def _loyalty_sla_get_days_off(self, start, stop):
        """Return the named days off between two moments as ``[(start, stop, name)]``."""
        if not self:
            return []
        self.ensure_one()
        # sudo: see _loyalty_sla_stretch.
        leaves_sudo = self.env["resource.calendar.leaves"].sudo()
        return [
            (leave.date_from, _to_midnight(leave.date_to), leave.name)
            for leave in leaves_sudo.search(
                Domain(self._loyalty_sla_leave_domain())
                & Domain("calendar_id", "in", [False, self.id])
                & Domain("resource_id", "=", False)
                & Domain("date_from", "<", stop)
                & Domain("date_to", ">", start)
                & Domain("name", "!=", False)
            )
        ]

    def _loyalty_sla_leave_domain(self):
        """Return the domain of the days off that count: of this calendar or of its company."""
        company = self.company_id or self._loyalty_sla_only_company()
        return list(
            Domain("time_type", "=", "leave")
            & (
                Domain("calendar_id", "=", self.id)
                | Domain("company_id", "in", [False, company.id])
            )
        )

    @api.model
    def _loyalty_sla_only_company(self):
        """Return the company if there is one only: hours that are nobody's are its own."""
        # sudo: how many companies there are, whoever asks; archived ones have their tickets, too.
        Company_sudo = self.env["res.company"].sudo().with_context(active_test=False)
        companies_sudo = Company_sudo.search([], limit=2)
        return companies_sudo if len(companies_sudo) == 1 else companies_sudo.browse()

    def _loyalty_sla_check_owned(self):
        """Refuse working hours of no company where there are several.

        Nobody could say whose holidays are days off, and a day that one of them enters would be
        one for all.
        """
        shared = self.filtered(lambda calendar: not calendar.company_id)
        if shared and not self._loyalty_sla_only_company():
            raise ValidationError(
                self.env._(
                    "The working hours %s belong to no company, and there are several: whose "
                    "holidays would count? Give them a company first, or choose others.",
                    shared[0].name,
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
            calendar._loyalty_sla_rename_holidays()
        if calendar.tz != tz:
            calendar.tz = tz

    def _loyalty_sla_with_users(self):
        """Return these calendars and those that count by their hours from a date on."""
        # sudo: whoever edits hours may not see each calendar that counts by them from a date on.
        changes_sudo = self.env["loyalty.service.sla.calendar.change"].sudo()
        users_sudo = changes_sudo.search([("hours_calendar_id", "in", self.ids)]).calendar_id
        return self | users_sudo.with_env(self.env)

    def _loyalty_sla_changed(self):
        """Forget the working time that is kept and plan the clocks that count by it anew."""
        if not self:
            return
        calendars = self._loyalty_sla_with_users()
        self.env.registry.clear_cache()
        self.env["loyalty.service.sla.clock"]._request_replan(calendars)

    def write(self, vals):
        if COUNTED.isdisjoint(vals):
            result = super().write(vals)
        else:
            weekdays = None
            if COUNTED & vals.keys() == {"attendance_ids"}:
                weekdays = self.attendance_ids._loyalty_sla_weekdays(vals["attendance_ids"])
            with self._loyalty_sla_with_users()._loyalty_sla_changing(weekdays=weekdays):
                result = super().write(vals)
        if not EDITED.isdisjoint(vals):
            self._loyalty_sla_edited()
        if "company_id" in vals:
            # sudo: Odoo replaces the days off by the new company's: what somebody deleted of
            # the others says nothing about them.
            self.sudo().loyalty_sla_declined_days = False
        if "tz" in vals:
            self._loyalty_sla_move_holidays()
            # sudo: see _loyalty_sla_follow; the companies whose usual hours these are.
            Company_sudo = self.env["res.company"].sudo()
            Company_sudo.search([("resource_calendar_id", "in", self.ids)])._loyalty_sla_follow()
        if not COUNTED.isdisjoint(vals):
            self._loyalty_sla_changed()
        return result

    def copy(self, default=None):
        """Copy the days with hours of their own and the changes along, but for a bare week."""
        copies = super().copy(default)
        if not self.env.context.get("loyalty_sla_bare_week"):
            # sudo: who may copy working hours need not be of the desk, and gets them whole.
            for calendar_sudo, copied in zip(self.sudo(), copies, strict=True):
                calendar_sudo.loyalty_sla_workday_ids.copy({"calendar_id": copied.id})
                calendar_sudo.loyalty_sla_change_ids.copy({"calendar_id": copied.id})
        return copies

    @api.constrains("schedule_type", "flexible_hours", "company_id")
    def _check_loyalty_sla_changes(self):
        # sudo: the changes of every calendar that count by these hours are checked.
        changes_sudo = self.env["loyalty.service.sla.calendar.change"].sudo()
        changes_sudo.search(
            ["|", ("hours_calendar_id", "in", self.ids), ("calendar_id", "in", self.ids)]
        )._check_hours_calendar()

    @api.constrains("company_id")
    def _check_loyalty_sla_owned(self):
        # sudo: see _loyalty_sla_get_used_ids; only the name of these calendars is told.
        self.sudo().filtered("loyalty_sla_used")._loyalty_sla_check_owned()

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


def _aware(*seconds):
    """Return aware datetimes for seconds from 1970."""
    return [pytz.utc.localize(to_moment(second)) for second in seconds]


def _to_midnight(moment):
    """Return the end of a day off; Odoo proposes 23:59:59 where the whole day is meant."""
    return moment + timedelta(seconds=1) if moment.second == 59 else moment


def _to_whole_seconds(moment):
    """Return the nearest whole second of an aware datetime: 24:00 is kept as 23:59:59.999999."""
    naive = moment.astimezone(pytz.utc).replace(tzinfo=None)
    return to_seconds(naive + timedelta(microseconds=500000))
