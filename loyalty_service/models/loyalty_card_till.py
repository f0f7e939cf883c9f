from odoo import models
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from .loyalty_card import Source
from .loyalty_card_ledger import to_units

_lt = LazyTranslate(__name__)

ORDER, LINE = "pos.order", "pos.order.line"
# Of so many of the latest lines the order is looked for that has just been made.
LATEST = 40


class LoyaltyCard(models.Model):
    """Points that a till takes and gives back.

    Odoo's point of sale, which need not be there, writes the new balance on behalf of whoever
    stands at the till, with all rights, and does not say for what. So what it takes is spent, by
    the order whose rewards cost as much, and what it returns goes back to the lots that a till
    took it from.
    """

    _inherit = "loyalty.card"

    def write(self, vals):
        served = self.browse()
        if "points" in vals and self._is_on_behalf():
            served = self.filtered("service_points")
        if not served:
            return super().write(vals)
        super(LoyaltyCard, self - served).write(vals)
        for card in served:
            change = to_units(vals["points"] or 0.0) - to_units(card.points)
            source = card._source_on_behalf(change)
            super(LoyaltyCard, card.with_context(loyalty_service_source=source)).write(vals)
        return True

    def _is_on_behalf(self):
        """Tell whether another addon writes, by somebody's click and without saying for what."""
        source = self.env.context.get("loyalty_service_source")
        return self.env.su and not self.env.user._is_superuser() and not isinstance(source, Source)

    def _source_on_behalf(self, change):
        """Return what the ledger says about a change that another addon makes.

        :param change: in hundredths of a point
        """
        self.ensure_one()
        company = self.company_id or self.env.company
        if not self._has_till():
            return Source(None, company._loyalty_say(_lt("Set by another application")))
        reason = company._loyalty_say(_lt("Point of sale"))
        if change > 0:
            return Source(self._till_origin_of(change) or ORDER, reason)
        order_id, name = self._till_order_of(-change)
        return Source(f"{ORDER},{order_id}" if order_id else ORDER, name or reason)

    def _has_till(self):
        return LINE in self.env and "points_cost" in self.env[LINE]._fields

    def _till_order_of(self, units):
        """Return id and name of the order that costs ``units``, or None twice.

        The order is stored before its points are taken: the latest one that the ledger does not
        know.
        """
        lines = self.env[LINE].search(
            [("coupon_id", "=", self.id), ("points_cost", ">", 0)], order="id desc", limit=LATEST
        )
        known = {origin for origin, _units in self._till_spends()}
        for order, own in lines.grouped("order_id").items():
            cost = to_units(sum(own.mapped("points_cost")))
            if cost == units and f"{ORDER},{order.id}" not in known:
                return order.id, order.display_name
        return None, None

    def _till_origin_of(self, units):
        """Return the origin of the latest spend at a till from which ``units`` can come back."""
        spends = [(origin, left) for origin, left in self._till_spends() if left >= units]
        exact = [origin for origin, left in spends if left == units]
        return next(iter([*exact, *(origin for origin, _left in spends)]), None)

    def _till_spends(self):
        """Return ``[(origin, hundredths of a point not given back)]``, the latest first."""
        return self.env.execute_query(
            SQL(
                """
                SELECT origin, (-SUM(points) * 100)::bigint
                  FROM loyalty_service_move
                 WHERE card_id = %s AND origin LIKE %s AND kind IN ('spend', 'reverse')
              GROUP BY origin
              ORDER BY MIN(id) DESC
                """,
                self.id,
                f"{ORDER}%",
            )
        )
