from odoo import fields, models


class EventType(models.Model):
    _inherit = "loyalty.service.event.type"

    uses_free_hours = fields.Boolean(
        string="Counts against Free Hours",
        help="The duration of an event of this type uses up free service hours that the tier of "
        "the client gives.",
    )
