from odoo import api, models


class Event(models.Model):
    """What clients say about what happened before: which event is about which."""

    _inherit = "loyalty.service.event"

    @api.model
    def _about_queries(self):
        """Return statements of pairs (event, the event that it is about) as SQL; none here.

        Whoever asks clients about what happened adds one. Readers of the ledger join them: so an
        answer counts for what it is about, and nobody need know who has asked.
        """
        return []
