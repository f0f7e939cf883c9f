from odoo import fields, models

TYPES = [
    ("question", "Question"),
    ("request", "Request"),
    ("incident", "Incident"),
    ("complaint", "Complaint"),
    ("emergency", "Emergency"),
]


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    loyalty_ticket_type = fields.Selection(
        TYPES,
        string="Type",
        default="question",
        required=True,
        index=True,
        tracking=True,
        help="What kind of ticket this is. Policies may promise other times to other types.",
    )
