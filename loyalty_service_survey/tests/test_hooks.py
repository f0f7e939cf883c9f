from odoo.tests import tagged

from ..hooks import MODULE, post_init_hook, pre_init_hook, uninstall_hook
from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestHooks(SurveyCommon):
    def external_names(self, records):
        return (
            self.env["ir.model.data"]
            .search(
                [
                    ("module", "=", MODULE),
                    ("model", "=", records._name),
                    ("res_id", "in", records.ids),
                ]
            )
            .mapped("name")
        )

    def test_what_clients_said_outlives_the_addon(self):
        waiting = self.invite(self.survey_nps).user_input_id
        answer = self.invite(self.survey_csat).user_input_id
        self.answer(answer, {self.question_csat: "5"})
        types = self.standing(self.client_partner).type_id.filtered(
            lambda event_type: event_type.kind == "survey"
        )
        self.env["survey.user_input"].search(
            [("survey_id", "=", self.survey_nps.id), ("state", "=", "done")]
        ).unlink()
        detractor = self.env.ref("loyalty_service_survey.event_type_survey_detractor")
        detractor_told = self.Event.search_count([("type_id", "=", detractor.id)])

        uninstall_hook(self.env)

        # Without an external id the uninstallation leaves a record alone.
        self.assertFalse(self.external_names(self.survey_csat))
        self.assertFalse(self.external_names(self.survey_csat.question_ids))
        self.assertFalse(self.external_names(types))
        self.assertFalse(any(types.mapped("active")))
        self.assertTrue(self.external_names(self.survey_nps), "asked only, not answered")
        self.assertTrue(waiting.exists())
        self.assertEqual(bool(self.external_names(detractor)), not detractor_told)
        self.assertFalse(self.mails_to(self.contact))

        pre_init_hook(self.env)

        self.assertEqual(
            set(self.external_names(types)),
            {f"event_type_{event_type.code}" for event_type in types},
        )
        self.assertTrue(all(types.mapped("active")))

    def test_figures_come_back(self):
        answer = self.invite(self.survey_csat).user_input_id
        self.answer(answer, {self.question_csat: "5"})
        client = self.client_of()
        client.write({"satisfaction": 0, "satisfaction_date": False, "last_survey_date": False})
        post_init_hook(self.env)
        self.assertEqual(client.satisfaction, 100)
        self.assertEqual(client.last_survey_date, answer.end_datetime)
