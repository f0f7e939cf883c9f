from odoo import api, fields, models
from odoo.exceptions import ValidationError

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
    loyalty_portal_team_id = fields.Many2one(
        "helpdesk.ticket.team",
        string="Team for What Clients File",
        ondelete="set null",
        domain="[('company_id', 'in', (False, id))]",
        help="Who gets what clients file in the portal, unless the client or the category names a "
        "team. Without one, the first team of the list.",
    )
    loyalty_filing_limit = fields.Integer(
        string="Tickets per Hour",
        default=20,
        help="So many tickets one client may file in the portal within an hour. 0 for no limit. "
        "Emergencies are counted for themselves.",
    )
    loyalty_complaint_recourse = fields.Text(
        string="Where Else Clients Can Turn To",
        translate=True,
        help="Clients read it where they are asked whether their complaint is solved: whom they "
        "can turn to if they and the firm do not agree, such as an association or an authority.",
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

    @api.constrains("loyalty_portal_team_id")
    def _check_loyalty_portal_team(self):
        for company in self:
            # sudo: the team may be another company's, which is what is checked.
            of_team = company.loyalty_portal_team_id.sudo().company_id
            if of_team and of_team != company:
                raise ValidationError(self.env._("The team works for another company."))

    def _loyalty_get_portal_team_sudo(self, category):
        """Return the team that gets what a client files without naming one; none if there is none.

        That of the category, else the one chosen for this, else the first: a request that belongs
        to nobody is seen by nobody. Teams that the portal's form offers come before others.
        """
        self.ensure_one()
        # sudo: clients need not see teams; only one of this very company is handed out, which
        # works on their request.
        teams_sudo = (
            self.env["helpdesk.ticket.team"]
            .sudo()
            .search([("company_id", "in", (False, self.id))])
            .sorted(lambda team: not team.show_in_portal)
        )
        of_category_sudo = teams_sudo.filtered(lambda team: category & team.category_ids)
        # One that is archived, or another company's by now, does not work here.
        chosen_sudo = teams_sudo & self.sudo().loyalty_portal_team_id
        return (of_category_sudo or chosen_sudo or teams_sudo)[:1]
