from odoo import api, fields, models


class Policy(models.Model):
    """How many working days the promised hours are, for who thinks in days."""

    _inherit = "loyalty.service.sla.policy"

    days_text = fields.Char(
        string="In Working Days",
        compute="_compute_days_text",
        help="By the average day of the working hours.",
    )

    @api.depends(
        "resolution_hours",
        "calendar_id.hours_per_day",
        "company_id.resource_calendar_id.hours_per_day",
    )
    @api.depends_context("lang")
    def _compute_days_text(self):
        for policy in self:
            calendar = policy.calendar_id or policy.company_id.resource_calendar_id
            day = calendar.hours_per_day
            policy.days_text = (
                self.env._(
                    "%(days)s working days of %(hours)s h",
                    days=_short(policy.resolution_hours / day),
                    hours=_short(day),
                )
                if day and policy.resolution_hours
                else False
            )


def _short(number):
    """Return a number with one decimal at most."""
    return f"{round(number, 1):g}"
