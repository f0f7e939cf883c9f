from odoo import Command

from .common import PointsCommon


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
