from datetime import timedelta

from lxml import etree

from odoo.tests import freeze_time, new_test_user, tagged, warmup
from odoo.tools import format_date

from .invoicing import InvoicingCommon


@tagged("post_install", "-at_install")
class TestPending(InvoicingCommon):
    """Points that wait for a payment: what the payment brings, and no row in the ledger."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.env.company._loyalty_day()
        cls.due = cls.today + timedelta(days=10)

    def bill(self, amount=1200.0, due=None, **values):
        return self.invoice(
            amount,
            invoice_date=self.today - timedelta(days=20),
            invoice_date_due=due or self.due,
            **values,
        )

    def waiting(self, partner=None):
        client = self.env["loyalty.service.client"]._ensure(
            partner or self.client_partner, self.env.company
        )
        client.invalidate_recordset()
        return [(one.invoice, one.points) for one in client._pending()[client]]

    def moves(self):
        return self.env["loyalty.service.move"].search_count([])

    def test_they_wait_and_become_points(self):
        before = self.moves()
        invoice = self.bill()
        self.assertEqual(self.waiting(), [(invoice.name, 120)])
        client = self.client_of()
        self.assertEqual(client.pending_points, 120)
        self.assertEqual(
            client.pending_text,
            f"120 points waiting for the payment of {invoice.name} until "
            f"{format_date(self.env, self.due)}",
        )
        self.assertEqual(self.client_partner.loyalty_pending_text, client.pending_text)
        self.assertEqual((self.moves(), client.points), (before, 0))
        self.pay(invoice, self.today)
        self.assertEqual(self.waiting(), [])
        self.assertFalse(client.pending_text)
        self.earns(120)

    def test_what_is_overdue_brings_what_a_late_payment_brings(self):
        """0.05 x 1,200 = 60."""
        invoice = self.bill(due=self.today - timedelta(days=1))
        self.assertEqual(self.waiting(), [(invoice.name, 60)])
        self.assertIn("due since", self.client_of().pending_text)
        self.pay(invoice, self.today)
        self.earns(60)

    def test_today_is_on_time(self):
        invoice = self.bill(due=self.today)
        self.assertEqual(self.waiting(), [(invoice.name, 120)])

    def test_paid_in_part(self):
        """All points wait until all is paid."""
        invoice = self.bill()
        self.pay(invoice, self.today, 1199)
        self.assertEqual(self.waiting(), [(invoice.name, 120)])

    def test_credited_or_cancelled(self):
        invoice = self.bill()
        refund = self.credit(invoice, self.today, 200)
        self.assertEqual(self.waiting(), [(invoice.name, 100)])
        refund.button_draft()
        self.assertEqual(self.waiting(), [(invoice.name, 120)])
        invoice.button_draft()
        self.assertEqual(self.waiting(), [])
        invoice.action_post()
        self.assertEqual(self.waiting(), [(invoice.name, 120)])
        invoice.button_draft()
        invoice.button_cancel()
        self.assertEqual(self.waiting(), [])

    def test_reversed_in_full(self):
        invoice = self.bill()
        invoice._reverse_moves([{"invoice_date": self.today}], cancel=True)
        self.assertEqual(self.waiting(), [])

    def test_caps_are_shared_with_what_was_given_and_with_each_other(self):
        """At most 300 a year: 120 given, 120 wait, and of the next 120 only 60."""
        self.on_time.write({"cap_points": 300, "cap_period": "year"})
        self.pay(self.bill(), self.today)
        self.earns(120)
        first = self.bill(due=self.due - timedelta(days=1))
        second, third = self.bill(), self.bill()
        self.assertEqual(self.waiting(), [(first.name, 120), (second.name, 60)])
        self.pay(first, self.today)
        self.pay(second, self.today)
        self.pay(third, self.today)
        self.earns(300)

    def test_filter_days_and_tier_as_for_the_payment(self):
        """Middle (200 points): x 1.5 = 180. Filters and the last day of a rule count."""
        self.record(None, None)
        self.assertEqual(self.client_of().tier_id, self.middle)
        self.on_time.use_tier_multiplier = True
        invoice = self.bill()
        self.assertEqual(self.waiting(), [(invoice.name, 180)])
        self.on_time.domain = "[('amount', '>', 1200)]"
        self.assertEqual(self.waiting(), [])
        self.on_time.domain = "[('amount', '>=', 1200), ('partner_id.category_id', '=', False)]"
        self.assertEqual(self.waiting(), [(invoice.name, 180)])
        self.on_time.date_to = self.today - timedelta(days=1)
        self.assertEqual(self.waiting(), [])

    # ------------------------------------------------------------------
    # Paid before
    # ------------------------------------------------------------------

    def reopened(self, amount=10000.0, **values):
        """Return an invoice that was paid, and whose payment was taken off again."""
        invoice = self.bill(amount, **values)
        self.pay(invoice, self.today)
        invoice.line_ids.remove_move_reconcile()
        self.earns(0)
        return invoice

    def test_paid_before_in_another_tier(self):
        """10,000.00 brought 1,000 at Start, and the client to the top: x 2 for other money."""
        self.on_time.use_tier_multiplier = True
        invoice = self.reopened()
        self.assertEqual(self.client_of().tier_id, self.top)
        self.assertEqual(self.waiting(), [(invoice.name, 1000)])
        self.assertIn("1,000 points", self.client_of().pending_text)
        self.assertEqual(
            [one.points for one in self.client_of()._prepare_portal_values()["pending"]], [1000]
        )
        fresh = self.bill(100.0)
        self.assertEqual(self.waiting(), [(invoice.name, 1000), (fresh.name, 20)])
        self.pay(invoice, self.today)
        self.earns(1000)

    def test_paid_before_by_a_rule_that_is_archived(self):
        invoice = self.reopened()
        (self.on_time + self.late).active = False
        self.assertEqual(self.waiting(), [(invoice.name, 1000)])
        self.bill(500.0)
        self.assertEqual(self.waiting(), [(invoice.name, 1000)])
        self.pay(invoice, self.today)
        self.earns(1000)

    def test_paid_before_by_a_rule_that_gives_more_now(self):
        invoice = self.reopened()
        self.on_time.points_per_unit = 0.5
        self.assertEqual(self.waiting(), [(invoice.name, 1000)])
        self.pay(invoice, self.today)
        self.earns(1000)

    def test_paid_before_and_credited_since(self):
        """Of 10,000.00 are 7,500.00 left: 750."""
        invoice = self.reopened()
        self.credit(invoice, self.today, 2500)
        self.assertEqual(self.waiting(), [(invoice.name, 750)])

    def test_paid_before_and_late_by_now(self):
        """What came in time brought 0.1 a unit; late, by the other rule, 0.05."""
        invoice = self.reopened()
        with freeze_time(f"{self.due + timedelta(days=1)} 12:00:00"):
            self.assertEqual(self.waiting(), [(invoice.name, 500)])
            self.pay(invoice, self.due + timedelta(days=1))
            self.earns(500)

    def test_paid_before_and_a_rule_made_since(self):
        """It is for what is recorded first from now on, and the new rule is no part of it."""
        invoice = self.reopened()
        event = self.Event.search([("res_id", "=", invoice.id), ("res_model", "=", invoice._name)])
        self.env.cr.execute(
            "UPDATE loyalty_service_event SET create_date = create_date - interval '1 day' "
            "WHERE id IN %s",
            [tuple(event.ids)],
        )
        self.env.invalidate_all()
        self.add_rule("invoice_paid_on_time", points_fixed=50)
        self.assertEqual(self.waiting(), [(invoice.name, 1000)])
        self.pay(invoice, self.today)
        self.earns(1000)

    def test_paid_before_under_a_limit_that_others_share(self):
        """At most 1,500 a year: 900 for the new one, due first, and 600 of the 1,000."""
        self.on_time.write({"cap_points": 1500, "cap_period": "year"})
        invoice = self.reopened()
        fresh = self.bill(9000.0, due=self.due - timedelta(days=1))
        self.assertEqual(self.waiting(), [(fresh.name, 900), (invoice.name, 600)])
        self.pay(fresh, self.today)
        self.pay(invoice, self.today)
        self.earns(1500)

    def test_of_a_contact_for_its_company(self):
        invoice = self.bill(partner_id=self.contact.id)
        self.assertEqual(self.waiting(), [(invoice.name, 120)])

    def test_many_are_summed_up(self):
        for _number in range(7):
            self.bill()
        lines = self.client_of().pending_text.splitlines()
        self.assertEqual(len(lines), 6)
        self.assertEqual(lines[-1], "240 points waiting for 2 other invoices")

    def test_drafts_and_other_firms_do_not_wait(self):
        self.bill().button_draft()
        self.assertEqual(self.waiting(), [])
        other = self.env["res.partner"].create({"name": "Other"})
        self.bill(partner_id=other.id)
        self.assertEqual(self.waiting(), [])
        self.assertEqual(len(self.waiting(other)), 1)

    def test_who_may_not_read_invoices_sees_what_waits(self):
        invoice = self.bill()
        user = new_test_user(self.env, "points_only", groups="loyalty_service.group_loyalty_user")
        client = self.client_of().with_user(user)
        self.assertIn(invoice.name, client.pending_text)
        values = client._prepare_portal_values()
        self.assertEqual([one.points for one in values["pending"]], [120])

    def test_on_the_statement(self):
        invoice = self.bill()
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "loyalty_service.client_statement", self.client_of().ids
        )
        self.assertIn(f"120 points waiting for the payment of {invoice.name}".encode(), html)

    def test_opens_the_invoices(self):
        invoice = self.bill()
        action = self.client_of().action_view_pending()
        self.assertEqual(self.env["account.move"].search(action["domain"]), invoice)

    @warmup
    def test_the_number_of_queries_does_not_depend_on_clients_and_invoices(self):
        def cost(clients):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertTrue(all(clients.mapped("pending_points")))
            return self.cr.sql_log_count - before

        partners = self.env["res.partner"].create([{"name": f"P {n}"} for n in range(8)])
        for partner in partners:
            self.bill(partner_id=partner.id)
            reopened = self.bill(partner_id=partner.id)
            self.pay(reopened, self.today)
            reopened.line_ids.remove_move_reconcile()
        clients = self.env["loyalty.service.client"]._ensure(partners, self.env.company)
        cost(clients)
        few = cost(clients[:2])
        self.assertLessEqual(cost(clients), few + 1)

    def test_it_stands_below_the_balance(self):
        """And not in the strip of badges below the name, which shows the balance as well."""
        arch = etree.fromstring(self.env["res.partner"].get_view(view_type="form")["arch"])
        [text] = arch.xpath("//field[@name='loyalty_pending_text']")
        self.assertTrue(text.xpath("ancestor::group[@name='loyalty_points']"))
