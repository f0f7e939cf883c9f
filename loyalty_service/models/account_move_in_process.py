from odoo import models
from odoo.tools import SQL

from ..engine import settlement
from .account_move_settlement import SALES, SETTLED


class AccountMove(models.Model):
    """Invoices that payments settle which are not in the books yet.

    With an accounting app a payment need not have a journal entry: until the bank tells of it,
    it is only linked to its invoices. Odoo calls these "in payment" then, however small it is,
    and leaves the residual as it was.
    """

    _inherit = "account.move"

    def _loyalty_settled(self):
        """Return those customer invoices in ``self`` of which nothing is left to pay.

        Where the books have something open, payments without an entry have to cover all of it.
        """
        told = self.filtered(lambda move: move.state == "posted" and move.payment_state in SETTLED)
        pending = told.filtered("amount_residual")
        return told - (pending - pending._loyalty_covered() if pending else pending)

    def _loyalty_covered(self):
        """Return those in ``self`` that their payments without an entry cover."""
        invoices, payments = self, self.env["account.payment"]
        while fresh := invoices.matched_payment_ids - payments:
            # Money that is for several invoices counts once.
            payments |= fresh
            invoices |= fresh.invoice_ids.filtered(
                lambda move: move.state == "posted" and move.move_type in SALES
            )
        is_open = settlement.cover(
            payment._loyalty_needs(payment.invoice_ids & invoices)
            for payment in payments.sorted(lambda payment: (payment.date, payment.id))
        )
        return self.filtered(
            lambda move: move.currency_id.is_zero(is_open.get(move.id, 1.0) * move.amount_residual)
        )

    def _loyalty_needed(self, payment):
        """Return what a payment without an entry has to be of to settle the invoice, in its
        currency."""
        self.ensure_one()
        needed, currency = self.amount_residual, payment.currency_id
        if self._is_eligible_for_early_payment_discount(currency, payment.date):
            needed = self.invoice_payment_term_id._get_amount_due_after_discount(
                self.amount_total, self.amount_untaxed
            )
        return self.currency_id._convert(needed, currency, self.company_id, payment.date)

    def _loyalty_in_process_sql(self):
        """Return the condition that ``move`` is settled, if at all, by such payments."""
        return SQL(
            "move.move_type IN %s AND move.state = 'posted' "
            "AND move.payment_state IN %s AND move.amount_residual != 0",
            SALES,
            SETTLED,
        )
