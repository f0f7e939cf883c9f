from odoo import fields, models
from odoo.exceptions import UserError


class TierChange(models.Model):
    """One step of a client up or down the tiers, and why."""

    _name = "loyalty.service.tier.change"
    _description = "Tier Change"
    _order = "date desc, id desc"
    _rec_name = "client_id"

    client_id = fields.Many2one(
        "loyalty.service.client", required=True, index=True, ondelete="cascade", readonly=True
    )
    partner_id = fields.Many2one(
        related="client_id.partner_id", string="Company", store=True, index=True
    )
    company_id = fields.Many2one(
        related="client_id.company_id", string="Served by", store=True, index=True
    )
    from_tier_id = fields.Many2one(
        "loyalty.service.tier", index="btree_not_null", ondelete="restrict", readonly=True
    )
    to_tier_id = fields.Many2one(
        "loyalty.service.tier", index="btree_not_null", ondelete="restrict", readonly=True
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now, index=True, readonly=True)
    reason = fields.Selection(
        [
            ("entered", "Became a client"),
            ("raised", "Earned enough points"),
            ("lowered", "Earned too few points until the review"),
            ("ladder", "The tiers were changed"),
        ],
        required=True,
        readonly=True,
    )
    qualifying_points = fields.Float(digits=(16, 2), readonly=True)

    def write(self, vals):
        if set(vals) - {"partner_id", "company_id"}:
            raise UserError(self.env._("The history of tiers cannot be changed."))
        return super().write(vals)
