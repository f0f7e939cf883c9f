from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Date
from odoo.tools.misc import format_date

from odoo.addons.loyalty_service.actions import open_form


class CalendarChange(models.Model):
    """From a date on, working hours are those of another calendar.

    What was worked before that date is counted by the hours of that time, so that the time a
    ticket has used stays what it was. Days off and make-up days remain those of the calendar
    itself, whose name and promise do not change: only the hours of the week do.
    """

    _name = "loyalty.service.sla.calendar.change"
    _description = "Change of Working Hours"
    _order = "calendar_id, date_from"
    _rec_name = "date_from"

    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("flexible_hours", "=", False)],
    )
    company_id = fields.Many2one(related="calendar_id.company_id", store=True, index=True)
    date_from = fields.Date(
        string="From", required=True, help="The first day that the new hours count on."
    )
    hours_calendar_id = fields.Many2one(
        "resource.calendar",
        string="New Hours",
        index=True,
        ondelete="restrict",
        domain="[('flexible_hours', '=', False), ('id', '!=', calendar_id)]",
        help="Only its hours of the week are taken. Empty: a copy of the hours before, to be "
        "edited then.",
    )

    _calendar_date_unique = models.Constraint(
        "UNIQUE(calendar_id, date_from)", "These working hours change on that day already."
    )

    # Not required in the form, where empty asks for a copy.
    _hours_check = models.Constraint(
        "CHECK (hours_calendar_id IS NOT NULL)", "Say which hours count from then on."
    )

    @api.constrains("calendar_id", "hours_calendar_id")
    def _check_hours_calendar(self):
        for change in self:
            # sudo: the calendar may be another company's, which is what is checked.
            hours_sudo = change.sudo().hours_calendar_id
            own_sudo = change.sudo().calendar_id
            facts = {"calendar": own_sudo.name, "hours": hours_sudo.name}
            if hours_sudo == own_sudo:
                raise ValidationError(
                    self.env._(
                        "%(calendar)s cannot change to itself: choose working hours that are as "
                        "they will be.",
                        **facts,
                    )
                )
            if hours_sudo.flexible_hours:
                raise ValidationError(
                    self.env._(
                        "%(hours)s has flexible hours, so nobody can say when working time is. "
                        "Choose fixed hours.",
                        **facts,
                    )
                )
            if hours_sudo.company_id not in (own_sudo.company_id, self.env["res.company"]):
                raise ValidationError(
                    self.env._("%(hours)s belongs to another company than %(calendar)s.", **facts)
                )
            if hours_sudo.loyalty_sla_change_ids:
                raise ValidationError(
                    self.env._(
                        "%(hours)s changes from a date on itself. List each change in "
                        "%(calendar)s instead.",
                        **facts,
                    )
                )
            using_sudo = self.sudo().search([("hours_calendar_id", "=", own_sudo.id)], limit=1)
            if using_sudo:
                raise ValidationError(
                    self.env._(
                        "%(other)s counts by %(calendar)s from a date on: list the change there.",
                        other=using_sudo.calendar_id.name,
                        **facts,
                    )
                )

    @api.model
    def default_get(self, fields):
        """Propose the first day of the next month: hours rarely change in the middle of one."""
        values = super().default_get(fields)
        if "date_from" in fields and not values.get("date_from"):
            month = Date.start_of(Date.context_today(self), "month")
            values["date_from"] = Date.add(month, months=1)
        return values

    @api.model_create_multi
    def create(self, vals_list):
        """Make a copy of the hours where none is named, for the user to edit."""
        vals_list = [self._add_missing_default_values(vals) for vals in vals_list]
        for vals in vals_list:
            if not vals.get("hours_calendar_id") and vals.get("calendar_id"):
                vals["hours_calendar_id"] = self._copy_hours(vals).id
        calendars = self.calendar_id.browse(
            {vals["calendar_id"] for vals in vals_list if vals.get("calendar_id")}
        )
        with calendars._loyalty_sla_changing():
            changes = super().create(vals_list)
        changes.calendar_id._loyalty_sla_changed()
        return changes

    @api.model
    def _copy_hours(self, vals):
        """Return a copy of the hours that count before the change, without its days."""
        calendar = self.env["resource.calendar"].browse(vals["calendar_id"])
        day = fields.Date.to_date(vals["date_from"])
        before = calendar.loyalty_sla_change_ids.filtered(lambda change: change.date_from < day)
        current = before[-1:].hours_calendar_id or calendar
        lang = (calendar.company_id or self.env.company)._loyalty_lang()
        hours = current.with_context(loyalty_sla_bare_week=True).copy(
            {"global_leave_ids": [], "loyalty_sla_public_holidays": False}
        )
        hours.name = self.with_context(lang=lang).env._(
            "%(calendar)s from %(date)s",
            calendar=calendar.name,
            date=format_date(self.env, day, lang_code=lang),
        )
        return hours

    def write(self, vals):
        calendars = self.calendar_id
        others = calendars.browse(vals.get("calendar_id") or ())
        with (calendars | others)._loyalty_sla_changing():
            result = super().write(vals)
        (calendars | self.calendar_id)._loyalty_sla_changed()
        return result

    def unlink(self):
        calendars = self.calendar_id
        with calendars._loyalty_sla_changing():
            result = super().unlink()
        calendars._loyalty_sla_changed()
        return result

    def action_open_hours(self):
        return open_form(self.hours_calendar_id)
