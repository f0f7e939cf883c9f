"""What clients say in a survey about a ticket is on the scorecards of the service desk.

The two addons do not know each other; they meet in the ledger.
"""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestCsat(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # In the morning: what is said hours later is still said on the same day.
        morning = fields.Datetime.now().replace(hour=9)
        cls.enterClassContext(freeze_time(morning))
        cls.partner = cls.env["res.partner"].create(
            {"name": "Two Questions Ltd", "is_company": True, "email": "two@example.com"}
        )
        cls.ticket = cls.env["helpdesk.ticket"].create(
            {"name": "VAT", "description": "x", "partner_id": cls.partner.id}
        )
        cls.ticket.stage_id = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        cls.env.flush_all()
        cls.Event = cls.env["loyalty.service.event"]
        cls.invitation = cls.env["loyalty.service.survey.invitation"].search(
            [
                ("event_id.res_model", "=", "helpdesk.ticket"),
                ("event_id.res_id", "=", cls.ticket.id),
            ]
        )

    def tell(self, value, after=1):
        """Let the client state its satisfaction, 0 to 100, in the survey that it was sent.

        :param after: seconds from now
        """
        return self.Event.create(
            {
                "type_id": self.env.ref("loyalty_service_survey.event_type_survey_satisfaction").id,
                "partner_id": self.partner.id,
                "company_id": self.ticket.company_id.id,
                "date": fields.Datetime.now() + timedelta(seconds=after),
                "value": value,
                "res_model": self.invitation._name,
                "res_id": self.invitation.id,
                "origin": f"test,{value}",
            }
        )

    def ratings(self):
        """Return (number, sum) of the ratings of the ticket."""
        card = self.env["loyalty.service.sla.scorecard"].create(
            {"company_id": self.ticket.company_id.id}
        )
        self.env.flush_all()
        facts = self.env.execute_query(card._seen_facts())
        values = [row[1] for row in facts if row[0] == "rating" and row[3] == self.ticket.id]
        return len(values), sum(values)

    def test_an_answer_counts_for_its_ticket(self):
        self.assertEqual(len(self.invitation), 1, "the closed ticket asks by default")
        self.assertEqual(self.ratings(), (0, 0))
        # 75 of 100 are four stars of five: 1 + 75 / 25.
        told = self.tell(75)
        self.assertEqual(self.ratings(), (1, 4.0))
        told._reverse("Answered anew")
        self.assertEqual(self.ratings(), (0, 0))

    def test_who_has_rated_is_not_counted_twice(self):
        self.assertTrue(self.ticket._loyalty_answer_as_client("confirmed", "5"))
        self.tell(0)
        self.assertEqual(self.ratings(), (1, 5.0))

    def test_who_rates_after_the_survey_is_not_counted_twice(self):
        """The first word counts; the next closing is asked about anew."""
        now = fields.Datetime.now()
        self.tell(100)
        with freeze_time(now + timedelta(hours=1)):
            self.assertTrue(self.ticket._loyalty_answer_as_client("disagreed", "1"))
            self.env.flush_all()
        self.assertEqual(self.ratings(), (1, 5.0))
        with freeze_time(now + timedelta(hours=2)):
            self.ticket.stage_id = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
            self.env.flush_all()
        with freeze_time(now + timedelta(hours=3)):
            self.assertTrue(self.ticket._loyalty_answer_as_client("confirmed", "2"))
        self.assertEqual(self.ratings(), (2, 7.0))

    def test_a_survey_of_the_closing_before(self):
        """What was said of a later closing by then is no word about this one."""
        now = fields.Datetime.now()
        for hours, stage in ((1, "in_progress"), (2, "done")):
            with freeze_time(now + timedelta(hours=hours)):
                self.ticket.stage_id = self.env.ref(f"helpdesk_mgmt.helpdesk_ticket_stage_{stage}")
                self.env.flush_all()
        with freeze_time(now + timedelta(hours=3)):
            self.assertTrue(self.ticket._loyalty_answer_as_client("confirmed", "5"))
        self.tell(25, after=4 * 3600)
        self.assertEqual(self.ratings(), (2, 7.0))

    def test_a_complaint_is_rated_before_it_closes(self):
        """In the second before it: still a word about that closing."""
        now = fields.Datetime.now()
        self.env["loyalty.service.sla.outcome"]._record_rating(
            self.ticket, "3", now - timedelta(seconds=1)
        )
        self.tell(100)
        self.assertEqual(self.ratings(), (1, 3.0))

    def test_an_answer_about_something_else(self):
        self.invitation.event_id = False
        self.tell(100)
        self.assertEqual(self.ratings(), (0, 0))

    # ------------------------------------------------------------------
    # One mail
    # ------------------------------------------------------------------

    def test_one_mail_asks_after_closing(self):
        """The one that asks whether it is solved; the survey is left out."""
        self.assertTrue(self.ticket.loyalty_asked_date)
        self.invitation._send_due()
        self.assertEqual((self.invitation.state, self.invitation.skip_reason), ("skipped", "quiet"))

    def test_the_survey_is_sent_where_nothing_else_asks(self):
        self.ticket.company_id.loyalty_ask_solved = False
        ticket = self.ticket.copy()
        ticket.stage_id = self.ticket.stage_id
        self.env.flush_all()
        self.assertFalse(ticket.loyalty_asked_date)
        other = self.env["loyalty.service.survey.invitation"].search(
            [
                ("event_id.res_model", "=", "helpdesk.ticket"),
                ("event_id.res_id", "=", ticket.id),
            ]
        )
        other._send_due()
        self.assertEqual(other.state, "sent", "it was asked about another ticket only")

    def test_a_survey_long_after_the_question(self):
        """It counts as a survey about that closing: for the quiet days, and no longer."""
        days = self.invitation.quiet_days
        self.ticket.loyalty_asked_date = fields.Datetime.now() - timedelta(days=days, hours=1)
        self.assertFalse(
            self.invitation.event_id._get_asked_dates(), "an earlier closing was asked about"
        )
        self.ticket.loyalty_asked_date = fields.Datetime.now()
        self.invitation.quiet_days = 0
        self.invitation._send_due()
        self.assertEqual(self.invitation.state, "sent")
