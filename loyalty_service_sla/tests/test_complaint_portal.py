import re

from lxml import html

from odoo import http
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import at
from .complaint_common import ComplaintFixture

DISAGREED = "loyalty_service_sla.mail_activity_type_disagreed"


@tagged("post_install", "-at_install")
class TestComplaintPortal(ComplaintFixture, HttpCase):
    """The client's answer, by the link in the mail and in the portal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_complaints()
        cls.other_client = cls.env["res.partner"].create({"name": "Other Ltd", "is_company": True})
        for login, company in (("sla_wang", cls.client_partner), ("sla_other", cls.other_client)):
            user = new_test_user(cls.env, login, password=login, groups="base.group_portal")
            user.partner_id.parent_id = company

    def ask(self, **values):
        """Return a complaint whose client is asked today, and the link that was mailed."""
        ticket = self.Ticket.create(
            {
                "name": "Late",
                "description": "x",
                "partner_id": self.contact.id,
                "team_id": self.team.id,
                "loyalty_ticket_type": "complaint",
            }
        )
        complaint = ticket.loyalty_complaint_ids
        self.mail_of(complaint, **values)
        return complaint, self.link(complaint)

    def mail_of(self, complaint, **values):
        if complaint.state == "receipt":
            complaint.with_user(self.agent).action_acknowledge()
            complaint.category_id = self.category
            complaint.action_investigate()
        complaint.write({"investigation": "Nobody looked", "root_cause_id": self.cause.id})
        complaint.action_solve()
        complaint.write({"solution": "Filed again", **values})
        complaint.action_propose()

    def link(self, complaint):
        mail = self.env["mail.mail"].search(
            [("subject", "like", f"{complaint.ticket_id.number}: is it")], limit=1
        )
        self.assertEqual(mail.recipient_ids, self.contact)
        return re.search(r"/complaint/[\w-]+", mail.body_html).group()

    def post(self, path, **data):
        return self.url_open(
            path, data={"csrf_token": http.Request.csrf_token(self), **data}, allow_redirects=False
        )

    def test_agreeing_by_the_link(self):
        complaint, link = self.ask()
        self.authenticate(None, None)
        response = self.url_open(link)
        self.assertIn("Filed again", response.text)
        # Which complaint it is about, what was written, and until when an answer counts.
        number = complaint.ticket_id.number
        for told in (
            f"Your complaint {number} of ",
            "What you wrote",
            "You can answer once, until ",
        ):
            self.assertIn(told, response.text)
        self.assertEqual(response.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("default-src 'self';", response.headers["Content-Security-Policy"])
        self.assertEqual(complaint.state, "feedback", "looking changes nothing")
        response = self.post(link, answer="confirmed", rating="4", comment="Thanks")
        self.assertIn("Your complaint is closed", response.text)
        self.assertEqual((complaint.state, complaint.answer), ("closed", "confirmed"))
        self.assertEqual((complaint.rating_value, complaint.answer_comment), (4, "Thanks"))
        self.assertTrue(complaint.ticket_id.closed)
        self.assertEqual(self.url_open(link).status_code, 404, "good for one answer")
        self.assertEqual(self.post(link, answer="disagreed", comment="x").status_code, 404)
        self.assertEqual(complaint.state, "closed")

    def test_who_agrees_is_not_written_to_again(self):
        """Neither that it is closed, which the client has done, nor how satisfied it was."""
        closing = self.env.ref("helpdesk_mgmt.closed_ticket_template")
        stages = self.env["helpdesk.ticket.stage"].search([("closed", "=", True)])
        stages.mail_template_id = closing
        complaint, link = self.ask()
        ticket = complaint.ticket_id
        self.authenticate(None, None)
        self.post(link, answer="confirmed", rating="4", comment="Thanks")
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assertTrue(ticket.closed)
        told = self.env["mail.mail"].search([("subject", "like", ticket.number)])
        self.assertFalse(told.filtered(lambda mail: "has been closed" in mail.subject))
        closed = ticket._get_loyalty_events().filtered(
            lambda event: event.type_id.code == "ticket_closed"
        )
        self.assertEqual(closed._get_asked_dates(), {closed: closed.date})
        answers = complaint.message_ids.filtered(lambda message: "Thanks" in str(message.body))
        self.assertEqual(answers.author_id, self.contact)

    def test_who_agrees_by_staff_is_told(self):
        """Somebody of the desk has noted it: the client learns that it is closed."""
        closing = self.env.ref("helpdesk_mgmt.closed_ticket_template")
        stages = self.env["helpdesk.ticket.stage"].search([("closed", "=", True)])
        stages.mail_template_id = closing
        complaint, _link = self.ask()
        complaint._take_answer("confirmed", "staff", comment="On the phone")
        self.env.flush_all()
        self.env.cr.precommit.run()
        told = self.env["mail.mail"].search([("subject", "like", complaint.ticket_id.number)])
        self.assertTrue(told.filtered(lambda mail: "has been closed" in mail.subject))

    def test_where_else_a_client_can_turn_to(self):
        """Said where it is asked, and on its page until it agrees."""
        self.company.loyalty_complaint_recourse = "Turn to the <association>."
        told = "Turn to the &lt;association&gt;."
        complaint, link = self.ask()
        ticket = complaint.ticket_id
        mail = self.env["mail.mail"].search(
            [("subject", "like", f"{ticket.number}: is it")], limit=1
        )
        self.assertIn(told, mail.body_html)
        self.authenticate(None, None)
        self.assertIn(told, self.url_open(link).text)
        self.authenticate("sla_wang", "sla_wang")
        self.assertIn(told, self.url_open(f"/my/ticket/{ticket.id}").text)
        self.post(link, answer="confirmed")
        self.assertNotIn(told, self.url_open(f"/my/ticket/{ticket.id}").text)

    def test_the_link_ends_with_the_client(self):
        complaint, link = self.ask()
        complaint.ticket_id.partner_id = self.other_client
        self.env.flush_all()
        self.assertEqual(self.url_open(link).status_code, 404)
        self.assertIn("has ended", str(complaint.message_ids.mapped("body")))

    def test_disagreeing_by_the_link(self):
        complaint, link = self.ask()
        self.authenticate(None, None)
        self.assertIn("what is not solved yet", self.post(link, answer="disagreed").text)
        self.assertEqual(complaint.state, "feedback")
        seen = complaint.message_ids | complaint.ticket_id.message_ids
        self.post(link, answer="disagreed", comment="Still late")
        said = (complaint.message_ids | complaint.ticket_id.message_ids) - seen
        tracked = said.filtered(lambda message: message.sudo().tracking_value_ids)
        self.assertEqual(tracked.author_id, self.contact, "it is the client, by a link too")
        [called] = complaint.activity_ids
        self.assertEqual(called.activity_type_id, self.env.ref(DISAGREED))
        self.assertIn("Still late", called.note)
        # Public users have no address from which the mail about it could come.
        self.assertFalse(called.create_uid._is_public())
        self.assertEqual((complaint.state, complaint.reopened_count), ("investigation", 1))
        self.assertEqual(complaint.answer_comment, "Still late")
        self.assertFalse(complaint.ticket_id.loyalty_sla_pause_reason)
        self.env["mail.mail"].search([("subject", "like", "is it solved")]).unlink()
        self.mail_of(complaint)
        again = self.link(complaint)
        self.assertFalse(complaint.activity_ids)
        self.assertNotEqual(again, link)
        self.assertEqual(self.url_open(link).status_code, 404, "of the round before")
        self.assertIn("Filed again", self.url_open(again).text)

    def test_what_is_typed_by_the_link_is_words(self):
        """Staff see what the client typed: no picture, and no link that hides where it leads."""
        complaint, link = self.ask()
        self.authenticate(None, None)
        typed = (
            '<a href="https://evil.example">Open ticket</a>\n<img src="https://evil.example/p"/>'
        )
        self.post(link, answer="disagreed", comment=typed)
        called = complaint.activity_ids
        self.assertEqual(called.activity_type_id, self.env.ref(DISAGREED))
        for tag in ("<img", '">Open ticket'):
            self.assertNotIn(tag, called.note)
            self.assertNotIn(tag, str(complaint.message_ids.mapped("body")))
        self.assertIn("&lt;img", called.note)

    def test_links_that_lead_nowhere(self):
        complaint, link = self.ask()
        self.authenticate(None, None)
        self.assertEqual(self.url_open("/complaint/wrong").status_code, 404)
        self.assertEqual(self.url_open(f"/complaint/{complaint.token_hash}").status_code, 404)
        with mute_logger("odoo.http"):
            response = self.url_open(link, data={"answer": "confirmed"}, allow_redirects=False)
        self.assertEqual(response.status_code, 400, "no token against CSRF")
        complaint.sudo().answer_until = "2026-01-01 00:00:00"
        self.env.flush_all()
        self.assertEqual(self.url_open(link).status_code, 404)
        self.assertEqual(self.post(link, answer="confirmed").status_code, 404)
        self.assertEqual(complaint.state, "feedback")

    def test_in_the_portal(self):
        complaint, link = self.ask(compensation_text=False)
        path = f"/my/ticket/{complaint.ticket_id.id}"
        self.authenticate("sla_wang", "sla_wang")
        page = self.url_open(path).text
        self.assertIn("Filed again", page)
        self.assertIn(f'action="{path}/complaint"', page)
        self.assertNotIn("Nobody looked", page, "what is for staff only")
        for told in ("Arrived", "We look into it", "Your answer", "You can answer once, until "):
            self.assertIn(told, page)
        self.assertNotIn("Current stage of this ticket", page, "the steps say how it stands")
        self.assertNotIn("/ticket/close", page, "closes by agreeing")
        response = self.post(f"{path}/complaint", answer="disagreed", rating="2")
        self.assertEqual(response.status_code, 303)
        page = html.fromstring(self.url_open(response.headers["Location"]).text)
        chosen = page.xpath("//input[@name='answer'][@checked]/@value")
        rated = page.xpath(
            "//*[@name='rating']/descendant-or-self::*[@checked or @selected]/@value"
        )
        self.assertEqual((chosen, rated), (["disagreed"], ["2"]), "what was chosen stays chosen")
        self.assertEqual(complaint.state, "feedback", "says not why")
        self.post(f"{path}/complaint", answer="confirmed", rating="5")
        self.assertEqual((complaint.state, complaint.answer_channel), ("closed", "portal"))
        page = self.url_open(path).text
        self.assertNotIn("/complaint", page)
        self.assertIn("You have agreed.", page)
        self.assertEqual(self.url_open(link).status_code, 404)

    def test_what_is_due_first_is_told_first(self):
        """Confirmed within a day, answered within working hours, solved in weeks."""
        complaint = self.complain("2026-03-06 17:00")
        ticket = complaint.ticket_id
        with at("2026-03-06 17:30"):
            due = [
                clock.deadline
                for clock in ticket._loyalty_sla_get_portal_clocks()
                if clock.state == "running"
            ]
            self.assertGreater(len(due), 1)
            self.assertEqual(due, sorted(due))
            line = ticket._get_loyalty_sla_next_lines()[ticket.id]
            first = ticket._get_loyalty_sla_portal_lines()[0]
        self.assertIn("confirm your complaint by", line["text"])
        self.assertEqual(first["text"], line["text"])

    def test_who_wrote_is_not_told_to_have_been_silent(self):
        complaint, _link = self.ask()
        ticket = complaint.ticket_id
        ticket.message_post(
            body="Not quite",
            author_id=self.contact.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        manager = complaint.with_user(self.leader)
        manager.lapse_reason = "Agreed by phone, says the client's secretary"
        manager.action_lapse()
        self.authenticate("sla_wang", "sla_wang")
        page = self.url_open(f"/my/ticket/{ticket.id}").text
        self.assertIn("We have closed it.", page)
        self.assertNotIn("without an answer from you", page)

    def test_who_follows_from_another_firm_is_not_told_what_the_client_gets(self):
        complaint, _link = self.ask()
        ticket = complaint.ticket_id
        ticket.message_subscribe(self.other_client.ids)
        for login, told in (("sla_wang", True), ("sla_other", False)):
            self.authenticate(login, login)
            page = self.url_open(f"/my/ticket/{ticket.id}")
            self.assertEqual(page.status_code, 200)
            self.assertEqual("Filed again" in page.text, told, login)
        self.authenticate(None, None)
        token = ticket._portal_ensure_token()
        self.env.flush_all()
        page = self.url_open(f"/my/ticket/{ticket.id}/{token}").text
        self.assertIn("Filed again", page, "the link of the client's own mail")

    def test_the_register_of_more_than_an_address_holds(self):
        complaint, _link = self.ask()
        action = complaint.with_user(self.leader).action_register_sheet()
        self.assertEqual(action["params"]["data"], {"ids": str(complaint.id)})
        self.leader.password = "sla_leader"
        self.authenticate("sla_leader", "sla_leader")
        ids = ",".join(["²", "x", "", "9" * 30, *map(str, range(1, 20_000)), str(complaint.id)])
        response = self.post(action["params"]["url"], ids=ids)
        self.assertEqual(response.status_code, 200)
        self.assertTrue(response.content.startswith(b"PK"))

    def test_a_stranger_answers_nothing(self):
        complaint, _link = self.ask()
        path = f"/my/ticket/{complaint.ticket_id.id}/complaint"
        self.authenticate("sla_other", "sla_other")
        self.assertEqual(self.post(path, answer="confirmed").status_code, 404)
        self.assertEqual(self.post("/my/ticket/99999999/complaint").status_code, 404)
        # By a mere link it is another page's: that of a ticket with a token, which is wrong.
        self.assertEqual(self.url_open(path, allow_redirects=False).status_code, 303)
        sheet = "/loyalty_service_sla/complaints.xlsx"
        self.assertEqual(self.post(sheet, ids=str(complaint.id)).status_code, 404)
        # Whoever has the page's own link reads it, and answers nothing.
        token = complaint.ticket_id._portal_ensure_token()
        page = self.url_open(f"/my/ticket/{complaint.ticket_id.id}/{token}").text
        self.assertIn("Filed again", page)
        self.assertNotIn(f'action="{path}"', page)
        self.assertEqual(complaint.state, "feedback")
