from odoo import api, models
from odoo.exceptions import ValidationError


class LoyaltyRule(models.Model):
    _name = "loyalty.rule"
    _inherit = ["loyalty.rule", "loyalty.service.others"]

    @api.constrains("program_id", "active")
    def _check_no_ledger(self):
        """Refuse rules for orders where events give the points, however somebody adds one."""
        if self.filtered(lambda rule: rule.active and rule.program_id.service_points):
            raise ValidationError(
                self.env._(
                    "Clients earn the points of this programme by service events. Remove its "
                    "rules for orders, which would give points a second time."
                )
            )
