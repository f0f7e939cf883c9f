"""Mails of machines, as the mail gateway brings them, and mails to many clients at once."""

from odoo.tests import tagged

from .common import SlaCommon, at, utc

MAIL = """\
From: {sender}
To: desk@example.com
Subject: {subject}
Message-Id: <{number}@mail.example.com>
In-Reply-To: {parent}
References: {parent}
Date: Mon, 02 Mar 2026 03:00:00 +0000
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
{headers}
Ich bin im Urlaub.
"""

#: As Exchange, Gmail, procmail's vacation and a Chinese webmail send them.
OUT_OF_OFFICE = (
    "Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\n",
    "Auto-Submitted: auto-replied\nPrecedence: bulk\n",
    "Precedence: auto_reply\n",
    "X-Autoreply: yes\n",
)


@tagged("post_install", "-at_install")
class TestAutomaticMail(SlaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.next_response_hours = 2
        cls.agent.email = "agent@example.com"

    def process(self, when, ticket=None, sender="wang@example.com", headers="", subject="VAT"):
        """Let the gateway take a mail, which answers the first one of ``ticket`` if any."""
        self.number = getattr(self, "number", 0) + 1
        parent = ticket.message_ids.sorted("id")[0].message_id if ticket else ""
        with at(when):
            ticket_id = self.env["mail.thread"].message_process(
                "helpdesk.ticket",
                MAIL.format(
                    sender=sender,
                    subject=subject,
                    number=f"{self.id()}.{self.number}",
                    parent=parent,
                    headers=headers,
                ),
                custom_values={"team_id": self.team.id, "user_id": self.agent.id},
            )
            self.env.flush_all()
        return self.Ticket.browse(ticket_id)

    def receive(self, when, ticket, sender, headers="", subject="Re: VAT"):
        self.process(when, ticket, sender, headers, subject)
        return ticket.message_ids.sorted("id")[-1:]

    def test_staff_out_of_office_is_no_answer(self):
        ticket = self.process("2026-03-02 10:00")
        for headers in OUT_OF_OFFICE:
            message = self.receive("2026-03-02 11:00", ticket, "agent@example.com", headers)
            self.assertEqual(
                (message.message_type, message.author_id), ("auto_comment", self.agent.partner_id)
            )
        self.assertEqual(self.clock(ticket, "first_response").state, "running")
        self.assertEqual(ticket.loyalty_sla_entry_ids.mapped("kind"), ["opened"])
        message = self.receive("2026-03-02 11:30", ticket, "agent@example.com")
        self.assertEqual(message.message_type, "email")
        self.assertEqual(self.clock(ticket, "first_response").state, "met")

    def test_the_clients_out_of_office_ends_no_pause(self):
        ticket = self.process("2026-03-02 10:00")
        self.answer("2026-03-02 10:30", ticket)
        self.move("2026-03-02 11:00", ticket, self.stage_awaiting)
        for headers in OUT_OF_OFFICE:
            self.receive("2026-03-02 14:00", ticket, "wang@example.com", headers)
        self.receive("2026-03-02 14:00", ticket, "wang@example.com", subject="自动回复: 增值税")
        self.assertEqual(self.clock(ticket).state, "paused")
        self.assertEqual(self.clock(ticket, "next_response").state, "idle", "nobody waits")
        self.receive("2026-03-02 15:00", ticket, "wang@example.com")
        # 1 h of 24 was used before the pause; the next answer is promised within 2 h.
        self.assertEqual((self.clock(ticket).state, self.clock(ticket).elapsed), ("running", 3600))
        self.assertEqual(
            self.clock(ticket, "next_response").deadline,
            utc("2026-03-02 17:00"),
        )

    def test_it_acknowledges_no_complaint_and_is_no_proposal_of_an_answer(self):
        self.policy.acknowledgement_hours = 24
        ticket = self.process("2026-03-02 10:00")
        with at("2026-03-02 10:00"):
            ticket.loyalty_ticket_type = "complaint"
            self.env.flush_all()
        self.receive("2026-03-02 11:00", ticket, "agent@example.com", OUT_OF_OFFICE[0])
        self.assertEqual(self.clock(ticket, "acknowledgement").state, "running")
        self.assertFalse(ticket.loyalty_complaint_ids.acknowledged_date)
        self.assertNotIn("Urlaub", ticket._loyalty_prepare_answer_values()["answer"])

    def test_two_machines_do_not_answer_each_other_for_ever(self):
        ticket = self.process("2026-03-02 10:00")
        count = len(ticket.message_ids)
        for _number in range(8):
            self.receive("2026-03-02 11:00", ticket, "wang@example.com", OUT_OF_OFFICE[0])
        self.assertEqual(len(ticket.message_ids) - count, 5)
        self.receive("2026-03-02 11:00", ticket, "wang@example.com")
        self.assertEqual(len(ticket.message_ids) - count, 6, "what somebody writes still comes in")

    def test_a_quoted_link_does_not_stay_in_the_history(self):
        ticket = self.process("2026-03-02 10:00")
        token = "aB3_" + "x" * 39
        for path in ("/ticket/solved/", "/zh_CN/complaint/"):
            headers = f"X-Quoted: yes\n\n> https://desk.example.com{path}{token}\n"
            message = self.receive("2026-03-02 11:00", ticket, "wang@example.com", headers)
            self.assertIn("desk.example.com", message.body)
            self.assertNotIn(token, message.body)

    def test_other_documents_are_not_touched(self):
        partner = self.client_partner
        parent = partner.message_post(body="Hello", subtype_xmlid="mail.mt_comment")
        self.env["mail.thread"].message_process(
            "res.partner",
            MAIL.format(
                sender="wang@example.com",
                subject="Re: Hello",
                number=self.id(),
                parent=parent.message_id,
                headers=OUT_OF_OFFICE[0],
            ),
        )
        self.assertEqual(partner.message_ids[0].message_type, "email")


@tagged("post_install", "-at_install")
class TestManyAtOnce(SlaCommon):
    """One mail written to the clients of several tickets is an answer to each of them."""

    def write_to(self, tickets, author, **values):
        composer = (
            self.env["mail.compose.message"]
            .with_user(author)
            .with_context(
                default_composition_mode="mass_mail",
                default_model="helpdesk.ticket",
                default_res_ids=tickets.ids,
            )
            .create({"body": "<p>We are at it.</p>", "subject": "Outage", **values})
        )
        composer._action_send_mail()
        self.env.flush_all()

    def test_written_by_hand(self):
        tickets = self.file("2026-03-02 10:00") | self.file("2026-03-02 10:00")
        with at("2026-03-02 11:00"):
            self.write_to(tickets, self.agent)
        for ticket in tickets:
            clock = self.clock(ticket, "first_response")
            self.assertEqual((clock.state, clock.finished_date), ("met", utc("2026-03-02 11:00")))
            self.assertEqual(ticket.loyalty_sla_entry_ids[-1:].kind, "response")

    def test_the_number_of_queries_is_flat(self):
        """What the clocks add to Odoo's own work does not grow with the tickets.

        Odoo itself takes a few queries for each mail; what it takes without the clocks is
        measured beside it.
        """

        def cost(number, by_hand):
            contacts = self.env["res.partner"].create(
                [
                    {"name": f"Contact {n}", "is_company": True, "email": f"c{n}@example.com"}
                    for n in range(number)
                ]
            )
            with at("2026-03-02 10:00"):
                tickets = self.Ticket.create(
                    [
                        {
                            "name": "VAT",
                            "description": "x",
                            "partner_id": contact.id,
                            "team_id": self.team.id,
                            "user_id": self.agent.id,
                        }
                        for contact in contacts
                    ]
                )
                self.env.flush_all()
                self.env.invalidate_all()
            before = self.cr.sql_log_count
            with at("2026-03-02 11:00"):
                # What a template says by itself goes the same way, and moves no clock.
                self.write_to(
                    tickets, self.agent, message_type="comment" if by_hand else "notification"
                )
            taken = self.cr.sql_log_count - before
            states = set(
                tickets.loyalty_sla_clock_ids.filtered(
                    lambda clock: clock.target == "first_response"
                ).mapped("state")
            )
            self.assertEqual(states, {"met" if by_hand else "running"})
            return taken

        for by_hand in (True, False):
            cost(2, by_hand)
        added = {n: cost(n, by_hand=True) - cost(n, by_hand=False) for n in (5, 25)}
        self.assertLessEqual(added[25] - added[5], 0, added)

    def test_the_client_of_a_complaint_is_told_by_it(self):
        """So it is acknowledged, and of a question nothing more is asked."""
        question = self.file("2026-03-02 10:00")
        complaint = self.file("2026-03-02 10:00", loyalty_ticket_type="complaint")
        with at("2026-03-02 11:00"):
            self.write_to(question | complaint, self.agent)
        record = complaint.loyalty_complaint_ids
        self.assertEqual(record.acknowledged_date, utc("2026-03-02 11:00"))

    def test_to_somebody_else(self):
        ticket = self.file("2026-03-02 10:00", partner_id=False, partner_email="li@example.com")
        other = self.file("2026-03-02 10:00", partner_id=False)
        with at("2026-03-02 11:00"):
            self.write_to(ticket | other, self.agent)
        states = [self.clock(one, "first_response").state for one in ticket | other]
        self.assertEqual(states, ["met", "running"])

    def test_a_template_answers_nobody(self):
        """What helpdesk_mgmt sends at a stage goes the same way."""
        template = self.env["mail.template"].create(
            {
                "name": "Taken up",
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "subject": "We are at it",
                "partner_to": "{{ object.partner_id.id }}",
            }
        )
        self.stage_progress.mail_template_id = template
        ticket = self.file("2026-03-02 10:00")
        with at("2026-03-02 11:00"):
            ticket.stage_id = self.stage_progress
            # Odoo does it before the transaction ends, where tests track nothing.
            ticket.with_user(self.agent)._message_track_post_template({"stage_id"})
            self.env.flush_all()
        mails = self.env["mail.message"].search(
            [("model", "=", "helpdesk.ticket"), ("res_id", "=", ticket.id)]
        )
        self.assertIn("email_outgoing", mails.mapped("message_type"))
        self.assertEqual(self.clock(ticket, "first_response").state, "running")
