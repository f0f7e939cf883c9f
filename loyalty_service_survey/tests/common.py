from odoo import fields
from odoo.tests import new_test_user

from odoo.addons.loyalty_service.tests.common import LoyaltyCommon


class SurveyCommon(LoyaltyCommon):
    """A trigger that asks about visits; the triggers of the installation are off."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Trigger = cls.env["loyalty.service.survey.trigger"]
        cls.Invitation = cls.env["loyalty.service.survey.invitation"]
        cls.Client = cls.env["loyalty.service.client"]
        cls.Trigger.search([]).active = False
        cls.survey_csat = cls.env.ref("loyalty_service_survey.survey_csat")
        cls.survey_nps = cls.env.ref("loyalty_service_survey.survey_nps")
        cls.survey_satisfaction = cls.env.ref("loyalty_service_survey.survey_satisfaction")
        cls.question_csat = cls.env.ref("loyalty_service_survey.question_csat")
        cls.question_csat_comment = cls.env.ref("loyalty_service_survey.question_csat_comment")
        cls.question_nps = cls.env.ref("loyalty_service_survey.question_nps")
        cls.cron = cls.env.ref("loyalty_service_survey.ir_cron_send")
        cls.type_visit = cls.env.ref("loyalty_service.event_type_visit")
        cls.trigger = cls.Trigger.create(
            {"name": "After a visit", "event_code": "visit", "survey_id": cls.survey_csat.id}
        )
        cls.user_survey = new_test_user(
            cls.env, "survey_only_test", groups="survey.group_survey_user"
        )

    @classmethod
    def visit(cls, partner=None, **values):
        """Record a visit at ``partner``, the client's contact if not named."""
        return cls.Event.create(
            {"type_id": cls.type_visit.id, "partner_id": (partner or cls.contact).id, **values}
        )

    def send(self):
        """Run the scheduled action as the scheduler does."""
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()

    def invitation_of(self, event):
        return self.Invitation.search([("event_id", "=", event.id)])

    def mails_to(self, contact):
        return self.env["mail.mail"].search([("recipient_ids", "in", contact.ids)])

    def invite(self, survey, contact=None, **values):
        """Return a sent invitation of ``contact``, the client's if not named."""
        contact = contact or self.contact
        client = self.Client._ensure(contact.commercial_partner_id, self.env.company)
        invitation = self.Invitation.create(
            {
                "survey_id": survey.id,
                "client_id": client.id,
                "contact_id": contact.id,
                "quiet_days": 0,
                **values,
            }
        )
        invitation._send_due()
        return invitation

    def answer(self, user_input, answers):
        """Answer as the survey page does: ``answers`` is question -> what is posted."""
        for question, value in answers.items():
            user_input._save_lines(question, value)
        user_input._mark_done()

    def client_of(self, partner=None):
        return self.Client.search([("partner_id", "=", (partner or self.client_partner).id)])

    @staticmethod
    def now():
        return fields.Datetime.now()
