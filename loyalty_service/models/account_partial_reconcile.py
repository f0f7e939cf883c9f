from odoo import models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    def unlink(self):
        """A payment that is taken off an invoice takes the payment event with it."""
        moves = (self.debit_move_id + self.credit_move_id).move_id
        result = super().unlink()
        moves.exists()._loyalty_sync_payment()
        return result
