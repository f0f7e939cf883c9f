from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .rewards_common import RewardsCommon


@tagged("post_install", "-at_install")
class TestRewardsRights(RewardsCommon):
    """What nobody may read, write or hand on by naming it in a request of their own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sister = cls.env["res.company"].create({"name": "Sister Firm"})
        cls.stranger = new_test_user(
            cls.env,
            "stranger_rights",
            groups="loyalty_service.group_loyalty_user,sales_team.group_sale_salesman_all_leads",
            company_id=cls.sister.id,
            company_ids=[Command.set(cls.sister.ids)],
        )
        cls.seller = new_test_user(
            cls.env,
            "seller_rights",
            groups="sales_team.group_sale_salesman_all_leads,loyalty_service.group_loyalty_user",
        )
        cls.competitor = cls.env["res.partner"].create(
            {"name": "Competitor Ltd", "is_company": True, "email": "us@example.com"}
        )

    def refused(self):
        return mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")

    # ------------------------------------------------------------------
    # The dialogs
    # ------------------------------------------------------------------

    def test_the_dialog_does_not_read_what_its_user_may_not(self):
        Redeem = self.env["loyalty.service.redeem"].with_user(self.stranger)
        private = self.env["res.partner"].create(
            {"name": "Private", "street": "9 Secret Lane", "company_id": self.env.company.id}
        )
        spec = {"balance": {}, "delivery_address": {}}
        with self.refused():
            with self.assertRaises(AccessError):
                Redeem.create({"client_id": self.client_record.id})
            with self.assertRaises(AccessError):
                Redeem.onchange({"client_id": self.client_record.id}, ["client_id"], spec)
            with self.assertRaises(AccessError):
                Redeem.onchange({"contact_id": private.id}, ["contact_id"], spec)
            self.record(partner=self.competitor, company_id=self.sister.id, code="call")
            own = self.env["loyalty.service.client"].search(
                [("partner_id", "=", self.competitor.id)]
            )
            redeem = Redeem.create({"client_id": own.id})
            for values in ({"client_id": self.client_record.id}, {"contact_id": private.id}):
                with self.assertRaises(AccessError):
                    redeem.write(values)
        foreign = self.program.copy({"company_id": self.env.company.id})
        theirs = self.reward("Theirs", 1, program_id=foreign.id)
        with self.refused(), self.assertRaises(AccessError):
            self.env["loyalty.service.redeem.line"].with_user(self.stranger).create(
                {"redeem_id": redeem.id, "reward_id": theirs.id}
            )

    def test_the_quotation_dialog_does_not_read_what_its_user_may_not(self):
        wish = self.redeem(self.discount)
        Quote = self.env["loyalty.service.redemption.quote"].with_user(self.stranger)
        with self.refused(), self.assertRaises(AccessError):
            Quote.create({"redemption_id": wish.id})

    def test_only_an_open_quotation_to_the_client_is_taken(self):
        wish = self.redeem(self.discount, user=self.seller)
        done, foreign = self.order_of(user=self.seller), self.order_of(self.competitor)
        done.action_confirm()
        of_sister = self.order_of()
        of_sister.sudo().company_id = self.sister
        for order in (done, foreign, of_sister):
            dialog = (
                self.env["loyalty.service.redemption.quote"]
                .sudo()
                .create({"redemption_id": wish.id, "order_id": order.id})
            )
            with self.assertRaisesRegex(UserError, "no open quotation to this client"):
                dialog.action_take()
        self.assertEqual((wish.state, wish.order_id.id), ("requested", False))

    # ------------------------------------------------------------------
    # The redemption
    # ------------------------------------------------------------------

    def test_only_a_few_fields_are_written(self):
        redemption = self.redeem()
        for name, value in {
            "partner_id": self.competitor.id,
            "currency_id": self.env.company.currency_id.id,
            "reward_image": False,
            "create_uid": self.user_manager.id,
        }.items():
            with self.assertRaisesRegex(UserError, "cannot be changed"):
                redemption.with_user(self.user_manager).write({name: value})
        redemption.write(
            {
                "contact_id": self.contact.id,
                "delivery_address": "2 Lantern Road",
                "note": "The red one",
                "user_id": self.user_manager.id,
                "cancel_reason": "Sold out",
            }
        )
        redemption.message_post(body="Called")
        redemption.message_subscribe(self.user_manager.partner_id.ids)
        redemption.activity_schedule("mail.mail_activity_data_todo", user_id=self.user_loyalty.id)
        redemption.action_prepare()
        self.assertEqual(redemption.partner_id, self.client_partner)

    def test_what_a_request_proposes_for_new_records_decides_nothing(self):
        Redemption = self.Redemption.with_context(
            default_state="delivered",
            default_order_id=self.order_of().id,
            default_is_mailed=True,
            default_points=0,
        )
        redemption = Redemption.with_user(self.user_loyalty)._redeem(self.client_record, self.gift)
        self.assertEqual((redemption.state, redemption.is_mailed), ("requested", False))
        self.assertFalse(redemption.order_id)
        self.assertLedger(self.card, 150)

    def test_the_contact_is_one_of_the_client(self):
        redemption = self.redeem()
        with self.assertRaisesRegex(ValidationError, "does not belong to"):
            redemption.contact_id = self.competitor
        with self.assertRaisesRegex(ValidationError, "does not belong to"):
            self.redeem(contact_id=self.competitor.id)
        redemption.contact_id = self.contact
        redemption.contact_id = False

    def test_the_mail_goes_to_the_client_once_the_contact_has_left(self):
        self.client_partner.email = "office@example.com"
        self.env["res.lang"]._activate_lang("fr_FR")
        self.contact.lang = "fr_FR"
        delivered, cancelled = (self.redeem(contact_id=self.contact.id) for _number in range(2))
        self.contact.parent_id = self.competitor
        delivered.action_deliver()
        cancelled.action_cancel()
        for redemption in (delivered, cancelled):
            mail = self.mails_about(redemption)
            self.assertEqual(mail.recipient_ids, self.client_partner)
            self.assertIn(self.client_partner.name, mail.body_html)
            self.assertNotIn(self.contact.name, mail.body_html)

    def test_the_mail_of_a_group_does_not_go_to_a_subsidiary(self):
        group = self.env["res.partner"].create({"name": "Group", "is_company": True})
        self.env["res.partner"].create(
            {
                "name": "Affiliate",
                "is_company": True,
                "parent_id": group.id,
                "email": "affiliate@example.com",
            }
        )
        self.record(partner=group, code="call")
        client = self.client_of(group)
        self.assertFalse(client.mail_partner_id)
        person = self.env["res.partner"].create(
            {"name": "Zoe", "parent_id": group.id, "email": "zoe@example.com"}
        )
        self.assertEqual(client.mail_partner_id, person)
