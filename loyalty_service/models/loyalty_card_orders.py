from odoo import models
from odoo.tools import SQL

from .loyalty_card_ledger import Posting, to_units


class LoyaltyCard(models.Model):
    """What orders took of a card before it had a ledger."""

    _inherit = "loyalty.card"

    def _book_earlier_orders(self):
        """Have the ledger know what confirmed orders have taken that it was not told of.

        An order gives back what it has taken, and nothing else. Balances stay as they are.
        """
        taken = self._taken_by_orders()
        postings = []
        for order, card, cost in self.env["sale.order.line"]._read_group(
            [
                ("coupon_id", "in", self.ids),
                ("reward_id", "!=", False),
                ("state", "=", "sale"),
            ],
            ["order_id", "coupon_id"],
            ["points_cost:sum"],
        ):
            units = to_units(cost) - taken.get((card.id, order._loyalty_origin()), 0)
            if units > 0:
                postings.append(
                    Posting(
                        card.id,
                        lambda account, units=units: account.spent_before(units),
                        {
                            "company_id": order.company_id.id,
                            "date": order.date_order,
                            "origin": order._loyalty_origin(),
                            "reason": order.name,
                        },
                        takes=False,
                    )
                )
        self._post(postings)

    def _taken_by_orders(self):
        """Return ``{(card id, origin): hundredths of a point}`` that orders have taken."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT card_id, origin, (-SUM(points) * 100)::bigint
                  FROM loyalty_service_move
                 WHERE card_id IN %s AND origin LIKE 'sale.order,%%'
                   AND kind IN ('spend', 'reverse')
              GROUP BY card_id, origin
                """,
                tuple(self.ids) or (0,),
            )
        )
        return {(card_id, origin): taken for card_id, origin, taken in rows}
