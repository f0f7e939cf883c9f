from odoo import api, models
from odoo.tools import SQL

from ..batch import do_claimed, work_off
from .account_move_settlement import SALES, SETTLED

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
        elif "invoice_date_due" in vals:
            # Whether it was paid in time goes by the day that the invoice names today.
            self.filtered(lambda move: move.state == "posted")._loyalty_sync_payment()
        return result

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        self._loyalty_sync_payment()
        return result

    def unlink(self):
        # sudo: accountants need not be in the loyalty group.
        self.env["loyalty.service.event"].sudo()._forget_sources(self)
        others = (self.reversed_entry_id | self.reversal_move_ids) - self
        result = super().unlink()
        others._loyalty_sync_payment()
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
        self._loyalty_sync_payment()

    def _loyalty_sync_posted(self):
        """Record the posted customer invoices and credit notes in ``self``."""
        # sudo: accountants need not be in the loyalty group.
        Event_sudo = self.env["loyalty.service.event"].sudo()
        for types, code in ((SALES, "invoice_posted"), (("out_refund",), "credit_note")):
            moves = self.filtered(lambda move, types=types: move.move_type in types)
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
        """Record how the customer invoices stand about which ``self`` says something."""
        if not self:
            # While Odoo deletes the entry of a payment, the payment cannot be written.
            return
        self._loyalty_flush_books()
        invoices = self._loyalty_concerned().filtered("partner_id")
        if invoices:
            invoices._loyalty_record_payment()

    def _loyalty_record_payment(self):
        """Record which customer invoices in ``self`` are settled, as they stand now."""
        # sudo: who registers a payment need not be in the loyalty group.
        Event_sudo = self.env["loyalty.service.event"].sudo()
        Event_sudo._sync_source(self, PAID_CODES, self._loyalty_paid())

    def _loyalty_paid(self):
        """Return what is to be recorded of those customer invoices in ``self`` that are settled.

        Settled means that ``payment_state`` and the residual say so, by whatever path it came
        about. What was credited or written off does not count as paid: an invoice that is half
        credited stands with half its amount, one that is credited in full with none.

        :return: ``{invoice id: (code, values)}``, see ``Event._sync_source()``
        """
        settled = self._loyalty_settled().filtered(lambda move: move._loyalty_stands_for() == move)
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
        return wanted

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

        Those settled with credit notes of others, or by payments that are not in the books yet,
        of which there are few, are worked out.
        """
        self.env["loyalty.service.event"].flush_model()
        self.env["res.company"].flush_model(["currency_id"])
        self.env["res.currency"].flush_model(["rounding"])
        self._loyalty_flush_books()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move.id, noted.id IS NOT NULL OR (%(in_process)s)
                  FROM account_move move
                  JOIN res_company company ON company.id = move.company_id
                  JOIN res_currency currency ON currency.id = company.currency_id
             LEFT JOIN loyalty_service_event told
                    ON told.res_model = 'account.move' AND told.res_id = move.id
                   AND told.reversal_of_id IS NULL AND told.is_reversed IS NOT TRUE
             LEFT JOIN loyalty_service_event_type kind ON kind.id = told.type_id
             LEFT JOIN (%(uncounted)s) uncounted ON uncounted.id = move.id
             LEFT JOIN (%(noted)s) noted ON noted.id = move.id
                 WHERE move.move_type IN %(types)s
                   AND move.partner_id IS NOT NULL
              GROUP BY move.id, uncounted.amount, noted.id, currency.rounding
                HAVING (move.state = 'posted')
                       != (COUNT(*) FILTER (WHERE kind.code IN %(posted)s) = 1)
                    OR noted.id IS NOT NULL
                    OR (%(in_process)s)
                    OR ABS(
                       CASE WHEN move.move_type IN %(sales)s AND move.state = 'posted'
                             AND move.payment_state IN %(settled)s AND NOT %(is_reversal)s
                            THEN GREATEST(
                                 move.amount_untaxed_signed - COALESCE(uncounted.amount, 0), 0)
                            ELSE 0
                       END
                       - COALESCE(SUM(told.amount) FILTER (WHERE kind.code IN %(paid)s), 0)
                       ) > 0.50001 * currency.rounding
              ORDER BY move.id
                """,
                uncounted=self._loyalty_uncounted_sql(SQL("TRUE")),
                noted=self._loyalty_noted_sql(),
                is_reversal=self._loyalty_is_reversal_sql(),
                types=(*SALES, "out_refund"),
                sales=SALES,
                settled=SETTLED,
                in_process=self._loyalty_in_process_sql(),
                posted=("invoice_posted", "credit_note"),
                paid=tuple(PAID_CODES),
            )
        )
        asked = self.browse(move_id for move_id, is_asked in rows if is_asked)
        in_step = set(asked._loyalty_in_step()._ids)
        return [move_id for move_id, _is_asked in rows if move_id not in in_step]

    def _loyalty_in_step(self):
        """Return those customer invoices in ``self`` whose events say what the books say."""
        if not self:
            return self
        # sudo: as in _loyalty_record_payment.
        Event_sudo = self.env["loyalty.service.event"].sudo()
        told = Event_sudo.search(
            [
                *Event_sudo._domain_standing(),
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
            ]
        ).grouped("res_id")
        wanted = self._loyalty_paid()
        result = self.browse()
        for invoice in self:
            events = told.get(invoice.id, Event_sudo)
            paid = events.filtered(lambda event: event.type_id.code in PAID_CODES)
            posted = events.filtered(lambda event: event.type_id.code == "invoice_posted")
            code, values = wanted.get(invoice.id, (False, {"amount": 0.0}))
            says = paid[
                :1
            ].type_id.code == code and not invoice.company_currency_id.compare_amounts(
                sum(paid.mapped("amount")), values["amount"]
            )
            if says and len(paid) <= 1 and len(posted) == (invoice.state == "posted"):
                result += invoice
        return result
