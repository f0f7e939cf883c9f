from odoo import api, fields, models

from ..engine import tiers

# Of Odoo's colour picker, dark enough for white text on paper and in the portal.
COLORS = (
    "#6c757d",
    "#b3261e",
    "#b25f00",
    "#946c00",
    "#2f6f9f",
    "#7a4b7a",
    "#a0522d",
    "#1c7c7d",
    "#3b4cca",
    "#a61c52",
    "#1f7a3d",
    "#6f42c1",
)


class Tier(models.Model):
    """A rank that a client reaches, and what the rank gives.

    Its programme says by what: points *earned* (spending them takes nothing away), money paid,
    or months under agreement; see ``engine/tiers.py``.
    """

    _name = "loyalty.service.tier"
    _description = "Loyalty Tier"
    _order = "program_id, threshold, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    program_id = fields.Many2one(
        "loyalty.program",
        string="Programme",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('service_points', '=', True)]",
        default=lambda self: self.env["loyalty.program"]._get_service_program(self.env.company),
    )
    company_id = fields.Many2one(related="program_id.company_id", store=True, index=True)
    threshold = fields.Float(
        string="Needed",
        help="What lifts a client into this tier, in what the programme counts: points earned, "
        "money paid or months under agreement. The first tier has 0: it is where everybody "
        "starts.",
    )
    threshold_text = fields.Char(string="Reached by", compute="_compute_threshold_text")
    tier_basis = fields.Selection(related="program_id.tier_basis")
    tier_window = fields.Selection(related="program_id.tier_window")
    window_months = fields.Integer(
        string="Window (Months)",
        default=12,
        help="What came in during so many months up to today counts. 0 counts all that ever did. "
        "Programmes that count by calendar year do not look at it.",
    )
    multiplier = fields.Float(
        string="Earning Multiplier",
        default=1.0,
        help="A client of this tier earns so many times the points of an earning rule that "
        "follows the tier.",
    )
    pricelist_id = fields.Many2one(
        "product.pricelist",
        index="btree_not_null",
        help="Prices that clients of this tier get, unless others were agreed with them.",
    )
    sla_factor = fields.Float(
        string="Response Time Factor",
        default=1.0,
        help="Service targets of clients of this tier are multiplied by this: 0.5 halves the "
        "time in which they are answered.",
    )
    color = fields.Integer()
    benefits = fields.Html(translate=True, help="Shown to the client in the portal.")

    client_count = fields.Integer(string="Clients", compute="_compute_client_count")

    _threshold_check = models.Constraint(
        "CHECK (threshold >= 0 AND threshold < 1e12)",
        "What a tier needs cannot be negative, and must be less than 1,000,000,000,000.",
    )
    _window_check = models.Constraint(
        "CHECK (window_months >= 0)", "The window cannot be negative."
    )
    _multiplier_check = models.Constraint(
        "CHECK (multiplier > 0 AND multiplier <= 1000)",
        "The earning multiplier must be positive, and 1,000 at most.",
    )
    _sla_factor_check = models.Constraint(
        "CHECK (sla_factor > 0 AND sla_factor <= 1000)",
        "The response time factor must be positive, and 1,000 at most.",
    )
    _threshold_unique = models.UniqueIndex(
        "(program_id, threshold) WHERE active",
        "Two tiers of one programme cannot need the same.",
    )

    def write(self, vals):
        old = {tier: tier.pricelist_id for tier in self}
        result = super().write(vals)
        if "pricelist_id" in vals:
            # sudo: the pricelist of a client follows its tier, which a loyalty manager edits
            # without the right to edit contacts; nothing else of the client is written.
            clients_sudo = (
                self.env["loyalty.service.client"].sudo().search([("tier_id", "in", self.ids)])
            )
            for tier, clients in clients_sudo.grouped("tier_id").items():
                clients._swap_pricelist(old[tier.with_env(self.env)], tier.pricelist_id)
        return result

    @api.depends("threshold", "window_months", "program_id")
    @api.depends_context("lang", "company")
    def _compute_threshold_text(self):
        for tier in self:
            company = tier.company_id or self.env.company
            tier.threshold_text = tier._needed_text(company) if tier.program_id else False

    def _needed_text(self, company):
        """Say what the tier needs, such as '1,000 points'."""
        self.ensure_one()
        return self.env["loyalty.program"]._figure_text(
            self.program_id.tier_basis, self.threshold, company
        )

    def _compute_client_count(self):
        counts = dict(
            self.env["loyalty.service.client"]._read_group(
                [("tier_id", "in", self.ids)], ["tier_id"], ["__count"]
            )
        )
        for tier in self:
            tier.client_count = counts.get(tier, 0)

    def action_view_clients(self):
        """Open the clients of the tier."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_service.client_action")
        return {**action, "display_name": self.name, "domain": [("tier_id", "=", self.id)]}

    @api.model
    def _ladder(self, program):
        """Return the active tiers of ``program``, lowest first."""
        return self.search(
            [("program_id", "=", program.id), ("active", "=", True)],
            order="threshold, sequence, id",
        )

    def _css_color(self):
        """Return the colour of the tier where Odoo's tag styles are not loaded."""
        self.ensure_one()
        return COLORS[self.color % len(COLORS)]

    def _rungs(self):
        """Return the tiers as the engine knows them, with record ids as keys."""
        return [
            tiers.Rung(tier.id, tier.threshold, tier.program_id._rung_window(tier.window_months))
            for tier in self
        ]
