"""Agreements run from their first day to their last, and not from the day of the click."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Give agreements whose day has not come the state that they are in until then."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    Agreement = env["loyalty.service.agreement"].with_context(tracking_disable=True)
    for company in env["res.company"].search([]):
        today = company._loyalty_day()
        own = [("company_id", "=", company.id)]
        upcoming = Agreement.search([*own, ("state", "=", "active"), ("date_start", ">", today)])
        upcoming.state = "planned"
        upcoming.renews_id.filtered(lambda agreement: agreement.state == "renewed").state = "active"
        Agreement.search(
            [
                *own,
                ("state", "=", "ended"),
                ("ended_on", ">=", today),
                ("date_start", "<=", today),
                ("renewed_by_id", "=", False),
            ]
        ).state = "active"
    env["loyalty.service.client"].search([])._compute_agreement()
