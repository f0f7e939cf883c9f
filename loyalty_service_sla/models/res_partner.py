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
        return result

    def _loyalty_sla_lead_companies(self):
        """Let the service hours of companies follow what their contacts now say of them."""
        # sudo: the companies of these very contacts are looked up; see _loyalty_sla_follow.
        Company_sudo = self.env["res.company"].sudo()
        leads_all = Company_sudo._loyalty_admin_sudo().partner_id in self
        domain = [] if leads_all else [("partner_id", "in", self.ids)]
        Company_sudo.search(domain)._loyalty_sla_follow()

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
