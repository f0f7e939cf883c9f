from odoo import fields, models


class EndReason(models.Model):
    _name = "loyalty.service.end.reason"
    _description = "Reason why an Agreement Ended"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    is_avoidable = fields.Boolean(
        default=True,
        help="The firm could have kept the client. A client that closed its business could "
        "not have been kept.",
    )
