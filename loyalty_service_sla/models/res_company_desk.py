from odoo import fields, models

#: What happens where an emergency is closed without a post-mortem.
POSTMORTEM_RULES = [
    ("auto", "Plan one when the emergency is closed"),
    ("refuse", "Do not close the emergency before one is planned"),
    ("off", "Nothing: whoever wants one plans it"),
]


class ResCompany(models.Model):
    """What a company says once for its service desk."""

    _inherit = "res.company"

    loyalty_desk_hourly_cost = fields.Monetary(
        string="Hourly Cost of the Service Desk",
        groups="helpdesk_mgmt.group_helpdesk_manager,loyalty_service.group_loyalty_manager,base.group_system",
        help="What an hour of an agent costs the firm, on average. Scorecards make the cost per "
        "ticket of it.",
    )
    loyalty_reopen_days = fields.Integer(
        string="Reopen within",
        default=14,
        help="Days after closing in which a ticket is reopened when its client writes on it, by "
        "mail or in the portal. Later, whoever looks after it gets an activity. 0: never reopened "
        "by that.",
    )
    loyalty_ask_solved = fields.Boolean(
        string="Ask If Solved",
        default=True,
        help="When a ticket is closed, its client is asked by mail whether it is solved.",
    )
    loyalty_one_emergency = fields.Boolean(
        string="One Emergency per Client",
        default=True,
        help="What a client files in the portal while an emergency of it is open is added to that "
        "one, and calls nobody a second time.",
    )
    loyalty_filing_limit = fields.Integer(
        string="Tickets per Hour",
        default=20,
        help="So many tickets one client may file in the portal within an hour. 0 for no limit.",
    )
    loyalty_postmortem_rule = fields.Selection(
        POSTMORTEM_RULES,
        string="Post-mortem of Emergencies",
        required=True,
        default="auto",
        help="What happens when an emergency is closed.",
    )
    loyalty_postmortem_days = fields.Integer(
        string="Post-mortem within",
        default=3,
        help="Days after the emergency was closed until the post-mortem is due.",
    )

    _loyalty_desk_hourly_cost_check = models.Constraint(
        "CHECK (loyalty_desk_hourly_cost IS NULL OR loyalty_desk_hourly_cost >= 0)",
        "An hour cannot cost less than nothing.",
    )
    _loyalty_reopen_days_check = models.Constraint(
        "CHECK (loyalty_reopen_days IS NULL OR loyalty_reopen_days >= 0)",
        "Days cannot be negative.",
    )
    _loyalty_filing_limit_check = models.Constraint(
        "CHECK (loyalty_filing_limit >= 0)", "Nobody files less than nothing."
    )
    _loyalty_postmortem_days_check = models.Constraint(
        "CHECK (loyalty_postmortem_days >= 0)", "Days cannot be negative."
    )
