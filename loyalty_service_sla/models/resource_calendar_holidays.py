import logging
from collections import Counter
from datetime import date, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.loyalty_service.batch import do_claimed, work_off

from .. import chinese_holidays
from ..engine import special_days
from ..engine.working_time import merge, to_moment

_logger = logging.getLogger(__name__)

#: So long before it begins a year should be known: the State Council announces it in November.
AHEAD = timedelta(days=61)

#: How soon the scheduled action looks again for a year that was not known.
AGAIN = timedelta(weeks=1)

#: Years that hold all that can have been loaded.
EVER = (1970, 2999)

BATCH_SIZE = 10


class ResourceCalendar(models.Model):
    """China's public holidays and make-up working days, loaded into working hours.

    They are ordinary days off and make-up days that anybody can see and edit. Loading again
    adds what is missing and takes back what is no longer announced; what somebody has edited or
    deleted stays as it is.
    """

    _inherit = "resource.calendar"

    loyalty_sla_public_holidays = fields.Boolean(
        string="Chinese Public Holidays",
        help="The public holidays and make-up working days of China are loaded each year, as "
        "soon as they are known.",
    )
    loyalty_sla_holidays_date = fields.Datetime(
        string="Holidays Loaded On", readonly=True, copy=False
    )
    loyalty_sla_declined_days = fields.Json(
        string="Deleted Holidays",
        readonly=True,
        help="Days that were loaded and that somebody deleted: they are not loaded again.",
    )
    loyalty_sla_told_year = fields.Integer(
        string="Told of Unknown Year",
        readonly=True,
        copy=False,
        help="Managers were told that the holidays of this year are not known yet.",
    )
    loyalty_sla_holiday_note = fields.Char(
        string="Unknown Holidays", compute="_compute_loyalty_sla_holiday_note"
    )

    @api.depends("loyalty_sla_public_holidays")
    @api.depends_context("lang")
    def _compute_loyalty_sla_holiday_note(self):
        missing = self._loyalty_sla_get_unknown_year()
        for calendar in self:
            calendar.loyalty_sla_holiday_note = (
                self._loyalty_sla_get_unknown_text(missing)
                if missing and calendar.loyalty_sla_public_holidays
                else False
            )

    # ------------------------------------------------------------------
    # What is known
    # ------------------------------------------------------------------

    @api.model
    def _loyalty_sla_get_known_years(self):
        """Return the first and the last year that can be loaded, or say what to install."""
        years = chinese_holidays.get_years()
        if not years:
            raise UserError(
                self.env._(
                    "The public holidays of China come from the Python package %(package)s, which "
                    "is not installed on this server. Have it installed with “pip install "
                    "%(package)s”, restart Odoo and try again.",
                    package=chinese_holidays.PACKAGE,
                )
            )
        return years

    @api.model
    def _loyalty_sla_get_unknown_year(self):
        """Return the year that should be known by now and is not, else None."""
        needed = (fields.Date.context_today(self) + AHEAD).year
        years = chinese_holidays.get_years()
        return None if years and needed <= years[1] else needed

    @api.model
    def _loyalty_sla_get_unknown_text(self, year):
        """Return what to do about a year that is not known."""
        facts = {
            "year": year,
            "package": chinese_holidays.PACKAGE,
            "version": chinese_holidays.get_version(),
        }
        if not facts["version"]:
            return self.env._(
                "The public holidays of %(year)s cannot be loaded: the Python package %(package)s "
                "is not installed on this server. Until then they count as ordinary days.",
                **facts,
            )
        return self.env._(
            "The public holidays of %(year)s are not known to %(package)s %(version)s. Once the "
            "State Council has announced them, have the package updated with “pip install -U "
            "%(package)s”. Until then they count as ordinary days.",
            **facts,
        )

    # ------------------------------------------------------------------
    # Loading
    # ------------------------------------------------------------------

    def action_loyalty_sla_load_holidays(self):
        """Open the dialog that loads the public holidays."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_service_sla.holiday_load_action"
        )
        return {**action, "context": {"default_calendar_id": self.id}}

    def action_loyalty_sla_days(self):
        """Open days off and make-up days of these working hours."""
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_service_sla.day_action")
        return {
            **action,
            "domain": [
                ("calendar_id", "in", [False, self.id]),
                ("company_id", "in", [False, self.company_id.id]),
            ],
            "context": {"default_calendar_id": self.id},
        }

    def _loyalty_sla_load_holidays(self, years, restore=False):
        """Bring the days that were loaded for ``years`` in step with what was announced.

        :param restore: also load what somebody has edited or deleted
        :return: a Counter of ``off``, ``worked`` and ``removed`` days
        """
        self.ensure_one()
        first, last = self._loyalty_sla_get_known_years()
        # Nothing is known of other years, which is no reason to take back what was loaded.
        known = [year for year in years if first <= year <= last]
        if not known:
            return Counter()
        days = {day.date: day for day in chinese_holidays.get_days(known)}
        counts = self._loyalty_sla_store_days(days, known, restore)
        # sudo: who may load holidays need not be allowed to edit working hours.
        self.sudo().with_context(loyalty_sla_following=True).write(
            {
                "loyalty_sla_public_holidays": True,
                "loyalty_sla_holidays_date": fields.Datetime.now(),
            }
        )
        return counts

    def _loyalty_sla_store_days(self, days, years, restore):
        """Make the loaded days of ``years`` those of ``days``.

        :param dict days: ``{date: PublicDay}``
        """
        # Of two who load at once the second waits, then fails and is run again by Odoo.
        self.env.execute_query(
            SQL("SELECT id FROM resource_calendar WHERE id = %s FOR NO KEY UPDATE", self.id)
        )
        calendar = self.with_context(loyalty_sla_loading=True)
        span = [date(min(years), 1, 1), date(max(years), 12, 31)]
        leaves = calendar._loyalty_sla_get_loaded_leaves(span)
        workdays = calendar.env["loyalty.service.sla.workday"].search(
            [("calendar_id", "=", self.id), ("date", ">=", span[0]), ("date", "<=", span[1])]
        )
        gone_leaves = leaves.filtered(
            lambda leave: (
                (restore and leave.loyalty_sla_edited)
                or (
                    not leave.loyalty_sla_edited
                    and _is_gone(leave.loyalty_sla_public_date, days, 0)
                )
            )
        )
        gone_workdays = workdays.filtered("loaded").filtered(
            lambda day: (restore and day.edited) or (not day.edited and _is_gone(day.date, days, 1))
        )
        kept = {leave.loyalty_sla_public_date for leave in leaves - gone_leaves}
        kept |= set((workdays - gone_workdays).mapped("date"))
        declined = set(self.loyalty_sla_declined_days or ())
        if restore:
            declined = {
                day for day in declined if not span[0] <= date.fromisoformat(day) <= span[1]
            }
            # sudo: see _loyalty_sla_load_holidays.
            self.sudo().loyalty_sla_declined_days = sorted(declined)
        removed = len(gone_leaves) + len(gone_workdays)
        with calendar._loyalty_sla_changing():
            gone_leaves.unlink()
            gone_workdays.unlink()
            fresh = [
                day
                for day in days.values()
                if day.date not in kept and day.date.isoformat() not in declined
            ]
            off = calendar._loyalty_sla_without_covered(
                [day for day in fresh if not day.works], span
            )
            calendar.env["resource.calendar.leaves"].create(calendar._prepare_public_leaves(off))
            worked = [day for day in fresh if day.works]
            calendar.env["loyalty.service.sla.workday"].create(
                calendar._prepare_public_workdays(worked)
            )
        return Counter(off=len(off), worked=len(worked), removed=removed)

    def _loyalty_sla_get_loaded_leaves(self, span=None):
        """Return the days off that were loaded into this calendar, between two dates."""
        domain = [("calendar_id", "=", self.id), ("loyalty_sla_public_date", "!=", False)]
        if span:
            domain += [
                ("loyalty_sla_public_date", ">=", span[0]),
                ("loyalty_sla_public_date", "<=", span[1]),
            ]
        return self.env["resource.calendar.leaves"].search(domain)

    def _loyalty_sla_without_covered(self, days, span):
        """Return those of ``days`` that are not off already by what somebody has entered."""
        if not days:
            return days
        zone = pytz.timezone(self.tz)
        first, last = (special_days.day_bounds(day, zone)[side] for side, day in enumerate(span))
        # sudo: see _loyalty_sla_stretch; the domain keeps other companies out.
        off = merge(self.sudo()._loyalty_sla_off(first, last))

        def is_covered(day):
            return not special_days.cut([special_days.day_bounds(day.date, zone)], off)

        return [day for day in days if not is_covered(day)]

    def _prepare_public_leaves(self, days):
        return [
            {
                "name": name,
                "calendar_id": self.id,
                "loyalty_sla_public_date": day.date,
                **self._loyalty_sla_get_day_off(day.date),
            }
            for day, name in zip(days, self._loyalty_sla_get_names(days), strict=True)
        ]

    def _prepare_public_workdays(self, days):
        return [
            {
                "name": name,
                "calendar_id": self.id,
                "date": day.date,
                "like_weekday": str(day.like),
                "loaded": True,
            }
            for day, name in zip(days, self._loyalty_sla_get_names(days), strict=True)
        ]

    def _loyalty_sla_get_day_off(self, day):
        """Return the moments from which to which a day is off, as Odoo keeps them."""
        start, stop = special_days.day_bounds(day, pytz.timezone(self.tz))
        return {"date_from": to_moment(start), "date_to": to_moment(stop - 1)}

    def _loyalty_sla_get_names(self, days):
        """Return what each day is called in the firm's language: Odoo keeps one name only."""
        company = self.company_id or self.env.company
        env = self.with_context(lang=company._loyalty_lang()).env
        names = {
            "New Year's Day": env._("New Year's Day"),
            "Spring Festival": env._("Spring Festival"),
            "Tomb-sweeping Day": env._("Tomb-sweeping Day"),
            "Labour Day": env._("Labour Day"),
            "Dragon Boat Festival": env._("Dragon Boat Festival"),
            "National Day": env._("National Day"),
            "Mid-autumn Festival": env._("Mid-autumn Festival"),
        }
        return [
            env._("Make-up day: %s", name) if day.works else name
            for day in days
            for name in [names.get(day.name, day.name)]
        ]

    # ------------------------------------------------------------------
    # What becomes of loaded days
    # ------------------------------------------------------------------

    def _loyalty_sla_follow_holidays(self):
        """Load the holidays where the company is in China, and take them back where it is not."""
        self.ensure_one()
        in_china = self.company_id.country_id.code == "CN"
        if in_china == self.loyalty_sla_public_holidays:
            return
        if not in_china:
            self._loyalty_sla_store_days({}, EVER, restore=False)
        elif chinese_holidays.get_years():
            self._loyalty_sla_load_holidays(self._loyalty_sla_get_coming_years())
        else:
            _logger.info("%s: %s is not installed", self, chinese_holidays.PACKAGE)
        self.with_context(loyalty_sla_following=True).loyalty_sla_public_holidays = in_china

    @api.model
    def _loyalty_sla_get_coming_years(self):
        """Return the years from now on that are known."""
        this_year = fields.Date.context_today(self).year
        _first, last = self._loyalty_sla_get_known_years()
        return range(this_year, max(this_year, last) + 1)

    def _loyalty_sla_decline(self, days):
        """Remember that somebody deleted loaded days, so that they are not loaded again."""
        if not self or self.env.context.get("loyalty_sla_loading"):
            return
        # sudo: who may delete a day off need not be allowed to edit working hours.
        calendar_sudo = self.sudo()
        known = set(calendar_sudo.loyalty_sla_declined_days or ())
        calendar_sudo.loyalty_sla_declined_days = sorted(known | {day.isoformat() for day in days})

    def _loyalty_sla_move_holidays(self):
        """Let loaded days off begin and end at the midnights of a new time zone."""
        # sudo: who may edit working hours moves their holidays along; Odoo lets only
        # administrators edit days off that are nobody's own.
        for calendar in self.sudo().with_context(loyalty_sla_loading=True):
            with calendar._loyalty_sla_changing():
                for leave in calendar._loyalty_sla_get_loaded_leaves():
                    if not leave.loyalty_sla_edited:
                        leave.write(
                            calendar._loyalty_sla_get_day_off(leave.loyalty_sla_public_date)
                        )

    def _loyalty_sla_rename_holidays(self):
        """Call loaded days what they are called in the language that the firm has now."""
        self.ensure_one()
        calendar = self.with_context(loyalty_sla_loading=True)
        workdays = calendar.env["loyalty.service.sla.workday"].search(
            [("calendar_id", "=", self.id), ("loaded", "=", True), ("edited", "=", False)]
        )
        loaded = {(day.date, True): day for day in workdays}
        for leave in calendar._loyalty_sla_get_loaded_leaves():
            if not leave.loyalty_sla_edited:
                loaded[leave.loyalty_sla_public_date, False] = leave
        known = [
            day
            for day in chinese_holidays.get_days({day.year for day, _works in loaded})
            if (day.date, day.works) in loaded
        ]
        for day, name in zip(known, self._loyalty_sla_get_names(known), strict=True):
            loaded[day.date, day.works].name = name

    def unlink(self):
        """Take the loaded days along: Odoo would make them days off of the whole company."""
        self.check_access("unlink")
        # sudo: see _loyalty_sla_move_holidays.
        for calendar in self.sudo().with_context(loyalty_sla_loading=True):
            calendar._loyalty_sla_get_loaded_leaves().unlink()
        return super().unlink()

    # ------------------------------------------------------------------
    # The scheduled action
    # ------------------------------------------------------------------

    @api.model
    def _cron_load_public_holidays(self):
        """Load the holidays of the years to come, and tell of the year that is not known yet."""
        calendars = self.search([("loyalty_sla_public_holidays", "=", True)])
        work_off(
            calendars,
            lambda some: do_claimed(some, lambda claimed: claimed._loyalty_sla_refresh()),
            BATCH_SIZE,
        )
        if calendars and self._loyalty_sla_get_unknown_year():
            # sudo: the run of this scheduled action only.
            cron_sudo = self.env.ref("loyalty_service_sla.ir_cron_holidays").sudo()
            cron_sudo._trigger(at=fields.Datetime.now() + AGAIN)

    def _loyalty_sla_refresh(self):
        """Load what is known for the calendars in ``self``, and tell what is not."""
        if chinese_holidays.get_years():
            for calendar in self:
                calendar._loyalty_sla_load_holidays(self._loyalty_sla_get_coming_years())
        missing = self._loyalty_sla_get_unknown_year()
        if missing:
            untold = self.filtered(lambda calendar: calendar.loyalty_sla_told_year != missing)
            untold._loyalty_sla_tell_unknown(missing)
            untold.loyalty_sla_told_year = missing

    def _loyalty_sla_tell_unknown(self, year):
        """Plan an activity about an unknown year for the managers of these calendars' firms."""
        activity_type = self.env.ref("loyalty_service_sla.mail_activity_type_holidays")
        managers = self.env.ref("helpdesk_mgmt.group_helpdesk_manager").all_user_ids
        told = managers.filtered(
            lambda user: (
                user.active
                and not user.share
                and any(not c.company_id or c.company_id in user.company_ids for c in self)
            )
        )
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": activity_type.id,
                    "user_id": user.id,
                    "summary": env._("Public holidays of %s are not known yet", year),
                    "note": env["resource.calendar"]._loyalty_sla_get_unknown_text(year),
                    "date_deadline": fields.Date.context_today(self.with_context(tz=user.tz)),
                    "automated": True,
                }
                for user in told
                for env in [self.with_context(lang=user.lang).env]
            ]
        )


def _is_gone(day, days, works):
    """Tell whether a loaded day is no longer announced as what it was loaded for."""
    return day not in days or days[day].works != works
