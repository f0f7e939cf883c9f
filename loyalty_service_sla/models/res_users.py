from odoo import models

# Leaders of the service desk, and of the programme: either decides.
MANAGERS = ("helpdesk_mgmt.group_helpdesk_manager", "loyalty_service.group_loyalty_manager")


class ResUsers(models.Model):
    _inherit = "res.users"

    def _loyalty_sla_is_manager(self):
        """Return whether the user may decide what is for managers of the service desk only."""
        return any(self.has_group(group) for group in MANAGERS)
