from odoo import api, fields, models
from odoo.exceptions import UserError


class RedemptionQuote(models.TransientModel):
    """Which quotation grants a discount that the client has asked for."""

    _name = "loyalty.service.redemption.quote"
    _description = "Take a Reward into a Quotation"

    redemption_id = fields.Many2one("loyalty.service.redemption", required=True)
    partner_id = fields.Many2one(related="redemption_id.partner_id", related_sudo=False)
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

    @api.model_create_multi
    def create(self, vals_list):
        quotes = super().create(vals_list)
        quotes._check_readable()
        return quotes

    def write(self, vals):
        result = super().write(vals)
        self._check_readable()
        return result

    def _check_readable(self):
        for records in (self.redemption_id, self.order_id, self.product_id):
            records.check_access("read")

    def action_take(self):
        """Grant the discount and open the quotation."""
        self.ensure_one()
        self._check_readable()
        order = self.order_id
        if not order:
            if not self.product_id:
                raise UserError(self.env._("Choose an open quotation, or what a new one is for."))
            order = self.redemption_id._make_quotation(self.product_id)
        return self.redemption_id._take_into(order)
