import re

from odoo.tests import HttpCase, new_test_user, tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyPage(SurveyCommon, HttpCase):
    """The link in the mail, opened and answered through Odoo's own survey pages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_firm = cls.env["res.partner"].create({"name": "Other", "is_company": True})
        for login, parent in (("colleague", cls.client_partner), ("stranger", cls.other_firm)):
            user = new_test_user(cls.env, login, password=login * 2, groups="base.group_portal")
            user.partner_id.parent_id = parent

    def post(self, user_input, route, **params):
        survey = user_input.survey_id
        response = self.url_open(
            f"/survey/{route}/{survey.access_token}/{user_input.access_token}",
            json={"params": params},
        )
        self.assertEqual(response.status_code, 200)
        return response.json()["result"]

    def begin(self, user_input):
        return self.post(user_input, "begin", lang_code="en_US")

    def test_from_event_to_client_figures(self):
        event = self.visit(summary="Annual review")
        # In a browser test the scheduler's own cursor is the test's already.
        self.cron.method_direct_trigger()
        mail = self.mails_to(self.contact)
        link = re.search(r'href="([^"]*/survey/start/[^"]+)"', str(mail.body_html))[1]
        response = self.url_open(link.replace("&amp;", "&"))
        self.assertEqual(response.status_code, 200)
        self.assertIn("How did we do?", response.text)
        answer = self.invitation_of(event).user_input_id
        self.begin(answer)
        self.assertEqual(answer.state, "in_progress")
        self.post(
            answer,
            "submit",
            **{str(self.question_csat.id): "2", str(self.question_csat_comment.id): "Too slow"},
        )
        self.assertEqual(answer.state, "done")
        self.assertEqual(self.invitation_of(event).state, "answered")
        client = self.client_of()
        self.assertEqual(client.satisfaction, 25)
        self.assertTrue(client.satisfaction_date)
        told = self.standing(
            self.client_partner, "survey_answered", "survey_satisfaction", "survey_detractor"
        )
        self.assertEqual(len(told), 3)
        self.assertEqual(set(told.mapped("note")), {"Too slow"})
        self.assertNotIn(self.env.ref("base.public_user"), told.user_id)

    def test_outside_the_scale(self):
        answer = self.invite(self.survey_csat).user_input_id
        self.begin(answer)
        _correct, result = self.post(answer, "submit", **{str(self.question_csat.id): "99"})
        self.assertEqual(result["error"], "validation")
        self.assertIn(str(self.question_csat.id), result["fields"])
        self.assertEqual(answer.state, "in_progress")

    def test_zero_as_a_number(self):
        answer = self.invite(self.survey_nps).user_input_id
        self.begin(answer)
        self.post(answer, "submit", **{str(self.question_nps.id): 0})
        self.assertEqual(answer.state, "done")
        self.assertEqual(answer.loyalty_nps_group, "detractor")
        self.assertTrue(self.client_of().nps_date)

    def test_colleague_may_answer(self):
        answer = self.invite(self.survey_csat).user_input_id
        self.authenticate("colleague", "colleague" * 2)
        response = self.url_open(answer.get_start_url())
        self.assertIn("How did we do?", response.text)
        self.begin(answer)
        self.post(answer, "submit", **{str(self.question_csat.id): "5"})
        self.assertEqual(self.client_of().satisfaction, 100)
        self.assertEqual(answer.partner_id, self.contact)

    def test_stranger_is_told_why_not(self):
        answer = self.invite(self.survey_csat).user_input_id
        self.authenticate("stranger", "stranger" * 2)
        response = self.url_open(answer.get_start_url())
        self.assertIn("This link is for somebody else", response.text)
        self.assertNotIn(self.contact.name, response.text)
        _correct, result = self.begin(answer)
        self.assertEqual(result["error"], "answer_not_yours")
        _correct, result = self.post(answer, "submit", **{str(self.question_csat.id): "5"})
        self.assertEqual(result["error"], "answer_not_yours")
        self.assertEqual(answer.state, "new")

    def test_stranger_at_another_survey_sees_what_core_shows(self):
        survey = self.env["survey.survey"].create({"title": "Other"})
        self.env["survey.question"].create(
            {"survey_id": survey.id, "title": "?", "question_type": "char_box"}
        )
        answer = survey._create_answer(partner=self.contact)
        self.authenticate("stranger", "stranger" * 2)
        self.assertIn("Survey Access Error", self.url_open(answer.get_start_url()).text)

    def test_link_ends(self):
        answer = self.invite(self.survey_csat, answer_days=1).user_input_id
        answer.deadline = "2020-01-01 00:00:00"
        self.assertIn("survey expired", self.url_open(answer.get_start_url()).text)
