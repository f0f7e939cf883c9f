from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    loyalty_open_ticket_count = fields.Integer(
        related="loyalty_client_id.open_ticket_count",
        string="Open Tickets",
        groups="loyalty_service.group_loyalty_user",
    )

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
