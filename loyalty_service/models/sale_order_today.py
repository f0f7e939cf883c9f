from odoo import models

from ..engine import lots
from .loyalty_card_ledger import to_units


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def action_confirm(self):
        """Refuse what was promised with points that have expired since, and say how many are left.

        Odoo would take a smaller discount instead, without a word.
        """
        for order in self:
            # sudo: the accounts that these very orders spend from.
            cards_sudo = order.sudo().order_line.coupon_id.filtered("service_points")
            for card_id in cards_sudo._points_past():
                card_sudo = cards_sudo.browse(card_id)
                lines = order.order_line.filtered(
                    lambda line, id_=card_id: line.coupon_id.id == id_
                )
                wanted, held = sum(lines.mapped("points_cost")), card_sudo._points_today()
                if wanted > held:
                    raise card_sudo._not_enough(lots.NotEnough(to_units(held), to_units(wanted)))
        return super().action_confirm()
