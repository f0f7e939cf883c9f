from odoo import api, models
from odoo.exceptions import UserError


class Event(models.Model):
    """Mails in the ledger; see mail_thread.py."""

    _inherit = "loyalty.service.event"

    @api.model
    def _record_mail(self, message, contacts, channel, staff):
        """Record a message for each client among ``contacts``, once.

        Whom nothing else has made a client is none: suppliers write mails, too.
        """
        clients = self.env["loyalty.service.client"].search(
            [("partner_id", "in", contacts.commercial_partner_id.ids)]
        )
        by_partner = clients.grouped("partner_id")
        firsts = {}
        for contact in contacts:
            firsts.setdefault(contact.commercial_partner_id, contact)
        self.create(
            [
                self._prepare_record_values(
                    "email",
                    message,
                    contact,
                    suffix=partner.id,
                    channel=channel,
                    date=message.date,
                    company_id=self._mail_company(message, by_partner[partner].company_id).id,
                    user_id=staff.id,
                    summary=message.subject or message.record_name or False,
                )
                for partner, contact in firsts.items()
                if partner in by_partner
            ]
        )

    @api.model
    def _mail_company(self, message, serving):
        """Return which of the companies that serve a client a message is of."""
        return (message.record_company_id & serving) or (self.env.company & serving) or serving[:1]

    def _follows_source(self):
        """A mail cannot be corrected where it came from: who finds it no contact undoes it."""
        return super()._follows_source() and self.res_model != "mail.message"

    def action_open_source(self):
        """Of a mail, open what it was written about."""
        self.ensure_one()
        if self.res_model != "mail.message":
            return super().action_open_source()
        # sudo: which record the message belongs to; that is opened with the user's rights.
        message = self.env["mail.message"].sudo().browse(self.res_id).exists()
        if not message.model or message.model not in self.env:
            raise UserError(self.env._("The record that this event comes from was deleted."))
        record = self.env[message.model].browse(message.res_id).exists()
        if not record:
            raise UserError(self.env._("The record that this event comes from was deleted."))
        record.check_access("read")
        return record._get_records_action()
