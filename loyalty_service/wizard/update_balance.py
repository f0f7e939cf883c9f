from odoo import models
from odoo.exceptions import ValidationError

from ..models.loyalty_card import Source


class LoyaltyCardUpdateBalance(models.TransientModel):
    _inherit = "loyalty.card.update.balance"

    def action_update_card_point(self):
        """Keep in the ledger why somebody adjusted the balance."""
        source = Source(origin=None, reason=self.description)
        wizard = self.with_context(loyalty_service_source=source)
        if self.new_balance < 0 and self.card_id.service_points:
            return wizard._reduce_debt()
        return super(LoyaltyCardUpdateBalance, wizard).action_update_card_point()

    def _reduce_debt(self):
        """Let a client owe less, which Odoo, where nobody owes points, has no way for."""
        self.ensure_one()
        if self.new_balance <= self.old_balance:
            raise ValidationError(
                self.env._("A balance below zero can be set for who owes more than that already.")
            )
        card = self.card_id
        self.env["loyalty.history"].create(
            {
                "card_id": card.id,
                "description": self.description,
                "used": 0.0,
                "issued": self.new_balance - self.old_balance,
            }
        )
        card.points = self.new_balance
        return None
