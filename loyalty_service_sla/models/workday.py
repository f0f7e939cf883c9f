from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import special_days


class Workday(models.Model):
    """A day with working hours of its own, such as a Saturday that makes up for a holiday."""

    _name = "loyalty.service.sla.workday"
    _description = "Make-up Working Day"
    _order = "date desc, id"

    name = fields.Char(string="Reason", required=True)
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("flexible_hours", "=", False)],
    )
    company_id = fields.Many2one(related="calendar_id.company_id", store=True, index=True)
    date = fields.Date(required=True)
    like_weekday = fields.Selection(
        [
            ("0", "Monday"),
            ("1", "Tuesday"),
            ("2", "Wednesday"),
            ("3", "Thursday"),
            ("4", "Friday"),
            ("5", "Saturday"),
            ("6", "Sunday"),
        ],
        string="Worked Like a",
        required=True,
        default="0",
        help="The hours of that weekday count, instead of the hours of the day itself.",
    )
    hours = fields.Char(
        string="Other Hours",
        help="Where the day has hours of its own, such as 9:00-12:00, 13:00-15:00. "
        "Empty: those of the weekday.",
    )
    loaded = fields.Boolean(
        readonly=True, help="A make-up day that the State Council announced, not entered by hand."
    )
    edited = fields.Boolean(
        string="Edited by Hand",
        readonly=True,
        help="Loaded, and changed by somebody since: loading again keeps it as it is.",
    )

    _calendar_date_unique = models.Constraint(
        "UNIQUE(calendar_id, date)", "These working hours have a make-up day on that date already."
    )

    @api.constrains("hours")
    def _check_hours(self):
        for workday in self.filtered("hours"):
            try:
                special_days.parse_hours(workday.hours)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "“%(wrong)s” are no hours. Write them like 9:00-12:00, 13:00-18:00.",
                        wrong=error,
                    )
                ) from error

    def _get_hours(self):
        """Return the hours of this day as ``((from, to), ...)`` in seconds of the day."""
        self.ensure_one()
        if self.hours:
            return special_days.parse_hours(self.hours)
        return self.calendar_id._loyalty_sla_hours_on(self.date, self.like_weekday)

    # ------------------------------------------------------------------
    # What changes working time
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._add_missing_default_values(vals) for vals in vals_list]
        calendars = self.calendar_id.browse(
            {vals["calendar_id"] for vals in vals_list if vals.get("calendar_id")}
        )
        with calendars._loyalty_sla_changing():
            workdays = super().create(vals_list)
        workdays.calendar_id._loyalty_sla_changed()
        return workdays

    def write(self, vals):
        calendars = self.calendar_id
        if not self.env.context.get("loyalty_sla_loading"):
            vals = {**vals, "edited": True}
        others = calendars.browse(vals.get("calendar_id") or ())
        with (calendars | others)._loyalty_sla_changing():
            result = super().write(vals)
        if vals.keys() - {"name", "edited"}:
            (calendars | self.calendar_id)._loyalty_sla_changed()
        return result

    def unlink(self):
        calendars = self.calendar_id
        for calendar, workdays in self.filtered("loaded").grouped("calendar_id").items():
            calendar._loyalty_sla_decline(workdays.mapped("date"))
        with calendars._loyalty_sla_changing():
            result = super().unlink()
        calendars._loyalty_sla_changed()
        return result
