from datetime import date

from odoo import Command, fields

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .common import PointsCommon


class InvoicingCommon(PointsCommon, AccountTestInvoicingCommon):
    """Real invoices, payments and entries, and two rules about them.

    0.1 point per unit when an invoice is paid on time, 0.05 when it is paid late.
    """

    @classmethod
    def get_default_groups(cls):
        # To set the programme up; who books need not have any right in it.
        return (
            super().get_default_groups()
            + cls.env.ref("loyalty_service.group_loyalty_manager")
            + cls.env.ref("base.group_erp_manager")
        )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.on_time = cls.add_rule("invoice_paid_on_time", points_per_unit=0.1)
        cls.late = cls.add_rule("invoice_paid_late", points_per_unit=0.05)
        cls.expense = cls.company_data["default_account_expense"]

    # ------------------------------------------------------------------
    # What a bookkeeper does
    # ------------------------------------------------------------------

    def invoice(self, amount=1000.0, invoice_date="2024-03-01", **values):
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.client_partner.id,
                "invoice_date": invoice_date,
                "invoice_date_due": "2024-03-31",
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create({"name": "Bookkeeping", "price_unit": amount, "tax_ids": []})
                ],
                **values,
            }
        )
        invoice.action_post()
        return invoice

    def instalments(self):
        """Return an invoice of two instalments, due on 31 March and 30 April."""
        term = self.env["account.payment.term"].create(
            {
                "name": "In two parts",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days})
                    for days in (30, 60)
                ],
            }
        )
        invoice = self.invoice(invoice_payment_term_id=term.id)
        dues = sorted(set(invoice.line_ids.mapped("date_maturity")) - {False})
        self.assertEqual(dues, [date(2024, 3, 31), date(2024, 4, 30)])
        return invoice

    def pay(self, invoice, on, amount=None, **values):
        if amount is not None:
            values["amount"] = amount
        return (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"payment_date": on, **values})
            ._create_payments()
        )

    def receive(self, amount, on):
        """Return a payment that is not for a certain invoice."""
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.client_partner.id,
                "amount": amount,
                "date": on,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        return payment

    def credit(self, invoice, on, amount=None):
        refund = invoice._reverse_moves([{"invoice_date": fields.Date.to_date(on)}])
        if amount:
            refund.invoice_line_ids.price_unit = amount
        refund.action_post()
        return refund

    def credit_apart(self, invoice, on, amount=None):
        """Return a credit note of an invoice that is not set off against it."""
        note = self.credit(invoice, on, amount)
        note.line_ids.remove_move_reconcile()
        return note

    def match(self, *moves):
        """Reconcile the receivable lines of the moves."""
        lines = self.env["account.move"].union(*moves).line_ids
        lines.filtered(
            lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
        ).reconcile()

    def entry(self, on, amount, account):
        """Return an entry that takes ``amount`` from what the client owes."""
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": on,
                "line_ids": [
                    Command.create({"account_id": account.id, "debit": amount}),
                    Command.create(
                        {
                            "account_id": self.company_data["default_account_receivable"].id,
                            "partner_id": self.client_partner.id,
                            "credit": amount,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        return entry

    def earns(self, points):
        """The client's account says so, and the nightly check finds nothing to correct."""
        card = self.card_of()
        if card:
            self.assertLedger(card, points)
        self.assertEqual(card.points, points)
        self.env.flush_all()
        invoices = self.env["account.move"].search([("partner_id", "=", self.client_partner.id)])
        unsynced = self.env["account.move"]._loyalty_unsynced_ids()
        self.assertFalse(set(invoices.ids) & set(unsynced))
