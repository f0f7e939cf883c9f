from odoo import fields, models
from odoo.exceptions import UserError

from ..ticket_types import GATED, TYPES


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    loyalty_ticket_type = fields.Selection(
        TYPES,
        string="Type",
        default="question",
        required=True,
        index=True,
        tracking=True,
        help="What kind of ticket this is. Policies may promise other times to other types.",
    )

    def write(self, vals):
        leaving = self._loyalty_get_leaving(vals)
        leaving._loyalty_check_may_leave()
        was_open = leaving.filtered(lambda ticket: not ticket.closed)
        result = super().write(vals)
        if any(ticket.closed for ticket in was_open):
            raise UserError(
                self.env._("Say first that it is none, then close it: these are two steps.")
            )
        return result

    def _loyalty_get_leaving(self, vals):
        """Return those that are a complaint or an emergency no more, once ``vals`` are written."""
        if "loyalty_ticket_type" not in vals or self.env.su:
            return self.browse()
        return self.filtered(
            lambda ticket: (
                ticket.loyalty_ticket_type in GATED
                and ticket.loyalty_ticket_type != vals["loyalty_ticket_type"]
            )
        )

    def _loyalty_check_may_leave(self):
        if not self or self.env.user._loyalty_sla_is_manager():
            return
        if self[0].loyalty_ticket_type == "complaint":
            raise UserError(
                self.env._(
                    "%s is a complaint. If it is none, press No Complaint on its record and say "
                    "why. Only a manager changes the type without that.",
                    self[0].display_name,
                )
            )
        raise UserError(
            self.env._(
                "%s is an emergency. If it is none, press No Emergency and say why. Only a "
                "manager changes the type without that.",
                self[0].display_name,
            )
        )

    def action_loyalty_withdraw(self):
        """Ask why this is no complaint or no emergency."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_service_sla.loyalty_service_sla_withdraw_action"
        )
        return {**action, "context": {"default_ticket_id": self.id}}

    def _loyalty_withdraw(self, ticket_type, reason):
        """Say that it is no complaint or no emergency, but of ``ticket_type``; keep the reason.

        :return: the complaint that waits for a manager's word, none if it is done
        """
        self.ensure_one()
        self.check_access("write")
        if self.loyalty_ticket_type not in GATED:
            raise UserError(
                self.env._("%s has moved on meanwhile. Load it again.", self.display_name)
            )
        complaint_sudo = self._loyalty_complaints_sudo().filtered("active")
        # As the user, who is asked for.
        complaint = complaint_sudo.with_env(self.env)
        if complaint and complaint._needs_withdrawal_approval():
            complaint._ask_withdrawal(ticket_type, reason)
            return complaint
        self._loyalty_withdraw_now(ticket_type, reason)
        return complaint.browse()

    def _loyalty_withdraw_now(self, ticket_type, reason):
        """Make it one of ``ticket_type``, and keep why and by whom."""
        types = dict(self._fields["loyalty_ticket_type"]._description_selection(self.env))
        before = types[self.loyalty_ticket_type]
        # sudo: by hand managers only change this type; the right to write was checked, and the
        # reason is kept.
        self.sudo().loyalty_ticket_type = ticket_type
        self._loyalty_complaint_keep_reason(reason)
        self.message_post(
            body=self.env._(
                "%(before)s withdrawn, now %(after)s: %(reason)s",
                before=before,
                after=types[ticket_type],
                reason=reason,
            ),
            subtype_xmlid="mail.mt_note",
        )
