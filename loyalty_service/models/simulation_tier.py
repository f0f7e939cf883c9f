from odoo import fields, models


class SimulationTier(models.Model):
    """A tier as it might be."""

    _name = "loyalty.service.simulation.tier"
    _inherit = ["loyalty.service.simulation.copy"]
    _description = "Tier in a Simulation"
    _order = "threshold, id"

    _original = "tier_id"
    _copied = ("name", "threshold", "window_months", "multiplier")
    _shown = ("threshold", "window_months", "multiplier")

    tier_id = fields.Many2one("loyalty.service.tier", index="btree_not_null", ondelete="cascade")
    name = fields.Char(required=True)
    threshold = fields.Float(string="Needed")
    window_months = fields.Integer(
        string="Window (Months)", default=12, help="0 counts all points ever earned."
    )
    multiplier = fields.Float(string="Earning Multiplier", default=1.0)
    clients_before = fields.Integer(string="Clients as It Is", readonly=True, copy=False)
    clients_after = fields.Integer(string="Clients Changed", readonly=True, copy=False)

    _threshold_check = models.Constraint("CHECK (threshold >= 0)", "This cannot be negative.")
    _window_check = models.Constraint(
        "CHECK (window_months >= 0)", "The window cannot be negative."
    )
    _multiplier_check = models.Constraint(
        "CHECK (multiplier > 0)", "The earning multiplier must be positive."
    )
