from odoo import fields, models


class ResPartner(models.Model):
    """What the Loyalty tab shows of the contacts with a client."""

    _inherit = "res.partner"

    loyalty_rhythm_picture = fields.Json(
        related="loyalty_client_id.rhythm_picture",
        groups="loyalty_service.group_loyalty_user",
    )

    def _is_loyalty_machine(self):
        """Tell whether the partner stands for the system, which writes to nobody by itself."""
        self.ensure_one()
        return self == self.env.ref("base.partner_root")
