from datetime import date
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL


class Settlement(NamedTuple):
    """How a posted customer invoice stands.

    :ivar amount: what counts for points, without taxes, in the currency of the company: what
        was invoiced, less what was credited or written off
    :ivar paid_on: day on which the last money was there for the invoice, None without any
    :ivar days_late: days by which an instalment was paid after it was due, 0 for none
    """

    amount: float
    paid_on: date | None
    days_late: int


class AccountMove(models.Model):
    """What the books say about an invoice: how much of it was paid, and when.

    A credit note speaks about the invoice that it corrects, whatever it is reconciled with; one
    that corrects none, about the invoice that it is set off against. Of an entry that settles
    an invoice, what it books as an expense or against income is written off: a discount, a
    bank's fee, a bad debt. What it books on other accounts stands for money: the bank's, or a
    bill of the client against which the invoice is set off.
    """

    _inherit = "account.move"

    def _loyalty_flush_books(self):
        """Write to the database what statements about settlements read."""
        self.flush_model()
        self.env["account.move.line"].flush_model()
        self.env["account.partial.reconcile"].flush_model()
        self.env["account.payment"].flush_model(["state", "date", "move_id"])

    def _loyalty_settlements(self):
        """Return ``{invoice id: Settlement}`` of the customer invoices in ``self``.

        A few statements for any number of them. An instalment is late if the last money for it
        came after its own day; a credit note that came late is not the client's delay, and
        money that was there before the invoice is not late.
        """
        self._loyalty_flush_books()
        chosen = SQL("invoice.id IN %s", tuple(self.ids) or (0,))
        uncounted = dict(self.env.execute_query(self._loyalty_uncounted_sql(chosen)))
        paid = {
            invoice_id: (paid_on, days_late)
            for invoice_id, paid_on, days_late in self.env.execute_query(
                SQL(
                    """
                    SELECT invoice.id, MAX(partial.max_date),
                           GREATEST(MAX(credit.date - COALESCE(
                               line.date_maturity, invoice.invoice_date_due, credit.date)), 0)
                      FROM account_move invoice
                      JOIN account_move_line line ON line.move_id = invoice.id
                      JOIN account_partial_reconcile partial ON partial.debit_move_id = line.id
                      JOIN account_move_line credit ON credit.id = partial.credit_move_id
                      JOIN account_move entry ON entry.id = credit.move_id
                      JOIN res_company company ON company.id = invoice.company_id
                     WHERE %s AND entry.move_type != 'out_refund'
                       AND entry.journal_id
                           IS DISTINCT FROM company.currency_exchange_journal_id
                  GROUP BY invoice.id
                    """,
                    chosen,
                )
            )
        }
        result = {}
        for invoice in self:
            paid_on, days_late = paid.get(invoice.id, (None, 0))
            for payment in invoice.matched_payment_ids:
                # A payment without a journal entry is linked to its invoices, not reconciled.
                if not payment.move_id and payment.state in ("in_process", "paid"):
                    due = invoice.invoice_date_due or payment.date
                    paid_on = max(paid_on or payment.date, payment.date)
                    days_late = max(days_late, (payment.date - due).days)
            amount = invoice.amount_untaxed_signed - float(uncounted.get(invoice.id) or 0.0)
            amount = invoice.company_currency_id.round(amount)
            result[invoice.id] = Settlement(amount, paid_on, days_late)
        return result

    def _loyalty_uncounted_sql(self, chosen):
        """Return the statement of what was credited or written off of invoices.

        :param chosen: SQL condition on ``invoice``
        :return: SQL of rows ``(id, amount)``, without taxes, in the currency of the company
        """
        return SQL(
            """
            SELECT told.id, SUM(told.amount) AS amount
              FROM (
                   SELECT invoice.id,
                          -- So much of the invoice, whatever the rate on the day of the note.
                          CASE WHEN refund.currency_id = invoice.currency_id
                                AND invoice.amount_untaxed != 0
                               THEN refund.amount_untaxed * invoice.amount_untaxed_signed
                                    / invoice.amount_untaxed
                               ELSE -refund.amount_untaxed_signed
                          END AS amount
                     FROM account_move refund
                     JOIN account_move invoice ON invoice.id = refund.reversed_entry_id
                    WHERE refund.move_type = 'out_refund' AND refund.state = 'posted'
                      AND invoice.move_type = 'out_invoice' AND %(chosen)s
                UNION ALL
                   SELECT invoice.id,
                          partial.debit_amount_currency
                          * invoice.amount_untaxed_signed / NULLIF(invoice.amount_total, 0)
                          * CASE WHEN entry.move_type = 'out_refund' THEN 1
                                 ELSE booked.off / booked.whole
                            END
                     FROM account_move invoice
                     JOIN account_move_line line ON line.move_id = invoice.id
                     JOIN account_partial_reconcile partial ON partial.debit_move_id = line.id
                     JOIN account_move_line credit ON credit.id = partial.credit_move_id
                     JOIN account_move entry ON entry.id = credit.move_id
                     JOIN res_company company ON company.id = invoice.company_id
               LEFT JOIN LATERAL (
                          SELECT SUM(part.debit) AS whole,
                                 SUM(part.debit) FILTER (
                                     WHERE part.tax_line_id IS NOT NULL
                                        OR account.account_type LIKE 'expense%%'
                                        OR account.account_type LIKE 'income%%'
                                 ) AS off
                            FROM account_move_line part
                            JOIN account_account account ON account.id = part.account_id
                           WHERE part.move_id = entry.id AND part.debit > 0
                          ) booked ON entry.move_type != 'out_refund'
                    WHERE invoice.move_type = 'out_invoice' AND %(chosen)s
                      AND entry.journal_id IS DISTINCT FROM company.currency_exchange_journal_id
                      AND ((entry.move_type = 'out_refund' AND entry.reversed_entry_id IS NULL)
                           OR booked.off > 0)
                   ) told
          GROUP BY told.id
            """,
            chosen=chosen,
        )
