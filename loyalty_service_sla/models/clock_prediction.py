from odoo import fields, models


class Clock(models.Model):
    """How likely a clock is to miss its promise; see ``loyalty.service.sla.prediction``."""

    _inherit = "loyalty.service.sla.clock"

    breach_probability = fields.Float(
        string="Likely to Miss",
        readonly=True,
        aggregator="avg",
        help="As of the last look at it while it was open; 0 where nothing is predicted.",
    )
    breach_reasons = fields.Json(
        readonly=True, help="What makes it likelier than others: [[what, how much], ...]."
    )

    _breach_probability_idx = models.Index(
        "(ticket_id) WHERE breach_probability > 0 AND state IN ('running', 'paused')"
    )
