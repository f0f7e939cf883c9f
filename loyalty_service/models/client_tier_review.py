from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ..batch import do_claimed, isolate, work_off
from ..bulk import update
from ..engine import tiers
from ..ladder_sql import LadderSql

BATCH = 1000


class Sifted(NamedTuple):
    """A client about which something is to be written at the review.

    :ivar figure: what counts for its tier by now, if its tier stays
    :ivar stays: whether the figure is all there is to write; else it has to be judged
    """

    client_id: int
    figure: float
    stays: bool


class Client(models.Model):
    """The daily review of all tiers.

    On most days nothing changes for most clients. The database finds those for whom something
    may: one statement adds up what counts and compares it with the ladder. It passes over a
    client only where ``engine/tiers.py`` would leave everything as it is. The others are marked
    and judged by that, batch by batch; an action that was stopped goes on with those that are
    marked.
    """

    _inherit = "loyalty.service.client"

    tier_due = fields.Boolean(
        string="Tier to be Reviewed", readonly=True, copy=False, help="Something changes today."
    )

    _tier_due_idx = models.Index("(id) WHERE tier_due")

    @api.model
    def _cron_review_tiers(self):
        firms = [company.id for [company] in self._read_group([], ["company_id"])]
        companies = self.env["res.company"].search([("id", "in", firms)])._loyalty_to_review()
        work_off(companies, lambda company: isolate(company, self._find_due_tiers), 1)
        due = self.search([("tier_due", "=", True)], order="id")
        work_off(due, lambda clients: clients._review_tiers_due(), BATCH)

    def _review_tiers_due(self):
        """Review those of ``self`` that nobody else reviews."""
        do_claimed(self, lambda clients: clients._update_tiers(review=True))

    @api.model
    def _find_due_tiers(self, company):
        """Mark the clients of ``company`` whose tier has to be judged today.

        Where somebody else works on one of them, the next run looks again.
        """
        if self.search([("company_id", "=", company.id)])._mark_due_tiers(company):
            company.loyalty_reviewed_on = company._loyalty_day()

    def _mark_due_tiers(self, company):
        """Write what counts for those of ``self`` whose tier stays, and mark the others.

        :return: whether nobody else works on any of them
        """
        sifted = self._sift(company)
        claimed = self.browse(found.client_id for found in sifted).try_lock_for_update(
            allow_referencing=True
        )
        held = set(claimed.ids)
        figures = {
            found.client_id: found.figure
            for found in sifted
            if found.stays and found.client_id in held
        }
        update(self.browse(figures), {"qualifying_points": list(figures.values())})
        due = [found.client_id for found in sifted if not found.stays and found.client_id in held]
        update(self.browse(due), {"tier_due": [True] * len(due)})
        return len(held) == len(sifted)

    # ------------------------------------------------------------------
    # What the engine would leave as it is, in SQL
    # ------------------------------------------------------------------

    def _sift(self, company):
        """Return the :class:`Sifted` of those of ``self``, all served by ``company``.

        Who is not among them has the figure, the tier and the review that the engine would
        give it. Who has, or had until today, a tier that somebody gave it is always judged.
        """
        # sudo: tiers follow from the settings of the programme, whoever has them reviewed.
        program = self.env["loyalty.program"]._get_service_program(company).sudo()
        rungs = tiers.sort(self.env["loyalty.service.tier"]._ladder(program)._rungs())
        if not rungs or not self:
            return []
        self.flush_model(["tier_id", "tier_review_date", "tier_told_on", "qualifying_points"])
        self.env["loyalty.service.tier.override"].flush_model(["client_id", "state"])
        today = company._loyalty_day()
        spans = tiers.spans(rungs, today)
        ladder = LadderSql(rungs, list(spans), today, program.tier_grace_days)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, figure, stays
                  FROM (
                       SELECT client.id, client.qualifying_points, %(figure)s AS figure,
                              (%(stays)s) IS TRUE AND given.client_id IS NULL AS stays
                         FROM loyalty_service_client client
                    LEFT JOIN (
                              SELECT client_id, %(sums)s
                                FROM (%(figures)s) found
                            GROUP BY client_id
                              ) counted ON counted.client_id = client.id
                    LEFT JOIN (
                              SELECT DISTINCT client_id
                                FROM loyalty_service_tier_override
                               WHERE state != 'ended'
                              ) given ON given.client_id = client.id
                   CROSS JOIN LATERAL (
                              SELECT %(has)s AS has, %(earned)s AS earned,
                                     %(left_over)s AS left_over
                              ) place
                        WHERE client.id = ANY(%(ids)s)
                       ) client
                 WHERE NOT stays OR figure != COALESCE(qualifying_points, 0)
              ORDER BY id
                """,
                figures=self._tier_figures_query(program.tier_basis, spans),
                ids=list(self.ids),
                sums=ladder.sums(),
                has=ladder.place_of_tier(),
                earned=ladder.place_earned(),
                left_over=ladder.place_left_over(),
                figure=ladder.figure(),
                stays=ladder.stays(),
            )
        )
        return [Sifted(*row) for row in rows]
