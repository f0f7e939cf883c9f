from odoo import fields, models

from .loyalty_program import USER


class ResPartner(models.Model):
    _inherit = "res.partner"

    loyalty_redemption_count = fields.Integer(
        compute="_compute_loyalty_redemption_count", groups=USER
    )

    def _compute_loyalty_redemption_count(self):
        counts = dict(
            self.env["loyalty.service.redemption"]._read_group(
                [
                    ("partner_id", "in", self.commercial_partner_id.ids),
                    ("state", "!=", "cancelled"),
                ],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.loyalty_redemption_count = counts.get(partner.commercial_partner_id, 0)

    def action_view_loyalty_redemptions(self):
        """Open what the client has redeemed."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_service.redemption_action")
        return {
            **action,
            "display_name": self.env._("Rewards of %s", self.commercial_partner_id.name),
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
            "context": {},
        }

    def action_loyalty_redeem(self):
        """Open the dialog in which staff redeem a reward for the client."""
        self.ensure_one()
        return self.loyalty_client_id.action_redeem(contact=self)

    def _loyalty_address(self):
        """Return name, phone and address as they stand on a parcel; of nobody, nothing."""
        if not self:
            return False
        self.ensure_one()
        place = self if self.street or self.city else self.commercial_partner_id
        lines = [self.name, self.phone, *place._loyalty_address_lines()]
        if self != self.commercial_partner_id:
            lines.insert(0, self.commercial_partner_id.name)
        return "\n".join(line for line in lines if line)
