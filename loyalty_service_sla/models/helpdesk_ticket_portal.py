from odoo import models

from ..engine import clock as engine
from .helpdesk_ticket_complaint import COMPLAINT


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
        return "received"

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
