from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..engine.sampling import is_sampled
from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestTrigger(SurveyCommon):
    def test_event_plans_an_invitation(self):
        with freeze_time("2025-03-03 09:00:00"):
            self.trigger.write({"delay_days": 3, "quiet_days": 20, "answer_days": 10})
            event = self.visit(date="2025-03-03 08:00:00")
            invitation = self.invitation_of(event)
        self.assertRecordValues(
            invitation,
            [
                {
                    "state": "scheduled",
                    "contact_id": self.contact.id,
                    "client_id": self.client_of().id,
                    "company_id": self.env.company.id,
                    "survey_id": self.survey_csat.id,
                    "trigger_id": self.trigger.id,
                    "quiet_days": 20,
                    "answer_days": 10,
                }
            ],
        )
        self.assertEqual(str(invitation.date_due), "2025-03-06 08:00:00")

    def test_without_a_contact_the_first_with_mail_is_asked(self):
        no_mail, second = self.env["res.partner"].create(
            [
                {"name": "No Mail", "parent_id": self.client_partner.id},
                {
                    "name": "Later",
                    "parent_id": self.client_partner.id,
                    "email": "later@example.com",
                },
            ]
        )
        event = self.visit(self.client_partner)
        self.assertEqual(self.invitation_of(event).contact_id, self.contact)
        self.contact.loyalty_no_survey = True
        event = self.visit(self.client_partner)
        self.assertEqual(self.invitation_of(event).contact_id, second)
        self.assertNotEqual(self.invitation_of(event).contact_id, no_mail)

    def test_client_without_any_contact_is_asked_itself(self):
        person = self.env["res.partner"].create({"name": "Li Na", "email": "li@example.com"})
        self.assertEqual(self.invitation_of(self.visit(person)).contact_id, person)

    def test_same_event_twice_asks_once(self):
        event = self.visit(origin="wechat:1")
        again = self.visit(origin="wechat:1")
        self.assertEqual(event, again)
        self.assertEqual(len(self.invitation_of(event)), 1)
        self.assertFalse(self.Trigger._fire(event), "the door lets nobody in twice")
        self.assertEqual(len(self.invitation_of(event)), 1)

    def test_database_refuses_a_second_invitation(self):
        invitation = self.invitation_of(self.visit())
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            invitation.copy()
            self.env.flush_all()

    def test_undoing_an_event_does_not_ask(self):
        event = self.visit()
        undone = event._reverse("Never happened")
        self.assertFalse(self.invitation_of(undone))

    def test_history_is_not_asked_about(self):
        week = timedelta(days=7)
        self.assertTrue(self.invitation_of(self.visit(date=self.now() - week + timedelta(hours=1))))
        self.assertFalse(
            self.invitation_of(self.visit(date=self.now() - week - timedelta(hours=1)))
        )

    def test_delay_moves_what_counts_as_history(self):
        self.trigger.delay_days = 30
        event = self.visit(date=self.now() - timedelta(days=31))
        self.assertTrue(self.invitation_of(event))

    def test_event_of_the_future_is_asked_about_after_it(self):
        start = self.now() + timedelta(days=20)
        self.trigger.delay_days = 14
        self.assertEqual(
            self.invitation_of(self.visit(date=start)).date_due, start + timedelta(days=14)
        )

    def test_sample(self):
        self.trigger.sampling_percent = 0
        self.assertFalse(self.invitation_of(self.visit()))
        self.trigger.sampling_percent = 40
        events = self.Event.create(
            [{"type_id": self.type_visit.id, "partner_id": self.contact.id}] * 30
        )
        asked = self.Invitation.search([("event_id", "in", events.ids)]).event_id
        expected = events.filtered(
            lambda event: is_sampled(
                f"loyalty.service.survey.trigger,{self.trigger.id}:{event.id}", 40
            )
        )
        self.assertEqual(asked, expected)

    def test_trigger_of_another_company(self):
        other = self.env["res.company"].create({"name": "Beijing branch"})
        self.trigger.company_id = other
        self.assertFalse(self.invitation_of(self.visit()))
        event = self.visit(company_id=other.id)
        self.assertEqual(self.invitation_of(event).company_id, other)

    def test_archived_trigger(self):
        self.trigger.active = False
        self.assertFalse(self.invitation_of(self.visit()))

    def test_trigger_waits_for_its_addon(self):
        self.trigger.event_code = "no_such_event"
        self.assertFalse(self.trigger.event_type_id)
        event_type = self.env["loyalty.service.event.type"].create(
            {"name": "Late comer", "code": "no_such_event"}
        )
        self.trigger.invalidate_recordset(["event_type_id"])
        self.assertEqual(self.trigger.event_type_id, event_type)
        event = self.visit(type_id=event_type.id)
        self.assertTrue(self.invitation_of(event))

    def test_form_sets_the_code(self):
        with Form(self.Trigger) as form:
            form.name = "After a call"
            form.event_type_id = self.type_call
            form.survey_id = self.survey_nps
        trigger = form.save()
        self.assertEqual(trigger.event_code, "call")

    def test_shipped_triggers(self):
        after_ticket = self.env.ref("loyalty_service_survey.trigger_ticket_closed")
        self.assertEqual(after_ticket.event_code, "ticket_closed")
        self.assertEqual(after_ticket.survey_id, self.survey_csat)
        after_renewal = self.env.ref("loyalty_service_survey.trigger_agreement_renewed")
        self.assertEqual(
            after_renewal.event_type_id,
            self.env.ref("loyalty_service.event_type_agreement_renewed"),
        )
        self.assertEqual(after_renewal.survey_id, self.survey_nps)

    def test_renewal_asks_for_a_recommendation(self):
        trigger = self.env.ref("loyalty_service_survey.trigger_agreement_renewed")
        trigger.active = True
        agreement = self.env["loyalty.service.agreement"].create(
            {
                "partner_id": self.client_partner.id,
                "name": "Bookkeeping",
                "date_start": self.now().date() - timedelta(days=360),
                "date_end": self.now().date() + timedelta(days=5),
            }
        )
        agreement.action_start()
        agreement._renew()
        invitation = self.Invitation.search([("trigger_id", "=", trigger.id)])
        self.assertEqual(invitation.survey_id, self.survey_nps)
        # Asked 14 days after the client renewed, which is today, though the old agreement
        # runs for some days more.
        self.assertEqual(invitation.date_due.date(), self.now().date() + timedelta(days=14))

    def test_whoever_records_the_event(self):
        event = self.Event.with_user(self.user_loyalty).create(
            {"type_id": self.type_visit.id, "partner_id": self.contact.id}
        )
        self.assertTrue(self.invitation_of(event))

    def test_nothing_is_looked_up_without_a_trigger(self):
        self.trigger.active = False
        with patch.object(type(self.Invitation), "_schedule") as schedule:
            self.visit()
        schedule.assert_not_called()
