from odoo import api, models

from . import defaults


class Policy(models.Model):
    """What is promised where it cannot wait: soon, and by every hour of the day and night."""

    _inherit = "loyalty.service.sla.policy"

    @api.model
    def _create_emergency_defaults(self, companies=None, active=True):
        """Give each company a policy for emergencies to start from, once.

        Its hours are all there are, as those of the ladder that wakes people at any time: by
        working hours who files an emergency at night is promised an answer for the next morning.

        :param active: False offers it only, archived
        """
        # sudo: who creates a company need not be a manager here; only records of these
        # companies are made.
        env_sudo = self.sudo().with_context(lang="en_US").env
        emergency = env_sudo.ref("loyalty_service_sla.ticket_type_emergency")
        policies_sudo = env_sudo["loyalty.service.sla.policy"]
        for company in defaults.unserved(
            policies_sudo, companies, [("ticket_types", "in", emergency.ids)]
        ):
            calendar = env_sudo["resource.calendar"].create(
                company._prepare_loyalty_sla_always_values()
            )
            policy = policies_sudo.create(
                {
                    "name": "Emergencies",
                    "active": active,
                    "company_id": company.id,
                    "calendar_id": calendar.id,
                    "ticket_types": [(6, 0, emergency.ids)],
                    **self._get_emergency_terms(),
                }
            )
            defaults.keep(
                company,
                {"calendar_always": calendar, "policy_emergency": policy},
                lambda env: {"policy_emergency": env._("Emergencies")},
            )

    @api.model
    def _get_emergency_terms(self):
        """Return what is promised, before what is urgent for other reasons."""
        return {
            "sequence": 6,
            "first_response_hours": 0.5,
            "next_response_hours": 1,
            "resolution_hours": 8,
        }
