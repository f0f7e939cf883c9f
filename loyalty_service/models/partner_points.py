from odoo import fields, models

from .loyalty_program import USER


class ResPartner(models.Model):
    _inherit = "res.partner"

    loyalty_tier_id = fields.Many2one(
        related="loyalty_client_id.tier_id", groups=USER, string="Tier"
    )
    loyalty_tier_color = fields.Integer(related="loyalty_client_id.tier_color", groups=USER)
    loyalty_tier_progress = fields.Float(
        related="loyalty_client_id.tier_progress", groups=USER, string="Tier Progress"
    )
    loyalty_tier_review_date = fields.Date(
        related="loyalty_client_id.tier_review_date", groups=USER
    )
    loyalty_review_note = fields.Char(
        related="loyalty_client_id.review_note", groups=USER, string="What is Coming"
    )
    loyalty_hours_text = fields.Char(
        related="loyalty_client_id.hours_text", groups=USER, string="Free Service"
    )
    loyalty_lacks_manager = fields.Boolean(related="loyalty_client_id.lacks_manager", groups=USER)
    loyalty_tier_change_ids = fields.One2many(
        related="loyalty_client_id.tier_change_ids", groups=USER, string="Tiers so Far"
    )
    loyalty_tier_override_ids = fields.One2many(
        related="loyalty_client_id.tier_override_ids", groups=USER
    )
    loyalty_next_tier_text = fields.Char(related="loyalty_client_id.next_tier_text", groups=USER)
    loyalty_points = fields.Float(
        related="loyalty_client_id.points_today", groups=USER, string="Points Balance"
    )
    loyalty_expiring_text = fields.Char(related="loyalty_client_id.expiring_text", groups=USER)
    loyalty_move_ids = fields.One2many(
        related="loyalty_client_id.latest_move_ids", groups=USER, string="Latest Points"
    )

    def action_view_loyalty_points(self):
        """Open the ledger of the client's points."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_service.move_action")
        return {
            **action,
            "display_name": self.env._("Points of %s", self.commercial_partner_id.name),
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
            "context": {},
        }

    def action_view_loyalty_tiers(self):
        """Open the history of the client's tiers."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_service.tier_change_action")
        return {
            **action,
            "display_name": self.env._("Tiers of %s", self.commercial_partner_id.name),
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
            "context": {},
        }

    def action_give_loyalty_tier(self):
        """Open the form by which a manager gives the client a tier for a time."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_service.tier_override_action"
        )
        return {
            **action,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_client_id": self.loyalty_client_id.id},
        }

    def action_adjust_loyalty_points(self):
        """Open the dialog by which a manager gives the client points, or takes some."""
        self.ensure_one()
        return self.loyalty_client_id.action_adjust_points()

    def action_print_loyalty_statement(self):
        """Print the loyalty statement of the client."""
        return self.loyalty_client_id.action_print_statement()
