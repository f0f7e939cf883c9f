from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from odoo.addons.loyalty_service import hooks

from .common import LoyaltyCommon


@tagged("post_install", "-at_install")
class TestHooks(LoyaltyCommon):
    """What clients hold outlives the addon. (Tables and columns are Odoo's business.)"""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["loyalty.card"].search([("service_points", "=", True)]).active = False
        cls.program = cls.env.ref(hooks.PROGRAM)

    def uninstall(self):
        hooks.uninstall_hook(self.env)
        self.env.flush_all()
        self.env.registry.clear_cache()

    def reinstall(self):
        """Do what the data files do, then what the hook does."""
        fresh = self.env["loyalty.program"].create(
            {
                "name": "Fresh",
                "program_type": "loyalty",
                "applies_on": "both",
                "service_points": True,
                "rule_ids": [Command.clear()],
            }
        )
        self.env["ir.model.data"].create(
            {
                "module": "loyalty_service",
                "name": "program_service",
                "model": "loyalty.program",
                "res_id": fresh.id,
                "noupdate": True,
            }
        )
        tier = self.env["loyalty.service.tier"].create(
            {"name": "Fresh Tier", "program_id": fresh.id, "threshold": 77}
        )
        self.env.registry.clear_cache()
        hooks.post_init_hook(self.env)
        self.env.flush_all()
        self.env.registry.clear_cache()
        return fresh, tier

    def test_a_programme_with_cards_stays_and_is_taken_up_again(self):
        card = self.env["loyalty.card"].create(
            {"program_id": self.program.id, "partner_id": self.client_partner.id, "points": 120}
        )
        self.uninstall()
        self.assertFalse(self.env.ref(hooks.PROGRAM, raise_if_not_found=False))
        self.assertTrue(self.program.exists())
        self.assertEqual(card.points, 120)
        self.program.service_points = False  # its column goes with the addon
        fresh, tier = self.reinstall()
        self.assertEqual(self.env.ref(hooks.PROGRAM), self.program)
        self.assertTrue(self.program.service_points)
        self.assertFalse(fresh.exists())
        self.assertEqual(tier.program_id, self.program)
        self.assertEqual(sum(card.service_move_ids.mapped("points")), 120)
        kept = self.env.ref(f"{hooks.KEPT_MODULE}.{hooks.KEPT_NAME}", raise_if_not_found=False)
        self.assertFalse(kept)

    def test_a_reason_for_which_leads_were_lost_stays(self):
        reason = self.env.ref("loyalty_service.lost_reason_referral")
        lead = self.env["crm.lead"].create({"name": "Named by a client"})
        lead.action_set_lost(lost_reason_id=reason.id)
        self.uninstall()
        name = "loyalty_service.lost_reason_referral"
        self.assertFalse(self.env.ref(name, raise_if_not_found=False), "Odoo leaves it alone")
        self.assertEqual(lead.lost_reason_id, reason)

    def test_a_reason_that_nobody_used_goes(self):
        self.env["crm.lead"].with_context(active_test=False).search([]).lost_reason_id = False
        self.uninstall()
        self.assertTrue(self.env.ref("loyalty_service.lost_reason_referral"), "Odoo deletes it")

    def test_clients_without_a_card_do_not_hold_it_up(self):
        """They have a tier from the first event on, and a history of it."""
        self.env["loyalty.card"].search([("program_id", "=", self.program.id)]).unlink()
        client = self.env["loyalty.service.client"]._ensure(self.client_partner, self.env.company)
        tier = self.program.tier_ids.sorted("threshold")[1]
        self.env["loyalty.service.tier.override"].create(
            {
                "client_id": client.id,
                "tier_id": tier.id,
                "reason": "A promise",
                "date_to": fields.Date.today() + timedelta(days=30),
            }
        )
        self.assertEqual(client.tier_id, tier)
        self.uninstall()
        self.assertFalse(self.program.exists())

    def test_gifts_go_and_what_was_spent_on_them_stays_spent(self):
        card = self.env["loyalty.card"].create(
            {"program_id": self.program.id, "partner_id": self.client_partner.id, "points": 120}
        )
        gift = self.env["loyalty.reward"].create(
            {
                "program_id": self.program.id,
                "description": "Gift box",
                "service_kind": "gift",
                "required_points": 50,
            }
        )
        client = self.env["loyalty.service.client"].search([("card_id", "=", card.id)])
        redemption = self.env["loyalty.service.redemption"]._redeem(client, gift)
        self.uninstall()
        self.assertFalse(gift.exists() or redemption.exists())
        self.assertTrue(self.program.reward_ids)
        self.assertEqual(card.points, 70)

    def test_nobody_keeps_the_prices_of_a_tier(self):
        """Neither do those that were archived, whose contact may be taken up again."""
        self.env["loyalty.card"].create(
            {"program_id": self.program.id, "partner_id": self.client_partner.id, "points": 120}
        )
        prices = self.env["product.pricelist"].create({"name": "Friends"})
        gone = self.env["res.partner"].create({"name": "Old Lantern", "is_company": True})
        partners = self.client_partner + gone
        clients = self.env["loyalty.service.client"]._ensure(partners, self.env.company)
        clients.tier_id.pricelist_id = prices
        partners.specific_property_product_pricelist = prices
        gone.active = False
        self.assertEqual(clients.filtered("active").partner_id, self.client_partner)
        self.uninstall()
        self.assertFalse(partners.specific_property_product_pricelist)

    def test_a_programme_that_earns_by_orders_by_now_is_left_alone(self):
        self.env["loyalty.card"].create(
            {"program_id": self.program.id, "partner_id": self.client_partner.id, "points": 120}
        )
        self.uninstall()
        self.program.service_points = False
        self.program.rule_ids = [Command.create({"reward_point_mode": "money"})]
        fresh, tier = self.reinstall()
        self.assertEqual(self.env.ref(hooks.PROGRAM), fresh)
        self.assertEqual(tier.program_id, fresh)
        self.assertFalse(self.program.service_points)

    def test_a_programme_without_cards_goes_with_its_product(self):
        program = self.program.copy()
        product = program.reward_ids.discount_line_product_id
        hooks._remove(program)
        self.assertFalse(program.exists() or product.exists())

    def test_the_first_installation_changes_nothing(self):
        hooks.post_init_hook(self.env)
        self.assertEqual(self.env.ref(hooks.PROGRAM), self.program)
