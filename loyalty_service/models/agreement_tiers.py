from odoo import models

# What decides how long a client has been under agreement.
TENURE_READS = {"state", "date_start", "date_end", "ended_on", "renewed_by_id"}


class Agreement(models.Model):
    """Agreements lift clients whose tier is reached by the time under agreement."""

    _inherit = "loyalty.service.agreement"

    def write(self, vals):
        result = super().write(vals)
        if TENURE_READS & set(vals):
            self.client_id._update_tiers_by("tenure")
        return result
