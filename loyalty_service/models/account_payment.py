from odoo import models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def write(self, vals):
        """A payment without a journal entry settles its invoices by its state alone."""
        result = super().write(vals)
        if "state" in vals:
            self.filtered(lambda payment: not payment.move_id).invoice_ids._loyalty_sync_payment()
        return result
