from odoo.tests import tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestReport(SurveyCommon):
    def figures(self, survey):
        survey.invalidate_recordset()
        return survey

    def test_no_data(self):
        survey = self.survey_nps.copy()
        self.assertRecordValues(
            survey,
            [
                {
                    "loyalty_sent_count": 0,
                    "loyalty_answer_count": 0,
                    "loyalty_csat_count": 0,
                    "loyalty_nps_count": 0,
                    "loyalty_nps_interval": False,
                }
            ],
        )

    def test_recommendation(self):
        survey = self.survey_nps.copy({"is_attempts_limited": False})
        question = survey.question_ids.filtered(lambda question: question.loyalty_metric == "nps")
        # 6 promoters, 2 passives, 2 detractors; two do not answer, one is skipped.
        ratings = ["9"] * 3 + ["10"] * 3 + ["7", "8"] + ["6", "0"] + [None] * 2
        for rating in ratings:
            answer = self.invite(survey).user_input_id
            if rating:
                self.answer(answer, {question: rating})
        self.contact.loyalty_no_survey = True
        self.assertEqual(self.invite(survey).state, "skipped")
        # The interval is worked by hand in the tests of the engine: -12.6 to 74.1.
        self.assertRecordValues(
            self.figures(survey),
            [
                {
                    "loyalty_sent_count": 12,
                    "loyalty_answer_count": 10,
                    "loyalty_nps": 40,
                    "loyalty_nps_count": 10,
                    "loyalty_nps_interval": "-13 to +74",
                    "loyalty_csat_count": 0,
                }
            ],
        )
        self.assertAlmostEqual(survey.loyalty_response_rate, 10 / 12)

    def test_satisfaction(self):
        survey = self.survey_csat.copy()
        question = survey.question_ids.filtered(lambda question: question.loyalty_metric == "csat")
        # Values 100 100 75 50 0: mean 65, three of five satisfied, two of five at the top.
        for rating in ("5", "5", "4", "3", "1"):
            self.answer(self.invite(survey).user_input_id, {question: rating})
        test_entry = survey._create_answer(user=self.env.user, test_entry=True)
        self.answer(test_entry, {question: "1"})
        self.assertRecordValues(
            self.figures(survey),
            [
                {
                    "loyalty_csat": 65,
                    "loyalty_csat_count": 5,
                    "loyalty_satisfied": 0.6,
                    "loyalty_top": 0.4,
                }
            ],
        )

    def test_companies_apart(self):
        other = self.env["res.company"].create({"name": "Beijing branch"})
        survey = self.survey_csat.copy()
        question = survey.question_ids.filtered(lambda question: question.loyalty_metric == "csat")
        self.answer(self.invite(survey).user_input_id, {question: "5"})
        client = self.Client._ensure(self.client_partner, other)
        there = self.invite(survey, client_id=client.id)
        self.answer(there.user_input_id, {question: "1"})
        here = survey.with_context(allowed_company_ids=self.env.company.ids)
        self.assertEqual((here.loyalty_csat, here.loyalty_csat_count), (100, 1))
        both = survey.with_context(allowed_company_ids=(self.env.company + other).ids)
        self.assertEqual((both.loyalty_csat, both.loyalty_csat_count), (50, 2))
        self.assertEqual(there.company_id, other)
        self.assertEqual(client.satisfaction, 0)
        self.assertTrue(client.satisfaction_date)

    def test_lists(self):
        answer = self.invite(self.survey_csat).user_input_id
        self.answer(answer, {self.question_csat: "5"})
        client = self.client_of()
        Answers = self.env["survey.user_input"]
        self.assertEqual(Answers.search(client.action_view_survey_answers()["domain"]), answer)
        self.assertIn(
            answer, Answers.search(self.survey_csat.action_view_loyalty_answers()["domain"])
        )
        self.assertEqual(self.client_partner.loyalty_satisfaction, 100)
