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
            mails_sudo = mails.sudo()
            tickets_sudo = self.sudo().browse(mails_sudo.mapped("res_id"))
            answers = {
                ticket: mail.mail_message_id
                for ticket, mail in zip(tickets_sudo, mails_sudo, strict=True)
                if ticket._loyalty_sla_get_author_kind(mail.mail_message_id.author_id)
                == engine.RESPONSE
                and ticket._loyalty_sla_reaches_client(mail)
            }
            if answers:
                tickets_sudo._loyalty_sla_note_messages(engine.RESPONSE, answers)
        return result

    def _loyalty_sla_reaches_client(self, mail_sudo):
        """Tell whether a mail goes to the client of this ticket."""
        self.ensure_one()
        people = self.partner_id | self.commercial_partner_id
        addresses = {email_normalize(one) for one in (self.partner_id.email, self.partner_email)}
        return bool(people & mail_sudo.recipient_ids) or not addresses.isdisjoint(
            email_normalize_all(mail_sudo.email_to or "")
        )
