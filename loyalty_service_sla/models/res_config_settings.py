from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    loyalty_desk_hourly_cost = fields.Monetary(
        related="company_id.loyalty_desk_hourly_cost",
        readonly=False,
    )
    loyalty_reopen_days = fields.Integer(related="company_id.loyalty_reopen_days", readonly=False)
    loyalty_ask_solved = fields.Boolean(related="company_id.loyalty_ask_solved", readonly=False)
    loyalty_one_emergency = fields.Boolean(
        related="company_id.loyalty_one_emergency", readonly=False
    )
    loyalty_portal_team_id = fields.Many2one(
        related="company_id.loyalty_portal_team_id", readonly=False
    )
    loyalty_filing_limit = fields.Integer(related="company_id.loyalty_filing_limit", readonly=False)
    loyalty_complaint_recourse = fields.Text(
        related="company_id.loyalty_complaint_recourse", readonly=False
    )
    loyalty_postmortem_rule = fields.Selection(
        related="company_id.loyalty_postmortem_rule", readonly=False
    )
    loyalty_postmortem_days = fields.Integer(
        related="company_id.loyalty_postmortem_days", readonly=False
    )
