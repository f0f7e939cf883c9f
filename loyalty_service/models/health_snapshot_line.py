import json

from odoo import api, fields, models
from odoo.tools import SQL


class HealthSnapshotLine(models.Model):
    """What one dimension said about a client on one day.

    contribution + lost = 100 * the dimension's share of what is known. The reason is put into
    words when it is read, in the language of the reader.
    """

    _name = "loyalty.service.health.snapshot.line"
    _description = "Health Score by Dimension"
    _order = "lost desc, id"
    _log_access = False

    snapshot_id = fields.Many2one(
        "loyalty.service.health.snapshot",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    dimension_id = fields.Many2one(
        "loyalty.service.health.dimension",
        required=True,
        ondelete="restrict",
        readonly=True,
    )
    facts = fields.Json(readonly=True, help="What was measured, and the figures of the reason.")
    value = fields.Float(string="Measured", readonly=True)
    weight = fields.Float(readonly=True)
    score = fields.Float(digits=(5, 1), readonly=True)
    contribution = fields.Float(digits=(5, 1), readonly=True, help="Points of the overall score.")
    lost = fields.Float(
        string="Points Lost",
        readonly=True,
        help="Points that the overall score lacks because of this dimension.",
    )
    reason = fields.Char(compute="_compute_reason")

    _snapshot_dimension_unique = models.UniqueIndex(
        "(dimension_id, snapshot_id)", "A score has each dimension once."
    )

    @api.depends("facts", "dimension_id")
    @api.depends_context("lang")
    def _compute_reason(self):
        for line in self:
            line.reason = line.dimension_id._reason(line.facts)

    @api.model
    def _store(self, snapshot_ids, lines):
        """Make the lines of the snapshots be exactly ``lines``."""
        rows = json.dumps(lines)
        self.env.execute_query(
            SQL(
                """
                WITH gone AS (
                    DELETE FROM loyalty_service_health_snapshot_line line
                     WHERE line.snapshot_id IN %(snapshots)s
                       AND NOT EXISTS (
                           SELECT 1
                             FROM jsonb_to_recordset(%(rows)s::jsonb)
                                  AS row (snapshot_id int, dimension_id int)
                            WHERE row.snapshot_id = line.snapshot_id
                              AND row.dimension_id = line.dimension_id
                           )
                )
                INSERT INTO loyalty_service_health_snapshot_line
                            (snapshot_id, dimension_id, facts, value, weight, score,
                             contribution, lost)
                SELECT snapshot_id, dimension_id, facts, (facts->>'value')::float8, weight, score,
                       contribution, lost
                  FROM jsonb_to_recordset(%(rows)s::jsonb) AS row (
                       snapshot_id int, dimension_id int, facts jsonb, weight float8,
                       score float8, contribution float8, lost float8
                       )
           ON CONFLICT (snapshot_id, dimension_id) DO UPDATE
                   SET facts = EXCLUDED.facts,
                       value = EXCLUDED.value,
                       weight = EXCLUDED.weight,
                       score = EXCLUDED.score,
                       contribution = EXCLUDED.contribution,
                       lost = EXCLUDED.lost
             RETURNING id
                """,
                snapshots=tuple(snapshot_ids),
                rows=rows,
            )
        )
        self.invalidate_model()
