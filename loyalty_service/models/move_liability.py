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
                SELECT program_id, company_id, expiry_date, is_debt, SUM(points)::float8, COUNT(*)
                  FROM (%(held)s) held
              GROUP BY 1, 2, 3, 4
              ORDER BY 3, 1, 2
                """,
                held=self._held_lots(programs, day, companies),
            )
        )
        return [Liability(*row) for row in rows]

    @api.model
    def _held_lots(self, programs, day, companies=None):
        """Return the query of lots that were not empty at the end of ``day``.

        What is known of a lot stands in its opening row. It is taken along where the rows of
        the lot are added up, since looking it up would take longer than the sum.

        :return: ``lot_id, program_id, company_id, expiry_date, is_debt, points``
        """
        self.flush_model()
        if companies is None:
            # sudo: which companies there are; their days end at different moments.
            companies = self.env["res.company"].sudo().search(Domain.TRUE)
        ends = companies.grouped(lambda firm: firm._loyalty_moment(day + timedelta(days=1)))
        return SQL(
            """
            SELECT lot_id, program_id, company_id, expiry_date, is_debt, points
              FROM (
                   SELECT lot_id, program_id, company_id, expiry_date, is_debt,
                          CASE %(choices)s END AS points
                     FROM (
                          SELECT lot_id, MAX(program_id) AS program_id,
                                 MAX(company_id) FILTER (WHERE id = lot_id) AS company_id,
                                 MAX(expiry_date) AS expiry_date,
                                 BOOL_OR(id = lot_id AND points < 0) AS is_debt, %(sums)s
                            FROM loyalty_service_move
                           WHERE program_id IN %(programs)s
                        GROUP BY lot_id
                          ) lot
                   ) lot
             WHERE points != 0
            """,
            choices=SQL(" ").join(
                SQL(
                    "WHEN company_id IN %s THEN %s",
                    tuple(firms.ids),
                    SQL.identifier(f"sum{number}"),
                )
                for number, firms in enumerate(ends.values())
            )
            if ends
            else SQL("WHEN FALSE THEN 0"),
            sums=SQL(", ").join(
                SQL(
                    "SUM(points) FILTER (WHERE date < %s) AS %s",
                    end,
                    SQL.identifier(f"sum{number}"),
                )
                for number, end in enumerate(ends)
            )
            or SQL("NULL"),
            programs=tuple(programs.ids) or (0,),
        )
