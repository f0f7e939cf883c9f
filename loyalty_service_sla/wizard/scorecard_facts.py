from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import clock as clock_engine
from ..engine import outcome as outcome_engine
from ..engine import scorecard as engine

#: Promises of which one knows whether they were kept, by what they are of.
PROMISE = "promise_"
#: What stands behind all of them that were not kept.
BREACH = "breach"
PERCENTILES = [0.5, 0.9]


class Scorecard(models.TransientModel):
    """What happened, and on which tickets: one statement for all figures, whatever their number.

    A fact has a moment in UTC (none for how things stand now), a ticket, a value and whether it is
    as wished. It counts for the agent and the team that the ticket has today, so that the figures
    of agents add up to those of the team; and once, in the period of its moment, so that those of
    two periods add up to those of both. Facts are read from what is only ever added to, the log
    and the outcomes: what happens to a ticket later takes nothing back. Archived tickets count:
    nobody's figures get better by archiving.
    """

    _inherit = "loyalty.service.sla.scorecard"

    def _read_cards(self):
        """Return ``{(0 or 1, "all", "team" or "user", id): {what: Tally}}``.

        0 is the period asked for, 1 the one before; the id of nobody and of no team is None.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT what, period, GROUPING(team_id), GROUPING(user_id), team_id, user_id,
                       COUNT(*), COUNT(*) FILTER (WHERE good), COALESCE(SUM(value), 0),
                       percentile_cont(%(percentiles)s::float[]) WITHIN GROUP (ORDER BY value)
                  FROM (%(seen)s) seen
              GROUP BY what, period, GROUPING SETS ((team_id), (user_id), ())
                """,
                percentiles=PERCENTILES,
                seen=self._seen_facts(),
            )
        )
        cards = {}
        for what, period, no_team, no_user, team_id, user_id, *counts, percentiles in rows:
            kind, key = ("all", None) if no_team and no_user else ("team", team_id)
            if not no_user:
                kind, key = "user", user_id
            median, ninetieth = percentiles or (None, None)
            card = cards.setdefault((period, kind, key), {})
            card[what] = engine.Tally(*counts, median, ninetieth)
        return cards

    def _read_tickets(self, what, period, kind, key):
        """Return the ids of the tickets behind a figure: of one kind, or all broken promises."""
        conditions = [
            SQL("starts_with(what, %s) AND value > 0", PROMISE)
            if what == BREACH
            else SQL("what = %s", what),
            SQL("period = %s", period),
        ]
        if kind != "all":
            column = SQL.identifier("team_id" if kind == "team" else "user_id")
            conditions.append(SQL("%s IS NOT DISTINCT FROM %s", column, key))
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT ticket_id FROM (%s) seen WHERE %s",
                self._seen_facts(),
                SQL(" AND ").join(conditions),
            )
        )
        return [ticket_id for (ticket_id,) in rows]

    # ------------------------------------------------------------------
    # Facts
    # ------------------------------------------------------------------

    def _seen_facts(self):
        """Return the facts of both periods that the user may see summed up, as SQL."""
        self.env.flush_all()
        moment = self.company_id._loyalty_moment
        windows = [
            SQL(
                "WHEN fact.date >= %s AND fact.date < %s THEN %s",
                moment(first),
                moment(last.fromordinal(last.toordinal() + 1)),
                number,
            )
            for number, (first, last) in enumerate(self._days())
        ]
        return SQL(
            """
            SELECT * FROM (
                SELECT fact.what, fact.value, fact.good, fact.ticket_id,
                       ticket.team_id, ticket.user_id,
                       CASE WHEN fact.date IS NULL THEN 0 %(windows)s END AS period
                  FROM (%(facts)s) AS fact (what, date, ticket_id, value, good)
                  JOIN helpdesk_ticket ticket ON ticket.id = fact.ticket_id
                 WHERE %(scope)s
            ) AS dated WHERE period IS NOT NULL
            """,
            windows=SQL(" ").join(windows),
            facts=SQL(" UNION ALL ").join(self._fact_queries()),
            scope=self._scope(),
        )

    def _fact_queries(self):
        """Return the statements of all facts; what is not asked for is cut off by its moment."""
        before = self._days()[1].first
        bounds = {
            "since": self.company_id._loyalty_moment(before),
            "company": self.company_id.id,
        }
        queries = [
            *self._facts_of_log(bounds),
            *self._facts_of_clocks(bounds),
            *self._facts_of_clients(bounds),
            *self._facts_of_now(),
        ]
        lines = self._timesheet_lines()
        if lines:
            queries.append(self._facts_of_timesheets(lines, bounds))
        return queries

    @api.model
    def _facts_of_log(self, bounds):
        return [
            SQL(
                """
                SELECT CASE kind WHEN 'opened' THEN 'taken' ELSE kind END, date, ticket_id,
                       NULL::float, TRUE
                  FROM loyalty_service_sla_entry
                 WHERE kind IN ('opened', 'closed', 'reopened') AND date >= %(since)s
                """,
                **bounds,
            )
        ]

    @api.model
    def _facts_of_clocks(self, bounds):
        """Return how long things took, and which promises were kept.

        A promise is decided when it is kept or when its deadline goes by, whichever comes first:
        so a ticket that nobody ever answers counts as missed, and not as not finished yet. Each
        wait counts for itself, and what was decided is never decided otherwise afterwards, see
        ``engine/outcome.py``. A deadline counts from when it goes by, not from when the scheduled
        action has come to it.
        """
        return [
            SQL(
                """
                SELECT target, date, ticket_id, value, TRUE
                  FROM loyalty_service_sla_outcome
                 WHERE kind IN (%(kept)s, %(ended)s) AND target IN (%(answer)s, %(solution)s)
                   AND date >= %(since)s
                """,
                kept=outcome_engine.KEPT,
                ended=outcome_engine.ENDED,
                answer=clock_engine.FIRST_RESPONSE,
                solution=clock_engine.RESOLUTION,
                **bounds,
            ),
            SQL(
                """
                SELECT %(promise)s || target, date, ticket_id, (kind = %(missed)s)::int,
                       kind = %(kept)s
                  FROM loyalty_service_sla_outcome
                 WHERE kind IN (%(kept)s, %(missed)s) AND date >= %(since)s
                """,
                promise=PROMISE,
                kept=outcome_engine.KEPT,
                missed=outcome_engine.BROKEN,
                **bounds,
            ),
            SQL(
                """
                SELECT %(promise)s || target, deadline, ticket_id, 1, FALSE
                  FROM loyalty_service_sla_clock
                 WHERE state = 'running' AND breached IS NOT TRUE
                   AND deadline >= %(since)s AND deadline < %(now)s
                   AND company_id = %(company)s
                """,
                promise=PROMISE,
                now=fields.Datetime.now(),
                **bounds,
            ),
        ]

    def _facts_of_timesheets(self, lines, bounds):
        """Return the hours of each closing: those since the closing before, if there was one.

        By the day on which they were worked; what is worked after the last closing belongs to
        none yet.

        :param lines: see ``_timesheet_lines``
        """
        return SQL(
            """
            SELECT 'timesheet', closing.date, closing.ticket_id,
                   3600 * COALESCE(SUM(line.hours), 0), TRUE
              FROM (
                   SELECT id, ticket_id, date, day,
                          LAG(day) OVER (PARTITION BY ticket_id ORDER BY date, id) AS day_before
                     FROM (
                          SELECT id, ticket_id, date,
                                 (date AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS day
                            FROM loyalty_service_sla_entry
                           WHERE kind = 'closed' AND ticket_id IN (
                                 SELECT ticket_id FROM loyalty_service_sla_entry
                                  WHERE kind = 'closed' AND date >= %(since)s)
                          ) AS dated
                   ) AS closing
              JOIN helpdesk_ticket ticket
                ON ticket.id = closing.ticket_id AND ticket.company_id = %(company)s
         LEFT JOIN (%(lines)s) AS line (ticket_id, day, hours)
                ON line.ticket_id = closing.ticket_id AND line.day <= closing.day
               AND (closing.day_before IS NULL OR line.day > closing.day_before)
             WHERE closing.date >= %(since)s
          GROUP BY closing.id, closing.ticket_id, closing.date
            """,
            lines=lines,
            tz=self.company_id._loyalty_tz_name(),
            **bounds,
        )

    def _facts_of_clients(self, bounds):
        """Return complaints, and what clients said of tickets in the way of another addon."""
        queries = [
            SQL(
                """
                SELECT 'complaint', received_date, ticket_id, NULL, FALSE
                  FROM loyalty_service_complaint
                 WHERE active AND received_date >= %(since)s AND company_id = %(company)s
                """,
                **bounds,
            ),
        ]
        # Another addon may have clients rate tickets as well.
        if "rating.rating" in self.env:
            queries.append(
                SQL(
                    """
                    SELECT 'rating', COALESCE(rated_on, write_date), res_id, rating,
                           rating >= %(content)s
                      FROM rating_rating
                     WHERE res_model = 'helpdesk.ticket' AND consumed AND rating >= 1
                       AND COALESCE(rated_on, write_date) >= %(since)s
                    """,
                    content=engine.CONTENT,
                    **bounds,
                )
            )
        return queries

    def _facts_of_now(self):
        """Return how the desk stands at this moment, whatever the period."""
        return [
            SQL(
                """
                SELECT now.what, NULL::timestamp, ticket.id, NULL, TRUE
                  FROM helpdesk_ticket ticket
                  JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
            CROSS JOIN LATERAL (VALUES
                       ('now_open', TRUE),
                       ('now_client', COALESCE(ticket.loyalty_sla_pause_reason, CASE
                            WHEN stage.loyalty_sla_pause THEN stage.loyalty_sla_pause_reason
                            END) = 'client'),
                       ('now_late', ticket.loyalty_sla_state = 'breached'
                                    OR ticket.loyalty_sla_deadline < %(now)s)
                       ) AS now (what, holds)
                 WHERE now.holds AND ticket.active AND stage.closed IS NOT TRUE
                   AND ticket.company_id = %(company)s
                """,
                now=fields.Datetime.now(),
                company=self.company_id.id,
            )
        ]

    @api.model
    def _timesheet_lines(self):
        """Return (ticket, day, hours) of the timesheets of tickets as SQL, None without any.

        They are written by an addon that gives them a ticket, such as OCA's for helpdesk_mgmt.
        """
        lines = self.env.get("account.analytic.line")
        field = lines is not None and lines._fields.get("ticket_id")
        if not field or not field.store or field.comodel_name != "helpdesk.ticket":
            return None
        return SQL(
            "SELECT ticket_id, date, unit_amount FROM account_analytic_line"
            " WHERE ticket_id IS NOT NULL"
        )
