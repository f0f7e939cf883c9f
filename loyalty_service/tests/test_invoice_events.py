from datetime import date, datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .common import StandingEvents


@tagged("post_install", "-at_install")
class TestInvoiceEvents(StandingEvents, AccountTestInvoicingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client_partner = cls.env["res.partner"].create({"name": "Ledger Client"})
        cls.env.company.partner_id.tz = "UTC"

    def invoice(self, amount=1000.0, invoice_date="2024-03-01", due="2024-03-31", **values):
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.client_partner.id,
                "invoice_date": invoice_date,
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create({"name": "Bookkeeping", "price_unit": amount, "tax_ids": []})
                ],
                **values,
            }
        )
        invoice.action_post()
        return invoice

    def pay(self, invoice, payment_date="2024-03-20", **values):
        return (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"payment_date": payment_date, **values})
            ._create_payments()
        )

    def paid(self):
        return self.standing(self.client_partner, "invoice_paid_on_time", "invoice_paid_late")

    def test_posted(self):
        invoice = self.invoice()
        event = self.standing(self.client_partner)
        self.assertEqual(event.type_id.code, "invoice_posted")
        self.assertEqual(event.amount, 1000)
        self.assertEqual(event.date.date(), date(2024, 3, 1))
        self.assertEqual((event.res_model, event.res_id), ("account.move", invoice.id))

    def test_paid_on_time_and_late(self):
        self.pay(self.invoice(), "2024-03-31")
        self.assertEqual(self.paid().type_id.code, "invoice_paid_on_time")
        self.pay(self.invoice(), "2024-04-04")
        late = self.standing(self.client_partner, "invoice_paid_late")
        self.assertEqual(late.value, 4, "days late")
        self.assertEqual(late.date.date(), date(2024, 4, 4))

    def test_partial_payment_is_not_paid(self):
        invoice = self.invoice()
        self.pay(invoice, amount=400)
        self.assertFalse(self.paid())
        self.pay(invoice, "2024-03-25")
        self.assertEqual(self.paid().amount, 1000)
        self.assertEqual(self.paid().date.date(), date(2024, 3, 25))

    def test_unreconciled_and_paid_again(self):
        invoice = self.invoice()
        self.pay(invoice)
        first = self.paid()
        lines = invoice.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        lines.remove_move_reconcile()
        self.assertEqual(invoice.payment_state, "not_paid")
        self.assertTrue(first.is_reversed)
        self.assertFalse(self.paid())
        self.pay(invoice, "2024-04-28")
        self.assertEqual(self.paid().type_id.code, "invoice_paid_late")

    def test_payment_without_journal_entry(self):
        """With an accounting app beside us, a payment need not have an entry of its own."""
        journal = self.company_data["default_journal_bank"]
        journal.inbound_payment_method_line_ids.payment_account_id = False
        AccountMove = self.env.registry["account.move"]
        with patch.object(AccountMove, "_get_invoice_in_payment_state", lambda move: "in_payment"):
            payment = self.pay(self.invoice(), "2024-03-15", journal_id=journal.id)
            self.assertFalse(payment.move_id)
            self.assertEqual(self.paid().date.date(), date(2024, 3, 15))
            payment.action_draft()
            self.assertFalse(self.paid())

    def test_reset_to_draft(self):
        invoice = self.invoice()
        self.pay(invoice)
        invoice.button_draft()
        self.assertEqual(self.standing(self.client_partner).type_id.code, "payment_received")
        invoice.action_post()
        self.assertEqual(
            len(self.standing(self.client_partner, "invoice_posted")), 1, "posted again, once"
        )

    def credit(self, invoice, amount=None):
        refund = invoice._reverse_moves([{"invoice_date": fields.Date.to_date("2024-03-10")}])
        if amount:
            refund.invoice_line_ids.price_unit = amount
        refund.action_post()
        return refund

    def test_credited_in_full_after_payment(self):
        invoice = self.invoice()
        self.pay(invoice)
        self.credit(invoice)
        self.assertFalse(self.paid())
        self.assertNotIn(invoice.id, self.env["account.move"]._loyalty_unsynced_ids())

    def test_credited_in_part_after_payment(self):
        invoice = self.invoice()
        self.pay(invoice)
        refund = self.credit(invoice, 250)
        self.assertEqual(self.paid().amount, 750)
        refund.button_draft()
        self.assertEqual(self.paid().amount, 1000)

    def test_a_deleted_invoice_leaves_nothing(self):
        invoice = self.invoice()
        self.pay(invoice)
        invoice.with_context(force_delete=True).line_ids.remove_move_reconcile()
        invoice.button_draft()
        invoice.button_cancel()
        invoice.with_context(force_delete=True).unlink()
        # The money came in all the same.
        self.assertEqual(self.standing(self.client_partner).type_id.code, "payment_received")

    def test_an_invoice_deleted_past_its_buttons_leaves_nothing(self):
        invoice = self.invoice()
        event = self.standing(self.client_partner, "invoice_posted")
        self.env.cr.execute("UPDATE account_move SET state = 'draft' WHERE id = %s", [invoice.id])
        self.env.invalidate_all()
        invoice.with_context(force_delete=True).unlink()
        self.assertTrue(event.is_reversed)
        self.assertEqual(event.reversal_ids.summary, "The source was deleted")

    def test_reversed_without_payment(self):
        invoice = self.invoice()
        invoice._reverse_moves([{"invoice_date": invoice.invoice_date}], cancel=True)
        self.assertEqual(invoice.payment_state, "reversed")
        self.assertFalse(self.paid())

    def test_nothing_to_pay_is_no_payment(self):
        self.invoice(amount=0.0)
        self.assertFalse(self.paid())

    def test_foreign_currency_is_counted_in_the_company_currency(self):
        currency = self.setup_other_currency("EUR", rates=[("2024-01-01", 2.0)])
        self.pay(self.invoice(currency_id=currency.id))
        self.assertEqual(self.paid().amount, 500)

    def firm_in(self, currency):
        """Have a firm whose books are in ``currency``; return its accounts."""
        currency = self.env.ref(f"base.{currency}")
        currency.active = True
        data = self.setup_other_company(name=f"Firm in {currency.name}", currency_id=currency.id)
        self.env.user.company_ids += data["company"]
        data["company"].partner_id.tz = "UTC"
        return data

    def written_off(self, amount, off, data):
        """Return an invoice with 10 % tax that was paid but for ``off``, which is written off."""
        company = data["company"]
        tax = self.env["account.tax"].create(
            {
                "name": "10%",
                "amount": 10,
                "company_id": company.id,
                "tax_group_id": data["default_tax_sale"].tax_group_id.id,
            }
        )
        invoice = self.invoice(
            company_id=company.id,
            journal_id=data["default_journal_sale"].id,
            invoice_line_ids=[
                Command.create({"name": "Bookkeeping", "price_unit": amount, "tax_ids": [tax.id]})
            ],
        )
        self.pay(
            invoice,
            amount=invoice.amount_total - off,
            payment_difference_handling="reconcile",
            writeoff_account_id=data["default_account_expense"].id,
        )
        return invoice

    def test_a_currency_without_decimals_is_looked_at_once(self):
        """1,000 and 10 % tax in yen, 1,099 paid, 1 written off: 1,000 - 1 x 1,000 / 1,100 is
        999.09, so 999. In dong likewise; in dinars of 1,000 fils 10.000 less 0.909 x 0.001."""
        for currency, amount, off, counted in (
            ("JPY", 1000, 1, 999),
            ("VND", 1000, 4, 996),  # 1,000 - 3.636 = 996.36
            ("KWD", 10, 0.004, 9.996),  # 10 - 0.00364 = 9.99636
        ):
            with self.subTest(currency=currency):
                invoice = self.written_off(amount, off, self.firm_in(currency))
                event = self.paid().filtered(lambda told, of=invoice: told.res_id == of.id)
                self.assertAlmostEqual(event.amount, counted, 6)
                self.assertNotIn(invoice.id, self.env["account.move"]._loyalty_unsynced_ids())

    def test_a_whole_unit_is_a_difference(self):
        """A yen, and a fils, which is less than half a cent."""
        for currency, amount, unit in (("JPY", 1000, 1), ("KWD", 10, 0.001)):
            with self.subTest(currency=currency):
                invoice = self.written_off(amount, unit, self.firm_in(currency))
                self.env.flush_all()
                self.env.cr.execute(
                    "UPDATE account_move SET amount_untaxed_signed = amount_untaxed_signed - %s "
                    "WHERE id = %s",
                    [unit, invoice.id],
                )
                self.env.invalidate_all()
                self.assertIn(invoice.id, self.env["account.move"]._loyalty_unsynced_ids())

    def test_sync_finds_what_was_written_elsewhere(self):
        invoice = self.invoice()
        self.pay(invoice)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move SET payment_state = 'not_paid' WHERE id = %s", [invoice.id]
        )
        self.env.invalidate_all()
        self.assertIn(invoice.id, self.env["account.move"]._loyalty_unsynced_ids())
        invoice._loyalty_sync()
        self.assertFalse(self.paid())
        self.assertNotIn(invoice.id, self.env["account.move"]._loyalty_unsynced_ids())

    def test_recurring_invoice_is_an_agreement(self):
        invoice = self.invoice(
            amount=900.0, auto_post="quarterly", date="2024-03-01", auto_post_until="2025-02-28"
        )
        agreement = self.agreements()
        self.assertEqual(agreement.recurring_move_id, invoice)
        self.assertEqual(agreement.monthly_amount, 300)
        self.assertEqual(agreement.state, "active")
        self.assertEqual(agreement.date_end, date(2025, 2, 28))
        for _quarter in range(3):
            self.next_invoice(invoice).action_post()
        self.assertFalse(self.next_invoice(invoice), "it recurs until February only")
        self.assertEqual(self.agreements(), agreement)
        self.assertFalse(agreement.ended_on)

    # ------------------------------------------------------------------
    # What becomes of the recurring invoice becomes of its agreement
    # ------------------------------------------------------------------

    def agreements(self):
        Agreement_sudo = self.env["loyalty.service.agreement"].sudo()
        return Agreement_sudo.search([("partner_id", "=", self.client_partner.id)])

    def recurring(self, **values):
        return self.invoice(amount=300.0, auto_post="monthly", date="2024-03-01", **values)

    def next_invoice(self, origin):
        return self.env["account.move"].search(
            [("auto_post_origin_id", "=", origin.id), ("state", "=", "draft")]
        )

    def test_reset_and_posted_again(self):
        invoice = self.recurring()
        invoice.button_draft()
        self.assertFalse(self.agreements())
        self.assertFalse(self.standing(self.client_partner, "agreement_started"))
        self.next_invoice(invoice).filtered(lambda move: move != invoice).unlink()
        invoice.action_post()
        self.assertEqual(self.agreements().state, "active")
        self.assertEqual(len(self.standing(self.client_partner, "agreement_started")), 1)

    def test_cancelled_or_deleted(self):
        invoice = self.recurring()
        invoice.button_cancel()
        self.assertFalse(self.agreements())
        other = self.recurring(invoice_date="2024-03-02")
        self.assertTrue(self.agreements())
        other.with_context(force_delete=True).unlink()
        self.assertFalse(self.agreements())
        self.assertFalse(self.standing(self.client_partner, "agreement_started"))

    def test_the_first_of_several_is_cancelled_and_deleted(self):
        invoice = self.recurring()
        agreement = self.agreements()
        second = self.next_invoice(invoice)
        second.action_post()
        invoice.button_cancel()
        self.assertEqual((self.agreements(), agreement.state), (agreement, "active"))
        invoice.with_context(force_delete=True).unlink()
        self.assertEqual((self.agreements(), agreement.state), (agreement, "active"))
        self.assertEqual(agreement.recurring_move_id, second)
        self.next_invoice(second).action_post()
        self.assertEqual(self.agreements(), agreement)

    def test_it_runs_until_the_recurrence_is_stopped(self):
        invoice = self.recurring()
        agreement = self.agreements()
        self.assertFalse(agreement.date_end)
        for _month in range(14):
            self.next_invoice(invoice).action_post()
        self.assertEqual((self.agreements(), agreement.state), (agreement, "active"))
        last = self.next_invoice(invoice)
        self.assertEqual(last.invoice_date, date(2025, 6, 1))
        with freeze_time("2025-05-20 03:00:00"):
            last.auto_post = "no"
            self.assertEqual(agreement.state, "active")
            self.assertEqual(agreement.ended_on, date(2025, 6, 30), "the last month is served")
            last.auto_post = "monthly"
            self.assertFalse(agreement.ended_on)
            last.unlink()
            self.assertEqual(agreement.ended_on, date(2025, 5, 31), "what was invoiced last")

    def test_stopped_in_the_past_is_over(self):
        invoice = self.recurring()
        self.next_invoice(invoice).button_cancel()
        agreement = self.agreements()
        self.assertEqual((agreement.state, agreement.ended_on), ("ended", date(2024, 3, 31)))
        ended = self.standing(self.client_partner, "agreement_ended")
        self.assertEqual(ended.date, datetime(2024, 3, 31, 12))

    def test_an_end_by_hand_stands(self):
        invoice = self.recurring()
        agreement = self.agreements()
        reason = self.env.ref("loyalty_service.end_reason_price")
        with freeze_time("2024-03-10 03:00:00"):
            agreement._end(reason, date(2024, 5, 15), "Too dear")
            self.next_invoice(invoice).button_cancel()
        self.assertEqual((agreement.ended_on, agreement.end_note), (date(2024, 5, 15), "Too dear"))

    def test_a_given_end_is_moved_by_what_is_invoiced_beyond_it(self):
        invoice = self.recurring()
        agreement = self.agreements()
        agreement.date_end = date(2024, 4, 15)
        self.next_invoice(invoice).action_post()
        self.assertEqual(agreement.date_end, date(2024, 4, 15))
        self.next_invoice(invoice).action_post()
        self.assertFalse(agreement.date_end)
        self.next_invoice(invoice).auto_post_until = date(2024, 12, 31)
        self.assertEqual(agreement.date_end, date(2024, 12, 31))

    def test_queries_do_not_grow_with_the_invoices(self):
        def count(number):
            moves = self.env["account.move"].browse(
                [self.invoice().id for _number in range(number)]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            moves._loyalty_sync()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertLessEqual(abs(count(20) - count(4)), 2)
