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
            "tz": self._loyalty_tz_name(),
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
