from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        result = super().write(vals)
        if "currency_id" in vals:
            self._loyalty_follow_currency()
        return result

    def _loyalty_follow_currency(self):
        """Have points be worth money of the company's currency.

        A chart of accounts sets the currency after the programme has been made. The programme
        that companies share follows the main one.
        """
        # sudo: who sets up accounting need not be in the loyalty group; only the currency of the
        # programmes of these companies is written.
        Program_sudo = self.env["loyalty.program"].sudo()
        main = self.env.ref("base.main_company", raise_if_not_found=False)
        for company in self:
            Program_sudo.search(
                [
                    ("service_points", "=", True),
                    ("company_id", "in", [company.id, *([False] if company == main else [])]),
                    ("currency_id", "!=", company.currency_id.id),
                    ("pricelist_ids", "=", False),
                ]
            ).currency_id = company.currency_id
