from odoo import Command, api, models

#: What of a line does not change the working time.
NAMED = {"name", "sequence"}


class ResourceCalendarAttendance(models.Model):
    _inherit = "resource.calendar.attendance"

    @api.model_create_multi
    def create(self, vals_list):
        calendars = self.calendar_id.browse(
            {vals["calendar_id"] for vals in vals_list if vals.get("calendar_id")}
        )
        weekdays = self._loyalty_sla_weekdays([Command.create(vals) for vals in vals_list])
        with calendars._loyalty_sla_with_users()._loyalty_sla_changing(weekdays=weekdays):
            attendances = super().create(vals_list)
        attendances.calendar_id._loyalty_sla_edited()
        attendances.calendar_id._loyalty_sla_changed()
        return attendances

    def write(self, vals):
        calendars = self.calendar_id
        weekdays = self._loyalty_sla_weekdays([Command.update(one.id, vals) for one in self])
        with calendars._loyalty_sla_with_users()._loyalty_sla_changing(weekdays=weekdays):
            result = super().write(vals)
        calendars |= self.calendar_id
        calendars._loyalty_sla_edited()
        if vals.keys() - NAMED:
            calendars._loyalty_sla_changed()
        return result

    def unlink(self):
        calendars = self.calendar_id
        weekdays = self._loyalty_sla_weekdays([Command.delete(one.id) for one in self])
        with calendars._loyalty_sla_with_users()._loyalty_sla_changing(weekdays=weekdays):
            result = super().unlink()
        calendars._loyalty_sla_edited()
        calendars._loyalty_sla_changed()
        return result

    def _loyalty_sla_weekdays(self, commands):
        """Return the days of the week that commands about lines of the week can change.

        :param self: the lines of the calendars, as far as the commands may replace them all
        :return: set of ``dayofweek``; None: any
        """
        weekdays = set()
        for code, line_id, vals in commands:
            if code in (Command.CLEAR, Command.SET):
                weekdays.update(self.mapped("dayofweek"))
                weekdays.update(self.browse(vals or ()).mapped("dayofweek"))
                continue
            if code == Command.UPDATE and not vals.keys() - NAMED:
                continue
            if code != Command.CREATE:
                weekdays.add(self.browse(line_id).dayofweek)
            if code == Command.CREATE and "dayofweek" not in vals:
                # A default, of the field or of whoever calls.
                return None
            if code in (Command.CREATE, Command.UPDATE) and "dayofweek" in vals:
                weekdays.add(vals["dayofweek"])
        return weekdays
