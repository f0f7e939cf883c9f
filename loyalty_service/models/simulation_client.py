from odoo import fields, models

from ..actions import open_form

DIRECTIONS = [("up", "Higher"), ("same", "The same"), ("down", "Lower")]


class SimulationClient(models.Model):
    """What a simulation means for one client."""

    _name = "loyalty.service.simulation.client"
    _description = "Client in a Simulation"
    _order = "difference desc, id"
    _rec_name = "partner_id"

    simulation_id = fields.Many2one(
        "loyalty.service.simulation", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Client", required=True, index=True, ondelete="cascade"
    )
    given_before = fields.Float(string="Given as It Is")
    given_after = fields.Float(string="Given Changed")
    difference = fields.Float(help="Points given, changed less as it is.")
    off_ledger = fields.Float(
        string="Off the Ledger",
        help="Points given as it is, less what the ledger really gave in this time.",
    )
    balance_before = fields.Float(string="Balance as It Is")
    balance_after = fields.Float(string="Balance Changed")
    short_after = fields.Float(
        string="Could Not Spend",
        help="Points that the client spent and would not have had.",
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
    direction = fields.Selection(DIRECTIONS, string="Tier Moves", help="Changed, to as it is.")

    def action_open_partner(self):
        """Open the client's own form."""
        self.ensure_one()
        return open_form(self.partner_id)
