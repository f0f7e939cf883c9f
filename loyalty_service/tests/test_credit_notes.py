import runpy

from odoo import Command
from odoo.tests import tagged
from odoo.tools import file_path

from .invoicing import InvoicingCommon


@tagged("post_install", "-at_install")
class TestCreditNotes(InvoicingCommon):
    """Credit notes beside the examples of the help text: chains, circles, what is undone.

    Invoices are of 1,000.00 if nothing else is said; 0.1 point per unit on time, 0.05 late.
    """

    def points_of(self, *invoices):
        """Return what each invoice has given, by what stands of it."""
        events = self.standing(self.client_partner, "invoice_paid_on_time", "invoice_paid_late")
        self.assertLessEqual(set(events.mapped("res_id")), {invoice.id for invoice in invoices})
        given = {event.res_id: event.points for event in events}
        self.earns(sum(given.values()))
        return [given.get(invoice.id, 0) for invoice in invoices]

    # ------------------------------------------------------------------
    # Invoices that reverse credit notes
    # ------------------------------------------------------------------

    def test_a_reversal_is_reversed_again(self):
        invoice = self.invoice()
        self.pay(invoice, "2024-03-20")
        note = self.credit(invoice, "2024-04-10", 250)
        reversal = self.credit(note, "2024-04-12")
        self.assertEqual(self.points_of(invoice, reversal), [100, 0])
        again = self.credit(reversal, "2024-04-15")
        self.assertEqual(self.points_of(invoice, reversal), [75, 0])
        again.button_draft()
        self.assertEqual(self.points_of(invoice, reversal), [100, 0])
        reversal.button_draft()
        self.assertEqual(self.points_of(invoice, reversal), [75, 0])
        note.button_draft()
        self.assertEqual(self.points_of(invoice, reversal), [100, 0])

    def test_what_is_restored_goes_by_the_first_rates(self):
        """A client that has risen since gets no more for the same business, nor a second time
        what a rule gives for each invoice."""
        self.on_time.write({"use_tier_multiplier": True, "points_fixed": 10})
        invoice = self.invoice()
        self.pay(invoice, "2024-03-20")
        self.assertEqual(self.points_of(invoice), [110])
        self.client_of().sudo().tier_id = self.top
        self.credit(self.credit(invoice, "2024-04-10", 250), "2024-04-12")
        self.assertEqual(self.points_of(invoice), [110])

    def test_a_reversal_that_nobody_has_paid(self):
        """The note has paid another invoice already, so that its reversal is to be paid anew."""
        invoice, other = self.invoice(), self.invoice(250)
        self.pay(invoice, "2024-03-20")
        note = self.credit(invoice, "2024-03-25", 250)
        self.match(other, note)
        reversal = self.credit(note, "2024-03-26")
        self.assertEqual(reversal.payment_state, "not_paid")
        self.assertEqual(self.points_of(invoice, other, reversal), [75, 25, 0])
        self.pay(reversal, "2024-03-26")
        self.assertEqual(self.points_of(invoice, other, reversal), [100, 25, 0])
        reversal.line_ids.remove_move_reconcile()
        self.assertEqual(self.points_of(invoice, other, reversal), [75, 25, 0])
        # What it gives back was earned in time.
        self.pay(reversal, "2027-06-30")
        self.assertEqual(self.points_of(invoice, other, reversal), [100, 25, 0])

    def test_a_reversal_of_a_note_that_stands_no_more(self):
        """It is an invoice as any other then."""
        invoice = self.invoice()
        self.pay(invoice, "2024-03-20")
        note = self.credit(invoice, "2024-04-10", 250)
        reversal = self.credit(note, "2024-04-12")
        note.button_draft()
        # Odoo leaves the two reconciled: one is settled with what is no longer there.
        self.assertEqual(self.points_of(invoice, reversal), [100, 0])
        note.line_ids.remove_move_reconcile()
        self.pay(reversal, "2024-04-12")
        self.assertEqual(self.points_of(invoice, reversal), [100, 25])

    def test_a_reversal_is_deleted(self):
        invoice = self.invoice()
        self.pay(invoice, "2024-03-20")
        reversal = self.credit(self.credit(invoice, "2024-04-10", 250), "2024-04-12")
        reversal.button_draft()
        reversal.with_context(force_delete=True).unlink()
        self.assertEqual(self.points_of(invoice), [75])

    # ------------------------------------------------------------------
    # Credit notes that settle other invoices
    # ------------------------------------------------------------------

    def credited(self, invoice, on, amount=None, to=None):
        """Set a credit note of ``invoice`` off against the invoice ``to``."""
        note = self.credit_apart(invoice, on, amount)
        self.match(to, note)
        return note

    def test_a_chain(self):
        """A mistake in the invoice that corrects a mistake: the payment stays where it is."""
        first, second, third = (self.invoice() for _number in range(3))
        self.pay(first, "2024-03-20")
        self.credited(first, "2024-03-21", to=second)
        self.assertEqual(self.points_of(first, second), [0, 100])
        self.credited(second, "2024-03-22", to=third)
        self.assertEqual(self.points_of(first, second, third), [0, 0, 100])
        first.line_ids.remove_move_reconcile()
        self.assertEqual(self.points_of(first, second, third), [0, 0, 0])

    def test_a_circle(self):
        """Two invoices that nobody has paid, each settled with a credit note of the other."""
        first, second = self.invoice(), self.invoice()
        notes = [self.credit_apart(invoice, "2024-03-10") for invoice in (first, second)]
        self.match(second, notes[0])
        self.match(first, notes[1])
        self.assertEqual((first + second).mapped("payment_state"), ["reversed", "reversed"])
        self.assertEqual(self.points_of(first, second), [0, 0])

    def test_the_payment_of_the_other_invoice_is_taken_off(self):
        invoice, other = self.invoice(), self.invoice(400)
        payment = self.pay(invoice, "2024-03-20")
        self.pay(other, "2024-03-20", 150)
        self.credited(invoice, "2024-03-21", 250, to=other)
        self.assertEqual(self.points_of(invoice, other), [75, 40])
        invoice.line_ids.remove_move_reconcile()
        self.assertEqual(self.points_of(invoice, other), [0, 15])
        self.match(invoice, payment.move_id)
        self.assertEqual(self.points_of(invoice, other), [75, 40])

    def test_the_note_is_taken_off(self):
        invoice, other = self.invoice(), self.invoice(250)
        self.pay(invoice, "2024-03-20")
        note = self.credited(invoice, "2024-03-21", 250, to=other)
        self.assertEqual(self.points_of(invoice, other), [75, 25])
        note.line_ids.remove_move_reconcile()
        self.assertEqual(self.points_of(invoice, other), [75, 0])
        note.button_draft()
        self.assertEqual(self.points_of(invoice, other), [100, 0])

    def test_money_that_came_late(self):
        """Paid on 4 April: 750.00 and 250.00 at 0.05, each rounded down."""
        invoice, other = self.invoice(), self.invoice(250)
        self.pay(invoice, "2024-04-04")
        self.credited(invoice, "2024-04-10", 250, to=other)
        self.assertEqual(self.points_of(invoice, other), [37, 12])
        late = self.standing(self.client_partner, "invoice_paid_late")
        self.assertEqual(late.mapped("value"), [4, 4])

    def test_more_is_credited_than_there_was(self):
        invoice, other = self.invoice(), self.invoice(250)
        self.credit(invoice, "2024-03-10")
        self.credited(invoice, "2024-03-11", 250, to=other)
        self.assertEqual((invoice + other).mapped("payment_state"), ["reversed", "reversed"])
        self.assertEqual(self.points_of(invoice, other), [0, 0])

    def test_taxes_do_not_count(self):
        """1,000.00 and 10 % paid; 250.00 and 10 % credited for another invoice."""
        tax = self.env["account.tax"].create({"name": "10%", "amount": 10})

        def invoice(amount):
            line = {"name": "Bookkeeping", "price_unit": amount, "tax_ids": tax.ids}
            return self.invoice(invoice_line_ids=[Command.create(line)])

        first, second = invoice(1000), invoice(250)
        self.assertEqual(second.amount_total, 275)
        self.pay(first, "2024-03-20")
        self.credited(first, "2024-03-21", 250, to=second)
        self.assertEqual(self.points_of(first, second), [75, 25])

    def test_credited_in_part_and_set_off_against_a_bill(self):
        """Odoo calls it reversed; 750.00 of it are as good as money."""
        invoice = self.invoice()
        self.credit(invoice, "2024-03-10", 250)
        payable = self.company_data["default_account_payable"]
        self.match(invoice, self.entry("2024-03-20", 750, payable))
        self.assertEqual(invoice.payment_state, "reversed")
        invoice._loyalty_sync()
        self.assertEqual(self.points_of(invoice), [75])

    def test_the_nightly_check_follows_notes(self):
        invoice, other = self.invoice(), self.invoice(250)
        self.pay(invoice, "2024-03-20")
        self.credited(invoice, "2024-03-21", 250, to=other)
        self.assertEqual(self.points_of(invoice, other), [75, 25])
        self.env.cr.execute(
            "UPDATE account_move SET payment_state = 'not_paid' WHERE id = %s", [invoice.id]
        )
        self.env.invalidate_all()
        unsynced = set(self.env["account.move"]._loyalty_unsynced_ids())
        self.assertLessEqual({invoice.id, other.id}, unsynced)
        self.env["account.move"].browse(unsynced)._loyalty_sync_due()
        self.assertEqual(self.points_of(invoice, other), [0, 0])

    # ------------------------------------------------------------------
    # Receipts and due days
    # ------------------------------------------------------------------

    def test_a_receipt_waits_for_its_payment(self):
        receipt = self.invoice(move_type="out_receipt")
        (pending,) = (
            self.env["loyalty.service.client"]
            ._ensure(self.client_partner, self.env.company)
            ._pending()
            .values()
        )
        self.assertEqual([(one.invoice_id, one.points) for one in pending], [(receipt.id, 50)])
        posted = self.standing(self.client_partner, "invoice_posted")
        self.assertEqual((posted.res_id, posted.amount), (receipt.id, 1000))

    def test_a_receipt_of_long_ago_is_found(self):
        receipt = self.invoice(move_type="out_receipt")
        self.pay(receipt, "2024-03-20")
        self.env["loyalty.service.event"].sudo()._forget_sources(receipt)
        self.assertIn(receipt.id, self.env["account.move"]._loyalty_unsynced_ids())
        receipt._loyalty_sync_due()
        self.assertEqual(self.points_of(receipt), [100])

    def test_receipts_from_before_the_upgrade(self):
        """A running programme gives what its manager decided."""
        rules = self.on_time + self.late
        rules.active = False
        receipt = self.invoice(move_type="out_receipt")
        self.pay(receipt, "2024-03-20")
        self.standing(self.client_partner).sudo()._reverse("Not known to the older version")
        rules.active = True
        since = rules.mapped("running_since")
        path = file_path("loyalty_service/migrations/19.0.1.3.0/post-receipts.py")
        runpy.run_path(path)["migrate"](self.cr, "19.0.1.2.0")
        self.env.invalidate_all()
        self.assertTrue(all(rule.active for rule in rules))
        self.assertEqual(len(self.standing(self.client_partner)), 2)
        self.assertEqual(self.points_of(receipt), [0])
        self.assertEqual(rules.mapped("running_since"), since, "nobody has changed them")
        receipt.line_ids.remove_move_reconcile()
        self.pay(receipt, "2024-03-21")
        self.assertEqual(self.points_of(receipt), [0], "no new business")
        rules.action_award_past()
        self.env.invalidate_all()
        self.assertEqual(self.points_of(receipt), [100])

    def test_the_day_of_an_instalment_is_changed(self):
        invoice = self.instalments()
        self.match(invoice, self.receive(1000, "2024-04-30").move_id)
        self.assertEqual(self.points_of(invoice), [50])
        first = invoice.line_ids.filtered("date_maturity").sorted("date_maturity")[0]
        first.date_maturity = "2024-04-30"
        self.assertEqual(self.points_of(invoice), [100])
        first.date_maturity = "2024-04-20"
        self.assertEqual(self.points_of(invoice), [50])
        (event,) = self.standing(self.client_partner, "invoice_paid_late")
        self.assertEqual(event.value, 10)

    def test_a_changed_due_day_costs_nothing_without_payment(self):
        invoice = self.invoice()
        invoice.invoice_date_due = "2024-04-15"
        self.assertEqual(self.points_of(invoice), [0])
        self.pay(invoice, "2024-04-10")
        self.assertEqual(self.points_of(invoice), [100])
