from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    loyalty_health_breakdown = fields.Json(
        related="loyalty_client_id.health_breakdown",
        groups="loyalty_service.group_loyalty_user",
    )

    loyalty_health_band = fields.Selection(
        related="loyalty_client_id.health_band",
        groups="loyalty_service.group_loyalty_user",
        string="Health",
    )

    def action_view_loyalty_health(self):
        """Open the history of the client's health."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_service.health_snapshot_action"
        )
        return {
            **action,
            "display_name": self.env._("Health of %s", self.commercial_partner_id.name),
            "domain": [("client_id.partner_id", "=", self.commercial_partner_id.id)],
            "context": {},
        }

    def action_update_loyalty_health(self):
        """Score the client now."""
        return self.loyalty_client_id.action_update_health()
