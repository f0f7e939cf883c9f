from odoo import api, fields, models


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
    name = fields.Char(required=True, translate=True)
    threshold = fields.Float(string="Needed")
    window_months = fields.Integer(
        string="Window (Months)", default=12, help="0 counts all points ever earned."
    )
    multiplier = fields.Float(string="Earning Multiplier", default=1.0)
    clients_before = fields.Integer(string="Clients as It Is", readonly=True, copy=False)
    clients_after = fields.Integer(string="Clients Changed", readonly=True, copy=False)

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

    @api.model
    def _write_originals(self, changes):
        """Write tiers one by one, such that no two need the same in between.

        A tier takes the place that another one leaves after that one has left it. Where tiers
        swap places, one waits above all others.
        """
        waiting = {tier: values for tier, values in changes if values}
        parked = set()
        while waiting:
            free = (tier for tier in waiting if self._has_room(tier, waiting[tier]))
            tier = next(free, None)
            if tier is None:
                # What is parked already has no room at all, which the database says.
                tier = min(waiting, key=parked.__contains__)
                if tier not in parked:
                    parked.add(tier)
                    waiting[tier] = {"threshold": tier.threshold, **waiting[tier]}
                    ladder = tier._ladder(tier.program_id)
                    tier.threshold = max(ladder.mapped("threshold")) + 1
                    tier.flush_recordset()
                    continue
            self._write_values(tier, waiting.pop(tier))
            tier.flush_recordset()

    @api.model
    def _has_room(self, tier, values):
        """Return whether no other tier in force needs what this one will need."""
        needed = values.get("threshold", tier.threshold)
        others = tier._ladder(tier.program_id) - tier
        return not values.get("active", tier.active) or needed not in others.mapped("threshold")
