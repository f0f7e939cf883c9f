from odoo import api, fields, models
from odoo.tools import SQL

MONTHS = 36


class TierMonth(models.Model):
    """Which tier each client had at the end of each of the last months, from the history."""

    _name = "loyalty.service.tier.month"
    _description = "Clients by Tier over Time"
    _auto = False
    _order = "date desc, threshold desc"
    _rec_name = "partner_id"

    date = fields.Date(string="Month", readonly=True, help="Last day of the month; or today.")
    client_id = fields.Many2one("loyalty.service.client", string="Loyalty Record", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Client", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    user_id = fields.Many2one("res.users", string="Account Manager", readonly=True)
    tier_id = fields.Many2one("loyalty.service.tier", readonly=True)
    program_id = fields.Many2one("loyalty.program", string="Programme", readonly=True)
    threshold = fields.Float(string="Needed", readonly=True, aggregator=None)

    @property
    def _table_query(self):
        """Each change holds until the next one: months are joined to these spans of time.

        Days and months are those of the company where it is: a step at half past midnight on
        1 January in Shanghai, 31 December in UTC, is one of January.
        """
        # sudo: which day it is at each company; the record rules say whose clients are read.
        Company_sudo = self.env["res.company"].sudo()
        return SQL(
            """
            WITH firm (id, tz, today) AS (
                VALUES %(firms)s
            ), held AS (
                SELECT change.client_id, change.to_tier_id, change.date AS since,
                       LEAD(change.date) OVER (
                           PARTITION BY change.client_id ORDER BY change.date, change.id
                       ) AS until
                  FROM loyalty_service_tier_change change
            ), month AS (
                SELECT firm.id AS company_id, span.day,
                       (span.day + 1)::timestamp AT TIME ZONE firm.tz AT TIME ZONE 'UTC' AS after
                  FROM firm
            CROSS JOIN LATERAL (
                       SELECT LEAST((first + INTERVAL '1 month - 1 day')::date, firm.today) AS day
                         FROM generate_series(
                              DATE_TRUNC('month', firm.today::timestamp)
                              - %(months)s * INTERVAL '1 month',
                              firm.today::timestamp, INTERVAL '1 month') AS first
                       ) span
            )
            SELECT client.id * 100 + ROW_NUMBER() OVER (
                       PARTITION BY client.id ORDER BY month.day) AS id,
                   month.day AS date, client.id AS client_id, client.partner_id,
                   client.company_id, client.user_id, tier.id AS tier_id, tier.program_id,
                   tier.threshold
              FROM held
              JOIN loyalty_service_client client ON client.id = held.client_id
              JOIN month ON month.company_id = client.company_id AND held.since < month.after
               AND (held.until IS NULL OR held.until >= month.after)
              JOIN loyalty_service_tier tier ON tier.id = held.to_tier_id
             WHERE client.active
            """,
            firms=SQL(", ").join(
                SQL("(%s, %s, %s::date)", firm.id, firm._loyalty_tz_name(), firm._loyalty_day())
                for firm in Company_sudo.search([])
            ),
            months=MONTHS - 1,
        )

    @api.readonly
    def action_open_partner(self):
        """Open the client's own form."""
        return self.client_id.action_open_partner()
