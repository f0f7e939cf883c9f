from datetime import date, datetime
from pathlib import Path
from runpy import run_path

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import AgreementCommon

MIGRATION = Path(__file__).parents[1] / "migrations/19.0.1.1.0/post-migration.py"

TOO_EARLY = MIGRATION.parents[1] / "19.0.1.3.0/post-agreements.py"


@tagged("post_install", "-at_install")
class TestAgreement(AgreementCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("loyalty_service.end_reason_price")

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

    @freeze_time("2025-02-10 03:00:00")
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
            self.assertEqual(started.date, datetime(2024, 1, 1, 12), "entered after the fact")
            renewal = agreement._renew()
            renewed = self.standing(self.client_partner, "agreement_renewed")
            self.assertEqual(renewal.date_start, date(2025, 1, 1))
            self.assertEqual(renewed.date, datetime(2024, 11, 20, 3))

    def states_on(self, day, *agreements):
        """Let the scheduled action run on ``day``, and return the states after it."""
        agreements = self.env["loyalty.service.agreement"].union(*agreements)
        with freeze_time(f"{day} 00:30:00"):
            due = agreements.search(agreements._turning_domain())
            (due & agreements)._turn_due()
        return agreements.mapped("state")

    @freeze_time("2024-05-10 03:00:00")
    def test_an_end_to_come(self):
        agreement = self.agreement()
        client = self.client_partner.loyalty_client_id
        agreement._end(self.reason, date(2024, 6, 30), "Too dear")
        self.assertEqual(agreement.state, "active")
        self.assertEqual(agreement.ended_on, date(2024, 6, 30))
        self.assertEqual(agreement.notice_on, date(2024, 5, 10))
        self.assertTrue(client.has_active_agreement)
        self.assertEqual(client.monthly_amount, 300)
        self.assertFalse(client.next_renewal_date)
        self.assertFalse(self.standing(self.client_partner, "agreement_ended"))
        self.assertEqual(client._agreement_text(agreement), "ends after 06/30/2024")
        self.assertEqual(self.states_on("2024-06-30", agreement), ["active"], "the last day")
        self.assertEqual(self.states_on("2024-07-01", agreement), ["ended"])
        ended = self.standing(self.client_partner, "agreement_ended")
        self.assertEqual(ended.date, datetime(2024, 6, 30, 12))
        self.assertFalse(client.has_active_agreement)
        self.assertEqual(agreement.end_note, "Too dear")

    @freeze_time("2024-05-10 03:00:00")
    def test_an_end_to_come_is_moved_or_taken_back(self):
        agreement = self.agreement()
        agreement._end(self.reason, date(2024, 6, 30))
        agreement._end(self.reason, date(2024, 8, 31))
        self.assertEqual(self.states_on("2024-07-01", agreement), ["active"])
        renewal = agreement._renew()
        self.assertFalse(agreement.ended_on)
        self.assertFalse(agreement.end_reason_id)
        self.assertEqual(self.states_on("2024-09-01", agreement), ["active"])
        self.assertEqual(self.states_on("2025-01-01", agreement, renewal), ["renewed", "active"])

    @freeze_time("2024-06-30 03:00:00")
    def test_the_last_day_is_served(self):
        agreement = self.agreement()
        form = Form(
            self.env["loyalty.service.agreement.end"].with_context(
                default_agreement_ids=agreement.ids
            )
        )
        self.assertEqual(form.date, date(2024, 6, 30), "today, unless something else is said")
        form.reason_id = self.reason
        form.save().action_end()
        self.assertEqual(agreement.state, "active")
        self.assertTrue(self.client_partner.loyalty_client_id.has_active_agreement)
        self.assertFalse(self.standing(self.client_partner, "agreement_ended"))
        self.assertEqual(self.states_on("2024-06-30", agreement), ["active"])
        self.assertEqual(self.states_on("2024-07-01", agreement), ["ended"])
        self.assertEqual(self.counted("agreement_ended"), 1)

    @freeze_time("2024-05-10 03:00:00")
    def test_notice_comes_back_with_a_renewal_called_off(self):
        agreement = self.agreement()
        agreement._end(self.reason, date(2024, 8, 31), "Too dear")
        agreement._renew()._end(self.reason)
        self.assertFalse(agreement.renewed_by_id)
        self.assertEqual(
            (agreement.ended_on, agreement.notice_on, agreement.end_reason_id, agreement.end_note),
            (date(2024, 8, 31), date(2024, 5, 10), self.reason, "Too dear"),
        )
        self.assertEqual(self.states_on("2024-09-01", agreement), ["ended"])

    @freeze_time("2024-05-10 03:00:00")
    def test_an_agreement_to_come(self):
        agreement = self.agreement(date_start=date(2024, 6, 1), date_end=date(2025, 5, 31))
        client = self.client_partner.loyalty_client_id
        self.assertEqual(agreement.state, "planned")
        self.assertFalse(client.has_active_agreement)
        self.assertFalse(client.monthly_amount)
        self.assertFalse(client.client_since)
        self.assertFalse(self.standing(self.client_partner))
        self.assertEqual(client._agreement_text(agreement), "begins on 06/01/2024")
        self.assertEqual(self.states_on("2024-05-31", agreement), ["planned"])
        self.assertEqual(self.states_on("2024-06-01", agreement), ["active"])
        self.assertEqual(len(self.standing(self.client_partner, "agreement_started")), 1)
        self.assertEqual(client.client_since, date(2024, 6, 1))
        self.assertEqual(client.monthly_amount, 300)

    @freeze_time("2024-11-20 03:00:00")
    def test_what_is_renewed_runs_to_its_end(self):
        agreement = self.agreement()
        renewal = agreement._renew(monthly_amount=350)
        client = self.client_partner.loyalty_client_id
        self.assertEqual((agreement + renewal).mapped("state"), ["active", "planned"])
        self.assertEqual(client.monthly_amount, 300)
        self.assertEqual(client.next_renewal_date, date(2025, 12, 31))
        self.assertEqual(client._agreement_text(agreement), "until 12/31/2024, renewed already")
        with self.assertRaises(UserError):
            agreement._renew()
        with self.assertRaises(UserError):
            renewal._renew()
        self.assertEqual(self.states_on("2025-01-01", agreement, renewal), ["renewed", "active"])
        self.assertEqual(client.monthly_amount, 350)
        self.assertEqual(
            self.standing(self.client_partner).type_id.mapped("code"),
            ["agreement_started", "agreement_renewed", "agreement_upgraded"],
        )

    @freeze_time("2024-11-20 03:00:00")
    def test_an_end_before_the_renewal_calls_it_off(self):
        agreement = self.agreement()
        renewal = agreement._renew()
        agreement._end(self.reason, date(2024, 12, 15))
        self.assertEqual((agreement + renewal).mapped("state"), ["active", "ended"])
        self.assertFalse(agreement.renewed_by_id)
        self.assertFalse(self.standing(self.client_partner, "agreement_renewed"))
        self.assertEqual(self.states_on("2024-12-16", agreement), ["ended"])

    @freeze_time("2024-11-20 03:00:00")
    def test_an_end_within_the_renewal_ends_the_renewal(self):
        agreement = self.agreement()
        renewal = agreement._renew()
        agreement._end(self.reason, date(2025, 2, 28))
        self.assertFalse(agreement.ended_on)
        self.assertEqual(renewal.ended_on, date(2025, 2, 28))
        self.assertEqual(self.states_on("2025-01-01", agreement, renewal), ["renewed", "active"])
        self.assertEqual(self.states_on("2025-03-01", agreement, renewal), ["renewed", "ended"])

    # ------------------------------------------------------------------
    # Points are given for renewals and for upgrades
    # ------------------------------------------------------------------

    def counted(self, code):
        return len(self.standing(self.client_partner, code))

    @freeze_time("2024-11-20 03:00:00")
    def test_a_renewal_to_the_same_end_counts_once(self):
        agreement = self.agreement(date_end=date(2024, 6, 30))
        renewal = agreement._renew(date_end=date(2025, 6, 30))
        self.assertEqual(renewal.state, "active")
        self.assertEqual(self.counted("agreement_renewed"), 1)
        renewal.date_end = date(2024, 10, 31)
        again = renewal._renew(date_end=date(2025, 6, 30))
        self.assertEqual(self.counted("agreement_renewed"), 1)
        again.date_end = date(2024, 11, 30)
        with freeze_time("2025-01-05 03:00:00"):
            third = again._renew(date_end=date(2025, 6, 30))
            self.assertEqual(self.counted("agreement_renewed"), 1)
            third.date_end = date(2025, 1, 4)
            third._renew(date_end=date(2025, 12, 31))
        self.assertEqual(self.counted("agreement_renewed"), 2, "beyond what was renewed")

    def test_an_agreement_without_end_counts_once_a_month(self):
        with freeze_time("2024-11-20 03:00:00"):
            agreement = self.agreement(date_end=False)
            renewal = agreement._renew()
            renewal.date_end = False
        with freeze_time("2024-11-21 03:00:00"):
            renewal._turn_due()
            self.assertEqual(renewal.state, "active")
            renewal._renew()
        self.assertEqual(self.counted("agreement_renewed"), 1)

    @freeze_time("2024-11-20 03:00:00")
    def test_called_off_and_renewed_again(self):
        agreement = self.agreement()
        agreement._renew()._end(self.reason)
        self.assertEqual(self.counted("agreement_renewed"), 0)
        agreement._renew()
        self.assertEqual(self.counted("agreement_renewed"), 1)

    def test_two_orders_renew_one_after_the_other(self):
        agreement = self.agreement()
        with freeze_time("2024-11-20 03:00:00"):
            first, second = self.order(), self.order()
        one = agreement.search([("sale_line_id", "=", first.order_line.id)])
        two = agreement.search([("sale_line_id", "=", second.order_line.id)])
        self.assertEqual(one.renews_id, agreement)
        self.assertEqual(two.renews_id, one)
        self.assertEqual(two.date_start, date(2026, 1, 1))

    def test_what_has_a_follow_up_is_not_renewed_again_by_an_order(self):
        """Points are given for renewals: each term is renewed once, while it runs."""
        agreement = self.agreement()
        with freeze_time("2024-11-20 03:00:00"):
            renewal = agreement._renew()
            self.assertEqual(self.counted("agreement_renewed"), 1)
            order = self.order()
            self.assertEqual(self.counted("agreement_renewed"), 1, "nobody has renewed 2025 yet")
            self.order()
            self.assertEqual(self.counted("agreement_renewed"), 1)
        after = agreement.search([("sale_line_id", "=", order.order_line.id)])
        self.assertEqual((after.renews_id, after.state), (renewal, "planned"))
        with freeze_time("2025-01-01 03:00:00"):
            renewal._turn_due()
            renewed = self.standing(self.client_partner, "agreement_renewed")
            self.assertEqual(renewed.mapped("res_id"), [renewal.id, after.id], "by now it is")
            renewal._turn_due()
            after.action_start()
            self.assertEqual(self.counted("agreement_renewed"), 2)

    def test_an_order_for_a_later_term_that_is_cancelled_counts_for_nothing(self):
        agreement = self.agreement()
        with freeze_time("2024-11-20 03:00:00"):
            renewal = agreement._renew()
            self.order()._action_cancel()
        with freeze_time("2025-01-01 03:00:00"):
            renewal._turn_due()
        self.assertEqual(self.counted("agreement_renewed"), 1)

    def test_several_terms_that_begin_at_once_count_each(self):
        """The scheduled action did not run for two years."""
        agreement = self.agreement()
        with freeze_time("2024-11-20 03:00:00"):
            renewal = agreement._renew()
            self.order()
        with freeze_time("2026-06-01 03:00:00"):
            (renewal + renewal.renewed_by_id)._turn_due()
        self.assertEqual(self.counted("agreement_renewed"), 2)
        self.assertEqual(renewal.renewed_by_id.state, "active")

    def test_a_higher_amount_is_an_upgrade_once(self):
        agreement = self.agreement()
        user = agreement.with_user(self.user_loyalty)
        user.monthly_amount = 450
        upgraded = self.standing(self.client_partner, "agreement_upgraded")
        self.assertEqual(upgraded.amount, 450)
        user.write({"monthly_amount": 450, "end_note": "No change"})
        user.monthly_amount = 200
        user.monthly_amount = 450
        self.assertEqual(
            self.standing(self.client_partner, "agreement_upgraded"), upgraded, "raised once"
        )
        user.monthly_amount = 500
        self.assertEqual(self.counted("agreement_upgraded"), 1, "one raise in two steps")
        renewal = agreement._renew(date_end=date(2026, 12, 31))
        renewal.monthly_amount = 600
        self.assertEqual(self.counted("agreement_upgraded"), 2, "another term")

    def test_small_steps_are_no_upgrade_until_they_add_up(self):
        agreement = self.agreement()
        for amount in (303, 306, 309, 312):
            agreement.monthly_amount = amount
        self.assertFalse(self.counted("agreement_upgraded"))
        agreement.monthly_amount = 315  # 5 per cent above 300
        self.assertEqual(self.counted("agreement_upgraded"), 1)

    def test_a_first_amount_is_no_upgrade(self):
        self.agreement(monthly_amount=0).monthly_amount = 300
        self.assertFalse(self.counted("agreement_upgraded"))

    def test_lowered_to_be_renewed_at_what_it_was(self):
        agreement = self.agreement()
        agreement.monthly_amount = 100
        agreement._renew(monthly_amount=300)
        self.assertFalse(self.counted("agreement_upgraded"))

    @freeze_time("2024-11-20 03:00:00")
    def test_a_renewal_that_covers_nothing_new_is_no_upgrade(self):
        agreement = self.agreement(date_end=date(2024, 6, 30))
        renewal = agreement._renew(date_end=date(2025, 6, 30))
        renewal.date_end = date(2024, 10, 31)
        again = renewal._renew(date_end=date(2025, 6, 30), monthly_amount=400)
        self.assertFalse(self.counted("agreement_upgraded"))
        again.monthly_amount = 450
        self.assertEqual(self.counted("agreement_upgraded"), 1)
        again.monthly_amount = 600
        self.assertEqual(self.counted("agreement_upgraded"), 1)

    def test_without_an_end_a_year_is_a_term(self):
        with freeze_time("2024-03-10 03:00:00"):
            agreement = self.agreement(date_end=False)
            agreement.monthly_amount = 400
            agreement.monthly_amount = 450
        with freeze_time("2024-12-31 03:00:00"):
            agreement.monthly_amount = 500
        self.assertEqual(self.counted("agreement_upgraded"), 1)
        with freeze_time("2025-01-01 03:00:00"):
            agreement.monthly_amount = 550
            agreement.monthly_amount = 600
        self.assertEqual(self.counted("agreement_upgraded"), 2)

    def test_large_amounts_are_told_apart(self):
        agreement = self.agreement(monthly_amount=1000001)
        agreement.monthly_amount = 2000001
        upgraded = self.standing(self.client_partner, "agreement_upgraded")
        upgraded._reverse("A mistake")
        agreement.monthly_amount = 1000001
        agreement.monthly_amount = 2000002
        self.assertEqual(self.counted("agreement_upgraded"), 1)

    def test_the_amount_of_a_draft_is_no_upgrade(self):
        draft = self.env["loyalty.service.agreement"].create(
            {"name": "Offer", "partner_id": self.client_partner.id, "monthly_amount": 100}
        )
        draft.monthly_amount = 200
        self.assertFalse(self.standing(self.client_partner))

    @freeze_time("2026-03-10 03:00:00")
    def test_what_lapsed_long_ago_is_renewed_from_today(self):
        renewal = self.agreement()._renew()
        self.assertEqual(renewal.date_start, date(2026, 3, 10))
        self.assertEqual(renewal.date_end, date(2027, 3, 9))

    @freeze_time("2025-12-31 03:00:00")
    def test_what_lapsed_within_a_term_goes_on_seamlessly(self):
        renewal = self.agreement()._renew()
        self.assertEqual(renewal.date_start, date(2025, 1, 1))
        self.assertEqual(renewal.date_end, date(2025, 12, 31))

    @freeze_time("2025-02-10 03:00:00")
    def test_an_order_for_what_has_lapsed_starts_with_it(self):
        agreement = self.agreement()
        self.order()
        renewal = agreement.renewed_by_id
        self.assertEqual(renewal.date_start, date(2025, 2, 10))
        self.assertEqual(renewal.date_end, date(2026, 2, 9))

    def test_a_started_agreement_stays_with_its_client(self):
        other = self.env["res.partner"].create({"name": "Pine Consulting", "is_company": True})
        worker = self.env["res.partner"].create({"name": "Li Na", "parent_id": other.id})
        draft = self.env["loyalty.service.agreement"].create(
            {"name": "Offer", "partner_id": self.client_partner.id}
        )
        clients = draft.client_id
        self.env["loyalty.service.health.request"]._remove(clients)
        draft.partner_id = worker
        self.assertEqual(draft.partner_id, other)
        self.assertEqual(draft.client_id.partner_id, other)
        clients += draft.client_id
        self.assertEqual(clients.mapped("health_stale"), [True, True])
        draft.action_start()
        draft.write({"partner_id": worker.id, "name": "The same client"})
        with self.assertRaises(UserError):
            draft.partner_id = self.client_partner

    @freeze_time("2024-05-10 03:00:00")
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
        return self.order_of(self.contact)

    def order_of(self, partner):
        order = self.env["sale.order"].create(
            {
                "partner_id": partner.id,
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

    @freeze_time("2025-01-01 03:00:00")
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

    def of_order(self, order):
        return self.env["loyalty.service.agreement"].search(
            [("sale_line_id", "=", order.order_line.id)]
        )

    @freeze_time("2024-11-20 03:00:00")
    def test_what_has_not_begun_is_upcoming_again(self):
        """300 a month run until the end of 2024, and 350 follow; a third term is taken back."""
        agreement = self.agreement()
        renewal = agreement._renew(monthly_amount=350)
        client = self.client_partner.loyalty_client_id
        for _time in range(2):
            order = self.order()
            self.assertEqual(renewal.renewed_by_id, self.of_order(order))
            order._action_cancel()
            self.assertEqual((agreement + renewal).mapped("state"), ["active", "planned"])
            self.assertEqual((agreement.renewed_by_id, renewal.renewed_by_id.ids), (renewal, []))
            self.assertEqual(client.monthly_amount, 300)
            self.assertEqual(client.next_renewal_date, date(2025, 12, 31))
        self.assertEqual(client._agreement_text(renewal), "begins on 01/01/2025")
        self.assertEqual(self.states_on("2025-01-01", agreement, renewal), ["renewed", "active"])
        self.assertEqual(client.monthly_amount, 350)
        self.assertEqual(self.counted("agreement_renewed"), 1)

    def test_the_first_of_two_orders_is_cancelled(self):
        """What the second one ordered follows the agreement that runs, once that runs again."""
        for cancelled_on, began in (("2024-11-20", False), ("2025-02-01", True)):
            with self.subTest(began=began):
                agreement = self.agreement(
                    partner_id=self.client_partner.copy().id if began else self.client_partner.id
                )
                with freeze_time("2024-11-20 03:00:00"):
                    orders = [self.order_of(agreement.partner_id) for _time in range(2)]
                    first, second = (self.of_order(order) for order in orders)
                client = agreement.client_id
                with freeze_time(f"{cancelled_on} 03:00:00"):
                    first._turn_due()
                    self.assertEqual(first.state, "active" if began else "planned")
                    orders[0]._action_cancel()
                    self.assertEqual((agreement + second).mapped("state"), ["active", "planned"])
                    self.assertEqual(second.renews_id, agreement)
                    self.assertEqual(agreement.renewed_by_id, second)
                    self.assertEqual(client.monthly_amount, 300)
                    renewed = self.standing(agreement.partner_id, "agreement_renewed")
                    self.assertEqual(renewed.mapped("res_id"), second.ids, "counted once")
                self.assertEqual(
                    self.states_on("2026-01-01", agreement, second), ["renewed", "active"]
                )
                self.assertEqual(client.monthly_amount, 300)
                with freeze_time("2026-01-02 03:00:00"):
                    orders[1]._action_cancel()
                self.assertEqual(agreement.state, "active")
                self.assertFalse(agreement.renewed_by_id)
                self.assertEqual(client.monthly_amount, 300)

    @freeze_time("2024-11-20 03:00:00")
    def test_what_ended_with_its_follow_up_stays_ended(self):
        agreement = self.agreement()
        renewal = agreement._renew()
        self.order()
        later = renewal.renewed_by_id
        agreement._end(self.reason, date(2024, 12, 15))
        self.assertEqual(
            (agreement + renewal + later).mapped("state"), ["active", "ended", "ended"]
        )
        self.assertEqual(agreement.ended_on, date(2024, 12, 15))
        self.assertEqual(renewal.ended_on, date(2024, 12, 15))
        self.assertEqual(self.client_partner.loyalty_client_id.monthly_amount, 300)

    @freeze_time("2024-11-20 03:00:00")
    def test_agreements_of_the_version_before(self):
        renewed, ending, ended = (self.agreement() for _number in range(3))
        renewal = renewed._renew()
        # As they were kept: renewed and ended with the click.
        renewed.state, renewal.state = "renewed", "active"
        ending.write({"state": "ended", "ended_on": date(2025, 1, 31)})
        ended._end(self.reason, date(2024, 10, 31))
        self.env.flush_all()
        run_path(str(MIGRATION))["migrate"](self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        self.assertEqual(
            (renewed + renewal + ending + ended).mapped("state"),
            ["active", "planned", "active", "ended"],
        )
        self.assertEqual(self.client_partner.loyalty_client_id.monthly_amount, 600)

    @freeze_time("2024-11-20 03:00:00")
    def test_follow_ups_that_ran_too_early_wait_again(self):
        agreement = self.agreement()
        renewal = agreement._renew()
        renewal.state = "active"
        client = self.client_partner.loyalty_client_id
        self.assertEqual(client.monthly_amount, 600, "as it was kept")
        self.env.flush_all()
        run_path(str(TOO_EARLY))["migrate"](self.env.cr, "19.0.1.2.0")
        self.env.invalidate_all()
        self.assertEqual((agreement + renewal).mapped("state"), ["active", "planned"])
        self.assertEqual(client.monthly_amount, 300)

    def test_only_actions_decide(self):
        agreement = self.agreement().with_user(self.user_loyalty)
        with self.assertRaises(UserError):
            agreement.state = "ended"
        with self.assertRaises(UserError):
            agreement.create({"partner_id": self.client_partner.id, "renews_id": agreement.id})
        with self.assertRaises(UserError):
            agreement.create({"partner_id": self.client_partner.id, "state": "active"})
        smuggled = agreement.with_context(default_renews_id=agreement.id, default_state="active")
        draft = smuggled.create({"partner_id": self.client_partner.id})
        self.assertEqual(draft.state, "draft")
        self.assertFalse(draft.renews_id)
        agreement._renew()
        self.assertEqual(agreement.state, "renewed")

    def test_staff_notes_are_not_for_clients(self):
        complaint = self.Event.create(
            {
                "type_id": self.env.ref("loyalty_service.event_type_complaint").id,
                "partner_id": self.client_partner.id,
                "summary": "Rude as always",
            }
        )
        self.assertFalse(complaint.client_summary)
        self.agreement()
        started = self.standing(self.client_partner, "agreement_started")
        self.assertEqual(started.client_summary, "Monthly bookkeeping")

    def test_what_the_ledger_does_not_know_is_renewed_all_the_same(self):
        agreement = self.agreement()
        agreement._undo_events("Started by mistake")
        renewal = agreement._renew(monthly_amount=agreement.monthly_amount * 2)
        self.assertEqual(agreement.renewed_by_id, renewal)
        self.assertTrue(self.standing(self.client_partner, "agreement_upgraded"))

    def test_clients_read_the_service_in_their_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        agreement = self.agreement()
        started = self.standing(self.client_partner, "agreement_started")
        agreement.product_id.with_context(lang="zh_CN").name = "代理记账"
        self.assertEqual(started.with_context(lang="zh_CN").client_summary, "代理记账")
