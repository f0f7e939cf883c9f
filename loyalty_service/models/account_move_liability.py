from odoo import fields, models


class AccountMove(models.Model):
    """An entry that brings what is owed to clients of a points programme up to date."""

    _inherit = "account.move"

    loyalty_liability_program_id = fields.Many2one(
        "loyalty.program",
        string="Points Programme",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    _loyalty_liability_unique = models.UniqueIndex(
        "(loyalty_liability_program_id, company_id, date) "
        "WHERE loyalty_liability_program_id IS NOT NULL AND state != 'cancel'",
        "The liability of this points programme has been booked for this day already.",
    )
