from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import SerializationFailure

from odoo.exceptions import ConcurrencyError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSend(SurveyCommon, CronMixinCase):
    def test_due_at_once_is_in_the_queue_within_a_minute(self):
        with self.capture_triggers("loyalty_service_survey.ir_cron_send") as capture:
            event = self.visit(summary="Annual review")
        self.assertEqual(len(capture.records), 1)
        self.assertLessEqual(capture.records.call_at, self.now())
        with self.capture_triggers("mail.ir_cron_mail_scheduler_action") as mail_capture:
            self.send()
        self.assertTrue(mail_capture.records)
        invitation = self.invitation_of(event)
        self.assertEqual(invitation.state, "sent")
        answer = invitation.user_input_id
        self.assertRecordValues(
            answer,
            [
                {
                    "survey_id": self.survey_csat.id,
                    "partner_id": self.contact.id,
                    "email": "wang@example.com",
                    "state": "new",
                    "test_entry": False,
                    "loyalty_client_id": invitation.client_id.id,
                }
            ],
        )
        self.assertEqual(answer.predefined_question_ids, self.survey_csat.question_ids)
        self.assertEqual(
            answer.deadline, invitation.sent_date + timedelta(days=invitation.answer_days)
        )
        mail = self.mails_to(self.contact)
        self.assertEqual(mail.state, "outgoing")
        self.assertIn(answer.get_start_url(), mail.body_html)
        self.assertNotIn("Annual review", mail.body_html, "what staff noted is not for clients")
        self.assertIn(self.env.company.name, mail.subject)

    def test_later_is_later(self):
        with freeze_time("2025-03-03 09:00:00"):
            self.trigger.delay_days = 2
            with self.capture_triggers("loyalty_service_survey.ir_cron_send") as capture:
                event = self.visit(date="2025-03-03 09:00:00")
            self.assertFalse(capture.records)
            self.send()
            self.assertEqual(self.invitation_of(event).state, "scheduled")
        with freeze_time("2025-03-05 09:00:00"):
            self.send()
        invitation = self.invitation_of(event)
        self.assertEqual(invitation.state, "sent")
        self.assertEqual(str(invitation.sent_date), "2025-03-05 09:00:00")

    def test_running_twice_sends_once(self):
        event = self.visit()
        self.send()
        first = self.invitation_of(event).user_input_id
        self.send()
        self.invitation_of(event)._send_due()
        self.assertEqual(self.invitation_of(event).user_input_id, first)
        self.assertEqual(len(self.mails_to(self.contact)), 1)

    def test_language_of_the_contact(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.contact.lang = "zh_CN"
        template = self.env.ref("loyalty_service_survey.mail_template_invitation")
        template.with_context(lang="zh_CN").subject = "请您评价"
        invitation = self.invite(self.survey_csat)
        self.assertEqual(self.mails_to(self.contact).subject, "请您评价")
        self.assertEqual(invitation.user_input_id.lang_id.code, "zh_CN")

    def test_own_mail_of_a_trigger(self):
        self.trigger.mail_template_id = self.env["mail.template"].create(
            {
                "name": "Short",
                "model_id": self.env["ir.model"]._get_id("loyalty.service.survey.invitation"),
                "subject": "A word from {{ object.company_id.name }}",
                "partner_to": "{{ object.contact_id.id }}",
                "use_default_to": False,
                "body_html": "<p>Hello</p>",
            }
        )
        self.visit()
        self.send()
        self.assertEqual(
            self.mails_to(self.contact).subject, f"A word from {self.env.company.name}"
        )

    # ------------------------------------------------------------------
    # Not sent, and why
    # ------------------------------------------------------------------

    def assertSkipped(self, reason, event):
        self.send()
        invitation = self.invitation_of(event)
        self.assertEqual((invitation.state, invitation.skip_reason), ("skipped", reason))
        self.assertFalse(invitation.user_input_id)

    def test_no_mail_address(self):
        self.contact.email = False
        self.assertSkipped("no_email", self.visit())

    def test_unusable_mail_address(self):
        self.contact.email = "ask my wife"
        self.assertSkipped("no_email", self.visit())

    def test_blacklisted(self):
        self.env["mail.blacklist"]._add(self.contact.email)
        self.assertSkipped("refused", self.visit())

    def test_contact_wants_no_surveys(self):
        self.contact.loyalty_no_survey = True
        self.assertSkipped("refused", self.visit())

    def test_company_wants_no_surveys(self):
        self.client_partner.loyalty_no_survey = True
        self.assertSkipped("refused", self.visit())

    def test_archived_contact(self):
        event = self.visit()
        self.contact.active = False
        self.assertSkipped("archived", event)

    def test_closed_survey(self):
        event = self.visit()
        self.survey_csat.active = False
        self.assertSkipped("closed", event)

    def test_survey_without_questions(self):
        self.trigger.survey_id = self.env["survey.survey"].create({"title": "Empty"})
        self.assertSkipped("closed", self.visit())

    def test_undone_event(self):
        event = self.visit()
        event._reverse("Never happened")
        self.assertSkipped("undone", event)

    def test_quiet_days(self):
        self.trigger.quiet_days = 30
        with freeze_time("2025-03-01 09:00:00"):
            self.visit()
            self.send()
        with freeze_time("2025-03-30 09:00:00"):
            self.assertSkipped("quiet", self.visit())
        with freeze_time("2025-03-31 09:00:00"):
            event = self.visit()
            self.send()
        self.assertEqual(self.invitation_of(event).state, "sent")

    def test_quiet_days_count_what_was_sent_and_not_what_was_skipped(self):
        self.contact.loyalty_no_survey = True
        self.assertSkipped("refused", self.visit())
        self.contact.loyalty_no_survey = False
        event = self.visit()
        self.send()
        self.assertEqual(self.invitation_of(event).state, "sent")

    def test_quiet_days_hold_across_surveys_and_per_contact(self):
        self.invite(self.survey_nps)
        colleague = self.contact.copy({"name": "Colleague", "email": "colleague@example.com"})
        self.assertSkipped("quiet", self.visit())
        event = self.visit(colleague)
        self.send()
        self.assertEqual(self.invitation_of(event).state, "sent")

    def test_of_two_due_at_once_one_goes_out(self):
        first, second = self.visit(), self.visit()
        self.send()
        states = (self.invitation_of(first) + self.invitation_of(second)).mapped("state")
        self.assertEqual(states, ["sent", "skipped"])
        self.assertEqual(len(self.mails_to(self.contact)), 1)

    def test_zero_quiet_days_ask_always(self):
        self.trigger.quiet_days = 0
        self.visit()
        self.visit()
        self.send()
        self.assertEqual(len(self.mails_to(self.contact)), 2)

    def test_one_bad_record_does_not_stop_the_others(self):
        template = self.env.ref("loyalty_service_survey.mail_template_invitation")
        template.subject = "{{ 1 / (object.contact_id.name != 'Bad') }}"
        bad = self.contact.copy({"name": "Bad", "email": "bad@example.com"})
        events = self.visit(bad), self.visit()
        loggers = (
            "odoo.addons.loyalty_service.batch",
            "odoo.addons.mail.models.mail_render_mixin",
        )
        with mute_logger(*loggers):
            self.send()
        failed, sent = (self.invitation_of(event) for event in events)
        self.assertEqual(failed.state, "failed")
        self.assertTrue(failed.error)
        self.assertFalse(failed.user_input_id)
        self.assertEqual(sent.state, "sent")
        self.assertFalse(self.mails_to(bad))
        self.assertEqual(len(self.mails_to(self.contact)), 1)

    def test_another_transaction_in_the_way(self):
        """Nothing is wrong with the invitation: it stays planned, and the run starts again."""
        invitation = self.invitation_of(self.visit())
        for error in (ConcurrencyError("in the way"), SerializationFailure("in the way")):
            with (
                patch.object(type(invitation), "_send", side_effect=error),
                self.assertRaises(type(error)),
            ):
                invitation._send_due()
            self.assertEqual((invitation.state, invitation.error), ("scheduled", False))

    def test_mail_that_cannot_be_delivered(self):
        invitation = self.invite(self.survey_csat)
        self.mails_to(self.contact)._postprocess_sent_message(
            [], [], failure_reason="550 no such mailbox", failure_type="mail_smtp"
        )
        self.assertEqual((invitation.state, invitation.error), ("failed", "550 no such mailbox"))
        self.assertEqual(self.label(invitation), "Connection failed (outgoing mail server problem)")

    def label(self, invitation, lang="en_US"):
        """Return what people read of why a mail failed."""
        reasons = invitation.with_context(lang=lang).fields_get(["failure_type"])
        return dict(reasons["failure_type"]["selection"])[invitation.failure_type]

    def test_no_connection_to_the_mail_server(self):
        """Odoo gives no reason then but its own code, which tells nobody anything."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"].search([("name", "=", "mail")])._update_translations("zh_CN")
        invitation = self.invite(self.survey_csat)
        self.mails_to(self.contact)._postprocess_sent_message([], [], failure_type="mail_smtp")
        self.assertEqual((invitation.state, invitation.error), ("failed", False))
        self.assertEqual(self.label(invitation), "Connection failed (outgoing mail server problem)")
        self.assertIn("连接失败", self.label(invitation, "zh_CN"))
        invitation.action_retry()
        self.assertFalse(invitation.failure_type)

    # ------------------------------------------------------------------
    # By hand
    # ------------------------------------------------------------------

    def test_what_was_not_delivered_asked_nobody(self):
        event = self.visit()
        self.send()
        invitation = self.invitation_of(event)
        self.assertTrue(invitation.quiet_days)
        invitation.write({"state": "failed"})
        invitation.action_retry()
        invitation._send_due()
        self.assertEqual(invitation.state, "sent")

    def test_hold_back_and_send_again(self):
        event = self.visit()
        invitation = self.invitation_of(event).with_user(self.user_loyalty)
        invitation.action_cancel()
        self.assertSkipped("cancelled", event)
        invitation.action_retry()
        self.send()
        self.assertEqual(invitation.state, "sent")
        invitation.action_cancel()
        self.assertEqual(invitation.state, "sent", "what is sent cannot be held back")

    def test_sending_again_keeps_the_link(self):
        invitation = self.invite(self.survey_csat)
        link = invitation.user_input_id.get_start_url()
        invitation.write({"state": "failed"})
        invitation.action_retry()
        invitation._send_due()
        self.assertEqual(invitation.state, "sent")
        self.assertEqual(invitation.user_input_id.get_start_url(), link)


@tagged("post_install", "-at_install")
class TestWave(SurveyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.env["res.partner"].create(
            [
                {"name": f"Client {number}", "is_company": True, "email": f"c{number}@example.com"}
                for number in range(3)
            ]
        )
        cls.clients = cls.Client._ensure(partners, cls.env.company)

    def test_wave(self):
        invitations = self.survey_nps._loyalty_invite(self.clients, wave="Spring")
        self.assertEqual(len(invitations), 3)
        self.assertEqual(set(invitations.mapped("wave")), {"Spring"})
        self.assertFalse(self.survey_nps._loyalty_invite(self.clients, wave="Spring"))
        self.assertEqual(len(self.survey_nps._loyalty_invite(self.clients, wave="Autumn")), 3)
        self.send()
        self.assertEqual(set(invitations.mapped("state")), {"sent"})

    def test_each_company_asks_its_own_contacts(self):
        """The first contact by number is kept by another company; it is not ours to ask."""
        client = self.clients[0]
        branch = self.env["res.company"].create({"name": "Beijing branch"})
        theirs, ours = self.env["res.partner"].create(
            [
                {
                    "name": name,
                    "email": f"{name.lower()}@example.com",
                    "parent_id": client.partner_id.id,
                    "company_id": company.id,
                }
                for name, company in (("Theirs", branch), ("Ours", self.env.company))
            ]
        )
        there = self.Client._ensure(client.partner_id, branch)
        invitations = self.survey_nps._loyalty_invite(client + there, wave="Spring")
        self.assertEqual(
            {invitation.company_id: invitation.contact_id for invitation in invitations},
            {self.env.company: ours, branch: theirs},
        )
        ours.company_id = branch
        alone = self.survey_nps._loyalty_invite(client, wave="Autumn")
        self.assertEqual(alone.contact_id, client.partner_id)
        event = self.visit(client.partner_id)
        self.assertEqual(self.invitation_of(event).contact_id, client.partner_id)

    def test_wave_on_a_day(self):
        with freeze_time("2025-03-03 09:00:00"):
            invitations = self.survey_nps._loyalty_invite(
                self.clients, date=self.now() + timedelta(days=1)
            )
            self.send()
            self.assertEqual(set(invitations.mapped("state")), {"scheduled"})
        with freeze_time("2025-03-04 09:00:00"):
            self.send()
        self.assertEqual(set(invitations.mapped("state")), {"sent"})

    def test_budget_holds_for_waves_unless_waived(self):
        self.survey_csat._loyalty_invite(self.clients[0])
        self.send()
        held = self.survey_nps._loyalty_invite(self.clients[0], wave="A")
        waived = self.survey_nps._loyalty_invite(self.clients[0], wave="B", quiet_days=0)
        self.send()
        self.assertEqual(held.skip_reason, "quiet")
        self.assertEqual(waived.state, "sent")

    def test_dialog(self):
        wizard = (
            self.env["loyalty.service.survey.send"]
            .with_user(self.user_loyalty)
            .with_context(active_model="loyalty.service.client", active_ids=self.clients.ids)
            .create({"survey_id": self.survey_nps.id, "wave": "Spring"})
        )
        self.assertEqual(wizard.client_ids, self.clients)
        action = wizard.action_send()
        self.assertEqual(
            self.Invitation.search(action["domain"]).client_id, self.clients.sorted("id")
        )
