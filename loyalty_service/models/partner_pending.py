from odoo import fields, models

from .loyalty_program import USER


class ResPartner(models.Model):
    _inherit = "res.partner"

    loyalty_pending_text = fields.Text(
        related="loyalty_client_id.pending_text", groups=USER, string="Waiting for Payment"
    )

    def action_view_loyalty_pending(self):
        """Open the invoices whose payment brings the client points."""
        return self.loyalty_client_id.action_view_pending()
