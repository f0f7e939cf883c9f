from odoo import models

from ..models.loyalty_card import Source


class LoyaltyCardUpdateBalance(models.TransientModel):
    _inherit = "loyalty.card.update.balance"

    def action_update_card_point(self):
        """Keep in the ledger why somebody adjusted the balance."""
        source = Source(origin=None, reason=self.description)
        wizard = self.with_context(loyalty_service_source=source)
        return super(LoyaltyCardUpdateBalance, wizard).action_update_card_point()
