from odoo import api, models

# Leaders of the service desk, and of the programme: either decides.
MANAGERS = ("helpdesk_mgmt.group_helpdesk_manager", "loyalty_service.group_loyalty_manager")


class ResUsers(models.Model):
    _inherit = "res.users"

    def _loyalty_sla_is_manager(self):
        """Return whether the user may decide what is for managers of the service desk only."""
        return any(self.has_group(group) for group in MANAGERS)

    @api.model
    def _loyalty_sla_get_managers(self, company):
        """Return those who may decide it in ``company``."""
        # sudo: everybody may know who decides; of users nothing else is read.
        found = self.env["res.users"].sudo()
        for name in MANAGERS:
            group = self.env.ref(name, raise_if_not_found=False)
            found |= group.sudo().all_user_ids if group else found
        return found.filtered(
            lambda user: user.active and not user.share and company in user.company_ids
        ).sudo(False)
