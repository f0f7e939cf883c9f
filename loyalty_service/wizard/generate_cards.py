from odoo import models

from ..models.loyalty_card import Source


class LoyaltyGenerateWizard(models.TransientModel):
    _inherit = "loyalty.generate.wizard"

    def generate_coupons(self):
        """Keep in the ledger what the points are for."""
        source = Source(origin=None, reason=self[:1].description)
        wizards = self.with_context(loyalty_service_source=source)
        return super(LoyaltyGenerateWizard, wizards).generate_coupons()
