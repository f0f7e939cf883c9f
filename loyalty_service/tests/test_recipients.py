from odoo import Command
from odoo.tests import new_test_user, tagged
from odoo.tools.translate import LazyTranslate

from .referral_common import ReferralCommon

_lt = LazyTranslate("loyalty_service")


@tagged("post_install", "-at_install")
class TestRecipients(ReferralCommon):
    """What is kept as text is in the language of who acts on it, whoever caused it.

    The firm speaks Chinese, the account manager English, and who clicks traditional Chinese.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for lang in ("zh_CN", "zh_TW"):
            cls.env["res.lang"]._activate_lang(lang)
        cls.env.company.partner_id.lang = "zh_CN"
        cls.user_sales.lang = "en_US"
        cls.clicking = cls.env(context={"lang": "zh_TW"})

    def test_whose_language_it_is(self):
        company, user, contact = self.env.company, self.user_sales, self.contact
        contact.lang = "zh_TW"
        nobody = self.env["res.users"]
        self.assertEqual(company._loyalty_lang(), "zh_CN")
        self.assertEqual(company._loyalty_lang(user), "en_US")
        self.assertEqual(company._loyalty_lang(nobody, contact), "zh_TW")
        self.assertEqual(company._loyalty_lang(nobody), "zh_CN")
        contact.lang = False
        self.assertEqual(company._loyalty_lang(contact), "zh_CN", "who has none reads the firm's")
        self.assertEqual(
            company._loyalty_say(_lt("Call: a client recommended us"), user),
            "Call: a client recommended us",
        )

    def recommend(self):
        return self.invite(referrer=self.referrer.with_env(self.clicking)).with_env(self.env)

    def said(self, record):
        return " ".join(record.message_ids.mapped("body"))

    def test_a_recommendation_asks_the_account_manager_in_its_language(self):
        record = self.Referral.with_env(self.clicking).create(
            {
                "referrer_client_id": self.referrer.id,
                "company_name": "上海新桥贸易有限公司",
                "contact_name": "Li Na",
                "phone": "139 0000 0002",
                "consent": True,
                "source": "portal",
            }
        )
        lead = record.lead_id.with_env(self.env)
        self.assertEqual(lead.user_id, self.user_sales)
        self.assertEqual(lead.name, "Referral: 上海新桥贸易有限公司")
        self.assertEqual(lead.activity_ids.summary, "Call: a client recommended us")
        self.assertIn("created", self.said(lead).lower())
        record._take_back()
        self.assertIn("Cancelled by", self.said(record.with_env(self.env)))
        self.assertIn("taken back by the client", self.said(record.with_env(self.env)))

    def test_nobody_is_to_call(self):
        self.client_partner.user_id = False
        self.env["crm.team"].search([]).user_id = False
        record = self.invite()
        self.assertFalse(record.user_id)
        name = _lt("Referral: %(name)s", name=record.company_name)
        self.assertEqual(record.lead_id.name, name._translate("zh_CN"))
        record._cancel(_lt("taken back by the client"))
        told = _lt("taken back by the client")._translate("zh_CN")
        self.assertNotEqual(told, "taken back by the client")
        self.assertIn(told, self.said(record))

    def test_an_objection_asks_each_manager_in_its_language(self):
        self.client_partner.user_id = False
        managers = {
            lang: new_test_user(
                self.env,
                f"manager_{lang}",
                groups="loyalty_service.group_loyalty_manager",
                lang=lang,
            )
            for lang in ("en_US", "zh_CN")
        }
        contest = (
            self.env["loyalty.service.tier.contest"]
            .with_env(self.clicking)
            .create(
                {
                    "client_id": self.referrer.id,
                    "contact_id": self.contact.id,
                    "text": "Please look again",
                    "from_tier_id": self.start.id,
                    "tier_id": self.start.id,
                    "review_date": "2030-01-01",
                    "date_to": "2030-06-01",
                }
            )
        )
        contest._ask_staff()
        said = {
            activity.user_id: activity.summary
            for activity in contest.activity_ids.with_env(self.env)
        }
        text = _lt(
            "%(client)s objects to losing %(tier)s",
            client=self.client_partner.name,
            tier=self.start.name,
        )
        for lang, manager in managers.items():
            self.assertEqual(said[manager], text._translate(lang))

    def test_a_quotation_says_what_was_taken_out_in_the_words_of_its_salesperson(self):
        self.record(code="referral_won")
        card = self.card_of()
        order = self.env["sale.order"].create(
            {
                "partner_id": self.client_partner.id,
                "user_id": self.user_sales.id,
                "order_line": [
                    Command.create({"product_id": self.product_a.id, "price_unit": 500.0})
                ],
            }
        )
        reward = self.program.reward_ids[:1]
        order._apply_program_reward(reward, card)
        order.with_env(self.clicking)._loyalty_drop_cards(card)
        self.assertIn("have been taken out", self.said(order))

    def test_what_is_assigned_is_announced_in_the_language_of_who_has_to_do_it(self):
        self.user_sales.notification_type = "email"
        chinese = new_test_user(
            self.env, "reads_chinese", groups="base.group_user", lang="zh_CN", email="r@example.com"
        )
        subjects = {}
        for user in (self.user_sales, chinese):
            before = self.env["mail.message"].search([], limit=1, order="id desc")
            self.contact.with_env(self.clicking).activity_schedule(
                "mail.mail_activity_data_call", summary="Ring", user_id=user.id
            )
            message = self.env["mail.message"].search(
                [("id", ">", before.id), ("partner_ids", "in", user.partner_id.ids)]
            )
            subjects[user] = message.subject
        self.assertIn("assigned to you", subjects[self.user_sales])
        self.assertIn("分配给您", subjects[chinese])
