from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .. import chinese_holidays


class HolidayLoad(models.TransientModel):
    """Which years of public holidays are loaded into which working hours."""

    _name = "loyalty.service.sla.holiday.load"
    _description = "Load Public Holidays"

    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        required=True,
        domain=[("flexible_hours", "=", False)],
    )
    year_from = fields.Integer(string="From Year", required=True)
    year_to = fields.Integer(string="To Year", required=True)
    restore = fields.Boolean(
        string="Also What Was Edited or Deleted",
        help="Otherwise days that somebody has edited or deleted by hand stay as they are.",
    )
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    note = fields.Char(compute="_compute_preview")

    @api.model
    def default_get(self, fields):
        """Propose this year and what is known of the years after it."""
        years = self.env["resource.calendar"]._loyalty_sla_get_coming_years()
        return {
            **super().default_get(fields),
            "year_from": years[0],
            "year_to": years[-1],
        }

    @api.depends("calendar_id", "year_from", "year_to")
    @api.depends_context("lang")
    def _compute_preview(self):
        Calendar = self.env["resource.calendar"]
        missing = Calendar._loyalty_sla_get_unknown_year()
        for load in self:
            load.preview = load._render_preview()
            load.note = missing and Calendar._loyalty_sla_get_unknown_text(missing)

    def _render_preview(self):
        """Say how many days there are in each year, and whether they are loaded."""
        first, last = chinese_holidays.get_years() or (0, 0)
        years = range(max(self.year_from, first), min(self.year_to, last) + 1)
        days = chinese_holidays.get_days(years)
        loaded = self._get_loaded_years()
        lines = Markup().join(
            Markup("<li>%s</li>")
            % (
                self.env._(
                    "%(year)s: %(off)s days off, %(worked)s make-up working days (loaded already)",
                    **facts,
                )
                if facts["year"] in loaded
                else self.env._(
                    "%(year)s: %(off)s days off, %(worked)s make-up working days", **facts
                )
            )
            for year in years
            for of_year in [[day for day in days if day.date.year == year]]
            for facts in [
                {
                    "year": year,
                    "off": sum(not day.works for day in of_year),
                    "worked": sum(day.works for day in of_year),
                }
            ]
        )
        if lines:
            return Markup("<ul>%s</ul>") % lines
        return Markup("<p>%s</p>") % self.env._(
            "Nothing is known of these years. Known are %(first)s to %(last)s.",
            first=first,
            last=last,
        )

    def _get_loaded_years(self):
        if not self.calendar_id:
            return set()
        leaves = self.calendar_id._loyalty_sla_get_loaded_leaves()
        return {leave.loyalty_sla_public_date.year for leave in leaves}

    @api.constrains("year_from", "year_to")
    def _check_years(self):
        first, last = self.env["resource.calendar"]._loyalty_sla_get_known_years()
        for load in self:
            if not first <= load.year_from <= load.year_to <= last:
                raise ValidationError(
                    self.env._(
                        "Public holidays are known from %(first)s to %(last)s.",
                        first=first,
                        last=last,
                    )
                )

    def action_load(self):
        """Load, say what was done, and show the days."""
        self.ensure_one()
        counts = self.calendar_id._loyalty_sla_load_holidays(
            range(self.year_from, self.year_to + 1), self.restore
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.calendar_id.name,
                "message": self._get_message(counts),
                "next": self.calendar_id.action_loyalty_sla_days(),
            },
        }

    def _get_message(self, counts):
        """Say what was done, and what follows from it."""
        if not counts.total():
            return self.env._("Nothing to do: these years are loaded already.")
        if counts["removed"]:
            return self.env._(
                "%(off)s days off and %(worked)s make-up working days were added, %(removed)s "
                "days taken back. Open clocks are counted anew within a minute.",
                **counts,
            )
        return self.env._(
            "%(off)s days off and %(worked)s make-up working days were added. Open clocks are "
            "counted anew within a minute.",
            **counts,
        )
