from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..batch import do_claimed, work_off
from ..engine import tiers

BATCH = 1000


class Client(models.Model):
    _inherit = "loyalty.service.client"

    card_id = fields.Many2one(
        "loyalty.card",
        string="Loyalty Card",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        copy=False,
        help="The points account of the company. Its contacts spend from it, too.",
    )
    points = fields.Float(related="card_id.points", store=True, string="Balance")
    point_name = fields.Char(related="card_id.point_name")
    # Without an index: it changes with every award, and an index on it would have the database
    # write all the others of the client anew.
    qualifying_points = fields.Float(
        readonly=True,
        copy=False,
        help="Points earned within the window of the tier above (at the top: of the tier "
        "itself). Spending points takes nothing away from them.",
    )
    tier_id = fields.Many2one(
        "loyalty.service.tier",
        index=True,
        ondelete="restrict",
        readonly=True,
        copy=False,
    )
    tier_color = fields.Integer(related="tier_id.color", string="Tier Colour")
    tier_review_date = fields.Date(
        readonly=True,
        index="btree_not_null",
        copy=False,
        help="The client no longer earns enough for its tier and is lowered on this day unless "
        "points come in.",
    )
    tier_checked_on = fields.Date(
        readonly=True, copy=False, help="Day of the latest review of the tier."
    )
    next_tier_id = fields.Many2one("loyalty.service.tier", compute="_compute_next_tier")
    tier_progress = fields.Float(
        string="Progress",
        compute="_compute_next_tier",
        help="Per cent of the way to the next tier.",
    )
    points_to_next = fields.Float(string="Points to Next Tier", compute="_compute_next_tier")
    tier_change_ids = fields.One2many("loyalty.service.tier.change", "client_id")

    @api.depends("tier_id", "tier_id.threshold", "qualifying_points")
    def _compute_next_tier(self):
        Tier = self.env["loyalty.service.tier"]
        for program, clients in self.grouped(lambda client: client.tier_id.program_id).items():
            rungs = Tier._ladder(program)._rungs()
            for client in clients:
                above = tiers.following(rungs, client.tier_id.id)
                points = {above.window: client.qualifying_points} if above else {}
                client.next_tier_id = above and above.key
                client.tier_progress = tiers.progress(rungs, client.tier_id.id, points)
                client.points_to_next = (
                    max(above.threshold - client.qualifying_points, 0.0) if above else 0.0
                )

    @api.model_create_multi
    def create(self, vals_list):
        clients = super().create(vals_list)
        clients._enter_tiers()
        return clients

    def _enter_tiers(self):
        """Put clients that have no tier into the first one of their programme."""
        Program = self.env["loyalty.program"]
        entered = self.browse()
        for company, clients in (
            self.filtered(lambda c: not c.tier_id).grouped("company_id").items()
        ):
            ladder = self.env["loyalty.service.tier"]._ladder(Program._get_service_program(company))
            entry = ladder.filtered(lambda tier: not tier.threshold)[:1]
            if entry:
                clients.tier_id = entry
                clients._swap_pricelist(entry.pricelist_id.browse(), entry.pricelist_id)
                entered += clients
        self.env["loyalty.service.tier.change"].create(
            [
                {
                    "client_id": client.id,
                    "to_tier_id": client.tier_id.id,
                    "reason": "entered",
                }
                for client in entered
            ]
        )

    # ------------------------------------------------------------------
    # Tiers follow the points earned
    # ------------------------------------------------------------------

    def _update_tiers(self, review=False):
        """Bring qualifying points and tiers up to date: a few statements for any number.

        :param bool review: lower clients whose days of grace are over, too. Without it tiers
            only go up, and a client that falls short gets the day of its review.
        """
        # sudo: tiers follow from the ledger, whoever made points move; only the clients in
        # ``self`` are written, and only what concerns their tier.
        Client_sudo = self.sudo()
        for company, clients in Client_sudo.grouped("company_id").items():
            program = self.env["loyalty.program"]._get_service_program(company).sudo()
            ladder = Client_sudo.env["loyalty.service.tier"]._ladder(program)
            today = company._loyalty_day()
            clients._apply_ladder(ladder, program.tier_grace_days, today, review)
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

    def _apply_ladder(self, ladder, grace_days, today, review):
        rungs = ladder._rungs()
        if not rungs:
            return
        earned = self._points_earned({rung.window for rung in rungs}, today)
        steps, figures = {}, {}
        for client in self:
            points = earned.get(client.card_id.id, {})
            tier_id, review_date = client.tier_id.id or None, client.tier_review_date
            step = tiers.step(rungs, tier_id, points, today, review_date, grace_days)
            lowers = tiers.is_lower(rungs, step.key, tier_id)
            if lowers and not review:
                step = tiers.Step(tier_id, review_date)
            seen = tiers.following(rungs, step.key) or rungs[-1]
            qualifying = points.get(seen.window, 0.0)
            if (client.qualifying_points, review_date or None) != (qualifying, step.review):
                figures[client] = (qualifying, step.review)
            if step.key != tier_id:
                steps[client] = (step.key, lowers)
        self._write_figures(figures)
        self._record_steps(steps)

    def _write_figures(self, figures):
        """Write what differs from client to client, in one statement for all.

        :param dict figures: client -> (qualifying points, review date or None)
        """
        if not figures:
            return
        clients = self.browse(client.id for client in figures)
        clients.flush_recordset(["qualifying_points", "tier_review_date"])
        self.env.execute_query(
            SQL(
                """
                UPDATE loyalty_service_client client
                   SET qualifying_points = figure.qualifying, tier_review_date = figure.review
                  FROM (VALUES %s) AS figure (id, qualifying, review)
                 WHERE client.id = figure.id
             RETURNING client.id
                """,
                SQL(", ").join(
                    SQL("(%s, %s::float8, %s::date)", client.id, qualifying, review)
                    for client, (qualifying, review) in figures.items()
                ),
            )
        )
        clients.invalidate_recordset(["qualifying_points", "tier_review_date"])
        clients.modified(["qualifying_points", "tier_review_date"])

    def _record_steps(self, steps):
        """Move clients to other tiers and keep why.

        :param dict steps: client -> (tier id, whether it is a lower one)
        """
        known = set(self.tier_id.filtered("active").ids)
        self.env["loyalty.service.tier.change"].create(
            [
                {
                    "client_id": client.id,
                    "from_tier_id": client.tier_id.id,
                    "to_tier_id": tier_id,
                    "reason": (
                        "ladder"
                        if client.tier_id and client.tier_id.id not in known
                        else "lowered"
                        if lowers
                        else "raised"
                    ),
                    "qualifying_points": client.qualifying_points,
                }
                for client, (tier_id, lowers) in steps.items()
            ]
        )
        moved = self.browse(client.id for client in steps)
        Tier = self.env["loyalty.service.tier"]
        for (old, tier_id), clients in moved.grouped(
            lambda client: (client.tier_id, steps[client][0])
        ).items():
            clients.tier_id = tier_id
            clients._swap_pricelist(old.pricelist_id, Tier.browse(tier_id).pricelist_id)

    def _swap_pricelist(self, old, new):
        """Give clients the pricelist of their tier in place of that of the one before.

        A pricelist that somebody agreed with the client stays.
        """
        if old == new:
            return
        for company, clients in self.grouped("company_id").items():
            partners = clients.partner_id.with_company(company)
            partners.filtered(
                lambda partner: partner.specific_property_product_pricelist in (old, new.browse())
            ).specific_property_product_pricelist = new

    def _points_earned(self, windows, today):
        """Return ``{card id: {window in months: points earned in it}}``, one query for all."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move.card_id, span.months, SUM(move.qualifying_points)
                  FROM loyalty_service_move move
                  JOIN (VALUES %(spans)s) AS span (months, since)
                    ON move.earned_date > span.since
                 WHERE move.card_id IN %(cards)s AND move.qualifying_points != 0
                   AND move.earned_date <= %(today)s
              GROUP BY move.card_id, span.months
                """,
                spans=SQL(", ").join(
                    SQL(
                        "%s",
                        (
                            months,
                            today - relativedelta(months=months) if months else today.min,
                        ),
                    )
                    for months in sorted(windows)
                ),
                cards=tuple(self.card_id.ids) or (0,),
                today=today,
            )
        )
        result = {}
        for card_id, months, points in rows:
            result.setdefault(card_id, {})[months] = float(points)
        return result
