from odoo import models

from ..engine import address


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _loyalty_address_lines(self):
        """Return the address by the format of its country, without marks around missing parts."""
        self.ensure_one()
        return address.lines(self._display_address(without_company=True))
