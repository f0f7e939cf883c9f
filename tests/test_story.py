"""The whole story in a browser: staff at a desk, in English and in Chinese, and the client on a
phone. Every step uses what the step before it left behind.
"""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .browser import DESK, PHONE, Pages, browser
from .generators import demo_firm

RISK_ACTION = "/odoo/action-loyalty_service.client_at_risk_action"
TICKET_ACTION = "/odoo/action-helpdesk_mgmt.helpdesk_ticket_action"
SAID = "客户问合同到期后能不能不续"
QUESTION = "Where is the summary of the year?"
ANSWER = "The summary of the year is attached."


@tagged("post_install", "-at_install")
class TestStory(Pages, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        demo_firm.load(cls.env, clients=4, months=3, checkpoint=cls.env.flush_all)
        cls.portal_user = cls.env["res.users"].search([("login", "=", "client")])
        cls.partner = cls.portal_user.commercial_partner_id
        cls.client = cls.partner.loyalty_client_id

    # ------------------------------------------------------------------
    # The story
    # ------------------------------------------------------------------

    def test_from_risk_to_satisfaction(self):
        with browser() as (open_page, self.problems):
            desk, chinese = open_page(**DESK), open_page(**DESK)
            phone, link = open_page(**PHONE), open_page(**PHONE)
            self._invoice_paid_on_time()
            self._in_danger()
            with self.allow_requests(all_requests=True):
                self.log_in(phone, "client")
                self._client_asks(phone)
                self.leave(phone)
            self._clocks_run()
            with self.allow_requests(all_requests=True):
                self.log_in(desk, "emma")
                self._staff_sees_the_danger(desk)
                self._staff_logs_a_chat(desk)
                self._staff_answers_the_ticket(desk)
                self.leave(desk)
            url = self._survey_in_the_mail_queue()
            with self.allow_requests(all_requests=True):
                self._client_answers_the_survey(link, url)
                self.leave(link)
            self._answer_in_the_ledger()
            with self.allow_requests(all_requests=True):
                self._client_looks_at_the_portal(phone)
                self.log_in(chinese, "chen")
                self._partner_of_the_firm_reads_it_in_chinese(chinese)
                self.leave(phone, chinese)
            self.assertFalse(self.problems)

    def _invoice_paid_on_time(self):
        """Invoice, payment, event, points: 10 % of 1,000 times the multiplier of the tier."""
        before, multiplier = self.client.points, self.client.tier_id.multiplier
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner.id,
                "invoice_line_ids": [
                    Command.create({"name": "Advice", "price_unit": 1000, "tax_ids": []})
                ],
            }
        )
        invoice.action_post()
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({})._create_payments()
        self.assertEqual(self.client.points - before, int(100 * multiplier))

    def _in_danger(self):
        """The agreement ends within days, and the client complains."""
        agreement = self.client.agreement_ids.filtered(lambda a: a.state == "active")
        agreement.date_end = fields.Date.context_today(agreement) + timedelta(days=9)
        event_type = self.env["loyalty.service.event.type"]._by_code("complaint")
        events = self.env["loyalty.service.event"]
        # The firm has one of this client's in its register already.
        known = [("type_id", "=", event_type.id), ("partner_id", "=", self.partner.id)]
        before = events.search_count(known)
        summaries = ("报表数据有误", "没有人回电话", "收费没有说明")
        events.create(
            [
                {"type_id": event_type.id, "partner_id": self.partner.id, "summary": summary}
                for summary in summaries
            ]
        )
        self.complaints = f"{before + len(summaries)} complaints in 180 days"
        self.client._update_health()
        told = [(line.dimension_id.code, line.reason) for line in self.client.health_line_ids]
        self.assertIn(self.client.health_band, ("watch", "risk"), told)
        self.tier = self.client.tier_id.name
        self.env.flush_all()

    def _client_asks(self, page):
        self.open(page, "/new/ticket")
        page.fill("input[name=subject]", QUESTION)
        page.fill("textarea[name=description]", "Please send it before Friday.")
        self.fits(page)
        page.get_by_role("button", name="Send", exact=True).click()
        page.wait_for_url("**/my/ticket/**")
        page.locator(".o_loyalty_sla_portal").get_by_text("First answer", exact=True).wait_for()

    def _clocks_run(self):
        self.env.invalidate_all()
        self.ticket = self.env["helpdesk.ticket"].search([("name", "=", QUESTION)])
        self.assertEqual(self.ticket.partner_id, self.portal_user.partner_id)
        # The client has written once: nobody waits for a next answer.
        states = set(self.ticket.loyalty_sla_clock_ids.mapped("state"))
        self.assertEqual(states - {"new"}, {"running"})
        self.number = self.ticket.number
        # One that nobody answered was marked and somebody was told, by the scheduled action.
        breached = self.env["helpdesk.ticket"].search([("loyalty_sla_state", "=", "breached")])
        self.assertTrue(breached)
        self.assertTrue(all(ticket.activity_ids for ticket in breached))
        self.breached = breached[0].number

    def _staff_sees_the_danger(self, page):
        self.open(page, RISK_ACTION)
        row = page.locator("tr.o_data_row", has_text="Weber Precision")
        row.get_by_text("Agreement ends in 9 days and is not renewed").wait_for()
        row.get_by_text(self.complaints).wait_for()
        row.locator("td[name=partner_id]").click()
        page.locator(".o_notebook_headers a[name=loyalty_service]").click()
        page.locator(".o_loyalty_health").wait_for()
        tab = page.locator(".tab-pane.active")
        for told in (self.tier, self.complaints):
            tab.get_by_text(told).first.wait_for()

    def _staff_logs_a_chat(self, page):
        """One click, one line, Enter; the timeline below has it at once."""
        line = page.locator(".tab-pane.active .o_loyalty_quick_log")
        line.locator("[data-code=wechat]").click()
        page.keyboard.type(SAID)
        page.keyboard.press("Enter")
        page.locator(".o_notification", has_text="WeChat chat logged").wait_for()
        page.locator(".o_loyalty_timeline").get_by_text(SAID).wait_for()

    def _staff_answers_the_ticket(self, page):
        self.open(page, TICKET_ACTION)
        for number, told in ((self.number, "left"), (self.breached, "breached by")):
            row = page.locator("tr.o_data_row", has_text=number)
            row.locator(".o_loyalty_sla_timer", has_text=told).wait_for()
        page.locator("tr.o_data_row", has_text=self.number).locator("td[name=name]").click()
        page.locator(".o_form_view .o_loyalty_sla_timer").first.wait_for()
        page.get_by_role("button", name="Send message").click()
        page.locator(".o-mail-Composer-input").fill(ANSWER)
        page.locator(".o-mail-Composer-send:enabled").click()
        page.locator(".o-mail-Message", has_text=ANSWER).wait_for()
        page.locator(".o_statusbar_status button.o_first:visible").click()
        page.locator(".o-dropdown--menu .dropdown-item", has_text="Done").click()
        page.locator(".o_statusbar_status .o_arrow_button_current", has_text="Done").wait_for()

    def _survey_in_the_mail_queue(self):
        """The ticket is answered in time and closed, which puts a question into the queue."""
        self.env.invalidate_all()
        self.assertTrue(self.ticket.closed)
        clock = self.ticket.loyalty_sla_clock_ids.filtered(
            lambda clock: clock.target == "first_response"
        )
        self.assertEqual(clock.state, "met")
        invitation = self.env["loyalty.service.survey.invitation"].search(
            [("client_id", "=", self.client.id), ("state", "=", "scheduled")], limit=1
        )
        # The scheduled action commits; this is what it calls. Earlier ones do not hold it up.
        invitation.quiet_days = 0
        invitation._send_due()
        self.assertEqual(invitation.state, "sent")
        mail = self.env["mail.mail"].search(
            [("model", "=", invitation._name), ("res_id", "=", invitation.id)]
        )
        self.assertEqual(mail.state, "outgoing")
        answer = invitation.user_input_id
        self.assertIn(answer.access_token, mail.body_html)
        self.answer = answer
        self.env.flush_all()
        return answer.get_start_url()

    def _client_answers_the_survey(self, page, url):
        self.open(page, url)
        page.get_by_role("button", name="Start").click()
        page.locator("label", has_text="5").click()
        self.fits(page)
        page.get_by_role("button", name="Submit").click()
        page.locator(".modal button", has_text="Submit").click()
        page.get_by_text("Thank you").first.wait_for()

    def _answer_in_the_ledger(self):
        self.env.invalidate_all()
        self.assertEqual(self.answer.state, "done")
        self.assertEqual(self.client.satisfaction, 100)
        self.client._update_health()
        self.env.flush_all()

    def _client_looks_at_the_portal(self, page):
        self.open(page, "/my/home")
        self.fits(page)
        page.locator("a[href='/my/loyalty']").click()
        page.locator("#loyalty_balance").wait_for()
        page.get_by_text(self.tier).first.wait_for()
        self.fits(page)
        with page.expect_download() as download:
            page.locator("a[href='/my/loyalty/statement']").click()
        # While tests run Odoo hands out what would go into the PDF.
        self.assertTrue(download.value.suggested_filename.endswith(".pdf"))
        self.assertIn("Weber Precision", download.value.path().read_text())
        self.open(page, f"/my/ticket/{self.ticket.id}")
        page.get_by_text(ANSWER).wait_for()
        page.locator(".o_loyalty_sla_portal").wait_for()
        self.fits(page)

    def _partner_of_the_firm_reads_it_in_chinese(self, page):
        self.open(page, RISK_ACTION)
        page.get_by_text("流失风险客户").first.wait_for()
        self.open(page, f"/odoo/res.partner/{self.partner.id}")
        page.locator(".o_notebook_headers a[name=loyalty_service]").click()
        page.locator(".o_loyalty_timeline").get_by_text(SAID).wait_for()
        page.locator(".tab-pane.active").get_by_text("满意度").first.wait_for()
