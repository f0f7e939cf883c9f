from odoo import api, models


class ResLang(models.Model):
    _inherit = "res.lang"

    @api.model_create_multi
    def create(self, vals_list):
        languages = super().create(vals_list)
        languages.filtered("active")._loyalty_name_rewards()
        return languages

    def write(self, vals):
        fresh = self.filtered(lambda lang: not lang.active) if vals.get("active") else self.browse()
        result = super().write(vals)
        fresh._loyalty_name_rewards()
        return result

    def _loyalty_name_rewards(self):
        """Have discounts for points say in new languages what they are."""
        if self:
            # sudo: who sets up languages need not be in the loyalty group; of the discounts
            # nothing but a name that follows from them is written.
            self.env["loyalty.reward"].sudo()._learn_languages(self.mapped("code"))
