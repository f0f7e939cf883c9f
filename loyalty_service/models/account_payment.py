from odoo import api, models
from odoo.tools import SQL

from ..batch import do_claimed, work_off

RECEIVED = "payment_received"
BATCH_SIZE = 500

# What the event of a payment follows from.
TOLD_BY = {
    "amount",
    "company_id",
    "currency_id",
    "date",
    "move_id",
    "partner_id",
    "partner_type",
    "payment_type",
    "state",
}


class AccountPayment(models.Model):
    """Money that comes in from clients, as events: one for each payment, for whatever it is.

    How far an invoice is settled by it is another event, see ``account_move``.
    """

    _inherit = "account.payment"

    @api.model_create_multi
    def create(self, vals_list):
        payments = super().create(vals_list)
        payments.filtered(lambda payment: payment.state != "draft")._loyalty_sync_received()
        return payments

    def write(self, vals):
        """A payment without a journal entry settles its invoices by what it says itself."""
        result = super().write(vals)
        if TOLD_BY & set(vals):
            self._loyalty_settled_directly()._loyalty_sync_payment()
        if TOLD_BY & set(vals):
            self._loyalty_sync_received()
        return result

    def unlink(self):
        # sudo: accountants need not be in the loyalty group.
        self.env["loyalty.service.event"].sudo()._forget_sources(self)
        invoices = self._loyalty_settled_directly()
        result = super().unlink()
        invoices._loyalty_sync_payment()
        return result

    def _loyalty_settled_directly(self):
        """Return the invoices that payments in ``self`` settle without an entry of the books."""
        return self.filtered(lambda payment: not payment.move_id).invoice_ids

    def _loyalty_needs(self, invoices):
        """Return what the payment brings to ``invoices`` without an entry of the books.

        :return: ``(amount, {invoice id: what all of it takes})``, see ``settlement.cover()``
        """
        self.ensure_one()
        # What the bank has told of has come off the residual of its invoices.
        invoices = invoices.filtered(
            lambda move: (
                move.amount_residual
                and (
                    self.state == "in_process"
                    or (self.state == "paid" and move.amount_residual == move.amount_total)
                )
            )
        ).sorted(lambda move: (move.invoice_date_due or move.date, move.id))
        if self.move_id or self.payment_type != "inbound":
            invoices = invoices.browse()
        amount = self.amount
        if invoices.currency_id - self.currency_id:
            # Converted one by one they come to fractions of a cent more than their sum.
            amount += len(invoices) * self.currency_id.rounding / 2
        return amount, {move.id: move._loyalty_needed(self) for move in invoices}

    def _loyalty_sync_received(self):
        """Record the payments in ``self`` by which clients have paid, as they stand now."""
        if not self:
            return
        # sudo: who registers a payment need not be in the loyalty group.
        Event_sudo = self.env["loyalty.service.event"].sudo()
        Event_sudo._sync_source(
            self,
            [RECEIVED],
            {
                payment.id: (RECEIVED, payment._prepare_loyalty_received())
                for payment in self
                if payment._loyalty_is_received()
            },
        )

    def _loyalty_is_received(self):
        self.ensure_one()
        return (
            (self.payment_type, self.partner_type) == ("inbound", "customer")
            and self.state in ("in_process", "paid")
            and (not self.move_id or self.move_id.state == "posted")
            and bool(self.partner_id)
            and self.company_currency_id.compare_amounts(self.amount_company_currency_signed, 0) > 0
        )

    def _prepare_loyalty_received(self):
        self.ensure_one()
        return {
            "partner": self.partner_id,
            "company_id": self.company_id.id,
            # Whoever books it has not talked to the client.
            "user_id": False,
            "date": self.company_id._loyalty_happened(self.date),
            "amount": self.amount_company_currency_signed,
            "summary": self.company_id._loyalty_name_money(
                self.name, self.amount, self.currency_id
            ),
        }

    # ------------------------------------------------------------------
    # Payments that came in by other ways: see the scheduled action
    # ------------------------------------------------------------------

    @api.model
    def _cron_loyalty_sync_received(self):
        unsynced = self.browse(self._loyalty_unsynced_ids())
        work_off(unsynced, lambda payments: payments._loyalty_sync_due(), BATCH_SIZE)

    def _loyalty_sync_due(self):
        """Bring the events of those in ``self`` that nobody else works on in step."""
        do_claimed(self, lambda payments: payments._loyalty_sync_received())

    @api.model
    def _loyalty_unsynced_ids(self):
        """Return ids of payments whose event does not say what the payment says.

        As of invoices, see there: those from before the installation, imported ones, ...
        """
        self.env["loyalty.service.event"].flush_model()
        self.flush_model()
        self.env["account.move"].flush_model(["state"])
        return [
            payment_id
            for (payment_id,) in self.env.execute_query(
                SQL(
                    """
                    SELECT payment.id
                      FROM account_payment payment
                      JOIN res_company company ON company.id = payment.company_id
                      JOIN res_currency currency ON currency.id = company.currency_id
                 LEFT JOIN account_move move ON move.id = payment.move_id
                 LEFT JOIN loyalty_service_event told
                        ON told.res_model = 'account.payment' AND told.res_id = payment.id
                       AND told.type_id = %(received)s
                       AND told.reversal_of_id IS NULL AND told.is_reversed IS NOT TRUE
                     WHERE ABS(
                           CASE WHEN payment.payment_type = 'inbound'
                                 AND payment.partner_type = 'customer'
                                 AND payment.state IN ('in_process', 'paid')
                                 AND (move.id IS NULL OR move.state = 'posted')
                                 AND payment.partner_id IS NOT NULL
                                THEN GREATEST(payment.amount_company_currency_signed, 0)
                                ELSE 0
                           END
                           - COALESCE(told.amount, 0)
                           ) > 0.50001 * currency.rounding
                  ORDER BY payment.id
                    """,
                    received=self.env["loyalty.service.event.type"]._by_code(RECEIVED).id,
                )
            )
        ]
