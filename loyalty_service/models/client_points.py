from odoo import api, fields, models

from ..engine import tiers


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
        string="Counts for Tier",
        help="Points, money or months, as the programme says, within the window of the tier "
        "above (at the top: of the tier itself). Spending points takes nothing away from them. "
        "Of a calendar year: what came in this year.",
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
        string="Tier Review",
        help="The client no longer has enough for its tier and is lowered on this day unless "
        "more comes in.",
    )
    tier_told_on = fields.Date(
        string="Told on",
        readonly=True,
        copy=False,
        help="Day on which the client was told of the review. Nobody is lowered untold.",
    )
    next_tier_id = fields.Many2one("loyalty.service.tier", compute="_compute_next_tier")
    tier_progress = fields.Float(
        string="Progress",
        compute="_compute_next_tier",
        help="Per cent of the way to the next tier.",
    )
    points_to_next = fields.Float(string="To Next Tier", compute="_compute_next_tier")
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
        clients._take_up_cards()
        return clients

    def _take_up_cards(self):
        """Link clients to the card that they have already, of a programme that firms share."""
        Card = self.env["loyalty.card"]
        Program = self.env["loyalty.program"]
        for company, clients in self.grouped("company_id").items():
            program = Program._get_service_program(company)
            # sudo: the link follows the card; see LoyaltyCard._link_clients.
            cards = Card.sudo()._find_service_cards(
                [(program.id, partner.id) for partner in clients.partner_id]
            )
            for client in clients:
                client.card_id = cards.get((program.id, client.partner_id.id), client.card_id)

    @api.model
    def _follow_programs(self):
        """Link the clients of each company to their account of the programme that serves it.

        What they hold in another one stays there, and is spent there if that programme goes on.
        Where no programme is left they keep the account that they had.
        """
        Program = self.env["loyalty.program"]
        clients = self.with_context(active_test=False)
        for [company] in clients._read_group([], ["company_id"]):
            program = Program._get_service_program(company)
            if not program:
                continue
            elsewhere = clients.search(
                [
                    ("company_id", "=", company.id),
                    "|",
                    ("card_id", "=", False),
                    ("card_id.program_id", "!=", program.id),
                ]
            )
            elsewhere.card_id = False
            elsewhere._take_up_cards()

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
