from odoo import models


class MailComposeMessage(models.TransientModel):
    """A mail that somebody writes to the clients of several tickets at once answers each of them.

    Odoo sends such mails past the conversation. What a template sends by itself, at a stage for
    example, is no mail that somebody wrote.
    """

    _inherit = "mail.compose.message"

    def _action_send_mail_mass_mail(self, res_ids, auto_commit=False):
        # The mails may be gone when they are sent.
        by_hand = self.model == "helpdesk.ticket" and self.message_type == "comment"
        composer = self.with_context(loyalty_sla_by_hand=True) if by_hand else self
        return super(MailComposeMessage, composer)._action_send_mail_mass_mail(
            res_ids, auto_commit=auto_commit
        )
