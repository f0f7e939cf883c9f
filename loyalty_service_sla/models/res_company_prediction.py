from odoo import api, models


class ResCompany(models.Model):
    """Each company learns from its own tickets only."""

    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env["loyalty.service.sla.prediction"]._create_defaults(companies)
        return companies
