from odoo import api, fields, models

from .earning_rule import CAP_PERIODS


class SimulationRule(models.Model):
    """An earning rule as it might be."""

    _name = "loyalty.service.simulation.rule"
    _inherit = ["loyalty.service.simulation.copy"]
    _description = "Earning Rule in a Simulation"
    _order = "sequence, id"

    _original = "rule_id"
    _copied = (
        "name",
        "sequence",
        "event_type_id",
        "domain",
        "points_fixed",
        "points_per_unit",
        "use_tier_multiplier",
        "cap_points",
        "cap_period",
        "date_from",
        "date_to",
        "validity_months",
        "qualifies",
    )
    _shown = (
        "points_fixed",
        "points_per_unit",
        "use_tier_multiplier",
        "cap_points",
        "cap_period",
        "validity_months",
        "qualifies",
    )

    rule_id = fields.Many2one(
        "loyalty.service.earning.rule",
        string="Earning Rule",
        index="btree_not_null",
        ondelete="cascade",
    )
    name = fields.Char(required=True, translate=True, default=lambda self: self.env._("New rule"))
    sequence = fields.Integer(default=100)
    event_type_id = fields.Many2one(
        "loyalty.service.event.type", required=True, index=True, ondelete="cascade"
    )
    domain = fields.Char(string="Only Events That Match", default="[]")
    filter_fields = fields.Json(compute="_compute_filter_fields")
    points_fixed = fields.Float(string="Points per Event")
    points_per_unit = fields.Float(string="Points per Currency Unit", digits=(16, 4))
    use_tier_multiplier = fields.Boolean(string="Multiply by Tier", default=True)
    cap_points = fields.Float(string="At Most", help="0 sets no limit.")
    cap_period = fields.Selection(CAP_PERIODS, required=True, default="year")
    date_from = fields.Date(string="Events from")
    date_to = fields.Date(string="Events until")
    validity_months = fields.Integer(string="Points Expire after (Months)", default=24)
    qualifies = fields.Boolean(string="Counts for Tiers", default=True)
    given_before = fields.Float(string="Given as It Is", readonly=True, copy=False)
    given_after = fields.Float(string="Given Changed", readonly=True, copy=False)

    _points_check = models.Constraint(
        "CHECK (points_fixed >= 0 AND points_fixed < 1e12 "
        "AND points_per_unit >= 0 AND points_per_unit < 1e12)",
        "A rule cannot take points, nor give 1,000,000,000,000 or more at once.",
    )
    _cap_check = models.Constraint(
        "CHECK (cap_points >= 0 AND cap_points < 1e12)",
        "A limit cannot be negative, and must be less than 1,000,000,000,000.",
    )
    _validity_check = models.Constraint(
        "CHECK (validity_months >= 0)", "The validity cannot be negative."
    )

    @api.depends("event_type_id")
    def _compute_filter_fields(self):
        for copy in self:
            copy.filter_fields = copy._as_rule()._allowed_fields()

    @api.constrains("domain", "event_type_id", "points_per_unit")
    def _check_filter(self):
        """What no rule may do, none may do in a simulation."""
        for copy in self:
            copy._as_rule()._check_filter()

    def _as_rule(self):
        """Return the copy as an earning rule that is not stored."""
        self.ensure_one()
        return self.env["loyalty.service.earning.rule"].new(
            {
                "name": self.name,
                "program_id": self.simulation_id.program_id.id,
                "event_type_id": self.event_type_id.id,
                "domain": self.domain,
                "points_per_unit": self.points_per_unit,
            }
        )

    def _prepare_original(self):
        if not self.date_from:
            self.date_from = self.simulation_id.company_id._loyalty_day()
        return super()._prepare_original()
