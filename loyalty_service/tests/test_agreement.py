from datetime import date, datetime

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import LoyaltyCommon


@tagged("post_install", "-at_install")
class TestAgreement(LoyaltyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service = cls.env["product.product"].create(
            {
                "name": "Monthly bookkeeping",
                "type": "service",
                "list_price": 3600,
                "taxes_id": False,
                "loyalty_agreement_months": 12,
            }
        )
        cls.reason = cls.env.ref("loyalty_service.end_reason_price")

    def agreement(self, **values):
        agreement = self.env["loyalty.service.agreement"].create(
            {
                "partner_id": self.client_partner.id,
                "product_id": self.service.id,
                "date_start": date(2024, 1, 1),
                "date_end": date(2024, 12, 31),
                "monthly_amount": 300,
                **values,
            }
        )
        agreement.action_start()
        return agreement

    def test_start(self):
        agreement = self.agreement(partner_id=self.contact.id)
        self.assertEqual(agreement.partner_id, self.client_partner)
        client = self.client_partner.loyalty_client_id
        self.assertEqual(client.agreement_ids, agreement)
        self.assertTrue(client.has_active_agreement)
        self.assertEqual(client.monthly_amount, 300)
        self.assertEqual(client.next_renewal_date, date(2024, 12, 31))
        self.assertEqual(client.client_since, date(2024, 1, 1))
        event = self.standing(self.client_partner)
        self.assertEqual(event.type_id.code, "agreement_started")
        agreement.action_start()
        self.assertEqual(self.standing(self.client_partner), event, "started once")

    def test_renew_for_an_equal_time(self):
        agreement = self.agreement()
        renewal = agreement._renew()
        self.assertEqual(agreement.state, "renewed")
        self.assertEqual(agreement.renewed_by_id, renewal)
        self.assertEqual(renewal.date_start, date(2025, 1, 1))
        self.assertEqual(renewal.date_end, date(2025, 12, 31))
        self.assertEqual(
            self.standing(self.client_partner).type_id.mapped("code"),
            ["agreement_started", "agreement_renewed"],
        )
        self.assertEqual(self.client_partner.loyalty_client_id.monthly_amount, 300)
        with self.assertRaises(UserError):
            agreement._renew()

    def test_what_takes_effect_later_happens_now(self):
        with freeze_time("2024-11-20 03:00:00"):
            agreement = self.agreement()
            started = self.standing(self.client_partner, "agreement_started")
            self.assertEqual(started.date, datetime(2024, 1, 1), "entered after the fact")
            renewal = agreement._renew()
            renewed = self.standing(self.client_partner, "agreement_renewed")
            self.assertEqual(renewal.date_start, date(2025, 1, 1))
            self.assertEqual(renewed.date, datetime(2024, 11, 20, 3))
            renewal._end(self.reason, date(2025, 2, 28))
            ended = self.standing(self.client_partner, "agreement_ended")
            self.assertEqual(ended.date, datetime(2024, 11, 20, 3))

    def test_renew_half_a_year(self):
        agreement = self.agreement(date_start=date(2024, 1, 1), date_end=date(2024, 6, 30))
        self.assertEqual(agreement._renew().date_end, date(2024, 12, 31))

    def test_renew_at_a_higher_amount_is_an_upgrade(self):
        self.agreement()._renew(monthly_amount=450)
        upgraded = self.standing(self.client_partner, "agreement_upgraded")
        self.assertEqual(upgraded.amount, 450)

    def test_end(self):
        agreement = self.agreement()
        form = Form(
            self.env["loyalty.service.agreement.end"].with_context(
                active_ids=agreement.ids, active_model=agreement._name
            )
        )
        form.reason_id = self.reason
        form.date = date(2024, 5, 31)
        form.save().action_end()
        self.assertEqual(agreement.state, "ended")
        self.assertEqual(agreement.ended_on, date(2024, 5, 31))
        self.assertEqual(agreement.end_reason_id, self.reason)
        self.assertEqual(len(self.standing(self.client_partner, "agreement_ended")), 1)
        self.assertFalse(self.client_partner.loyalty_client_id.has_active_agreement)

    def test_only_drafts_can_be_deleted(self):
        with self.assertRaises(UserError):
            self.agreement().unlink()

    def order(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.contact.id,
                "date_order": "2024-03-15 04:00:00",
                "order_line": [(0, 0, {"product_id": self.service.id, "product_uom_qty": 1})],
            }
        )
        order.with_context(default_date_order="2024-03-15").action_confirm()
        return order

    def test_order_makes_an_agreement_once(self):
        order = self.order()
        agreement = self.client_partner.loyalty_client_id.agreement_ids
        self.assertEqual(agreement.sale_line_id, order.order_line)
        self.assertEqual(agreement.monthly_amount, 300, "3,600 over 12 months")
        self.assertEqual(agreement.state, "active")
        order.order_line._loyalty_make_agreements()
        self.assertEqual(self.client_partner.loyalty_client_id.agreement_ids, agreement)

    def test_a_discount_on_the_service_is_no_agreement(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.contact.id,
                "order_line": [
                    (0, 0, {"product_id": self.service.id, "price_unit": price})
                    for price in (3600, -600)
                ],
            }
        )
        order.action_confirm()
        agreement = self.client_partner.loyalty_client_id.agreement_ids
        self.assertEqual(agreement.sale_line_id, order.order_line[0])

    def test_order_renews_the_running_agreement(self):
        agreement = self.agreement()
        self.order()
        self.assertEqual(agreement.state, "renewed")
        self.assertEqual(agreement.renewed_by_id.date_start, date(2025, 1, 1))
        self.assertEqual(agreement.renewed_by_id.date_end, date(2025, 12, 31))

    def test_cancelled_order_takes_the_renewal_back(self):
        agreement = self.agreement()
        order = self.order()
        self.assertTrue(self.standing(self.client_partner, "agreement_renewed"))
        order._action_cancel()
        self.assertFalse(self.standing(self.client_partner, "agreement_renewed"))
        self.assertEqual(agreement.state, "active")
        self.assertEqual(self.client_partner.loyalty_client_id.agreement_ids, agreement)
        order.action_draft()
        order.action_confirm()
        self.assertEqual(len(self.standing(self.client_partner, "agreement_renewed")), 1)
        self.assertEqual(agreement.state, "renewed")

    @freeze_time("2024-11-20 03:00:00")
    def test_renewal_called_off_before_it_begins(self):
        agreement = self.agreement()
        renewal = agreement._renew()
        renewal._end(self.reason)
        self.assertEqual(renewal.state, "ended")
        self.assertEqual(agreement.state, "active")
        client = self.client_partner.loyalty_client_id
        self.assertEqual(client.next_renewal_date, date(2024, 12, 31))
        self.assertEqual(
            self.standing(self.client_partner).type_id.mapped("code"), ["agreement_started"]
        )

    def test_only_actions_decide(self):
        agreement = self.agreement().with_user(self.user_loyalty)
        with self.assertRaises(UserError):
            agreement.state = "ended"
        with self.assertRaises(UserError):
            agreement.create({"partner_id": self.client_partner.id, "renews_id": agreement.id})
        with self.assertRaises(UserError):
            agreement.create({"partner_id": self.client_partner.id, "state": "active"})
        renewal = agreement._renew()
        self.assertEqual(agreement.state, "renewed")
        with self.assertRaises(UserError), freeze_time("2024-12-01"):
            renewal._renew()

    def test_staff_notes_are_not_for_clients(self):
        complaint = self.Event.create(
            {
                "type_id": self.env.ref("loyalty_service.event_type_complaint").id,
                "partner_id": self.client_partner.id,
                "summary": "Rude as always",
            }
        )
        self.assertFalse(complaint._summary_for_client())
        self.agreement()
        started = self.standing(self.client_partner, "agreement_started")
        self.assertEqual(started._summary_for_client(), "Monthly bookkeeping")
