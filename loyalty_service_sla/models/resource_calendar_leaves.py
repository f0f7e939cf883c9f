from odoo import api, models


class ResourceCalendarLeaves(models.Model):
    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._loyalty_sla_affected()._loyalty_sla_changed()
        return leaves

    def write(self, vals):
        calendars = self._loyalty_sla_affected()
        result = super().write(vals)
        (calendars | self._loyalty_sla_affected())._loyalty_sla_changed()
        return result

    def unlink(self):
        calendars = self._loyalty_sla_affected()
        result = super().unlink()
        calendars._loyalty_sla_changed()
        return result

    def _loyalty_sla_affected(self):
        """Return the calendars whose working time these days off may change.

        The time off of a person changes none.
        """
        # sudo: who enters a holiday need not see every calendar of the company.
        leaves_sudo = self.sudo().filtered(lambda leave: not leave.resource_id)
        calendars_sudo = leaves_sudo.calendar_id
        general = leaves_sudo.filtered(lambda leave: not leave.calendar_id)
        if general:
            domain = (
                [("company_id", "in", general.company_id.ids)]
                if all(leave.company_id for leave in general)
                else []
            )
            calendars_sudo |= calendars_sudo.with_context(active_test=False).search(domain)
        return calendars_sudo.with_env(self.env)
