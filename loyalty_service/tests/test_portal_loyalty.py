from datetime import date, timedelta
from unittest import skipIf

from lxml import html

from odoo import Command, fields
from odoo.tests import HttpCase, tagged

from .common import NO_PDF, PointsCommon, PortalLogins, print_text


@tagged("post_install", "-at_install")
class TestPortalLoyalty(PortalLogins, PointsCommon, HttpCase):
    """A visitor sees its own company in the current company, and nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal_user = cls.portal("wang_test", cls.contact)
        cls.other_partner = cls.env["res.partner"].create(
            {"name": "Competitor Ltd", "is_company": True}
        )
        today = fields.Date.today()
        cls.record(today - timedelta(days=40), today - timedelta(days=3), summary="Tea shop")
        cls.record(today, partner=cls.other_partner, summary="A secret of the competitor")
        cls.env["loyalty.service.agreement"].create(
            {
                "name": "Bookkeeping for small taxpayers",
                "partner_id": cls.client_partner.id,
                "date_end": today + timedelta(days=300),
                "monthly_amount": 600,
            }
        ).action_start()
        cls.middle.benefits = "<p>A named accountant</p>"

    def get(self, url="/my/loyalty", login="wang_test"):
        self.authenticate(login, login)
        return self.url_open(url)

    def told(self, page):
        """Return the text of a page, with single spaces."""
        return " ".join(html.fromstring(page).text_content().split())

    def test_a_contact_sees_the_account_of_its_company(self):
        page = self.told(self.get().text)
        for told in (
            "Shanghai Lantern Trading",
            "Middle",
            "300 to Top",
            "A named accountant",
            "Rule for referral_won: Tea shop",
            "Bookkeeping for small taxpayers",
            "What expires when",
        ):
            self.assertIn(told, page)
        self.assertNotIn("competitor", page.lower())

    def test_what_does_not_expire_is_told_beside_what_does(self):
        self.assertNotIn("do not expire", self.told(self.get().text))
        self.client_of()._adjust_points(50, "Goodwill")
        self.assertIn("50 points do not expire.", self.told(self.get().text))

    def test_the_card_on_the_home_page(self):
        page = self.get("/my").text
        self.assertIn('href="/my/loyalty"', page)
        self.assertIn(f'data-card_id="{self.card_of().id}"', page)
        self.assertNotIn(f'data-card_id="{self.card_of(self.other_partner).id}"', page)

    def test_the_card_dialog_reads_the_ledger(self):
        self.authenticate("wang_test", "wang_test")
        url = "/my/loyalty_card/%s/values"
        values = self.make_jsonrpc_request(url % self.card_of().id)
        self.assertEqual(values["card"]["points_display"], "200 Points")
        self.assertEqual([line["points"] for line in values["history_lines"]], ["+100 Points"] * 2)
        others = self.make_jsonrpc_request(url % self.card_of(self.other_partner).id)
        self.assertEqual(others, {})

    def test_the_history_of_the_card_leads_to_the_page(self):
        url = "/my/loyalty_card/%s/history"
        self.assertTrue(self.get(url % self.card_of().id).url.endswith("/my/loyalty"))
        others = self.get(url % self.card_of(self.other_partner).id)
        self.assertTrue(others.url.endswith("/my"))

    def test_pages_of_the_history(self):
        today = fields.Date.today()
        self.record(*[today] * 20, summary="Later")
        first, second = self.get().text, self.get("/my/loyalty/page/2").text
        self.assertEqual(first.count("list-group-item"), 15)
        self.assertEqual(second.count("list-group-item"), 7)
        self.assertIn("/my/loyalty/page/2", first)
        self.assertEqual(self.get("/my/loyalty/page/99").status_code, 200)

    def test_who_has_no_points_yet(self):
        self.portal("new_test", self.env["res.partner"].create({"name": "New"}))
        page = self.get(login="new_test")
        self.assertEqual(page.status_code, 200)
        self.assertIn("No points yet", page.text)
        self.assertTrue(self.get("/my/loyalty/statement", "new_test").url.endswith("/my/loyalty"))

    def test_a_client_without_points(self):
        partner = self.env["res.partner"].create({"name": "Just Called"})
        self.record(code="call", partner=partner)
        self.portal("called_test", partner)
        page = self.told(self.get(login="called_test").text)
        self.assertIn(
            "Your balance 0 Points Start 0 of 200 earned in 12 months 200 to Middle", page
        )
        self.assertIn("your first points will appear here", page)

    def test_another_company_shows_its_own(self):
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        self.portal_user.write({"company_ids": [Command.link(sister.id)], "company_id": sister.id})
        self.assertIn("No points yet", self.get().text)

    def test_who_is_not_logged_in_is_asked_to(self):
        self.authenticate(None, None)
        for url in ("/my/loyalty", "/my/loyalty/statement"):
            self.assertIn("/web/login", self.url_open(url).url)

    def test_the_page_costs_the_same_whatever_the_history(self):
        client = self.client_of()

        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            client._prepare_portal_values()
            client._history_count()
            for line in client._history(limit=15):
                _label = line.move.label
            return self.cr.sql_log_count - before

        cost()
        few = cost()
        self.record(*[fields.Date.today()] * 100, summary="Later")
        self.assertLessEqual(cost(), few)

    def test_the_statement_is_downloaded(self):
        answer = self.get("/my/loyalty/statement")
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        # Odoo renders no PDF while it is tested unless it is told to; see the tests below.
        text = self.told(answer.text)
        self.assertIn("Loyalty Statement Shanghai Lantern Trading", text)
        self.assertNotIn("competitor", text.lower())

    def printed(self, clients):
        """Return the text of the statement of ``clients``, really printed."""
        return print_text("loyalty_service.client_statement", clients, self.user_loyalty)

    @skipIf(NO_PDF, "wkhtmltopdf is not installed")
    def test_the_statement_as_pdf(self):
        self.card_of().points = 150
        text = self.printed(self.client_of())
        for told in (
            "Loyalty Statement",
            "Shanghai Lantern Trading",
            self.env.company.name,
            "Middle",
            "Rule for referral_won: Tea shop",
            "Bookkeeping for small taxpayers",
            "-50",
        ):
            self.assertIn(told, text)
        self.assertNotIn("competitor", text.lower())

    def test_the_pages_for_the_printer_bring_their_styles(self):
        """Nothing to fetch and nothing to wait for; other reports print as ever."""
        Report = self.env["ir.actions.report"]
        report = self.env.ref("loyalty_service.client_statement")
        page, _kind = Report._render_qweb_html(report, self.client_of().ids)
        bodies, _ids, header, footer, asked = report._prepare_html(page, report_model=report.model)
        for part in (*bodies, header, footer):
            self.assertNotIn("/web/assets", part)
            self.assertNotIn("<link", part)
            self.assertIn(".letterhead", part)
        self.assertIn("subst()", footer)
        paper = report.get_paperformat()
        ours = Report._build_wkhtmltopdf_args(paper, False, asked)
        others = Report._build_wkhtmltopdf_args(paper, False)
        self.assertEqual(ours, [*others, "--javascript-delay", "1"])
        invoice = self.env.ref("account.account_invoices")
        self.assertEqual(invoice._get_layout(), self.env.ref("web.minimal_layout"))

    def test_the_address_of_a_firm_that_has_only_a_country(self):
        company = self.env.company
        company.partner_id.write(
            {"country_id": self.env.ref("base.cn").id, "state_id": False, "zip": False}
        )
        company.partner_id.write({"street": False, "street2": False, "city": False})
        self.assertEqual(company.partner_id._loyalty_address_lines(), ["China"])
        page = self.told(self.get("/my/loyalty/statement").text)
        self.assertIn(f"{company.name} China", page)
        self.assertNotIn("China,", page)

    @skipIf(NO_PDF, "wkhtmltopdf is not installed")
    def test_statements_of_several_clients_in_one_document(self):
        self.other_partner.name = "上海灯笼贸易有限公司"
        text = self.printed(self.client_of() + self.client_of(self.other_partner))
        self.assertIn("Shanghai Lantern Trading", text)
        self.assertIn("上海灯笼贸易有限公司", text)

    def test_the_statement_adds_up(self):
        """100 earned 13 months ago, good for 12; 200 since, 150 left: the 100 expire, 50 go."""
        today = fields.Date.today()
        self.record(today - timedelta(days=396), partner=self.other_partner)
        self.record(today - timedelta(days=10), partner=self.other_partner)
        self.card_of(self.other_partner).points = 150
        values = self.client_of(self.other_partner)._prepare_statement_values()
        self.assertEqual(values["opening"], 100)
        self.assertEqual([line.points for line in values["lines"]], [100, 100, -100, -50])
        self.assertEqual(values["balance"], 150)
        self.assertEqual(sum(points for _when, points in values["expiries"]), 150)

    def test_the_statement_has_every_expiry(self):
        """Twelve days one by one, then a line for each month, then what lasts."""
        lots = [(date(2027, 1, 3) + timedelta(days=8 * place), 10) for place in range(16)]
        client = self.client_of().with_context(lang="zh_CN")
        rows = client._expiry_rows([*lots, (None, 5)])
        self.assertEqual([points for _when, points in rows[:12]], [10] * 12)
        # The 13th falls on 9 April, the others on 17 and 25 April and 3 May.
        self.assertEqual(
            rows[12:], [("2027年4月", 30), ("2027年5月", 10), (client._lot_text(None, 5), 5)]
        )
