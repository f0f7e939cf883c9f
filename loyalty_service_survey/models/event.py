from odoo import api, models
from odoo.tools import SQL


class Event(models.Model):
    _inherit = "loyalty.service.event"

    def _after_record(self):
        result = super()._after_record()
        # sudo: who closes a ticket or posts an invoice need not be allowed to see surveys;
        # invitations are made for the clients of these very events.
        self.env["loyalty.service.survey.trigger"].sudo()._fire(self)
        return result

    @api.model
    def _about_queries(self):
        """An answer to an invitation is about the event by which that was sent."""
        return [
            *super()._about_queries(),
            SQL(
                """
                SELECT told.id, invitation.event_id
                  FROM loyalty_service_event told
                  JOIN loyalty_service_survey_invitation invitation ON invitation.id = told.res_id
                 WHERE told.res_model = %s AND invitation.event_id IS NOT NULL
                """,
                "loyalty.service.survey.invitation",
            ),
        ]
