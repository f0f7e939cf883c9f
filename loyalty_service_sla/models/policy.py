from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import clock as engine

PRIORITIES = [("1", "Medium"), ("2", "High"), ("3", "Very High")]


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
    min_priority = fields.Selection(
        PRIORITIES, string="Priority from", help="This priority or a higher one. Empty: any."
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
        " AND resolution_hours >= 0)",
        "The promised hours cannot be negative.",
    )

    @api.constrains("calendar_id", "company_id")
    def _check_calendar(self):
        for policy in self:
            # sudo: the calendar may be another company's, which is what is checked.
            calendar_sudo = policy.calendar_id.sudo()
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

    # ------------------------------------------------------------------
    # What is promised to a ticket
    # ------------------------------------------------------------------

    @api.model
    def _get_promises(self, tickets):
        """Return what is promised to each ticket, with a flat number of queries.

        :return: ``{ticket: {"policy_id": id, "calendar_id": id, "promise": {target: seconds},
            "terms": dict}}``; False and empty where no policy fits
        """
        # Whatever the caller looks for among archived records, an archived policy promises nothing.
        policies = self.with_context(active_test=True).search(
            [("company_id", "in", tickets.company_id.ids)]
        )
        tiers = self._get_tiers(tickets) if policies else {}
        by_company = policies.grouped("company_id")
        result = {}
        for ticket in tickets:
            tier = tiers.get(
                (ticket.commercial_partner_id.id, ticket.company_id.id),
                self.env["loyalty.service.tier"],
            )
            policy = next(
                (
                    policy
                    for policy in by_company.get(ticket.company_id, self)
                    if policy._fits(ticket, tier)
                ),
                self.browse(),
            )
            result[ticket] = {
                "policy_id": policy.id,
                "calendar_id": policy._get_calendar(ticket).id,
                "promise": policy._get_seconds(tier),
                "terms": policy._get_terms(tier),
            }
        return result

    @api.model
    def _get_tiers(self, tickets):
        """Return ``{(partner id, company id): tier}`` of the clients of ``tickets``."""
        clients = self.env["loyalty.service.client"].search_fetch(
            [
                ("partner_id", "in", tickets.commercial_partner_id.ids),
                ("company_id", "in", tickets.company_id.ids),
            ],
            ["partner_id", "company_id", "tier_id"],
        )
        return {(client.partner_id.id, client.company_id.id): client.tier_id for client in clients}

    def _fits(self, ticket, tier):
        """Tell whether this policy is meant for ``ticket``, whose client has ``tier``."""
        self.ensure_one()
        return (
            (not self.team_ids or ticket.team_id in self.team_ids)
            and (not self.min_priority or (ticket.priority or "0") >= self.min_priority)
            and (not self.channel_ids or ticket.channel_id in self.channel_ids)
            and (not self.tag_ids or bool(ticket.tag_ids & self.tag_ids))
            and (not self.tier_ids or tier in self.tier_ids)
            and (not self.category_ids or self._fits_category(ticket.category_id))
        )

    def _fits_category(self, category):
        ancestors = {int(part) for part in (category.parent_path or "").split("/") if part}
        return not ancestors.isdisjoint(self.category_ids.ids)

    def _get_calendar(self, ticket):
        """Return the first fixed calendar of the ticket's company that is set for it."""
        Calendar = self.env["resource.calendar"]
        if not self:
            return Calendar
        candidates = (
            self.calendar_id,
            ticket.team_id.resource_calendar_id,
            self.company_id.resource_calendar_id,
        )
        return next(
            (
                calendar
                for calendar in candidates
                if calendar
                and not calendar.flexible_hours
                and calendar.company_id in (self.company_id, self.env["res.company"])
            ),
            Calendar,
        )

    def _get_seconds(self, tier):
        """Return ``{target: working seconds}`` for a client of ``tier``."""
        if not self:
            return {}
        factor = self._get_factor(tier)
        return {
            target: max(round(promised * 3600 * factor), 1)
            for target, promised in self._get_hours().items()
        }

    def _get_factor(self, tier):
        return tier.sla_factor if tier and self.apply_tier_factor else 1.0

    def _get_hours(self):
        """Return ``{target: hours}`` of the targets that are promised."""
        hours = {
            engine.FIRST_RESPONSE: self.first_response_hours,
            engine.NEXT_RESPONSE: self.next_response_hours,
            engine.RESOLUTION: self.resolution_hours,
        }
        return {target: promised for target, promised in hours.items() if promised}

    def _get_terms(self, tier):
        """Return what the promise was made from, which the log keeps: hours and tier."""
        return {"hours": self._get_hours(), "tier": tier.name or False} if self else False

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
        Policy_sudo = self.sudo().with_context(active_test=False)
        domain = [] if companies is None else [("company_id", "in", companies.ids)]
        served = dict(Policy_sudo._read_group(domain, ["company_id"], ["__count"]))
        if companies is None:
            companies = (
                self.env["res.company"]
                .sudo()
                .search([("id", "not in", [company.id for company in served])])
            )
        main = self.env.ref("base.main_company", raise_if_not_found=False)
        for company in companies.filtered(lambda company: company not in served):
            suffix = "" if company == main else f"_{company.id}"
            calendar = (
                self.env["resource.calendar"]
                .sudo()
                .create(company._prepare_loyalty_sla_calendar_values())
            )
            calendar.loyalty_sla_follows_company = True
            calendar._loyalty_sla_follow_holidays()
            urgent, standard = Policy_sudo.with_context(lang="en_US").create(
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
            for code, names in self._get_default_names().items():
                for policy, name in zip((urgent, standard), names, strict=True):
                    policy.update_field_translations("name", {code: name})
            self.env["ir.model.data"].sudo()._update_xmlids(
                [
                    {
                        "xml_id": f"loyalty_service_sla.{name}{suffix}",
                        "record": record,
                        "noupdate": True,
                    }
                    for name, record in (
                        ("calendar_service_hours", calendar),
                        ("policy_urgent", urgent),
                        ("policy_standard", standard),
                    )
                ]
            )

    @api.model
    def _get_default_names(self):
        """Return ``{language code: (urgent, standard)}`` for the languages in use but English.

        Odoo translates the records of the first company by their external ids, and no others.
        """
        result = {}
        for code, _name in self.env["res.lang"].get_installed():
            if code != "en_US":
                env = self.with_context(lang=code).env
                result[code] = (env._("Urgent"), env._("Standard"))
        return result
