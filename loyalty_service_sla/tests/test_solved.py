import re

from odoo import http
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import SlaFixture


@tagged("post_install", "-at_install")
class TestSolved(SlaFixture, HttpCase):
    """The mail after closing, and what its link may do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_desk()
        # As helpdesk_mgmt ships it: a mail that only says that it is closed.
        cls.stage_done.mail_template_id = cls.env.ref("helpdesk_mgmt.closed_ticket_template")
        cls.stage_cancelled = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_cancelled")

    def ticket(self, **values):
        ticket = self.Ticket.create(
            {
                "name": "VAT return",
                "description": "x",
                "partner_id": self.contact.id,
                "team_id": self.team.id,
                "user_id": self.agent.id,
                **values,
            }
        )
        self.end()
        return ticket

    def end(self):
        """Let happen what happens at the end of a request: mails of stages, for instance."""
        self.env.flush_all()
        self.env.cr.precommit.run()

    def close(self, tickets, stage=None, user=None):
        tickets.with_user(user or self.agent).write({"stage_id": (stage or self.stage_done).id})
        self.end()

    def mails(self, ticket):
        return self.env["mail.mail"].search(
            [("model", "=", "helpdesk.ticket"), ("res_id", "=", ticket.id)]
        )

    def asked(self, ticket):
        return self.mails(ticket).filtered(lambda mail: "is it solved" in mail.subject)

    def link(self, ticket):
        mail = self.asked(ticket)[:1]
        return re.search(r"/ticket/solved/[\w-]+", mail.body_html).group()

    def post(self, path, **data):
        return self.url_open(
            path, data={"csrf_token": http.Request.csrf_token(self), **data}, allow_redirects=False
        )

    # ------------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------------

    def test_one_mail_per_closing(self):
        ticket = self.ticket()
        before = self.mails(ticket)
        self.close(ticket)
        mail = self.mails(ticket) - before
        self.assertEqual(len(mail), 1, "ours takes the place of the one that only tells")
        self.assertEqual(mail, self.asked(ticket))
        self.assertEqual((mail.recipient_ids, mail.state), (self.contact, "outgoing"))
        self.assertIn(ticket.number, mail.subject)
        self.assertNotIn(self.agent.name, mail.body_html)
        self.assertTrue(ticket.loyalty_asked_date)
        # Staff read the history, and would answer by the link.
        self.assertNotIn("/ticket/solved/", "".join(ticket.message_ids.mapped("body")))
        self.assertNotIn("/ticket/solved/", mail.mail_message_id.body)
        self.assertIn("/ticket/solved/", mail.body_html)
        # Another closed stage is no other closing; the next closing is one.
        self.close(ticket, self.stage_cancelled)
        self.assertEqual(len(self.asked(ticket)), 1)
        first = self.link(ticket)
        self.close(ticket, self.stage_progress)
        self.assertFalse(ticket.sudo().loyalty_confirm_hash)
        self.assertEqual(self.url_open(first).status_code, 404)
        self.close(ticket)
        self.assertEqual(len(self.asked(ticket)), 2)
        self.assertEqual(self.url_open(first).status_code, 404, "of the closing before")
        self.assertEqual(self.url_open(self.link(ticket)).status_code, 200)

    def test_in_the_language_of_the_client(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        template = self.env.ref("loyalty_service_sla.mail_template_ticket_solved")
        template.with_context(lang="zh_CN").subject = "{{ object.number }} 解决了吗？ is it solved"
        self.contact.lang = "zh_CN"
        ticket = self.ticket()
        self.close(ticket)
        mail = self.asked(ticket)
        self.assertIn("解决了吗", mail.subject)
        self.assertIn("/zh_CN/ticket/solved/", mail.body_html)

    def test_who_is_not_asked(self):
        colleague = new_test_user(
            self.env, "solved_colleague", groups="base.group_user", email="c@example.com"
        )
        silent = self.env["res.partner"].create({"name": "No mail"})
        original = self.ticket()
        client = new_test_user(self.env, "solved_client", groups="base.group_portal")
        client.partner_id.parent_id = self.client_partner
        for why, ticket, stage in (
            ("a complaint", self.ticket(loyalty_ticket_type="complaint"), None),
            ("no address", self.ticket(partner_id=silent.id), None),
            ("nobody", self.ticket(partner_id=False), None),
            ("a colleague", self.ticket(partner_id=colleague.partner_id.id), None),
            ("goes on elsewhere", self.ticket(duplicate_id=original.id), None),
            ("nothing was done", self.ticket(), self.stage_cancelled),
            ("archived", self.ticket(active=False), None),
        ):
            with self.subTest(why):
                if why == "a complaint":
                    # It does not close before its course is over.
                    ticket._loyalty_ask_if_solved()
                else:
                    ticket.stage_id = stage or self.stage_done
                self.end()
                self.assertFalse(self.asked(ticket))
                self.assertFalse(ticket.loyalty_asked_date)
        own = self.ticket()
        own.with_user(client).sudo().stage_id = self.stage_done
        self.end()
        self.assertFalse(self.asked(own), "who closes it has said so")
        told = self.mails(own).filtered(lambda mail: "has been closed" in mail.subject)
        self.assertFalse(told, "and knows it")
        self.company.loyalty_ask_solved = False
        off = self.ticket()
        self.close(off)
        self.assertFalse(self.asked(off))
        told = self.mails(off).filtered(lambda mail: "has been closed" in mail.subject)
        self.assertEqual(len(told), 1, "without our mail, that of helpdesk_mgmt goes as ever")

    def test_a_mail_of_the_firm_is_sent_as_well(self):
        own = self.env.ref("helpdesk_mgmt.closed_ticket_template").copy({"subject": "Farewell"})
        self.stage_done.mail_template_id = own
        ticket = self.ticket()
        self.close(ticket)
        self.assertIn("Farewell", self.mails(ticket).mapped("subject"))
        self.assertTrue(self.asked(ticket))

    def test_a_mail_cannot_be_sent_without_its_template(self):
        self.env.ref("loyalty_service_sla.mail_template_ticket_solved").unlink()
        ticket = self.ticket()
        self.close(ticket)
        self.assertTrue(ticket.closed)
        self.assertFalse(self.asked(ticket))

    def test_queries_do_not_grow(self):
        """Of many that are closed at once, each costs the same few."""
        counts = []
        for number in (2, 2, 8):
            tickets = self.Ticket.union(*(self.ticket() for _ in range(number)))
            self.end()
            before = self.env.cr.sql_log_count
            tickets._loyalty_ask_if_solved()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        per_ticket = (counts[2] - counts[1]) / 6
        self.assertLessEqual(per_ticket, 6)

    # ------------------------------------------------------------------
    # Answering
    # ------------------------------------------------------------------

    def closed(self):
        ticket = self.ticket()
        self.close(ticket)
        link = self.link(ticket)
        self.authenticate(None, None)
        return ticket, link

    def test_it_is_solved(self):
        ticket, link = self.closed()
        page = self.url_open(link)
        self.assertIn("Is it solved?", page.text)
        self.assertIn(f'action="{link}"', page.text)
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("default-src 'self';", page.headers["Content-Security-Policy"])
        self.assertNotIn(self.agent.name, page.text)
        self.assertFalse(ticket.loyalty_confirmation, "looking changes nothing")
        response = self.post(link, answer="confirmed", rating="4", comment="Thank you")
        self.assertIn("Glad that it is solved", response.text)
        self.assertEqual((ticket.loyalty_confirmation, ticket.loyalty_rating), ("confirmed", "4"))
        said = ticket.message_ids.filtered(lambda message: "Thank you" in message.body)
        self.assertEqual(said.author_id, self.contact)
        self.assertTrue(ticket.closed)
        for late in (self.url_open(link), self.post(link, answer="disagreed", comment="No")):
            self.assertEqual(late.status_code, 404, "good for one answer")
        self.assertTrue(ticket.closed)

    def test_it_is_not(self):
        ticket, link = self.closed()
        page = self.post(link, answer="disagreed", rating="2").text
        self.assertIn("tell us what is missing", page)
        self.assertRegex(page, r'value="disagreed"[^>]*checked', "what was chosen is kept")
        self.assertTrue(ticket.closed)
        before = ticket.message_ids
        page = self.post(link, answer="disagreed", rating="2", comment="The sum is wrong").text
        self.assertEqual(
            (ticket.message_ids - before).author_id, self.contact, "it is the client, by a link too"
        )
        self.assertIn("We go on with it", page)
        self.assertFalse(ticket.closed)
        self.assertEqual((ticket.loyalty_confirmation, ticket.loyalty_rating), ("disagreed", "2"))
        said = ticket.message_ids.filtered(lambda message: "The sum is wrong" in message.body)
        self.assertEqual(said.author_id, self.contact)
        self.assertEqual(self.url_open(link).status_code, 404)

    def test_the_rating_is_on_the_scorecard(self):
        ticket, link = self.closed()
        self.post(link, answer="confirmed", rating="5")
        card = self.env["loyalty.service.sla.scorecard"].create({"company_id": self.company.id})
        self.assertIn(ticket.id, card._read_tickets("rating", 0, "all", None))

    def test_links_that_lead_nowhere(self):
        ticket, link = self.closed()
        for path in (
            "/ticket/solved/wrong",
            f"/ticket/solved/{ticket.sudo().loyalty_confirm_hash}",
        ):
            self.assertEqual(self.url_open(path).status_code, 404)
            self.assertEqual(self.post(path, answer="confirmed").status_code, 404)
        with mute_logger("odoo.http"):
            response = self.url_open(link, data={"answer": "confirmed"}, allow_redirects=False)
        self.assertEqual(response.status_code, 400, "no token against CSRF")
        ticket.closed_date = "2026-01-01 00:00:00"
        self.env.flush_all()
        self.assertEqual(self.url_open(link).status_code, 404, "too long ago")
        self.assertEqual(self.post(link, answer="confirmed").status_code, 404)
        self.assertFalse(ticket.loyalty_confirmation)

    def test_the_history_is_in_the_words_of_staff(self):
        """A client who reads English writes into the history of a desk that reads Chinese."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_in_progress").update_field_translations(
            "name", {"zh_CN": "处理中"}
        )
        self.agent.lang, self.contact.lang = "zh_CN", "en_US"
        ticket, link = self.closed()
        self.post(link, answer="disagreed", comment="No")
        values = ticket.message_ids.sudo().tracking_value_ids
        self.assertIn("处理中", values.mapped("new_value_char"))

    def test_the_link_ends_with_the_client(self):
        """Whoever corrects the client of a closed ticket takes it from the former one."""
        ticket, link = self.closed()
        ticket.partner_id = self.client_partner
        self.env.flush_all()
        self.assertEqual(self.url_open(link).status_code, 200, "of the same firm")
        ticket.partner_id = self.env["res.partner"].create({"name": "Competitor Ltd"})
        self.env.flush_all()
        self.assertEqual(self.url_open(link).status_code, 404)
        self.assertEqual(self.post(link, answer="disagreed", comment="No").status_code, 404)
        self.assertTrue(ticket.closed)
        self.assertFalse(ticket.loyalty_asked_date, "the new client was asked nothing")

    def test_the_word_of_the_former_client(self):
        ticket, link = self.closed()
        self.post(link, answer="confirmed", rating="2")
        ticket.partner_id = self.client_partner
        self.assertTrue(ticket.loyalty_confirmation, "of the same firm")
        ticket.partner_id = self.env["res.partner"].create({"name": "Competitor Ltd"})
        self.assertFalse(ticket.loyalty_confirmation or ticket.loyalty_rating)
        self.assertTrue(ticket._loyalty_can_confirm(), "the new one may say so itself")
        rated = self.env["loyalty.service.sla.outcome"].search(
            [("ticket_id", "=", ticket.id), ("kind", "=", "rated")]
        )
        self.assertEqual(rated.value, 2, "it was said all the same")

    def test_a_stage_that_is_called_closed_asks_nobody(self):
        ticket = self.ticket()
        self.close(ticket, self.stage_awaiting)
        self.stage_awaiting.closed = True
        self.end()
        self.assertTrue(ticket.closed)
        self.assertFalse(self.asked(ticket))

    def test_the_answer_comes_to_the_ticket(self):
        domain = self.env["mail.alias.domain"].create({"name": "gateway.example"})
        self.company.alias_domain_id = domain
        self.team.write({"alias_name": "taxdesk", "alias_domain_id": domain.id})
        ticket = self.ticket()
        self.close(ticket)
        mail = self.asked(ticket)
        self.assertIn("taxdesk@gateway.example", mail.reply_to)

    def test_nobody_reads_what_the_link_is_made_of(self):
        ticket, _link = self.closed()
        for user in (self.agent, self.leader):
            self.assertNotIn("loyalty_confirm_hash", ticket.with_user(user).fields_get())
