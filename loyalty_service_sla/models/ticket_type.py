from odoo import fields, models

from ..ticket_types import TYPES


class TicketType(models.Model):
    """A type of tickets as a record, so that a policy can name several."""

    _name = "loyalty.service.sla.ticket.type"
    _description = "Ticket Type"
    _order = "id"

    name = fields.Char(required=True, translate=True)
    code = fields.Selection(TYPES, required=True)

    _code_unique = models.Constraint("UNIQUE(code)", "There is one record for each type.")
