from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..amounts import points_text
from ..engine import rhythm

METRICS = [
    ("satisfaction", "Mean satisfaction (0 to 100)"),
    ("cover", "Days until an agreement ends that is not renewed"),
    ("silence", "Silence, in usual contact gaps"),
    ("complaints", "Number of complaints"),
    ("revenue_trend", "Invoiced, against the time before (1 = the same)"),
    ("paid_late", "Part of the invoices paid late (0 to 1)"),
    ("tenure", "Months as a client"),
    ("recommendation", "Would recommend the firm (0 to 10)"),
    ("participation", "Number of times taken part"),
    ("points_used", "Part of the points that was used (0 to 1)"),
    ("problems", "Service problems per request (0 to 1)"),
]
# One invoice paid late says nothing about how a client pays, one call nothing about a rhythm.
MIN_INVOICES = 2
MIN_CONTACT_DAYS = 2
# That nobody complained says something once there were some occasions to do so.
MIN_OCCASIONS = 3
# Net promoter score: 9 and 10 are promoters. Who has recommended or praised the firm is one.
PROMOTER = 9
# How late the first invoice may come in the earlier of two windows that are compared.
GRACE_DAYS = 31
# What shows that the firm would have heard of a complaint.
HEARD_FROM = ["contact", "complaint", "praise", "satisfaction", "nps", "request", "participation"]


class HealthMetric(models.AbstractModel):
    """What a dimension can measure: one method and one statement per metric, for many clients.

    ``_metric_<name>(clients, date)`` returns ``{client id: value}`` or ``{client id: {"value":
    value, ...figures for the reason}}`` as of the end of ``date``. A client of whom nothing is
    known is left out: no answer is not a bad answer, and no complaint from a client that nobody
    has heard of is not a good sign.
    """

    _name = "loyalty.service.health.metric"
    _description = "Health Metrics"

    # ------------------------------------------------------------------
    # What happened, in the window that ends with the date
    # ------------------------------------------------------------------

    @api.model
    def _end_of(self, clients, date):
        """Return the first moment after ``date`` where the firm is, for half-open intervals."""
        return clients.company_id._loyalty_moment(date + timedelta(days=1))

    @api.model
    def _day_of(self, clients, moment):
        """Return the SQL of the day of a moment where the firm is."""
        tz = clients.company_id._loyalty_tz_name()
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, tz)

    def _count_events(self, clients, date, signals, aggregates=("__count",)):
        """Yield ``(client id, signal, *aggregates)`` of the standing events in the window."""
        Event = self.env["loyalty.service.event"]
        stop = self._end_of(clients, date)
        client_ids = {client.partner_id.id: client.id for client in clients}
        rows = Event._read_group(
            Domain(Event._domain_standing())
            & Domain("company_id", "=", clients.company_id.id)
            & Domain("partner_id", "in", list(client_ids))
            & Domain("signal", "in", signals)
            & Domain("date", ">=", stop - timedelta(days=self.window_days))
            & Domain("date", "<", stop),
            ["partner_id", "signal"],
            aggregates,
        )
        for partner, *row in rows:
            yield client_ids[partner.id], *row

    def _sum_by_client(self, clients, date, signals):
        """Return ``{client id: {signal: number of events}}``."""
        result = {}
        for client_id, signal, count in self._count_events(clients, date, signals):
            result.setdefault(client_id, dict.fromkeys(signals, 0))[signal] = count
        return result

    def _standing_events(self, clients, date, condition):
        """Return the SQL of the standing events of ``clients`` up to ``date``, of any age.

        Columns: client_id, date, amount.
        """
        self.env["loyalty.service.event"].flush_model()
        # The partners are named although the clients imply them: by them the database finds
        # the events of a batch, where it would otherwise read the whole ledger.
        return SQL(
            """
            SELECT client.id AS client_id, event.date, event.amount
              FROM loyalty_service_event event
              JOIN loyalty_service_client client
                ON client.partner_id = event.partner_id
               AND client.company_id = event.company_id
             WHERE event.partner_id IN %(partners)s
               AND event.company_id = %(company)s
               AND event.reversal_of_id IS NULL
               AND event.is_reversed IS NOT TRUE
               AND event.date < %(stop)s
               AND %(condition)s
            """,
            partners=tuple(clients.partner_id.ids),
            company=clients.company_id.id,
            stop=self._end_of(clients, date),
            condition=condition,
        )

    # ------------------------------------------------------------------
    # Satisfaction
    # ------------------------------------------------------------------

    def _metric_satisfaction(self, clients, date):
        return {
            client_id: {"value": mean, "count": count}
            for client_id, _signal, mean, count in self._count_events(
                clients, date, ["satisfaction"], ["value:avg", "__count"]
            )
        }

    @api.model
    def _reason_satisfaction(self, facts):
        if facts["count"] == 1:
            return self.env._("Satisfaction %(value).0f of 100 in one answer", **facts)
        return self.env._("Satisfaction %(value).0f of 100 in %(count)s answers", **facts)

    # ------------------------------------------------------------------
    # Retention
    # ------------------------------------------------------------------

    def _metric_cover(self, clients, date):
        """Days until the first end of an agreement for which no renewal is known.

        Negative when that day has passed and nobody has ended or renewed it. An agreement that
        runs without an end is as good as it gets. Notice given counts as no days left.
        """
        self.env["loyalty.service.agreement"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT agreement.client_id,
                       MIN(
                           CASE WHEN agreement.notice_on <= %(date)s
                                THEN agreement.ended_on ELSE agreement.date_end END
                       ) - %(date)s,
                       bool_or(COALESCE(agreement.notice_on <= %(date)s, FALSE))
                  FROM loyalty_service_agreement agreement
             LEFT JOIN loyalty_service_agreement renewal
                    ON renewal.id = agreement.renewed_by_id
                   AND LEAST(renewal.confirmed_on, renewal.date_start) <= %(date)s
                 WHERE agreement.client_id IN %(clients)s
                   AND agreement.state != 'draft'
                   AND LEAST(agreement.confirmed_on, agreement.date_start) <= %(date)s
                   AND renewal.id IS NULL
                   AND (agreement.ended_on IS NULL OR agreement.ended_on > %(date)s)
              GROUP BY agreement.client_id
                """,
                clients=tuple(clients.ids),
                date=date,
            )
        )
        return {
            client_id: {
                "value": self.good_value if days is None else min(days, 0) if notice else days,
                "days": days,
                "notice": notice,
            }
            for client_id, days, notice in rows
        }

    @api.model
    def _reason_cover(self, facts):
        days = facts["days"]
        if days is None:
            return self.env._("The agreement runs without an end")
        if facts["notice"]:
            return self.env._("Notice given: the service ends in %s days", max(days, 0))
        if days < 0:
            return self.env._("Agreement ended %s days ago and is not renewed", -days)
        if days == 0:
            return self.env._("Agreement ends today and is not renewed")
        if days == 1:
            return self.env._("Agreement ends tomorrow and is not renewed")
        if days >= self.good_value:
            return self.env._("The agreement runs for another %s days", days)
        return self.env._("Agreement ends in %s days and is not renewed", days)

    # ------------------------------------------------------------------
    # Interaction
    # ------------------------------------------------------------------

    def _metric_silence(self, clients, date):
        """Days since the last contact, in usual gaps between the contacts of the window.

        The window ends with the last contact, as that of the rhythm on the client's page does:
        both say the same gap, and a silence takes nothing from what was usual before.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT contact.client_id,
                       MAX(contact.date),
                       array_agg(contact.date)
                           FILTER (WHERE contact.date > contact.latest - %(window)s)
                  FROM (
                       SELECT found.*, MAX(date) OVER (PARTITION BY client_id) AS latest
                         FROM (%(contacts)s) found
                       ) contact
              GROUP BY contact.client_id
                HAVING COUNT(DISTINCT %(day)s) >= %(least)s
                """,
                window=timedelta(days=self.window_days),
                least=MIN_CONTACT_DAYS,
                day=self._day_of(clients, SQL("contact.date")),
                contacts=self._standing_events(clients, date, SQL("event.signal = 'contact'")),
            )
        )
        result = {}
        day_of = clients.company_id._loyalty_day
        for client_id, last, dates in rows:
            usual = rhythm.usual_gap(day_of(moment) for moment in dates or [])
            days = (date - day_of(last)).days
            gap = max(usual or self.model_id.usual_gap_days, rhythm.SHORTEST_GAP)
            result[client_id] = {
                "value": rhythm.silence_ratio(days, gap),
                "days": days,
                "usual": usual and round(usual),
            }
        return result

    @api.model
    def _reason_silence(self, facts):
        days, usual = facts["days"], facts["usual"]
        if days == 0:
            return self.env._("In contact today")
        if usual and usual <= rhythm.SHORTEST_GAP:
            # A shorter gap counts as a week: see the rhythm on the client's page.
            return self.env._("No contact for %s days; usually every week or more often", days)
        if usual:
            return self.env._("No contact for %(days)s days; usually every %(usual)s days", **facts)
        return self.env._("No contact for %s days", days)

    # ------------------------------------------------------------------
    # Feedback
    # ------------------------------------------------------------------

    def _metric_complaints(self, clients, date):
        return {
            client_id: counts["complaint"]
            for client_id, counts in self._sum_by_client(clients, date, HEARD_FROM).items()
            if counts["complaint"] or sum(counts.values()) >= MIN_OCCASIONS
        }

    @api.model
    def _reason_complaints(self, facts):
        if not facts["value"]:
            return self.env._("No complaint in %(window)s days", **facts)
        if facts["value"] == 1:
            return self.env._("1 complaint in %(window)s days", **facts)
        return self.env._("%(value)s complaints in %(window)s days", **facts)

    # ------------------------------------------------------------------
    # Value
    # ------------------------------------------------------------------

    def _metric_revenue_trend(self, clients, date):
        """Invoiced less credited in the window, against the window before it.

        Unknown for a client whose invoices do not reach back over both windows, since half a
        year against a whole one would look like growth.
        """
        stop = self._end_of(clients, date)
        window = timedelta(days=self.window_days)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT invoice.client_id,
                       COALESCE(SUM(invoice.amount) FILTER (WHERE invoice.date >= %(middle)s), 0),
                       SUM(invoice.amount) FILTER (WHERE invoice.date < %(middle)s
                                                     AND invoice.date >= %(start)s) AS before
                  FROM (%(invoices)s) invoice
              GROUP BY invoice.client_id
                HAVING MIN(invoice.date) < %(latest)s
                   AND SUM(invoice.amount) FILTER (WHERE invoice.date < %(middle)s
                                                     AND invoice.date >= %(start)s) > 0
                """,
                middle=stop - window,
                start=stop - 2 * window,
                latest=stop - 2 * window + timedelta(days=GRACE_DAYS),
                invoices=self._standing_events(clients, date, SQL("event.kind = 'invoice'")),
            )
        )
        return {
            client_id: {"value": float(now / before), "now": float(now), "before": float(before)}
            for client_id, now, before in rows
        }

    @api.model
    def _reason_revenue_trend(self, facts):
        change = round((facts["value"] - 1) * 100)
        if not change:
            return self.env._("Invoiced as much as in the %(window)s days before", **facts)
        if change < 0:
            return self.env._(
                "Invoiced %(change)s %% less than in the %(window)s days before",
                change=-change,
                window=facts["window"],
            )
        return self.env._(
            "Invoiced %(change)s %% more than in the %(window)s days before",
            change=change,
            window=facts["window"],
        )

    # ------------------------------------------------------------------
    # Relationship
    # ------------------------------------------------------------------

    def _metric_paid_late(self, clients, date):
        result = {}
        signals = ["paid_on_time", "paid_late"]
        for client_id, counts in self._sum_by_client(clients, date, signals).items():
            paid = sum(counts.values())
            if paid >= MIN_INVOICES:
                late = counts["paid_late"]
                result[client_id] = {"value": late / paid, "late": late, "paid": paid}
        return result

    @api.model
    def _reason_paid_late(self, facts):
        if not facts["late"]:
            return self.env._("All %(paid)s invoices paid on time", **facts)
        return self.env._("%(late)s of %(paid)s invoices paid late", **facts)

    def _metric_tenure(self, clients, date):
        """Months since the first agreement or invoice, whichever came first."""
        self.env["loyalty.service.agreement"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT sign.client_id, (%(date)s - MIN(sign.date)) / 30.4375
                  FROM (
                       SELECT invoice.client_id, %(day)s AS date FROM (%(invoices)s) invoice
                        UNION ALL
                       SELECT client_id, date_start
                         FROM loyalty_service_agreement
                        WHERE client_id IN %(clients)s AND state != 'draft'
                          AND date_start <= %(date)s
                       ) sign
              GROUP BY sign.client_id
                """,
                date=date,
                clients=tuple(clients.ids),
                day=self._day_of(clients, SQL("invoice.date")),
                invoices=self._standing_events(clients, date, SQL("event.kind = 'invoice'")),
            )
        )
        return {client_id: float(months) for client_id, months in rows}

    @api.model
    def _reason_tenure(self, facts):
        months = round(facts["value"])
        if months < 1:
            return self.env._("A client for less than a month")
        if months == 1:
            return self.env._("A client for 1 month")
        return self.env._("A client for %s months", months)

    # ------------------------------------------------------------------
    # Advocacy
    # ------------------------------------------------------------------

    def _metric_recommendation(self, clients, date):
        """Mean answer to "would you recommend us"; deeds count as the answer of a promoter."""
        totals = {}
        signals = ["nps", "advocacy", "praise"]
        for client_id, signal, points, count in self._count_events(
            clients, date, signals, ["value:sum", "__count"]
        ):
            told = totals.setdefault(client_id, {"points": 0.0, "answers": 0, "deeds": 0})
            if signal == "nps":
                told["points"] += points
                told["answers"] += count
            else:
                told["points"] += PROMOTER * count
                told["deeds"] += count
        return {
            client_id: {"value": told["points"] / (told["answers"] + told["deeds"]), **told}
            for client_id, told in totals.items()
        }

    @api.model
    def _reason_recommendation(self, facts):
        if not facts["answers"]:
            return self.env._("Has praised or recommended the firm")
        return self.env._("Would recommend the firm with %(value).0f of 10", **facts)

    # ------------------------------------------------------------------
    # Participation
    # ------------------------------------------------------------------

    def _metric_participation(self, clients, date):
        """Times taken part in the window, of clients that took part in it or the one before.

        Who never took part may never have been asked, so that nothing is known of it.
        """
        stop = self._end_of(clients, date)
        window = timedelta(days=self.window_days)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT part.client_id,
                       COUNT(*) FILTER (WHERE part.date >= %(middle)s),
                       COUNT(*) FILTER (WHERE part.date < %(middle)s)
                  FROM (%(parts)s) part
                 WHERE part.date >= %(start)s
              GROUP BY part.client_id
                """,
                middle=stop - window,
                start=stop - 2 * window,
                parts=self._standing_events(clients, date, SQL("event.signal = 'participation'")),
            )
        )
        return {client_id: {"value": now, "before": before} for client_id, now, before in rows}

    @api.model
    def _reason_participation(self, facts):
        if facts["value"] == 1:
            return self.env._("Took part once in %(window)s days", **facts)
        if facts["value"]:
            return self.env._("Took part %(value)s times in %(window)s days", **facts)
        return self.env._(
            "Took part in nothing for %(window)s days; %(before)s times before that", **facts
        )

    # ------------------------------------------------------------------
    # Rewards
    # ------------------------------------------------------------------

    def _metric_points_used(self, clients, date):
        """Part of the points that could be used in the window and were.

        used = spent, less what cancelled orders gave back; could be used = used + expired + what
        is left. Unknown for a client that had no points before the window, and so hardly time.
        """
        self.env["loyalty.service.move"].flush_model()
        stop = self._end_of(clients, date)
        start = stop - timedelta(days=self.window_days)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT told.client_id, told.used, told.used + told.expired + told.remaining
                  FROM (
                       SELECT client.id AS client_id,
                              SUM(move.points) AS remaining,
                              COALESCE(-SUM(move.points) FILTER (
                                  WHERE move.date >= %(start)s
                                    AND (
                                        move.kind = 'spend'
                                        OR move.kind = 'reverse' AND move.points > 0
                                    )
                              ), 0) AS used,
                              COALESCE(-SUM(move.points) FILTER (
                                  WHERE move.date >= %(start)s AND move.kind = 'expire'
                              ), 0) AS expired
                         FROM loyalty_service_client client
                         JOIN loyalty_service_move move
                           ON move.partner_id = client.partner_id
                          AND move.company_id = client.company_id
                        WHERE client.id IN %(clients)s AND move.date < %(stop)s
                     GROUP BY client.id
                       HAVING MIN(move.date) < %(start)s
                       ) told
                 WHERE told.used + told.expired + told.remaining > 0
                """,
                clients=tuple(clients.ids),
                start=start,
                stop=stop,
            )
        )
        return {
            client_id: {
                "value": float(used / usable),
                "used": round(used),
                "usable": round(usable),
            }
            for client_id, used, usable in rows
        }

    @api.model
    def _reason_points_used(self, facts):
        numbers = {
            "used": points_text(self.env, facts["used"]),
            "usable": points_text(self.env, facts["usable"]),
            "window": facts["window"],
        }
        if not facts["used"]:
            return self.env._(
                "Used none of the %(usable)s points that were there in %(window)s days", **numbers
            )
        return self.env._(
            "Used %(used)s of the %(usable)s points that were there in %(window)s days", **numbers
        )

    # ------------------------------------------------------------------
    # Service quality
    # ------------------------------------------------------------------

    def _metric_problems(self, clients, date):
        return {
            client_id: {
                "value": counts["problem"] / max(counts["request"], 1),
                "problems": counts["problem"],
                "requests": counts["request"],
            }
            for client_id, counts in self._sum_by_client(
                clients, date, ["request", "problem"]
            ).items()
        }

    @api.model
    def _reason_problems(self, facts):
        if not facts["problems"]:
            return self.env._("No service problem in %(requests)s requests", **facts)
        if facts["problems"] == 1:
            return self.env._("1 service problem in %(window)s days", **facts)
        return self.env._("%(problems)s service problems in %(window)s days", **facts)
