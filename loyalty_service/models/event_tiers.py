from odoo import models

from .client_tier_figures import PAID


class Event(models.Model):
    """Payments lift clients whose tier is reached by money paid."""

    _inherit = "loyalty.service.event"

    def _after_record(self):
        result = super()._after_record()
        payments = self.filtered(lambda event: event.signal in PAID)
        Client = self.env["loyalty.service.client"]
        for company, events in payments.grouped("company_id").items():
            Client._ensure(events.partner_id, company)._update_tiers_by("spend")
        return result
