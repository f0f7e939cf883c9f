from datetime import timedelta

import pytz

from odoo import api, fields, models


class Policy(models.Model):
    """In whose time the promised hours are counted, for whoever sets them."""

    _inherit = "loyalty.service.sla.policy"

    calendar_tz = fields.Char(
        string="Time Zone",
        compute="_compute_calendar_tz",
        help="The working hours are hours of this time zone.",
    )
    tz_warning = fields.Char(string="Time Zone Warning", compute="_compute_tz_warning")

    @api.depends("calendar_id.tz", "company_id.resource_calendar_id.tz")
    def _compute_calendar_tz(self):
        for policy in self:
            calendar = policy.calendar_id or policy.company_id.resource_calendar_id
            policy.calendar_tz = calendar.tz

    @api.depends("calendar_tz")
    @api.depends_context("uid", "lang")
    def _compute_tz_warning(self):
        own = self.env.user.tz
        now = fields.Datetime.now()
        for policy in self:
            theirs = policy.calendar_tz
            policy.tz_warning = (
                self.env._(
                    "These hours count in the time of %(theirs)s, and you work in the time of "
                    "%(yours)s. If they are your own hours, set the time zone of %(calendar)s.",
                    theirs=theirs,
                    yours=own,
                    calendar=(policy.calendar_id or policy.company_id.resource_calendar_id).name,
                )
                if own and theirs and not is_same_time(own, theirs, now)
                else False
            )


def is_same_time(one, other, now):
    """Tell whether clocks in two time zones show the same all through the year from ``now``.

    :param str one, other: names of time zones
    :param now: naive UTC datetime
    """
    moments = [pytz.utc.localize(now + timedelta(days=days)) for days in range(0, 365, 14)]
    return all(
        moment.astimezone(pytz.timezone(one)).utcoffset()
        == moment.astimezone(pytz.timezone(other)).utcoffset()
        for moment in moments
    )
