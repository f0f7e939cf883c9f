from odoo import Command

from .common import Committing, PointsCommon


class RewardsCommon(PointsCommon):
    """300 points in two lots, and rewards to spend them on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager_of_client = cls.user_loyalty
        cls.client_partner.write(
            {
                "user_id": cls.manager_of_client.id,
                "street": "1 Lantern Road",
                "city": "Shanghai",
            }
        )
        # 100 points until 31 January 2030, 200 until 30 June 2030.
        cls.record("2029-02-01", "2029-07-01", "2029-07-01")
        cls.client_record = cls.env["loyalty.service.client"].search(
            [("partner_id", "=", cls.client_partner.id), ("company_id", "=", cls.env.company.id)]
        )
        cls.card = cls.client_record.card_id
        cls.gift = cls.reward("Gift box", 150, service_cost=88)
        cls.discount = cls.program.reward_ids
        cls.Redemption = cls.env["loyalty.service.redemption"]

    @classmethod
    def reward(cls, name, points, kind="gift", **values):
        return cls.env["loyalty.reward"].create(
            {
                "description": name,
                "program_id": cls.program.id,
                "service_kind": kind,
                "required_points": points,
                **values,
            }
        )

    def redeem(self, reward=None, client=None, user=None, **values):
        Redemption = self.Redemption.with_user(user or self.user_loyalty)
        return Redemption._redeem(client or self.client_record, reward or self.gift, **values)

    def mails_about(self, redemption):
        return self.env["mail.mail"].search(
            [("model", "=", redemption._name), ("res_id", "=", redemption.id)]
        )

    @classmethod
    def order_of(cls, partner=None, price=500, user=None):
        product = cls.env["product.product"].create(
            {"name": "Annual report", "type": "service", "list_price": price, "taxes_id": False}
        )
        return (
            cls.env["sale.order"]
            .with_user(user or cls.env.user)
            .create(
                {
                    "partner_id": (partner or cls.contact).id,
                    "order_line": [Command.create({"product_id": product.id, "price_unit": price})],
                }
            )
        )


class ContestedRewards(Committing):
    """Mixin: two clients with 100 points each, for several connections at once.

    What is committed is archived at the end: the ledger cannot be deleted.
    """

    def setUp(self):
        super().setUp()
        with self.committed() as env:
            program = env["loyalty.program"].create(
                {
                    "name": "Contested rewards",
                    "program_type": "loyalty",
                    "applies_on": "both",
                    "service_points": True,
                    "sequence": 0,
                    "company_id": env.company.id,
                    "rule_ids": [],
                    "service_reward_ids": [
                        Command.create(
                            {"description": "Box", "service_kind": "gift", "required_points": 60}
                        ),
                        Command.create(
                            {
                                "description": "Last one",
                                "service_kind": "gift",
                                "required_points": 1,
                                "service_has_stock": True,
                                "service_stock": 1,
                            }
                        ),
                        Command.create(
                            {
                                "description": "One a year",
                                "service_kind": "upgrade",
                                "required_points": 1,
                                "service_limit": 1,
                            }
                        ),
                    ],
                }
            )
            partners = env["res.partner"].create(
                [{"name": f"Two Hands {n}", "is_company": True} for n in range(2)]
            )
            env["loyalty.card"].create(
                [
                    {"program_id": program.id, "partner_id": partner.id, "points": 100}
                    for partner in partners
                ]
            )
            clients = env["loyalty.service.client"].search(
                [("partner_id", "in", partners.ids)], order="partner_id"
            )
            self.partner_ids, self.client_ids = partners.ids, clients.ids
            self.company_id = program.company_id.id
            self.program_id = program.id
            self.rewards = {reward.description: reward.id for reward in program.service_reward_ids}
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        # The ledger cannot be deleted, so the records behind it stay, out of the way.
        with self.committed() as env:
            env["loyalty.card"].search([("program_id", "=", self.program_id)]).action_archive()
            env["loyalty.program"].browse(self.program_id).write({"active": False, "sequence": 999})
            env["res.partner"].browse(self.partner_ids).action_archive()

    def state(self):
        """Return ``(points of the clients' cards, number of redemptions that stand)``."""
        with self.committed() as env:
            clients = env["loyalty.service.client"].browse(self.client_ids)
            for card in clients.card_id:
                self.assertAlmostEqual(card.points, sum(card.service_move_ids.mapped("points")))
            standing = clients.redemption_ids.filtered(lambda one: one.state != "cancelled")
            return clients.mapped("card_id.points"), len(standing)
