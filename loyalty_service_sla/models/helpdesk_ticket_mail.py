from odoo import models
from odoo.tools.mail import email_normalize, email_normalize_all

from ..engine import clock as engine


class HelpdeskTicket(models.Model):
    """Mails that go out past the conversation, see ``mail.compose.message``."""

    _inherit = "helpdesk.ticket"

    def _message_mail_after_hook(self, mails):
        result = super()._message_mail_after_hook(mails)
        if self.env.context.get("loyalty_sla_by_hand"):
            # sudo: whoever may write to a client moves the clocks of its ticket.
            for mail_sudo in mails.sudo():
                ticket_sudo = self.sudo().browse(mail_sudo.res_id)
                message_sudo = mail_sudo.mail_message_id
                kind = ticket_sudo._loyalty_sla_get_author_kind(message_sudo.author_id)
                if kind == engine.RESPONSE and ticket_sudo._loyalty_sla_reaches_client(mail_sudo):
                    ticket_sudo._loyalty_sla_note_message(kind, message_sudo)
        return result

    def _loyalty_sla_reaches_client(self, mail_sudo):
        """Tell whether a mail goes to the client of this ticket."""
        self.ensure_one()
        people = self.partner_id | self.commercial_partner_id
        addresses = {email_normalize(one) for one in (self.partner_id.email, self.partner_email)}
        return bool(people & mail_sudo.recipient_ids) or not addresses.isdisjoint(
            email_normalize_all(mail_sudo.email_to or "")
        )
