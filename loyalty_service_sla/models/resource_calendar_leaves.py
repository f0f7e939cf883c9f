from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

#: What somebody who edits a day off may change about it.
EDITED = {"name", "date_from", "date_to", "calendar_id", "resource_id", "time_type"}

#: What of it makes it a day off of other working hours.
MOVED = {"calendar_id", "company_id", "resource_id"}

#: From when to when it lasts.
SPAN = ("date_from", "date_to")

#: Whose working hours it may change, and when.
PLACED = (*SPAN, "calendar_id", "resource_id")


class ResourceCalendarLeaves(models.Model):
    _inherit = "resource.calendar.leaves"

    loyalty_sla_public_date = fields.Date(
        string="Public Holiday",
        readonly=True,
        index="btree_not_null",
        help="The day that this was loaded for. Empty: entered by hand.",
    )
    loyalty_sla_edited = fields.Boolean(
        string="Edited by Hand",
        readonly=True,
        help="Loaded, and changed by somebody since: loading again keeps it as it is.",
    )

    _loyalty_sla_public_unique = models.UniqueIndex(
        "(calendar_id, loyalty_sla_public_date) WHERE loyalty_sla_public_date IS NOT NULL",
        "This public holiday is in these working hours already.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        span = _get_span(vals_list)
        with self._loyalty_sla_calendars_of(vals_list)._loyalty_sla_changing(span):
            leaves = super().create(vals_list)
        leaves._loyalty_sla_affected()._loyalty_sla_changed()
        return leaves

    def write(self, vals):
        calendars = self._loyalty_sla_affected()
        before = [
            {name: self._fields[name].convert_to_write(leave[name], leave) for name in PLACED}
            for leave in self.sudo()  # sudo: see _loyalty_sla_affected.
        ]
        after = [{**old, **vals} for old in before]
        others = self._loyalty_sla_calendars_of(after) if MOVED & vals.keys() else calendars
        with (calendars | others)._loyalty_sla_changing(_get_span(before + after)):
            result = super().write(vals)
        if not EDITED.isdisjoint(vals) and not self.env.context.get("loyalty_sla_loading"):
            loaded = self.filtered("loyalty_sla_public_date")
            if loaded:
                super(ResourceCalendarLeaves, loaded).write({"loyalty_sla_edited": True})
        if vals.keys() - {"name"}:
            (calendars | self._loyalty_sla_affected())._loyalty_sla_changed()
        return result

    def unlink(self):
        calendars = self._loyalty_sla_affected()
        loaded = self.filtered("loyalty_sla_public_date")
        for calendar, leaves in loaded.grouped("calendar_id").items():
            calendar._loyalty_sla_decline(leaves.mapped("loyalty_sla_public_date"))
        # sudo: see _loyalty_sla_affected.
        span = _get_span([{name: leave[name] for name in SPAN} for leave in self.sudo()])
        with calendars._loyalty_sla_changing(span):
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
                [("company_id", "in", [False, *general.company_id.ids])]
                if all(leave.company_id for leave in general)
                else []
            )
            calendars_sudo |= calendars_sudo.with_context(active_test=False).search(domain)
        return calendars_sudo.with_env(self.env)

    @api.model
    def _loyalty_sla_calendars_of(self, vals_list):
        """Return the calendars that days off of these values may be of, before there are any."""
        person = self.env.context.get("default_resource_id")
        named = {
            vals.get("calendar_id") or self.env.context.get("default_calendar_id")
            for vals in vals_list
            if not vals.get("resource_id", person)
        }
        # sudo: see _loyalty_sla_affected.
        Calendar_sudo = self.env["resource.calendar"].sudo().with_context(active_test=False)
        calendars_sudo = Calendar_sudo.browse(named - {None, False})
        if named & {None, False}:
            calendars_sudo |= Calendar_sudo.search(Domain.TRUE)
        return calendars_sudo.with_env(self.env)


def _get_span(vals_list):
    """Return the first and the last moment of days off of these values; None if one is not said.

    A day more on both sides: an end at 23:59:59 is midnight.
    """
    moments = [fields.Datetime.to_datetime(vals.get(name)) for vals in vals_list for name in SPAN]
    if not moments or not all(moments):
        return None
    day = timedelta(days=1)
    return min(moments) - day, max(moments) + day
