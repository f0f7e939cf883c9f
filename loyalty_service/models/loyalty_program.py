from odoo import api, fields, models


class LoyaltyProgram(models.Model):
    _inherit = "loyalty.program"

    service_points = fields.Boolean(
        string="Fed by Service Events",
        help="Clients earn points of this programme by what happens with them (invoices paid, "
        "agreements renewed, ...) and not only by orders. Every change of such a card is "
        "kept in a ledger.",
    )
    tier_ids = fields.One2many("loyalty.service.tier", "program_id", string="Tiers")

    _service_points_check = models.Constraint(
        "CHECK (service_points IS NOT TRUE OR (program_type = 'loyalty' AND applies_on = 'both'))",
        "Only a programme of loyalty cards for current and future orders can be fed by "
        "service events.",
    )

    @api.model
    def _get_service_program(self, company):
        """Return the programme whose points clients of ``company`` earn, or none.

        A programme of the company itself goes before one that all companies share.
        """
        # sudo: whoever posts an invoice or writes a meeting makes points, with or without
        # the right to read loyalty programmes; only the programme of this company is read.
        programs_sudo = self.sudo().search(
            [("service_points", "=", True), ("company_id", "in", [company.id, False])],
            order="sequence, id",
        )
        own = programs_sudo.filtered("company_id")
        return (own or programs_sudo)[:1].with_env(self.env)
