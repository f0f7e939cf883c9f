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

    def _get_asked_dates(self):
        """Return ``{event: when its client was asked by mail how satisfied it is with it}``.

        None here: addons that ask in a way of their own, without a survey, add theirs, so that
        no other addon asks the same once more.
        """
        return {}
