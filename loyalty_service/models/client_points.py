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
    qualifying_points = fields.Float(
        readonly=True,
        index=True,
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
                entered += clients
        self.env["loyalty.service.tier.change"].create(
            [
                {
                    "client_id": client.id,
                    "to_tier_id": client.tier_id.id,
                    "reason": self.env._("Became a client"),
                }
                for client in entered
            ]
        )
