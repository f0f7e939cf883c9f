from datetime import timedelta

from odoo import Command, fields
from odoo.tests import freeze_time, tagged

from ..engine.referral import TOLD
from .referral_common import ReferralCommon


@tagged("post_install", "-at_install")
class TestReferralCheck(ReferralCommon):
    """Who may not be recommended, what looks odd, and what is told to whom."""

    def assertRefused(self, referral, *codes):
        self.assertEqual((referral.state, self.codes(referral)), ("refused", set(codes)))
        self.assertFalse(referral.lead_id)
        self.assertTrue(referral.reason_text)

    def existing(self, **values):
        """Return a client that has been billed."""
        partner = self.env["res.partner"].create(
            {"name": "Known Client Ltd", "is_company": True, **values}
        )
        self.bill(partner)
        return partner

    # Itself ----------------------------------------------------------------

    def test_its_own_name(self):
        self.assertRefused(self.invite(company_name="shanghai LANTERN trading Co., Ltd."), "self")

    def test_its_own_tax_id(self):
        self.assertRefused(self.invite(vat="cn 91350100 M000100Y43"), "same_tax_id")

    def test_its_own_phone(self):
        self.assertRefused(self.invite(phone="0086 (138) 00000001"), "same_phone")

    def test_the_phone_of_a_contact(self):
        self.contact.phone = "１３８ ００００ ００７７"
        self.assertRefused(self.invite(phone="13800000077"), "same_phone")

    def test_the_mail_of_a_contact(self):
        self.assertRefused(self.invite(email="Wang@Example.com"), "same_email")

    def test_the_mail_domain_of_the_company(self):
        self.contact.email = "wang@lantern.example"
        self.assertRefused(self.invite(email="boss@lantern.example"), "same_email")

    def test_a_public_mail_domain_says_nothing(self):
        self.contact.email = "wang@qq.com"
        self.assertEqual(self.invite(email="li@qq.com").state, "invited")

    def test_it_turns_out_to_be_itself(self):
        referral = self.invite()
        referral.lead_id.partner_id = self.contact
        self.assertEqual(referral.state, "refused")
        self.assertIn("self", self.codes(referral))

    # A client --------------------------------------------------------------

    def test_a_client_by_each_detail(self):
        self.existing(vat="91110000600037341L", phone="010 6250 0000", email="a@known.example")
        for values in (
            {"vat": "91110000 600037341l"},
            {"phone": "+86 10 62500000"},
            {"email": "A@KNOWN.example"},
            {"company_name": "Known client, limited"},
        ):
            with self.subTest(values=values):
                number = len(self.Referral.search([]))
                referral = self.invite(
                    **{"company_name": f"No {number}", "phone": f"1390000{number:04}", **values}
                )
                self.assertRefused(referral, "existing_client")
                self.assertIn("Known Client Ltd", referral.reason_text)

    def test_a_contact_of_a_client(self):
        client = self.existing()
        client.child_ids = [Command.create({"name": "Zhao", "phone": "13700000001"})]
        self.assertRefused(self.invite(phone="13700000001"), "existing_client")

    def test_a_client_by_agreement_and_one_who_left(self):
        partner = self.env["res.partner"].create({"name": "Agreed Ltd", "is_company": True})
        self.env["loyalty.service.agreement"].create(
            {"partner_id": partner.id, "name": "Bookkeeping", "monthly_amount": 100}
        ).action_start()
        self.assertRefused(self.invite(company_name="Agreed"), "existing_client")
        partner.active = False
        self.assertRefused(
            self.invite(self.other_referrer, company_name="Agreed"), "existing_client"
        )

    def test_somebody_known_who_is_no_client(self):
        self.env["res.partner"].create({"name": "Newbridge", "phone": "13900000002"})
        self.assertEqual(self.invite().state, "invited")

    def test_a_client_of_a_sister_firm(self):
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        partner = self.env["res.partner"].create({"name": "Theirs Ltd", "is_company": True})
        self.env["loyalty.service.agreement"].create(
            {"partner_id": partner.id, "name": "Tax", "company_id": sister.id, "monthly_amount": 9}
        ).action_start()
        self.assertEqual(self.invite(company_name="Theirs Ltd").state, "invited")

    def test_the_opportunity_is_that_of_a_client(self):
        """Nothing that was named gave it away; the salesperson sees who it is."""
        partner = self.existing()
        self.billed_and_paid(partner, 100, 100)
        partner.flush_recordset()
        # As it is when the invoices are of another day than the invitation.
        self.cr.execute(
            "UPDATE account_move SET create_date = create_date - interval '1 day' "
            "WHERE partner_id = %s",
            [partner.id],
        )
        referral = self.invite()
        self.win(referral, partner)
        self.assertEqual((referral.state, self.codes(referral)), ("refused", {"existing_client"}))
        self.assertEqual(self.rewards(referral), (0, 0))

    # Named before ----------------------------------------------------------

    def test_the_first_who_names_it_wins(self):
        first = self.invite()
        second = self.invite(self.other_referrer)
        self.assertEqual(first.state, "invited")
        self.assertRefused(second, "already_referred")
        self.assertEqual(second.reason_ids.rival_id, first)
        self.assertIn("Shanghai Lantern Trading", second.reason_text)

    def test_the_same_client_names_it_twice(self):
        self.invite()
        self.assertRefused(self.invite(phone="139-0000-0002"), "named_twice")

    def test_the_first_turns_out_to_be_none(self):
        """Then it is the turn of the second, with a lead of its own."""
        first = self.invite()
        second = self.invite(self.other_referrer)
        first._cancel("A mistake")
        self.assertEqual(second.state, "invited")
        self.assertTrue(second.lead_id)

    def test_of_three_the_second_has_its_turn_first(self):
        third_partner = self.env["res.partner"].create({"name": "Third Ltd"})
        self.record(code="call", partner=third_partner)
        third_client = self.env["loyalty.service.client"].search(
            [("partner_id", "=", third_partner.id)]
        )
        first = self.invite()
        second = self.invite(self.other_referrer)
        third = self.invite(third_client)
        first._cancel("A mistake")
        self.assertEqual((second.state, third.state), ("invited", "refused"))
        self.assertEqual(third.reason_ids.rival_id, second)

    def test_a_company_that_declined_is_not_asked_again(self):
        first = self.invite()
        second = self.invite(self.other_referrer)
        first.lead_id.action_set_lost()
        self.assertEqual(second.state, "refused")

    def test_two_that_nothing_connected(self):
        first = self.invite()
        second = self.invite(self.other_referrer, company_name="Newbridge", phone="13900000008")
        self.assertEqual(second.state, "invited")
        self.win(second, self.new_client(phone="13900000008"))
        # The client has the name that the first one gave, and the phone of the second.
        self.assertEqual(first.state, "won", "it came first")
        self.assertEqual((second.state, self.codes(second)), ("refused", {"already_referred"}))

    # Bank accounts ---------------------------------------------------------

    def bank(self, partner, number):
        return self.env["res.partner.bank"].create(
            {"partner_id": partner.id, "acc_number": number, "allow_out_payment": False}
        )

    def test_a_bank_account_that_is_known_when_it_is_won(self):
        self.bank(self.client_partner, "6222 0000 1111 2222")
        referral = self.invite()
        partner = self.new_client()
        self.bank(partner, "6222-0000-1111-2222")
        self.win(referral, partner)
        self.assertEqual((referral.state, self.codes(referral)), ("refused", {"same_bank"}))
        self.assertIn("…2222", referral.reason_text)
        self.assertNotIn("62220000", referral.reason_text)

    def test_a_bank_account_that_is_known_at_the_reward(self):
        self.bank(self.client_partner, "6222 0000 1111 2222")
        referral = self.invite()
        partner = self.win(referral)
        first, second = self.bill(partner), self.bill(partner)
        self.pay(first)
        self.bank(partner, "6222000011112222")
        self.pay(second)
        self.assertEqual((referral.state, self.codes(referral)), ("refused", {"same_bank"}))
        self.assertEqual(self.rewards(referral), (0, 0))

    def test_the_bank_account_of_a_third_is_to_be_looked_at(self):
        self.bank(self.other_partner, "6222 0000 1111 3333")
        referral = self.invite()
        partner = self.new_client()
        self.bank(partner, "6222000011113333")
        self.win(referral, partner)
        self.assertEqual(referral.state, "won")
        self.assertEqual(self.codes(referral, "signal"), {"same_bank"})
        self.assertEqual((referral.score, referral.hold_state), (60, "held"))
        self.assertTrue(referral.to_check)
        self.assertIn("Old Friend Ltd", referral.signal_text)

    # Signals ---------------------------------------------------------------

    def test_signals_add_up(self):
        self.client_partner.write({"street": "世纪大道 １０００ 号", "city": "上海"})
        referral = self.invite(ip_hash="abc", source="link")
        self.invite(company_name="B", phone="13900000003", ip_hash="abc", source="link")
        partner = self.new_client(street="世纪大道1000号", city="上海")
        partner.child_ids = [Command.create({"name": " wang FANG "})]
        self.win(referral, partner)
        self.assertEqual(
            {finding.code: finding.points for finding in referral.signal_ids},
            {"same_address": 30, "shared_contact": 40, "same_connection": 30},
        )
        self.assertEqual(referral.score, 100)
        self.assertEqual(referral.hold_state, "held")

    def test_less_than_the_limit_is_not_held(self):
        self.program.referral_hold_score = 101
        self.client_partner.write({"street": "世纪大道1000号"})
        referral = self.invite()
        self.win(referral, self.new_client(street="世纪大道1000号"))
        self.assertEqual((referral.score, referral.hold_state), (30, "none"))
        self.assertFalse(referral.to_check)

    def test_the_connection_of_the_referrer_itself(self):
        self.invite(company_name="A", phone="13900000003", ip_hash="abc")
        referral = self.invite(ip_hash="abc", source="link")
        self.assertEqual(self.codes(referral, "signal"), {"same_connection"})

    def test_many_in_a_week(self):
        referrals = self.Referral.union(
            *(self.invite(company_name=f"C {n}", phone=f"1390000001{n}") for n in range(5))
        )
        self.assertEqual(self.codes(referrals[3], "signal"), set())
        self.assertEqual(self.codes(referrals[4], "signal"), {"burst"})

    def test_who_tries_out_whom_we_know(self):
        for number in range(3):
            self.existing(name=f"Known {number}")
            self.assertRefused(
                self.invite(company_name=f"Known {number}", phone=f"1390000001{number}"),
                "existing_client",
            )
        self.assertEqual(self.codes(self.invite(), "signal"), {"probing"})

    def test_credited_soon_after_the_reward(self):
        referral = self.invite()
        partner = self.win(referral)
        invoices = self.billed_and_paid(partner, 100, 100, 100)
        self.assertEqual(referral.state, "rewarded")
        refund = invoices[0]._reverse_moves([{"invoice_date": fields.Date.today()}])
        refund.action_post()
        self.assertEqual(referral.state, "rewarded", "two are left")
        self.assertEqual(self.codes(referral, "signal"), {"credited_soon"})
        self.assertTrue(referral.to_check)

    def test_signals_cost_the_same_for_many(self):
        def referrals(number, start):
            partners = self.env["res.partner"].create(
                [
                    {
                        "name": f"Many {start + n}",
                        "is_company": True,
                        "phone": f"1360000{start + n:04}",
                    }
                    for n in range(number)
                ]
            )
            return self.Referral.create(
                [
                    {
                        "referrer_client_id": self.referrer.id,
                        "company_name": partner.name,
                        "phone": partner.phone,
                        "source": "portal",
                        "partner_id": partner.id,
                    }
                    for partner in partners
                ]
            )

        def cost(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            records._follow_again()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        few, many = referrals(3, 0), referrals(30, 100)
        cost(few), cost(many)
        self.assertLessEqual(cost(many), cost(few) + 2)

    # What the referrer is told ---------------------------------------------

    def told(self, referral):
        """Return (label, text) as the referrer reads them."""
        [row] = referral._portal_rows()
        return row.label, row.text

    def test_naming_a_company_twice_does_not_tell_whether_it_is_known(self):
        self.existing()
        self.invite(self.other_referrer, company_name="Named by Another", phone="13900000006")
        told = set()
        for number, name in enumerate(("Known Client", "Named by Another", "Really New")):
            referrals = [
                self.invite(company_name=name, phone=f"1390000010{number}") for _time in range(3)
            ]
            told.add(tuple(self.told(referral) for referral in referrals))
        self.assertEqual(len(told), 1, "nothing tells them apart")
        [(first, second, third)] = told
        self.assertEqual(first[0], "Invited")
        self.assertIn("You named this company before", second[1])
        self.assertEqual(second, third)

    def test_ones_own_details_do_not_help_to_find_out(self):
        """First with the own phone number, then without: it looks alike whoever is named."""
        self.existing()
        told = set()
        for number, name in enumerate(("Known Client", "Really New")):
            own = self.invite(company_name=name, phone="13800000001")
            after = self.invite(company_name=name, phone=f"1390000010{number}")
            told.add((self.told(own), self.told(after)))
        self.assertEqual(len(told), 1, "nothing tells them apart")

    def test_taking_back_and_naming_again_does_not_help_to_find_out(self):
        self.existing()
        told = set()
        for number, name in enumerate(("Known Client", "Really New")):
            first, second = (
                self.invite(company_name=name, phone=f"1390000010{number}") for _time in range(2)
            )
            first._take_back()
            third = self.invite(company_name=name, phone=f"1390000010{number}")
            told.add(tuple(self.told(referral) for referral in (first, second, third)))
        self.assertEqual(len(told), 1, "nothing tells them apart")

    def test_another_client_is_not_told_of_a_refused_one(self):
        self.existing()
        self.invite(company_name="Known Client", phone="13900000101")
        other = self.invite(self.other_referrer, company_name="Known Client", phone="13900000102")
        self.assertRefused(other, "existing_client")

    def test_its_own_details_are_told_at_once(self):
        label, text = self.told(self.invite(phone="13800000001"))
        self.assertEqual(label, "Not counted")
        self.assertIn("shares a phone number", text)

    def test_who_is_a_client_is_told_late_and_vaguely(self):
        self.existing()
        other = self.invite(self.other_referrer)
        client = self.invite(company_name="Known Client", phone="13900000003")
        rival = self.invite()
        fresh = self.invite(company_name="Really New", phone="13900000004")
        self.assertEqual((client.state, rival.state), ("refused", "refused"))
        words = {self.told(referral) for referral in client + rival + fresh}
        self.assertEqual(len(words), 1, "nothing tells them apart")
        with freeze_time(fields.Datetime.now() + timedelta(hours=49)):
            words = {self.told(referral) for referral in client + rival}
            self.assertEqual(len(words), 1, "nor does a client from one who was named")
            [(_label, text)] = words
            self.assertIn("We knew this company already", text)
            self.assertNotEqual(self.told(fresh)[1], text)
        for secret in ("Known Client Ltd", "Old Friend", "client of"):
            self.assertNotIn(secret, text)
        self.assertEqual(self.told(other)[0], "Invited")

    def test_every_state_has_its_words(self):
        referral = self.invite()
        program = self.env.company._loyalty_referral_program()
        states = {code for code, _name in self.Referral._fields["state"].selection}
        for state in states - {"refused", "expired"} | set(TOLD.values()):
            with self.subTest(state=state):
                self.assertTrue(referral._portal_text(state, program))
                self.assertTrue(referral._portal_label(state))
        for left, told in ((0, "checking"), (1, "next paid"), (3, "3 more paid")):
            self.assertIn(told, referral._portal_won_text(left))

    def test_every_finding_has_its_words(self):
        referral = self.invite()
        Finding = self.env["loyalty.service.referral.finding"]
        for code, _name in Finding._fields["code"]._description_selection(self.env):
            finding = Finding.new({"code": code, "kind": "reason", "value": "2"})
            with self.subTest(code=code):
                self.assertTrue(finding._word())
        self.assertEqual(referral.state, "invited")
