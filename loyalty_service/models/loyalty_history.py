from odoo import models


class LoyaltyHistory(models.Model):
    _name = "loyalty.history"
    _inherit = ["loyalty.history", "loyalty.service.others"]

    _belongs_by = {"card_id"}

    def _keeps_ledger(self):
        return self.card_id.service_points
