from odoo import fields, models


class ComplaintCategory(models.Model):
    """What clients complain about."""

    _name = "loyalty.service.complaint.category"
    _description = "Complaint Category"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
