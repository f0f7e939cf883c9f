from datetime import date, datetime

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools.translate import LazyTranslate

from .common import LoyaltyCommon

_lt = LazyTranslate(__name__)


@tagged("post_install", "-at_install")
class TestOtherSources(LoyaltyCommon):
    def test_lead_won_lost_won(self):
        lead = self.env["crm.lead"].create(
            {
                "name": "Export tax refund",
                "type": "opportunity",
                "partner_id": self.contact.id,
                "expected_revenue": 5000,
            }
        )
        self.assertFalse(self.standing(self.client_partner))
        lead.action_set_won()
        won = self.standing(self.client_partner, "lead_won")
        self.assertEqual(won.amount, 5000)
        self.assertEqual(won.contact_id, self.contact)
        lead.stage_id = self.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        self.assertFalse(self.standing(self.client_partner, "lead_won"))
        lead.action_set_won()
        self.assertEqual(len(self.standing(self.client_partner, "lead_won")), 1)

    def test_a_deleted_lead_was_not_won(self):
        leads = self.env["crm.lead"].create(
            [
                {"name": name, "type": "opportunity", "partner_id": self.client_partner.id}
                for name in ("Audit", "Payroll")
            ]
        )
        leads.action_set_won()
        won = self.standing(self.client_partner, "lead_won")
        self.assertEqual(len(won), 2)
        leads[0].unlink()
        self.assertEqual(self.standing(self.client_partner, "lead_won"), won[1])
        self.assertEqual(won[0].reversal_ids.summary, "The source was deleted")

    def test_a_deleted_meeting_was_not_held(self):
        self.Event.create({"type_id": self.type_call.id, "partner_id": self.client_partner.id})
        meeting = self.meeting()
        meeting._loyalty_record_held()
        self.assertTrue(self.standing(self.client_partner, "meeting"))
        meeting.unlink()
        self.assertFalse(self.standing(self.client_partner, "meeting"))

    def test_deleting_costs_the_same_for_many(self):
        def count(number):
            leads = self.env["crm.lead"].create(
                [
                    {"name": "Audit", "type": "opportunity", "partner_id": self.client_partner.id}
                    for _number in range(number)
                ]
            )
            leads.action_set_won()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.Event._forget_sources(leads)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(3), count(12))

    def test_texts_are_kept_in_the_language_of_the_firm(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env.company.partner_id.lang = "zh_CN"
        service = self.env["product.product"].create({"name": "Bookkeeping", "type": "service"})
        service.with_context(lang="zh_CN").name = "代理记账"
        agreement = self.env["loyalty.service.agreement"].create(
            {
                "partner_id": self.client_partner.id,
                "product_id": service.id,
                "date_start": date(2024, 1, 1),
            }
        )
        agreement.action_start()
        self.assertEqual(agreement.name, "代理记账 - Shanghai Lantern Trading")
        started = self.standing(self.client_partner, "agreement_started")
        self.assertEqual(started.summary, "代理记账")
        agreement._end(self.env.ref("loyalty_service.end_reason_price"), date(2024, 5, 31))
        ended = self.standing(self.client_partner, "agreement_ended")
        [undone] = ended._reverse(_lt("The source was deleted"))
        self.assertEqual(undone.summary, "来源单据已删除")

    def meeting(self, **values):
        return self.env["calendar.event"].create(
            {
                "name": "Annual review",
                "start": datetime(2024, 3, 5, 2),
                "stop": datetime(2024, 3, 5, 3),
                "partner_ids": [(6, 0, [self.contact.id, self.env.user.partner_id.id])],
                **values,
            }
        )

    def test_meeting_counts_once_it_is_over(self):
        self.Event.create({"type_id": self.type_call.id, "partner_id": self.client_partner.id})
        meeting = self.meeting()
        due = self.env["calendar.event"]._loyalty_due_domain
        with freeze_time("2024-03-05 02:30:00"):
            self.assertFalse(meeting.filtered_domain(due(datetime.now())))
        with freeze_time("2024-03-05 03:00:00"):
            self.assertTrue(meeting.filtered_domain(due(datetime.now())))
        meeting._loyalty_record_held()
        meeting._loyalty_record_held()
        held = self.standing(self.client_partner, "meeting")
        self.assertEqual(len(held), 1)
        self.assertEqual(held.contact_id, self.contact)
        self.assertFalse(
            self.standing(self.env.user.partner_id, "meeting"), "our own staff is no client"
        )

    def test_a_meeting_that_is_cancelled_after_its_hour_was_not_held(self):
        """As Odoo's calendar does it; restored, it counts once, and as it did."""
        self.Event.create({"type_id": self.type_call.id, "partner_id": self.client_partner.id})
        meeting = self.meeting()
        meeting._loyalty_record_held()
        first = self.standing(self.client_partner, "meeting")
        for _time in range(2):
            meeting.with_user(self.user_loyalty).active = False
            self.assertFalse(self.standing(self.client_partner, "meeting"))
            meeting.with_user(self.user_loyalty).active = True
            self.assertFalse(meeting.loyalty_recorded)
            meeting._loyalty_record_held()
            meeting._loyalty_record_held()
            held = self.standing(self.client_partner, "meeting")
            self.assertEqual((len(held), held.lineage_id), (1, first))
        other = self.meeting()
        other.action_archive()
        self.assertFalse(other.loyalty_recorded)

    def test_what_a_private_meeting_was_about_stays_private(self):
        self.Event.create({"type_id": self.type_call.id, "partner_id": self.client_partner.id})
        own = self.meeting(privacy="private", name="Negotiations")
        self.env.user.calendar_default_privacy = "private"
        usual = self.meeting(name="Succession")
        told = self.meeting(privacy="public", name="Annual review")
        (own + usual + told)._loyalty_record_held()
        held = self.standing(self.client_partner, "meeting")
        self.assertEqual(
            {event.res_id: event.summary for event in held},
            {own.id: False, usual.id: False, told.id: "Annual review"},
        )

    def test_who_declined_was_not_there(self):
        self.Event.create({"type_id": self.type_call.id, "partner_id": self.client_partner.id})
        meeting = self.meeting()
        meeting.attendee_ids.filtered(
            lambda attendee: attendee.partner_id == self.contact
        ).do_decline()
        meeting._loyalty_record_held()
        self.assertFalse(self.standing(self.client_partner, "meeting"))
