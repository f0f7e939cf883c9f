import runpy
from pathlib import Path

from odoo.tests import tagged
from odoo.tools.translate import LazyTranslate

from .referral_common import ReferralCommon

_lt = LazyTranslate("loyalty_service")
MIGRATION = Path(__file__).parents[1] / "migrations/19.0.1.3.0/post-calls.py"


@tagged("post_install", "-at_install")
class TestReferralCalls(ReferralCommon):
    """The call that an invitation asks for is done once the referral goes on."""

    def calls(self, lead):
        return self.env["mail.activity"].search(
            [("res_model", "=", "crm.lead"), ("res_id", "=", lead.id)]
        )

    def told(self, lead):
        """Return what the chatter of the lead says of activities done, in the order of time."""
        done = self.env.ref("mail.mt_activities")
        messages = lead.message_ids.filtered(lambda message: message.subtype_id == done)
        return [str(body) for body in messages.sorted("id").mapped("body")]

    def test_each_way_on_closes_it(self):
        ways = {
            "Contacted": lambda record: record.action_contacted(),
            "Won": lambda record: record.lead_id.action_set_won(),
            "Refused": lambda record: record.lead_id.action_set_lost(),
            "Cancelled": lambda record: record._cancel(_lt("taken back by the client")),
        }
        for number, (state, go_on) in enumerate(ways.items()):
            with self.subTest(state=state):
                record = self.invite(company_name=f"Number {number}", phone=f"1390000100{number}")
                lead = record.lead_id
                self.assertEqual(len(self.calls(lead)), 1)
                go_on(record)
                self.assertEqual(record.state, state.lower())
                self.assertFalse(self.calls(lead))
                (told,) = self.told(lead)
                self.assertIn(f"No call is needed any more. Referral: {state}", told)
                record._follow()
                self.assertEqual(len(self.told(lead)), 1, "told once")

    def test_it_expires(self):
        record = self.invite()
        record._add_findings([(record, "reason", "too_old", {"value": "90"})])
        record._follow()
        self.assertEqual(record.state, "expired")
        self.assertFalse(self.calls(record.lead_id))
        self.assertIn("Referral: Expired", self.told(record.lead_id)[0])
        record._overrule("They called us")
        self.assertEqual(record.state, "invited", "the note of the system was no contact")
        self.assertEqual(len(self.calls(record.lead_id)), 1, "somebody is to call again")

    def test_who_calls_is_told_nothing_twice(self):
        record = self.invite()
        lead = record.lead_id
        self.calls(lead).with_user(self.user_sales).action_feedback(feedback="They want an offer")
        self.assertEqual(record.state, "contacted")
        self.assertFalse(self.calls(lead))
        (told,) = self.told(lead)
        self.assertIn("They want an offer", told)

    def test_what_staff_plan_stays(self):
        record = self.invite()
        own = record.lead_id.with_user(self.user_sales).activity_schedule(
            "mail.mail_activity_data_call", user_id=self.user_sales.id, automated=False
        )
        record.action_contacted()
        self.assertEqual(self.calls(record.lead_id), own)

    def test_calls_from_before_are_closed(self):
        waiting = self.invite()
        record = self.invite(company_name="Blue Whale", phone="13900001009")
        record.action_contacted()
        # As it was kept: nothing closed the call.
        record._ask_to_call()
        self.env.flush_all()
        runpy.run_path(str(MIGRATION))["migrate"](self.env.cr, "19.0.1.2.0")
        self.env.invalidate_all()
        self.assertFalse(self.calls(record.lead_id))
        self.assertEqual(len(self.calls(waiting.lead_id)), 1)

    def test_personal_data_is_deleted_from_calls_that_are_done(self):
        record = self.invite()
        activities = self.env["mail.activity"].with_context(active_test=False)
        call = activities.browse(self.calls(record.lead_id).id)
        record._cancel(_lt("taken back by the client"))
        self.assertTrue(call.exists())
        record._anonymise()
        self.assertFalse(call.exists())
