from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import clock as engine
from .entry import REASONS

#: What a pause makes wait; an answer to a client who writes meanwhile does not.
PAUSABLE = (engine.FIRST_RESPONSE, engine.RESOLUTION)


class HelpdeskTicket(models.Model):
    """For whom a ticket waits: by its stage, or because somebody said so."""

    _inherit = "helpdesk.ticket"

    loyalty_sla_pause_reason = fields.Selection(
        REASONS,
        string="Waits For",
        copy=False,
        groups="base.group_user",
        help="The SLA clocks pause until somebody resumes them, the stage changes or, where the "
        "client is waited for, the client answers.",
    )
    loyalty_sla_pause_note = fields.Char(
        string="Waits For What", copy=False, groups="base.group_user"
    )

    @api.constrains("loyalty_sla_pause_reason", "loyalty_sla_pause_note")
    def _check_loyalty_sla_pause_note(self):
        """Whoever waits for something else says what for, in the dialog or by any other way."""
        # sudo: clients may not read for whom their tickets wait; only whether a word is there.
        for ticket in self.sudo():
            if (
                ticket.loyalty_sla_pause_reason == engine.OTHER
                and not (ticket.loyalty_sla_pause_note or "").strip()
            ):
                raise ValidationError(self.env._("Please say what the ticket waits for."))

    def write(self, vals):
        # Another stage ends what was said by hand: the stage says what it means.
        moves = bool(vals.get("stage_id")) and "loyalty_sla_pause_reason" not in vals
        result = super().write(vals)
        if moves:
            # sudo: clients that close a ticket may not read for whom it waits; the write above
            # has checked that these tickets may be moved.
            waiting_sudo = self.sudo().filtered("loyalty_sla_pause_reason")
            if waiting_sudo:
                waiting_sudo.write(
                    {"loyalty_sla_pause_reason": False, "loyalty_sla_pause_note": False}
                )
        return result

    def _loyalty_sla_get_pause(self):
        """Return for whom the ticket waits, False if it does not."""
        self.ensure_one()
        if self.loyalty_sla_pause_reason:
            return self.loyalty_sla_pause_reason
        if self.stage_id.loyalty_sla_pause:
            return self.stage_id.loyalty_sla_pause_reason
        return False if self.active else engine.OTHER

    def _loyalty_sla_prepare_pause(self):
        """Return the values of a row of the log that says for whom the ticket waits."""
        return {
            "kind": engine.PAUSE,
            "reason": self._loyalty_sla_get_pause(),
            "note": self.loyalty_sla_pause_note if self.loyalty_sla_pause_reason else False,
        }

    def _loyalty_sla_runs_in_a_pause(self):
        """Tell whether clocks run though the ticket waits: the client has answered."""
        return any(
            clock.state == engine.RUNNING and clock.target in PAUSABLE
            for clock in self.loyalty_sla_clock_ids
        )

    def _loyalty_sla_end_wait(self):
        """The client has answered: whoever waited for that waits no more."""
        if self.loyalty_sla_pause_reason == engine.CLIENT:
            self.write({"loyalty_sla_pause_reason": False, "loyalty_sla_pause_note": False})

    def _loyalty_sla_pause(self, reason, note):
        """Let the clocks of the tickets in ``self`` wait, as the user may write on them."""
        self.write({"loyalty_sla_pause_reason": reason, "loyalty_sla_pause_note": note})
        # sudo: nobody may write the log by hand; the user may write on these tickets.
        tickets_sudo = self.sudo()
        # Waited for already, and resumed by the client's answer.
        tickets_sudo._loyalty_sla_append(
            {
                ticket: [ticket._loyalty_sla_prepare_pause()]
                for ticket in tickets_sudo
                if ticket._loyalty_sla_get_phase() == "paused"
                and ticket._loyalty_sla_runs_in_a_pause()
            }
        )

    def action_loyalty_sla_pause(self):
        """Ask for whom these tickets wait."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_service_sla.loyalty_service_sla_pause_action"
        )
        return {**action, "context": {"default_ticket_ids": self.ids}}

    def action_loyalty_sla_resume(self):
        """Let the clocks run on."""
        self.write({"loyalty_sla_pause_reason": False, "loyalty_sla_pause_note": False})
