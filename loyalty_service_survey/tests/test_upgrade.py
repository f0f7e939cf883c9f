import json
import runpy

from odoo.tests import tagged
from odoo.tools import SQL, file_path

from .common import SurveyCommon

MIGRATION = "loyalty_service_survey/migrations/19.0.1.1.0/post-event_words.py"


@tagged("post_install", "-at_install")
class TestUpgrade(SurveyCommon):
    def test_past_answers_name_their_survey_in_each_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.survey_csat.with_context(lang="zh_CN").title = "我们做得怎么样？"
        self.answer(self.invite(self.survey_csat).user_input_id, {self.question_csat: "4"})
        answered = self.standing(self.client_partner, "survey_answered")
        by_hand = self.visit(summary="How did we do?")
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE loyalty_service_event SET summary_texts = NULL WHERE id IN %s",
                (answered.id, by_hand.id),
            )
        )
        runpy.run_path(file_path(MIGRATION))["migrate"](self.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        told = json.loads(answered.summary_texts)
        self.assertEqual(told["en_US"], "How did we do?")
        self.assertEqual(told["zh_CN"], "我们做得怎么样？")
        self.assertFalse(by_hand.summary_texts, "a person wrote it")
