from odoo import models

from ..columns import pick, split
from .client_tier_figures import PAID


class Event(models.Model):
    """Payments lift clients whose tier is reached by money paid."""

    _inherit = "loyalty.service.event"

    def _after_record(self):
        result = super()._after_record()
        payments = pick(self, lambda signal: signal in PAID, "signal")
        Client = self.env["loyalty.service.client"]
        for company, events in split(payments, "company_id").items():
            if Client._tier_basis(company) == "spend":
                Client._ensure(events.partner_id, company)._update_tiers()
        return result
