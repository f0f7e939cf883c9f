from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .rewards_common import RewardsCommon


@tagged("post_install", "-at_install")
class TestOtherProgrammes(RewardsCommon):
    """Managers of Client Loyalty and the money of who sells: gift cards, wallets, codes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.promo = cls.env["loyalty.program"].create(
            {
                "name": "Ten off",
                "program_type": "promo_code",
                "applies_on": "current",
                "trigger": "with_code",
                "rule_ids": [Command.create({"mode": "with_code", "code": "TEN"})],
                "reward_ids": [
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount": 10,
                            "discount_mode": "percent",
                            "discount_applicability": "order",
                        }
                    )
                ],
            }
        )
        cls.gifts = cls.env["loyalty.program"].create(
            {"name": "Gift cards", "program_type": "gift_card", "applies_on": "future"}
        )
        cls.wallets = cls.env["loyalty.program"].create(
            {"name": "Wallets", "program_type": "ewallet", "applies_on": "future"}
        )
        cls.money = cls.env["loyalty.card"].create(
            [
                {"program_id": program.id, "partner_id": cls.client_partner.id, "points": 10}
                for program in (cls.gifts, cls.wallets)
            ]
        )
        cls.head = new_test_user(cls.env, "others_head", groups="sales_team.group_sale_manager")

    def manager(self, record):
        return record.with_user(self.user_manager)

    def assertOthers(self, change, *args):
        with self.assertRaises(AccessError) as refused:
            change(*args)
        self.assertIn("for who sells", str(refused.exception))

    def test_money_stays_what_it_is(self):
        for card in self.money:
            for values in (
                {"points": 5000},
                {"code": "HELLO"},
                {"partner_id": self.contact.id},
                {"active": False},
            ):
                with self.subTest(card=card.program_id.name, values=values):
                    self.assertOthers(self.manager(card).write, values)
        self.assertOthers(
            self.manager(self.env["loyalty.card"]).create,
            {"program_id": self.gifts.id, "points": 7},
        )

    def test_the_dialog_of_odoo_is_no_way_around(self):
        dialog = self.manager(self.env["loyalty.card.update.balance"]).create(
            {"card_id": self.money[0].id, "new_balance": 900, "description": "Mine"}
        )
        self.assertOthers(dialog.action_update_card_point)
        self.assertEqual(self.money[0].points, 10)
        self.assertOthers(
            self.manager(self.env["loyalty.history"]).create,
            {"card_id": self.money[0].id, "description": "Mine", "issued": 900},
        )

    def test_codes_and_discounts_stay_what_they_are(self):
        self.assertOthers(self.manager(self.promo.reward_ids).write, {"discount": 100})
        self.assertOthers(self.manager(self.promo.rule_ids).write, {"code": "ALL"})
        self.assertOthers(self.manager(self.promo.rule_ids).unlink)
        self.assertOthers(self.manager(self.promo.reward_ids).unlink)
        self.assertOthers(self.manager(self.promo).write, {"active": False})
        self.assertOthers(
            self.manager(self.promo).write,
            {"reward_ids": [Command.update(self.promo.reward_ids.id, {"discount": 100})]},
        )
        self.assertOthers(
            self.manager(self.env["loyalty.program"]).create,
            {"name": "Free", "program_type": "promo_code", "trigger": "with_code"},
        )

    def test_what_is_ours_does_not_become_theirs(self):
        """A reward of 100 % that a manager made, in a programme with a code."""
        self.assertOthers(self.manager(self.discount).write, {"program_id": self.promo.id})
        self.assertOthers(
            self.manager(self.program).write,
            {"service_points": False, "program_type": "gift_card"},
        )

    def test_managers_go_on_with_what_is_theirs(self):
        """The programme with its rewards and mails, and one that they make."""
        self.client_record.with_user(self.user_manager)._adjust_points(10, "Goodwill")
        self.assertLedger(self.card, 310)
        self.manager(self.discount).write({"discount": 2})
        self.manager(self.gift).write({"required_points": 10})
        template = self.env["mail.template"].create(
            {"name": "Welcome", "model_id": self.env["ir.model"]._get_id("loyalty.card")}
        )
        self.manager(self.program).write(
            {
                "name": "Points of ours",
                "communication_plan_ids": [
                    Command.create({"trigger": "create", "mail_template_id": template.id})
                ],
            }
        )
        made = self.manager(self.env["loyalty.program"]).create(
            {
                "name": "Second",
                "program_type": "loyalty",
                "applies_on": "both",
                "service_points": True,
                "rule_ids": [],
                "reward_ids": [Command.create({"reward_type": "discount", "discount": 5})],
            }
        )
        self.assertEqual(made.reward_ids.discount, 5)

    def test_a_manager_opens_a_ledger_where_orders_gave_points(self):
        """On the form, which takes the rules for orders out."""
        plain = self.env["loyalty.program"].create(
            {
                "name": "Plain",
                "program_type": "loyalty",
                "applies_on": "both",
                "rule_ids": [Command.create({"reward_point_amount": 1})],
            }
        )
        self.assertOthers(self.manager(plain.rule_ids).write, {"reward_point_amount": 1000})
        self.manager(plain).write({"service_points": True, "rule_ids": [Command.clear()]})
        self.assertFalse(plain.rule_ids)

    def test_who_sells_as_well_may_do_both(self):
        self.user_manager.group_ids += self.env.ref("sales_team.group_sale_manager")
        self.manager(self.money).write({"points": 20})
        self.manager(self.promo.reward_ids).write({"discount": 20})
        self.manager(self.promo.rule_ids).write({"code": "TWENTY"})
        self.user_manager.group_ids -= self.env.ref("sales_team.group_sale_manager")
        self.assertOthers(self.manager(self.money).write, {"points": 30})

    # ------------------------------------------------------------------
    # And the other way round
    # ------------------------------------------------------------------

    def assertKept(self, change, *args):
        with self.assertRaises(AccessError) as refused:
            change(*args)
        self.assertIn("open or close a ledger", str(refused.exception))

    def test_the_head_of_sales_opens_no_ledger(self):
        """All clients would look at empty accounts of the new programme."""
        values = {
            "name": "Mine",
            "program_type": "loyalty",
            "applies_on": "both",
            "service_points": True,
            "sequence": -5,
            "company_id": self.env.company.id,
            "rule_ids": [],
        }
        Program = self.env["loyalty.program"].with_user(self.head)
        self.assertKept(Program.create, values)
        with self.assertRaises(AccessError):
            self.program.with_user(self.head).copy()
        plain = Program.create({**values, "service_points": False})
        self.assertKept(plain.write, {"service_points": True})
        self.env.invalidate_all()
        self.assertEqual(self.client_record.card_id, self.card)
        self.assertEqual(
            self.env["loyalty.program"]._get_service_program(self.env.company), self.program
        )

    def test_the_head_of_sales_moves_no_accounts(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        for values in (
            {"service_points": False},
            {"active": False},
            {"company_id": other.id},
            {"currency_id": self.env.ref("base.JPY").id},
            {"service_debt_limit": 1_000_000},
            {"service_value_by_reward": False, "service_point_value": 9},
            {"tier_basis": "spend"},
            {"tier_grace_days": 0},
            {"referral_invoice_count": 1},
            {"booking_limit": 50},
        ):
            with self.subTest(values=values):
                self.assertKept(self.program.with_user(self.head).write, values)

    def test_the_head_of_sales_writes_what_orders_are_about(self):
        program = self.program.with_user(self.head)
        program.write({"name": "Our points", "portal_visible": True, "trigger": "auto"})
        program.reward_ids.write({"discount": 2})
        with Form(self.promo.with_user(self.head)) as form:
            form.name = "Ten per cent off"
        self.promo.with_user(self.head).write({"sequence": 3})

    def test_programmes_are_put_into_another_order(self):
        """As long as each firm's clients go on with the programme that they have."""
        second = self.program.copy({"name": "Second", "sequence": 20, "active": True})
        self.program.sequence = 10
        self.program.with_user(self.head).sequence = 15
        second.with_user(self.head).sequence = 16
        self.assertKept(second.with_user(self.head).write, {"sequence": 1})
        self.assertKept(self.program.with_user(self.head).write, {"sequence": 17})
        second.with_user(self.user_manager).sequence = 1
        self.assertEqual(self.env["loyalty.program"]._get_service_program(self.env.company), second)
