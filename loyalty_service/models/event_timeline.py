from datetime import datetime

import pytz

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date, formatLang

PAGE = 20


class Event(models.Model):
    """The timeline of a client: what happened, day by day, the latest first."""

    _inherit = "loyalty.service.event"

    @api.model
    @api.readonly
    def get_timeline(self, partner_id, filters=None, after=None, limit=PAGE):
        """Return a page of the timeline of a client, for the form of the client.

        The number of queries depends neither on the length of the history nor on the page.

        :param dict filters: ``kinds``, ``channels``, ``users`` (lists; empty is all) and
            ``undone`` (whether to show what was undone, and its undoing)
        :param list after: ``[date, id]`` of the last event shown so far
        :return: ``{"events": [...], "after": next page or None, "choices": only on the first
            page, what the filters can choose from}``
        """
        filters = filters or {}
        client = self.env["res.partner"].browse(partner_id).commercial_partner_id
        domain = Domain("partner_id", "=", client.id)
        if not filters.get("undone"):
            domain &= Domain(self._domain_standing())
        choices = None if after else self._timeline_choices(domain)
        for name, field in (("kinds", "kind"), ("channels", "channel"), ("users", "user_id")):
            if filters.get(name):
                domain &= Domain(field, "in", filters[name])
        if after:
            date, last_id = fields.Datetime.to_datetime(after[0]), after[1]
            domain &= Domain("date", "<", date) | (
                Domain("date", "=", date) & Domain("id", "<", last_id)
            )
        found = self.search(domain, limit=limit + 1)
        shown = found[:limit]
        last = shown[-1:]
        return {
            "events": shown._timeline_rows(),
            "after": (
                [fields.Datetime.to_string(last.date), last.id] if len(found) > limit else None
            ),
            "choices": choices,
        }

    @api.model
    def _timeline_choices(self, domain):
        """Return the kinds, channels and staff of a timeline, the most frequent first."""
        choices = {}
        for name, field in (("kinds", "kind"), ("channels", "channel")):
            labels = dict(self._fields[field]._description_selection(self.env))
            choices[name] = [
                {"value": value, "label": labels[value], "count": count}
                for value, count in self._read_group(
                    domain, [field], ["__count"], order="__count desc"
                )
                if value
            ]
        # sudo: the names of colleagues, who may have left, behind events that the user can see.
        choices["users"] = [
            {"value": user.id, "label": user.sudo().name, "count": count}
            for user, count in self._read_group(
                domain, ["user_id"], ["__count"], order="__count desc"
            )
            if user
        ]
        return choices

    def _timeline_rows(self):
        """Return the events in ``self`` as the timeline shows them."""
        tz = pytz.timezone(self.env.user.tz or self.env.company._loyalty_tz_name())
        today = datetime.now(tz).date()
        channels = dict(self._fields["channel"]._description_selection(self.env))
        rows = []
        for event in self:
            moment = pytz.utc.localize(event.date).astimezone(tz)
            rows.append(
                {
                    "id": event.id,
                    "day": self._say_day(moment.date(), today),
                    "time": moment.strftime("%H:%M"),
                    "icon": event.icon or "fa-circle-o",
                    "type": event.type_id.name,
                    "kind": event.kind,
                    "channel": channels[event.channel],
                    "summary": event.summary_shown or "",
                    "note": event.note or "",
                    # sudo: see _timeline_choices.
                    "contact": event.contact_id.sudo().name or "",
                    "user": event.user_id.sudo().name or "",
                    "user_id": event.user_id.id,
                    "amount": (
                        formatLang(self.env, event.amount, currency_obj=event.currency_id)
                        if event.amount
                        else ""
                    ),
                    "minutes": round(event.hours * 60),
                    "undone": event.is_reversed,
                    "undoing": bool(event.reversal_of_id),
                    "has_source": bool(event.res_model),
                    "can_undo": event._can_undo(),
                }
            )
        return rows

    @api.model
    def _say_day(self, day, today):
        if day == today:
            return self.env._("Today")
        if (today - day).days == 1:
            return self.env._("Yesterday")
        return format_date(self.env, day, date_format="full" if day.year == today.year else "long")

    def _can_undo(self):
        """Tell whether a person may undo the event: nothing else would correct it."""
        self.ensure_one()
        return not (self._follows_source() or self.is_reversed or self.reversal_of_id)
