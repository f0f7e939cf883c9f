from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

WRITTEN_TO = _lt("Written to the client")
WRITTEN_BY = _lt("Written by the client")


class Event(models.Model):
    """Mails in the ledger; see mail_thread.py.

    All loyalty users of a company read its ledger. What a mail is about may be for fewer people:
    a dismissal, a claim. So the ledger says no more than that it was written and by which side;
    the subject stays in the mail, and is shown to those who may read that.
    """

    _inherit = "loyalty.service.event"

    summary_shown = fields.Char(
        string="What",
        compute="_compute_summary_shown",
        help="The summary; of a mail its subject, for those who may read the mail.",
    )

    @api.depends("summary", "summary_texts", "res_model", "res_id", "reversal_of_id")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_summary_shown(self):
        """Look at all mails at once, with the rights of the user."""
        mails = self.filtered(
            lambda event: event.res_model == "mail.message" and not event.reversal_of_id
        )
        Message = self.env["mail.message"]
        readable = Message.search([("id", "in", mails.mapped("res_id"))]) if mails else Message
        subjects = {message.id: message.subject or message.record_name for message in readable}
        for event in self:
            subject = subjects.get(event.res_id) if event in mails else None
            event.summary_shown = subject or self._word_summary(event.summary, event.summary_texts)

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
        vals_list = []
        for partner, contact in firsts.items():
            if partner in by_partner:
                company = self._mail_company(message, by_partner[partner].company_id)
                vals_list.append(
                    self._prepare_record_values(
                        "email",
                        message,
                        contact,
                        suffix=partner.id,
                        channel=channel,
                        date=message.date,
                        company_id=company.id,
                        user_id=staff.id,
                        summary=WRITTEN_TO if staff else WRITTEN_BY,
                    )
                )
        self.create(vals_list)

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
