"""The ledger does not say any more what mails with clients are about."""

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

from odoo.addons.loyalty_service.models.event_mail import WRITTEN_BY, WRITTEN_TO


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    for company in env["res.company"].with_context(active_test=False).search([]):
        cr.execute(
            SQL(
                """
                UPDATE loyalty_service_event
                   SET summary = CASE WHEN user_id IS NULL THEN %s ELSE %s END
                 WHERE res_model = 'mail.message' AND reversal_of_id IS NULL AND company_id = %s
                """,
                company._loyalty_say(WRITTEN_BY),
                company._loyalty_say(WRITTEN_TO),
                company.id,
            )
        )
