from odoo import models

# Of these nobody writes to somebody: system notes, answers of machines, mass mails.
WRITTEN_TYPES = ("email", "comment")
# A chat is many messages; staff say in a line what was said.
NO_LETTERS = ("discuss.channel",)
# Our records are made by clicks of clients and by scheduled actions, too.
OURS = "loyalty_service"


class MailThread(models.AbstractModel):
    """Mails from and to clients as events, once per message and client."""

    _inherit = "mail.thread"

    def _creation_message(self):
        """Say of our own records that they were made, in the language of who looks after them.

        The line is kept as text, and read by staff: not in the language of who clicked, who may
        be a client. Where nobody looks after a record it is the firm's.
        """
        if not self._original_module.startswith(OURS):
            return super()._creation_message()
        company = self["company_id"] if "company_id" in self._fields else self.env["res.company"]
        user = self["user_id"] if "user_id" in self._fields else self.env["res.users"]
        if not user and "partner_id" in self._fields:
            user = self["partner_id"].user_id
        lang = (company or self.env.company)._loyalty_lang(user)
        return super(MailThread, self.with_context(lang=lang))._creation_message()

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_thread(message, msg_vals=msg_vals, **kwargs)
        if not self._is_notification_scheduled(kwargs.get("scheduled_date")):
            # sudo: who writes to a client need not be in the loyalty group; the message is the
            # one that has just been written.
            self._loyalty_record_mail(message.sudo(), recipients or [])
        return recipients

    def _loyalty_record_mail(self, message_sudo, recipients):
        """Record a mail or a public comment of a client, or of staff to a client.

        :param recipients: of :meth:`_notify_get_recipients`
        """
        if (
            message_sudo.message_type not in WRITTEN_TYPES
            or message_sudo.model in NO_LETTERS
            or message_sudo.is_internal
            or message_sudo.subtype_id.internal
            or self._loyalty_sends_document(message_sudo)
        ):
            return
        # sudo: see _notify_thread.
        Event_sudo = self.env["loyalty.service.event"].sudo()
        author = message_sudo.author_id
        staff = Event_sudo._as_staff(author.user_ids)
        if staff:
            contacts = author.browse(
                recipient["id"] for recipient in recipients if recipient["share"]
            )
            # Staff write in the name of the firm; a comment reaches clients by mail.
            channel = "email"
        elif author and not author._is_loyalty_machine():
            contacts = author
            channel = "email" if message_sudo.message_type == "email" else "portal"
        else:
            return
        Event_sudo._record_mail(message_sudo, contacts, channel, staff[:1])

    def _loyalty_sends_document(self, message_sudo):
        """Tell whether a message only brings an invoice, of which the ledger speaks already.

        Sent each month to each client, such mails would hide every silence.
        """
        return message_sudo.model == "account.move" and bool(message_sudo.email_layout_xmlid)
