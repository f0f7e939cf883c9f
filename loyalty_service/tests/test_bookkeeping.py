import ast
from datetime import date
from inspect import getsource, isfunction

from lxml import etree

from odoo.tests import tagged
from odoo.tools import file_open

from .invoicing import InvoicingCommon


@tagged("post_install", "-at_install")
class TestBookkeeping(InvoicingCommon):
    """The worked examples of the help text, over real invoices, payments and entries.

    Each test says its line of the form in its docstring; that none is missing is a test, too.
    An invoice is of 1,000.00 without taxes, due on 31 March; 0.1 point per unit when it is paid
    on time, 0.05 when it is paid late.
    """

    # ------------------------------------------------------------------
    # The examples
    # ------------------------------------------------------------------

    def test_on_time(self):
        """Paid on 31 March"""
        self.pay(self.invoice(), "2024-03-31")
        self.earns(100)

    def test_late(self):
        """Paid on 4 April, 4 days late"""
        self.pay(self.invoice(), "2024-04-04")
        self.earns(50)
        (event,) = self.standing(self.client_partner, "invoice_paid_late")
        self.assertEqual(event.value, 4)

    def test_in_parts(self):
        """Paid in parts: 400.00 on 20 March earns nothing yet, the other 600.00 on 25 March \
earns all"""
        invoice = self.invoice()
        self.pay(invoice, "2024-03-20", 400)
        self.earns(0)
        self.pay(invoice, "2024-03-25", 600)
        self.earns(100)

    def test_in_parts_and_late(self):
        """Paid in parts: 400.00 on 20 March, the other 600.00 on 4 April: late as a whole"""
        invoice = self.invoice()
        self.pay(invoice, "2024-03-20", 400)
        self.pay(invoice, "2024-04-04", 600)
        self.earns(50)

    def test_instalments(self):
        """Two instalments, due on 31 March and 30 April, each paid on its day"""
        invoice = self.instalments()
        self.pay(invoice, "2024-03-31", 500)
        self.pay(invoice, "2024-04-30", 500)
        self.earns(100)

    def test_the_first_instalment_late(self):
        """Two instalments, both paid on 30 April: the first one is 30 days late"""
        invoice = self.instalments()
        self.match(invoice, self.receive(1000, "2024-04-30").move_id)
        self.earns(50)
        (event,) = self.standing(self.client_partner, "invoice_paid_late")
        self.assertEqual(event.value, 30)

    def test_too_much(self):
        """1,200.00 come in: the 200.00 beyond earn when another invoice is paid with them"""
        payment = self.receive(1200, "2024-03-20")
        self.match(self.invoice(), payment.move_id)
        self.earns(100)
        other = self.invoice(200)
        self.earns(100)
        self.match(other, payment.move_id)
        self.earns(120)

    def test_in_advance(self):
        """Paid in advance, on 15 February"""
        payment = self.receive(1000, "2024-02-15")
        self.earns(0)
        self.match(self.invoice(), payment.move_id)
        self.earns(100)

    def test_credited_before(self):
        """250.00 credited, 750.00 paid"""
        invoice = self.invoice()
        self.match(invoice, self.credit(invoice, "2024-03-10", 250))
        self.pay(invoice, "2024-03-20", 750)
        self.earns(75)

    def test_credited_by_the_firm_late(self):
        """750.00 paid on 20 March, the disputed 250.00 credited on 10 April: the firm was late, \
not the client"""
        invoice = self.invoice()
        self.pay(invoice, "2024-03-20", 750)
        self.earns(0)
        self.match(invoice, self.credit(invoice, "2024-04-10", 250))
        self.earns(75)
        (event,) = self.standing(self.client_partner, "invoice_paid_on_time")
        self.assertEqual(event.date.date(), date(2024, 3, 20))

    def test_credited_after(self):
        """Paid, then 250.00 credited: 100 points are taken back, 75 given"""
        invoice = self.invoice()
        self.pay(invoice, "2024-03-20")
        self.credit(invoice, "2024-04-10", 250)
        self.earns(75)
        rows = self.card_of().service_move_ids.sorted("id")
        self.assertEqual(rows.mapped("points"), [100, -100, 75])

    def test_credited_in_full(self):
        """Paid, then credited in full"""
        invoice = self.invoice()
        self.pay(invoice, "2024-03-20")
        self.credit(invoice, "2024-04-10")
        self.earns(0)

    def test_a_credit_note_of_no_invoice(self):
        """400.00 set off against a credit note of no particular invoice, 600.00 paid"""
        invoice = self.invoice()
        refund = self.invoice(400, move_type="out_refund")
        self.pay(invoice, "2024-03-20", 600)
        self.match(invoice, refund)
        self.assertEqual(invoice.payment_state, "paid")
        self.earns(60)

    def test_discount(self):
        """980.00 paid, 20.00 granted as a discount"""
        self.pay(
            self.invoice(),
            "2024-03-20",
            980,
            payment_difference_handling="reconcile",
            writeoff_account_id=self.expense.id,
        )
        self.earns(98)

    def test_bad_debt(self):
        """400.00 paid on 20 March, 600.00 written off as a bad debt on 31 December: late as a \
whole"""
        invoice = self.invoice()
        self.pay(invoice, "2024-03-20", 400)
        self.match(invoice, self.entry("2024-12-31", 600, self.expense))
        self.assertEqual(invoice.payment_state, "paid")
        (event,) = self.standing(self.client_partner, "invoice_paid_late")
        self.assertEqual(event.amount, 400)
        self.earns(20)

    def test_netting(self):
        """Set off against a bill of the client: as good as money"""
        payable = self.company_data["default_account_payable"]
        self.match(self.invoice(), self.entry("2024-03-20", 1000, payable))
        self.earns(100)

    def test_unreconciled_and_paid_again(self):
        """Paid, then the payment is taken off the invoice again"""
        invoice = self.invoice()
        payment = self.pay(invoice, "2024-03-20")
        invoice.line_ids.remove_move_reconcile()
        self.earns(0)
        self.match(invoice, payment.move_id)
        self.earns(100)

    def test_paid_again_late(self):
        """The same invoice, paid again on 28 April"""
        invoice = self.invoice()
        self.pay(invoice, "2024-03-20")
        invoice.line_ids.remove_move_reconcile()
        self.pay(invoice, "2024-04-28")
        self.earns(50)

    def test_invoiced_anew(self):
        """Paid, reversed and invoiced anew with 800.00, the payment set off against the new \
invoice"""
        invoice = self.invoice()
        payment = self.pay(invoice, "2024-03-20")
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "date": "2024-03-22"})
        )
        anew = self.env["account.move"].browse(wizard.modify_moves()["res_id"])
        self.assertEqual(invoice.payment_state, "reversed")
        self.earns(0)
        anew.invoice_line_ids.price_unit = 800
        anew.invoice_date_due = "2024-03-31"
        anew.action_post()
        self.match(anew, payment.move_id)
        self.assertEqual(anew.payment_state, anew._get_invoice_in_payment_state())
        self.earns(80)

    def test_the_credit_note_reversed(self):
        """Paid, 250.00 credited, and the credit note reversed: it stands as it did at first"""
        invoice = self.invoice()
        self.pay(invoice, "2024-03-20")
        note = self.credit(invoice, "2024-04-10", 250)
        self.earns(75)
        reversal = self.credit(note, "2024-04-12")
        self.assertEqual((reversal.move_type, reversal.payment_state), ("out_invoice", "reversed"))
        self.earns(100)

    def test_credited_for_another_invoice(self):
        """Paid, then 250.00 credited and set off against another invoice: 75 for this one, 25 \
for the other, since that money has come in once"""
        invoice = self.invoice()
        self.pay(invoice, "2024-03-20")
        other = self.invoice(250)
        self.match(other, self.credit(invoice, "2024-03-25", 250))
        self.assertEqual(other.payment_state, "reversed")
        self.earns(100)
        events = self.standing(self.client_partner, "invoice_paid_on_time")
        self.assertEqual(
            {event.res_id: event.amount for event in events}, {invoice.id: 750, other.id: 250}
        )

    def test_credited_for_another_invoice_before_it_was_paid(self):
        """Set off against a credit note of another invoice that nobody has paid: no money yet; \
it earns once the other one is paid"""
        other = self.invoice()
        invoice = self.invoice()
        self.match(invoice, self.credit_apart(other, "2024-03-10"))
        self.assertEqual(invoice.payment_state, "reversed")
        self.earns(0)
        self.pay(other, "2024-03-20")
        self.earns(100)
        (event,) = self.standing(self.client_partner, "invoice_paid_on_time")
        self.assertEqual((event.res_id, event.date.date()), (invoice.id, date(2024, 3, 20)))

    def test_receipt(self):
        """A sales receipt earns as an invoice does"""
        receipt = self.invoice(move_type="out_receipt")
        self.earns(0)
        self.pay(receipt, "2024-03-20")
        self.earns(100)
        self.credit(receipt, "2024-03-25", 250)
        self.earns(75)
        self.credit(receipt, "2024-03-26", 750)
        self.earns(0)

    def test_due_date_corrected(self):
        """Paid on 4 April, and the due date corrected to 15 April afterwards: on time, as the \
invoice now says; 50 points are taken back, 100 given"""
        invoice = self.invoice()
        self.pay(invoice, "2024-04-04")
        self.earns(50)
        invoice.invoice_date_due = "2024-04-15"
        self.earns(100)
        rows = self.card_of().service_move_ids.sorted("id")
        self.assertEqual(rows.mapped("points"), [50, -50, 100])

    def test_foreign_currency(self):
        """2,000.00 in a currency of which 2 make one of ours on the day of the invoice, whatever \
the rate on the day of the payment"""
        currency = self.setup_other_currency(
            "EUR", rates=[("2024-01-01", 2.0), ("2024-03-15", 2.5)]
        )
        invoice = self.invoice(2000, currency_id=currency.id)
        self.pay(invoice, "2024-03-20")
        self.assertTrue(invoice.line_ids.matched_credit_ids.exchange_move_id, "a loss was booked")
        self.earns(100)

    # The note of a foreign invoice takes so much of the invoice, whatever the rate has become:
    # 2,000.00 at a rate of 2 are 1,000.00 of ours and gave 100 points.

    def test_foreign_invoice_credited_in_full(self):
        self.foreign_invoice(credited=None, rate=2.5)
        self.earns(0)

    def test_foreign_invoice_credited_in_part_after_a_fall(self):
        self.foreign_invoice(credited=500, rate=2.5)
        self.earns(75)

    def test_foreign_invoice_credited_in_part_after_a_rise(self):
        self.foreign_invoice(credited=500, rate=1.6)
        self.earns(75)

    def foreign_invoice(self, credited, rate):
        currency = self.setup_other_currency(
            "EUR", rates=[("2024-01-01", 2.0), ("2024-03-15", rate)]
        )
        invoice = self.invoice(2000, currency_id=currency.id)
        self.pay(invoice, "2024-03-10")
        self.earns(100)
        self.credit(invoice, "2024-03-20", credited)

    # ------------------------------------------------------------------
    # The text and the tests say the same
    # ------------------------------------------------------------------

    def test_every_example_of_the_form_is_a_test(self):
        told, tested = self.told(), self.tested()
        self.assertGreater(len(told), 15)
        self.assertEqual(set(told), set(tested))
        for case, points in told.items():
            self.assertIn(points, tested[case], case)

    def test_the_guide_says_the_same_as_the_form(self):
        with file_open("loyalty_service/readme/CONFIGURE.md") as guide:
            lines = guide.read().split("| what the books say | points |")[1].split("\n\n")[0]
        rows = [line.strip("| ").split(" | ") for line in lines.splitlines()[2:]]
        self.assertEqual({case: int(points) for case, points in rows}, self.told())

    def told(self):
        """Return ``{line of the form: the points beside it}``."""
        arch = etree.fromstring(
            self.env["loyalty.service.earning.rule"]
            .with_context(lang="en_US")
            .get_view(view_type="form")["arch"]
        )
        return {
            " ".join("".join(case.itertext()).split()): int(points.text)
            for case, points in arch.iterfind(".//tbody/tr")
        }

    def tested(self):
        """Return ``{docstring of a test of this class: the points that it asserts}``."""
        return {
            " ".join(test.__doc__.split()): {
                call.args[0].value
                for call in ast.walk(ast.parse(f"class Indented:\n{getsource(test)}"))
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "self.earns"
            }
            for name, test in vars(type(self)).items()
            if name.startswith("test_") and isfunction(test) and test.__doc__
        }
