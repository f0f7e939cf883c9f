from datetime import datetime

from freezegun import freeze_time

from odoo.tests import tagged

from .common import LoyaltyCommon


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

    def test_who_declined_was_not_there(self):
        self.Event.create({"type_id": self.type_call.id, "partner_id": self.client_partner.id})
        meeting = self.meeting()
        meeting.attendee_ids.filtered(
            lambda attendee: attendee.partner_id == self.contact
        ).do_decline()
        meeting._loyalty_record_held()
        self.assertFalse(self.standing(self.client_partner, "meeting"))
