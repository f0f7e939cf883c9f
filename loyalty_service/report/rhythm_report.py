from odoo import api, fields, models
from odoo.tools import SQL

from ..models.client_rhythm import SILENCE_STATES
from ..models.client_rhythm_parts import MIN_CLIENTS
from ..models.event_type import CHANNELS, KINDS


class RhythmReport(models.Model):
    """How each channel and kind of contact goes on with each client, beside clients like it.

    What is usual in a tier or an industry is the median of the usual gaps of its clients, told
    from five clients on that have one.
    """

    _name = "loyalty.service.rhythm.report"
    _description = "Rhythm by Channel and Kind"
    _auto = False
    _rec_name = "partner_id"
    _order = "silence_ratio desc nulls last, id"
    _depends = {
        "loyalty.service.rhythm": ["contact_gap", "last_date", "silence_ratio", "silence_state"],
        "loyalty.service.client": [
            *("partner_id", "active", "user_id", "tier_id", "industry_id", "country_id"),
            *("silence_state", "has_active_agreement", "client_since"),
        ],
    }

    client_id = fields.Many2one("loyalty.service.client", string="Loyalty Record", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Client", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    channel = fields.Selection(CHANNELS, readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    part_text = fields.Char(string="What", compute="_compute_texts")
    contact_days = fields.Integer(
        string="Days of Contact",
        readonly=True,
        help="In the year up to the last contact by this channel or of this kind.",
    )
    contact_gap = fields.Float(
        string="Usual Gap (Days)",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="Median number of days between two days of contact, in the year up to the last "
        "one. With fewer than four days of contact there is none.",
    )
    tier_gap = fields.Float(
        string="Usual in Its Tier (Days)",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="Median of the usual gaps of the clients of the tier; told from five clients on.",
    )
    industry_gap = fields.Float(
        string="Usual in Its Industry (Days)",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="Median of the usual gaps of the clients of the industry; told from five clients on.",
    )
    tier_ratio = fields.Float(
        string="Times the Gap of Its Tier",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="2 says that the client is heard half as often as is usual in its tier.",
    )
    last_date = fields.Date(string="Last Contact", readonly=True)
    silent_days = fields.Integer(string="Days Silent", aggregator="avg", readonly=True)
    overdue_days = fields.Integer(
        string="Days Overdue",
        aggregator="avg",
        readonly=True,
        help="Days beyond the usual gap, which counts as a week at least.",
    )
    silence_ratio = fields.Float(string="Times as Long as Usual", aggregator="avg", readonly=True)
    silence_state = fields.Selection(SILENCE_STATES, string="Silence", readonly=True)
    client_state = fields.Selection(
        SILENCE_STATES,
        string="Silence in All",
        readonly=True,
        help="Of the client, by whatever channel.",
    )
    rhythm_text = fields.Char(string="Rhythm", compute="_compute_texts")
    manager_id = fields.Many2one("res.users", string="Account Manager", readonly=True)
    tier_id = fields.Many2one("loyalty.service.tier", readonly=True)
    industry_id = fields.Many2one("res.partner.industry", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    is_served = fields.Boolean(
        string="Served",
        readonly=True,
        help="Under an agreement, or a client by its invoices that never had one.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT rhythm.id, rhythm.client_id, client.partner_id, rhythm.company_id,
                   rhythm.channel, rhythm.kind, rhythm.contact_days,
                   NULLIF(rhythm.contact_gap, 0) AS contact_gap,
                   tier.gap AS tier_gap, industry.gap AS industry_gap,
                   NULLIF(rhythm.contact_gap, 0) / tier.gap AS tier_ratio,
                   rhythm.last_date, rhythm.silent_days,
                   CASE WHEN rhythm.contact_gap > 0 THEN rhythm.overdue_days END AS overdue_days,
                   CASE WHEN rhythm.contact_gap > 0 THEN rhythm.silence_ratio END AS silence_ratio,
                   rhythm.silence_state, client.silence_state AS client_state,
                   client.user_id AS manager_id, client.tier_id, client.industry_id,
                   client.country_id,
                   client.has_active_agreement OR client.client_since IS NULL AS is_served
              FROM loyalty_service_rhythm rhythm
              JOIN loyalty_service_client client ON client.id = rhythm.client_id
         LEFT JOIN (%(tiers)s) tier
                ON tier.company_id = rhythm.company_id AND tier.part = rhythm.part
               AND tier.segment = client.tier_id
         LEFT JOIN (%(industries)s) industry
                ON industry.company_id = rhythm.company_id AND industry.part = rhythm.part
               AND industry.segment = client.industry_id
             WHERE client.active
            """,
            tiers=self._typical_query("tier_id"),
            industries=self._typical_query("industry_id"),
        )

    @api.model
    def _typical_query(self, column):
        """Return the query of what is usual per company, part and segment.

        :param column: of the loyalty client, which says in what segment it is
        """
        return SQL(
            """
            SELECT typical.company_id, typical.part, client.%(column)s AS segment,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY typical.contact_gap) AS gap
              FROM loyalty_service_rhythm typical
              JOIN loyalty_service_client client ON client.id = typical.client_id
             WHERE typical.contact_gap > 0 AND client.active
          GROUP BY typical.company_id, typical.part, client.%(column)s
            HAVING COUNT(*) >= %(clients)s
            """,
            column=SQL.identifier(column),
            clients=MIN_CLIENTS,
        )

    @api.model
    def _typical_gaps(self, column, company):
        """Return ``[(part, segment id, usual gap)]`` of a company: one statement."""
        self.env["loyalty.service.client"].flush_model([column, "active"])
        return self.env.execute_query(
            SQL(
                "SELECT part, segment, gap FROM (%s) typical WHERE company_id = %s",
                self._typical_query(column),
                company.id,
            )
        )

    @api.depends("channel", "kind", "contact_gap", "last_date")
    @api.depends_context("lang")
    def _compute_texts(self):
        Client = self.env["loyalty.service.client"]
        labels = self.env["loyalty.service.rhythm"]._part_labels()
        today = {company: company._loyalty_day() for company in self.company_id}
        for row in self:
            part = f"channel:{row.channel}" if row.channel else f"kind:{row.kind}"
            silent = max((today[row.company_id] - row.last_date).days, 0)
            row.part_text = labels.get(part, part)
            row.rhythm_text = Client._say_rhythm(row.contact_gap, silent)

    def action_open_partner(self):
        """Open the client's own form, where its Loyalty tab is."""
        self.ensure_one()
        return self.client_id.action_open_partner()

    def action_log(self):
        """Open the line that logs a call, chat or visit with the client."""
        return self.client_id.action_log()
