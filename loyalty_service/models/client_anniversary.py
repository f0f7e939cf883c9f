from odoo import api, models
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..batch import do_claimed, work_off

_lt = LazyTranslate(__name__)

BATCH_SIZE = 500

# How long a scheduled action may have been down. What is further back stays unrecorded: an
# installation must not congratulate on the years that lie before it.
CATCH_UP_DAYS = 7


class Client(models.Model):
    """The full years since the first day of a client under agreement, as events."""

    _inherit = "loyalty.service.client"

    @api.model
    def _cron_record_anniversaries(self):
        due = self.browse(sorted(self._anniversaries_due()))
        work_off(due, lambda clients: clients._record_anniversaries_due(), BATCH_SIZE)

    def _record_anniversaries_due(self):
        """Record the anniversaries of those in ``self`` that nobody else works on."""
        do_claimed(self, lambda clients: clients._record_anniversaries())

    def _record_anniversaries(self):
        """Record the anniversaries of the clients in ``self`` that are due, on their days."""
        due = self._anniversaries_due()
        # sudo: this follows from the first day of exactly these clients, whoever asks.
        Event_sudo = self.env["loyalty.service.event"].sudo()
        return Event_sudo.create(
            [
                Event_sudo._prepare_record_values(
                    "anniversary",
                    client,
                    client.partner_id,
                    suffix=due[client.id][0],
                    date=client.company_id._loyalty_happened(due[client.id][1]),
                    user_id=client.user_id.id,
                    company_id=client.company_id.id,
                    summary=_lt("Full years: %s", due[client.id][0]),
                )
                for client in self
                if client.id in due
            ]
        )

    @api.model
    def _anniversaries_due(self):
        """Return ``{client id: (full years, day)}`` of the anniversaries to be recorded.

        Who began on 29 February celebrates on the 28th in other years. A first day that is
        corrected by less than half a year does not make a second anniversary.
        """
        self.flush_model()
        self.env["loyalty.service.event"].flush_model()
        days = {
            company.id: company._loyalty_day() for company in self.env["res.company"].search([])
        }
        rows = self.env.execute_query(
            SQL(
                """
                SELECT client.id, anniversary.years, anniversary.day
                  FROM unnest(%(company_ids)s, %(days)s::date[]) AS firm(company_id, today)
                  JOIN loyalty_service_client client ON client.company_id = firm.company_id
            CROSS JOIN LATERAL (
                       SELECT years,
                              (client.client_since + make_interval(years => years))::date AS day
                         FROM generate_series(
                              date_part('year', firm.today)::int
                              - date_part('year', client.client_since)::int - 1,
                              date_part('year', firm.today)::int
                              - date_part('year', client.client_since)::int
                              ) AS years
                       ) anniversary
                 WHERE client.has_active_agreement
                   AND client.active
                   AND anniversary.years > 0
                   AND anniversary.day BETWEEN firm.today - %(catch_up)s AND firm.today
                   AND NOT EXISTS (
                       SELECT 1
                         FROM loyalty_service_event told
                        WHERE told.type_id = %(type_id)s
                          AND told.partner_id = client.partner_id
                          AND told.company_id = client.company_id
                          AND told.date > anniversary.day - INTERVAL '6 months'
                       )
                """,
                company_ids=list(days),
                days=list(days.values()),
                catch_up=CATCH_UP_DAYS,
                type_id=self.env["loyalty.service.event.type"]._by_code("anniversary").id,
            )
        )
        return {client_id: (years, day) for client_id, years, day in rows}
