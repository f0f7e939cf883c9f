from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    loyalty_client_ids = fields.One2many(
        "loyalty.service.client", "partner_id", groups="loyalty_service.group_loyalty_user"
    )
    loyalty_client_id = fields.Many2one(
        "loyalty.service.client",
        string="Loyalty",
        compute="_compute_loyalty_client_id",
        search="_search_loyalty_client_id",
        groups="loyalty_service.group_loyalty_user",
        help="The loyalty record of this client in the current company.",
    )

    loyalty_last_contact_date = fields.Datetime(
        related="loyalty_client_id.last_contact_date",
        groups="loyalty_service.group_loyalty_user",
        string="Last Contact",
    )
    loyalty_next_renewal_date = fields.Date(
        related="loyalty_client_id.next_renewal_date",
        groups="loyalty_service.group_loyalty_user",
        string="Next Renewal",
    )
    loyalty_monthly_amount = fields.Monetary(
        related="loyalty_client_id.monthly_amount",
        groups="loyalty_service.group_loyalty_user",
        string="Monthly Amount",
    )
    loyalty_client_since = fields.Date(
        related="loyalty_client_id.client_since",
        groups="loyalty_service.group_loyalty_user",
        string="Client Since",
    )
    loyalty_event_count = fields.Integer(
        compute="_compute_loyalty_counts", groups="loyalty_service.group_loyalty_user"
    )
    loyalty_agreement_count = fields.Integer(
        compute="_compute_loyalty_counts", groups="loyalty_service.group_loyalty_user"
    )

    def write(self, vals):
        """A client that becomes a contact of another company is one client with it from now on.

        The other way round, a contact that leaves its company begins anew as a client of its
        own: what happened so far happened with the company, which keeps it.
        """
        if not {"parent_id", "is_company"} & set(vals):
            return super().write(vals)
        own = self.filtered(lambda partner: partner.commercial_partner_id == partner)
        result = super().write(vals)
        joined = own.filtered(lambda partner: partner.commercial_partner_id != partner)
        Client = self.env["loyalty.service.client"]
        for company, partners in joined.grouped("commercial_partner_id").items():
            Client._join_partners(partners, company)
            Client._after_join(company)
        return result

    @api.depends("loyalty_client_ids", "commercial_partner_id")
    @api.depends_context("company")
    def _compute_loyalty_client_id(self):
        clients = self.env["loyalty.service.client"].search(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.id),
            ]
        )
        by_partner = {client.partner_id: client for client in clients}
        for partner in self:
            partner.loyalty_client_id = by_partner.get(partner.commercial_partner_id, False)

    def _search_loyalty_client_id(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        company_domain = [("company_id", "=", self.env.company.id)]
        clients = self.env["loyalty.service.client"].search(
            [*company_domain, ("id", "in", [v for v in value if v])]
            if operator == "in"
            else [*company_domain, *value]
        )
        domain = [("commercial_partner_id", "in", clients.partner_id.ids)]
        if operator == "in" and False in value:
            everyone = self.env["loyalty.service.client"]._search(company_domain)
            domain = [
                "|",
                *domain,
                ("commercial_partner_id.loyalty_client_ids", "not in", everyone),
            ]
        return domain

    def _compute_loyalty_counts(self):
        clients = self.commercial_partner_id
        events, agreements = (
            dict(
                self.env[model]._read_group(
                    [("partner_id", "in", clients.ids), *domain], ["partner_id"], ["__count"]
                )
            )
            for model, domain in (
                ("loyalty.service.event", self.env["loyalty.service.event"]._domain_standing()),
                ("loyalty.service.agreement", []),
            )
        )
        for partner in self:
            partner.loyalty_event_count = events.get(partner.commercial_partner_id, 0)
            partner.loyalty_agreement_count = agreements.get(partner.commercial_partner_id, 0)

    def action_view_loyalty_events(self):
        """Open the timeline of the client."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_service.event_action")
        return {
            **action,
            "display_name": self.env._("Timeline of %s", self.commercial_partner_id.name),
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
            "context": {
                "default_partner_id": self.commercial_partner_id.id,
                "search_default_standing": 1,
            },
        }

    def action_view_loyalty_agreements(self):
        """Open the service agreements of the client."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_service.agreement_action")
        return {
            **action,
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
            "context": {"default_partner_id": self.commercial_partner_id.id},
        }

    def action_loyalty_log(self):
        """Open the line that logs a contact with the partners in ``self``.

        The context may name the type by ``loyalty_log_type``.
        """
        return {
            "type": "ir.actions.client",
            "tag": "loyalty_service.quick_log",
            "name": self.env._("Log a Contact"),
            "params": {
                "partner_ids": self.ids,
                "code": self.env.context.get("loyalty_log_type", False),
            },
        }
