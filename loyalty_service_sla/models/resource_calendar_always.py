from odoo import models

DAYS = 7
#: Hours a day, and what may be missing of them: midnight is told as 23:59, too.
HOURS, SLACK = 24, 1 / 60 + 1e-6


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def _loyalty_sla_is_always(self):
        """Tell whether every hour counts, day and night: whoever reads of it need not ask which."""
        if not self or self.two_weeks_calendar:
            return False
        # sudo: see _loyalty_sla_stretch; only whether it is all hours is told.
        hours = dict.fromkeys(map(str, range(DAYS)), 0)
        for line in self.sudo().attendance_ids.filtered(lambda line: line._is_work_period()):
            hours[line.dayofweek] += line.hour_to - line.hour_from
        return all(number >= HOURS - SLACK for number in hours.values())
