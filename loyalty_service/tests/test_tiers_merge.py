from datetime import date, timedelta

from odoo.tests import tagged

from .test_tiers import TiersCommon


@tagged("post_install", "-at_install")
class TestTiersMerge(TiersCommon):
    """Two clients that turn out to be one, of which each has what a client has only once."""

    def setUp(self):
        super().setUp()
        self.today = date.today()
        self.target = self.env["res.partner"].create(
            {"name": "Lantern Group", "is_company": True, "email": "group@example.com"}
        )
        for partner in (self.client_partner, self.target):
            event, _other = self.record(self.today, self.today, partner=partner)
            event._reverse("Credited")
        self.source_client, self.client = self.client_of(), self.client_of(self.target)

    def merge(self):
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (self.client_partner + self.target).ids, self.target
        )
        self.env.flush_all()
        self.env.invalidate_all()

    def give_to(self, client, tier, days):
        return self.give(tier, self.today + timedelta(days=days), client_id=client.id)

    def test_the_highest_tier_that_was_given_stays(self):
        top = self.give_to(self.source_client, self.top, 40)
        middle = self.give_to(self.client, self.middle, 90)
        self.merge()
        self.assertEqual((top.state, middle.state), ("running", "ended"))
        self.assertEqual((top + middle).client_id, self.client)
        self.assertEqual((top + middle).partner_id, self.target)
        self.assertEqual(self.client.tier_id, self.top)

    def test_of_equal_ones_that_which_lasts_longest_stays(self):
        short = self.give_to(self.source_client, self.top, 40)
        long = self.give_to(self.client, self.top, 90)
        self.merge()
        self.assertEqual((short.state, long.state), ("ended", "running"))

    def test_what_is_planned_gives_way_to_a_higher_tier(self):
        later = self.today + timedelta(days=3)
        planned = self.give(
            self.middle, later, client_id=self.client.id, date_from=later - timedelta(days=1)
        )
        running = self.give_to(self.source_client, self.top, 40)
        self.merge()
        self.assertEqual((planned.state, running.state), ("ended", "running"))

    def test_one_objection_stays_open_and_takes_up_the_other(self):
        (self.source_client + self.client)._review_tiers_due()
        first = self.Contest._open(self.source_client, "March is missing.", self.contact)
        second = self.Contest._open(self.client, "So is May.", self.target)
        self.assertEqual((first + second).mapped("state"), ["open", "open"])
        mails = self.mails("contest_answer")
        self.merge()
        self.assertEqual((first.state, second.state), ("open", "rejected"))
        self.assertIn("one client of ours", second.answer)
        self.assertFalse(second.activity_ids)
        self.assertTrue(first.activity_ids)
        self.assertIn("So is May.", first.message_ids[0].body)
        self.assertEqual((first + second).client_id, self.client)
        self.assertEqual(self.mails("contest_answer"), mails, "the one that stays is answered")
        mine = first.with_user(self.manager)
        mine.write({"answer": "Found.", "date_to": self.today + timedelta(days=100)})
        mine.action_accept()
        self.assertEqual(first.state, "accepted")

    def test_the_objection_for_the_highest_tier_stays(self):
        self.give_to(self.client, self.top, 5)
        (self.source_client + self.client)._review_tiers_due()
        first = self.Contest._open(self.source_client, "March is missing.", self.contact)
        second = self.Contest._open(self.client, "We want to stay.", self.target)
        self.merge()
        self.assertEqual((first.state, second.state), ("rejected", "open"))
