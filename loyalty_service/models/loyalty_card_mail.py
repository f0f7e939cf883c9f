from odoo import models


class LoyaltyCard(models.Model):
    """Whom mail about a points account goes to."""

    _inherit = "loyalty.card"

    def _send_points_reach_communication(self, points_changes):
        """Look for whom to write to only where the programme has something to say.

        Odoo looks for it card by card, also where no number of points is waited for.
        """
        if "points_reach" not in self.program_id.communication_plan_ids.mapped("trigger"):
            return None
        return super()._send_points_reach_communication(points_changes)

    def _mail_get_partners(self, introspect_fields=False):
        """Have Odoo's own mails, too, reach a contact where the company has no address."""
        result = super()._mail_get_partners(introspect_fields=introspect_fields)
        # sudo: only to whom mail of these very clients goes, for whoever may read their cards.
        for card in self.filtered("service_points"):
            reached = card.sudo().service_client_ids.mail_partner_id[:1].with_env(self.env)
            if reached:
                result[card.id] = reached
        return result
