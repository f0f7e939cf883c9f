from odoo import models
from odoo.tools import SQL

from ..engine import clock as clock_engine
from ..engine import scorecard as engine
from ..models.outcome import RATED


class Scorecard(models.TransientModel):
    """What clients said of tickets: to us, or elsewhere where the ledger knows that it is of one.

    For instance in a survey that was sent because the ticket was closed. Of each closing the first
    word counts, here or there: who says the same again by the other way is not counted twice, and
    what is said later takes nothing back from the figures of an earlier month.
    """

    _inherit = "loyalty.service.sla.scorecard"

    def _facts_of_clients(self, bounds):
        words = {
            **bounds,
            "content": engine.CONTENT,
            "rated": RATED,
            "told": self._told_elsewhere(bounds),
        }
        # A complaint closes within a second of the rating that its client gives with its answer.
        same_closing = SQL(
            "rated.ticket_id = told.ticket_id"
            " AND rated.date >= told.closed - INTERVAL '1 minute'"
            " AND rated.date < told.closed_again - INTERVAL '1 minute'"
        )
        facts = super()._facts_of_clients(bounds)
        facts.append(
            SQL(
                """
                SELECT 'rating', rated.date, rated.ticket_id, rated.value,
                       rated.value >= %(content)s
                  FROM loyalty_service_sla_outcome rated
                 WHERE rated.kind = %(rated)s AND rated.date >= %(since)s
                   AND NOT EXISTS (
                       SELECT FROM (%(told)s) AS told
                        WHERE %(same)s AND told.date < rated.date)
                """,
                same=same_closing,
                **words,
            )
        )
        facts.append(
            SQL(
                """
                SELECT 'rating', told.date, told.ticket_id, told.rating, told.rating >= %(content)s
                  FROM (%(told)s) AS told
                 WHERE told.date >= %(since)s
                   AND NOT EXISTS (
                       SELECT FROM loyalty_service_sla_outcome rated
                        WHERE rated.kind = %(rated)s
                          AND %(same)s AND rated.date <= told.date)
                """,
                same=same_closing,
                **words,
            )
        )
        return facts

    def _told_elsewhere(self, bounds):
        """Return what clients told elsewhere, as a statement of ``(date, ticket_id, rating,
        closed, closed_again)``: when, of which ticket, and between which closings of it.

        A word is of the closing that it was asked for, or else of the last one before it was said.
        """
        nothing = SQL("SELECT NULL::int, NULL::int WHERE FALSE")
        pairs = self.env["loyalty.service.event"]._about_queries() or [nothing]
        return SQL(
            """
            SELECT told.date, source.res_id AS ticket_id, stars.rating, closing.closed,
                   closing.closed_again
              FROM (%(pairs)s) AS about (told_id, source_id)
              JOIN loyalty_service_event told ON told.id = about.told_id
              JOIN loyalty_service_event source ON source.id = about.source_id
              JOIN loyalty_service_event_type asked_for ON asked_for.id = source.type_id
            -- From 0 to 100, as stars from 1 to 5.
        CROSS JOIN LATERAL (SELECT 1 + told.value / 25) AS stars (rating)
        CROSS JOIN LATERAL (
                   SELECT CASE asked_for.code WHEN 'ticket_closed' THEN source.date
                          ELSE told.date END) AS moment (date)
        CROSS JOIN LATERAL (
                   SELECT COALESCE(MAX(date) FILTER (WHERE date <= moment.date), '-infinity'),
                          COALESCE(MIN(date) FILTER (WHERE date > moment.date), 'infinity')
                     FROM loyalty_service_sla_entry
                    WHERE ticket_id = source.res_id AND kind = %(kind)s
                   ) AS closing (closed, closed_again)
             WHERE told.signal = 'satisfaction' AND told.company_id = %(company)s
               AND told.is_reversed IS NOT TRUE AND told.reversal_of_id IS NULL
               AND source.res_model = 'helpdesk.ticket'
            """,
            pairs=SQL(" UNION ALL ").join(pairs),
            kind=clock_engine.CLOSED,
            **bounds,
        )
