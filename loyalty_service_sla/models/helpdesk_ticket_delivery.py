from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import clock as engine


class HelpdeskTicket(models.Model):
    """The date for which something is promised to the client: a return, a report."""

    _inherit = "helpdesk.ticket"

    loyalty_delivery_date = fields.Datetime(
        string="Delivery Promised For",
        copy=False,
        groups="base.group_user",
        help="The client reads this date in the portal. A day without a time means the end of its "
        "working hours. It does not move with working hours or "
        "pauses; another date is a new promise, and the log keeps the one before.",
    )
    loyalty_delivery_open = fields.Boolean(
        string="Delivery Open",
        compute="_compute_loyalty_delivery_open",
        compute_sudo=True,
        groups="base.group_user",
    )

    @api.depends("loyalty_sla_clock_ids.state", "loyalty_sla_clock_ids.seconds")
    def _compute_loyalty_delivery_open(self):
        for ticket in self:
            ticket.loyalty_delivery_open = any(
                clock.target == engine.DELIVERY and clock.state == engine.RUNNING and clock.seconds
                for clock in ticket.loyalty_sla_clock_ids
            )

    @api.onchange("loyalty_delivery_date")
    def _onchange_loyalty_delivery_date(self):
        """Who picks a day only means its end.

        The calendar proposes the present hour with it, or midnight: an hour at which nobody works
        that day is none that anybody has chosen.
        """
        due = self.loyalty_delivery_date
        if not due:
            return
        start, end = self._loyalty_sla_get_workday(due)
        is_midnight = fields.Datetime.context_timestamp(self, due).time() == time.min
        # What is left of a day whose work is over is promised for as it was picked.
        is_tonight = end <= fields.Datetime.now() < due
        if (is_midnight or not start <= due <= end) and not is_tonight:
            self.loyalty_delivery_date = end

    def _loyalty_sla_get_workday(self, moment):
        """Return when work begins and ends on the reader's day of a moment.

        A day off is its last minute.
        """
        local = fields.Datetime.context_timestamp(self, moment)
        midnight = moment - (local.replace(tzinfo=None) - datetime.combine(local, time.min))
        tomorrow = midnight + timedelta(days=1)
        calendar = (
            self.loyalty_sla_clock_ids.calendar_id[:1]
            or self.team_id.resource_calendar_id
            or (self.company_id or self.env.company).resource_calendar_id
        )._origin
        times = calendar._loyalty_sla_times().get(calendar.id, engine.NEVER)
        work = times.intervals(midnight, tomorrow)
        if not work:
            return (tomorrow - timedelta(minutes=1),) * 2
        return work[0][0], work[-1][1]

    def _loyalty_sla_prepare_opening(self):
        rows = super()._loyalty_sla_prepare_opening()
        if self.loyalty_delivery_date:
            self._loyalty_sla_check_delivery()
            rows.append(self._loyalty_sla_prepare_delivery())
        return rows

    def _loyalty_sla_prepare_reopening(self):
        """What was closed by mistake is promised for the same date again, unless it was delivered.

        Closing has met the promise; the date still lies ahead, and the client can read it.
        """
        rows = super()._loyalty_sla_prepare_reopening()
        due = self.loyalty_delivery_date
        if due and due > fields.Datetime.now():
            kinds = self.loyalty_sla_entry_ids.sorted().mapped("kind")
            told = [kind for kind in kinds if kind in (engine.DELIVERY, engine.DELIVERED)]
            if told[-1:] == [engine.DELIVERY]:
                rows.append(self._loyalty_sla_prepare_delivery())
        return rows

    def write(self, vals):
        if "loyalty_delivery_date" not in vals:
            return super().write(vals)
        before = {ticket: ticket.loyalty_delivery_date for ticket in self}
        result = super().write(vals)
        changed = self.filtered(lambda ticket: ticket.loyalty_delivery_date != before[ticket])
        changed._loyalty_sla_promise_delivery()
        return result

    def _loyalty_sla_promise_delivery(self):
        """Write into the log for when something is promised now, or that it is promised no more."""
        self._loyalty_sla_check_delivery()
        # sudo: nobody may write the log by hand; the user may write on these tickets.
        tickets_sudo = self.sudo()
        # A date that was missed is known as such before another one takes its place.
        tickets_sudo._loyalty_sla_sweep_due()
        tickets_sudo._loyalty_sla_append(
            {ticket: [ticket._loyalty_sla_prepare_delivery()] for ticket in tickets_sudo}
        )

    def _loyalty_sla_prepare_delivery(self):
        """Return the row of the log that says for when something is promised."""
        self.ensure_one()
        return {"kind": engine.DELIVERY, "due": self.loyalty_delivery_date}

    def _loyalty_sla_check_delivery(self):
        now = fields.Datetime.now()
        for ticket in self:
            if ticket.loyalty_delivery_date and ticket.loyalty_delivery_date <= now:
                raise UserError(
                    self.env._(
                        "%s: a delivery cannot be promised for a time that has passed.",
                        ticket.display_name,
                    )
                )
            if ticket._loyalty_sla_get_phase() == "closed":
                raise UserError(
                    self.env._(
                        "%s is closed. Reopen it before you change what is promised.",
                        ticket.display_name,
                    )
                )

    def action_loyalty_delivered(self):
        """Note that what was promised for a date has reached the client."""
        self.check_access("write")
        # sudo: see _loyalty_sla_promise_delivery; the access to these tickets was checked.
        open_sudo = self.sudo().filtered("loyalty_delivery_open")
        open_sudo._loyalty_sla_append(
            {ticket: [{"kind": engine.DELIVERED}] for ticket in open_sudo}
        )
