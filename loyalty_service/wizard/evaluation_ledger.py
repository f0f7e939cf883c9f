from datetime import timedelta

from odoo import models
from odoo.tools import SQL

from ..engine import breakage, evaluation

# The ledger is cut into months by a list of their first moments; what is older counts as the
# first of them.
YEARS_BACK = 30
# Beyond so many clients the interval of breakage draws groups of clients, each of which is an
# independent observation as well; more of them would not change it.
GROUPS = 2000
REWARDS = "loyalty.service.redemption,%"


class Evaluation(models.TransientModel):
    """What is read out of the ledger of points, in one statement each."""

    _inherit = "loyalty.service.evaluation"

    def _ledger(self, last):
        """Return the query of the ledger up to the end of ``last``, cut into months.

        A row belongs to the company that opened its lot: so each company's points add up.
        """
        self.env["loyalty.service.move"].flush_model()
        base = evaluation.month_number(last) - 12 * YEARS_BACK
        edges = [
            evaluation.first_day(month) for month in range(base, evaluation.month_number(last) + 1)
        ]
        firms = SQL(", ").join(
            SQL(
                "(%s, %s::timestamp[], %s)",
                company.id,
                [company._loyalty_moment(day) for day in edges],
                company._loyalty_moment(last + timedelta(days=1)),
            )
            for company in self._companies()
        )
        return SQL(
            """
            SELECT move.card_id, move.kind, move.points::float8 AS points, move.origin,
                   move.id = move.lot_id AS is_opening, lot.points < 0 AS is_debt,
                   %(before)s + width_bucket(move.date, firm.edges) AS month,
                   %(before)s + width_bucket(lot.date, firm.edges) AS lot_month,
                   (EXTRACT(YEAR FROM lot.expiry_date) * 12
                    + EXTRACT(MONTH FROM lot.expiry_date) - 1)::int AS last_month
              FROM loyalty_service_move move
              JOIN loyalty_service_move lot ON lot.id = move.lot_id
              JOIN (VALUES %(firms)s) AS firm (company_id, edges, until)
                ON firm.company_id = lot.company_id
             WHERE move.program_id = %(program)s AND move.date < firm.until
            """,
            before=base - 1,
            firms=firms,
            program=self.program_id.id,
        )

    def _read_flows(self):
        """Return the ledger as sums (:class:`evaluation.Flow`), all of it up to the last day."""
        _first, last = self._days()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT month, lot_month, kind, COALESCE(origin LIKE %(rewards)s, FALSE), is_debt,
                       SUM(points)
                  FROM (%(ledger)s) ledger
                 WHERE points != 0
              GROUP BY 1, 2, 3, 4, 5, points > 0
                """,
                ledger=self._ledger(last),
                rewards=REWARDS,
            )
        )
        return [evaluation.Flow(*row) for row in rows]

    def _read_cells(self):
        """Return what breakage is measured on (:class:`breakage.Cell`), all clients' lots.

        Up to the end of the last whole month, and lots that expire one day only. What is left
        of a lot at that moment is open or, where its last day is over, has expired, whether or
        not that has been booked yet.
        """
        _first, last = self._days()
        cutoff = evaluation.last_whole_month(last)
        rows = self.env.execute_query(
            SQL(
                """
                WITH cell AS (
                     SELECT card_id %% %(groups)s AS client, last_month,
                            last_month <= %(cutoff)s AS over,
                            CASE WHEN is_opening THEN 'entered'
                                 WHEN kind IN ('spend', 'settle')
                                      OR (kind = 'reverse' AND points > 0) THEN 'used'
                                 WHEN kind = 'expire' THEN 'expired'
                                 ELSE 'removed' END AS what,
                            GREATEST(last_month - month, 0) AS months,
                            CASE WHEN is_opening THEN points ELSE -points END AS points,
                            points AS held
                       FROM (%(ledger)s) ledger
                      WHERE last_month IS NOT NULL AND NOT is_debt
                     )
              SELECT client, what, months, SUM(points), over
                FROM cell
               WHERE what != 'expired'
            GROUP BY client, what, months, over
           UNION ALL
              SELECT client, CASE WHEN over THEN 'expired' ELSE 'open' END,
                     GREATEST(last_month - %(cutoff)s, 0),
                     SUM(held) - COALESCE(SUM(held) FILTER (WHERE what = 'expired'), 0), over
                FROM cell
            GROUP BY client, last_month, over
                """,
                ledger=self._ledger(evaluation.last_day(cutoff)),
                cutoff=cutoff,
                groups=GROUPS if self._has_many_clients() else 2**31 - 1,
            )
        )
        return [breakage.Cell(*row) for row in rows]

    def _has_many_clients(self):
        cards = self.env["loyalty.card"].search_count(
            [("program_id", "=", self.program_id.id)], limit=GROUPS + 1
        )
        return cards > GROUPS
