from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from . import defaults

#: The most that is promised, in working hours, whatever the factor of a tier makes of it: some ten
#: years. Also in the constraints. What is counted has to be found day by day, and be stored.
MOST_HOURS = 20_000

PRIORITIES = [("0", "Low"), ("1", "Medium"), ("2", "High"), ("3", "Very High")]


class Policy(models.Model):
    """What the firm promises for tickets of some kind: how soon, and in which working hours.

    The first policy in order that fits a ticket applies. What was promised is written into the
    log of the ticket; editing a policy later does not change a promise that was given.
    """

    _name = "loyalty.service.sla.policy"
    _description = "SLA Policy"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="The first policy in this order that fits applies.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    team_ids = fields.Many2many(
        "helpdesk.ticket.team",
        "loyalty_service_sla_policy_team_rel",
        string="Teams",
        domain="[('company_id', 'in', (False, company_id))]",
        help="Empty: every team, and tickets without one.",
    )
    category_ids = fields.Many2many(
        "helpdesk.ticket.category",
        "loyalty_service_sla_policy_category_rel",
        string="Categories",
        domain="[('company_id', 'in', (False, company_id))]",
        help="Includes the categories below. Empty: every category, and tickets without one.",
    )
    tag_ids = fields.Many2many(
        "helpdesk.ticket.tag",
        "loyalty_service_sla_policy_tag_rel",
        string="Tags",
        domain="[('company_id', 'in', (False, company_id))]",
        help="One of them is enough.",
    )
    channel_ids = fields.Many2many(
        "helpdesk.ticket.channel",
        "loyalty_service_sla_policy_channel_rel",
        string="Channels",
        domain="[('company_id', 'in', (False, company_id))]",
    )
    tier_ids = fields.Many2many(
        "loyalty.service.tier", "loyalty_service_sla_policy_tier_rel", string="Client Tiers"
    )
    ticket_types = fields.Many2many(
        "loyalty.service.sla.ticket.type",
        "loyalty_service_sla_policy_type_rel",
        help="Empty: every type.",
    )
    partner_ids = fields.Many2many(
        "res.partner",
        "loyalty_service_sla_policy_partner_rel",
        string="Clients",
        domain="[('parent_id', '=', False)]",
        help="For tickets of these clients and their contacts. Empty: every client.",
    )
    min_priority = fields.Selection(
        PRIORITIES[1:], string="Priority from", help="This priority or a higher one. Empty: any."
    )
    max_priority = fields.Selection(
        PRIORITIES,
        string="Priority up to",
        help="This priority or a lower one. The same as the lowest one: exactly this one. "
        "Empty: any.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('company_id', 'in', (False, company_id)), ('flexible_hours', '=', False)]",
        help="Only this time counts. Empty: the hours of the team, or else of the company.",
    )
    first_response_hours = fields.Float(
        string="First Answer within",
        help="Working hours until staff answer the client in public for the first time. "
        "0: not promised.",
    )
    next_response_hours = fields.Float(
        string="Next Answer within",
        help="Working hours until staff answer the client each time it writes again after an "
        "answer; several messages in a row wait for one. 0: not promised.",
    )
    resolution_hours = fields.Float(
        string="Solution within",
        help="Working hours until the ticket is closed. 0: not promised.",
    )
    apply_tier_factor = fields.Boolean(
        string="Shorter for Higher Tiers",
        default=True,
        help="Multiply the times by the response time factor of the client's tier.",
    )

    _hours_check = models.Constraint(
        "CHECK (first_response_hours >= 0 AND COALESCE(next_response_hours, 0) >= 0"
        " AND resolution_hours >= 0 AND first_response_hours <= 20000"
        " AND COALESCE(next_response_hours, 0) <= 20000 AND resolution_hours <= 20000)",
        "The promised hours cannot be negative, and are 20,000 at most.",
    )
    _priorities_check = models.Constraint(
        "CHECK (min_priority IS NULL OR max_priority IS NULL OR min_priority <= max_priority)",
        "The lowest priority of a policy is above its highest one: it would fit no ticket.",
    )

    @api.constrains("calendar_id", "company_id")
    def _check_calendar(self):
        for policy in self:
            # sudo: the calendar may be another company's, which is what is checked.
            calendar_sudo = policy.calendar_id.sudo()
            calendar_sudo._loyalty_sla_check_owned()
            if not calendar_sudo:
                continue
            if calendar_sudo.flexible_hours:
                raise ValidationError(
                    self.env._(
                        "%(calendar)s has flexible hours, so nobody can say when working time "
                        "is. Choose a calendar with fixed hours for %(policy)s.",
                        calendar=calendar_sudo.name,
                        policy=policy.name,
                    )
                )
            if calendar_sudo.company_id not in (policy.company_id, self.env["res.company"]):
                raise ValidationError(
                    self.env._(
                        "%(calendar)s belongs to another company. Choose a calendar of "
                        "%(company)s for %(policy)s.",
                        calendar=calendar_sudo.name,
                        company=policy.company_id.name,
                        policy=policy.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_of_ladder(self):
        """Keep what a ladder is for: without its policies it would be everybody's."""
        # sudo: archived or not, seen or not, each counts; only its name is told.
        Ladder_sudo = self.env["loyalty.service.sla.ladder"].sudo()
        ladder_sudo = Ladder_sudo.with_context(active_test=False).search(
            [("policy_ids", "in", self._get_with_later_versions().ids)], limit=1
        )
        if ladder_sudo:
            raise UserError(
                self.env._(
                    "The escalation ladder %(ladder)s is for this policy, and would be for every "
                    "ticket without it. Archive the policy, or choose others for the ladder first.",
                    ladder=ladder_sudo.display_name,
                )
            )

    # ------------------------------------------------------------------
    # Defaults
    # ------------------------------------------------------------------

    @api.model
    def _create_defaults(self, companies=None):
        """Give each company working hours and two policies to start from, once.

        They carry external ids, so that they go when the addon goes.
        """
        # sudo: who creates a company need not be a manager here; only records of these
        # companies are made.
        Policy_sudo = self.sudo().with_context(lang="en_US")
        for company in defaults.unserved(Policy_sudo, companies):
            calendar = (
                self.env["resource.calendar"]
                .sudo()
                .create(company._prepare_loyalty_sla_calendar_values())
            )
            calendar.loyalty_sla_follows_company = True
            calendar._loyalty_sla_follow_holidays()
            urgent, standard = Policy_sudo.create(
                [
                    {
                        "name": "Urgent",
                        "sequence": 10,
                        "company_id": company.id,
                        "calendar_id": calendar.id,
                        "min_priority": "2",
                        "first_response_hours": 1,
                        "next_response_hours": 2,
                        "resolution_hours": 8,
                    },
                    {
                        "name": "Standard",
                        "sequence": 20,
                        "company_id": company.id,
                        "calendar_id": calendar.id,
                        "first_response_hours": 4,
                        "next_response_hours": 8,
                        "resolution_hours": 24,
                    },
                ]
            )
            defaults.keep(
                company,
                {
                    "calendar_service_hours": calendar,
                    "policy_urgent": urgent,
                    "policy_standard": standard,
                },
                lambda env: {
                    "policy_urgent": env._("Urgent"),
                    "policy_standard": env._("Standard"),
                },
            )
