from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

from ..batch import do_claimed, work_off

_lt = LazyTranslate(__name__)

BATCH_SIZE = 200
PERSONAL = ("contact_name", "email", "phone", "vat", "note", "ip_hash")


class Referral(models.Model):
    """Personal data goes when it is no longer needed (个人信息保护法, PIPL)."""

    _inherit = "loyalty.service.referral"

    def _anonymise(self):
        """Delete who was named, and keep that somebody was, for the figures.

        The lead goes the same way if it came to nothing. A client that was won is a contact of
        its own and stays one.
        """
        for company, records in self.grouped("company_id").items():
            name = company._loyalty_say(_lt("(deleted)"))
            records.write(
                {
                    **dict.fromkeys(PERSONAL, False),
                    "anonymised_date": company._loyalty_day(),
                    "company_name": name,
                    "invited_by_id": False,
                }
            )
            leads = records.lead_id.filtered(
                lambda lead: lead.won_status == "lost" and not lead.partner_id
            )
            leads.write(
                {
                    "name": name,
                    "partner_name": False,
                    "contact_name": False,
                    "email_from": False,
                    "phone": False,
                    "description": False,
                }
            )
        self.finding_ids.value = False

    def action_anonymise(self):
        """Delete the personal data at the wish of the person, by a manager."""
        self.check_access("write")
        # sudo: personal data of these referrals, which the user may write; the button is for
        # managers.
        closed_sudo = self.sudo().filtered("closed_date")
        closed_sudo._anonymise()
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
