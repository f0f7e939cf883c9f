from odoo import fields, models

from odoo.addons.loyalty_service.models.event_type import CHANNELS


class HelpdeskTicketChannel(models.Model):
    _inherit = "helpdesk.ticket.channel"

    loyalty_channel = fields.Selection(
        CHANNELS,
        string="Client Timeline Channel",
        default="other",
        required=True,
        help="How tickets of this channel appear in the timeline of the client.",
    )
