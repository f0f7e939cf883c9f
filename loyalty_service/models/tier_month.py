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
        """Each change holds until the next one: months are joined to these spans of time."""
        return SQL(
            """
            WITH held AS (
                SELECT change.client_id, change.to_tier_id, change.date AS since,
                       LEAD(change.date) OVER (
                           PARTITION BY change.client_id ORDER BY change.date, change.id
                       ) AS until
                  FROM loyalty_service_tier_change change
            ), month AS (
                SELECT LEAST((first + INTERVAL '1 month - 1 day')::date, CURRENT_DATE) AS day
                  FROM generate_series(
                       DATE_TRUNC('month', CURRENT_DATE) - %s * INTERVAL '1 month',
                       CURRENT_DATE, INTERVAL '1 month') AS first
            )
            SELECT client.id * 100 + ROW_NUMBER() OVER (
                       PARTITION BY client.id ORDER BY month.day) AS id,
                   month.day AS date, client.id AS client_id, client.partner_id,
                   client.company_id, client.user_id, tier.id AS tier_id, tier.program_id,
                   tier.threshold
              FROM held
              JOIN month ON held.since < month.day + 1
               AND (held.until IS NULL OR held.until >= month.day + 1)
              JOIN loyalty_service_client client ON client.id = held.client_id
              JOIN loyalty_service_tier tier ON tier.id = held.to_tier_id
             WHERE client.active
            """,
            MONTHS - 1,
        )

    @api.readonly
    def action_open_partner(self):
        """Open the client's own form."""
        return self.client_id.action_open_partner()
