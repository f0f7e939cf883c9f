from datetime import timedelta

from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.loyalty_card import Source
from .health_common import DAY, HealthCommon


@tagged("post_install", "-at_install")
class TestHealthMetric(HealthCommon):
    """Each metric, by hand, through records."""

    def test_of_a_client_without_history_nothing_is_known(self):
        for dimension in self.model.dimension_ids:
            self.assertEqual(dimension._measure(self.client, DAY), {}, dimension.code)
            self.assertIsNone(dimension._score(None))

    # ------------------------------------------------------------------

    def test_satisfaction(self):
        self.record("test_satisfaction", 10, value=80)
        self.check("satisfaction", 80, 75, "Satisfaction 80 of 100 in one answer")
        self.record("test_satisfaction", 20, value=44)
        # (80 + 44) / 2 = 62, and 62 lies 12 of 40 above 50.
        self.check("satisfaction", 62, 30, "Satisfaction 62 of 100 in 2 answers")

    def test_satisfaction_of_zero_is_an_answer(self):
        self.record("test_satisfaction", 10, value=0)
        self.check("satisfaction", 0, 0, "Satisfaction 0 of 100 in one answer")

    def test_the_window(self):
        self.record("test_satisfaction", 364, value=90)
        self.record("test_satisfaction", 365, -1, value=10)
        self.check("satisfaction", 90, 100, "Satisfaction 90 of 100 in one answer")
        next_day = DAY + timedelta(days=1)
        self.assertEqual(self.measure("satisfaction", next_day)["value"], 10)

    def test_what_was_undone_did_not_happen(self):
        self.record("test_satisfaction", 10, value=80)
        wrong = self.record("test_satisfaction", 5, value=0)
        wrong._reverse("Typed into the wrong client")
        self.check("satisfaction", 80, 75, "Satisfaction 80 of 100 in one answer")

    # ------------------------------------------------------------------

    def test_retention(self):
        self.agree(-300, 45)
        self.check("retention", 45, 50, "Agreement ends in 45 days and is not renewed")

    def test_retention_looks_at_the_first_end(self):
        self.agree(-300, 18)
        self.agree(-300, 200)
        self.check("retention", 18, 20, "Agreement ends in 18 days and is not renewed")

    def test_retention_day_by_day(self):
        self.agree(-300, 1)
        tomorrow, after = DAY + timedelta(days=1), DAY + timedelta(days=5)
        self.check("retention", 1, 100 / 90, "Agreement ends tomorrow and is not renewed")
        self.check("retention", 0, 0, "Agreement ends today and is not renewed", tomorrow)
        self.check("retention", -4, 0, "Agreement ended 4 days ago and is not renewed", after)

    def test_retention_without_an_end(self):
        self.agree(-300)
        self.check("retention", 90, 100, "The agreement runs without an end")

    def test_a_renewal_counts_from_the_day_it_was_agreed(self):
        agreement = self.agree(-320, 44)
        renewal = agreement._renew()
        renewal.confirmed_on = DAY - timedelta(days=2)
        # The renewal runs from day 45, for another 12 months: to 2 July of the year after next.
        self.assertEqual(self.measure("retention")["value"], (renewal.date_end - DAY).days)
        before = DAY - timedelta(days=3)
        self.check(
            "retention", 47, 100 * 47 / 90, "Agreement ends in 47 days and is not renewed", before
        )

    def test_notice_counts_from_the_day_it_was_given(self):
        agreement = self.agree(-300, 200)
        agreement._end(self.env.ref("loyalty_service.end_reason_price"), DAY + timedelta(days=30))
        agreement.notice_on = DAY - timedelta(days=1)
        self.check("retention", 0, 0, "Notice given: the service ends in 30 days")
        self.assertEqual(self.measure("retention", DAY - timedelta(days=2))["value"], 202)

    def test_a_draft_is_no_agreement(self):
        self.env["loyalty.service.agreement"].create(
            {"partner_id": self.client_partner.id, "name": "Offer", "date_start": DAY}
        )
        self.assertIsNone(self.measure("retention"))

    # ------------------------------------------------------------------

    def test_interaction_against_the_own_rhythm(self):
        # Gaps of 12 days, then silence of 24: two usual gaps.
        self.record("call", 24, 36, 48)
        self.record("wechat", 60)
        self.check("interaction", 2, 80, "No contact for 24 days; usually every 12 days")

    def test_interaction_several_times_a_day(self):
        self.record("call", 24, 24, 24, 36, 48, 60)
        self.assertEqual(self.measure("interaction")["value"], 2)

    def test_interaction_with_the_firms_rhythm(self):
        # Two contact days make no rhythm of its own: 75 days are 2.5 gaps of 30.
        self.record("call", 75, 80)
        self.check("interaction", 2.5, 60, "No contact for 75 days")

    def test_interaction_of_a_client_in_touch_every_day(self):
        self.record("wechat", 7, 8, 9, 10)
        # A gap of one day counts as one week, so seven days are one usual gap.
        self.check("interaction", 1, 100, "No contact for 7 days; usually every week or more often")

    def test_interaction_says_what_the_rhythm_says(self):
        """A gap of six days counts as a week, in the score and on the client's page alike."""
        self.record("wechat", 12, 18, 24, 30)
        self.check(
            "interaction",
            12 / 7,
            (4 - 12 / 7) / 2.5 * 100,
            "No contact for 12 days; usually every week or more often",
        )
        text = self.env["loyalty.service.client"]._say_rhythm(6, 12)
        self.assertEqual(
            text,
            "Usually every week or more often; silent for 12 days: 1.7 times as long as usual.",
        )

    def test_interaction_keeps_the_rhythm_that_a_client_has_left(self):
        """The window of 365 days ends with the last contact, not today."""
        self.record("call", 400, 412, 424, 436)
        self.check("interaction", 400 / 12, 0, "No contact for 400 days; usually every 12 days")

    def test_interaction_that_ended_before_the_window(self):
        self.record("call", 400, 410)
        self.check("interaction", 400 / 30, 0, "No contact for 400 days")

    def test_one_call_is_no_interaction_yet(self):
        self.record("call", 3)
        self.assertIsNone(self.measure("interaction"))

    def test_interaction_today(self):
        self.record("call", 0, 12, 24, 36)
        self.check("interaction", 0, 100, "In contact today")

    # ------------------------------------------------------------------

    def test_feedback(self):
        self.record("complaint", 5)
        self.check("feedback", 1, 100 * 2 / 3, "1 complaint in 180 days")
        self.record("complaint", 25, 45)
        self.check("feedback", 3, 0, "3 complaints in 180 days")

    def test_no_complaint_is_a_good_sign_only_of_whom_one_hears(self):
        self.record("call", 10, 20)
        self.assertIsNone(self.measure("feedback"))
        self.record("praise", 30)
        self.check("feedback", 0, 100, "No complaint in 180 days")

    # ------------------------------------------------------------------

    def test_value(self):
        self.record("invoice_posted", 20, 200, amount=400)
        self.record("credit_note", 10, amount=-100)
        self.record("invoice_posted", 400, 710, amount=500)
        # (400 + 400 - 100) / (500 + 500) = 0.7, and that lies 0.1 of 0.4 above 0.6.
        self.check("value", 0.7, 25, "Invoiced 30 % less than in the 365 days before")

    def test_value_steady_and_rising(self):
        self.record("invoice_posted", 20, 400, 710, amount=1000)
        self.record("invoice_posted", 30, amount=1000)
        self.check("value", 1, 100, "Invoiced as much as in the 365 days before")
        self.record("invoice_posted", 40, amount=500)
        self.check("value", 1.25, 100, "Invoiced 25 % more than in the 365 days before")

    def test_value_of_a_short_history_is_not_known(self):
        self.record("invoice_posted", 20, 400, 600, amount=1000)
        self.assertIsNone(self.measure("value"))

    # ------------------------------------------------------------------

    def test_relationship(self):
        self.record("invoice_paid_on_time", 10)
        self.assertIsNone(self.measure("relationship"), "one invoice says nothing")
        self.record("invoice_paid_late", 40, 70)
        # 2/3 late is worse than the 0.6 that scores 0.
        self.check("relationship", 2 / 3, 0, "2 of 3 invoices paid late")
        self.record("invoice_paid_on_time", 100, 130)
        # 2/5 = 0.4 lies a third of the way from 0.6 to 0.
        self.check("relationship", 0.4, 100 / 3, "2 of 5 invoices paid late")

    def test_relationship_all_on_time(self):
        self.record("invoice_paid_on_time", 10, 40, 70)
        self.check("relationship", 0, 100, "All 3 invoices paid on time")

    def test_tenure(self):
        dimension = self.dimension("relationship")
        dimension.write({"metric": "tenure", "bad_value": 0, "good_value": 24})
        self.assertIsNone(self.measure("relationship"))
        self.agree(-100)
        self.record("invoice_posted", 365)
        # 365 / 30.4375 = 11.99 months.
        facts = self.measure("relationship")
        self.assertAlmostEqual(facts["value"], 11.9918, places=3)
        self.assertEqual(dimension._reason(facts), "A client for 12 months")

    # ------------------------------------------------------------------

    def test_advocacy(self):
        self.record("test_nps", 10, value=4)
        self.record("test_nps", 20, value=7)
        # 5.5 lies 0.5 of 4 above 5.
        self.check("advocacy", 5.5, 12.5, "Would recommend the firm with 6 of 10")
        self.record("referral_won", 5)
        # (4 + 7 + 9) / 3
        self.check("advocacy", 20 / 3, 125 / 3, "Would recommend the firm with 7 of 10")

    def test_advocacy_by_deed(self):
        self.record("praise", 5)
        self.record("referral_won", 5)
        self.check("advocacy", 9, 100, "Has praised or recommended the firm")

    # ------------------------------------------------------------------

    def test_participation(self):
        self.record("training", 400, 500)
        self.check("participation", 0, 0, "Took part in nothing for 365 days; 2 times before that")
        self.record("client_event", 40)
        self.check("participation", 1, 50, "Took part once in 365 days")
        self.record("documents_early", 30, 20)
        self.check("participation", 3, 100, "Took part 3 times in 365 days")

    # ------------------------------------------------------------------

    def use_points(self, card, days_before, points, origin="test,1"):
        """Spend points of the card, or give them back, so many days before DAY."""
        with freeze_time(DAY - timedelta(days=days_before)):
            card.with_context(loyalty_service_source=Source(origin, "Order")).points -= points

    def test_rewards(self):
        program = self.env["loyalty.program"]._get_service_program(self.env.company)
        with freeze_time(DAY - timedelta(days=400)):
            card = self.env["loyalty.card"].create(
                {"program_id": program.id, "partner_id": self.client_partner.id, "points": 1000}
            )
        early = DAY - timedelta(days=100)
        self.assertIsNone(self.measure("rewards", early), "no points a year before")
        self.check("rewards", 0, 0, "Used none of the 1,000 points that were there in 365 days")
        self.use_points(card, 50, 250)
        self.check("rewards", 0.25, 50, "Used 250 of the 1,000 points that were there in 365 days")
        self.use_points(card, 40, 350, "test,2")
        self.use_points(card, 30, -350, "test,2")  # the order is cancelled
        self.check("rewards", 0.25, 50, "Used 250 of the 1,000 points that were there in 365 days")

    # ------------------------------------------------------------------

    def test_service_quality(self):
        self.record("test_request", 10, 20, 30, 40)
        self.check("service_quality", 0, 100, "No service problem in 4 requests")
        self.record("test_problem", 10)
        # A quarter lies half way from 0.5 to 0.
        self.check("service_quality", 0.25, 50, "1 service problem in 180 days")
        self.record("test_problem", 20, 30)
        self.check("service_quality", 0.75, 0, "3 service problems in 180 days")

    def test_a_problem_without_a_request(self):
        self.record("test_problem", 10)
        self.check("service_quality", 1, 0, "1 service problem in 180 days")

    # ------------------------------------------------------------------
    # The dimension itself
    # ------------------------------------------------------------------

    def test_own_sentence(self):
        dimension = self.dimension("feedback")
        dimension.explanation = "%(value)s times angry, 100 %% sure%(nothing)s"
        self.record("complaint", 5, 6)
        self.assertEqual(dimension._reason(self.measure("feedback")), "2 times angry, 100 % sure")
        for wrong in ("%(value", "100 % of it", "%d"):
            with self.assertRaises(ValidationError):
                dimension.explanation = wrong

    def test_a_reason_survives_a_change_of_metric(self):
        dimension = self.dimension("feedback")
        self.record("complaint", 5)
        facts = self.measure("feedback")
        dimension.metric = "tenure"
        self.assertEqual(dimension._reason(facts), "1 complaint in 180 days")
        self.assertEqual(dimension._reason({"metric": "gone", "value": 1.5}), "Feedback: 1.5")

    def test_a_dimension_that_has_scored_stays(self):
        dimension = self.dimension("feedback")
        self.record("complaint", 5)
        self.client._update_health(DAY)
        with self.assertRaises(UserError):
            dimension.unlink()

    def test_a_curve_needs_two_ends(self):
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            self.dimension("feedback").write({"bad_value": 1, "good_value": 1})
            self.env.flush_all()
