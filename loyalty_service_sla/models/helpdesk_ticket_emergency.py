from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import get_lang

from odoo.addons.loyalty_service import letters
from odoo.addons.loyalty_service.actions import open_form

from ..engine import clock as engine
from ..ticket_types import EMERGENCY, HIGHEST
from .escalation_tell import Telling


class HelpdeskTicket(models.Model):
    """Emergencies: declared with a reason, told at once, and written up after they are over."""

    _inherit = "helpdesk.ticket"

    loyalty_emergency_date = fields.Datetime(
        string="Emergency Since", readonly=True, copy=False, groups="base.group_user"
    )
    loyalty_emergency_user_id = fields.Many2one(
        "res.users",
        string="Declared by",
        readonly=True,
        copy=False,
        ondelete="set null",
        groups="base.group_user",
    )
    loyalty_emergency_reason = fields.Char(
        string="Why It Is an Emergency", readonly=True, copy=False, groups="base.group_user"
    )
    loyalty_postmortem_ids = fields.One2many(
        "loyalty.service.sla.postmortem",
        "ticket_id",
        string="Post-mortem",
        readonly=True,
        groups="helpdesk_mgmt.group_helpdesk_user_own,loyalty_service.group_loyalty_manager",
    )

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._loyalty_emergency_begin()
        return tickets

    def write(self, vals):
        result = super().write(vals)
        if "loyalty_ticket_type" in vals:
            begun = self._loyalty_emergency_begin()
            self._loyalty_emergency_withdraw()
            # What is closed already is over: it must not become one behind the gate.
            begun.filtered("closed")._loyalty_emergency_end()
        return result

    def unlink(self):
        # Messages and activities go with the records; the database alone would keep them.
        self._loyalty_postmortems_sudo().unlink()
        return super().unlink()

    def _loyalty_emergency_begin(self):
        """Note since when those of ``self`` that are emergencies are some, however they began.

        :return: those that have just become one
        """
        # sudo: whoever files or writes on a ticket, also a client; only the moment is noted.
        fresh_sudo = self.sudo().filtered(
            lambda ticket: (
                ticket.loyalty_ticket_type == EMERGENCY and not ticket.loyalty_emergency_date
            )
        )
        if fresh_sudo:
            fresh_sudo.write(
                {
                    "loyalty_emergency_date": fields.Datetime.now(),
                    "loyalty_emergency_user_id": self.env.uid,
                }
            )
            archived_sudo = fresh_sudo._loyalty_postmortems_sudo().filtered(
                lambda record: not record.active
            )
            archived_sudo.write({"active": True})
        return self.browse(fresh_sudo.ids)

    def _loyalty_emergency_withdraw(self):
        """Forget the emergency where there turned out to be none, and what nobody reviewed."""
        # sudo: see _loyalty_emergency_begin.
        gone_sudo = self.sudo().filtered(
            lambda ticket: ticket.loyalty_ticket_type != EMERGENCY and ticket.loyalty_emergency_date
        )
        if gone_sudo:
            gone_sudo.write(
                {
                    "loyalty_emergency_date": False,
                    "loyalty_emergency_user_id": False,
                    "loyalty_emergency_reason": False,
                }
            )
            drafts_sudo = gone_sudo._loyalty_postmortems_sudo().filtered(
                lambda record: record.state == "draft"
            )
            drafts_sudo._drop_reminders()
            drafts_sudo.write({"active": False})

    # ------------------------------------------------------------------
    # Declaring
    # ------------------------------------------------------------------

    def action_loyalty_declare_emergency(self):
        """Ask why this is an emergency."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_service_sla.loyalty_service_sla_emergency_action"
        )
        return {**action, "context": {"default_ticket_id": self.id}}

    def _loyalty_declare_emergency(self, reason):
        """Make an emergency of the ticket and tell the people of its ladder now.

        :return: the users who were told
        """
        self.ensure_one()
        self.check_access("write")
        if self._loyalty_sla_get_phase() == "closed":
            raise UserError(
                self.env._("%s is closed. Reopen it before you declare an emergency.", self.number)
            )
        if self.loyalty_ticket_type == EMERGENCY:
            raise UserError(self.env._("%s is an emergency already.", self.number))
        if self.loyalty_ticket_type == "complaint":
            raise UserError(
                self.env._(
                    "%s is a complaint, whose record would be lost. File a ticket of its own "
                    "for the emergency.",
                    self.number,
                )
            )
        self.write({"loyalty_ticket_type": EMERGENCY, "priority": HIGHEST})
        # sudo: the reason is given by declaring it, and not written by hand.
        self.sudo().loyalty_emergency_reason = reason
        self.message_post(
            body=self.env._("Emergency declared: %s", reason), subtype_xmlid="mail.mt_note"
        )
        # sudo: whom a ladder names is told, whether or not the user may read the steps, the log
        # and those people; only about this ticket, whose access was checked.
        return self.sudo()._loyalty_emergency_alarm()

    def _loyalty_emergency_alarm(self):
        """Tell all people whom the ladder of emergencies names, each once.

        Steps that are due by the ladder are taken first, so that nobody hears of it twice.
        """
        self.ensure_one()
        now = fields.Datetime.now()
        clocks = self.loyalty_sla_clock_ids
        clocks._escalate(now)
        written = self.env["loyalty.service.sla.escalation.log"].search(
            [
                ("ticket_id", "=", self.id),
                ("date", ">=", now),
                ("state", "=", "sent"),
                ("how", "=", "mail"),
            ]
        )
        Ladder = self.env["loyalty.service.sla.ladder"]
        policy = clocks.policy_id[:1]
        ladder_id = Ladder._match(
            self.company_id.id, policy.origin_id.id or policy.id, self.loyalty_ticket_type
        )[0]
        clock = clocks[:1] or clocks.new({"ticket_id": self.id})
        telling = Telling(self.env, now)
        users = self.env["res.users"].union(
            *(telling.get_users(step, clock) for step in Ladder.browse(ladder_id or ()).step_ids)
        )
        users = users or telling._get_managers(self.company_id)
        users -= self.env.user
        for user in users - written.user_id:
            self._loyalty_emergency_notify(user)
        return users

    def _loyalty_emergency_notify(self, user):
        """Send somebody the alarm, in their language."""
        ticket = self.with_context(lang=user.lang or get_lang(self.env).code)
        lines = [
            ticket.env._(
                "%(who)s has declared an emergency: %(why)s",
                who=ticket.env.user.name,
                why=ticket.loyalty_emergency_reason or "",
            ),
            ticket.commercial_partner_id.display_name,
            ticket.user_id and ticket.env._("Assigned to %s", ticket.user_id.name),
        ]
        # A note and no answer: it stops no clock; see the steps of ladders.
        ticket.env["mail.thread"].with_context(**letters.QUEUED).message_notify(
            model=ticket._name,
            res_id=ticket.id,
            partner_ids=user.partner_id.ids,
            subject=ticket.env._(
                "Emergency: %(number)s %(name)s", number=ticket.number, name=ticket.name
            ),
            body=Markup("").join(Markup("<p>%s</p>") % line for line in lines if line),
            email_add_signature=False,
        )
        letters.wake(self.env)

    # ------------------------------------------------------------------
    # Post-mortem
    # ------------------------------------------------------------------

    def _loyalty_postmortems_sudo(self):
        """Return the post-mortems of the tickets in ``self``, as superuser, archived ones too."""
        # sudo: whoever moves a ticket moves what belongs to it; only that of these tickets.
        return (
            self.env["loyalty.service.sla.postmortem"]
            .sudo()
            .with_context(active_test=False)
            .search([("ticket_id", "in", self.ids)])
        )

    def _loyalty_sla_append(self, rows):
        result = super()._loyalty_sla_append(rows)
        closed = self.browse(
            ticket.id
            for ticket, values_list in rows.items()
            if ticket.loyalty_ticket_type == EMERGENCY
            and values_list
            and values_list[-1]["kind"] == engine.CLOSED
            # What comes in closed is history, an import for instance.
            and values_list[0]["kind"] != engine.OPENED
        )
        if closed:
            closed._loyalty_emergency_end()
        return result

    def _loyalty_emergency_end(self):
        """Plan the post-mortems of emergencies that were closed, or refuse to close them."""
        known_sudo = self._loyalty_postmortems_sudo()
        for ticket in self - known_sudo.ticket_id:
            rule = ticket.company_id.loyalty_postmortem_rule
            if rule == "refuse":
                raise UserError(
                    self.env._(
                        "%s is an emergency. Plan its post-mortem before you close it: press "
                        "Plan the Post-mortem on the ticket.",
                        ticket.number,
                    )
                )
            if rule == "auto":
                user_sudo = ticket._loyalty_postmortem_user()
                if user_sudo:
                    known_sudo |= ticket._loyalty_plan_postmortem(user_sudo)
                else:
                    ticket._loyalty_note_no_postmortem()
        known_sudo._on_solved()

    def _loyalty_note_no_postmortem(self):
        """Say in the history why there is none: that never keeps a ticket open."""
        words = self.with_context(lang=self.company_id._loyalty_lang())
        # sudo: a client may have closed it; the note is for staff.
        words.sudo().message_post(
            body=words.env._(
                "No post-mortem was planned: nobody of the service desk works for %s.",
                self.company_id.name,
            ),
            author_id=self.env.ref("base.partner_root").id,
            subtype_xmlid="mail.mt_note",
        )

    def _loyalty_plan_postmortem(self, user):
        """Make the record of the post-mortem for ``user``, and return it as superuser."""
        self.ensure_one()
        # sudo: nobody creates them by hand, and a client may close the ticket; see
        # _loyalty_postmortems_sudo.
        record_sudo = (
            self.env["loyalty.service.sla.postmortem"]
            .sudo()
            .with_context(mail_create_nosubscribe=True)
            .create({"ticket_id": self.id, "user_id": user.id})
        )
        record_sudo._propose_timeline()
        return record_sudo

    def _loyalty_postmortem_user(self):
        """Return who writes the post-mortem: who worked on it, leads the team, or manages.

        Nobody if none of them works for the company of the ticket.
        """
        ticket_sudo = self.sudo()  # sudo: who this is, nothing else, is taken from the ticket.
        company = ticket_sudo.company_id
        people = [ticket_sudo.user_id, ticket_sudo.team_id.user_id, self.env.user]
        people += list(Telling(ticket_sudo.env, None)._get_managers(company))
        return next(
            (
                user
                for user in people
                if user.active and not user.share and company in user.company_ids
            ),
            ticket_sudo.user_id.browse(),
        )

    def _loyalty_sla_get_portal_stages(self):
        """A client cannot close what staff could not close."""
        stages = super()._loyalty_sla_get_portal_stages()
        is_refused = (
            self.loyalty_ticket_type == EMERGENCY
            # sudo: what the firm asks of its emergencies is not the client's to read.
            and self.sudo().company_id.loyalty_postmortem_rule == "refuse"
            and not self._loyalty_postmortems_sudo()
        )
        return stages.browse() if is_refused else stages

    def action_loyalty_postmortem(self):
        """Open the post-mortem, which is planned if there is none yet."""
        self.ensure_one()
        record_sudo = self._loyalty_postmortems_sudo()
        if not record_sudo:
            self.check_access("write")
            user_sudo = self._loyalty_postmortem_user()
            if not user_sudo:
                raise UserError(
                    self.env._(
                        "Nobody of the service desk works for %s: assign the ticket to somebody "
                        "who does.",
                        self.company_id.name,
                    )
                )
            record_sudo = self._loyalty_plan_postmortem(user_sudo)
            if self._loyalty_sla_get_phase() == "closed":
                record_sudo._on_solved()
        return open_form(self.env["loyalty.service.sla.postmortem"].browse(record_sudo.id))
