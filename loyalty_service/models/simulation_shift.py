from odoo import fields, models

from .simulation_client import DIRECTIONS


class SimulationShift(models.Model):
    """How many clients end in one tier as it is and in another one changed."""

    _name = "loyalty.service.simulation.shift"
    _description = "Tier Moves of a Simulation"
    _order = "id"

    simulation_id = fields.Many2one(
        "loyalty.service.simulation", required=True, index=True, ondelete="cascade"
    )
    tier_before_id = fields.Many2one(
        "loyalty.service.simulation.tier",
        string="Tier as It Is",
        index="btree_not_null",
        ondelete="cascade",
    )
    tier_after_id = fields.Many2one(
        "loyalty.service.simulation.tier",
        string="Tier Changed",
        index="btree_not_null",
        ondelete="cascade",
    )
    direction = fields.Selection(DIRECTIONS, required=True)
    clients = fields.Integer()

    def action_view_clients(self):
        """Open the clients of this move."""
        self.ensure_one()
        domain = [
            ("tier_before_id", "=", self.tier_before_id.id),
            ("tier_after_id", "=", self.tier_after_id.id),
        ]
        before, after = self.tier_before_id.name or "-", self.tier_after_id.name or "-"
        return self.simulation_id._clients_action(domain, f"{before} → {after}")
