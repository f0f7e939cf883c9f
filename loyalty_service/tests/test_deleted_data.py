from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import PointsCommon


@tagged("post_install", "-at_install")
class TestDeletedData(PointsCommon):
    """Templates and scheduled actions are data that an administrator may delete: what they were
    for does not happen, and everything else does."""

    def delete(self, *names):
        for name in names:
            self.env.ref(f"loyalty_service.{name}").unlink()

    def test_a_client_is_raised(self):
        self.program.tier_congratulate = True
        self.delete("ir_cron_congratulate", "mail_template_tier_reached")
        self.record(None, None)
        self.assertEqual(self.client_of().tier_id, self.middle)
        changes = self.client_of().tier_change_ids
        self.assertTrue(changes.filtered("to_congratulate"))
        changes._congratulate_due()
        self.assertFalse(changes.filtered("to_congratulate"))

    def test_a_client_is_reviewed_and_lowered(self):
        self.delete("mail_template_tier_review", "mail_activity_type_tier_review")
        self.client_partner.write({"email": "a@example.com", "user_id": self.user_loyalty.id})
        event, _other = self.record(None, None)
        event._reverse("Credited")
        client = self.client_of()
        client._update_tiers(review=True)
        review = fields.Date.today() + timedelta(days=30)
        self.assertEqual(client.tier_review_date, review)
        client.tier_review_date = fields.Date.today()
        client._update_tiers(review=True)
        self.assertEqual(client.tier_id, self.start)

    def test_an_objection_is_answered(self):
        self.delete("mail_template_contest_answer")
        self.record(None, None)
        contest = self.env["loyalty.service.tier.contest"].create(
            {"client_id": self.client_of().id, "text": "Why?"}
        )
        contest._settle("rejected", self.user_manager)
        self.assertEqual(contest.state, "rejected")

    def test_the_programme_is_changed(self):
        self.delete("ir_cron_review_tiers")
        self.record()
        self.program._ask_for_review()
        self.assertIn(self.env.company, self.env.company._loyalty_to_review())
