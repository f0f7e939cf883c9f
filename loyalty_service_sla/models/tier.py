from odoo import models


class Tier(models.Model):
    """The words for what the service desk gives the clients of a tier."""

    _inherit = "loyalty.service.tier"

    def _benefit_lines(self):
        lines = super()._benefit_lines()
        if self.sla_factor != 1 and self._shortens_promises():
            lines.append(
                self.env._("Answers in %s of the usual time", self._percent(self.sla_factor))
            )
        if self.ticket_priority != "0":
            names = dict(self._fields["ticket_priority"]._description_selection(self.env))
            lines.append(self.env._("Priority of your requests: %s", names[self.ticket_priority]))
        return lines

    def _shortens_promises(self):
        """Tell whether any promise follows the factor of the tier, in the reader's company."""
        company = self.company_id or self.env.company
        # sudo: whether there is such a policy, for readers who may not see policies.
        return bool(
            self.env["loyalty.service.sla.policy"]
            .sudo()
            .search_count(
                [("company_id", "=", company.id), ("apply_tier_factor", "=", True)], limit=1
            )
        )
