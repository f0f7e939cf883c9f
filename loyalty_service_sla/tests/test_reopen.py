"""What a client writes on a closed ticket: taken up again soon after, and read later on."""

from psycopg2.errors import CheckViolation

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import SlaCommon, at, utc

HOUR = 3600


@tagged("post_install", "-at_install")
class TestReopen(SlaCommon):
    """Filed on Monday 2 March 10:00, answered at 11:00, closed on Tuesday 10:00: 8 h used."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.next_response_hours = 2
        cls.company.loyalty_reopen_days = 14
        cls.activity_type = cls.env.ref("loyalty_service_sla.mail_activity_type_afterword")

    def closed(self, **values):
        ticket = self.file("2026-03-02 10:00", **values)
        self.answer("2026-03-02 11:00", ticket)
        self.move("2026-03-03 10:00", ticket, self.stage_done)
        return ticket

    def reply(self, when, ticket, author=None, **values):
        return self.answer(when, ticket, author=author or self.contact, **values)

    def calls(self, ticket):
        return ticket.activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.activity_type
        )

    def test_soon_after(self):
        ticket = self.closed()
        self.reply("2026-03-04 10:00", ticket)
        self.assertFalse(ticket.closed)
        self.assertEqual(ticket.stage_id, self.stage_progress)
        kinds = ticket.loyalty_sla_entry_ids.mapped("kind")
        self.assertEqual(kinds, ["opened", "response", "closed", "reopened", "customer_reply"])
        # 8 of 24 h are used: 7 h are left of Wednesday, 8 of Thursday, 1 of Friday.
        clock = self.clock(ticket)
        self.assertEqual((clock.state, clock.elapsed), ("running", 8 * HOUR))
        self.assertEqual(clock.deadline, utc("2026-03-06 10:00"))
        # And the client waits for an answer, two hours.
        self.assertEqual(self.clock(ticket, "next_response").deadline, utc("2026-03-04 12:00"))
        self.assertFalse(self.calls(ticket))
        self.assertIn("within 14 days", str(ticket.message_ids.mapped("body")))
        self.assertEqual(len(self.standing(self.client_partner, "ticket_reopened")), 1)
        self.assertFalse(self.Clock._verify(ticket))

    def test_two_machines_answer_each_other(self):
        """After three times without a word of staff, somebody looks."""
        ticket = self.closed()
        for day in (4, 5, 6):
            self.reply(f"2026-03-0{day} 10:00", ticket)
            self.assertFalse(ticket.closed)
            self.move(f"2026-03-0{day} 10:05", ticket, self.stage_done)
        self.reply("2026-03-09 10:00", ticket)
        self.assertTrue(ticket.closed)
        self.assertTrue(self.calls(ticket))
        self.answer("2026-03-09 11:00", ticket)
        self.reply("2026-03-09 12:00", ticket)
        self.assertFalse(ticket.closed, "staff have written in between")

    def test_the_border(self):
        """14 days from Tuesday 3 March end with Tuesday 17 March."""
        self.company.partner_id.tz = "Asia/Shanghai"
        ticket, other = self.closed(), self.closed()
        self.reply("2026-03-17 23:59", ticket)
        self.assertFalse(ticket.closed)
        self.reply("2026-03-18 00:00", other)
        self.assertTrue(other.closed)
        self.assertEqual(other.loyalty_sla_entry_ids[-1:].kind, "afterword")

    def test_later_somebody_is_called_once(self):
        ticket = self.closed()
        self.reply("2026-03-20 10:00", ticket)
        self.reply("2026-03-20 10:05", ticket)
        self.assertTrue(ticket.closed)
        self.assertEqual(self.clock(ticket).state, "met")
        self.assertEqual(self.calls(ticket).user_id, self.agent)
        self.assertEqual(len(self.calls(ticket)), 1)
        with at("2026-03-20 11:00"):
            self.calls(ticket).action_done()
        self.reply("2026-03-21 10:00", ticket)
        self.assertEqual(len(self.calls(ticket)), 1)

    def test_nobody_in_charge(self):
        """The leader where nobody has the ticket, the managers where there is no team."""
        self.company.loyalty_reopen_days = 0
        ticket = self.closed(user_id=False)
        self.reply("2026-03-03 11:00", ticket)
        self.assertEqual(self.calls(ticket).user_id, self.leader)
        other = self.closed(user_id=False, team_id=False)
        self.reply("2026-03-03 11:00", other)
        self.assertEqual(len(self.calls(other)), 1, "one manager, however many there are")
        self.assertNotIn(self.agent, self.calls(other).user_id)

    def test_the_call_goes_once_somebody_has_looked(self):
        """Answered or reopened: "It stays closed" is true no more."""
        self.company.loyalty_reopen_days = 0
        answered, reopened, other = self.closed(), self.closed(), self.closed()
        for ticket in (answered, reopened, other):
            self.reply("2026-03-03 11:00", ticket)
            self.assertEqual(len(self.calls(ticket)), 1)
        self.answer("2026-03-03 12:00", answered)
        self.move("2026-03-03 12:00", reopened, self.stage_progress)
        self.assertFalse(self.calls(answered) | self.calls(reopened))
        self.assertEqual(len(self.calls(other)), 1)

    def test_never(self):
        self.company.loyalty_reopen_days = 0
        ticket = self.closed()
        self.reply("2026-03-03 10:01", ticket)
        self.assertTrue(ticket.closed)
        self.assertEqual(len(self.calls(ticket)), 1)
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.company.loyalty_reopen_days = -1

    def test_machines_reopen_nothing(self):
        ticket = self.closed()
        with at("2026-03-04 10:00"):
            ticket.message_post(
                body="I am away",
                message_type="auto_comment",
                subtype_xmlid="mail.mt_comment",
                author_id=self.contact.id,
            )
            self.env.flush_all()
        self.assertTrue(ticket.closed)
        self.assertFalse(ticket.activity_ids)

    def test_the_clients_word_is_no_reply(self):
        ticket = self.closed()
        with at("2026-03-04 10:00"):
            ticket._loyalty_answer_as_client("confirmed", "5", "Thank you!")
            self.env.flush_all()
        self.assertTrue(ticket.closed)
        self.assertFalse(ticket.activity_ids)
        other = self.closed()
        with at("2026-03-04 10:00"):
            other._loyalty_answer_as_client("disagreed", "2", "It is still wrong.")
            self.env.flush_all()
        self.assertFalse(other.closed)
        self.assertEqual(other.loyalty_sla_entry_ids.mapped("kind").count("reopened"), 1)

    def test_a_follower_of_another_firm_reopens_nothing(self):
        ticket = self.closed()
        stranger = self.env["res.partner"].create({"name": "Li", "email": "li@example.org"})
        self.reply("2026-03-04 10:00", ticket, author=stranger)
        self.assertTrue(ticket.closed)
        self.assertEqual(len(self.calls(ticket)), 1)

    def test_staff_reopen_nothing_by_writing(self):
        ticket = self.closed()
        self.answer("2026-03-04 10:00", ticket)
        self.assertTrue(ticket.closed)
        self.assertFalse(ticket.activity_ids)

    def test_a_duplicate_goes_on_where_it_belongs(self):
        ticket = self.closed()
        ticket.duplicate_id = self.file("2026-03-02 10:00")
        self.reply("2026-03-04 10:00", ticket)
        self.assertTrue(ticket.closed)
        self.assertEqual(len(self.calls(ticket)), 1)

    def test_a_complaint_keeps_its_course(self):
        ticket = self.file("2026-03-02 10:00", loyalty_ticket_type="complaint")
        complaint = ticket.loyalty_complaint_ids
        with at("2026-03-03 10:00"):
            complaint.sudo()._close("confirmed")
            self.env.flush_all()
        self.assertTrue(ticket.closed)
        self.reply("2026-03-04 10:00", ticket)
        self.assertEqual((ticket.closed, complaint.state), (True, "closed"))
        self.assertEqual(complaint.answer, "confirmed")
        self.assertEqual(self.calls(ticket).user_id, self.agent)
        with at("2026-03-04 11:00"):
            self.assertFalse(ticket._get_loyalty_portal_reopen_text())

    def test_archived_it_comes_back(self):
        ticket = self.closed()
        ticket.active = False
        self.reply("2026-03-04 10:00", ticket)
        self.assertTrue(ticket.active)
        self.assertEqual(self.clock(ticket).state, "running")

    def test_what_the_client_reads(self):
        ticket = self.closed()
        with at("2026-03-04 10:00"):
            self.assertIn("until 03/17/2026", ticket._get_loyalty_portal_reopen_text())
        with at("2026-03-20 10:00"):
            self.assertIn("please file a new ticket", ticket._get_loyalty_portal_reopen_text())
        self.assertFalse(self.file("2026-03-04 10:00")._get_loyalty_portal_reopen_text())
