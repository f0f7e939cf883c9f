from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _loyalty_referral_program(self):
        """Return the programme that says how clients of the company recommend it, or none."""
        self.ensure_one()
        # sudo: its settings decide what happens, whoever makes it happen.
        return self.env["loyalty.program"]._get_service_program(self).sudo()

    def _loyalty_offers_referrals(self):
        """Say whether clients of the company may recommend it."""
        return bool(self) and self._loyalty_referral_program().referral_active
