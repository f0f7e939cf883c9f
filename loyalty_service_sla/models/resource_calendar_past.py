from contextlib import contextmanager

from odoo import api, fields, models

from ..engine.past_hours import History, Hours, difference, split, stretches
from ..engine.working_time import STRETCH, to_moment, to_seconds

#: Calendars whose change is under way in a transaction: the outermost one keeps what was before.
CHANGING = "loyalty_sla.calendars"


class ResourceCalendar(models.Model):
    """Working hours as they were before somebody changed them.

    Clocks that have ended are explained and proved by them, see ``engine.past_hours``.
    """

    _inherit = "resource.calendar"

    loyalty_sla_past_hours = fields.Json(
        string="Working Hours as They Were",
        readonly=True,
        copy=False,
        prefetch=False,
        groups="base.group_system",
        help="For each change of past working time, what it was before: [[second, {stretch: "
        "[[start, stop], ...]}], ...].",
    )

    def _loyalty_sla_history(self):
        """Return the :class:`History` of these calendars for the engine."""
        # sudo: see _loyalty_sla_stretch.
        return History(
            {
                calendar.id: Hours(
                    calendar._loyalty_sla_stretch, calendar.sudo()._loyalty_sla_past()
                )
                for calendar in self
            }
        )

    def _loyalty_sla_past(self):
        """Return the changes of this calendar as the engine takes them."""
        return [
            (
                to_moment(second),
                {
                    int(number): [tuple(interval) for interval in work]
                    for number, work in kept.items()
                },
            )
            for second, kept in self.loyalty_sla_past_hours or ()
        ]

    @contextmanager
    def _loyalty_sla_changing(self):
        """Keep what the working time of these calendars was, where it is another afterwards."""
        under_way = self.env.cr.precommit.data.setdefault(CHANGING, set())
        # sudo: see _loyalty_sla_changed.
        calendars_sudo = self.sudo().filtered(lambda calendar: calendar.id not in under_way)
        numbers = calendars_sudo._loyalty_sla_counted_stretches()
        before = {
            calendar: calendar._loyalty_sla_split(numbers)
            for calendar in calendars_sudo
            if numbers and calendar._loyalty_sla_has_counted()
        }
        under_way.update(calendars_sudo.ids)
        try:
            yield
        finally:
            under_way.difference_update(calendars_sudo.ids)
        for calendar, work in before.items():
            if calendar.exists():
                calendar._loyalty_sla_keep(work)

    def _loyalty_sla_keep(self, before):
        """Keep those stretches of working time ``before`` that are others now."""
        self.ensure_one()
        self.env.flush_all()
        kept = difference(before, self._loyalty_sla_split(list(before)))
        if kept:
            second = to_seconds(fields.Datetime.now())
            self.loyalty_sla_past_hours = [*(self.loyalty_sla_past_hours or ()), [second, kept]]

    @api.model
    def _loyalty_sla_counted_stretches(self):
        """Return the stretches in which any ticket was open, up to now."""
        [(first,)] = self.env["loyalty.service.sla.entry"]._read_group(
            [("kind", "in", ("opened", "reopened"))], [], ["date:min"]
        )
        return list(stretches(first, fields.Datetime.now())) if first else []

    def _loyalty_sla_has_counted(self):
        """Tell whether any clock was ever promised by these hours."""
        Entry = self.env["loyalty.service.sla.entry"]
        return bool(Entry.search_count([("calendar_id", "=", self.id)], limit=1))

    def _loyalty_sla_split(self, numbers):
        """Return ``{number: intervals}`` of the working time as it is, past what is cached."""
        self.ensure_one()
        first, last = numbers[0] * STRETCH, (numbers[-1] + 1) * STRETCH
        return split(self._loyalty_sla_work(first, last), numbers)
