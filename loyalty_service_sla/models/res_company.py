import pytz

from odoo import api, models

HOURS = (("morning", 9, 12), ("afternoon", 13, 18))


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env["loyalty.service.sla.policy"]._create_defaults(companies)
        return companies

    def _prepare_loyalty_sla_calendar_values(self):
        """Return the values of service hours: Monday to Friday, 9-12 and 13-18."""
        self.ensure_one()
        day_names = dict(
            self.env["resource.calendar.attendance"]
            ._fields["dayofweek"]
            ._description_selection(self.env)
        )
        return {
            "name": self.env._("Service Hours"),
            "company_id": self.id,
            "tz": self._get_loyalty_sla_tz(),
            "attendance_ids": [
                (
                    0,
                    0,
                    {
                        "name": day_names[str(day)],
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

    def _get_loyalty_sla_tz(self):
        """Return the time zone in which the company works.

        Odoo keeps none on the company: its own contact, its working hours and its country are
        asked in turn.
        """
        known = self.partner_id.tz or self.resource_calendar_id.tz
        if known and known != "UTC":
            return known
        of_country = pytz.country_timezones.get(self.country_id.code or "", [])
        return next(iter(of_country), known or "UTC")
