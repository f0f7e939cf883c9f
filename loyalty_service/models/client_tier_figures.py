from collections import defaultdict
from datetime import date, datetime, timedelta

from odoo import models
from odoo.tools import SQL

from ..engine import tenure

# Signals of events that say that an invoice is paid, with its net amount.
PAID = ("paid_on_time", "paid_late")


class Client(models.Model):
    """What counts for the tiers of clients: one statement for any number, for each basis."""

    _inherit = "loyalty.service.client"

    def _tier_figures(self, basis, spans):
        """Return what fell into each span: ``{client id: {key: figure}}``, zeros left out.

        :param str basis: points, spend or tenure
        :param dict spans: see ``tiers.spans``: ``{key: (first day, last day)}`` for all
            clients, or ``{client: {key: ...}}`` where they differ
        """
        if not spans or not self:
            return {}
        if isinstance(next(iter(spans)), models.BaseModel):
            rows = [
                (client.id, key, *days) for client in self for key, days in spans[client].items()
            ]
        else:
            rows = [(None, key, *days) for key, days in spans.items()]
        result = defaultdict(dict)
        for client_id, number, figure in getattr(self, f"_read_tier_{basis}")(rows):
            if figure:
                result[client_id][rows[number][1]] = float(figure)
        return result

    def _tier_figures_query(self, basis, spans):
        """Return the figures as a query of ``(client_id, number, figure)``, zeros as they come.

        :param dict spans: ``{key: (first day, last day)}``; ``number`` is the place of the key
        """
        return getattr(self, f"_query_tier_{basis}")(
            [(None, key, *days) for key, days in spans.items()]
        )

    # ------------------------------------------------------------------
    # Each basis, for rows of (client id or None for all, key, first day, last day): one
    # (client id, number of the row, figure) for each client and row
    # ------------------------------------------------------------------

    def _read_tier_points(self, rows):
        return self.env.execute_query(self._query_tier_points(rows))

    def _read_tier_spend(self, rows):
        return self.env.execute_query(self._query_tier_spend(rows))

    def _span_table(self, rows):
        """Return the spans as a table with the condition by which it belongs to a client.

        :param rows: ``(client id or None for all, number, since, until)``
        """
        table = SQL(
            "(VALUES %s) AS span (client_id, number, since, until)",
            SQL(", ").join(SQL("%s", row) for row in rows),
        )
        return table, SQL("span.client_id = client.id") if rows[0][0] else SQL("TRUE")

    def _query_tier_points(self, rows):
        """Points earned on the card, by the day on which they were earned."""
        table, belongs = self._span_table(
            [
                (client, number, first, last)
                for number, (client, _key, first, last) in enumerate(rows)
            ]
        )
        self.flush_recordset(["card_id"])
        return SQL(
            """
            SELECT client.id AS client_id, span.number, SUM(move.qualifying_points) AS figure
              FROM loyalty_service_client client
              JOIN %(table)s ON %(belongs)s
              JOIN loyalty_service_move move
                ON move.card_id = client.card_id
               AND move.earned_date BETWEEN span.since AND span.until
             WHERE client.id = ANY(%(ids)s) AND move.qualifying_points != 0
          GROUP BY client.id, span.number
            """,
            table=table,
            belongs=belongs,
            ids=list(self.ids),
        )

    def _query_tier_spend(self, rows):
        """Net amounts of paid invoices, by the day on which they were settled.

        In the currency of the client's company: amounts of events are.
        """
        company = self.company_id.ensure_one()

        def begin(day):
            return datetime.min if day == date.min else company._loyalty_moment(day)

        table, belongs = self._span_table(
            [
                (client, number, begin(first), begin(last + timedelta(days=1)))
                for number, (client, _key, first, last) in enumerate(rows)
            ]
        )
        return SQL(
            """
            SELECT client.id AS client_id, span.number, SUM(event.amount) AS figure
              FROM loyalty_service_client client
              JOIN %(table)s ON %(belongs)s
              JOIN loyalty_service_event event
                ON event.partner_id = client.partner_id
               AND event.company_id = client.company_id
               AND event.date >= span.since AND event.date < span.until
             WHERE client.id = ANY(%(ids)s) AND event.signal IN %(paid)s
               AND event.is_reversed IS NOT TRUE AND event.reversal_of_id IS NULL
          GROUP BY client.id, span.number
            """,
            table=table,
            belongs=belongs,
            ids=list(self.ids),
            paid=PAID,
        )

    def _read_tier_tenure(self, rows):
        """Full months under agreement, by the day on which each was complete."""
        spans = defaultdict(list)
        for number, (client_id, _key, first, last) in enumerate(rows):
            spans[client_id].append((number, first, last))
        return [
            (client_id, number, tenure.months_within(periods, first, last))
            for client_id, periods in self._under_agreement().items()
            for number, first, last in [*spans[None], *spans[client_id]]
        ]

    def _query_tier_tenure(self, rows):
        found = self._read_tier_tenure(rows)
        return SQL(
            """
            SELECT client_id, number, figure
              FROM unnest(%s::int[], %s::int[], %s::int[]) AS found (client_id, number, figure)
            """,
            *([row[column] for row in found] for column in range(3)),
        )

    def _under_agreement(self):
        """Return ``{client id: [(first day, last day)]}`` of the agreements of clients."""
        periods = defaultdict(list)
        for client_id, first, last in self.env.execute_query(
            SQL(
                """
                SELECT client_id, first_day, NULLIF(last_day, 'infinity')
                  FROM (%s) spell
                 WHERE client_id = ANY(%s)
                """,
                self.env["loyalty.service.agreement"]._under_agreement(),
                list(self.ids),
            )
        ):
            periods[client_id].append((first, last or date.max))
        return periods
