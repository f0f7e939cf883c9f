from odoo import api, models
from odoo.tools import SQL

from ..batch import do_claimed, work_off

PAID_CODES = ["invoice_paid_on_time", "invoice_paid_late"]
BATCH_SIZE = 500


class AccountMove(models.Model):
    _inherit = "account.move"

    # ------------------------------------------------------------------
    # Triggers: each only says that something may have changed
    # ------------------------------------------------------------------

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._loyalty_sync()
        return posted

    def write(self, vals):
        result = super().write(vals)
        if "matched_payment_ids" in vals:
            # A payment without a journal entry settles an invoice by being linked to it.
            self._loyalty_sync_payment()
        return result

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        self._loyalty_sync_payment()
        return result

    def unlink(self):
        # sudo: accountants need not be in the loyalty group.
        self.env["loyalty.service.event"].sudo()._forget_sources(self)
        corrected = self.reversed_entry_id - self
        result = super().unlink()
        corrected._loyalty_sync_payment()
        return result

    def button_draft(self):
        result = super().button_draft()
        self._loyalty_sync()
        return result

    def button_cancel(self):
        result = super().button_cancel()
        self._loyalty_sync()
        return result

    # ------------------------------------------------------------------
    # Invoices as events
    # ------------------------------------------------------------------

    def _loyalty_sync(self):
        self._loyalty_sync_posted()
        # A credit note speaks about the invoice that it corrects.
        (self | self.reversed_entry_id)._loyalty_sync_payment()

    def _loyalty_sync_posted(self):
        """Record the posted customer invoices and credit notes in ``self``."""
        # sudo: accountants need not be in the loyalty group.
        Event_sudo = self.env["loyalty.service.event"].sudo()
        for move_type, code in (("out_invoice", "invoice_posted"), ("out_refund", "credit_note")):
            moves = self.filtered(lambda move, kind=move_type: move.move_type == kind)
            wanted = {
                move.id: (
                    code,
                    {
                        **move._prepare_loyalty_values(),
                        "date": move.company_id._loyalty_happened(move.invoice_date or move.date),
                        "amount": move.amount_untaxed_signed,
                    },
                )
                for move in moves
                if move.state == "posted" and move.partner_id
            }
            if moves:
                Event_sudo._sync_source(moves, [code], wanted)

    def _loyalty_sync_payment(self):
        """Record which customer invoices in ``self`` are settled, as they stand now.

        Settled means that ``payment_state`` says so, by whatever path it came about. What was
        credited or written off does not count as paid: an invoice that is half credited stands
        with half its amount, one that is credited in full with none.
        """
        invoices = self.filtered(lambda move: move.move_type == "out_invoice" and move.partner_id)
        if not invoices:
            return
        # sudo: who registers a payment need not be in the loyalty group.
        Event_sudo = self.env["loyalty.service.event"].sudo()
        settled = invoices.filtered(
            lambda move: move.state == "posted" and move.payment_state in ("paid", "in_payment")
        )
        settlements = settled._loyalty_settlements()
        wanted = {}
        for invoice in settled:
            settlement = settlements[invoice.id]
            if invoice.company_currency_id.compare_amounts(settlement.amount, 0.0) <= 0:
                continue
            date = settlement.paid_on or invoice.company_id._loyalty_day()
            late = settlement.days_late
            wanted[invoice.id] = (
                "invoice_paid_late" if late > 0 else "invoice_paid_on_time",
                {
                    **invoice._prepare_loyalty_values(),
                    "date": invoice.company_id._loyalty_happened(date),
                    "amount": settlement.amount,
                    "value": late,
                },
            )
        Event_sudo._sync_source(invoices, PAID_CODES, wanted)

    def _prepare_loyalty_values(self):
        self.ensure_one()
        return {
            "partner": self.partner_id,
            "company_id": self.company_id.id,
            "user_id": self.invoice_user_id.id,
            "summary": self.name,
        }

    @api.model
    def _cron_loyalty_sync(self):
        unsynced = self.browse(self._loyalty_unsynced_ids())
        work_off(unsynced, lambda moves: moves._loyalty_sync_due(), BATCH_SIZE)

    def _loyalty_sync_due(self):
        """Bring the events of those in ``self`` that nobody else works on in step."""
        do_claimed(self, lambda moves: moves._loyalty_sync())

    @api.model
    def _loyalty_unsynced_ids(self):
        """Return ids of customer invoices whose events do not say what the books say.

        Most are in step already; this finds the others, whatever wrote them: invoices from
        before the installation, an import, SQL, a payment whose state was changed by a bank
        synchronisation.

        An event has its amount in whole units of the company's currency, a hundredth or a yen;
        the books come to fractions of them. Half of one is no difference.
        """
        self.env["loyalty.service.event"].flush_model()
        self.env["res.company"].flush_model(["currency_id"])
        self.env["res.currency"].flush_model(["rounding"])
        self._loyalty_flush_books()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move.id
                  FROM account_move move
                  JOIN res_company company ON company.id = move.company_id
                  JOIN res_currency currency ON currency.id = company.currency_id
             LEFT JOIN loyalty_service_event told
                    ON told.res_model = 'account.move' AND told.res_id = move.id
                   AND told.reversal_of_id IS NULL AND told.is_reversed IS NOT TRUE
             LEFT JOIN loyalty_service_event_type kind ON kind.id = told.type_id
             LEFT JOIN (%(uncounted)s) uncounted ON uncounted.id = move.id
                 WHERE move.move_type IN ('out_invoice', 'out_refund')
                   AND move.partner_id IS NOT NULL
              GROUP BY move.id, uncounted.amount, currency.rounding
                HAVING (move.state = 'posted')
                       != (COUNT(*) FILTER (WHERE kind.code IN %(posted)s) = 1)
                    OR ABS(
                       CASE WHEN move.move_type = 'out_invoice' AND move.state = 'posted'
                             AND move.payment_state IN ('paid', 'in_payment')
                            THEN GREATEST(
                                 move.amount_untaxed_signed - COALESCE(uncounted.amount, 0), 0)
                            ELSE 0
                       END
                       - COALESCE(SUM(told.amount) FILTER (WHERE kind.code IN %(paid)s), 0)
                       ) > 0.50001 * currency.rounding
              ORDER BY move.id
                """,
                uncounted=self._loyalty_uncounted_sql(SQL("TRUE")),
                posted=("invoice_posted", "credit_note"),
                paid=tuple(PAID_CODES),
            )
        )
        return [row[0] for row in rows]
