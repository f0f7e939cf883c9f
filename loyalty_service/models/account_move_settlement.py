from odoo import models
from odoo.tools import SQL

from ..engine import settlement

# What a client pays: invoices and, at once, sales receipts.
SALES = ("out_invoice", "out_receipt")
# Nothing is left to pay, or a payment without a journal entry is on its way; whether that is enough
# is another question, as is whether it was paid with money.
SETTLED = ("paid", "in_payment", "reversed")


class AccountMove(models.Model):
    """What the books say about an invoice: how much of it was paid, and when.

    A credit note speaks about the invoice that it corrects, whatever it is reconciled with; see
    ``account_move_credit``. One that corrects none speaks about the invoice that it is set off
    against. Of an entry that settles an invoice, what it books as an expense or against income
    is written off: a discount, a bank's fee, a bad debt. What it books on other accounts stands
    for money: the bank's, or a bill of the client against which the invoice is set off.
    """

    _inherit = "account.move"

    def _loyalty_flush_books(self):
        """Write to the database what statements about settlements read."""
        self.flush_model()
        self.env["account.move.line"].flush_model()
        self.env["account.partial.reconcile"].flush_model()
        self.env["account.payment"].flush_model(["state", "date", "move_id"])

    def _loyalty_settlements(self):
        """Return ``{invoice id: settlement.Settlement}`` of the customer invoices in ``self``.

        A few statements for any number of them. Amounts are in the currency of the company. An
        instalment is late if the last money for it came after its own day, as the invoice names
        it today; a credit note that came late is not the client's delay, and money that was
        there before the invoice is not late.
        """
        self._loyalty_flush_books()
        invoices, uses = self._loyalty_follow_notes()
        chosen = SQL("invoice.id IN %s", tuple(invoices.ids) or (0,))
        uncounted = dict(self.env.execute_query(self._loyalty_uncounted_sql(chosen)))
        paid = invoices._loyalty_payments()
        settled = invoices._loyalty_settled()
        found = settlement.work_out(
            {
                invoice.id: settlement.Invoice(
                    invoice.amount_untaxed_signed - float(uncounted.get(invoice.id) or 0.0),
                    invoice in settled,
                    invoice.invoice_date or invoice.date,
                    *paid.get(invoice.id, (None, 0)),
                )
                for invoice in invoices
            },
            uses,
        )
        return {
            invoice.id: found[invoice.id]._replace(
                amount=invoice.company_currency_id.round(found[invoice.id].amount)
            )
            for invoice in self
        }

    def _loyalty_payments(self):
        """Return ``{invoice id: (day of the last money, days late)}`` of those in ``self``."""
        rows = self.env.execute_query(
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
                 WHERE invoice.id IN %s AND entry.move_type != 'out_refund'
                   AND entry.journal_id IS DISTINCT FROM company.currency_exchange_journal_id
              GROUP BY invoice.id
                """,
                tuple(self.ids) or (0,),
            )
        )
        result = {invoice_id: (paid_on, late) for invoice_id, paid_on, late in rows}
        for invoice in self:
            for payment in invoice.matched_payment_ids:
                # A payment without a journal entry is linked to its invoices, not reconciled.
                if not payment.move_id and payment.state in ("in_process", "paid"):
                    paid_on, late = result.get(invoice.id, (payment.date, 0))
                    due = invoice.invoice_date_due or payment.date
                    result[invoice.id] = (
                        max(paid_on, payment.date),
                        max(late, (payment.date - due).days),
                    )
        return result

    def _loyalty_uncounted_sql(self, chosen):
        """Return the statement of what was credited or written off of invoices.

        :param chosen: SQL condition on ``invoice``
        :return: SQL of rows ``(id, amount)``, without taxes, in the currency of the company
        """
        return SQL(
            """
            WITH family AS MATERIALIZED (%(family)s)
          SELECT told.id, SUM(told.amount) AS amount
            FROM (
                 SELECT invoice.id,
                        -- So much of the invoice, whatever the rate on the day of the note.
                        - family.sign
                        * CASE WHEN other.currency_id = invoice.currency_id
                                AND invoice.amount_untaxed != 0
                               THEN other.amount_untaxed * invoice.amount_untaxed_signed
                                    / invoice.amount_untaxed
                               ELSE ABS(other.amount_untaxed_signed)
                          END AS amount
                   FROM family
                   JOIN account_move other ON other.id = family.id
                   JOIN account_move invoice ON invoice.id = family.first_id
                  WHERE family.id != family.first_id
              UNION ALL
                 SELECT family.first_id,
                        partial.debit_amount_currency
                        * invoice.amount_untaxed_signed / NULLIF(invoice.amount_total, 0)
                        * CASE WHEN entry.move_type = 'out_refund' THEN 1
                               ELSE booked.off / booked.whole
                          END
                   FROM family
                   JOIN account_move invoice ON invoice.id = family.id
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
                  WHERE family.sign = 1
                    AND entry.journal_id IS DISTINCT FROM company.currency_exchange_journal_id
                    AND ((entry.move_type = 'out_refund' AND entry.reversed_entry_id IS NULL)
                         OR booked.off > 0)
                 ) told
        GROUP BY told.id
            """,
            family=self._loyalty_family_sql(chosen),
        )
