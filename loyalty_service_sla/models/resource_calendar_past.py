from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from odoo import fields, models
from odoo.tools import ormcache

from ..engine.past_hours import History, Hours, add_change, difference, split, stretches
from ..engine.working_time import STRETCH, to_moment, to_seconds

#: Calendars whose change is under way in a transaction: the outermost one keeps what was before.
CHANGING = "loyalty_sla.calendars"

#: The hours of so long after a change are kept, too: what was promised may end then.
AHEAD = timedelta(seconds=STRETCH)


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
        help="For each change of past working time, what it made working time or made free: "
        "[[second, {stretch: [seconds to the first piece, its seconds, seconds to the next, "
        "...]}], ...].",
    )
    loyalty_sla_past_date = fields.Datetime(
        string="Past Working Time Changed On",
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="The last of these changes: what is open, or ended later, never needs them.",
    )

    def _loyalty_sla_history(self):
        """Return the :class:`History` of these calendars for the engine."""
        result = {}
        # sudo: see _loyalty_sla_stretch.
        for calendar_sudo in self.sudo():
            last = calendar_sudo.loyalty_sla_past_date
            result[calendar_sudo.id] = Hours(
                calendar_sudo._loyalty_sla_stretch,
                last or None,
                partial(calendar_sudo._loyalty_sla_past, last),
            )
        return History(result)

    @ormcache("self.id", "last")
    def _loyalty_sla_past(self, last):
        """Return the changes of this calendar, the last one at ``last``, as the engine takes them.

        Kept over transactions, as what is read of it is long.
        """
        return tuple(
            (to_moment(second), {int(number): gaps for number, gaps in kept.items()})
            for second, kept in self.loyalty_sla_past_hours or ()
        )

    @contextmanager
    def _loyalty_sla_changing(self, span=None, weekdays=None):
        """Keep what the working time of these calendars was, where it is another afterwards.

        :param span: the first and the last moment that the change can touch; None: any
        :param weekdays: the days of the week that it can touch, as ``dayofweek`` names them;
            None: any. Of years of tickets the other days are not compared
        """
        if weekdays is not None and not weekdays:
            yield
            return
        under_way = self.env.cr.precommit.data.setdefault(CHANGING, set())
        # sudo: see _loyalty_sla_changed.
        calendars_sudo = self.sudo().filtered(lambda calendar: calendar.id not in under_way)
        before = {
            calendar: calendar._loyalty_sla_split(numbers, weekdays)
            for calendar in calendars_sudo
            if (numbers := calendar._loyalty_sla_counted_stretches(span))
        }
        under_way.update(calendars_sudo.ids)
        try:
            yield
        finally:
            under_way.difference_update(calendars_sudo.ids)
        for calendar, work in before.items():
            if calendar.exists():
                calendar._loyalty_sla_keep(work, weekdays)

    def _loyalty_sla_keep(self, before, weekdays):
        """Keep in what the working time ``before`` is another now."""
        self.ensure_one()
        self.env.flush_all()
        kept = difference(before, self._loyalty_sla_split(list(before), weekdays))
        if kept:
            past = add_change(
                self.loyalty_sla_past_hours or [],
                to_seconds(fields.Datetime.now()),
                {str(number): gaps for number, gaps in kept.items()},
            )
            self.loyalty_sla_past_hours = past
            self.loyalty_sla_past_date = to_moment(past[-1][0])

    def _loyalty_sla_counted_stretches(self, span=None):
        """Return the stretches that tickets were ever counted in by these hours, up to soon.

        :param span: see ``_loyalty_sla_changing``
        """
        self.ensure_one()
        # What is promised late counts from when the ticket was opened.
        Entry = self.env["loyalty.service.sla.entry"].with_context(active_test=False)
        [(first,)] = Entry._read_group(
            [("ticket_id.loyalty_sla_entry_ids.calendar_id", "=", self.id)], [], ["date:min"]
        )
        if not first:
            return []
        last = fields.Datetime.now() + AHEAD
        if span:
            first, last = max(first, span[0]), min(last, span[1])
        return list(stretches(first, last))

    def _loyalty_sla_split(self, numbers, weekdays=None):
        """Return ``{number: intervals}`` of the working time as it is, past what is cached.

        :param weekdays: see ``_loyalty_sla_changing``; days with hours of their own are in it all
            the same
        """
        self.ensure_one()
        first, last = numbers[0] * STRETCH, (numbers[-1] + 1) * STRETCH
        return split(self._loyalty_sla_work(first, last, weekdays), numbers)
