from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def write(self, vals):
        """Whether an instalment was paid in time goes by the day that it names today."""
        result = super().write(vals)
        if "date_maturity" in vals:
            self.filtered(
                lambda line: line.parent_state == "posted"
            ).move_id._loyalty_sync_payment()
        return result

    def _reconcile_post_hook(self, data):
        """Odoo tells of what was paid; this, of what was settled with credit notes alone.

        The notes may stand for money that came in for another invoice.
        """
        result = super()._reconcile_post_hook(data)
        data["not_paid_invoices"].filtered(
            lambda move: move.payment_state == "reversed"
        )._loyalty_sync_payment()
        return result
