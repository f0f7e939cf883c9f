from odoo import api, fields, models


class Policy(models.Model):
    """What the promised hours mean: in working days, and one beside the other."""

    _inherit = "loyalty.service.sla.policy"

    days_text = fields.Char(
        string="In Working Days",
        compute="_compute_days_text",
        help="By the average day of the working hours.",
    )

    order_warning = fields.Char(compute="_compute_order_warning")

    @api.depends("first_response_hours", "resolution_hours")
    @api.depends_context("lang")
    def _compute_order_warning(self):
        """Warn of a solution that is due before its first answer; clients would read it so."""
        for policy in self:
            answer, solution = policy.first_response_hours, policy.resolution_hours
            policy.order_warning = 0 < solution < answer and self.env._(
                "The solution is promised within %(solution)s h, before the first answer "
                "(%(answer)s h). Clients read both.",
                solution=_short(solution),
                answer=_short(answer),
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
