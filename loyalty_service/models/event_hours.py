from odoo import fields, models


class Event(models.Model):
    """How long a service took, for the free hours of the client's tier."""

    _inherit = "loyalty.service.event"

    hours = fields.Float(
        string="Duration (Hours)",
        help="How long it took. Of types that count against free hours, it uses them up.",
    )

    _hours_check = models.Constraint("CHECK (hours >= 0)", "A duration cannot be negative.")
