import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.health import Composition
from .client_health import BANDS

DAILY_FOR_DAYS = 90
VACUUM_LIMIT = 10_000


class HealthSnapshot(models.Model):
    """The health of a client on one day. Written by the nightly action, read by everybody.

    A client of whom nothing is known has no snapshot: no score is not a score of 0.
    """

    _name = "loyalty.service.health.snapshot"
    _description = "Health Score"
    _order = "date desc, id desc"
    _rec_name = "date"
    _log_access = False

    client_id = fields.Many2one(
        "loyalty.service.client", required=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", readonly=True
    )
    date = fields.Date(required=True, index=True, readonly=True)
    score = fields.Float(aggregator="avg", readonly=True)
    confidence = fields.Float(aggregator="avg", readonly=True)
    band = fields.Selection(BANDS, required=True, readonly=True)
    line_ids = fields.One2many("loyalty.service.health.snapshot.line", "snapshot_id")

    _client_day_unique = models.UniqueIndex(
        "(client_id, date)", "A client has one health score per day."
    )

    def _composition(self):
        """Return the snapshot as the engine's composition, keyed by dimension."""
        self.ensure_one()
        lines = self.line_ids
        return Composition(
            score=self.score,
            confidence=self.confidence,
            shares={line.dimension_id: (line.contribution + line.lost) / 100 for line in lines},
            scores={line.dimension_id: line.score for line in lines},
            contributions={line.dimension_id: line.contribution for line in lines},
        )

    @api.model
    def _latest_before(self, clients, date, days=7):
        """Return for each client its snapshot of ``days`` before ``date``.

        When there is none of that very day, the last one before it, if not twice as old.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (client_id) id
                  FROM loyalty_service_health_snapshot
                 WHERE client_id IN %(clients)s
                   AND date <= %(last)s AND date >= %(first)s
              ORDER BY client_id, date DESC
                """,
                clients=tuple(clients.ids) or (0,),
                last=date - timedelta(days=days),
                first=date - timedelta(days=2 * days),
            )
        )
        return self.browse([row[0] for row in rows])

    # ------------------------------------------------------------------
    # Store
    # ------------------------------------------------------------------

    @api.model
    def _store(self, date, rows):
        """Store one snapshot per client and day, and return ``{client id: snapshot id}``.

        A second call for the same day replaces what the first one stored; with the same figures
        it changes nothing. Three statements, however many clients.

        :param rows: dicts with client_id, company_id, score, confidence, band and lines, which
            are dicts with dimension_id, weight, score, contribution, lost and facts
        """
        if not rows:
            return {}
        ids = dict(
            self.env.execute_query(
                SQL(
                    """
                    INSERT INTO loyalty_service_health_snapshot AS known
                                (client_id, company_id, date, score, confidence, band)
                    SELECT client_id, company_id, %(date)s, score, confidence, band
                      FROM jsonb_to_recordset(%(rows)s::jsonb) AS row (
                           client_id int, company_id int, score float8, confidence float8, band text
                           )
               ON CONFLICT (client_id, date) DO UPDATE
                       SET score = EXCLUDED.score,
                           confidence = EXCLUDED.confidence,
                           band = EXCLUDED.band
                 RETURNING client_id, id
                    """,
                    date=date,
                    rows=json.dumps([{**row, "lines": None} for row in rows]),
                )
            )
        )
        lines = [
            {"snapshot_id": ids[row["client_id"]], **line} for row in rows for line in row["lines"]
        ]
        self.env["loyalty.service.health.snapshot.line"]._store(list(ids.values()), lines)
        self.invalidate_model()
        return ids

    @api.autovacuum
    def _gc_weekly(self):
        """Thin out: after 90 days one snapshot a week stays, that of its last day.

        :return: number of deleted snapshots, and whether there are more
        """
        rows = self.env.execute_query(
            SQL(
                """
                DELETE FROM loyalty_service_health_snapshot
                 WHERE id IN (
                       SELECT old.id
                         FROM loyalty_service_health_snapshot old
                        WHERE old.date < %(limit)s
                          AND EXISTS (
                              SELECT 1
                                FROM loyalty_service_health_snapshot later
                               WHERE later.client_id = old.client_id
                                 AND later.date > old.date
                                 AND later.date < date_trunc('week', old.date) + interval '7 days'
                              )
                        LIMIT %(at_once)s
                       )
             RETURNING id
                """,
                limit=self.env.company._loyalty_day() - timedelta(days=DAILY_FOR_DAYS),
                at_once=VACUUM_LIMIT,
            )
        )
        self.invalidate_model()
        return len(rows), int(len(rows) == VACUUM_LIMIT)
