from odoo import api, fields, models

from ..engine import clock as engine
from . import defaults
from .complaint import SEVERITIES
from .ladder import DAY, HOUR


class Policy(models.Model):
    """What is promised to who complains."""

    _inherit = "loyalty.service.sla.policy"

    min_severity = fields.Selection(
        SEVERITIES,
        string="Complaint Severity from",
        help="Only complaints that are as serious as this or more. A complaint that turns out to "
        "be more or less serious is promised anew. Empty: any, and what is no complaint.",
    )

    acknowledgement_hours = fields.Float(
        string="Complaints Acknowledged within",
        help="Hours until staff tell the client that the complaint has arrived, by any public "
        "answer. Every hour counts, day and night, also on holidays. 0: not promised.",
    )

    _acknowledgement_check = models.Constraint(
        "CHECK (COALESCE(acknowledgement_hours, 0) >= 0"
        " AND COALESCE(acknowledgement_hours, 0) <= 20000)",
        "The promised hours cannot be negative, and are 20,000 at most.",
    )

    @api.model
    def _create_complaint_defaults(self, companies=None):
        """Give each company a policy and a ladder for complaints to start from, once.

        Within 24 hours, day and night, a complaint is acknowledged; within ten working days of
        the firm it is solved. The same for every client: no tier shortens it.
        """
        # sudo: who creates a company need not be a manager here; only records of these
        # companies are made.
        env_sudo = self.sudo().with_context(lang="en_US").env
        complaint = env_sudo.ref("loyalty_service_sla.ticket_type_complaint")
        for model, name, values in (
            ("loyalty.service.sla.policy", "policy_complaint", {}),
            (
                "loyalty.service.sla.ladder",
                "ladder_complaint",
                {
                    "sequence": 15,
                    "step_ids": [(0, 0, step) for step in self._get_complaint_steps()],
                },
            ),
        ):
            for company in defaults.unserved(
                env_sudo[model], companies, [("ticket_types", "in", complaint.ids)]
            ):
                standard = defaults.find(company, "policy_standard")
                calendar = standard.calendar_id if standard else company.resource_calendar_id
                terms = values or self._get_complaint_terms(calendar)
                record = env_sudo[model].create(
                    {
                        "name": "Complaints",
                        "company_id": company.id,
                        "calendar_id": standard.calendar_id.id if standard else False,
                        "ticket_types": [(6, 0, complaint.ids)],
                        **terms,
                    }
                )
                defaults.keep(
                    company, {name: record}, lambda env, name=name: {name: env._("Complaints")}
                )

    @api.model
    def _get_complaint_terms(self, calendar=None):
        """Return what is promised: a solution within ten days of the hours of a calendar."""
        day = (calendar and calendar.hours_per_day) or 8
        return {
            "sequence": 5,
            "acknowledgement_hours": 24,
            "next_response_hours": 8,
            "resolution_hours": 10 * day,
            "apply_tier_factor": False,
        }

    @api.model
    def _get_complaint_steps(self):
        """Call the leader at once, and the manager when anything is late."""
        acknowledgement, solution = engine.ACKNOWLEDGEMENT, engine.RESOLUTION
        return [
            {"target": acknowledgement, "moment": "start", "who": "leader", "anytime": True},
            {
                "target": acknowledgement,
                "moment": "before",
                "minutes": 8 * HOUR,
                "who": "assignee",
                "anytime": True,
            },
            {"target": solution, "moment": "before", "minutes": 2 * 8 * HOUR, "who": "assignee"},
            {"target": solution, "moment": "before", "minutes": 8 * HOUR, "who": "leader"},
            {
                "target": engine.NEXT_RESPONSE,
                "moment": "before",
                "minutes": HOUR,
                "who": "assignee",
            },
            {"target": engine.DELIVERY, "moment": "before", "minutes": DAY, "who": "assignee"},
            {"moment": "at", "who": "assignee"},
            {"moment": "at", "who": "leader"},
            {"moment": "at", "who": "manager", "how": "mail"},
        ]
