from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .referral_common import ReferralCommon


@tagged("post_install", "-at_install")
class TestReferralReward(ReferralCommon):
    """100 points for who recommends, 30 for who comes, with the second paid invoice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.referral = cls.invite()
        cls.partner = cls.win(cls.referral)

    def assertRewarded(self, referrer=100, welcome=30):
        """Both sides have exactly these points, in the ledger and on their cards."""
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.rewards(self.referral), (referrer, welcome))
        self.assertEqual(sum(self.card_of().mapped("points")), referrer)
        self.assertEqual(sum(self.card_of(self.partner).mapped("points")), welcome)
        self.assertEqual(self.referral.state, "rewarded" if referrer else "won")

    def assertNothing(self):
        self.assertRewarded(0, 0)

    def test_not_with_the_first_invoice_and_with_the_second(self):
        self.billed_and_paid(self.partner, 100)
        self.assertNothing()
        self.assertEqual(self.referral.paid_count, 1)
        second = self.bill(self.partner)
        self.assertNothing()
        self.pay(second, amount=400)
        self.assertNothing()
        self.pay(second)
        self.assertRewarded()
        self.assertEqual(self.referral.paid_count, 2)
        self.assertTrue(self.referral.rewarded_date)
        self.billed_and_paid(self.partner, 100, 100)
        self.assertRewarded()

    def test_the_events_say_who(self):
        self.billed_and_paid(self.partner, 100, 100)
        [won] = self.standing(self.client_partner, "referral_won")
        [welcome] = self.standing(self.partner, "referral_welcome")
        self.assertEqual(won.summary, "上海新桥贸易有限公司")
        self.assertEqual((won.res_model, won.res_id), (self.referral._name, self.referral.id))
        self.assertFalse(welcome.summary)

    def test_doing_it_again_gives_nothing_more(self):
        self.billed_and_paid(self.partner, 100, 100)
        for again in (
            self.referral._follow,
            self.referral._follow_again,
            self.referral._sync_rewards,
            self.env["account.move"].search([])._loyalty_sync,
            self.referral.lead_id._loyalty_sync_referrals,
        ):
            again()
            self.assertRewarded()

    def test_conditions_that_are_raised_later(self):
        """Two invoices of any amount were asked for; five of 1,000.00 are from now on."""
        invoices = self.billed_and_paid(self.partner, 100, 100)
        self.assertRewarded()
        self.program.write({"referral_invoice_count": 5, "referral_min_amount": 1000})
        self.referral._follow_again()
        self.assertRewarded()
        self.billed_and_paid(self.partner, 100)
        self.assertRewarded()
        self.unreconcile(invoices[0])
        self.assertRewarded()  # two are still paid
        self.unreconcile(invoices[1])
        self.assertNothing()
        self.pay(invoices[1])
        self.assertRewarded()

    def test_conditions_that_are_raised_before(self):
        self.program.write({"referral_invoice_count": 2, "referral_min_amount": 500})
        self.billed_and_paid(self.partner, 499, 500)
        self.assertNothing()
        self.billed_and_paid(self.partner, 500)
        self.assertRewarded()

    def test_without_a_programme_nothing_is_due(self):
        self.program.active = False
        self.billed_and_paid(self.partner, 100, 100)
        self.assertNothing()
        self.program.active = True
        self.referral._follow_again()
        self.assertRewarded()
        self.program.active = False
        self.referral._follow_again()
        self.assertRewarded()

    def test_a_payment_that_is_taken_off(self):
        invoices = self.billed_and_paid(self.partner, 100, 100)
        self.unreconcile(invoices[0])
        self.assertNothing()
        self.pay(invoices[0])
        self.assertRewarded()
        self.unreconcile(invoices[1])
        self.assertNothing()

    def test_an_invoice_that_is_credited(self):
        invoices = self.billed_and_paid(self.partner, 100, 100)
        invoices[1]._reverse_moves([{"invoice_date": fields.Date.today()}]).action_post()
        self.assertNothing()
        self.assertEqual(self.codes(self.referral, "signal"), {"credited_soon"})
        self.billed_and_paid(self.partner, 100)
        self.assertNothing()
        self.assertEqual(self.referral.hold_state, "held", "somebody looks at it first")

    def test_an_invoice_that_is_credited_in_part_still_counts(self):
        invoices = self.billed_and_paid(self.partner, 100, 100)
        refund = invoices[1]._reverse_moves([{"invoice_date": fields.Date.today()}])
        refund.invoice_line_ids.price_unit = 40
        refund.action_post()
        self.assertRewarded()

    def test_an_invoice_reset_to_draft(self):
        invoices = self.billed_and_paid(self.partner, 100, 100)
        invoices[1].button_draft()
        self.assertNothing()

    def test_what_was_rewarded_is_not_held_for_what_comes_in_later(self):
        """Many invitations in a week make 20, from one connection 30: with 50 a reward is held."""
        self.referral.write({"source": "link", "ip_hash": "abc"})
        invoices = self.billed_and_paid(self.partner, 100, 100)
        self.assertRewarded()
        for number in range(5):
            self.invite(company_name=f"C {number}", phone=f"1390000001{number}", ip_hash="abc")
        self.unreconcile(invoices[1])
        self.assertNothing()
        self.pay(invoices[1])
        self.assertRewarded()
        self.assertFalse(self.codes(self.referral, "signal"))

    def test_spent_points_are_taken_back_all_the_same(self):
        invoices = self.billed_and_paid(self.partner, 100, 100)
        self.card_of().points -= 100
        self.unreconcile(invoices[1])
        self.assertEqual(self.card_of().points, -100)

    def test_invoices_from_an_amount_on(self):
        self.program.referral_min_amount = 500
        self.billed_and_paid(self.partner, 499, 500)
        self.assertNothing()
        self.billed_and_paid(self.partner, 700)
        self.assertRewarded()

    def test_another_number_of_invoices(self):
        self.program.referral_invoice_count = 1
        self.billed_and_paid(self.partner, 100)
        self.assertRewarded()

    def test_invoices_of_a_contact_count(self):
        person = self.env["res.partner"].create({"name": "Li Na", "parent_id": self.partner.id})
        self.billed_and_paid(person, 100, 100)
        self.assertRewarded()

    def test_bills_from_the_new_client_do_not_count(self):
        for _number in range(2):
            bill = self.bill(self.partner, move_type="in_invoice")
            self.pay(bill)
        self.assertNothing()

    def test_its_own_opportunity_is_closed_after_the_reward(self):
        """Sold by another quotation; somebody tidies up. Nothing is taken back."""
        other = self.invite(company_name="Riverside Trading", phone="13900000077")
        client = self.new_client(name="Riverside Trading", phone="+86 13900000077")
        self.billed_and_paid(client, 100)
        self.assertEqual((other.state, other.partner_id), ("won", client))
        other.lead_id.action_set_lost()
        self.assertEqual((other.state, self.codes(other)), ("won", set()))
        self.billed_and_paid(client, 100)
        self.assertEqual((other.state, self.rewards(other)), ("rewarded", (100, 30)))
        other.lead_id.action_restore()
        other.lead_id.action_set_lost()
        other._follow_again()
        self.assertEqual((other.state, self.rewards(other)), ("rewarded", (100, 30)))
        self.assertFalse(self.codes(other))

    def test_business_after_the_opportunity_was_lost(self):
        """It comes all the same, as long as the invitation holds: 180 days."""
        self.program.referral_validity_days = 180
        late, lost = (
            self.invite(company_name=name, phone=phone)
            for name, phone in (("Late Ltd", "13900000071"), ("Riverside", "13900000077"))
        )
        (late + lost).lead_id.action_set_lost()
        self.assertEqual(set((late + lost).mapped("state")), {"refused"})
        late.date = fields.Datetime.now() - timedelta(days=181)
        clients = [
            self.new_client(name=record.company_name, phone=f"+86 {record.phone}")
            for record in (late, lost)
        ]
        for client in clients:
            self.billed_and_paid(client, 100, 100)
        self.assertEqual((late.state, self.rewards(late)[0]), ("refused", 0))
        self.assertEqual((lost.state, self.rewards(lost)), ("rewarded", (100, 30)))

    def test_held(self):
        self.decide("hold", "Looks odd")
        self.billed_and_paid(self.partner, 100, 100)
        self.assertNothing()
        self.assertTrue(self.referral.to_check)
        with self.assertRaises(AccessError):
            self.decide("release", user=self.user_loyalty)
        self.assertNothing()
        self.decide("release", "They are two firms")
        self.assertRewarded()
        self.assertFalse(self.referral.to_check)
        told = str(self.referral.message_ids.mapped("body"))
        self.assertIn("Looks odd", told)
        self.assertIn("They are two firms", told)

    def test_held_afterwards(self):
        self.billed_and_paid(self.partner, 100, 100)
        self.decide("hold")
        self.assertNothing()
        self.decide("release")
        self.assertRewarded()

    def decide(self, decision, reason="Because", user=None):
        self.env["loyalty.service.referral.decision"].with_user(user or self.user_manager).create(
            {
                "referral_ids": [Command.set(self.referral.ids)],
                "decision": decision,
                "reason": reason,
            }
        ).action_apply()

    def test_cancelled_afterwards(self):
        self.billed_and_paid(self.partner, 100, 100)
        self.decide("cancel")
        self.assertEqual(self.referral.state, "cancelled")
        self.assertEqual(self.rewards(self.referral), (0, 0))

    def test_two_referrers_one_reward(self):
        """Named in other words; both become the same client. The first one gets it."""
        later = self.invite(self.other_referrer, company_name="Newbridge", phone="13900000008")
        later.lead_id.partner_id = self.partner
        self.assertEqual((later.state, self.codes(later)), ("refused", {"already_referred"}))
        self.billed_and_paid(self.partner, 100, 100)
        self.assertRewarded()
        self.assertEqual(self.rewards(later)[0], 0)

    def test_it_is_none_before_it_is_won(self):
        referral = self.invite(company_name="Other Ltd", phone="13900000004")
        partner = self.new_client(name="Other Ltd", phone="13900000004")
        self.billed_and_paid(partner, 100, 100)
        self.assertEqual(referral.state, "rewarded", "the invoices say that it is a client")

    def test_by_the_rules_out_of_the_box(self):
        """500 points and 300, without a setting."""
        program = self.env.ref("loyalty_service.program_service")
        self.program.active = False
        program.active = True
        self.billed_and_paid(self.partner, 100, 100)
        events = self.standing(self.client_partner, "referral_won") + self.standing(
            self.partner, "referral_welcome"
        )
        given = [
            sum(event.move_ids.filtered(lambda move: move.program_id == program).mapped("points"))
            for event in events
        ]
        self.assertEqual(given, [500, 300])

    def test_the_scheduled_action_finds_what_no_trigger_told(self):
        self.billed_and_paid(self.partner, 100)
        Event = self.env["loyalty.service.event"]
        Event.create(
            Event._prepare_record_values(
                "invoice_paid_on_time", self.bill(self.partner), self.partner, amount=100
            )
        )
        self.assertNothing()
        self.assertIn(self.referral, self.Referral.search(self.Referral._domain_to_follow()))
        self.referral._follow_due()
        self.assertRewarded()

    def test_what_was_paid_before_the_invitation_does_not_count(self):
        with freeze_time(fields.Datetime.now() - timedelta(days=3)):
            old = self.bill(self.partner)
            self.pay(old)
        self.billed_and_paid(self.partner, 100)
        self.assertNothing()
