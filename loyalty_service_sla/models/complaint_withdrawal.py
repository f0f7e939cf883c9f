from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from ..ticket_types import INSTEAD_TYPES
from .complaint import STATES
from .complaint_answer import DISAGREED
from .complaint_compensation import ACTIVITY as COMPENSATION

ACTIVITY = "loyalty_service_sla.mail_activity_type_withdrawal"


class Complaint(models.Model):
    """Who may say that a complaint is none, and who hears of it.

    Whoever handles a complaint may have an interest in its being none: so a manager decides, and
    the client is told. What nobody can decide about, for want of a manager, is said by the agent.
    """

    _inherit = "loyalty.service.complaint"

    withdrawal_type = fields.Selection(
        INSTEAD_TYPES,
        string="Said to Be",
        readonly=True,
        index="btree_not_null",
        help="What it is instead of a complaint, as somebody says who waits for a manager's word.",
    )
    withdrawal_reason = fields.Char(string="Said to Be No Complaint because", readonly=True)
    withdrawal_requester_id = fields.Many2one(
        "res.users", string="Said by", readonly=True, ondelete="set null"
    )
    withdrawal_user_id = fields.Many2one(
        "res.users",
        string="Withdrawal Approved by",
        readonly=True,
        ondelete="set null",
        help="The manager who has agreed that it is none.",
    )
    may_decide_withdrawal = fields.Boolean(compute="_compute_may_decide_withdrawal")
    standing = fields.Selection(
        [*STATES, ("withdrawn", "Withdrawn")],
        string="How It Stands",
        compute="_compute_standing",
        store=True,
        index=True,
        help="The state, or that it was withdrawn.",
    )

    @api.depends("state", "active")
    def _compute_standing(self):
        for complaint in self:
            complaint.standing = complaint.state if complaint.active else "withdrawn"

    @api.depends("withdrawal_type", "active")
    @api.depends_context("uid")
    def _compute_may_decide_withdrawal(self):
        is_manager = self.env.user._loyalty_sla_is_manager()
        for complaint in self:
            complaint.may_decide_withdrawal = bool(
                is_manager and complaint.active and complaint.withdrawal_type
            )

    def _in_state(self, *states):
        """What was withdrawn takes no step."""
        if not all(complaint.active for complaint in self):
            raise UserError(self.env._("It was withdrawn: it is no complaint any more."))
        return super()._in_state(*states)

    # ------------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------------

    def _needs_withdrawal_approval(self):
        """Tell whether somebody else has to agree that this is none."""
        self.ensure_one()
        return not self.env.user._loyalty_sla_is_manager() and bool(self._get_deciders())

    def _ask_withdrawal(self, ticket_type, reason):
        """Note that the user takes it for something else, and have managers decide."""
        self.ensure_one()
        self.check_access("write")
        # sudo: who asked and why is not written by hand; the right to write was checked.
        self_sudo = self.sudo()
        self_sudo.write(
            {
                "withdrawal_type": ticket_type,
                "withdrawal_reason": reason,
                "withdrawal_requester_id": self.env.uid,
            }
        )
        words = self_sudo._in_staff_words()
        words.message_post(
            body=words.env._(
                "%(who)s says that it is no complaint: %(why)s. A manager decides.",
                who=self.env.user.name,
                why=reason,
            )
        )
        self_sudo.activity_unlink([ACTIVITY])
        deciders = self._get_deciders()
        leader = self_sudo.ticket_id.team_id.user_id & deciders
        for user in leader or deciders:
            reader = self_sudo.with_context(
                lang=self.company_id._loyalty_lang(user), mail_activity_quick_update=True
            )
            reader.activity_schedule(
                ACTIVITY,
                summary=reader.env._("No complaint? Decide."),
                note=plaintext2html(reason),
                user_id=user.id,
            )

    # ------------------------------------------------------------------
    # Deciding
    # ------------------------------------------------------------------

    def _lock_asked(self):
        """Return the complaint as superuser if a manager is asked about it, locked."""
        self.ensure_one()
        if not self.env.user._loyalty_sla_is_manager():
            raise AccessError(self.env._("Only managers decide whether it is a complaint."))
        self.check_access("write")
        # Two managers at once: the second sees what the first has decided.
        self.lock_for_update()
        self.invalidate_recordset(["active", "withdrawal_type"])
        if not self.may_decide_withdrawal:
            raise UserError(self.env._("There is nothing to decide about."))
        # sudo: nobody writes the decision by hand; a manager with the right to write decides.
        return self.sudo()

    def action_approve_withdrawal(self):
        """It is none: put the record away, and tell the client."""
        self_sudo = self._lock_asked()
        requester = self_sudo.withdrawal_requester_id
        self_sudo.ticket_id._loyalty_withdraw_now(
            self_sudo.withdrawal_type, self_sudo.withdrawal_reason
        )
        self_sudo.write(
            {
                "withdrawn_user_id": (requester or self.env.user).id,
                "withdrawal_user_id": self.env.uid,
            }
        )

    def action_refuse_withdrawal(self):
        """It is one: it goes on as before, and who has asked is told."""
        self_sudo = self._lock_asked()
        requester = self_sudo.withdrawal_requester_id
        self_sudo._forget_withdrawal()
        words = self_sudo.with_context(lang=self.company_id._loyalty_lang(requester))
        words.message_post(
            body=words.env._("%s has decided that it is a complaint.", self.env.user.name),
            partner_ids=requester.partner_id.ids,
        )

    def _forget_withdrawal(self):
        """Take back that somebody asked; superuser."""
        self.write(
            {
                "withdrawal_type": False,
                "withdrawal_reason": False,
                "withdrawal_requester_id": False,
            }
        )
        self.activity_unlink([ACTIVITY])

    def _drop_calls(self):
        """Take back what called somebody to a complaint that is none; superuser."""
        self.activity_unlink([COMPENSATION, DISAGREED])

    # ------------------------------------------------------------------
    # Telling the client
    # ------------------------------------------------------------------

    def _tell_withdrawn(self):
        """Tell clients who know of their complaint that it is taken for something else.

        They know who have filed it themselves, or were told that it has arrived. Superuser.
        """
        for complaint in self:
            ticket = complaint.ticket_id
            if not complaint._client_knows():
                continue
            client = ticket.partner_id
            words = complaint.with_context(lang=complaint.company_id._loyalty_lang(client))
            # A machine's words: they answer nobody, so no wait of the client ends by them.
            ticket.with_context(lang=words.env.lang).message_post(
                body=words._get_withdrawn_text(),
                message_type="auto_comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=client.ids,
                outgoing_email_to=False if client.email else ticket.partner_email,
            )

    def _client_knows(self):
        self.ensure_one()
        ticket = self.ticket_id
        return bool(
            (ticket.partner_id or ticket.partner_email)
            and (self.acknowledged_date or ticket.create_uid.share)
        )

    def _get_withdrawn_text(self):
        """Return what the client is told, in the language of the context."""
        self.ensure_one()
        types = self.ticket_id._fields["loyalty_ticket_type"]._description_selection(self.env)
        return self.env._(
            "You have filed %(number)s as a complaint. We have looked at it and handle it as: "
            "%(type)s. We go on working on it. If you see it as a complaint, write to us here or "
            "answer our mail: we take it up as one again.",
            number=self.ticket_id.number or "",
            type=dict(types)[self.ticket_id.loyalty_ticket_type],
        )
