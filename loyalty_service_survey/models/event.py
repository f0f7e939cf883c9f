from odoo import models


class Event(models.Model):
    _inherit = "loyalty.service.event"

    def _after_record(self):
        result = super()._after_record()
        # sudo: who closes a ticket or posts an invoice need not be allowed to see surveys;
        # invitations are made for the clients of these very events.
        self.env["loyalty.service.survey.trigger"].sudo()._fire(self)
        return result
