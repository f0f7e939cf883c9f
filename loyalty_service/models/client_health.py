from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..batch import do_claimed, work_off
from ..engine import health
from .loyalty_program import MANAGER

BANDS = [
    ("healthy", "Healthy"),
    ("watch", "To watch"),
    ("risk", "At risk"),
    ("unknown", "Too little known"),
]
CLIENTS_AT_ONCE = 200
# A dimension that scores less than this is named among the reasons.
WEAK_BELOW = 75
REASONS = 3
HISTORY_DAYS = 180


class ClientHealth(models.Model):
    """The health of a client, as of the last night."""

    _inherit = "loyalty.service.client"

    health_score = fields.Float(string="Health", aggregator="avg", readonly=True)
    health_confidence = fields.Float(
        string="Known",
        aggregator="avg",
        readonly=True,
        help="Part of the picture that the health score could be computed from.",
    )
    health_band = fields.Selection(
        BANDS, string="State", required=True, default="unknown", index=True, readonly=True
    )
    health_date = fields.Date(string="Scored on", index=True, readonly=True)
    health_stale = fields.Boolean(
        string="To be Scored Again",
        compute="_compute_health_stale",
        search="_search_health_stale",
        help="Something has happened since the latest score, which is renewed within minutes.",
    )
    health_delta = fields.Float(
        string="Change in 7 Days", aggregator="avg", readonly=True, help="Points of the score."
    )
    health_error = fields.Char(
        string="Scoring Failed", readonly=True, help="Why this client could not be scored."
    )
    health_snapshot_id = fields.Many2one(
        "loyalty.service.health.snapshot",
        string="Latest Score",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )
    health_line_ids = fields.One2many(related="health_snapshot_id.line_ids")
    health_reasons = fields.Text(
        string="Reasons",
        compute="_compute_health_reasons",
        help="What costs this client most points, the worst first.",
    )
    health_breakdown = fields.Json(compute="_compute_health_breakdown")

    # ------------------------------------------------------------------
    # What is new since the latest score
    # ------------------------------------------------------------------

    def _compute_health_stale(self):
        # sudo: whether there are requests for a score of these very clients; nobody else reads
        # or writes the requests.
        Request_sudo = self.env["loyalty.service.health.request"].sudo()
        asked = {
            client.id
            for (client,) in Request_sudo._read_group(
                [("client_id", "in", self.ids)], ["client_id"]
            )
        }
        for client in self:
            client.health_stale = client.id in asked

    def _search_health_stale(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: as in _compute_health_stale.
        Request_sudo = self.env["loyalty.service.health.request"].sudo()
        return [("id", "in", Request_sudo._search([]).subselect("client_id"))]

    # ------------------------------------------------------------------
    # Show
    # ------------------------------------------------------------------

    @api.depends("health_snapshot_id", "health_band")
    @api.depends_context("lang")
    def _compute_health_reasons(self):
        for client in self:
            client.health_reasons = "\n".join(
                line.reason for line in client._health_weak_lines()[:REASONS]
            )

    def _health_weak_lines(self):
        """Return the lines of the latest score that cost points, the worst first."""
        return self.health_line_ids.filtered(
            lambda line: line.score < WEAK_BELOW and line.lost > 0
        ).sorted("lost", reverse=True)

    @api.depends("health_snapshot_id", "health_band", "health_date")
    @api.depends_context("lang")
    def _compute_health_breakdown(self):
        """Gather what the picture of the health on the client's form shows, per client."""
        Snapshot = self.env["loyalty.service.health.snapshot"]
        today = self.env.company._loyalty_day()
        before = {
            snapshot.client_id: snapshot
            for date, clients in self.filtered("health_date").grouped("health_date").items()
            for snapshot in Snapshot._latest_before(clients, date)
        }
        history = Snapshot._read_group(
            [("client_id", "in", self.ids), ("date", ">=", today - timedelta(days=HISTORY_DAYS))],
            ["client_id"],
            ["date:array_agg", "score:array_agg"],
        )
        points = {
            client: sorted(zip(dates, scores, strict=True)) for client, dates, scores in history
        }
        models_ = {
            company: self.env["loyalty.service.health.model"]._get_for_company(company)
            for company in self.company_id
        }
        for client in self:
            client.health_breakdown = client._prepare_health_breakdown(
                models_[client.company_id],
                before.get(client, Snapshot),
                points.get(client, []),
            )

    def _prepare_health_breakdown(self, model, before, history):
        self.ensure_one()
        snapshot = self.health_snapshot_id
        change = (
            health.explain_change(before._composition(), snapshot._composition())
            if before and snapshot
            else {}
        )
        lines = snapshot.line_ids.sorted("lost", reverse=True)
        shown = health.round_to_sum({line: line.contribution for line in lines}, 1)
        unmeasured = model.dimension_ids.filtered("weight") - lines.dimension_id
        return {
            "band": self.health_band,
            "band_label": dict(self._fields["health_band"]._description_selection(self.env))[
                self.health_band
            ],
            "score": round(snapshot.score, 1) if snapshot else None,
            "confidence": self.health_confidence,
            "confidence_text": self._health_confidence_text(),
            "error": self.health_error or None,
            "date": fields.Date.to_string(self.health_date) or None,
            "before": fields.Date.to_string(before.date) or None,
            "delta": round(self.health_delta, 1) if before else None,
            "lines": [
                {
                    "id": line.dimension_id.id,
                    "name": line.dimension_id.name,
                    "score": round(line.score),
                    "state": health.band(
                        line.score,
                        1,
                        risk_below=model.risk_below,
                        watch_below=model.watch_below,
                        min_confidence=0,
                    ),
                    "share": (line.contribution + line.lost) / 100,
                    "contribution": shown[line],
                    "reason": line.reason,
                    "change": round(change.get(line.dimension_id, 0.0), 1),
                }
                for line in lines
            ],
            "gone": [
                {
                    "id": dimension.id,
                    "name": dimension.name,
                    "change": round(points, 1),
                }
                for dimension, points in change.items()
                if dimension not in lines.dimension_id and round(points, 1)
            ],
            "missing": [
                {"id": dimension.id, "name": dimension.name, "hint": dimension.hint or ""}
                for dimension in unmeasured
            ],
            "history": [
                {"date": fields.Date.to_string(date), "score": round(score, 1)}
                for date, score in history
            ],
        }

    def _health_confidence_text(self):
        """Say how much the score can be relied on."""
        self.ensure_one()
        if not self.health_snapshot_id:
            if self.client_since and not self.has_active_agreement:
                return self.env._("No agreement is running, so there is nothing to score")
            return self.env._("Not enough has happened yet for a score")
        if self.health_band == "unknown":
            text = self.env._("Too little is known for a judgement")
        elif self.health_confidence >= 0.75:
            text = self.env._("Well founded")
        elif self.health_confidence >= 0.5:
            text = self.env._("Fairly founded")
        else:
            text = self.env._("Thinly founded")
        return self.env._(
            "%(text)s: %(percent)s %% of the picture",
            text=text,
            percent=round(self.health_confidence * 100),
        )

    # ------------------------------------------------------------------
    # Score
    # ------------------------------------------------------------------

    @api.model
    def _health_due_domain(self):
        """Return the domain of clients of whom something is not in their score.

        Either something has happened since, or they have no score of the day that it is where
        the firm is.
        """
        return Domain("health_stale", "=", True) | Domain.OR(
            Domain("company_id", "=", company.id)
            & (
                Domain("health_date", "=", False)
                | Domain("health_date", "<", company._loyalty_day())
            )
            for company in self.env["res.company"].search([])
        )

    @api.model
    def _cron_health(self):
        due = self.search(self._health_due_domain(), order="company_id, id")
        work_off(due, lambda clients: clients._update_health_due(), CLIENTS_AT_ONCE)

    def _ask_for_health(self):
        """Have the clients in ``self`` scored again within minutes.

        Nothing that happens with a client waits for its score, nor is it lost to a score that
        somebody computes right now; see the requests.
        """
        if not self:
            return
        # sudo: who records what happened need not know of the scores of these very clients.
        self.env["loyalty.service.health.request"].sudo()._add(self)
        cron = self.env.ref("loyalty_service.ir_cron_health", raise_if_not_found=False)
        # Nothing that happens with a client may fail for want of this scheduled action.
        if cron and not self._has_called(cron):
            cron._trigger()

    def _has_called(self, cron):
        """Tell whether this transaction has called the scheduled action already.

        A call of another transaction is none: it may be answered before this one commits.
        """
        # sudo: when the scheduled action is called is the system's.
        return bool(
            self.env["ir.cron.trigger"]
            .sudo()
            .search_count(
                [("cron_id", "=", cron.id), ("create_date", "=", self.env.cr.now())], limit=1
            )
        )

    def _after_merge(self):
        result = super()._after_merge()
        self._ask_for_health()
        return result

    def _update_health_due(self):
        """Score those of ``self`` that nobody else is scoring or has scored today.

        A client that cannot be scored is marked and does not keep the others from their score.
        """
        do_claimed(
            self,
            lambda clients: clients._update_health(),
            lambda clients: clients.filtered_domain(clients._health_due_domain()),
            lambda client, error: client._note_health_error(error),
        )

    def _note_health_error(self, error):
        """Keep why the client could not be scored; it is tried again the next day."""
        self.write({"health_date": self.company_id._loyalty_day(), "health_error": str(error)})
        self.env["loyalty.service.health.request"]._remove(self)

    def _update_health(self, date=None):
        """Score the clients as of ``date`` (today without one), and store what came out.

        A date before the latest score adds to the history and leaves the client as it is, so
        that weeks can be replayed. Called again for the same date it changes nothing, unless
        what is known has changed. The number of queries does not depend on that of the clients.
        """
        for company, clients in self.grouped("company_id").items():
            model = self.env["loyalty.service.health.model"]._get_for_company(company)
            if model:
                clients._store_health(model, date or company._loyalty_day())

    def _store_health(self, model, date):
        left_ids = model._left_ids(self, date)
        served = self.filtered(lambda client: client.id not in left_ids)
        told = model._compute_health(served, date) if served else {}
        rows = [
            served.browse(client_id)._prepare_health_snapshot(model, *result)
            for client_id, result in told.items()
            if result[0].score is not None
        ]
        Snapshot = self.env["loyalty.service.health.snapshot"]
        snapshot_ids = Snapshot._store(date, rows)
        current = self.filtered(lambda client: not client.health_date or client.health_date <= date)
        before = {
            snapshot.client_id.id: snapshot.score
            for snapshot in Snapshot._latest_before(current, date)
        }
        by_client = {row["client_id"]: row for row in rows}
        for client in current:
            client.write(
                client._prepare_health_values(
                    date,
                    by_client.get(client.id),
                    snapshot_ids.get(client.id),
                    before.get(client.id),
                )
            )
        self.env["loyalty.service.health.request"]._remove(current)

    def _prepare_health_snapshot(self, model, told, facts):
        self.ensure_one()
        lost = health.losses(told)
        return {
            "client_id": self.id,
            "company_id": self.company_id.id,
            "score": told.score,
            "confidence": told.confidence,
            "band": model._band(told),
            "lines": [
                {
                    "dimension_id": dimension.id,
                    "weight": dimension.weight,
                    "score": told.scores[dimension],
                    "contribution": told.contributions[dimension],
                    "lost": lost[dimension],
                    "facts": facts[dimension],
                }
                for dimension in told.scores
            ],
        }

    def _prepare_health_values(self, date, row, snapshot_id, score_before):
        """Return what to write on the client; without a row nothing is known of it."""
        self.ensure_one()
        return {
            "health_score": row["score"] if row else 0.0,
            "health_confidence": row["confidence"] if row else 0.0,
            "health_band": row["band"] if row else "unknown",
            "health_delta": (
                row["score"] - score_before if row and score_before is not None else 0.0
            ),
            "health_date": date,
            "health_snapshot_id": snapshot_id or False,
            "health_error": False,
        }

    def action_update_health(self):
        """Score the clients now: for managers, on the form of a client and in its list."""
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only managers can score clients again."))
        self.check_access("read")
        # sudo: nobody may write scores by hand. The clients are those that the manager may
        # read, and what is written follows from the ledger.
        self.sudo()._update_health()
        return True
