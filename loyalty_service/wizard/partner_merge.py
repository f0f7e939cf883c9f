from odoo import models

from ..append_only import handing_over


class MergePartner(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Make one client of several."""
        Client = self.env["loyalty.service.client"]
        client_partner = dst_partner.commercial_partner_id
        Client._join_partners(src_partners, client_partner)
        # Accounts that somebody has archived were not joined, and go over with their rows.
        with handing_over(self.env):
            result = super()._update_foreign_keys(src_partners, dst_partner)
        Client._after_join(client_partner)
        return result
