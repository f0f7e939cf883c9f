from datetime import timedelta

from odoo import fields, models

from ..engine import clock as engine
from ..ticket_types import COMPLAINT, EMERGENCY
from .escalation_log import SENT

#: So far ahead it is looked when working hours begin again: longer than any holidays.
HOLIDAYS = timedelta(days=21)

#: After one of these a ticket is more than received, whatever its stage says.
BEGUN = {engine.RESPONSE, engine.PAUSE, engine.CLOSED}


class HelpdeskTicket(models.Model):
    """How far a ticket has come and who works on it, in the words of its client."""

    _inherit = "helpdesk.ticket"

    def _get_loyalty_portal_steps(self):
        """Return ``[{"label", "done", "now"}]``; complaints have steps of their own.

        The caller has checked that the reader may see the ticket.
        """
        self.ensure_one()
        if self.loyalty_ticket_type == COMPLAINT:
            return []
        labels = {
            "received": self.env._("Received"),
            "work": self.env._("In progress"),
            "client": self.env._("Waiting for you"),
            "solved": self.env._("Solved"),
            "confirmed": self.env._("Confirmed by you"),
        }
        now = self._loyalty_get_portal_step()
        if now != "client":
            del labels["client"]
        reached = list(labels).index(now)
        return [
            {"label": label, "done": place < reached, "now": place == reached}
            for place, label in enumerate(labels.values())
        ]

    def _loyalty_get_portal_step(self):
        phase = self._loyalty_sla_get_phase()
        if phase == "closed":
            return "confirmed" if self._loyalty_is_confirmed() else "solved"
        if phase == "paused" and self._loyalty_sla_get_pause() == engine.CLIENT:
            return "client"
        if phase == "paused" or not self.stage_id.unattended:
            return "work"
        # Nobody has to move a ticket to answer it, and a client's steps never go back.
        return "work" if BEGUN & set(self.loyalty_sla_entry_ids.mapped("kind")) else "received"

    def _get_loyalty_portal_who(self):
        """Return who works on the ticket, as a sentence; False once it is closed."""
        self.ensure_one()
        if self.closed:
            return False
        if self.user_id:
            return self.env._("%s works on it.", self.user_id.name)
        if self.team_id:
            return self.env._("It is with our team %s.", self.team_id.name)
        return self.env._("We have it and are finding the right person.")

    def _get_loyalty_portal_urgent(self):
        """Return what happens about an emergency that nobody has answered yet, as sentences.

        ``{"texts": [sentence], "phone": number or False}``, False for anything else. The caller
        has checked that the reader may see the ticket.
        """
        self.ensure_one()
        if self.loyalty_ticket_type != EMERGENCY or self.closed:
            return False
        # sudo: clients read neither clocks nor the log; that somebody was told is all they learn.
        ticket_sudo = self.sudo()
        clock_sudo = ticket_sudo.loyalty_sla_clock_ids.filtered(
            lambda clock: clock.target == engine.FIRST_RESPONSE
        )
        if clock_sudo and clock_sudo.state not in engine.OPEN:
            return False
        texts = []
        if ticket_sudo.env["loyalty.service.sla.escalation.log"].search_count(
            [("ticket_id", "=", self.id), ("state", "=", SENT), ("user_id", "!=", False)], limit=1
        ):
            texts.append(self.env._("The people in charge have been told."))
        begins = ticket_sudo._loyalty_get_next_opening(clock_sudo.calendar_id)
        if begins:
            moment = self._format_loyalty_sla_moment(begins, clock_sudo)
            texts.append(self.env._("Our working hours begin again on %s.", moment))
        return {"texts": texts, "phone": ticket_sudo.company_id.phone}

    def _loyalty_get_next_opening(self, calendar):
        """Return when the working hours of a calendar begin again, None while they go on."""
        if not calendar:
            return None
        now = fields.Datetime.now()
        work = calendar._loyalty_sla_times()[calendar.id]
        start = next((start for start, _stop in work.intervals(now, now + HOLIDAYS)), None)
        return start if start and start > now else None
