from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.tests import new_test_user, tagged

from .invoicing import InvoicingCommon


@tagged("post_install", "-at_install")
class TestPaymentEvents(InvoicingCommon):
    """Each payment is an event of its own, once, whatever is settled by it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.company_data["default_journal_bank"]
        cls.owed = cls.company_data["default_account_receivable"]
        cls.other = cls.env["res.partner"].create({"name": "Second Client"})

    def received(self, partner=None):
        return self.standing(partner or self.client_partner, "payment_received")

    def amounts(self, partner=None):
        return sorted(self.received(partner).mapped("amount"))

    def all_in_step(self):
        self.env.flush_all()
        payments = self.env["account.payment"].search([])
        self.assertFalse(set(payments.ids) & set(payments._loyalty_unsynced_ids()))
        moves = self.env["account.move"].search([("company_id", "=", self.env.company.id)])
        self.assertFalse(set(moves.ids) & set(moves._loyalty_unsynced_ids()))

    def bank_entry(self, *owed, **values):
        """Return a posted entry by which clients pay: ``(client, amount)``."""
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": "2024-03-20",
                "journal_id": self.bank.id,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": self.bank.default_account_id.id,
                            "debit": sum(amount for _partner, amount in owed),
                        }
                    ),
                    *(
                        Command.create(
                            {
                                "account_id": self.owed.id,
                                "partner_id": partner.id,
                                "credit": max(amount, 0),
                                "debit": max(-amount, 0),
                            }
                        )
                        for partner, amount in owed
                    ),
                ],
                **values,
            }
        )
        entry.action_post()
        return entry

    # ------------------------------------------------------------------
    # Payments
    # ------------------------------------------------------------------

    def test_in_parts(self):
        """400.00 and 600.00: two payments, one invoice that is settled, 100 points."""
        invoice = self.invoice()
        payment = self.pay(invoice, "2024-03-10", 400)
        event = self.received()
        self.assertEqual((event.res_model, event.res_id), ("account.payment", payment.id))
        self.assertEqual((event.amount, event.currency_id), (400, self.env.company.currency_id))
        self.assertEqual(event.date.date(), date(2024, 3, 10))
        self.assertEqual((event.kind, event.signal), ("payment", "none"))
        self.assertEqual(event.summary, payment.name)
        self.assertFalse(event.user_id)
        self.assertFalse(self.standing(self.client_partner, "invoice_paid_on_time"))
        self.pay(invoice, "2024-03-20")
        self.assertEqual(self.amounts(), [400, 600])
        self.assertEqual(self.standing(self.client_partner, "invoice_paid_on_time").amount, 1000)
        self.earns(100)
        self.all_in_step()

    def test_in_advance_and_too_much(self):
        """An advance and an overpayment are told in full, and bring no points by themselves."""
        self.receive(500, "2024-03-01")
        self.pay(self.invoice(), "2024-03-20", 1200)
        self.assertEqual(self.amounts(), [500, 1200])
        self.earns(100)

    def test_in_another_currency(self):
        """2,000.00 of which 2 make one of ours."""
        currency = self.setup_other_currency("EUR", rates=[("2024-01-01", 2.0)])
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.client_partner.id,
                "amount": 2000,
                "currency_id": currency.id,
                "date": "2024-03-20",
                "journal_id": self.bank.id,
            }
        )
        payment.action_post()
        self.assertEqual(self.amounts(), [1000])
        self.assertIn("2,000.00", self.received().summary)
        self.assertIn(payment.name, self.received().summary)
        self.all_in_step()

    def test_of_a_contact(self):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.contact.id,
                "amount": 70,
                "date": "2024-03-20",
                "journal_id": self.bank.id,
            }
        )
        self.assertFalse(self.received())
        payment.action_post()
        self.assertEqual(self.received().contact_id, self.contact)

    def test_posted_twice(self):
        """Whatever is repeated, there is one event and one row of points."""
        invoice = self.invoice()
        payment = self.pay(invoice, "2024-03-20")
        for _time in range(2):
            payment.action_post()
            invoice._invoice_paid_hook()
            invoice._loyalty_sync()
            payment._loyalty_sync_received()
            payment.move_id._loyalty_sync()
        self.env["account.move"]._loyalty_unsynced_ids()
        self.earns(100)
        self.assertEqual(len(self.card_of().service_move_ids), 1)
        everything = self.Event.search([("partner_id", "=", self.client_partner.id)])
        self.assertEqual(
            sorted(everything.mapped("type_id.code")),
            ["invoice_paid_on_time", "invoice_posted", "payment_received"],
        )

    def test_taken_off_an_invoice_it_was_still_received(self):
        invoice = self.invoice()
        self.pay(invoice, "2024-03-20")
        invoice.line_ids.remove_move_reconcile()
        self.earns(0)
        self.assertEqual(self.amounts(), [1000])

    def test_cancelled(self):
        payment = self.receive(500, "2024-03-01")
        first = self.received()
        payment.action_draft()
        self.assertFalse(self.received())
        payment.amount = 450
        payment.action_post()
        self.assertEqual(self.received().lineage_id, first)
        self.assertEqual(self.amounts(), [450])
        payment.action_cancel()
        self.assertFalse(self.received())
        self.all_in_step()

    def test_rejected(self):
        payment = self.receive(500, "2024-03-01")
        payment.action_reject()
        self.assertFalse(self.received())

    def test_its_entry_is_reset_or_cancelled(self):
        payment = self.receive(500, "2024-03-01")
        payment.move_id.button_draft()
        self.assertFalse(self.received())
        payment.move_id.action_post()
        self.assertEqual(self.amounts(), [500])
        payment.move_id.button_draft()
        payment.move_id.button_cancel()
        self.assertFalse(self.received())
        self.all_in_step()

    def test_deleted(self):
        payment = self.receive(500, "2024-03-01")
        payment.unlink()
        self.assertFalse(self.received())

    def test_without_an_entry(self):
        """With an accounting app beside us, a payment need not have an entry of its own."""
        self.bank.inbound_payment_method_line_ids.payment_account_id = False
        AccountMove = self.env.registry["account.move"]
        with patch.object(AccountMove, "_get_invoice_in_payment_state", lambda move: "in_payment"):
            payment = self.pay(self.invoice(), "2024-03-15", journal_id=self.bank.id)
            self.assertFalse(payment.move_id)
            self.assertEqual(self.amounts(), [1000])
            self.all_in_step()
            payment.action_draft()
        self.assertFalse(self.received())

    def in_process(self):
        """As with an accounting app beside us: payments have no entries."""
        self.bank.inbound_payment_method_line_ids.payment_account_id = False
        return patch.object(
            self.env.registry["account.move"],
            "_get_invoice_in_payment_state",
            lambda move: "in_payment",
        )

    def pay_without_entry(self, invoices, amount=None, **values):
        payment = self.pay(invoices, "2024-03-15", amount, journal_id=self.bank.id, **values)
        self.assertFalse(payment.move_id)
        return payment

    def test_part_payments_without_an_entry(self):
        """10,000.00: 1.00 and 9,998.99 settle nothing, the last cent all of it."""
        with self.in_process():
            invoice = self.invoice(10000)
            self.pay_without_entry(invoice, 1)
            self.assertEqual(invoice.payment_state, "in_payment")
            self.earns(0)
            second = self.pay_without_entry(invoice, 9998.99)
            self.earns(0)
            self.pay_without_entry(invoice, 0.01)
            self.earns(1000)
            self.all_in_step()
            second.unlink()
            self.assertEqual(invoice.payment_state, "in_payment")
            self.earns(0)

    def test_a_payment_without_an_entry_is_deleted(self):
        """The points are gone with it, not in the night after."""
        with self.in_process():
            invoice = self.invoice()
            payment = self.pay_without_entry(invoice)
            self.earns(100)
            payment.unlink()
            self.assertEqual(invoice.payment_state, "not_paid")
            self.earns(0)

    def test_one_payment_without_an_entry_for_two_invoices(self):
        """600.00 for 400.00 and 600.00 settle the first; 400.00 more, the other one."""
        with self.in_process():
            first = self.invoice(400, invoice_date_due="2024-03-20")
            second = self.invoice(600)
            self.pay_without_entry(first + second, 600, group_payment=True)
            self.earns(40)
            self.pay_without_entry(second, 400)
            self.earns(100)

    def test_a_part_without_an_entry_and_the_rest_in_the_books(self):
        with self.in_process():
            invoice = self.invoice()
            self.pay_without_entry(invoice, 1)
            self.earns(0)
            entry = self.entry("2024-03-20", 999, self.bank.default_account_id)
            self.match(invoice, entry)
            self.assertEqual((invoice.payment_state, invoice.amount_residual), ("in_payment", 1))
            self.earns(100)

    def test_paid_without_an_entry_and_then_wholly_in_the_books(self):
        """What settles it is no longer the payment without an entry."""
        with self.in_process():
            invoice = self.invoice()
            self.pay_without_entry(invoice, 1)
            self.match(invoice, self.entry("2024-03-20", 1000, self.bank.default_account_id))
            self.assertFalse(invoice.amount_residual)
            self.earns(100)

    def test_in_another_currency_without_an_entry(self):
        """1,000.00 at 3 for one of ours: 3,000.00 settle it, 2,999.00 do not."""
        currency = self.setup_other_currency("EUR", rates=[("2024-01-01", 3.0)])
        with self.in_process():
            short = self.pay_without_entry(self.invoice(), 2999, currency_id=currency.id)
            self.earns(0)
            short.action_draft()
            self.pay_without_entry(short.invoice_ids, 3000, currency_id=currency.id)
            self.earns(100)

    def test_early_payment_discount_without_an_entry(self):
        """2 % less within 14 days: 980.00 settle 1,000.00, 979.99 do not."""
        term = self.env["account.payment.term"].create(
            {
                "name": "2/14",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 14,
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})
                ],
            }
        )
        with self.in_process():
            short = self.invoice(invoice_payment_term_id=term.id)
            self.pay_without_entry(short, 979.99)
            self.earns(0)
            invoice = self.invoice(invoice_payment_term_id=term.id)
            self.pay_without_entry(invoice, 980)
            self.earns(100)

    def test_money_to_a_client_or_from_a_supplier(self):
        for payment_type, partner_type in (("outbound", "customer"), ("inbound", "supplier")):
            self.env["account.payment"].create(
                {
                    "payment_type": payment_type,
                    "partner_type": partner_type,
                    "partner_id": self.client_partner.id,
                    "amount": 10,
                    "date": "2024-03-20",
                    "journal_id": self.bank.id,
                }
            ).action_post()
        self.assertFalse(self.received())
        self.all_in_step()

    def test_by_who_has_no_right_in_the_programme(self):
        user = new_test_user(self.env, "cashier_test", groups="account.group_account_invoice")
        payment = self.receive(500, "2024-03-01")
        payment.with_user(user).action_draft()
        payment.with_user(user).action_post()
        self.assertEqual(self.amounts(), [500])

    def test_it_is_no_contact(self):
        client = self.env["loyalty.service.client"]._ensure(self.client_partner, self.env.company)
        self.receive(500, "2024-03-01")
        self.assertFalse(client.last_contact_date)

    def test_on_the_timeline(self):
        self.receive(500, "2024-03-01")
        [row] = self.Event.get_timeline(self.client_partner.id)["events"]
        self.assertEqual((row["type"], row["kind"]), ("Payment received", "payment"))
        self.assertIn("500.00", row["amount"])
        self.assertTrue(row["has_source"])

    # ------------------------------------------------------------------
    # Money without a payment
    # ------------------------------------------------------------------

    def test_a_line_of_a_bank_statement(self):
        """It is nobody's until somebody says whose it is."""
        line = self.env["account.bank.statement.line"].create(
            {
                "date": "2024-03-20",
                "journal_id": self.bank.id,
                "payment_ref": "Thank you",
                "partner_id": self.client_partner.id,
                "amount": 1000,
            }
        )
        self.assertFalse(self.received())
        suspense = line.move_id.line_ids.filtered(
            lambda part: part.account_id == self.bank.suspense_account_id
        )
        line.move_id.with_context(force_delete=True, skip_readonly_check=True).write(
            {
                "line_ids": [
                    Command.update(
                        suspense.id,
                        {"account_id": self.owed.id, "partner_id": self.client_partner.id},
                    )
                ]
            }
        )
        event = self.received()
        self.assertEqual((event.res_model, event.res_id), ("account.move", line.move_id.id))
        invoice = self.invoice()
        self.match(invoice, line.move_id)
        self.assertEqual(invoice.payment_state, "paid")
        self.earns(100)
        self.assertEqual(self.amounts(), [1000])
        self.all_in_step()
        line.action_undo_reconciliation()
        self.earns(0)
        self.assertFalse(self.received())
        self.all_in_step()

    def test_an_entry_of_the_bank(self):
        entry = self.bank_entry((self.contact, 300), (self.client_partner, 200))
        self.assertEqual(self.amounts(), [500])
        self.assertEqual(self.received().summary, entry.name)
        entry.button_draft()
        self.assertFalse(self.received())
        entry.action_post()
        self.assertEqual(self.amounts(), [500])
        entry.button_draft()
        entry.unlink()
        self.assertFalse(self.received())

    def test_an_entry_of_several_clients(self):
        """Each line is a payment; what goes back to a client is none."""
        entry = self.bank_entry(
            (self.client_partner, 300), (self.other, 250), (self.client_partner, -50)
        )
        self.assertEqual((self.amounts(), self.amounts(self.other)), ([300], [250]))
        self.all_in_step()
        entry.button_draft()
        entry.line_ids.filtered(lambda line: line.credit == 250).partner_id = self.client_partner
        entry.action_post()
        self.assertEqual((self.amounts(), self.amounts(self.other)), ([500], []))
        self.all_in_step()
        entry.button_draft()
        entry.unlink()
        self.assertFalse(self.received())

    def test_an_entry_that_moves_no_money(self):
        self.entry("2024-03-20", 100, self.expense)
        self.assertFalse(self.received())

    # ------------------------------------------------------------------
    # By other ways
    # ------------------------------------------------------------------

    def test_what_was_there_before(self):
        """Of a firm that paid and was paid before the addon came, the nightly action finds it."""
        payment, entry = self.receive(500, "2024-03-01"), self.bank_entry((self.other, 250))
        self.env.flush_all()
        self.env.cr.execute(
            "DELETE FROM loyalty_service_event WHERE res_model IN "
            "('account.payment', 'account.move') AND partner_id IN %s",
            [tuple((self.client_partner + self.other).ids)],
        )
        self.env.invalidate_all()
        self.assertIn(payment.id, payment._loyalty_unsynced_ids())
        self.assertIn(entry.id, entry._loyalty_unsynced_ids())
        payment._loyalty_sync_due()
        entry._loyalty_sync_due()
        self.assertEqual((self.amounts(), self.amounts(self.other)), ([500], [250]))
        self.all_in_step()

    def test_an_amount_that_was_changed_behind_our_back(self):
        payment = self.receive(500, "2024-03-01")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_payment SET amount_company_currency_signed = 400 WHERE id = %s",
            [payment.id],
        )
        self.env.invalidate_all()
        self.assertIn(payment.id, payment._loyalty_unsynced_ids())
        payment._loyalty_sync_received()
        self.assertEqual(self.amounts(), [400])

    def test_any_number_costs_the_same(self):
        def cost(count):
            payments = self.env["account.payment"].union(
                *(self.receive(10 + number, "2024-03-01") for number in range(count))
            )
            self.env.flush_all()
            self.env.cr.execute(
                "DELETE FROM loyalty_service_event WHERE res_model = 'account.payment' "
                "AND res_id IN %s",
                [tuple(payments.ids)],
            )
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            payments._loyalty_sync_received()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        cost(1)
        self.assertLessEqual(cost(20), cost(2) + 1)
