from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    loyalty_agreement_months = fields.Integer(
        string="Agreement Months",
        help="An order for this service makes a service agreement of so many months, or renews "
        "the running one. What its line costs without taxes is for all of them together. "
        "0: no agreement.",
    )

    _loyalty_agreement_months_check = models.Constraint(
        "CHECK (loyalty_agreement_months >= 0)", "The months of an agreement cannot be negative."
    )
