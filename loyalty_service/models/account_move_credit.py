from odoo import models
from odoo.tools import SQL

from ..engine import settlement
from .account_move_settlement import SALES, SETTLED


class AccountMove(models.Model):
    """What credit notes do to invoices: to those that they correct, and to others.

    An invoice, the credit notes that correct it, the invoices that reverse those, and so on, are
    one family: one business that stands with what is left of it. An invoice that reverses a
    credit note has the first one stand again as soon as it is settled, and counts nothing by
    itself: it is no new business.

    A credit note that settles an invoice of another family is as good as the money behind its
    own; ``engine/settlement.py`` says how much that is.
    """

    _inherit = "account.move"

    # ------------------------------------------------------------------
    # One family
    # ------------------------------------------------------------------

    def _loyalty_stands_for(self):
        """Return the first invoice of the family: of most, the invoice itself."""
        self.ensure_one()
        note = self.reversed_entry_id
        is_reversal = (
            self.move_type in SALES
            and note.move_type == "out_refund"
            and note.state == "posted"
            and note.reversed_entry_id.move_type in SALES
        )
        return note.reversed_entry_id._loyalty_stands_for() if is_reversal else self

    def _loyalty_is_reversal_sql(self):
        """Return the condition that ``move`` counts nothing by itself."""
        return SQL(
            """
            EXISTS (
                SELECT FROM account_move note
                  JOIN account_move corrected ON corrected.id = note.reversed_entry_id
                 WHERE note.id = move.reversed_entry_id
                   AND note.move_type = 'out_refund' AND note.state = 'posted'
                   AND corrected.move_type IN %s
                )
            """,
            SALES,
        )

    def _loyalty_family_sql(self, chosen):
        """Return the statement of the families of invoices, each as if it were the first.

        :param chosen: SQL condition on ``invoice``
        :return: SQL of rows ``(id, first_id, sign)``, 1 for an invoice and -1 for a credit note;
            posted ones only but for the first, and of the invoices only those that are settled
            in the books
        """
        return SQL(
            """
            WITH RECURSIVE family (id, first_id, sign) AS (
                 SELECT invoice.id, invoice.id, 1
                   FROM account_move invoice
                  WHERE invoice.move_type IN %(sales)s AND %(chosen)s
                  UNION
                 SELECT other.id, family.first_id, -family.sign
                   FROM family
                   JOIN account_move other ON other.reversed_entry_id = family.id
                  WHERE other.state = 'posted'
                    AND CASE WHEN family.sign = 1 THEN other.move_type = 'out_refund'
                             ELSE other.move_type IN %(sales)s
                                  AND other.payment_state IN %(settled)s
                                  AND other.amount_residual = 0
                        END
            )
            SELECT id, first_id, sign FROM family
            """,
            sales=SALES,
            settled=SETTLED,
            chosen=chosen,
        )

    # ------------------------------------------------------------------
    # From one family to another
    # ------------------------------------------------------------------

    def _loyalty_follow_notes(self):
        """Return all that decides about the notes that settle ``self`` and are of others.

        :return: the invoices in ``self`` with those whose notes settle them, those whose notes
            settle these, and so on; a :class:`settlement.Use` for each note among them
        """
        known, fresh, uses = self, self, {}
        while fresh:
            found = fresh._loyalty_uses()
            uses |= found
            fresh = self.browse(use.source for use in found.values() if use.source) - known
            known |= fresh
        return known, uses.values()

    def _loyalty_uses(self):
        """Return the notes of other families that settle ``self``, and those that ``self`` gave.

        :return: ``{id of the reconciliation: settlement.Use}``
        """
        rows = self.env.execute_query(
            SQL(
                """
                WITH family AS MATERIALIZED (%(family)s)
              SELECT partial.id, invoice.id, note.id, line.date_maturity,
                     partial.debit_amount_currency
                     * invoice.amount_untaxed_signed / NULLIF(invoice.amount_total, 0)
                FROM account_partial_reconcile partial
                JOIN account_move_line line ON line.id = partial.debit_move_id
                JOIN account_move invoice ON invoice.id = line.move_id
                JOIN account_move_line credit ON credit.id = partial.credit_move_id
                JOIN account_move note ON note.id = credit.move_id
               WHERE invoice.move_type IN %(sales)s AND %(foreign)s
                 AND partial.id IN (
                     SELECT part.id
                       FROM family
                       JOIN account_move_line own ON own.move_id = family.id
                       JOIN account_partial_reconcile part
                         ON part.debit_move_id = own.id AND family.sign = 1
                  UNION
                     SELECT part.id
                       FROM family
                       JOIN account_move_line own ON own.move_id = family.id
                       JOIN account_partial_reconcile part
                         ON part.credit_move_id = own.id AND family.sign = -1
                     )
                """,
                family=self._loyalty_family_sql(SQL("invoice.id IN %s", tuple(self.ids) or (0,))),
                sales=SALES,
                foreign=self._loyalty_foreign_sql(),
            )
        )
        uses = {}
        for partial_id, invoice_id, note_id, due, amount in rows:
            target = self.browse(invoice_id)._loyalty_stands_for()
            source = self.browse(note_id)._loyalty_source()
            if source != target and amount:
                uses[partial_id] = settlement.Use(source.id, target.id, float(amount), due)
        return uses

    def _loyalty_noted_sql(self):
        """Return the statement of the invoices that are settled with notes of others."""
        return SQL(
            """
            SELECT DISTINCT invoice.id
              FROM account_move note
              JOIN account_move_line credit ON credit.move_id = note.id
              JOIN account_partial_reconcile partial ON partial.credit_move_id = credit.id
              JOIN account_move_line line ON line.id = partial.debit_move_id
              JOIN account_move invoice ON invoice.id = line.move_id
             WHERE invoice.move_type IN %s AND %s
            """,
            SALES,
            self._loyalty_foreign_sql(),
        )

    def _loyalty_foreign_sql(self):
        """Return the condition that ``note`` is not of ``invoice``, with which it is reconciled."""
        return SQL(
            "note.move_type = 'out_refund' AND note.reversed_entry_id IS NOT NULL "
            "AND note.reversed_entry_id != invoice.id"
        )

    def _loyalty_source(self):
        """Return the invoice from whose family the credit note gives, or none."""
        self.ensure_one()
        invoice = self.reversed_entry_id
        first = invoice._loyalty_stands_for()
        counts = first == invoice or (
            invoice.payment_state in SETTLED and not invoice.amount_residual
        )
        return first if self.state == "posted" and counts else self.browse()

    def _loyalty_concerned(self):
        """Return ``self`` with the invoices about which something may have changed by it."""
        # What a credit note corrects, and the invoices that reverse it.
        notes = self.filtered(lambda move: move.move_type == "out_refund")
        reversals = self.browse()
        if notes:
            reversals = self.search([("reversed_entry_id", "in", notes.ids)])
        fresh = (self | reversals | notes.reversed_entry_id).filtered(
            lambda move: move.move_type in SALES
        )
        known = self.browse()
        while fresh:
            fresh |= self.union(*(move._loyalty_stands_for() for move in fresh))
            known |= fresh
            # What was settled with notes of these.
            uses = fresh._loyalty_uses().values()
            fresh = self.browse(use.target for use in uses) - known
        return known
