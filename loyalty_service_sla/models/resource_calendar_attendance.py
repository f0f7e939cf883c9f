from odoo import api, models


class ResourceCalendarAttendance(models.Model):
    _inherit = "resource.calendar.attendance"

    @api.model_create_multi
    def create(self, vals_list):
        calendars = self.calendar_id.browse(
            {vals["calendar_id"] for vals in vals_list if vals.get("calendar_id")}
        )
        with calendars._loyalty_sla_with_users()._loyalty_sla_changing():
            attendances = super().create(vals_list)
        attendances.calendar_id._loyalty_sla_edited()
        attendances.calendar_id._loyalty_sla_changed()
        return attendances

    def write(self, vals):
        calendars = self.calendar_id
        with calendars._loyalty_sla_with_users()._loyalty_sla_changing():
            result = super().write(vals)
        calendars |= self.calendar_id
        calendars._loyalty_sla_edited()
        if vals.keys() - {"name"}:
            calendars._loyalty_sla_changed()
        return result

    def unlink(self):
        calendars = self.calendar_id
        with calendars._loyalty_sla_with_users()._loyalty_sla_changing():
            result = super().unlink()
        calendars._loyalty_sla_edited()
        calendars._loyalty_sla_changed()
        return result
