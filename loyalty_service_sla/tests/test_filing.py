from datetime import timedelta

from lxml import html

from odoo import fields, http
from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.loyalty_service.tests.common import PortalLogins

from .answer_common import AnswerFixture
from .common import at, utc


@tagged("post_install", "-at_install")
class TestFiling(AnswerFixture, PortalLogins, HttpCase):
    """What a client reads, files and says in the portal; and what others must not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_answers()
        cls.stranger = cls.env["res.partner"].create({"name": "Other Ltd", "is_company": True})
        cls.stranger_contact = cls.env["res.partner"].create(
            {"name": "Li Na", "parent_id": cls.stranger.id, "email": "li@example.com"}
        )
        cls.portal("filing_wang", cls.contact)
        cls.portal("filing_li", cls.stranger_contact)
        cls.vat = cls.add_answer(
            "When is the VAT return due?", "<p>By the <b>15th</b> of the month.</p>"
        )
        cls.draft = cls.add_answer("VAT return draft", published=False)

    def setUp(self):
        super().setUp()
        self.authenticate("filing_wang", "filing_wang")

    def post(self, path, **data):
        return self.url_open(
            path, data={"csrf_token": http.Request.csrf_token(self), **data}, allow_redirects=False
        )

    def similar(self, question):
        return self.make_jsonrpc_request("/my/answers/similar", {"question": question})["html"]

    def submit(self, **data):
        return self.post("/submitted/ticket", **{"subject": "VAT", "description": "x", **data})

    def filed(self, subject):
        return self.Ticket.search([("name", "=", subject)])

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------

    def test_what_is_offered_while_typing(self):
        html = self.similar("vat return")
        self.assertIn("When is the VAT return due?", html)
        self.assertIn("<b>15th</b>", html)
        self.assertNotIn("draft", html)
        self.assertEqual(self.similar("parking"), "")
        for question in ("", "'", None, 7, ["vat"], {"a": 1}, "x" * 100_000):
            self.similar(question)

    def test_nothing_of_other_clients(self):
        mine = self.file("2026-03-02 10:00", name="VAT <i>return</i> of ours")
        theirs = self.file(
            "2026-03-02 10:00", name="VAT return of theirs", partner_id=self.stranger_contact.id
        )
        for ticket in (mine, theirs):
            self.move("2026-03-02 12:00", ticket, self.stage_done)
        # Where an answer comes from is not shown either.
        self.vat.write({"ticket_id": theirs.id, "reviewed": True})
        for page in (
            self.similar("vat return"),
            self.url_open("/my/answers?search=vat return").text,
        ):
            self.assertIn("VAT &lt;i&gt;return&lt;/i&gt; of ours", page)
            self.assertNotIn("theirs", page)
            self.assertNotIn(theirs.number, page)
        self.assertNotIn("theirs", self.url_open(f"/my/answers/{self.vat.id}").text)

    def test_pages_of_answers(self):
        page = self.url_open("/my/answers").text
        self.assertIn("When is the VAT return due?", page)
        self.assertNotIn("VAT return draft", page)
        self.assertIn(
            "We have no answer to that yet", self.url_open("/my/answers?search=xyzzy").text
        )
        self.assertIn("15th", self.url_open(f"/my/answers/{self.vat.id}").text)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        foreign = self.add_answer("VAT elsewhere", company_id=other.id)
        for answer_id in (self.draft.id, foreign.id, 0, 999_999_999):
            for path in (f"/my/answers/{answer_id}", f"/my/answers/{answer_id}/vote"):
                status = (
                    self.post(path, helped="1").status_code
                    if path.endswith("vote")
                    else self.url_open(path).status_code
                )
                self.assertEqual(status, 404, path)
        self.assertNotIn("elsewhere", self.similar("vat elsewhere"))
        self.assertFalse((self.draft | foreign).vote_ids)

    def test_without_login_nothing_is_read(self):
        self.authenticate(None, None)
        response = self.url_open("/my/answers", allow_redirects=False)
        self.assertIn("/web/login", response.headers["Location"])
        with mute_logger("odoo.http"):
            answer = self.url_open(
                "/my/answers/similar",
                data='{"jsonrpc": "2.0", "method": "call", "params": {"question": "vat"}}',
                headers={"Content-Type": "application/json"},
            ).json()
        self.assertIn("error", answer)
        self.assertNotIn("15th", str(answer))

    # ------------------------------------------------------------------
    # Did it help?
    # ------------------------------------------------------------------

    def test_did_it_help(self):
        path = f"/my/answers/{self.vat.id}/vote"
        self.assertEqual(self.url_open(path, allow_redirects=False).status_code, 405, "no link")
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open(path, data={"helped": "1"}).status_code, 400, "no token")
        self.assertEqual(self.post(path, helped="maybe").status_code, 404)
        self.assertFalse(self.vat.vote_ids)
        self.assertTrue(self.post(path, helped="1").headers["Location"].endswith("helped=1"))
        self.assertEqual(self.post(path, helped="1", at_filing="1", quiet="1").status_code, 204)
        self.assertEqual(self.vat.vote_ids.partner_id, self.contact)
        self.assertEqual((self.vat.helped_count, self.vat.deflected_count), (1, 1))
        # Writing to us after all: no ticket was spared.
        self.submit(subject="VAT after all")
        self.assertTrue(self.filed("VAT after all"))
        self.assertEqual((self.vat.helped_count, self.vat.deflected_count), (1, 0))
        self.authenticate("filing_li", "filing_li")
        self.post(path, helped="0", at_filing="1")
        self.assertEqual((self.vat.helped_count, self.vat.not_helped_count), (1, 1))

    def test_staff_who_try_the_page_do_not_count(self):
        self.agent.password = "sla_agent_password"
        self.authenticate("sla_agent", "sla_agent_password")
        self.post(f"/my/answers/{self.vat.id}/vote", helped="1")
        self.assertFalse(self.vat.vote_ids)

    # ------------------------------------------------------------------
    # Filing
    # ------------------------------------------------------------------

    def test_the_page_has_the_types(self):
        page = self.url_open("/new/ticket?subject=VAT&type=emergency").text
        for code in ("question", "request", "incident", "emergency", "complaint"):
            self.assertIn(f'value="{code}"', page)
        self.assertRegex(page, r'id="type_emergency"[^>]*checked')
        self.assertRegex(page, r'name="subject"[^>]*value="VAT"')

    def test_each_type_is_filed(self):
        for code in ("question", "request", "incident", "emergency", "complaint"):
            response = self.submit(subject=f"  {code} please ", type=code)
            ticket = self.filed(f"{code} please")
            self.assertEqual(ticket.loyalty_ticket_type, code)
            self.assertEqual(ticket.partner_id, self.contact)
            self.assertEqual(ticket.priority, "3" if code == "emergency" else "1")
            self.assertTrue(response.headers["Location"].endswith(f"/my/ticket/{ticket.id}"))
        self.assertTrue(self.filed("complaint please").loyalty_complaint_ids)

    def test_nonsense_is_filed_as_a_question_of_nobody(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        foreign = self.env["helpdesk.ticket.category"].create(
            {"name": "Theirs", "company_id": other.id, "show_in_portal": True}
        )
        company = self.env.company
        company.helpdesk_mgmt_portal_select_category = True
        company.helpdesk_mgmt_portal_select_team = True
        hidden = self.env["helpdesk.ticket.team"].create(
            {"name": "Hidden", "show_in_portal": False}
        )
        for place, (category, team) in enumerate(
            ((foreign.id, hidden.id), ("x", "y"), (999_999_999, -1), ("", ""))
        ):
            response = self.submit(
                subject=f"Nonsense {place}", type="superuser", category=category, team=team
            )
            self.assertEqual(response.status_code, 302)
            ticket = self.filed(f"Nonsense {place}")
            self.assertEqual(ticket.loyalty_ticket_type, "question")
            self.assertFalse(ticket.category_id)
            self.assertEqual(ticket.team_id, company._loyalty_get_portal_team_sudo(foreign))
            self.assertNotIn(ticket.team_id, (hidden, False))
            self.assertEqual(ticket.company_id, company)

    def test_which_team_has_it(self):
        """That of the category, else the one that is chosen for it, else the first."""
        Team = self.env["helpdesk.ticket.team"]
        others = Team.search([("company_id", "in", (False, self.company.id))])
        others.active = False
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        hidden, theirs, first, second = Team.create(
            [
                {"name": "Back office", "sequence": 1, "show_in_portal": False},
                {"name": "Theirs", "sequence": 1, "company_id": elsewhere.id},
                {"name": "Desk", "sequence": 2, "user_id": self.leader.id},
                {"name": "Tax", "sequence": 3},
            ]
        )
        category = self.env["helpdesk.ticket.category"].create(
            {"name": "VAT returns", "show_in_portal": True}
        )
        company = self.env.company
        company.helpdesk_mgmt_portal_select_category = True
        company.helpdesk_mgmt_portal_select_team = True
        stage = self.env["helpdesk.ticket.stage"].create(
            {"name": "Desk only", "team_ids": [(6, 0, first.ids)], "sequence": -10}
        )
        self.submit(subject="T1", category=category.id)
        ticket = self.filed("T1")
        self.assertEqual((ticket.team_id, ticket.stage_id), (first, stage))
        self.assertFalse(ticket.user_id)
        second.category_ids = category
        for subject, chosen, values, expected in (
            ("T2", False, {"category": category.id}, second),
            ("T3", second, {}, second),
            ("T4", hidden, {}, hidden),
            ("T5", hidden, {"category": category.id}, second),
            ("T6", second, {"team": first.id, "category": category.id}, first),
        ):
            company.loyalty_portal_team_id = chosen
            self.submit(subject=subject, **values)
            self.assertEqual(self.filed(subject).team_id, expected, subject)
        second.active = False
        company.loyalty_portal_team_id = second
        self.submit(subject="T7")
        self.assertEqual(self.filed("T7").team_id, first)
        (first | hidden).active = False
        self.submit(subject="T8")
        self.assertTrue(self.filed("T8"), "without any team it is filed all the same")
        with self.assertRaises(ValidationError):
            company.loyalty_portal_team_id = theirs

    def test_an_empty_form_files_nothing(self):
        count = self.Ticket.search_count([])
        for data in ({"subject": "  "}, {"description": ""}):
            response = self.submit(**data)
            self.assertIn("incomplete=1", response.headers["Location"])
        self.assertEqual(self.Ticket.search_count([]), count)
        self.assertIn("in a few words", self.url_open("/new/ticket?incomplete=1").text)

    def test_the_ticket_says_how_far_it_is(self):
        ticket = self.file("2026-03-02 10:00", user_id=False, team_id=False)
        path = f"/my/ticket/{ticket.id}"
        page = self.url_open(path).text
        self.assertRegex(page, r'text-bg-primary"[^>]*>\s*Received')
        self.assertIn("We have it and are finding the right person.", page)
        self.assertNotIn("Stage:", page, "the steps say it")
        self.assertNotIn("Last Stage Update", page)
        self.assertNotRegex(page, r"\d:\d\d:\d\d(?!\d)[^<]*</span>\s*</div>", "no seconds")
        self.assertRegex(page, r'id="helpdesk_ticket_content"[^>]*order-first', "on a phone")
        self.assertIn("o_loyalty_ticket", page, "read anew after an answer")
        ticket.write({"user_id": self.agent.id, "stage_id": self.stage_progress.id})
        page = self.url_open(path).text
        self.assertRegex(page, r'text-bg-primary"[^>]*>\s*In progress')
        self.assertIn(f"{self.agent.name} works on it.", page)
        ticket.stage_id = self.stage_awaiting
        self.assertRegex(self.url_open(path).text, r'text-bg-primary"[^>]*>\s*Waiting for you')

    def test_the_steps_never_go_back(self):
        """Answering leaves a ticket in the stage where it is, and so does the client's answer."""
        answered, paused = (self.file("2026-03-02 10:00") for _number in range(2))
        self.answer("2026-03-02 10:30", answered, author=self.contact)
        self.assertEqual(answered._loyalty_get_portal_step(), "received")
        self.answer("2026-03-02 11:00", answered)
        self.assertEqual(answered.stage_id, self.stage_new)
        self.assertEqual(answered._loyalty_get_portal_step(), "work")
        self.answer("2026-03-02 14:00", answered, author=self.contact)
        self.assertEqual(answered._loyalty_get_portal_step(), "work")
        self.move("2026-03-02 11:00", paused, self.stage_awaiting)
        self.assertEqual(paused._loyalty_get_portal_step(), "client")
        self.move("2026-03-02 12:00", paused, self.stage_new)
        self.assertEqual(paused._loyalty_get_portal_step(), "work")

    # ------------------------------------------------------------------
    # Confirming
    # ------------------------------------------------------------------

    def closed(self, **values):
        ticket = self.file("2026-03-02 10:00", **values)
        ticket.stage_id = self.stage_done
        return ticket

    def confirm(self, ticket, **data):
        return self.post(f"/my/ticket/{ticket.id}/confirm", **data)

    def test_it_is_solved(self):
        ticket = self.closed()
        self.assertIn("Is it solved?", self.url_open(f"/my/ticket/{ticket.id}").text)
        self.confirm(ticket, answer="confirmed", rating="5", comment="Thank you")
        self.assertEqual((ticket.loyalty_confirmation, ticket.loyalty_rating), ("confirmed", "5"))
        self.assertTrue(ticket.closed, "a word of thanks opens nothing")
        said = ticket.message_ids.filtered(lambda message: "Thank you" in message.body)
        self.assertEqual(said.author_id, self.contact)
        page = self.url_open(f"/my/ticket/{ticket.id}").text
        self.assertNotIn("Is it solved?", page)
        self.assertIn("Very satisfied", page)
        # The second answer comes too late.
        self.confirm(ticket, answer="disagreed", comment="No!")
        self.assertTrue(ticket.closed)
        self.assertEqual(ticket.loyalty_confirmation, "confirmed")

    def test_it_is_not_solved(self):
        """It goes on where it was, and its clock too."""
        ticket = self.closed()
        location = self.confirm(ticket, answer="disagreed", rating="2").headers["Location"]
        self.assertIn("confirm=incomplete", location)
        page = html.fromstring(self.url_open(location).text)
        chosen = page.xpath(
            "//form[contains(@class, 'o_loyalty_confirm_form')]//*[@checked]/@value"
        )
        rated = page.xpath("//select[@id='confirm_rating']/option[@selected]/@value")
        self.assertEqual((chosen, rated), (["disagreed"], ["2"]), "what was chosen stays chosen")
        self.assertTrue(ticket.closed)
        self.confirm(ticket, answer="disagreed", comment="The sum is wrong", rating="2")
        self.assertFalse(ticket.closed)
        self.assertEqual(ticket.stage_id, self.stage_progress)
        self.assertEqual(ticket.loyalty_confirmation, "disagreed")
        self.assertIn(self.clock(ticket).state, ("running", "missed", "paused"))
        self.assertIn("reopened", ticket.loyalty_sla_entry_ids.mapped("kind"))
        said = ticket.message_ids.filtered(lambda message: "The sum is wrong" in message.body)
        self.assertEqual(said.author_id, self.contact)
        self.assertNotIn("Is it solved?", self.url_open(f"/my/ticket/{ticket.id}").text)
        # Solved again, asked again.
        with at(f"{fields.Date.today() + timedelta(days=1)} 10:00"):
            ticket.stage_id = self.stage_done
            self.env.flush_all()
            self.assertTrue(ticket._loyalty_can_confirm())

    def test_only_the_client_says_so(self):
        ticket = self.closed()
        ticket.message_subscribe(self.stranger_contact.ids)
        for login in ("filing_li",):
            self.authenticate(login, login)
            # A follower reads it, and has no say.
            page = self.url_open(f"/my/ticket/{ticket.id}").text
            self.assertNotIn("Is it solved?", page)
            self.assertEqual(self.confirm(ticket, answer="confirmed").status_code, 404)
        ticket.message_unsubscribe(self.stranger_contact.ids)
        self.assertEqual(self.confirm(ticket, answer="confirmed").status_code, 404)
        self.agent.password = "sla_agent_password"
        self.authenticate("sla_agent", "sla_agent_password")
        self.assertEqual(self.confirm(ticket, answer="confirmed").status_code, 404)
        self.authenticate("filing_wang", "filing_wang")
        for ticket_id in (0, 999_999_999):
            path = f"/my/ticket/{ticket_id}/confirm"
            self.assertEqual(self.post(path, answer="confirmed").status_code, 404)
        path = f"/my/ticket/{ticket.id}/confirm"
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open(path, data={"answer": "confirmed"}).status_code, 400)
        # By the link of a mail it is read, not confirmed.
        token = ticket._portal_ensure_token()
        self.authenticate(None, None)
        self.assertNotIn("Is it solved?", self.url_open(f"/my/ticket/{ticket.id}/{token}").text)
        self.assertFalse(ticket.loyalty_confirmation)

    def test_who_closes_it_has_said_so(self):
        ticket = self.file("2026-03-02 10:00")
        self.post("/ticket/close", ticket_id=ticket.id, stage_id=self.stage_done.id)
        self.assertEqual(ticket.loyalty_confirmation, "confirmed")
        page = self.url_open(f"/my/ticket/{ticket.id}").text
        self.assertNotIn("Is it solved?", page)
        self.assertIn("How satisfied are you", page)
        self.confirm(ticket, answer="confirmed", rating="4")
        self.assertEqual(ticket.loyalty_rating, "4")
        self.assertNotIn("How satisfied are you", self.url_open(f"/my/ticket/{ticket.id}").text)

    def test_a_follower_of_another_firm_closes_nothing(self):
        """It may be in copy and read it; it has no say."""
        ticket = self.file("2026-03-02 10:00")
        ticket.message_subscribe(self.stranger_contact.ids)
        self.assertIn("/ticket/close", self.url_open(f"/my/ticket/{ticket.id}").text)
        self.authenticate("filing_li", "filing_li")
        page = self.url_open(f"/my/ticket/{ticket.id}")
        self.assertEqual(page.status_code, 200)
        self.assertNotIn("/ticket/close", page.text)
        response = self.post("/ticket/close", ticket_id=ticket.id, stage_id=self.stage_done.id)
        self.assertEqual(response.status_code, 404)
        self.assertFalse(ticket.closed)

    def test_another_closed_stage_asks_nothing_again(self):
        ticket = self.file("2026-03-02 10:00")
        self.move("2026-03-02 12:00", ticket, self.stage_done)
        with at("2026-03-02 13:00"):
            self.assertTrue(ticket._loyalty_answer_as_client("confirmed", "5"))
            self.env.flush_all()
        cancelled = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_cancelled")
        self.move("2026-03-03 12:00", ticket, cancelled)
        self.assertEqual(
            (ticket.stage_id, ticket.closed_date), (cancelled, utc("2026-03-02 12:00"))
        )
        with at("2026-03-03 13:00"):
            self.assertFalse(ticket._loyalty_can_confirm())
            self.assertFalse(ticket._loyalty_answer_as_client("confirmed", "1"))
        self.assertEqual(ticket.loyalty_rating, "5")
        # Opened and closed again, it is another closing.
        self.move("2026-03-04 12:00", ticket, self.stage_progress)
        self.move("2026-03-05 12:00", ticket, self.stage_done)
        self.assertEqual(ticket.closed_date, utc("2026-03-05 12:00"))

    def test_nothing_is_asked_of_what_is_old_open_or_a_complaint(self):
        old = self.closed()
        old.closed_date = fields.Datetime.now() - timedelta(days=31)
        complaint = self.file("2026-03-02 10:00", loyalty_ticket_type="complaint")
        for ticket in (old, complaint, self.file("2026-03-02 10:00")):
            self.assertNotIn("Is it solved?", self.url_open(f"/my/ticket/{ticket.id}").text)
            self.confirm(ticket, answer="confirmed", rating="1")
            self.assertFalse(ticket.loyalty_confirmation)
            self.assertFalse(ticket.loyalty_rating)
