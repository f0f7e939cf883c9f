from odoo import fields, models


class ResCompany(models.Model):
    """When the tiers of all clients of a firm were looked at."""

    _inherit = "res.company"

    loyalty_reviewed_on = fields.Date(
        string="Tiers Reviewed on",
        readonly=True,
        copy=False,
        help="Day on which the tiers of all clients were looked at last.",
    )

    def _loyalty_to_review(self):
        """Return those of ``self`` whose tiers were not looked at today, where the firm is."""
        return self.filtered(
            lambda company: (
                not company.loyalty_reviewed_on
                or company.loyalty_reviewed_on < company._loyalty_day()
            )
        )
