from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ..engine import clock as engine

#: Who works on tickets; managers of the programme need not.
AGENTS = "helpdesk_mgmt.group_helpdesk_user_own"


class Complaint(models.Model):
    """The course of a complaint, and what has to be there before the next step."""

    _inherit = "loyalty.service.complaint"

    reopened_count = fields.Integer(string="Reopened", readonly=True, aggregator="sum")
    lapse_reason = fields.Char(
        string="Closed without an Answer because",
        help="Why it is closed though the client has not answered.",
    )

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_acknowledge(self):
        """Tell the client that the complaint has arrived and by when it is solved."""
        for complaint in self._in_state("receipt"):
            if complaint.acknowledged_date:
                continue
            complaint.check_access("write")
            # sudo: managers of the programme need not be in the service desk; the user may write
            # on this complaint, and only its client is told.
            ticket = complaint.sudo().ticket_id
            client = ticket.partner_id
            lang = complaint.company_id._loyalty_lang(client)
            # Who was entered at the counter or by phone follows nothing yet.
            if client:
                ticket.message_subscribe(client.ids)
            ticket.message_post(
                body=complaint.with_context(lang=lang)._get_acknowledgement(),
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=client.ids,
                outgoing_email_to=False if client.email else ticket.partner_email,
            )
            if not (client.email or ticket.partner_email):
                complaint.sudo().message_post(
                    body=complaint._in_staff_words().env._(
                        "The client has no e-mail address: the acknowledgement stands in the "
                        "portal only. Tell it by phone or by letter, too."
                    )
                )

    def _get_acknowledgement(self):
        """Return what the client is told first, in the language of the context.

        That it has arrived, by when it hears from us, what happens now and who sees to it.
        """
        self.ensure_one()
        told = [
            self._get_receipt_words(),
            self.env._(
                "We look for the cause, write to you what we propose, and ask you whether you "
                "agree. Until then you can write to us here at any time."
            ),
        ]
        # sudo: managers of the programme need not be in the service desk; only who looks after
        # this complaint is named.
        handler_sudo = self.sudo().user_id
        if handler_sudo:
            told.append(self.env._("%s looks after it.", handler_sudo.name))
        return " ".join(told)

    def _get_receipt_words(self):
        """Return that the complaint has arrived, and by when the client hears from us."""
        self.ensure_one()
        # sudo: the clocks are read by whoever may read the complaint; only the day is taken.
        clock_sudo = self.sudo().ticket_id.loyalty_sla_clock_ids.filtered(
            lambda clock: (
                clock.target == engine.RESOLUTION
                and clock.deadline
                # What has gone by already is no promise.
                and clock.deadline > fields.Datetime.now()
            )
        )[:1]
        if not clock_sudo:
            return self.env._(
                "We have received your complaint %s and are looking into it.",
                self.ticket_id.number,
            )
        return self.env._(
            "We have received your complaint %(number)s and are looking into it. You hear from us "
            "by %(day)s at the latest.",
            number=self.ticket_id.number,
            day=format_date(self.env, self.company_id._loyalty_day(clock_sudo.deadline)),
        )

    def action_investigate(self):
        for complaint in self._in_state("receipt"):
            complaint._require(
                "acknowledged_date", self.env._("First tell the client that it has arrived.")
            )
            complaint._require(
                "category_id", self.env._("First choose what the complaint is about.")
            )
        self._go("investigation")
        for complaint in self:
            complaint._take_up()

    def action_solve(self):
        for complaint in self._in_state("investigation"):
            complaint._require(
                "investigation", self.env._("First write down what the investigation found.")
            )
            complaint._require("root_cause_id", self.env._("First choose the root cause."))
        self._go("solution")

    def action_propose(self):
        """Ask the client whether the solution is one."""
        for complaint in self._in_state("solution"):
            complaint._require("solution", self.env._("First write down the solution."))
            if complaint.compensation_state == "requested":
                raise UserError(
                    self.env._("A manager has to approve the compensation before it is promised.")
                )
            if complaint.compensation_state == "refused":
                raise UserError(
                    self.env._("The compensation was refused. Change it or take it out first.")
                )
        self._go("feedback")
        for complaint in self:
            # sudo: see action_acknowledge; the right to write was checked by the step.
            complaint.sudo().ticket_id._loyalty_sla_pause(
                engine.CLIENT, self.env._("The answer to our solution")
            )
            complaint._ask_client()

    def action_back(self):
        """Go back one step, as long as the client was not asked."""
        back = {"investigation": "receipt", "solution": "investigation"}
        for complaint in self:
            complaint._in_state(*back)._go(back[complaint.state])

    def action_client_agrees(self):
        self._record_answer("confirmed")

    def action_client_disagrees(self):
        self._record_answer("disagreed")

    def _record_answer(self, answer):
        """Note what the client has told us by phone or in person."""
        for complaint in self._in_state("feedback"):
            complaint._require(
                "answer_comment", self.env._("First write down what the client said.")
            )
            complaint.check_access("write")
            # sudo: the answer is not written by hand; the user may write on this complaint.
            complaint.sudo()._take_answer(answer, "staff", comment=complaint.answer_comment)

    def action_lapse(self):
        """Close though the client has not answered, and say why."""
        is_manager = self.env.user._loyalty_sla_is_manager()
        for complaint in self._in_state("feedback"):
            complaint._require(
                "lapse_reason", self.env._("First write down why you do not wait any longer.")
            )
            if not is_manager and complaint.wrote_date:
                raise UserError(
                    self.env._(
                        "The client has written on the ticket since it was asked. Read it and "
                        "note whether it agrees. Only a manager closes it as not answered."
                    )
                )
            if not is_manager and complaint.answer_until > fields.Datetime.now():
                raise UserError(
                    self.env._(
                        "The client can answer until %s. Only a manager closes it earlier.",
                        format_date(self.env, complaint.answer_until),
                    )
                )
            complaint.check_access("write")
            # sudo: see _record_answer.
            complaint.sudo()._close("lapsed")

    def action_reopen(self):
        """Investigate again; the clocks go on with what they have counted."""
        self._in_state("closed").check_access("write")
        # sudo: the state is not written by hand; the user may write on these complaints.
        self.sudo()._reopen()

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------

    def _in_state(self, *states):
        """Return ``self`` if all are in one of ``states``."""
        for complaint in self:
            if complaint.state not in states:
                raise UserError(
                    self.env._("%s has moved on meanwhile. Load it again.", complaint.display_name)
                )
        return self

    def _require(self, name, message):
        if not self[name]:
            raise UserError(message)

    def _take_up(self):
        """Move a ticket that nobody has begun to where work on it is: the client sees it, too.

        Who begins to investigate it handles it, if nobody else was named.
        """
        # sudo: see action_acknowledge; the right to write was checked by the step.
        ticket = self.sudo().ticket_id
        if ticket.stage_id.unattended:
            ticket.stage_id = ticket._loyalty_complaint_get_working_stage() or ticket.stage_id
        user = self.env.user
        if not (ticket.user_id or self.env.su) and user.has_group(AGENTS):
            ticket.user_id = user

    def _go(self, state):
        self.check_access("write")
        # sudo: the state is not written by hand; the gates and the right to write were checked.
        self.sudo().write({"state": state})

    def _close(self, answer, **values):
        """Close complaints and their tickets with the client's answer, or without one."""
        self.write(
            {
                "state": "closed",
                "closed_date": fields.Datetime.now(),
                "answer": answer,
                "answer_until": False,
                "token_hash": False,
                **values,
            }
        )
        for ticket in self.ticket_id.filtered(lambda ticket: not ticket.closed):
            stages = ticket._loyalty_complaint_get_stages()
            stage = stages.filtered("closed")[:1]
            if not stage:
                raise UserError(self.env._("The team of %s has no closed stage.", ticket.name))
            ticket.stage_id = stage

    def _reopen(self, **values):
        """Go back to the investigation; the ticket is open again if it was closed."""
        for complaint in self:
            complaint.write(
                {
                    "state": "investigation",
                    "closed_date": False,
                    "reopened_count": complaint.reopened_count + 1,
                    "lapse_reason": False,
                    "answer": False,
                    "answer_until": False,
                    "token_hash": False,
                    **values,
                }
            )
            ticket = complaint.ticket_id
            if ticket.closed:
                ticket.stage_id = ticket._loyalty_complaint_get_working_stage()
            elif ticket.loyalty_sla_pause_reason == engine.CLIENT:
                ticket.action_loyalty_sla_resume()
