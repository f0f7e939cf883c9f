from odoo import fields, models

#: What the working hours that were made for a company follow.
FOLLOWED = {"country_id", "tz", "lang"}


class ResPartner(models.Model):
    _inherit = "res.partner"

    loyalty_open_ticket_count = fields.Integer(
        related="loyalty_client_id.open_ticket_count",
        string="Open Tickets",
        groups="loyalty_service.group_loyalty_user",
    )

    def write(self, vals):
        result = super().write(vals)
        if not FOLLOWED.isdisjoint(vals):
            self._loyalty_sla_lead_companies()
        if "country_id" in vals:
            self._loyalty_sla_lead_holidays()
        return result

    def _loyalty_sla_lead_companies(self):
        """Let the service hours of companies follow what their contacts now say of them."""
        # sudo: only companies are looked up; see _loyalty_sla_follow.
        env_sudo = self.sudo().env
        domain = [("loyalty_sla_follows_company", "=", True)]
        if env_sudo["res.company"]._loyalty_admin_sudo().partner_id not in self:
            domain.append(("company_id.partner_id", "in", self.ids))
        env_sudo["resource.calendar"].search(domain).company_id._loyalty_sla_follow()

    def _loyalty_sla_lead_holidays(self):
        """Give the service hours of companies the holidays of the country they are in now."""
        # sudo: see _loyalty_sla_lead_companies; only the hours of these companies are touched.
        calendars_sudo = self.env["resource.calendar"].sudo()
        for calendar_sudo in calendars_sudo.search(
            [
                ("loyalty_sla_follows_company", "=", True),
                ("company_id.partner_id", "in", self.ids),
            ]
        ):
            calendar_sudo._loyalty_sla_follow_holidays()

    def action_view_loyalty_open_tickets(self):
        """Open the tickets of the client that are not closed."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_service_sla.ticket_action")
        client = self.commercial_partner_id
        return {
            **action,
            "display_name": self.env._("Open tickets of %s", client.name),
            "domain": [
                ("commercial_partner_id", "=", client.id),
                ("stage_id.closed", "=", False),
            ],
            "context": {"default_partner_id": self.id},
        }
