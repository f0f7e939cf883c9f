from datetime import date, datetime
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.loyalty_service.engine import lots

from ..models.loyalty_card import Source
from ..models.loyalty_card_ledger import Posting
from .invoicing import InvoicingCommon


@tagged("post_install", "-at_install")
class TestRecordedAgain(InvoicingCommon):
    """What changes about a source changes by so much, and rates nothing anew.

    An invoice of 10,000.00 that is paid on time gives 0.1 point per unit: 1,000 at Start, 1,500
    at Middle, 2,000 at Top.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.on_time.use_tier_multiplier = True

    def paid(self, amount=10000):
        invoice = self.invoice(amount)
        self.pay(invoice, "2024-03-20")
        return invoice

    def rows(self):
        return self.card_of().service_move_ids.sorted("id").mapped("points")

    def in_tier(self, tier):
        """Have the client be in a tier, as a good or a bad year would."""
        # sudo: as the review, which writes what nobody may write by hand.
        Client_sudo = self.env["loyalty.service.client"].sudo()
        Client_sudo._ensure(self.client_partner, self.env.company).tier_id = tier

    def test_credited_after_a_rise(self):
        """The worked example of the form."""
        invoice = self.paid()
        self.in_tier(self.middle)
        self.credit(invoice, "2024-06-10", 1)
        self.earns(999)  # 9,999.00 x 0.1 = 999.9
        self.assertEqual(self.rows(), [1000, -1000, 999])

    def test_credited_after_a_fall(self):
        self.in_tier(self.top)
        invoice = self.paid()
        self.earns(2000)
        self.in_tier(self.start)
        self.credit(invoice, "2024-06-10", 1)
        self.earns(1999)  # 9,999.00 x 0.1 x 2 = 1,999.8

    def test_paid_anew_after_a_rise(self):
        invoice = self.paid()
        payment = invoice.matched_payment_ids or invoice._get_reconciled_payments()
        invoice.line_ids.remove_move_reconcile()
        self.earns(0)
        self.in_tier(self.middle)
        self.match(invoice, payment.move_id)
        self.earns(1000)

    def test_another_invoice_earns_by_the_tier_of_today(self):
        invoice = self.paid()
        self.in_tier(self.middle)
        self.paid(100)
        self.credit(invoice, "2024-06-10", 1)
        self.earns(999 + 15)

    def test_a_rule_that_was_changed(self):
        """Its formula, validity and whether it counts for tiers are those of the first time."""
        invoice = self.paid()
        self.on_time.write({"points_per_unit": 0.5, "validity_months": 1, "qualifies": False})
        self.credit(invoice, "2024-06-10", 1)
        self.earns(999)
        # 12 months from 20 March 2024 on.
        self.assertEqual(self.lots(self.card_of()), [(date(2025, 3, 19), 999)])
        self.assertEqual(sum(self.card_of().service_move_ids.mapped("qualifying_points")), 999)

    def test_a_rule_that_was_archived(self):
        invoice = self.paid()
        self.on_time.active = False
        self.credit(invoice, "2024-06-10", 1)
        self.earns(999)

    def test_a_rule_that_took_the_place_of_an_archived_one(self):
        """Made on 1 April; paid in March, and anew in April: the first rule gives it again."""

        def at(day):
            return patch.object(self.env.cr, "_now", datetime.fromisoformat(day))

        with at("2024-03-20"):
            invoice = self.invoice(10000, invoice_date_due="2024-04-30")
            self.pay(invoice, "2024-03-20")
        with at("2024-04-01"):
            self.on_time.active = False
            self.on_time.copy({"active": True, "date_from": False})
        with at("2024-03-31"):
            invoice.line_ids.remove_move_reconcile()
        with at("2024-04-10"):
            self.pay(invoice, "2024-04-10")
        self.earns(1000)

    def test_a_rule_that_was_ended(self):
        """Before the payment even: it was rewarded all the same."""
        invoice = self.paid()
        self.on_time.write({"date_from": False, "date_to": date(2024, 3, 1)})
        self.credit(invoice, "2024-06-10", 1)
        self.earns(999)

    def test_a_limit_that_was_there(self):
        """500 a year: 10,000.00 gave 500, 9,999.00 do as well, 3,000.00 give 300."""
        self.on_time.cap_points = 500
        invoice = self.paid()
        self.earns(500)
        self.on_time.cap_points = 0
        self.credit(invoice, "2024-06-10", 1)
        self.earns(500)
        self.credit(invoice, "2024-06-11", 6999)
        self.earns(300)

    def test_a_limit_that_came_later(self):
        invoice = self.paid()
        self.on_time.cap_points = 100
        self.credit(invoice, "2024-06-10", 1)
        self.earns(999)

    def test_a_limit_that_was_used_up_in_between(self):
        """500 a year. While the first is unpaid another one earns 400; 100 are left for it."""
        self.on_time.cap_points = 500
        invoice = self.paid()
        payment = invoice.matched_payment_ids or invoice._get_reconciled_payments()
        invoice.line_ids.remove_move_reconcile()
        self.paid(4000)
        self.earns(400)
        self.match(invoice, payment.move_id)
        self.earns(500)

    def test_credited_by_mistake(self):
        invoice = self.paid()
        refund = self.credit(invoice, "2024-06-10", 2500)
        self.earns(750)
        self.in_tier(self.top)
        refund.button_draft()
        self.earns(1000)

    def test_a_filter_tells_before_and_after_apart(self):
        self.on_time.domain = "[('amount', '>=', 10000)]"
        invoice = self.paid()
        self.earns(1000)
        self.credit(invoice, "2024-06-10", 1)
        self.earns(0)

    def test_a_filter_that_was_changed(self):
        invoice = self.paid()
        self.on_time.domain = "[('amount', '>=', 50000)]"
        self.credit(invoice, "2024-06-10", 1)
        self.earns(999)

    def test_a_rule_that_was_made_since(self):
        """It is for what is recorded from then on, unless a manager rewards what is past."""
        invoice = self.paid()
        self.env.cr.execute(
            "UPDATE loyalty_service_event SET create_date = create_date - interval '1 day' "
            "WHERE res_model = 'account.move' AND res_id = %s",
            [invoice.id],
        )
        self.env.invalidate_all()
        bonus = self.add_rule("invoice_paid_on_time", points_fixed=50)
        self.credit(invoice, "2024-06-10", 1)
        self.earns(999)
        (bonus + self.on_time).action_award_past()
        self.earns(1049)

    def test_a_rule_that_was_switched_on_since(self):
        """A rule that rested when the invoice was paid is no more for it than a new one."""
        bonus = self.add_rule("invoice_paid_on_time", points_fixed=50, active=False)
        narrow = self.add_rule(
            "invoice_paid_on_time", points_fixed=70, domain="[('amount', '>', 50000)]"
        )
        invoice = self.paid()
        self.env.cr.execute(
            "UPDATE loyalty_service_event SET create_date = create_date - interval '1 day' "
            "WHERE res_model = 'account.move' AND res_id = %s",
            [invoice.id],
        )
        self.env.cr.execute(
            "UPDATE loyalty_service_earning_rule SET running_since = '2024-01-01' WHERE id IN %s",
            [tuple((bonus + narrow + self.on_time).ids)],
        )
        self.env.invalidate_all()
        bonus.active = True
        narrow.domain = "[]"
        self.credit(invoice, "2024-06-10", 1)
        self.earns(999)

    def test_what_expired_of_an_undone_award_is_free_again(self):
        """500 a year at most, good for a month: they expire, and count for the tier on."""
        self.on_time.write({"cap_points": 500, "validity_months": 1})
        invoice = self.paid()
        self.earns(500)
        card = self.card_of()
        card._expire(card)
        self.earns(0)
        counted = "SELECT SUM(qualifying_points) FROM loyalty_service_move WHERE card_id = %s"
        self.env.cr.execute(counted, [card.id])
        self.assertEqual(self.env.cr.fetchone()[0], 500)
        self.credit(invoice, "2024-06-10", 1)
        self.env.flush_all()
        self.env.cr.execute(counted, [card.id])
        self.assertEqual(self.env.cr.fetchone()[0], 500)

    def test_paid_anew_after_a_rule_was_made(self):
        """What happens after it was made is what it is for."""
        invoice = self.paid()
        invoice.line_ids.remove_move_reconcile()
        event = self.Event.search([("res_id", "=", invoice.id), ("lineage_id", "=", False)])
        self.env.cr.execute(
            "UPDATE loyalty_service_event SET create_date = '2024-03-20' WHERE id IN %s",
            [tuple(event.ids)],
        )
        bonus = self.add_rule("invoice_paid_late", points_fixed=50)
        self.env.cr.execute(
            "UPDATE loyalty_service_earning_rule SET running_since = '2024-04-01' WHERE id IN %s",
            [tuple((bonus + self.late).ids)],
        )
        self.env.invalidate_all()
        self.pay(invoice, "2024-04-28")
        self.earns(550)  # 10,000.00 x 0.05, and 50

    def test_on_time_after_all(self):
        """Paid late, 500; an extension had been agreed on: on time, 1,000.

        Whatever somebody has changed about the rule meanwhile. One that was made since is for
        what comes after.
        """
        invoice = self.invoice(10000)
        self.pay(invoice, "2024-04-04")
        self.earns(500)
        bonus = self.add_rule("invoice_paid_on_time", points_fixed=50)
        self.env.cr.execute(
            "UPDATE loyalty_service_earning_rule SET running_since = now() + interval '1 second' "
            "WHERE id IN %s",
            [tuple((bonus + self.on_time).ids)],
        )
        self.env.cr.execute(
            "UPDATE loyalty_service_earning_rule SET create_date = running_since WHERE id = %s",
            [bonus.id],
        )
        self.env.invalidate_all()
        invoice.invoice_date_due = "2024-04-30"
        self.earns(1000)
        self.assertEqual(self.rows(), [500, -500, 1000])

    def test_what_was_spent_stays_spent(self):
        self.on_time.validity_months = 0
        invoice = self.paid()
        card = self.card_of()
        card.with_context(loyalty_service_source=Source("sale.order,1", "S1")).points -= 400
        self.credit(invoice, "2024-06-10", 1)
        self.earns(599)

    def test_what_has_expired_is_not_given_again(self):
        """1,000 points were good until 19 March 2025, and nobody spent them."""
        invoice = self.paid()
        card = self.card_of()
        self.env["loyalty.card"]._expire(card)
        self.assertLedger(card, 0)
        self.credit(invoice, "2024-06-10", 1)
        self.env["loyalty.card"]._expire(card)
        self.assertLedger(card, 0)

    def test_points_booked_before_rates_were_kept(self):
        event = self.record(code="training", amount=10000)
        # sudo: as where an event is recorded.
        Card_sudo = self.env["loyalty.card"].sudo()
        card = Card_sudo._ensure_service_cards(self.client_partner, self.program)
        [award] = Card_sudo._post(
            [
                Posting(
                    card[self.client_partner].id,
                    lambda account: lots.Account.award(account, 150000),
                    {
                        "company_id": self.env.company.id,
                        "event_id": event.id,
                        "rule_id": self.on_time.id,
                    },
                )
            ]
        )
        # 1,500 x 9,999 / 10,000 = 1,499.85
        self.assertEqual(award._worth_then()(9999), 1499)

    def test_people_do_not_say_what_an_event_stands_in_for(self):
        event = self.record()
        with self.assertRaisesRegex(Exception, "Only the system"):
            self.Event.with_user(self.user_manager).create(
                {
                    "type_id": self.type_call.id,
                    "partner_id": self.client_partner.id,
                    "lineage_id": event.id,
                }
            )
