from datetime import date, timedelta
from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class Liability(NamedTuple):
    """Points of lots that share their last day, as they stood at the end of a day.

    :ivar company_id: that opened the lots, and so has to serve the points
    :ivar expiry: last day on which they can be spent, None for points without one
    :ivar is_debt: what clients owe; ``points`` are below zero
    :ivar lots: how many there are
    """

    program_id: int
    company_id: int
    expiry: date | None
    is_debt: bool
    points: float
    lots: int


class Move(models.Model):
    _inherit = "loyalty.service.move"

    @api.model
    def _read_liability(self, programs, day, companies=None):
        """Return what clients held of ``programs`` at the end of ``day``, where the firm is.

        One statement for any number of clients. All points together are the balance of the
        cards, what clients owe included.

        :param companies: only lots that these have opened
        :return: list of :class:`Liability`, the first to expire first
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT lot.program_id, lot.company_id, lot.expiry_date, lot.points < 0,
                       SUM(held.points)::float8, COUNT(*)
                  FROM (%(held)s) held
                  JOIN loyalty_service_move lot ON lot.id = held.lot_id
              GROUP BY 1, 2, 3, 4
              ORDER BY 3, 1, 2
                """,
                held=self._held_lots(programs, day, companies),
            )
        )
        return [Liability(*row) for row in rows]

    @api.model
    def _held_lots(self, programs, day, companies=None):
        """Return the query of lots that were not empty at the end of ``day``: id and balance."""
        self.flush_model()
        if companies is None:
            # sudo: which companies there are; their days end at different moments.
            companies = self.env["res.company"].sudo().search(Domain.TRUE)
        return SQL(
            """
            SELECT move.lot_id, SUM(move.points) AS points
              FROM loyalty_service_move move
              JOIN loyalty_service_move opening ON opening.id = move.lot_id
              JOIN (VALUES %(ends)s) AS firm (company_id, until)
                ON firm.company_id = opening.company_id
             WHERE move.program_id IN %(programs)s AND move.date < firm.until
          GROUP BY move.lot_id
            HAVING SUM(move.points) != 0
            """,
            ends=SQL(", ").join(
                SQL("(%s, %s)", company.id, company._loyalty_moment(day + timedelta(days=1)))
                for company in companies
            ),
            programs=tuple(programs.ids) or (0,),
        )
