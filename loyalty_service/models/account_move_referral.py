from odoo import models
from odoo.fields import Domain

from ..engine import referral


class AccountMove(models.Model):
    """The invoices of a new client decide about the reward of its referral."""

    _inherit = "account.move"

    def _loyalty_record_payment(self):
        result = super()._loyalty_record_payment()
        self._loyalty_sync_referrals()
        return result

    def _loyalty_sync_referrals(self):
        """Reward, or take back, what the payments that stand in the ledger now lead to."""
        # sudo: who registers a payment need not be in the loyalty group; the referrals of the
        # clients of these invoices.
        Referral_sudo = self.env["loyalty.service.referral"].sudo()
        for company, moves in self.grouped("company_id").items():
            partners = moves.commercial_partner_id
            posted = moves.filtered(lambda move: move.state == "posted")
            Referral_sudo._recognise(posted.commercial_partner_id, company)
            records = Referral_sudo.search(
                Domain("partner_id", "in", partners.ids)
                & Domain("company_id", "=", company.id)
                & (Domain("state", "in", referral.STANDING) | Referral_sudo._domain_lost(company))
            )
            if records:
                records._follow()
                records.filtered("rewarded_date")._find_signals()
