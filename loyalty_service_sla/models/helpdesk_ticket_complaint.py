from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.translate import LazyTranslate

from ..engine import clock as engine
from ..ticket_types import COMPLAINT
from .complaint import UNASSESSED

_lt = LazyTranslate(__name__)


class HelpdeskTicket(models.Model):
    """Tickets that are complaints have a record of their own about it."""

    _inherit = "helpdesk.ticket"

    loyalty_complaint_ids = fields.One2many(
        "loyalty.service.complaint",
        "ticket_id",
        string="Complaint",
        readonly=True,
        groups="helpdesk_mgmt.group_helpdesk_user_own,loyalty_service.group_loyalty_manager",
    )

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._loyalty_complaint_sync()
        return tickets

    def write(self, vals):
        # Who corrects the client need not know it.
        gives = "partner_id" in vals or "company_id" in vals
        before = self._loyalty_complaints_sudo()._get_owners() if gives else {}
        result = super().write(vals)
        if "loyalty_ticket_type" in vals:
            self._loyalty_complaint_sync()
            self._loyalty_complaint_withdraw()
        if "stage_id" in vals or "team_id" in vals:
            self._loyalty_complaint_follow_stage()
        if before:
            self.env["loyalty.service.complaint"]._drop_foreign_links(before)
        return result

    def _loyalty_end_links(self):
        result = super()._loyalty_end_links()
        self._loyalty_complaints_sudo()._end_links()
        return result

    def unlink(self):
        self._loyalty_complaint_check_kept()
        # What was said about them goes with the records; the database alone would keep it.
        self._loyalty_complaints_sudo().unlink()
        return super().unlink()

    def _loyalty_complaint_check_kept(self):
        """Refuse to delete what the register has counted, also what turned out to be none.

        Those who are measured by it would choose what it counts. Administrators may, where the
        law wants it gone; so does whoever uninstalls the addon.
        """
        if self.env.su or self.env.user._is_admin():
            return
        complaints_sudo = self._loyalty_complaints_sudo()
        if complaints_sudo:
            raise UserError(
                self.env._(
                    "%s stands in the complaint register and is not deleted. Archive the ticket; "
                    "what is no complaint is withdrawn.",
                    complaints_sudo[0].ticket_id.display_name,
                )
            )

    def _loyalty_complaint_sync(self):
        """Give each ticket that is a complaint its record, and let its clock begin."""
        tickets = self.filtered(lambda ticket: ticket.loyalty_ticket_type == COMPLAINT)
        if not tickets:
            return
        # sudo: clients file complaints and nobody creates the records by hand; only those of
        # these very tickets are made.
        tickets_sudo = tickets.sudo()
        known_sudo = tickets_sudo._loyalty_complaints_sudo()
        fresh_sudo = tickets_sudo - known_sudo.ticket_id
        again_sudo = known_sudo.filtered(lambda complaint: not complaint.active)
        now = fields.Datetime.now()
        again_sudo._stand_again(now)
        # Who files a complaint does not follow what the firm writes about it.
        known_sudo.with_context(mail_create_nosubscribe=True).create(
            [
                {
                    "ticket_id": ticket.id,
                    "team_id": ticket.team_id.id,
                    "received_date": now,
                    **ticket._loyalty_complaint_prepare_past(now),
                }
                for ticket in fresh_sudo
            ]
        )
        begun_sudo = (fresh_sudo | again_sudo.ticket_id).filtered(
            lambda ticket: ticket._loyalty_sla_get_phase() != "closed"
        )
        in_force = self.env["loyalty.service.sla.entry"].sudo()._get_in_force(begun_sudo)
        begun_sudo._loyalty_sla_append(
            {
                ticket: [ticket._loyalty_complaint_prepare_entry(now, in_force.get(ticket))]
                for ticket in begun_sudo
            }
        )

    def _loyalty_complaint_prepare_past(self, now):
        """Return what there is to say of a complaint that comes in closed."""
        self.ensure_one()
        if not self.closed:
            return {}
        return {
            "state": "closed",
            "closed_date": self.closed_date or now,
            "answer": "lapsed",
            "lapse_reason": self.env._("Closed before it was recorded as a complaint"),
        }

    def _loyalty_complaint_prepare_entry(self, now, in_force):
        """Return the row of the log from which on the client waits for an acknowledgement.

        :param in_force: the row with what is promised to the ticket, if anything is
        """
        hours = in_force.policy_id.acknowledgement_hours if in_force else 0
        return {
            "kind": engine.COMPLAINT,
            "due": now + timedelta(hours=hours) if hours else False,
            "policy_id": in_force.policy_id.id if hours else False,
        }

    def _loyalty_complaints_sudo(self):
        """Return the complaints of the tickets in ``self``, as superuser, archived ones too."""
        # sudo: whoever moves a ticket moves its complaint with it; only those of these tickets.
        return (
            self.env["loyalty.service.complaint"]
            .sudo()
            .with_context(active_test=False)
            .search([("ticket_id", "in", self.ids)])
        )

    def _loyalty_get_severity(self):
        """Return how serious the complaint of this ticket is, nothing if it is none.

        A complaint that is just being filed has no record yet: it is what records begin with.
        """
        self.ensure_one()
        if self.loyalty_ticket_type != COMPLAINT:
            return ""
        # One that comes back after it was withdrawn is what it was.
        known = self.with_context(active_test=False).loyalty_complaint_ids
        return known.severity or UNASSESSED

    def _loyalty_complaint_withdraw(self):
        """Put away the records of tickets that turned out to be no complaints."""
        others = self.filtered(lambda ticket: ticket.loyalty_ticket_type != COMPLAINT)
        complaints_sudo = others._loyalty_complaints_sudo().filtered("active")
        if not complaints_sudo:
            return
        complaints_sudo.write(
            {
                "active": False,
                "token_hash": False,
                "answer_until": False,
                "withdrawn_date": fields.Datetime.now(),
                "withdrawn_user_id": self.env.uid,
                "withdrawal_user_id": False,
            }
        )
        complaints_sudo._forget_withdrawal()
        complaints_sudo._drop_calls()
        complaints_sudo._tell_withdrawn()
        tickets_sudo = complaints_sudo.ticket_id
        tickets_sudo._loyalty_sla_append(
            {ticket: [{"kind": engine.WITHDRAWN}] for ticket in tickets_sudo}
        )
        tickets_sudo._get_loyalty_events().filtered(
            lambda event: event.type_id.code == "complaint" and not event.is_reversed
        )._reverse(_lt("It was no complaint"))

    def _loyalty_complaint_keep_reason(self, reason):
        """Note why those of ``self`` that were withdrawn are none."""
        self._loyalty_complaints_sudo().filtered("withdrawn_date").withdrawn_reason = reason

    def _loyalty_complaint_follow_stage(self):
        """Refuse to close what the client has not answered; investigate again what is reopened."""
        tickets = self.filtered(lambda ticket: ticket.loyalty_ticket_type == COMPLAINT)
        if not tickets:
            return
        for complaint_sudo in tickets._loyalty_complaints_sudo().filtered("active"):
            closed = complaint_sudo.ticket_id.closed
            if closed and complaint_sudo.state != "closed":
                raise UserError(
                    self.env._(
                        "%s is a complaint. It closes when the client agrees to the solution, or "
                        "by writing down why you do not wait for the answer.",
                        complaint_sudo.ticket_id.display_name,
                    )
                )
            if not closed and complaint_sudo.state == "closed":
                complaint_sudo._reopen()

    @api.model
    def _loyalty_sla_note_messages(self, kind, messages):
        result = super()._loyalty_sla_note_messages(kind, messages)
        tickets = (
            self.browse()
            .union(*messages)
            .filtered(lambda ticket: ticket.loyalty_ticket_type == COMPLAINT)
        )
        complaints_sudo = tickets._loyalty_complaints_sudo() if tickets else ()
        now = fields.Datetime.now()
        if complaints_sudo and kind == engine.RESPONSE:
            complaints_sudo.filtered(
                lambda complaint: not complaint.acknowledged_date
            ).acknowledged_date = now
        elif complaints_sudo and kind == engine.CUSTOMER_REPLY:
            complaints_sudo.filtered(
                lambda complaint: complaint.state == "feedback"
            ).wrote_date = now
        return result

    def _loyalty_sla_get_portal_stages(self):
        """A client that is content with the solution of its complaint says so; see its page."""
        stages = super()._loyalty_sla_get_portal_stages()
        return stages.browse() if self.loyalty_ticket_type == COMPLAINT else stages

    def _loyalty_complaint_get_stages(self):
        self.ensure_one()
        return self.team_id.with_company(self.company_id)._get_applicable_stages()

    def _loyalty_complaint_get_working_stage(self):
        """Return the first stage in which somebody works on a ticket, of those it may have."""
        stages = self._loyalty_complaint_get_stages().filtered(
            lambda stage: not stage.closed and not stage.loyalty_sla_pause
        )
        return (stages.filtered(lambda stage: not stage.unattended) or stages)[:1]

    def _get_loyalty_complaint_portal_values(self):
        """Return what the client sees of its complaint, False if it is none.

        The caller has checked that the reader may see the ticket.
        """
        self.ensure_one()
        if self.loyalty_ticket_type != COMPLAINT:
            return False
        complaint_sudo = self._loyalty_complaints_sudo().filtered("active")
        if not complaint_sudo:
            return False
        steps = complaint_sudo._get_client_steps()
        reached = list(steps).index(complaint_sudo.state)
        words = complaint_sudo._get_client_words()
        # Only of the client's own company somebody may answer, not whoever has the page's link.
        firm = self.env.user.partner_id.commercial_partner_id
        own = firm == self.commercial_partner_id
        # Who follows from another firm is not told what the client gets; the link is the client's.
        # sudo: of the followers only the firms are asked.
        follows = firm in self.sudo().message_partner_ids.commercial_partner_id
        may_know = own or not (follows and self.env.user._is_portal())
        told = may_know and complaint_sudo.state in ("feedback", "closed")
        return {
            "steps": [
                {"label": label, "done": place < reached, "now": place == reached}
                for place, label in enumerate(steps.values())
            ],
            "solution": told and complaint_sudo.solution,
            "compensation": told and complaint_sudo._get_compensation_words(),
            "may_answer": own and complaint_sudo._can_answer(),
            "until": words["until"],
            "recourse": told and words["recourse"],
            "answer": complaint_sudo.answer,
            "wrote": bool(complaint_sudo.wrote_date),
        }

    def _get_loyalty_withdrawn_text(self):
        """Return what the client reads of a complaint that is taken for something else.

        The caller has checked that the reader may see the ticket.
        """
        self.ensure_one()
        if self.closed or self.loyalty_ticket_type == COMPLAINT:
            return False
        complaint_sudo = self._loyalty_complaints_sudo().filtered("withdrawn_date")
        return (
            bool(complaint_sudo and complaint_sudo._client_knows())
            and complaint_sudo._get_withdrawn_text()
        )

    def action_view_loyalty_complaint(self):
        """Open the record of the complaint."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "loyalty.service.complaint",
            "res_id": self.loyalty_complaint_ids.id,
            "view_mode": "form",
        }

    @api.model
    def _loyalty_complaint_record_past(self):
        """Make the records of complaints that were filed before there were any."""
        tickets = self.with_context(active_test=False).search(
            [("loyalty_ticket_type", "=", COMPLAINT), ("loyalty_complaint_ids", "=", False)]
        )
        answered = self.env["loyalty.service.sla.entry"]._read_group(
            [("ticket_id", "in", tickets.ids), ("kind", "=", engine.RESPONSE)],
            ["ticket_id"],
            ["date:min"],
        )
        answered = dict(answered)
        now = fields.Datetime.now()
        self.env["loyalty.service.complaint"].create(
            [
                {
                    "ticket_id": ticket.id,
                    "team_id": ticket.team_id.id,
                    "received_date": ticket.create_date,
                    "acknowledged_date": answered.get(ticket, False),
                    **ticket._loyalty_complaint_prepare_past(now),
                }
                for ticket in tickets
            ]
        )
