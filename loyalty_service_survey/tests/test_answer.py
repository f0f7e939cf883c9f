from freezegun import freeze_time

from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestAnswer(SurveyCommon):
    def told(self, partner=None):
        """Return ``{code: value}`` of the standing survey events of the client."""
        events = self.standing(partner or self.client_partner).filtered(
            lambda event: event.kind == "survey"
        )
        told = {event.type_id.code: event.value for event in events}
        self.assertEqual(len(told), len(events), "each is told once")
        return told

    def test_satisfied(self):
        with freeze_time("2025-03-03 09:00:00"):
            invitation = self.invite(self.survey_csat)
        with freeze_time("2025-03-05 10:30:00"):
            self.answer(
                invitation.user_input_id,
                {self.question_csat: "4", self.question_csat_comment: "Fast and friendly"},
            )
        # 4 on a scale of 1 to 5 is three quarters of the way.
        self.assertEqual(self.told(), {"survey_answered": 0, "survey_satisfaction": 75})
        event = self.standing(self.client_partner, "survey_satisfaction")
        self.assertRecordValues(
            event,
            [
                {
                    "kind": "survey",
                    "signal": "satisfaction",
                    "channel": "survey",
                    "contact_id": self.contact.id,
                    "company_id": self.env.company.id,
                    "summary": "How did we do?",
                    "note": "Fast and friendly",
                    "res_model": "loyalty.service.survey.invitation",
                    "res_id": invitation.id,
                }
            ],
        )
        self.assertEqual(str(event.date), "2025-03-05 10:30:00")
        self.assertEqual(invitation.state, "answered")
        self.assertEqual(str(invitation.answered_date), "2025-03-05 10:30:00")
        self.assertRecordValues(
            self.client_of(),
            [{"satisfaction": 75, "satisfaction_date": event.date, "nps_date": False}],
        )
        self.assertEqual(self.client_of().last_survey_date, event.date)

    def test_dissatisfied_is_a_detractor(self):
        for rating, detractor in (("1", True), ("2", True), ("3", False)):
            with self.subTest(rating=rating):
                invitation = self.invite(self.survey_csat)
                self.answer(invitation.user_input_id, {self.question_csat: rating})
                events = self.Event.search(
                    [("res_model", "=", invitation._name), ("res_id", "=", invitation.id)]
                )
                self.assertEqual("survey_detractor" in events.type_id.mapped("code"), detractor)

    def test_recommendation(self):
        self.answer(self.invite(self.survey_nps).user_input_id, {self.question_nps: "9"})
        self.assertEqual(self.told(), {"survey_answered": 0, "survey_nps": 9})
        self.assertEqual(self.client_of().nps, 9)
        self.assertFalse(self.client_of().satisfaction_date)

    def test_who_recommends(self):
        expected = {"6": "detractor", "7": "passive", "8": "passive", "10": "promoter"}
        for rating, group in expected.items():
            answer = self.invite(self.survey_nps).user_input_id
            self.answer(answer, {self.question_nps: rating})
            self.assertEqual(answer.loyalty_nps_group, group)

    def test_deleted_answer_is_undone(self):
        """With the answer, and with the survey that it answers, by who knows nothing of loyalty."""
        for delete in (
            lambda answer: answer.with_user(self.user_survey).unlink(),
            lambda answer: answer.survey_id.with_user(self.user_survey).unlink(),
        ):
            invitation = self.invite(self.survey_nps)
            earlier = invitation.user_input_id
            self.answer(earlier, {self.question_nps: "3"})
            answer = self.survey_nps._create_answer(
                partner=self.contact,
                check_attempts=False,
                invite_token=invitation.sudo().invite_token,
            )
            self.answer(answer, {self.question_nps: "9"})
            self.assertEqual(self.told(), {"survey_answered": 0, "survey_nps": 9})
            earlier.unlink()
            self.assertEqual(self.told(), {"survey_answered": 0, "survey_nps": 9})
            delete(answer)
            self.assertEqual(self.told(), {})

    def test_deleted_answer_without_invitation_is_undone(self):
        self.Client._ensure(self.client_partner, self.env.company)
        answer = self.survey_nps._create_answer(partner=self.contact)
        self.answer(answer, {self.question_nps: "9"})
        self.assertEqual(self.told(), {"survey_answered": 0, "survey_nps": 9})
        answer.unlink()
        self.assertEqual(self.told(), {})

    def test_zero_counts(self):
        for zero in ("0", 0):
            with self.subTest(zero=zero):
                partner = self.env["res.partner"].create(
                    {"name": f"Zero {zero!r}", "email": "zero@example.com"}
                )
                answer = self.invite(self.survey_nps, partner).user_input_id
                self.assertFalse(self.question_nps.validate_question(zero))
                self.answer(answer, {self.question_nps: zero})
                line = answer.user_input_line_ids.filtered(
                    lambda line: line.question_id == self.question_nps
                )
                self.assertFalse(line.skipped)
                self.assertEqual(line.answer_type, "scale")
                self.assertEqual(answer.loyalty_nps_group, "detractor")
                self.assertEqual(
                    self.told(partner),
                    {"survey_answered": 0, "survey_nps": 0, "survey_detractor": 0},
                )
                self.assertTrue(self.client_of(partner).nps_date)
                self.assertEqual(self.client_of(partner).nps, 0)

    def test_no_answer_is_no_zero(self):
        for nothing in (False, None, ""):
            self.assertTrue(self.question_nps.validate_question(nothing))

    def test_outside_the_scale_is_refused(self):
        for wrong in ("99", 99, "6", "-1", "four", "0", [1, 2]):
            self.assertIn(self.question_csat.id, self.question_csat.validate_question(wrong))
        for right in ("1", "5", 3):
            self.assertFalse(self.question_csat.validate_question(right))

    def test_outside_the_scale_counts_for_nothing(self):
        answer = self.invite(self.survey_csat).user_input_id
        self.answer(answer, {self.question_csat: "99"})
        self.assertEqual(self.told(), {"survey_answered": 0})
        self.assertFalse(answer.loyalty_satisfaction_group)
        self.assertFalse(self.client_of().satisfaction_date)

    def test_satisfaction_survey(self):
        ref = self.env.ref
        ratings = {
            "quality_speed": "5",  # 100
            "quality_accuracy": "4",  # 75
            "quality_expertise": "3",  # 50: quality 75
            "attitude_patience": "5",
            "attitude_care": "5",
            "attitude_warmth": "5",  # attitude 100
            "price_value": "2",  # 25
            "price_transparency": False,  # skipped: price 25
            "experience": "1",  # 0
        }
        answer = self.invite(self.survey_satisfaction).user_input_id
        self.answer(
            answer,
            {
                ref(f"loyalty_service_survey.question_{name}"): rating
                for name, rating in ratings.items()
            },
        )
        # (75 + 100 + 25 + 0) / 4
        self.assertEqual(self.told(), {"survey_answered": 0, "survey_satisfaction": 50})
        self.assertEqual(answer.loyalty_satisfaction_group, "neutral")

    def test_nothing_answered_is_no_participation(self):
        answer = self.invite(self.survey_satisfaction).user_input_id
        self.answer(answer, dict.fromkeys(self.survey_satisfaction.question_ids, False))
        self.assertEqual(self.told(), {})

    def test_finished_twice_is_told_once(self):
        answer = self.invite(self.survey_csat).user_input_id
        self.answer(answer, {self.question_csat: "5"})
        before = self.standing(self.client_partner)
        answer._mark_done()
        self.assertEqual(self.standing(self.client_partner), before)

    def test_changed_answer_takes_the_place_of_the_first(self):
        answer = self.invite(self.survey_csat).user_input_id
        self.answer(answer, {self.question_csat: "1"})
        self.answer(answer, {self.question_csat: "5"})
        self.assertEqual(self.told(), {"survey_answered": 0, "survey_satisfaction": 100})
        self.assertEqual(self.client_of().satisfaction, 100)

    def test_second_attempt_takes_the_place_of_the_first(self):
        self.survey_nps.is_attempts_limited = False
        invitation = self.invite(self.survey_nps)
        first = invitation.user_input_id
        self.answer(first, {self.question_nps: "3"})
        second = self.survey_nps._create_answer(
            partner=first.partner_id, invite_token=first.invite_token
        )
        self.answer(second, {self.question_nps: "10"})
        self.assertEqual(self.told(), {"survey_answered": 0, "survey_nps": 10})
        self.assertEqual(second.loyalty_client_id, self.client_of())
        self.assertEqual(invitation.user_input_id, second)

    def test_templates_allow_one_attempt(self):
        first = self.invite(self.survey_nps).user_input_id
        self.answer(first, {self.question_nps: "3"})
        self.assertFalse(
            self.survey_nps._has_attempts_left(first.partner_id, first.email, first.invite_token)
        )
        again = self.invite(self.survey_nps).user_input_id
        self.assertTrue(
            self.survey_nps._has_attempts_left(again.partner_id, again.email, again.invite_token),
            "an earlier survey does not block the next one",
        )

    def test_older_answer_does_not_replace_the_latest_figure(self):
        with freeze_time("2025-03-01"):
            old = self.invite(self.survey_csat).user_input_id
        with freeze_time("2025-05-01"):
            new = self.invite(self.survey_csat).user_input_id
            self.answer(new, {self.question_csat: "5"})
        with freeze_time("2025-04-01"):
            self.answer(old, {self.question_csat: "2"})
        self.assertEqual(self.client_of().satisfaction, 100)
        self.assertEqual(str(self.client_of().last_survey_date), "2025-05-01 00:00:00")

    def test_undone_answer_leaves_the_figures(self):
        answer = self.invite(self.survey_csat).user_input_id
        self.answer(answer, {self.question_csat: "5"})
        self.standing(self.client_partner)._reverse("Mistaken identity")
        self.assertRecordValues(
            self.client_of(), [{"satisfaction_date": False, "last_survey_date": False}]
        )

    def test_test_entry_counts_for_nothing(self):
        client = self.Client._ensure(self.client_partner, self.env.company)
        answer = self.survey_csat._create_answer(
            user=self.env.user, partner=self.contact, test_entry=True
        )
        answer.partner_id = self.contact
        self.answer(answer, {self.question_csat: "1"})
        self.assertEqual(self.told(), {})
        self.assertFalse(answer.loyalty_satisfaction_group)
        self.assertFalse(client.last_survey_date)

    def test_anonymous_answer_feeds_no_client(self):
        before = self.Event.search_count([])
        answer = self.survey_csat._create_answer(email="somebody@example.com")
        self.answer(answer, {self.question_csat: "1"})
        self.assertEqual(self.Event.search_count([]), before)
        self.assertFalse(answer.loyalty_client_id)
        self.assertEqual(answer.loyalty_satisfaction_group, "dissatisfied")

    def test_answer_of_a_colleague_makes_no_client(self):
        answer = self.survey_csat._create_answer(user=self.user_loyalty)
        self.answer(answer, {self.question_csat: "1"})
        self.assertFalse(self.client_of(self.user_loyalty.partner_id))
        self.assertFalse(answer.loyalty_client_id)

    def test_answer_of_a_client_without_an_invitation(self):
        client = self.Client._ensure(self.client_partner, self.env.company)
        answer = self.survey_csat._create_answer(partner=self.contact)
        self.answer(answer, {self.question_csat: "5"})
        self.assertEqual(answer.loyalty_client_id, client)
        self.assertEqual(self.told(), {"survey_answered": 0, "survey_satisfaction": 100})
        event = self.standing(self.client_partner, "survey_satisfaction")
        self.assertEqual((event.res_model, event.res_id), ("survey.user_input", answer.id))

    def test_quiz_is_no_opinion(self):
        self.Client._ensure(self.client_partner, self.env.company)
        quiz = self.env["survey.survey"].create({"title": "Quiz"})
        question = self.env["survey.question"].create(
            {"survey_id": quiz.id, "title": "How much?", "question_type": "numerical_box"}
        )
        self.answer(quiz._create_answer(partner=self.contact), {question: "5"})
        self.assertEqual(self.told(), {})

    def test_whose_work_it_was(self):
        agent, manager = (
            new_test_user(self.env, login, groups="loyalty_service.group_loyalty_user")
            for login in ("agent_test", "account_manager_test")
        )
        self.client_partner.user_id = manager
        event = self.visit(user_id=agent.id)
        self.send()
        self.answer(self.invitation_of(event).user_input_id, {self.question_csat: "5"})
        self.assertEqual(self.standing(self.client_partner, "survey_satisfaction").user_id, agent)
        self.answer(self.invite(self.survey_nps).user_input_id, {self.question_nps: "5"})
        self.assertEqual(self.standing(self.client_partner, "survey_nps").user_id, manager)

    def test_unhappy_answer_can_itself_be_asked_about(self):
        trigger = self.Trigger.create(
            {
                "name": "Are things better?",
                "event_code": "survey_detractor",
                "survey_id": self.survey_csat.id,
                "delay_days": 60,
            }
        )
        self.answer(self.invite(self.survey_nps).user_input_id, {self.question_nps: "2"})
        invitation = self.Invitation.search([("trigger_id", "=", trigger.id)])
        self.assertEqual(invitation.contact_id, self.contact)

    def test_questions_fit_what_they_feed(self):
        wrong = (
            {"question_type": "text_box", "loyalty_metric": "csat"},
            {"question_type": "scale", "loyalty_metric": "comment"},
            {
                "question_type": "scale",
                "loyalty_metric": "nps",
                "scale_min": 1,
                "scale_max": 10,
            },
        )
        for values in wrong:
            with self.subTest(**values), self.assertRaises(ValidationError):
                self.env["survey.question"].create(
                    {"survey_id": self.survey_csat.id, "title": "?", **values}
                )

    def test_copied_survey_feeds_as_well(self):
        copy = self.survey_nps.copy()
        self.assertTrue(copy.loyalty_feeds)
        self.assertIn(copy, self.env["survey.survey"].search([("loyalty_feeds", "=", True)]))
        quiz = self.env["survey.survey"].create({"title": "Quiz"})
        self.assertIn(quiz, self.env["survey.survey"].search([("loyalty_feeds", "=", False)]))
        self.assertNotIn(copy, self.env["survey.survey"].search([("loyalty_feeds", "=", False)]))

    def test_the_survey_is_named_to_each_reader_in_its_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env.company.partner_id.lang = "zh_CN"
        self.survey_csat.with_context(lang="en_US").title = "How did we do?"
        self.survey_csat.with_context(lang="zh_CN").title = "我们做得怎么样？"
        self.answer(self.invite(self.survey_csat).user_input_id, {self.question_csat: "4"})
        event = self.standing(self.client_partner, "survey_answered")
        self.assertEqual(event.summary, "我们做得怎么样？")
        for lang, title in (("en_US", "How did we do?"), ("zh_CN", "我们做得怎么样？")):
            told = event.with_context(lang=lang)
            self.assertEqual((told.summary_shown, told.client_summary), (title, title))
        # Deleted with its answers, it is named all the same.
        self.survey_csat.with_context(lang="zh_CN").title = "别的"
        self.assertEqual(event.with_context(lang="en_US").client_summary, "How did we do?")
