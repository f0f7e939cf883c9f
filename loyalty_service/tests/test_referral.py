import runpy
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import file_path

from ..engine.credit_code import code_check
from .referral_common import ReferralCommon


@tagged("post_install", "-at_install")
class TestReferral(ReferralCommon):
    """From the invitation to the client: the lead and the states."""

    def test_an_invitation_becomes_a_lead(self):
        referral = self.invite(email="li@newbridge.example")
        lead = referral.lead_id
        self.assertEqual(referral.state, "invited")
        self.assertEqual(lead.partner_name, "上海新桥贸易有限公司")
        self.assertEqual(lead.contact_name, "Li Na")
        self.assertEqual(lead.email_from, "li@newbridge.example")
        self.assertEqual(lead.referred, "Shanghai Lantern Trading")
        self.assertEqual(lead.referral_id, referral)
        self.assertEqual(lead.user_id, self.client_partner.user_id)
        self.assertEqual(lead.source_id, self.env.ref("utm.utm_source_referral"))
        self.assertEqual(lead.medium_id, self.env.ref("loyalty_service.utm_medium_referral"))
        self.assertEqual(lead.medium_id.name, "Referral")
        self.assertEqual(lead.company_id, self.env.company)
        self.assertTrue(lead.activity_ids, "somebody is asked to call")

    def test_the_lead_goes_to_the_team_without_an_account_manager(self):
        self.client_partner.user_id = False
        lead = self.invite().lead_id
        self.assertTrue(lead.team_id)
        self.assertFalse(lead.user_id, "its leader works for another company")
        lead.team_id.user_id = self.user_sales
        lead = self.invite(company_name="Another Ltd", phone="13900000004").lead_id
        self.assertEqual(lead.user_id, self.user_sales)

    def test_an_account_manager_who_left_gets_no_lead(self):
        self.client_partner.user_id = self.user_loyalty
        self.user_loyalty.active = False
        self.assertNotEqual(self.invite().lead_id.user_id, self.user_loyalty)

    def test_it_follows_the_opportunity(self):
        referral = self.invite()
        stages = self.env["crm.stage"].search([("is_won", "=", False)], limit=2)
        referral.lead_id.stage_id = stages[1]
        self.assertEqual(referral.state, "contacted")
        self.win(referral)
        self.assertEqual(referral.state, "won")
        self.assertEqual(referral.partner_id.name, "上海新桥贸易有限公司")
        self.assertEqual(
            (referral.contacted_count, referral.won_count, referral.rewarded_count), (1, 1, 0)
        )

    def test_a_call_is_contact(self):
        referral = self.invite()
        referral.lead_id.with_user(self.user_sales).activity_ids.action_feedback(
            "They want an offer"
        )
        self.assertEqual(referral.state, "contacted")

    def test_a_mail_is_contact_and_a_note_is_not(self):
        referral = self.invite()
        lead = referral.lead_id.with_user(self.user_sales)
        lead.message_post(body="To call", subtype_xmlid="mail.mt_note")
        self.assertEqual(referral.state, "invited")
        lead.message_post(body="Dear Ms Li", subtype_xmlid="mail.mt_comment")
        self.assertEqual(referral.state, "contacted")

    def test_lost_and_taken_up_again(self):
        referral = self.invite()
        referral.lead_id.action_set_lost()
        self.assertEqual(referral.state, "refused")
        self.assertEqual(self.codes(referral), {"lead_lost"})
        self.assertTrue(referral.closed_date)
        referral.lead_id.action_restore()
        self.assertIn(referral.state, ("invited", "contacted"))
        self.assertFalse(referral.closed_date)
        self.assertFalse(self.codes(referral))

    def test_won_and_taken_back(self):
        referral = self.invite()
        self.win(referral)
        referral.lead_id.stage_id = self.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        self.assertEqual(referral.state, "contacted")
        self.assertFalse(referral.won_count)

    def test_merged_leads(self):
        """The opportunity that is left takes the referral over."""
        referral = self.invite()
        other = self.env["crm.lead"].create(
            {
                "name": "Called us",
                "type": "opportunity",
                "stage_id": self.env["crm.stage"].search([("is_won", "=", False)])[2].id,
            }
        )
        lead = (other + referral.lead_id).merge_opportunity()
        self.assertEqual(referral.lead_id, lead)
        self.assertEqual(lead.referral_id, referral)
        self.win(referral)
        self.assertEqual(referral.state, "won")

    def test_merged_leads_of_two_referrers(self):
        first = self.invite()
        second = self.invite(self.other_referrer, company_name="Newbridge", phone="13900000008")
        self.assertEqual(second.state, "invited")
        lead = (first.lead_id + second.lead_id).merge_opportunity()
        self.assertEqual(first.state, "invited")
        self.assertEqual(second.state, "refused")
        self.assertEqual(self.codes(second), {"already_referred"})
        self.assertEqual(lead.referral_id, first)

    def test_the_second_referrer_takes_the_place_of_the_first(self):
        first = self.invite()
        second = self.invite(self.other_referrer, company_name="Newbridge", phone="13900000008")
        lead = (first.lead_id + second.lead_id).merge_opportunity()
        first._cancel("Changed my mind")
        self.assertEqual((first.state, second.state), ("cancelled", "invited"))
        self.assertTrue(lead.active, "somebody has to call")
        self.assertEqual(lead.referral_id, second)

    def test_another_opportunity_of_the_company_is_won(self):
        """Whoever made it: the company is recognised by its phone."""
        referral = self.invite()
        self.env["crm.lead"].create(
            {"name": "Trade fair", "type": "opportunity", "partner_id": self.new_client().id}
        ).action_set_won()
        self.assertEqual(referral.state, "won")

    def test_an_invoice_without_any_opportunity(self):
        referral = self.invite()
        partner = self.new_client()
        self.bill(partner)
        self.assertEqual(referral.partner_id, partner)
        self.assertEqual(referral.state, "won")

    def test_a_deleted_lead(self):
        referral = self.invite()
        referral.lead_id.unlink()
        self.assertFalse(referral.lead_id)
        self.assertEqual(referral.state, "invited")

    def test_it_expires(self):
        referral = self.invite()
        in_time = fields.Datetime.now() + timedelta(days=179)
        late = fields.Datetime.now() + timedelta(days=181)
        with freeze_time(in_time):
            referral._follow_again()
            self.assertEqual(referral.state, "invited")
        with freeze_time(late):
            referral._follow_again()
            self.assertEqual(referral.state, "expired")
            self.win(referral)
            self.assertEqual(referral.state, "expired", "too late")
            self.decide(referral, "overrule")
            self.assertEqual(referral.state, "won")

    def test_who_was_won_does_not_expire(self):
        referral = self.invite()
        self.win(referral)
        with freeze_time(fields.Datetime.now() + timedelta(days=400)):
            referral._follow_again()
        self.assertEqual(referral.state, "won")

    def test_without_validity_nothing_expires(self):
        self.program.referral_validity_days = 0
        referral = self.invite()
        with freeze_time(fields.Datetime.now() + timedelta(days=4000)):
            referral._follow_again()
        self.assertEqual(referral.state, "invited")

    def decide(self, referral, decision, user=None, reason="Because"):
        return (
            self.env["loyalty.service.referral.decision"]
            .with_user(user or self.user_manager)
            .create(
                {
                    "referral_ids": [Command.set(referral.ids)],
                    "decision": decision,
                    "reason": reason,
                }
            )
            .action_apply()
        )

    def test_cancelled_by_staff(self):
        referral = self.invite()
        self.decide(referral, "cancel", self.user_loyalty, "Named by mistake")
        self.assertEqual(referral.state, "cancelled")
        self.assertIn("Named by mistake", str(referral.message_ids.mapped("body")))
        self.win(referral)
        self.assertEqual(referral.state, "cancelled")

    def test_overruled_with_a_reason(self):
        referral = self.invite(phone="13800000001")
        self.assertEqual((referral.state, self.codes(referral)), ("refused", {"same_phone"}))
        self.assertFalse(referral.lead_id)
        with self.assertRaises(AccessError):
            self.decide(referral, "overrule", self.user_loyalty)
        self.decide(referral, "overrule", reason="They share a switchboard")
        self.assertEqual(referral.state, "invited")
        self.assertTrue(referral.lead_id)
        told = str(referral.message_ids.mapped("body"))
        self.assertIn("They share a switchboard", told)
        self.assertIn("…0001", told, "what was overruled")
        referral._find_reasons()
        referral._follow()
        self.assertEqual(referral.state, "invited", "it stays overruled")

    def test_overruling_needs_something_to_overrule(self):
        with self.assertRaises(UserError):
            self.decide(self.invite(), "overrule")

    def test_staff_note_an_invitation_and_nothing_else(self):
        Referral = self.Referral.with_user(self.user_loyalty)
        values = {
            "referrer_client_id": self.referrer.id,
            "company_name": "Told by Phone Ltd",
            "phone": "13900000005",
        }
        referral = Referral.create(values)
        self.assertEqual((referral.state, referral.source), ("invited", "staff"))
        self.assertTrue(referral.sudo().lead_id)
        referral.note = "After the tax season"
        for forbidden in (
            {"state": "rewarded"},
            {"hold_state": "released"},
            {"rewarded_date": fields.Datetime.now()},
            {"referrer_client_id": self.other_referrer.id},
            {"paid_count": 5},
            {"ip_hash": "x"},
        ):
            with self.subTest(forbidden=forbidden), self.assertRaises(AccessError):
                referral.write(forbidden)
        for forbidden in ({"state": "won"}, {"date": "2020-01-01"}, {"hold_state": "released"}):
            with self.subTest(forbidden=forbidden), self.assertRaises(AccessError):
                Referral.create({**values, **forbidden})
        with self.assertRaises(AccessError):
            referral.unlink()
        with self.assertRaises(UserError):
            referral.sudo().unlink()

    def test_defaults_of_the_caller_say_nothing(self):
        """Neither those sent in the context nor those that a user keeps."""
        foreign = {
            "state": "won",
            "hold_state": "released",
            "date": "2020-01-01 00:00:00",
            "source": "portal",
            "paid_count": 9,
            "ip_hash": "x",
        }
        Referral = self.Referral.with_user(self.user_loyalty)
        self.env["ir.default"].set(
            "loyalty.service.referral", "hold_state", "released", user_id=self.user_loyalty.id
        )
        context = {f"default_{name}": value for name, value in foreign.items()}
        context |= {"default_is_overruled": True, "default_note": "Told at the fair"}
        values = {
            "referrer_client_id": self.referrer.id,
            "company_name": "Told by Phone Ltd",
            "phone": "13900000005",
        }
        referral = Referral.with_context(**context).create(values).sudo()
        self.assertEqual((referral.state, referral.source), ("invited", "staff"))
        self.assertFalse(referral.paid_count or referral.ip_hash)
        self.assertNotEqual(referral.hold_state, "released")
        self.assertGreater(referral.date, fields.Datetime.now() - timedelta(minutes=5))
        self.assertEqual(referral.note, "Told at the fair", "what staff enter may be proposed")
        own = Referral.with_context(**context).create({**values, "phone": "13800000001"}).sudo()
        self.assertEqual(own.state, "refused")
        self.assertFalse(own.finding_ids.filtered("is_overruled"))
        with self.assertRaises(AccessError):
            Referral.with_context(**context).create({**values, "state": "won"})

    def test_staff_name_the_new_client(self):
        referral = self.invite()
        partner = self.new_client(phone=False)
        self.bill(partner)
        referral.with_user(self.user_loyalty).partner_id = partner
        self.assertEqual(referral.state, "won")

    def test_somebody_has_to_be_reachable(self):
        for values in ({"phone": False}, {"phone": "123"}, {"phone": False, "email": "li"}):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.invite(**values)

    def test_links(self):
        clients = self.referrer + self.other_referrer
        tokens = clients.mapped("referral_token")
        self.assertEqual(len(set(tokens)), 2)
        self.assertGreaterEqual(min(map(len, tokens)), 32)
        Client = self.env["loyalty.service.client"].with_user(self.env.ref("base.public_user"))
        self.assertEqual(Client._by_referral_token(tokens[0]).id, self.referrer.id)
        self.assertFalse(Client._by_referral_token(tokens[0][:-1]))
        self.assertFalse(Client._by_referral_token(""))
        self.client_partner.with_user(self.user_loyalty).action_loyalty_renew_link()
        self.assertFalse(Client._by_referral_token(tokens[0]), "the old one is closed")
        self.assertTrue(Client._by_referral_token(self.referrer.referral_token))
        self.client_partner.with_user(self.user_loyalty).action_loyalty_close_link()
        self.assertFalse(self.referrer.referral_url)
        self.assertFalse(Client._by_referral_token(False))
        self.program.referral_active = False
        self.assertFalse(Client._by_referral_token(tokens[1]))

    def test_clients_from_before_get_links_of_their_own(self):
        clients = self.referrer + self.other_referrer
        clients.referral_token = False
        clients.flush_recordset()
        clients._init_column("referral_token")
        clients.invalidate_recordset()
        self.assertEqual(len(set(clients.mapped("referral_token")) - {False}), 2)

    def test_the_customer_made_of_the_lead_has_the_tax_id(self):
        body = "91310115MA1H7ABC1"
        right = body + code_check(body)
        wrong = body + ("0" if right[-1] != "0" else "1")
        lead = self.invite(vat=wrong).lead_id
        self.assertFalse(lead._prepare_customer_values("X", is_company=True).get("vat"))
        lead.referral_id.vat = f" {right[:8].lower()} {right[8:]}"
        self.assertEqual(lead._prepare_customer_values("X", is_company=True)["vat"], right)
        self.assertFalse(lead._prepare_customer_values("Li Na").get("vat"), "a person")

    def test_personal_data_is_deleted(self):
        referral = self.invite(email="li@newbridge.example", vat="91350211M000100Y43")
        kept = self.invite(self.other_referrer, company_name="Kept Ltd", phone="13900000007")
        lead = referral.lead_id
        lead.action_set_lost()
        self.assertFalse(self.Referral._stale_ids())
        with freeze_time(fields.Datetime.now() + timedelta(days=370)):
            self.assertEqual(self.Referral._stale_ids(), referral.ids)
            referral._anonymise_due()
            self.assertFalse(self.Referral._stale_ids())
        for record in (referral, lead):
            told = str(record.read()) + str(record.message_ids.mapped("body"))
            told += str(record.message_ids.tracking_value_ids.mapped("old_value_char"))
            for secret in (
                "Li Na",
                "newbridge",
                "13900000002",
                "139 0000 0002",
                "新桥",
                "M000100Y",
            ):
                self.assertNotIn(secret, told, record)
        self.assertEqual(referral.state, "refused")
        self.assertEqual(kept.contact_name, "Li Na")

    SECRETS = ("Li Na", "newbridge", "13900000002", "139 0000 0002", "新桥", "Ms Wu")

    def chatter(self, *records):
        """Return all that is kept about records in their chatters."""
        kept = ""
        for record in records:
            messages = self.env["mail.message"].search(
                [("model", "=", record._name), ("res_id", "=", record.id)]
            )
            values = self.env["mail.tracking.value"].search(
                [("mail_message_id", "in", messages.ids)]
            )
            kept += str(record.read()) + str(messages.read(["body", "subject", "email_from"]))
            kept += str(values.read(["old_value_char", "new_value_char", "old_value_text"]))
        return kept

    def test_no_trace_is_left_in_the_chatter(self):
        """With the changes of fields noted, as they are in daily use."""
        self.env = self.env(
            context={**self.env.context, "tracking_disable": False, "mail_notrack": False}
        )
        referral = self.invite(email="li@newbridge.example").with_env(self.env)
        lead = referral.lead_id
        self.env.cr.precommit.run()
        lead.contact_name = "Ms Wu"
        self.env.flush_all()
        self.env.cr.precommit.run()
        lead.contact_name = "Li Na"
        self.env.flush_all()
        self.env.cr.precommit.run()
        lead.message_post(body="Spoke with Li Na", subtype_xmlid="mail.mt_note")
        lead.message_post(body="Call again in May", subtype_xmlid="mail.mt_note")
        lead.action_set_lost()
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assertIn("Ms Wu", self.chatter(lead), "it was noted")
        referral._anonymise()
        self.env.flush_all()
        self.env.cr.precommit.run()
        kept = self.chatter(lead, referral)
        for secret in self.SECRETS:
            self.assertNotIn(secret, kept)
        self.assertIn("Call again in May", kept)

    def test_managers_delete_personal_data_at_any_time(self):
        referral = self.invite(email="li@newbridge.example")
        lead = referral.lead_id
        with self.assertRaises(AccessError):
            referral.with_user(self.user_loyalty).action_anonymise()
        self.assertEqual(referral.contact_name, "Li Na")
        referral.with_user(self.user_manager).action_anonymise()
        self.assertEqual(referral.state, "cancelled", "nobody is to be called any more")
        kept = self.chatter(lead, referral)
        for secret in self.SECRETS:
            self.assertNotIn(secret, kept)
        self.assertFalse(lead.activity_ids)

    def test_the_reward_outlives_the_personal_data(self):
        referral = self.invite(email="li@newbridge.example", note="Call Li Na")
        self.billed_and_paid(self.win(referral), 100, 100)
        self.assertEqual(self.rewards(referral), (100, 30))
        referral.with_user(self.user_manager).action_anonymise()
        referral._follow_again()
        self.assertEqual((referral.state, self.rewards(referral)), ("rewarded", (100, 30)))
        self.assertEqual(referral.company_name, "上海新桥贸易有限公司")
        self.assertFalse(referral.contact_name or referral.email or referral.phone)
        self.assertFalse(referral.note or referral.phone_key or referral.email_key)

    def test_an_open_lead_of_an_expired_invitation_is_emptied(self):
        referral = self.invite(email="li@newbridge.example")
        with freeze_time(fields.Datetime.now() + timedelta(days=181)):
            referral._follow_again()
        lead = referral.lead_id
        # As salespeople do who want to try all the same.
        lead.action_restore()
        self.assertEqual((referral.state, lead.won_status), ("expired", "pending"))
        referral._anonymise()
        for secret in self.SECRETS:
            self.assertNotIn(secret, self.chatter(lead, referral))

    def test_no_address_is_spelled_out_when_it_is_overruled(self):
        self.contact.email = "li@newbridge.example"
        referral = self.invite(email="li@newbridge.example")
        self.assertEqual(self.codes(referral), {"same_email"})
        self.decide(referral, "overrule", reason="A shared inbox")
        told = str(referral.message_ids.mapped("body")) + referral.finding_ids.text
        self.assertNotIn("li@newbridge", told)
        self.assertIn("l…@newbridge.example", told)

    def assertNobodyCalls(self, lead):
        self.assertEqual(lead.won_status, "lost")
        self.assertEqual(lead.lost_reason_id, self.env.ref("loyalty_service.lost_reason_referral"))
        self.assertFalse(
            self.env["mail.activity"].search(
                [("res_model", "=", "crm.lead"), ("res_id", "=", lead.id)]
            )
        )

    def test_nobody_calls_after_it_was_cancelled(self):
        referral = self.invite()
        self.decide(referral, "cancel", self.user_loyalty)
        self.assertNobodyCalls(referral.lead_id)
        self.assertEqual((referral.state, self.codes(referral)), ("cancelled", set()))

    def test_nobody_calls_after_it_was_taken_back(self):
        referral = self.invite()
        referral._take_back()
        self.assertNobodyCalls(referral.lead_id)
        self.assertEqual(referral.state, "cancelled")

    def test_nobody_calls_after_it_expired_unless_it_is_overruled(self):
        referral = self.invite()
        with freeze_time(fields.Datetime.now() + timedelta(days=181)):
            referral._follow_again()
            self.assertNobodyCalls(referral.lead_id)
            self.assertEqual((referral.state, self.codes(referral)), ("expired", {"too_old"}))
            self.decide(referral, "overrule")
            self.assertEqual(referral.state, "invited")
            self.assertEqual(referral.lead_id.won_status, "pending")
            self.assertTrue(referral.lead_id.activity_ids, "somebody is asked to call again")

    def assertStillTheirs(self, referral):
        """What staff work on stays with them, and they read what happened."""
        lead = referral.lead_id
        self.assertEqual(lead.won_status, "pending")
        self.assertIn("was withdrawn or has expired", str(lead.message_ids.mapped("body")))

    def test_what_staff_work_on_is_not_closed(self):
        moved, noted, planned, known = (
            self.invite(company_name=f"Company {n}", phone=f"1390000020{n}") for n in range(4)
        )
        moved.lead_id.stage_id = self.env["crm.stage"].search([("is_won", "=", False)])[1]
        noted.with_user(self.user_manager).action_contacted()
        planned.lead_id.with_user(self.user_sales).activity_ids.create(
            {
                "res_model_id": self.env["ir.model"]._get_id("crm.lead"),
                "res_id": planned.lead_id.id,
                "activity_type_id": self.env.ref("mail.mail_activity_data_meeting").id,
                "user_id": self.user_sales.id,
            }
        )
        known.lead_id.partner_id = self.new_client(name="Company 3")
        for referral in (moved, noted, planned, known):
            referral._take_back()
            self.assertEqual(referral.state, "cancelled")
            self.assertStillTheirs(referral)
        meeting = self.env.ref("mail.mail_activity_data_meeting")
        self.assertEqual(planned.lead_id.activity_ids.activity_type_id, meeting)

    def test_what_staff_work_on_outlives_the_referral(self):
        referral = self.invite()
        referral.lead_id.with_user(self.user_sales).message_post(
            body="They think about it", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        with freeze_time(fields.Datetime.now() + timedelta(days=181)):
            referral._follow_again()
        self.assertEqual(referral.state, "expired")
        self.assertStillTheirs(referral)

    def test_following_again_does_not_close_or_tell_again(self):
        referral = self.invite()
        referral._take_back()
        messages = len(referral.lead_id.message_ids)
        referral.lead_id.action_restore()
        referral._follow_again()
        referral._follow()
        self.assertEqual(referral.lead_id.won_status, "pending", "staff want to try all the same")
        self.assertLessEqual(len(referral.lead_id.message_ids), messages + 1)

    def test_a_lead_that_another_referral_goes_on_with_stays_open(self):
        first = self.invite()
        second = self.invite(self.other_referrer, company_name="Newbridge", phone="13900000008")
        second.lead_id = first.lead_id
        first._cancel("A mistake")
        self.assertEqual(second.lead_id.won_status, "pending")

    def test_a_visitor_has_one_network(self):
        Referral = self.Referral
        first = Referral._hash_connection("2001:db8:1:2:a:b:c:d")
        self.assertEqual(first, Referral._hash_connection("2001:db8:1:2::7"))
        self.assertNotEqual(first, Referral._hash_connection("2001:db8:1:3::7"))
        self.assertNotEqual(
            Referral._hash_connection("192.0.2.7"), Referral._hash_connection("192.0.2.8")
        )

    def test_addresses_of_one_network_share_the_limit_of_a_visitor(self):
        self.program.referral_daily_limit = 2

        def visit(address, number):
            return self.referrer._invite(
                {
                    "company_name": f"Company {number}",
                    "phone": f"1390000030{number}",
                    "consent": True,
                    "source": "link",
                    "submission": f"form {number}",
                    "ip_hash": self.Referral._hash_connection(address),
                }
            )

        visit("2001:db8:1:2:a:b:c:d", 1)
        visit("2001:db8:1:2::1", 2)
        with self.assertRaisesRegex(UserError, "all for today"):
            visit("2001:db8:1:2:ffff::", 3)
        self.assertTrue(visit("2001:db8:1:3::1", 4), "another household")

    def test_a_visitor_has_a_limit_of_its_own(self):
        """Also where the link has none: two a day, to whichever client's link."""
        self.program.write({"referral_link_limit": 0, "referral_daily_limit": 2})
        self.invite(source="link", ip_hash="abc")
        values = {"source": "link", "ip_hash": "abc"}
        self.referrer._check_referral_limit(values)
        self.invite(
            self.other_referrer,
            source="link",
            ip_hash="abc",
            company_name="B",
            phone="13900000003",
        )
        with self.assertRaises(UserError):
            self.referrer._check_referral_limit(values)
        self.referrer._check_referral_limit({**values, "ip_hash": "def"})
        self.program.referral_daily_limit = 0
        self.referrer._check_referral_limit(values)

    def test_an_upgrade_switches_nothing_on(self):
        """A firm that had a programme before finds recommendations off, with their rule."""
        rule = self.env.ref("loyalty_service.earning_rule_referral_welcome")
        self.assertTrue(rule.active and self.program.referral_active)
        path = file_path("loyalty_service/migrations/19.0.1.3.0/post-rules.py")
        runpy.run_path(path)["migrate"](self.cr, "19.0.1.2.0")
        self.env.invalidate_all()
        self.assertFalse(rule.active or self.program.referral_active)

    def test_connections_are_forgotten(self):
        referral = self.invite(source="link", ip_hash="abc")
        self.Referral._forget_connections()
        self.assertEqual(referral.ip_hash, "abc")
        with freeze_time(fields.Datetime.now() + timedelta(days=31)):
            self.Referral._forget_connections()
        self.assertFalse(referral.ip_hash)

    def test_two_clients_become_one(self):
        """Whoever recommended a company that turns out to be itself recommended nobody."""
        referral = self.invite()
        partner = self.win(referral)
        self.billed_and_paid(partner, 100, 100)
        self.assertEqual(referral.state, "rewarded")
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (partner + self.client_partner).ids, self.client_partner
        )
        self.assertEqual(referral.state, "refused")
        self.assertIn("self", self.codes(referral))
        self.assertEqual(self.rewards(referral)[0], 0)

    def test_two_rewarded_clients_become_one(self):
        first = self.invite()
        partner = self.win(first)
        second = self.invite(self.other_referrer, company_name="Newbridge", phone="13900000008")
        other = self.win(second, self.new_client(name="Newbridge", phone="13900000008"))
        self.billed_and_paid(partner, 100, 100)
        self.billed_and_paid(other, 100, 100)
        self.assertEqual((first + second).mapped("state"), ["rewarded"] * 2)
        self.env["base.partner.merge.automatic.wizard"]._merge((partner + other).ids, partner)
        self.assertEqual((first + second).mapped("state"), ["rewarded", "refused"])
        self.assertEqual(self.rewards(second)[0], 0)
        self.assertEqual(self.rewards(first), (100, 30))

    def test_a_client_that_becomes_a_contact_of_a_group(self):
        """What the sole trader paid counts on, before the reward and after it."""
        referral = self.invite()
        partner = self.win(referral)
        group = self.env["res.partner"].create({"name": "Newbridge Group", "is_company": True})
        self.billed_and_paid(partner, 100)
        partner.write({"is_company": False, "parent_id": group.id})
        self.assertEqual(referral.partner_id, group)
        self.billed_and_paid(group, 100)
        self.assertEqual(referral.state, "rewarded")
        bigger = self.env["res.partner"].create({"name": "Bridges", "is_company": True})
        group.write({"is_company": False, "parent_id": bigger.id})
        referral._follow_again()
        self.assertEqual((referral.state, referral.partner_id), ("rewarded", bigger))
        self.assertEqual(self.rewards(referral), (100, 30))
