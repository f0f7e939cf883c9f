from odoo import api, models
from odoo.exceptions import ValidationError


class SaleOrderCouponPoints(models.Model):
    """What an order gives to a card, by Odoo's own rules for orders."""

    _inherit = "sale.order.coupon.points"

    @api.constrains("points", "coupon_id")
    def _check_no_ledger(self):
        """Points of a ledger are earned by events, as its programme has no rules for orders.

        The head of sales may write these rows, and what an order gave it takes back when it is
        cancelled: less than nothing would be points for nothing.
        """
        # sudo: whether the card has a ledger, for who may not read cards.
        if self.filtered(lambda given: given.points and given.coupon_id.sudo().service_points):
            raise ValidationError(
                self.env._("Clients earn these points by service events, and not by orders.")
            )
