from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import clean_context, html2plaintext
from odoo.tools.translate import LazyTranslate

from ..batch import do_claimed, work_off
from ..engine import referral
from .loyalty_program import MANAGER

_lt = LazyTranslate(__name__)

BATCH_SIZE = 200
PERSONAL = ("contact_name", "email", "phone", "note", "ip_hash")
PERSONAL_OF_LEAD = (
    *("partner_name", "contact_name", "function", "email_from", "email_cc", "phone", "website"),
    *("street", "street2", "zip", "city", "description"),
)


def _names(words, *texts):
    """Say whether one of ``texts`` holds one of ``words``, which are in small letters."""
    return any(word in text.lower() for text in texts if text for word in words)


class Referral(models.Model):
    """Personal data goes when it is no longer needed (个人信息保护法, PIPL)."""

    _inherit = "loyalty.service.referral"

    def _anonymise(self):
        """Delete who was named, and keep that somebody was, for the figures.

        The lead goes the same way unless it became, or belongs to, a client: a client that was
        won is a contact of its own and stays one, and so do the name and the tax id that its
        reward rests on.
        """
        leads = self._leads_to_anonymise()
        told = {record: record._personal_words(leads & record.lead_id) for record in self}
        for company, records in self.grouped("company_id").items():
            name = company._loyalty_say(_lt("(deleted)"))
            won = records.filtered(lambda record: record.state in ("won", "rewarded"))
            vals = {
                **dict.fromkeys(PERSONAL, False),
                "anonymised_date": company._loyalty_day(),
                "invited_by_id": False,
            }
            # What is deleted is not to be kept as the old value of a change.
            won.with_context(tracking_disable=True).write(vals)
            (records - won).with_context(tracking_disable=True).write(
                {**vals, "company_name": name, "vat": False}
            )
            (leads & records.lead_id).with_context(tracking_disable=True).write(
                {**dict.fromkeys(PERSONAL_OF_LEAD, False), "name": name}
            )
        # Those that are done are archived, with the name of the lead.
        leads.with_context(active_test=False).activity_ids.unlink()
        self.finding_ids.value = False
        for record, words in told.items():
            record._forget_said(leads & record.lead_id, words)

    def _leads_to_anonymise(self):
        """Return the leads that came to nothing and that no other referral goes on with."""
        return self.lead_id.filtered(
            lambda lead: (
                lead.won_status != "won"
                and not lead.partner_id
                and not (lead.referral_ids - self).filtered(
                    lambda record: record.state in referral.STANDING
                )
            )
        )

    def _personal_words(self, leads):
        """Return by what a message is recognised as one about the person."""
        self.ensure_one()
        names = ["contact_name", "email", "phone"]
        if self.state not in ("won", "rewarded"):
            names += ["company_name", "vat"]
        words = {self[name] for name in names}
        for lead in leads:
            words |= {lead[name] for name in ("contact_name", "partner_name", "email_from")}
            words.add(lead.phone)
        return {word.strip().lower() for word in words if word and word.strip()}

    def _forget_said(self, leads, words):
        """Delete what the chatters of a referral and its leads say of the person."""
        # What is still to be noted at the end of the transaction may name it, too.
        leads._track_discard()
        for records in (self, leads):
            messages = self.env["mail.message"].search(
                [("model", "=", records._name), ("res_id", "in", records.ids)]
            )
            tracked = self.env["mail.tracking.value"].search(
                [("mail_message_id", "in", messages.ids)]
            )
            tracked.filtered(
                lambda value: (
                    value.field_id.name in PERSONAL_OF_LEAD
                    or _names(words, value.old_value_char, value.new_value_char)
                )
            ).unlink()
            messages.filtered(
                lambda message: _names(
                    words,
                    html2plaintext(message.body or ""),
                    message.subject,
                    message.email_from,
                    message.incoming_email_to,
                    message.outgoing_email_to,
                )
            ).unlink()

    def action_anonymise(self):
        """Delete the personal data at the wish of the person, by a manager."""
        self.check_access("write")
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only managers delete personal data."))
        # sudo: personal data of these referrals, which the user, a manager, may write.
        records_sudo = (
            self.with_context(clean_context(self.env.context))
            .sudo()
            .filtered(lambda record: not record.anonymised_date)
        )
        for record in records_sudo.filtered(lambda record: record.state in referral.OPEN):
            # Nobody is left to call.
            record._cancel(_lt("personal data deleted"))
        records_sudo._anonymise()
        return True

    @api.model
    def _cron_anonymise(self):
        work_off(self.browse(self._stale_ids()), lambda part: part._anonymise_due(), BATCH_SIZE)
        self._forget_connections()

    def _anonymise_due(self):
        do_claimed(self, lambda records: records._anonymise())

    @api.model
    def _stale_ids(self):
        """Return ids of closed referrals whose personal data is kept long enough."""
        ids = []
        for company in self._companies():
            months = company._loyalty_referral_program().referral_keep_months
            if months:
                closed = fields.Datetime.now() - relativedelta(months=months)
                ids += self.search(
                    [
                        ("company_id", "=", company.id),
                        ("closed_date", "<", closed),
                        ("state", "in", ("refused", "expired", "cancelled")),
                        ("anonymised_date", "=", False),
                    ]
                ).ids
        return ids

    @api.model
    def _companies(self):
        """Return the companies whose clients have recommended them."""
        return self.env["res.company"].union(
            *(company for (company,) in self._read_group([], ["company_id"]))
        )

    @api.model
    def _forget_connections(self):
        """Delete the hashes of internet addresses after the days of the programme."""
        for company in self._companies():
            days = company._loyalty_referral_program().referral_ip_days
            self.search(
                [
                    ("company_id", "=", company.id),
                    ("ip_hash", "!=", False),
                    ("date", "<", fields.Datetime.now() - timedelta(days=days)),
                ]
            ).ip_hash = False
