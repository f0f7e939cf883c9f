from odoo import fields, models


class SimulationMonth(models.Model):
    """One month of a simulation: as it is, and changed."""

    _name = "loyalty.service.simulation.month"
    _description = "Month of a Simulation"
    _order = "date"
    _rec_name = "date"

    simulation_id = fields.Many2one(
        "loyalty.service.simulation", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="simulation_id.currency_id")
    date = fields.Date(string="Month", required=True, help="First day of the month.")
    given_before = fields.Float(string="Given as It Is")
    given_after = fields.Float(string="Given Changed")
    cost_before = fields.Monetary(string="Cost as It Is")
    cost_after = fields.Monetary(string="Cost Changed")
    expired_before = fields.Float(string="Expired as It Is")
    expired_after = fields.Float(string="Expired Changed")
    balance_before = fields.Float(
        string="Outstanding as It Is", aggregator=None, help="Points at the end of the month."
    )
    balance_after = fields.Float(
        string="Outstanding Changed", aggregator=None, help="Points at the end of the month."
    )
