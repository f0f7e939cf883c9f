from odoo import models
from odoo.tools import SQL

from ..engine import scorecard as engine
from ..models.outcome import RATED


class Scorecard(models.TransientModel):
    """What clients said of tickets elsewhere, where the ledger knows that it is about a ticket.

    For instance in a survey that was sent because the ticket was closed. Who had rated the ticket
    with us by then has said so already, and is not counted twice.
    """

    _inherit = "loyalty.service.sla.scorecard"

    def _facts_of_clients(self, bounds):
        return [
            *super()._facts_of_clients(bounds),
            *(
                SQL(
                    """
                    SELECT 'rating', told.date, source.res_id, stars.rating,
                           stars.rating >= %(content)s
                      FROM (%(pairs)s) AS about (told_id, source_id)
                      JOIN loyalty_service_event told ON told.id = about.told_id
                      JOIN loyalty_service_event source ON source.id = about.source_id
                -- From 0 to 100, as stars from 1 to 5.
                CROSS JOIN LATERAL (SELECT 1 + told.value / 25) AS stars (rating)
                     WHERE told.signal = 'satisfaction' AND told.date >= %(since)s
                       AND told.company_id = %(company)s
                       AND told.is_reversed IS NOT TRUE AND told.reversal_of_id IS NULL
                       AND source.res_model = 'helpdesk.ticket'
                       AND NOT EXISTS (
                           SELECT 1 FROM loyalty_service_sla_outcome rated
                            WHERE rated.ticket_id = source.res_id AND rated.kind = %(rated)s
                              AND rated.date <= told.date)
                    """,
                    pairs=pairs,
                    content=engine.CONTENT,
                    rated=RATED,
                    **bounds,
                )
                for pairs in self.env["loyalty.service.event"]._about_queries()
            ),
        ]
