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

        The notes may stand for money that came in for another invoice. And of what was paid in
        part by a payment without an entry, and is paid now by one with an entry.
        """
        result = super()._reconcile_post_hook(data)
        (
            data["not_paid_invoices"].filtered(lambda move: move.payment_state == "reversed")
            + data["in_payment_invoices"].filtered(lambda move: move.payment_state != "paid")
        )._loyalty_sync_payment()
        return result

    def _prepare_loyalty_received(self):
        """Return the event of what ``self``, of one entry and one client, brought in."""
        entry, contacts = self.move_id, self.partner_id
        company = entry.company_id
        currency = self.currency_id if len(self.currency_id) == 1 else company.currency_id
        return {
            "partner": contacts if len(contacts) == 1 else contacts.commercial_partner_id,
            "company_id": company.id,
            # Whoever books it has not talked to the client.
            "user_id": False,
            "date": company._loyalty_happened(entry.date),
            "amount": company.currency_id.round(-sum(self.mapped("balance"))),
            "summary": company._loyalty_name_money(
                entry.name, -sum(self.mapped("amount_currency")), currency
            ),
        }
