from odoo import fields, models
from odoo.exceptions import UserError


class RedemptionQuote(models.TransientModel):
    """Which quotation grants a discount that the client has asked for."""

    _name = "loyalty.service.redemption.quote"
    _description = "Take a Reward into a Quotation"

    redemption_id = fields.Many2one("loyalty.service.redemption", required=True)
    partner_id = fields.Many2one(related="redemption_id.partner_id")
    order_id = fields.Many2one(
        "sale.order",
        string="Open Quotation",
        domain="[('partner_id', 'child_of', partner_id), ('state', 'in', ('draft', 'sent'))]",
    )
    product_id = fields.Many2one(
        "product.product",
        string="New Quotation for",
        domain="[('sale_ok', '=', True)]",
        help="Without an open quotation a new one is made, for one of this.",
    )

    def action_take(self):
        """Grant the discount and open the quotation."""
        self.ensure_one()
        order = self.order_id
        if not order:
            if not self.product_id:
                raise UserError(self.env._("Choose an open quotation, or what a new one is for."))
            order = self.redemption_id._make_quotation(self.product_id)
        return self.redemption_id._take_into(order)
