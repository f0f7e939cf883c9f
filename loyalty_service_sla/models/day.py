from odoo import fields, models
from odoo.tools import SQL


class Day(models.Model):
    """Days off and make-up working days side by side, as the days of the firm.

    A view of both; it is the days themselves that are opened, edited and deleted from it.
    """

    _name = "loyalty.service.sla.day"
    _description = "Holiday or Make-up Day"
    _order = "date desc, id"
    _auto = False
    _depends = {
        "resource.calendar": ["tz"],
        "resource.calendar.leaves": [
            "name",
            "calendar_id",
            "company_id",
            "resource_id",
            "date_from",
            "date_to",
            "time_type",
            "loyalty_sla_public_date",
            "loyalty_sla_edited",
        ],
        "loyalty.service.sla.workday": [
            "name",
            "calendar_id",
            "company_id",
            "date",
            "like_weekday",
            "hours",
            "loaded",
            "edited",
        ],
    }

    name = fields.Char(string="Reason", readonly=True)
    date = fields.Date(string="From", readonly=True)
    date_end = fields.Date(string="To", readonly=True)
    kind = fields.Selection([("off", "Day off"), ("worked", "Working day")], readonly=True)
    color = fields.Integer(readonly=True)
    like_weekday = fields.Selection(
        selection=lambda self: (
            self.env["loyalty.service.sla.workday"]
            ._fields["like_weekday"]
            ._description_selection(self.env)
        ),
        string="Worked Like a",
        readonly=True,
    )
    hours = fields.Char(string="Other Hours", readonly=True)
    origin = fields.Selection(
        [("loaded", "Loaded"), ("edited", "Loaded, then edited"), ("hand", "By hand")],
        readonly=True,
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        readonly=True,
        help="Empty: all working hours of the company.",
    )
    company_id = fields.Many2one("res.company", readonly=True)
    leave_id = fields.Many2one("resource.calendar.leaves", string="Day Off", readonly=True)
    workday_id = fields.Many2one("loyalty.service.sla.workday", string="Working Day", readonly=True)

    @property
    def _table_query(self):
        """Days as they are in the time zone of their working hours."""
        return SQL(
            """
            SELECT leave.id * 2 AS id, leave.name, local.begins::date AS date,
                   -- A day ends where the next one begins.
                   GREATEST(local.ends - INTERVAL '1 second', local.begins)::date AS date_end,
                   'off' AS kind, 1 AS color, NULL AS like_weekday, NULL AS hours,
                   CASE WHEN leave.loyalty_sla_public_date IS NULL THEN 'hand'
                        WHEN leave.loyalty_sla_edited THEN 'edited'
                        ELSE 'loaded' END AS origin,
                   leave.calendar_id, leave.company_id, leave.id AS leave_id,
                   NULL::integer AS workday_id
              FROM resource_calendar_leaves leave
         LEFT JOIN res_company company ON company.id = leave.company_id
         LEFT JOIN resource_calendar zone
                ON zone.id = COALESCE(leave.calendar_id, company.resource_calendar_id)
CROSS JOIN LATERAL (
                   SELECT leave.date_from AT TIME ZONE 'UTC'
                          AT TIME ZONE COALESCE(zone.tz, 'UTC') AS begins,
                          leave.date_to AT TIME ZONE 'UTC'
                          AT TIME ZONE COALESCE(zone.tz, 'UTC') AS ends
                   ) AS local
             WHERE leave.resource_id IS NULL AND leave.time_type = 'leave'
         UNION ALL
            SELECT id * 2 + 1, name, date, date, 'worked', 10, like_weekday, hours,
                   CASE WHEN NOT COALESCE(loaded, FALSE) THEN 'hand'
                        WHEN edited THEN 'edited'
                        ELSE 'loaded' END,
                   calendar_id, company_id, NULL, id
              FROM loyalty_service_sla_workday
            """
        )

    def unlink(self):
        """Delete the days themselves, as far as the user may."""
        self.check_access("unlink")
        # Read at once: a day is no more when what it shows is gone.
        leaves, workdays = self.leave_id, self.workday_id
        leaves.unlink()
        workdays.unlink()
        return True

    def action_open(self):
        """Open the day itself in a dialog."""
        self.ensure_one()
        day = self.leave_id or self.workday_id
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": day._name,
            "res_id": day.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_new_day_off(self):
        return self._action_new("resource.calendar.leaves", self.env._("New Day Off"))

    def action_new_workday(self):
        return self._action_new("loyalty.service.sla.workday", self.env._("New Working Day"))

    def action_load(self):
        calendar = self._get_default_calendar()
        return calendar.action_loyalty_sla_load_holidays()

    def _action_new(self, model, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_calendar_id": self._get_default_calendar().id},
        }

    def _get_default_calendar(self):
        """Return the working hours meant: those asked for, else those of the first policy."""
        asked = self.env.context.get("default_calendar_id")
        if asked:
            return self.env["resource.calendar"].browse(asked)
        policy = self.env["loyalty.service.sla.policy"].search(
            [("company_id", "=", self.env.company.id), ("calendar_id", "!=", False)], limit=1
        )
        return policy.calendar_id or self.env.company.resource_calendar_id
