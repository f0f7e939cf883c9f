from datetime import date
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..columns import pick, rows, split
from ..engine import tiers

# Reasons of steps that somebody decided, and not the figures.
DECIDED = ("override", "contest")


class Standing(NamedTuple):
    """Where a client stands, as its record says it.

    :ivar review: day on which it is lowered unless more comes in, or None
    :ivar told: day on which it was told of the review, or None
    :ivar figure: what counts, in the unit of the programme
    """

    client_id: int
    tier_id: int | None
    review: date | None
    told: date | None
    figure: float


class Step(NamedTuple):
    """What becomes of a client's standing.

    :ivar lowers: whether it leads to a lower tier
    :ivar override: the one that gives the tier, or None
    """

    before: Standing
    after: Standing
    lowers: bool
    override: object

    def is_move(self):
        return self.before.tier_id != self.after.tier_id


class Client(models.Model):
    """Tiers follow what clients earn: up at once, down at the review."""

    _inherit = "loyalty.service.client"

    def _update_tiers(self, review=False):
        """Bring qualifying figures and tiers up to date: a few statements for any number.

        :param bool review: the daily review: it sets the day on which a client that falls short
            is lowered and tells it, and lowers those whose day has come. Without it tiers only
            go up, or where an override says, and a client that falls short is marked.
        """
        # sudo: tiers follow from the ledger, whoever made points move; only the clients in
        # ``self`` are written, and only what concerns their tier.
        Client_sudo = self.sudo()
        for company, clients in split(Client_sudo, "company_id").items():
            program = self.env["loyalty.program"]._get_service_program(company).sudo()
            today = company._loyalty_day()
            if review:
                self.env["loyalty.service.tier.override"].sudo()._turn(clients, today)
            clients._apply_ladder(program, today, review)
            if review:
                pick(clients, bool, "tier_due").tier_due = False

    @api.model
    def _update_tiers_of(self, cards):
        """Bring the tiers of the clients of ``cards`` up to date, in each company that has one.

        Points of a shared programme are earned in one company and count in all.
        """
        # sudo: as in _update_tiers.
        clients_sudo = self.sudo().with_context(active_test=False)
        clients_sudo.search([("card_id", "in", cards.ids)])._update_tiers()

    def _update_tiers_by(self, basis):
        """Bring up to date those of ``self`` whose tier is reached by ``basis``."""
        for company, clients in self.grouped("company_id").items():
            if self._tier_basis(company) == basis:
                clients._update_tiers()

    @api.model
    def _tier_basis(self, company):
        """Return what tiers are reached by in ``company``: points, spend or tenure."""
        # sudo: as in _update_tiers; one setting of the programme is read.
        return self.env["loyalty.program"]._get_service_program(company).sudo().tier_basis

    def _multipliers(self):
        """Return ``{partner id: by what the tier of the client multiplies what it earns}``."""
        # sudo: the tier of these clients and one figure of it, which points follow from.
        tier_of = dict(rows(self.sudo(), "partner_id", "tier_id"))
        tiers_sudo = self.env["loyalty.service.tier"].sudo().browse(set(tier_of.values()) - {None})
        multipliers = {tier.id: tier.multiplier or 1.0 for tier in tiers_sudo}
        return {
            partner_id: multipliers.get(tier_id, 1.0) for partner_id, tier_id in tier_of.items()
        }

    def _after_merge(self):
        result = super()._after_merge()
        self._update_tiers()
        return result

    # ------------------------------------------------------------------
    # Fetch, engine, store
    # ------------------------------------------------------------------

    def _apply_ladder(self, program, today, review):
        rungs = tiers.sort(self.env["loyalty.service.tier"]._ladder(program)._rungs())
        if not rungs:
            return
        found = self._tier_figures(program.tier_basis, tiers.spans(rungs, today))
        overrides = self.env["loyalty.service.tier.override"]._running(self, today)
        contested = set(self._contesting().ids) if review else set()
        fresh, told_ids, called_off_ids = [], [], []
        for standing in self._read_standings():
            client_id, tier_id, review_date, told_before, figure = standing
            points, lapse = tiers.count(found.get(client_id, {}), today)
            override = overrides.get(client_id)
            step = tiers.step(
                rungs,
                tier_id,
                points,
                today,
                # The grace begins when the client is told, thus at the daily review.
                review_date if told_before or not review else None,
                program.tier_grace_days,
                lapse,
                override and override._for_engine(),
            )
            lowers = tiers.is_lower(rungs, step.key, tier_id)
            exact = bool(override and override.exact)
            if lowers and not exact and (not review or client_id in contested):
                step = tiers.Step(tier_id, review_date)
            told_on = told_before if step.review and step.review == review_date else None
            if review and step.review and not told_on:
                told_ids.append(client_id)
                told_on = today
            if told_before and not step.review:
                called_off_ids.append(client_id)
            seen = tiers.following(rungs, step.key) or rungs[-1]
            qualifying = (lapse.left if lapse else points).get(seen.window, 0.0)
            by_override = False
            if step.key != tier_id:
                met = tiers.earned(rungs, points)
                given = override and step.key == override.tier_id.id
                by_override = given and (exact or step.key != (met and met.key))
            result = Standing(client_id, step.key, step.review, told_on, qualifying)
            if result != standing._replace(figure=figure or 0.0):
                fresh.append(Step(standing, result, lowers, override if by_override else None))
        self._write_standings([step.after for step in fresh], review)
        self._record_steps([step for step in fresh if step.is_move()], program)
        self.browse(called_off_ids)._close_review()
        self.browse(told_ids)._tell_review()

    def _read_standings(self):
        """Return the :class:`Standing` of each client in ``self``.

        Read past the ORM, which takes longer to hand out the values of ten thousand clients
        than the database takes to add up all their points.
        """
        self.flush_recordset(["tier_id", "tier_review_date", "tier_told_on", "qualifying_points"])
        found = self.env.execute_query(
            SQL(
                """
                SELECT id, tier_id, tier_review_date, tier_told_on, qualifying_points
                  FROM loyalty_service_client
                 WHERE id = ANY(%s)
              ORDER BY id
                """,
                list(self.ids),
            )
        )
        return [Standing(*row) for row in found]

    def _write_standings(self, standings, review):
        """Write where clients stand, in one statement for all.

        :param standings: list of :class:`Standing`
        :param bool review: whether this is the review that the clients were due for
        """
        if not standings:
            return
        names = ["tier_id", "tier_review_date", "tier_told_on", "qualifying_points", "tier_due"]
        clients = self.browse(standing.client_id for standing in standings)
        clients.flush_recordset([*names, "card_id", "points"])
        ids, tier_ids, reviews, told, figures = map(list, zip(*standings, strict=True))
        self.env["loyalty.card"].flush_model(["points"])
        # The balance comes along: where points were booked, it is about to follow them. So does
        # the mark of the review. A row is then written once.
        self.env.execute_query(
            SQL(
                """
                UPDATE loyalty_service_client client
                   SET tier_id = standing.tier_id, qualifying_points = standing.figure,
                       tier_review_date = standing.review, tier_told_on = standing.told,
                       points = COALESCE(card.points, 0),
                       tier_due = client.tier_due AND NOT %(review)s
                  FROM unnest(
                           %(ids)s::int[], %(tiers)s::int[], %(reviews)s::date[],
                           %(told)s::date[], %(figures)s::float8[]
                       ) AS standing (id, tier_id, review, told, figure)
                  JOIN loyalty_service_client same ON same.id = standing.id
             LEFT JOIN loyalty_card card ON card.id = same.card_id
                 WHERE client.id = standing.id
             RETURNING client.id
                """,
                ids=ids,
                tiers=tier_ids,
                reviews=reviews,
                told=told,
                figures=figures,
                review=review,
            )
        )
        clients.invalidate_recordset([*names, "points"], flush=False)
        clients.modified(names)

    def _record_steps(self, steps, program):
        """Keep why clients moved to other tiers, and give them the prices of these.

        :param steps: list of :class:`Step`
        """
        if not steps:
            return
        Change = self.env["loyalty.service.tier.change"]
        Tier = self.env["loyalty.service.tier"]
        clients = self.browse(step.after.client_id for step in steps)
        last = Change._last_of(clients)
        left = Tier.browse({step.before.tier_id for step in steps} - {None})
        standing_ids = {None, *left.filtered("active").ids}
        owners = rows(clients, "partner_id", "company_id")
        by_pair, changes = {}, []
        for step, (partner_id, company_id) in zip(steps, owners, strict=True):
            before = last.get(step.after.client_id)
            override = step.override
            if step.before.tier_id not in standing_ids:
                reason = "ladder"
            elif override:
                reason = "contest" if override.contest_id else "override"
            elif before and before.reason in DECIDED and (step.lowers or before.override_id.exact):
                reason = "override_ended"
            else:
                reason = "lowered" if step.lowers else "raised"
            changes.append(
                {
                    "client_id": step.after.client_id,
                    "partner_id": partner_id,
                    "company_id": company_id,
                    "from_tier_id": step.before.tier_id,
                    "to_tier_id": step.after.tier_id,
                    "reason": reason,
                    "override_id": override.id if override else None,
                    "basis": program.tier_basis,
                    "qualifying_points": step.after.figure,
                    "to_congratulate": program.tier_congratulate
                    and not step.lowers
                    and reason in ("raised", "override"),
                }
            )
            pair = (step.before.tier_id, step.after.tier_id)
            by_pair.setdefault(pair, []).append(step.after.client_id)
        Change._insert(changes)
        for (old_id, new_id), ids in by_pair.items():
            old, new = Tier.browse(old_id).pricelist_id, Tier.browse(new_id).pricelist_id
            self.browse(ids)._swap_pricelist(old, new)
        clients._after_tier_change()

    def _after_tier_change(self):
        """React to the tiers that clients have from now on: once for all that changed together.

        Extend it with set operations only.
        """

    def _swap_pricelist(self, old, new):
        """Give clients the pricelist of their tier in place of that of the one before.

        A pricelist that somebody agreed with the client stays. One of a sister firm, which a
        shared programme may name, is none here.
        """
        if old == new:
            return
        for company, clients in self.grouped("company_id").items():
            partners = clients.partner_id.with_company(company)
            given = new.filtered(
                lambda pricelist, own=company: pricelist.company_id in (own, own.browse())
            )
            partners.filtered(
                lambda partner: partner.specific_property_product_pricelist in (old, new.browse())
            ).specific_property_product_pricelist = given
