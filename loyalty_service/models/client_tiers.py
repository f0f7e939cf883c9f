from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..batch import do_claimed, work_off
from ..engine import tiers

BATCH = 1000
# Reasons of steps that somebody decided, and not the figures.
DECIDED = ("override", "contest")


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
        for company, clients in Client_sudo.grouped("company_id").items():
            program = self.env["loyalty.program"]._get_service_program(company).sudo()
            today = company._loyalty_day()
            if review:
                self.env["loyalty.service.tier.override"].sudo()._turn(clients, today)
            clients._apply_ladder(program, today, review)
            if review:
                clients.tier_checked_on = today

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
        Program = self.env["loyalty.program"]
        for company, clients in self.grouped("company_id").items():
            # sudo: as in _update_tiers; one setting of the programme is read.
            if Program._get_service_program(company).sudo().tier_basis == basis:
                clients._update_tiers()

    def _review_due_domain(self):
        """Return the domain of clients whose tier was not looked at today, where the firm is."""
        return Domain("active", "=", True) & Domain.OR(
            Domain("company_id", "=", company.id)
            & (
                Domain("tier_checked_on", "=", False)
                | Domain("tier_checked_on", "<", company._loyalty_day())
            )
            for company in self.env["res.company"].search([])
        )

    @api.model
    def _cron_review_tiers(self):
        due = self.search(self._review_due_domain(), order="id")
        work_off(due, lambda clients: clients._review_tiers_due(), BATCH)

    def _review_tiers_due(self):
        """Review those of ``self`` that nobody else reviews or has reviewed today."""
        do_claimed(
            self,
            lambda clients: clients._update_tiers(review=True),
            lambda clients: clients.filtered_domain(clients._review_due_domain()),
        )

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
        steps, figures, told_ids = {}, {}, []
        for client_id, tier_id, review_date, told_before, figure in self._read_standings():
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
            seen = tiers.following(rungs, step.key) or rungs[-1]
            qualifying = (lapse.left if lapse else points).get(seen.window, 0.0)
            fresh = (qualifying, step.review, told_on)
            if fresh != (figure or 0.0, review_date, told_before):
                figures[self.browse(client_id)] = fresh
            if step.key != tier_id:
                met = tiers.earned(rungs, points)
                given = override and step.key == override.tier_id.id
                by_override = given and (exact or step.key != (met and met.key))
                steps[self.browse(client_id)] = (
                    step.key,
                    lowers,
                    override if by_override else None,
                )
        called_off = self._called_off(figures)
        self._write_figures(figures)
        self._record_steps(steps, program)
        called_off._close_review()
        self.browse(told_ids)._tell_review()

    def _read_standings(self):
        """Return rows ``(id, tier, review day, told on, figure)`` of the clients in ``self``.

        Read past the ORM, which takes longer to hand out the values of ten thousand clients
        than the database takes to add up all their points.
        """
        self.flush_recordset(["tier_id", "tier_review_date", "tier_told_on", "qualifying_points"])
        return self.env.execute_query(
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

    def _called_off(self, figures):
        """Return those of ``self`` that were told of a review which ``figures`` call off."""
        return self.browse(
            client.id
            for client, (_qualifying, review_date, _told_on) in figures.items()
            if client.tier_told_on and not review_date
        )

    def _write_figures(self, figures):
        """Write what differs from client to client, in one statement for all.

        :param dict figures: client -> (qualifying figure, review date or None, day on which
            the client was told of it or None)
        """
        if not figures:
            return
        names = ["qualifying_points", "tier_review_date", "tier_told_on"]
        clients = self.browse(client.id for client in figures)
        clients.flush_recordset([*names, "card_id", "points"])
        qualifying, reviews, told = zip(*figures.values(), strict=True)
        # The balance comes along: where points were booked, it is about to follow them, and a
        # row is then written once.
        self.env.execute_query(
            SQL(
                """
                UPDATE loyalty_service_client client
                   SET qualifying_points = figure.qualifying, tier_review_date = figure.review,
                       tier_told_on = figure.told, points = COALESCE(card.points, 0)
                  FROM unnest(
                           %(ids)s::int[], %(qualifying)s::float8[], %(reviews)s::date[],
                           %(told)s::date[]
                       ) AS figure (id, qualifying, review, told)
                  JOIN loyalty_service_client same ON same.id = figure.id
             LEFT JOIN loyalty_card card ON card.id = same.card_id
                 WHERE client.id = figure.id
             RETURNING client.id
                """,
                ids=clients.ids,
                qualifying=list(qualifying),
                reviews=list(reviews),
                told=list(told),
            )
        )
        clients.invalidate_recordset([*names, "points"])
        clients.modified(names)

    def _record_steps(self, steps, program):
        """Move clients to other tiers and keep why.

        :param dict steps: client -> (tier id, whether it is a lower one, the override that
            gives it or None)
        """
        if not steps:
            return
        moved = self.browse(client.id for client in steps)
        standing = set(moved.tier_id.filtered("active").ids)
        last = self.env["loyalty.service.tier.change"]._last_of(moved)
        vals_list = []
        for client, (tier_id, lowers, override) in steps.items():
            before = last.get(client.id)
            if client.tier_id and client.tier_id.id not in standing:
                reason = "ladder"
            elif override:
                reason = "contest" if override.contest_id else "override"
            elif before and before.reason in DECIDED and (lowers or before.override_id.exact):
                reason = "override_ended"
            else:
                reason = "lowered" if lowers else "raised"
            vals_list.append(
                {
                    "client_id": client.id,
                    "from_tier_id": client.tier_id.id,
                    "to_tier_id": tier_id,
                    "reason": reason,
                    "override_id": override.id if override else False,
                    "basis": program.tier_basis,
                    "qualifying_points": client.qualifying_points,
                    "to_congratulate": program.tier_congratulate
                    and not lowers
                    and reason in ("raised", "override"),
                }
            )
        self.env["loyalty.service.tier.change"].create(vals_list)
        Tier = self.env["loyalty.service.tier"]
        for (old, tier_id), clients in moved.grouped(
            lambda client: (client.tier_id, steps[client][0])
        ).items():
            clients.tier_id = tier_id
            clients._swap_pricelist(old.pricelist_id, Tier.browse(tier_id).pricelist_id)

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
