from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, formatLang

from ..amounts import points_text
from ..engine import earning

PREVIEW_DAYS = 90


class EarningRule(models.Model):
    """What a rule would have given for the firm's own events, before it is saved."""

    _inherit = "loyalty.service.earning.rule"

    preview = fields.Json(
        compute="_compute_preview",
        help="What the rule would have given lately, had it been in force all the time.",
    )

    @api.depends(
        "event_type_id",
        "program_id",
        "domain",
        "points_fixed",
        "points_per_unit",
        "use_tier_multiplier",
        "cap_points",
        "cap_period",
    )
    @api.depends_context("lang", "allowed_company_ids")
    def _compute_preview(self):
        for rule in self:
            rule.preview = rule._preview() if rule.event_type_id and rule.program_id else False

    def _preview(self):
        """Return what the form shows: ``text``, and the ``domain`` of the events behind it."""
        self.ensure_one()
        try:
            domain = self._filter_domain()
        except ValidationError as error:
            return {"text": str(error), "events": 0, "domain": False}
        of_type = self._preview_domain()
        events, points, clients = self._preview_figures(domain)
        if events:
            text = self._preview_text(events, points, clients)
        elif not domain.is_true() and self.env["loyalty.service.event"].search_count(
            of_type, limit=1
        ):
            text = self.env._(
                "No event matches: in the last %(days)s days there were events of this type, but "
                "none that passes the filter.",
                days=PREVIEW_DAYS,
            )
        else:
            text = self.env._(
                "No event of this type was recorded in the last %(days)s days.", days=PREVIEW_DAYS
            )
        return {"text": text, "events": events, "domain": _for_web(of_type & domain)}

    def _preview_text(self, events, points, clients):
        """Say what the rule would have given: of one event, or for one client, in the singular."""
        figures = {
            "days": PREVIEW_DAYS,
            "events": formatLang(self.env, events, digits=0),
            "points": points_text(self.env, points),
            "clients": formatLang(self.env, clients, digits=0),
        }
        if events == 1:
            return self.env._("In the last %(days)s days: 1 event, %(points)s points", **figures)
        if clients == 1:
            return self.env._(
                "In the last %(days)s days: %(events)s events, %(points)s points, 1 client",
                **figures,
            )
        return self.env._(
            "In the last %(days)s days: %(events)s events, %(points)s points, %(clients)s clients",
            **figures,
        )

    def _preview_companies(self):
        """Return the companies of the user whose clients earn by the rule."""
        Program = self.env["loyalty.program"]
        return self.env.companies.filtered(
            lambda company: Program._get_service_program(company) == self.program_id._origin
        )

    def _preview_domain(self, first_days=None):
        """Return the domain of the standing events of the type of the rule.

        :param dict first_days: company -> first day; without it the days of the preview
        """
        companies = self._preview_companies()
        if first_days is None:
            first_days = {company: self._preview_since(company) for company in companies}
        return (
            Domain(self.env["loyalty.service.event"]._domain_standing())
            & Domain("type_id", "=", self.event_type_id._origin.id)
            & Domain.OR(
                Domain("company_id", "=", company.id)
                & (
                    Domain(
                        "date",
                        ">=",
                        fields.Datetime.to_string(company._loyalty_moment(first_days[company])),
                    )
                    if first_days[company] > date.min
                    else Domain.TRUE
                )
                for company in companies
            )
        )

    def _preview_since(self, company):
        return company._loyalty_day() - timedelta(days=PREVIEW_DAYS)

    def _preview_figures(self, domain):
        """Return how many events match, the points they earn and the clients that earn them.

        One statement, whatever the number of events. Caps are those of the calendar: what came
        before the days of the preview, in the same month, quarter or year, has used them up.
        The formula is that of :func:`earning.points`, in exact decimals as there.

        :param domain: filter of the rule
        """
        companies = self._preview_companies()
        if not companies:
            return 0, 0, 0
        since = {company: self._preview_since(company) for company in companies}
        first = since
        if self.cap_points:
            first = {
                company: earning.period_start(day, self.cap_period)
                for company, day in since.items()
            }
        Event = self.env["loyalty.service.event"]
        Event.flush_model()
        query = Event._search(self._preview_domain(first) & domain)
        if query.is_empty():
            return 0, 0, 0
        period = SQL("'-infinity'::date")
        if self.cap_points and self.cap_period != "ever":
            period = SQL("date_trunc(%s, day)::date", self.cap_period)
        cap = SQL("FLOOR(%s::float8::numeric)", self.cap_points) if self.cap_points else SQL("NULL")
        [(events, points, clients)] = self.env.execute_query(
            SQL(
                """
                WITH event AS MATERIALIZED (%(events)s),
                     dated AS (
                     SELECT event.*, firm.since,
                            (event.date AT TIME ZONE 'UTC' AT TIME ZONE firm.tz)::date AS day,
                            FLOOR(
                                (%(fixed)s::float8::numeric
                                 + %(per_unit)s::float8::numeric * GREATEST(event.amount, 0))
                                * %(multiplier)s
                            ) AS points
                       FROM event
                       JOIN (VALUES %(firms)s) AS firm (company_id, tz, since)
                         ON firm.company_id = event.company_id
                  LEFT JOIN loyalty_service_client client
                         ON client.partner_id = event.partner_id
                        AND client.company_id = event.company_id
                  LEFT JOIN loyalty_service_tier tier ON tier.id = client.tier_id
                     ),
                     given AS (
                     SELECT partner_id,
                            COUNT(*) FILTER (WHERE day >= since) AS events,
                            LEAST(SUM(points), %(cap)s)
                            - LEAST(COALESCE(SUM(points) FILTER (WHERE day < since), 0), %(cap)s)
                            AS points
                       FROM dated
                   GROUP BY partner_id, %(period)s
                     )
              SELECT COALESCE(SUM(events), 0), COALESCE(SUM(points), 0),
                     COUNT(DISTINCT partner_id) FILTER (WHERE points > 0)
                FROM given
                """,
                events=query.select(
                    *(
                        SQL("%s.%s", SQL.identifier(Event._table), SQL.identifier(name))
                        for name in ("partner_id", "company_id", "date", "amount")
                    )
                ),
                firms=SQL(", ").join(
                    SQL("(%s, %s, %s::date)", company.id, company._loyalty_tz_name(), day)
                    for company, day in since.items()
                ),
                fixed=self.points_fixed,
                per_unit=self.points_per_unit,
                multiplier=(
                    SQL("COALESCE(tier.multiplier, 1)::float8::numeric")
                    if self.use_tier_multiplier
                    else SQL("1")
                ),
                period=period,
                cap=cap,
            )
        )
        return int(events), int(points), clients


def _for_web(domain):
    """Return a domain as the web client reads it, in lists."""
    return [
        [*part[:2], _for_web(part[2]) if isinstance(part[2], Domain) else part[2]]
        if isinstance(part, tuple)
        else part
        for part in domain
    ]
