from odoo import fields, models


class Event(models.Model):
    """How long a service took, for the free hours of the client's tier."""

    _inherit = "loyalty.service.event"

    hours = fields.Float(
        string="Duration (Hours)",
        help="How long it took. Of types that count against free hours, it uses them up.",
    )

    # What is no number (NaN) is above every bound.
    _hours_check = models.Constraint(
        "CHECK (hours >= 0 AND hours <= 10000)", "A duration lies between 0 and 10,000 hours."
    )
