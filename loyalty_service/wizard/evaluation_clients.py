from datetime import datetime
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.tools import SQL

from ..engine import comparison, evaluation

# What a client does of its own accord, by the signal of the event: who took part in something,
# who recommended the firm.
OWN_ACTION = ("participation", "advocacy")
# Membership is decided by what happened in so many months before the landmark day.
MEMBER_MONTHS = 12


class Costs(NamedTuple):
    """What the programme cost in the period, in its currency.

    :ivar discounts: value of the points that were spent in orders
    :ivar rewards: cost of the rewards that were handed out
    :ivar referrals: value of the points given for referrals, which cost once they are spent
    :ivar revenue: invoiced, less credited, to clients who hold a card
    """

    discounts: float
    rewards: float
    referrals: float
    revenue: float

    @property
    def total(self):
        return self.discounts + self.rewards


class Evaluation(models.TransientModel):
    """What is read about clients, in one statement each."""

    _inherit = "loyalty.service.evaluation"

    # ------------------------------------------------------------------
    # Who takes part
    # ------------------------------------------------------------------

    def _spells(self):
        """Return the query of the times under agreement of the clients of the companies."""
        return SQL(
            "SELECT * FROM (%s) spell WHERE company_id IN %s",
            self.env["loyalty.service.agreement"]._under_agreement(),
            tuple(self._companies().ids),
        )

    def _points_in(self, since, until):
        """Return the query of points earned and used in a time: partner, moment, kind.

        As in the account of the points, a row belongs to the company that opened its lot. What
        was spent and came back in the time, since an order or a redemption was cancelled, was
        not used.
        """
        self.env["loyalty.service.move"].flush_model()
        return SQL(
            """
            SELECT move.partner_id, move.date, move.kind
              FROM loyalty_service_move move
              JOIN loyalty_service_move lot ON lot.id = move.lot_id
             WHERE move.program_id = %(program)s AND lot.company_id IN %(companies)s
               AND move.partner_id IS NOT NULL AND move.kind = 'award'
               AND move.date >= %(since)s AND move.date < %(until)s
             UNION ALL
            SELECT partner_id, date, kind
              FROM (
                   SELECT move.partner_id, move.date, move.kind,
                          SUM(move.points) FILTER (
                              WHERE move.kind = 'spend' OR move.points > 0
                          ) OVER (PARTITION BY move.card_id, move.origin) AS used
                     FROM loyalty_service_move move
                     JOIN loyalty_service_move lot ON lot.id = move.lot_id
                    WHERE move.program_id = %(program)s AND lot.company_id IN %(companies)s
                      AND move.partner_id IS NOT NULL AND move.kind IN ('spend', 'reverse')
                      AND move.date >= %(since)s AND move.date < %(until)s
                   ) AS point
             WHERE kind = 'spend' AND used < 0
            """,
            program=self.program_id.id,
            companies=tuple(self._companies().ids),
            since=since,
            until=until,
        )

    def _active_clients(self, spans):
        """Return the query of the clients that are active in a time: number of it, partner.

        Under agreement on at least a day of it; or, of clients that never had an agreement,
        with anything in the ledger of events.

        :param spans: list of (number, first day, last day)
        """
        moment = self.company_id._loyalty_moment
        self.env["loyalty.service.event"].flush_model()
        return SQL(
            """
            SELECT spans.number, spell.partner_id
              FROM (%(spells)s) spell
              JOIN (VALUES %(days)s) AS spans (number, first_day, last_day)
                ON spell.first_day <= spans.last_day AND spell.last_day >= spans.first_day
             UNION
            SELECT spans.number, event.partner_id
              FROM loyalty_service_client client
              JOIN loyalty_service_event event
                ON event.partner_id = client.partner_id AND event.company_id IN %(companies)s
              JOIN (VALUES %(moments)s) AS spans (number, since, until)
                ON event.date >= spans.since AND event.date < spans.until
             WHERE client.company_id IN %(companies)s AND event.date >= %(since)s
               AND NOT EXISTS (
                   SELECT
                     FROM loyalty_service_agreement agreement
                    WHERE agreement.partner_id = client.partner_id
                      AND agreement.company_id IN %(companies)s
                   )
            """,
            spells=self._spells(),
            days=SQL(", ").join(SQL("%s", tuple(span)) for span in spans),
            moments=SQL(", ").join(
                SQL("(%s, %s, %s)", number, moment(first), moment(last + relativedelta(days=1)))
                for number, first, last in spans
            ),
            since=min(moment(first) for _number, first, _last in spans),
            companies=tuple(self._companies().ids),
        )

    def _read_participation(self):
        """Return ``{month number: Participation}``, and of the whole period under None."""
        first, last = self._days()
        since, until = self._moments()
        months = self._months()
        spans = [(0, first, last)] + [
            (month, evaluation.first_day(month), min(evaluation.last_day(month), last))
            for month in months
        ]
        self.env["loyalty.card"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                WITH active AS (%(active)s),
                     acted AS (
                     SELECT DISTINCT %(before)s + width_bucket(date, %(edges)s::timestamp[])
                                AS month, partner_id, kind
                       FROM (%(points)s) point
                     ),
                     did AS (
                     SELECT number, partner_id, BOOL_OR(kind = 'award') AS earned,
                            BOOL_OR(kind = 'spend') AS spent
                       FROM acted
                      CROSS JOIN LATERAL (VALUES (acted.month), (0)) AS span (number)
                   GROUP BY number, partner_id
                     ),
                     holder AS (
                     SELECT DISTINCT partner_id
                       FROM loyalty_card
                      WHERE program_id = %(program)s AND active AND partner_id IS NOT NULL
                     )
                SELECT active.number, COUNT(*), COUNT(holder.partner_id),
                       COUNT(*) FILTER (WHERE did.earned), COUNT(*) FILTER (WHERE did.spent)
                  FROM active
             LEFT JOIN holder ON holder.partner_id = active.partner_id
             LEFT JOIN did ON did.number = active.number AND did.partner_id = active.partner_id
              GROUP BY active.number
                """,
                active=self._active_clients(spans),
                before=months[0] - 1,
                edges=[self.company_id._loyalty_moment(evaluation.first_day(m)) for m in months],
                program=self.program_id.id,
                points=self._points_in(since, until),
            )
        )
        found = {number or None: evaluation.Participation(*counts) for number, *counts in rows}
        nobody = evaluation.Participation(0, 0, 0, 0)
        return {number: found.get(number, nobody) for number in [None, *months]}

    # ------------------------------------------------------------------
    # What it costs
    # ------------------------------------------------------------------

    def _read_costs(self, account):
        """Return the :class:`Costs` of the period, in which ``account`` moved."""
        return Costs(
            discounts=self._worth(-(account.spent - account.rewards)),
            rewards=self._read_reward_cost(),
            referrals=self._worth(self._read_referral_points()),
            revenue=self._read_revenue(),
        )

    def _reward_domain(self):
        """Return the domain of the rewards that were handed out in the period.

        A discount is granted by an order: it costs the points that are spent in it.
        """
        since, until = self._moments()
        return [
            ("reward_id.program_id", "=", self.program_id.id),
            ("company_id", "in", self._companies().ids),
            ("state", "=", "delivered"),
            ("kind", "!=", "discount"),
            ("date_delivered", ">=", since),
            ("date_delivered", "<", until),
        ]

    def _read_reward_cost(self):
        """Return what the rewards cost that were handed out in the period."""
        _first, last = self._days()
        return sum(
            company.currency_id._convert(cost, self.currency_id, company, last)
            for company, cost in self.env["loyalty.service.redemption"]._read_group(
                self._reward_domain(), ["company_id"], ["cost:sum"]
            )
        )

    def _read_referral_points(self):
        """Return the points that were given for referrals in the period, less those taken back."""
        since, until = self._moments()
        [(points,)] = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(SUM(move.points), 0)::float8
                  FROM loyalty_service_move move
                  JOIN loyalty_service_event event ON event.id = move.event_id
                 WHERE move.program_id = %(program)s AND move.company_id IN %(companies)s
                   AND move.kind IN ('award', 'reverse') AND event.kind = 'referral'
                   AND move.date >= %(since)s AND move.date < %(until)s
                """,
                program=self.program_id.id,
                companies=tuple(self._companies().ids),
                since=since,
                until=until,
            )
        )
        return points

    def _read_revenue(self):
        """Return what was invoiced to holders of a card, in the programme's currency."""
        since, until = self._moments()
        _first, last = self._days()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT event.company_id, SUM(event.amount)::float8
                  FROM loyalty_service_event event
                 WHERE event.company_id IN %(companies)s AND event.kind = 'invoice'
                   AND event.is_reversed IS NOT TRUE AND event.reversal_of_id IS NULL
                   AND event.date >= %(since)s AND event.date < %(until)s
                   AND event.partner_id IN (
                       SELECT partner_id
                         FROM loyalty_card
                        WHERE program_id = %(program)s AND active
                       )
              GROUP BY event.company_id
                """,
                companies=tuple(self._companies().ids),
                program=self.program_id.id,
                since=since,
                until=until,
            )
        )
        revenue = 0.0
        for company_id, amount in rows:
            company = self.env["res.company"].browse(company_id)
            revenue += company.currency_id._convert(amount, self.currency_id, company, last)
        return revenue

    # ------------------------------------------------------------------
    # Members and comparable others
    # ------------------------------------------------------------------

    def _landmark(self):
        """Return the landmark day and the day on which is looked who is still a client."""
        _first, last = self._days()
        return last - relativedelta(months=int(self.horizon)), last

    def _members(self, day):
        """Return the query of the partners that are members on ``day``, by what came before."""
        until = self.company_id._loyalty_moment(day)
        since = self.company_id._loyalty_moment(day - relativedelta(months=MEMBER_MONTHS))
        if self.membership == "earned":
            return SQL(
                "SELECT partner_id FROM (%s) point WHERE kind = 'award'",
                self._points_in(datetime.min, until),
            )
        redeemed = SQL(
            "SELECT partner_id FROM (%s) point WHERE kind = 'spend'", self._points_in(since, until)
        )
        if self.membership == "redeemed":
            return redeemed
        return SQL(
            """
            %(redeemed)s
             UNION
            SELECT partner_id
              FROM loyalty_service_event
             WHERE company_id IN %(companies)s AND signal IN %(signals)s
               AND is_reversed IS NOT TRUE AND reversal_of_id IS NULL
               AND date >= %(since)s AND date < %(until)s
            """,
            redeemed=redeemed,
            companies=tuple(self._companies().ids),
            signals=OWN_ACTION,
            since=since,
            until=until,
        )

    def _read_subjects(self):
        """Return ``{partner id: comparison.Subject}`` of all clients on the landmark day.

        Nothing is looked at that was not so on that day, but for whether the client stayed.
        """
        day, later = self._landmark()
        rows = self.env.execute_query(
            SQL(
                """
                WITH client AS (
                     SELECT partner_id, MIN(first_day) AS first_day,
                            COALESCE(
                                SUM(monthly_amount) FILTER (
                                    WHERE first_day <= %(day)s AND last_day >= %(day)s
                                ), 0
                            )::float8 AS amount,
                            BOOL_OR(first_day <= %(later)s AND last_day >= %(later)s) AS stayed
                       FROM (%(spells)s) spell
                   GROUP BY partner_id
                     HAVING BOOL_OR(first_day <= %(day)s AND last_day >= %(day)s)
                     )
                SELECT client.partner_id, client.amount, %(day)s - client.first_day,
                       client.stayed, client.partner_id IN (%(members)s),
                       partner.industry_id, partner.user_id
                  FROM client
                  JOIN res_partner partner ON partner.id = client.partner_id
                """,
                spells=self._spells(),
                members=self._members(day),
                day=day,
                later=later,
            )
        )
        edges = comparison.amount_edges([row[1] for row in rows])
        return {
            partner_id: comparison.Subject(
                is_member=is_member,
                stayed=stayed,
                stratum=(
                    comparison.band(amount, edges),
                    comparison.band(tenure, comparison.TENURE_EDGES),
                    {"industry": industry_id, "manager": user_id}.get(self.match_on),
                ),
            )
            for partner_id, amount, tenure, stayed, is_member, industry_id, user_id in rows
        }
