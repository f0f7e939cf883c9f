from odoo import api, models
from odoo.tools.translate import LazyTranslate

from . import defaults

_lt = LazyTranslate(__name__)

ALWAYS = _lt("Day and Night")
HOURS = (("morning", 9, 12), ("afternoon", 13, 18))


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env["loyalty.service.sla.policy"]._create_defaults(companies)
        self.env["loyalty.service.sla.ladder"]._create_defaults(companies)
        self.env["loyalty.service.sla.policy"]._create_complaint_defaults(companies)
        self.env["loyalty.service.sla.policy"]._create_emergency_defaults(companies)
        return companies

    def write(self, vals):
        result = super().write(vals)
        if "resource_calendar_id" in vals:
            self._loyalty_sla_follow()
        return result

    def _prepare_loyalty_sla_calendar_values(self):
        """Return the values of service hours: Monday to Friday, 9-12 and 13-18."""
        names = self._get_loyalty_sla_calendar_names()
        return {
            "name": names["calendar"],
            "company_id": self.id,
            "tz": self._loyalty_tz_name(),
            "attendance_ids": [
                (
                    0,
                    0,
                    {
                        "name": names[str(day)],
                        "dayofweek": str(day),
                        "day_period": period,
                        "hour_from": start,
                        "hour_to": stop,
                    },
                )
                for day in range(5)
                for period, start, stop in HOURS
            ],
        }

    def _prepare_loyalty_sla_always_values(self):
        """Return the values of hours that never end."""
        env = self.with_context(lang=self._loyalty_lang()).env
        days = env["resource.calendar.attendance"]._fields["dayofweek"]
        return {
            "name": self._loyalty_say(ALWAYS),
            "company_id": self.id,
            "tz": self._loyalty_tz_name(),
            "attendance_ids": [
                (
                    0,
                    0,
                    {
                        "name": name,
                        "dayofweek": day,
                        "day_period": "full_day",
                        "hour_from": 0,
                        "hour_to": 24,
                    },
                )
                for day, name in days._description_selection(env)
            ],
        }

    def _get_loyalty_sla_calendar_names(self):
        """Return ``{"calendar": name, number of a weekday: name}`` in the company's language.

        Odoo keeps each of them in one language only.
        """
        env = self.with_context(lang=self._loyalty_lang()).env
        days = env["resource.calendar.attendance"]._fields["dayofweek"]
        return {"calendar": env._("Service Hours"), **dict(days._description_selection(env))}

    def _loyalty_sla_follow(self):
        """Let the service hours that nobody has edited follow their companies."""
        # sudo: who sets the country of a company or their own time zone need not be allowed
        # to edit working hours; only those that were made for these companies are touched.
        calendars_sudo = (
            self.env["resource.calendar"]
            .sudo()
            .search([("company_id", "in", self.ids), ("loyalty_sla_follows_company", "=", True)])
        )
        for calendar_sudo in calendars_sudo:
            calendar_sudo._loyalty_sla_follow_company()
        for company in self:
            company._loyalty_sla_follow_always()

    def _loyalty_sla_follow_always(self):
        """Let the hours that never end have the company's language and time zone, too."""
        # sudo: see _loyalty_sla_follow; only those that were made for this company.
        calendar_sudo = defaults.find(self.sudo(), "calendar_always")
        if not calendar_sudo or calendar_sudo.name not in self._loyalty_texts(ALWAYS).values():
            return
        values = self._prepare_loyalty_sla_always_values()
        names = {line["dayofweek"]: line["name"] for _code, _id, line in values["attendance_ids"]}
        if calendar_sudo.name != values["name"]:
            calendar_sudo.name = values["name"]
            for line in calendar_sudo.attendance_ids:
                line.name = names[line.dayofweek]
        if calendar_sudo.tz != values["tz"]:
            calendar_sudo.tz = values["tz"]
