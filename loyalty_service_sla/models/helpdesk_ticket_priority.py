from odoo import api, models


class HelpdeskTicket(models.Model):
    """A request of a client begins with the priority that its tier gives, unless it is higher.

    Once, when it is made: what staff decide afterwards stays.
    """

    _inherit = "helpdesk.ticket"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(self._loyalty_sla_with_priorities(vals_list))

    @api.model
    def _loyalty_sla_with_priorities(self, vals_list):
        """Return the dicts with the priority raised to that of the client's tier: a few
        statements for any number."""
        defaults = self.default_get(["priority", "partner_id", "company_id", "team_id"])
        rows = [{**defaults, **vals} for vals in vals_list]
        partners = self.env["res.partner"].browse(
            {row.get("partner_id") for row in rows} - {False, None}
        )
        teams = self.env["helpdesk.ticket.team"].browse(
            {row.get("team_id") for row in rows} - {False, None}
        )
        # sudo: whoever files the request, also its client in the portal: to which client it
        # belongs and which priority its tier gives is read, and nothing leaves this method.
        commercial = {partner.id: partner.commercial_partner_id for partner in partners.sudo()}
        of_team = {team.id: team.company_id for team in teams.sudo()}
        clients_sudo = (
            self.env["loyalty.service.client"]
            .sudo()
            .search_fetch(
                [
                    ("partner_id", "in", [partner.id for partner in commercial.values()]),
                    ("tier_id.ticket_priority", "!=", "0"),
                ],
                ["partner_id", "company_id", "tier_id"],
            )
        )
        given = {
            (client.partner_id, client.company_id.id): client.tier_id.ticket_priority
            for client in clients_sudo
        }
        result = []
        for row, vals in zip(rows, vals_list, strict=True):
            team_company = of_team.get(row.get("team_id"))
            company_id = team_company.id if team_company else row.get("company_id")
            company_id = company_id or self.env.company.id
            at_least = given.get((commercial.get(row.get("partner_id")), company_id), "0")
            is_raised = at_least > (row.get("priority") or "0")
            result.append(dict(vals, priority=at_least) if is_raised else vals)
        return result
