from odoo import models
from odoo.tools import SQL


def _without_what_is_elsewhere(by_lot):
    """Return what is left of points that moved in some lots and came back in others.

    :param by_lot: lot id -> points; below zero where they came back in a lot of their own, or
        are owed in place of the lot
    """
    elsewhere = -sum(points for points in by_lot.values() if points < 0)
    left = {}
    for lot_id, points in by_lot.items():
        if points > 0:
            part = min(points, elsewhere)
            elsewhere -= part
            if points > part:
                left[lot_id] = points - part
    return left


class LoyaltyCard(models.Model):
    """Which lots a record has taken points from, and which ones it has made."""

    _inherit = "loyalty.card"

    def _taken_by(self, origin):
        """Return ``{card id: {lot id: hundredths of a point}}`` that ``origin`` has spent.

        What has been given back since is left out, the lots of the latest spends last.
        """
        result = {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT card_id, lot_id, (-SUM(points) * 100)::bigint
                  FROM loyalty_service_move
                 WHERE card_id IN %(cards)s AND origin = %(origin)s
                   AND kind IN ('spend', 'reverse')
              GROUP BY card_id, lot_id
                """,
                cards=tuple(self.ids) or (0,),
                origin=origin,
            )
        )
        for card_id, lot_id, taken in rows:
            result.setdefault(card_id, {})[lot_id] = taken
        return {card_id: _without_what_is_elsewhere(by_lot) for card_id, by_lot in result.items()}

    def _given_by(self, origin):
        """Return ``{card id: ({lot id: given}, {lot id: expired})}`` of lots that ``origin`` made.

        In hundredths of a point. What has been taken back since is left out.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT card_id, lot_id,
                       COALESCE((SUM(points) FILTER (
                           WHERE origin = %(origin)s AND kind IN ('award', 'reverse')
                       ) * 100)::bigint, 0),
                       BOOL_OR(id = lot_id AND points > 0 AND origin = %(origin)s),
                       COALESCE((-SUM(points) FILTER (WHERE kind = 'expire') * 100)::bigint, 0)
                  FROM loyalty_service_move
                 WHERE card_id IN %(cards)s
                   AND lot_id IN (
                       SELECT lot_id
                         FROM loyalty_service_move
                        WHERE card_id IN %(cards)s AND origin = %(origin)s
                          AND kind IN ('award', 'reverse')
                       )
              GROUP BY card_id, lot_id
                """,
                cards=tuple(self.ids) or (0,),
                origin=origin,
            )
        )
        moved, gone = {}, {}
        for card_id, lot_id, given, is_own, expired in rows:
            # What it gave back to lots of others is no gift.
            if is_own or given < 0:
                moved.setdefault(card_id, {})[lot_id] = given
            gone.setdefault(card_id, {})[lot_id] = expired
        return {
            card_id: (_without_what_is_elsewhere(by_lot), gone[card_id])
            for card_id, by_lot in moved.items()
        }
