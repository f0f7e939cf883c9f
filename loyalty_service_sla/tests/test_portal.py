from lxml import html

from odoo import http
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import SlaFixture, at


@tagged("post_install", "-at_install")
class TestPortal(SlaFixture, HttpCase):
    """What clients can do with tickets by the web, their own and others'."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_desk()
        cls.other_client = cls.env["res.partner"].create({"name": "Other Ltd", "is_company": True})
        cls.users = {}
        for login, company in (("sla_wang", cls.client_partner), ("sla_other", cls.other_client)):
            cls.users[login] = new_test_user(
                cls.env, login, password=login, groups="base.group_portal"
            )
            cls.users[login].partner_id.parent_id = company
        cls.employee = new_test_user(
            cls.env, "sla_employee", password="sla_employee", groups="base.group_user"
        )
        cls.ticket = cls.env["helpdesk.ticket"].create(
            {"name": "VAT", "description": "x", "partner_id": cls.contact.id}
        )

    def post(self, path, **data):
        return self.url_open(
            path, data={"csrf_token": http.Request.csrf_token(self), **data}, allow_redirects=False
        )

    def close(self, stage=None):
        stage = stage or self.stage_done
        return self.post("/ticket/close", ticket_id=self.ticket.id, stage_id=stage.id)

    def test_a_link_closes_nothing(self):
        """helpdesk_mgmt's own route closes the ticket on this very request."""
        self.authenticate("sla_wang", "sla_wang")
        path = f"/ticket/close?ticket_id={self.ticket.id}&stage_id={self.stage_done.id}"
        self.assertEqual(self.url_open(path, allow_redirects=False).status_code, 405)
        self.assertFalse(self.ticket.closed)

    def test_the_buttons_that_close_say_so(self):
        self.authenticate("sla_wang", "sla_wang")
        heading = "Close the ticket"
        page = self.url_open(f"/my/ticket/{self.ticket.id}").text
        self.assertLess(page.index(heading), page.index('action="/ticket/close"'))
        # Closed behind the question until somebody opens it: one tap closes nothing.
        details = html.fromstring(page).xpath("//details[contains(@class, 'o_loyalty_sla_close')]")
        [details] = [one for one in details if one.get("open") is None]
        self.assertTrue(details.xpath(".//form[@action='/ticket/close']"))
        self.assertFalse(
            html.fromstring(page).xpath("//form[@action='/ticket/close'][not(ancestor::details)]")
        )
        self.assertIn("we stop working on it", details.text_content())
        stages = self.env["helpdesk.ticket.stage"].search([("close_from_portal", "=", True)])
        stages.close_from_portal = False
        self.assertNotIn(heading, self.url_open(f"/my/ticket/{self.ticket.id}").text)

    def test_a_stranger_closes_nothing(self):
        """helpdesk_mgmt's own route closes the ticket of another client."""
        self.authenticate("sla_other", "sla_other")
        self.assertEqual(self.close().status_code, 404)
        self.assertFalse(self.ticket.closed)

    def test_an_employee_without_helpdesk_closes_nothing(self):
        self.ticket.message_subscribe(self.employee.partner_id.ids)
        self.authenticate("sla_employee", "sla_employee")
        self.assertEqual(self.close().status_code, 404)
        self.assertFalse(self.ticket.closed)

    @mute_logger("odoo.http")
    def test_without_token_nothing_is_closed(self):
        self.authenticate("sla_wang", "sla_wang")
        with mute_logger("odoo.http"):
            response = self.url_open(
                "/ticket/close", data={"ticket_id": self.ticket.id, "stage_id": self.stage_done.id}
            )
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self.ticket.closed)

    def test_the_client_closes_in_a_stage_that_is_offered(self):
        self.authenticate("sla_wang", "sla_wang")
        other_team = self.env["helpdesk.ticket.team"].create({"name": "Payroll"})
        foreign = self.stage_done.copy({"name": "Theirs", "team_ids": [(6, 0, other_team.ids)]})
        for stage in (self.stage_awaiting, foreign):
            self.assertEqual(self.close(stage).status_code, 302)
            self.assertFalse(self.ticket.closed, stage.name)
        response = self.close()
        self.assertTrue(response.headers["Location"].endswith(f"/my/ticket/{self.ticket.id}"))
        self.assertEqual(self.ticket.stage_id, self.stage_done)
        solution = self.clock(self.ticket)
        self.assertEqual(solution.state, "met")

    def test_nonsense(self):
        self.authenticate("sla_wang", "sla_wang")
        for ticket_id in ("", "x", "0", "999999999"):
            response = self.post("/ticket/close", ticket_id=ticket_id, stage_id="1")
            self.assertEqual(response.status_code, 404, ticket_id)

    def test_buttons_are_forms_with_a_token(self):
        self.authenticate("sla_wang", "sla_wang")
        page = self.url_open(f"/my/ticket/{self.ticket.id}").text
        form = page.split('action="/ticket/close"')[0].rsplit("<form", 1)[1]
        self.assertIn('method="POST"', form)
        self.assertIn("csrf_token", page.split('action="/ticket/close"')[1].split("</form>")[0])

    def test_a_link_files_nothing(self):
        self.authenticate("sla_wang", "sla_wang")
        path = "/submitted/ticket?subject=Forged&description=x"
        self.assertEqual(self.url_open(path, allow_redirects=False).status_code, 405)
        self.assertFalse(self.env["helpdesk.ticket"].search([("name", "=", "Forged")]))

    def test_what_the_client_is_told(self):
        self.users["sla_wang"].tz = "Asia/Shanghai"
        with at("2035-03-05 10:00"):  # a Monday
            ticket = self.env["helpdesk.ticket"].create(
                {"name": "Payslips", "description": "x", "partner_id": self.contact.id}
            )
        self.authenticate("sla_wang", "sla_wang")
        page = self.url_open(f"/my/ticket/{ticket.id}").text
        self.assertIn("First answer", page)
        self.assertRegex(page, r"We promise an answer by Mon, Mar 5 3:00\sPM\.")
        self.assertRegex(page, r"We promise a solution by Thu, Mar 8 10:00\sAM\.")
        tickets = self.url_open("/my/tickets").text
        self.assertIn("We promise an answer by Mon, Mar 5", tickets)
        # Beside the sentence a phone has room for the stage only.
        for name in ("partner", "number", "category", "create_date", "closed_date"):
            self.assertRegex(tickets, rf'<th name="th_{name}"[^>]*class="[^"]*d-none')
        self.users["sla_wang"].tz = "UTC"
        for path in ("/my/tickets", f"/my/ticket/{ticket.id}"):
            self.assertRegex(self.url_open(path).text, r"by Mon, Mar 5 7:00\sAM", "reader's time")
        self.move("2035-03-05 11:00", ticket, self.stage_awaiting)
        page = f"/my/ticket/{ticket.id}"
        self.assertIn("We are waiting for your answer.", self.url_open(page).text)
        self.answer("2035-03-05 12:00", ticket)
        self.assertIn("We answered on Mon, Mar 5", self.url_open(page).text)
        self.answer("2035-03-06 09:00", ticket, author=self.contact)
        with at("2035-03-20 09:00"):
            lines = ticket._get_loyalty_sla_portal_lines()
        self.assertRegex(lines[1]["text"], r"We are late: we promised a solution by .*Mar 8")
        self.move("2035-03-20 09:00", ticket, self.stage_done)
        self.assertIn("Closed on Tue, Mar 20", self.url_open(page).text)

    def test_by_token_only_its_ticket(self):
        token = self.ticket._portal_ensure_token()
        self.assertIn("First answer", self.url_open(f"/my/ticket/{self.ticket.id}/{token}").text)
        response = self.url_open(f"/my/ticket/{self.ticket.id}/wrong", allow_redirects=False)
        self.assertEqual(response.status_code, 303)

    def test_the_history_of_closing_is_in_the_words_of_staff(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.stage_done.update_field_translations("name", {"zh_CN": "已经完成"})
        self.agent.lang, self.users["sla_wang"].lang = "zh_CN", "en_US"
        self.ticket.user_id = self.agent
        self.authenticate("sla_wang", "sla_wang")
        self.close()
        self.assertTrue(self.ticket.closed)
        values = self.ticket.message_ids.sudo().tracking_value_ids
        self.assertIn("已经完成", values.mapped("new_value_char"))

    def test_the_list_says_what_it_is_about(self):
        """Whole titles, and days without seconds."""
        self.ticket.name = "Change of the legal representative of the branch in Suzhou"
        self.authenticate("sla_wang", "sla_wang")
        page = html.fromstring(self.url_open("/my/tickets").text)
        [cell] = page.xpath("//td[a/span[contains(., 'Change of the legal')]]")
        self.assertIn("text-wrap", cell.get("class"))
        row = " ".join(cell.getparent().text_content().split())
        self.assertNotRegex(row, r"\d:\d\d:\d\d", "no seconds")
