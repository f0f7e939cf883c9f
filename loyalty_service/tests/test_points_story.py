from dateutil.relativedelta import relativedelta

from odoo import Command, fields
from odoo.tests import HttpCase, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .common import PortalLogins


@tagged("post_install", "-at_install")
class TestPointsStory(PortalLogins, AccountTestInvoicingCommon, HttpCase):
    """From an invoice paid on time to what the client sees, on the default programme.

    Invoice paid on time: 0.1 point per unit, x 1.1 from Silver (1,000 points) on.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client_partner = cls.env["res.partner"].create(
            {"name": "Shanghai Lantern Trading", "is_company": True, "lang": "en_US"}
        )
        cls.contact = cls.env["res.partner"].create(
            {"name": "Wang Fang", "parent_id": cls.client_partner.id, "email": "w@example.com"}
        )
        cls.portal_user = cls.portal("wang_test", cls.contact)
        cls.today = fields.Date.today()

    def invoice(self, amount):
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.contact.id,
                "invoice_date": self.today,
                "invoice_date_due": self.today,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create({"name": "Bookkeeping", "price_unit": amount, "tax_ids": []})
                ],
            }
        )
        invoice.action_post()
        return invoice

    def pay(self, invoice):
        return (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"payment_date": self.today})
            ._create_payments()
        )

    def client(self):
        # sudo: the accountant who acts here is not in the loyalty group.
        return (
            self.env["loyalty.service.client"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", self.client_partner.id),
                    ("company_id", "=", self.env.company.id),
                ]
            )
        )

    def test_paid_invoices_lift_a_client_and_the_portal_shows_it(self):
        first = self.invoice(9990)
        self.assertEqual(self.client().points, 0, "nothing before it is paid")
        self.assertEqual(self.client().tier_id.name, "Standard")
        self.pay(first)
        self.assertEqual(self.client().points, 999)
        self.assertEqual(self.client().tier_id.name, "Standard")
        self.pay(self.invoice(10))
        self.assertEqual(self.client().points, 1000)
        self.assertEqual(self.client().tier_id.name, "Silver")
        self.pay(self.invoice(1000))
        self.assertEqual(self.client().points, 1110, "1000 + 100 x 1.1")

        self.authenticate("wang_test", "wang_test")
        page = self.url_open("/my/loyalty").text
        for told in ("1,110", "Silver", "1,890", "Invoice paid on time", first.name):
            self.assertIn(told, page)
        self.assertIn(f'data-card_id="{self.client().card_id.id}"', self.url_open("/my").text)

    def test_a_payment_taken_back_takes_its_points_back(self):
        invoice, other = self.invoice(5000), self.invoice(2000)
        self.pay(invoice)
        self.pay(other)
        self.assertEqual(self.client().points, 700)
        invoice.line_ids.remove_move_reconcile()
        self.assertEqual(self.client().points, 200)
        self.pay(invoice)
        self.assertEqual(self.client().points, 700)
        self.client().card_id.points = 0
        invoice.line_ids.remove_move_reconcile()
        self.assertEqual(self.client().points, -500, "they were spent, so they are owed")

    def test_a_credit_note_takes_back_exactly_its_invoice(self):
        invoice, other = self.invoice(5000), self.invoice(2000)
        self.pay(invoice)
        self.pay(other)
        reversal = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "date": self.today})
        )
        credit_note = self.env["account.move"].browse(reversal.refund_moves()["res_id"])
        credit_note.action_post()
        self.assertEqual(self.client().points, 200)
        moves = self.client().card_id.service_move_ids
        taken = moves.filtered("reverses_id")
        self.assertEqual(taken.points, -500)
        self.assertEqual(taken.reverses_id.event_id.res_id, invoice.id)

    def test_invoices_from_before_the_rule_earn_nothing(self):
        rule = self.env.ref("loyalty_service.earning_rule_paid_on_time").sudo()
        self.assertEqual(rule.date_from, self.env.company._loyalty_day(rule.create_date))
        rule.date_from = fields.Date.add(self.today, days=1)
        self.pay(self.invoice(5000))
        self.assertEqual(self.client().points, 0)

    def test_the_examples_of_the_documentation(self):
        """The table under "What an earning rule gives" in readme/CONFIGURE.md."""
        silver = self.env.ref("loyalty_service.tier_silver").sudo()
        self.pay(self.invoice(2990))
        self.assertEqual(self.client().points, 299)

        self.client().tier_id = silver
        self.pay(self.invoice(2990))
        self.assertEqual(self.client().points, 299 + 328)

        self.today -= relativedelta(days=3)
        late = self.invoice(2990)
        self.today += relativedelta(days=3)
        self.env["loyalty.service.earning.rule"].sudo().search([]).date_from = False
        self.pay(late)
        self.assertEqual(self.client().points, 299 + 328 + 149)

    def test_an_invoice_paid_in_parts_earns_once_it_is_paid(self):
        invoice = self.invoice(2990)
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        register.create({"payment_date": self.today, "amount": 1000})._create_payments()
        self.assertEqual(self.client().points, 0)
        register.create({"payment_date": self.today})._create_payments()
        self.assertEqual(self.client().points, 299)

    def test_half_an_invoice_credited_earns_for_the_other_half(self):
        invoice = self.invoice(2000)
        credit_note = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": self.contact.id,
                "invoice_date": self.today,
                "reversed_entry_id": invoice.id,
                "invoice_line_ids": [
                    Command.create({"name": "Discount", "price_unit": 1000, "tax_ids": []})
                ],
            }
        )
        credit_note.action_post()
        lines = (invoice + credit_note).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        lines.reconcile()
        self.assertEqual(self.client().points, 0)
        self.pay(invoice)
        self.assertEqual(self.client().points, 100)

    def test_an_invoice_in_another_currency(self):
        """At 2 units of foreign currency for one of the company's: 3,000 are 1,500."""
        currency = self.setup_other_currency("EUR", rates=[("1900-01-01", 2.0)])
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.contact.id,
                "currency_id": currency.id,
                "invoice_date": self.today,
                "invoice_date_due": self.today,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create({"name": "Bookkeeping", "price_unit": 3000, "tax_ids": []})
                ],
            }
        )
        invoice.action_post()
        self.pay(invoice)
        self.assertEqual(self.client().points, 150)
