from odoo import fields, models


class ComplaintCause(models.Model):
    """Why something went wrong, as found by the investigation."""

    _name = "loyalty.service.complaint.cause"
    _description = "Root Cause of a Complaint"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    is_ours = fields.Boolean(
        string="Our Fault",
        default=True,
        help="The firm could have avoided it. The register counts how many complaints were "
        "justified.",
    )
