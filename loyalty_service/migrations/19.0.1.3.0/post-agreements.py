"""A cancelled order for a later term had agreements run that have not begun yet."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Have follow-ups that run beside what they follow wait for their first day."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for company in env["res.company"].search([]):
        env["loyalty.service.agreement"].search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "active"),
                ("renews_id.state", "=", "active"),
                ("date_start", ">", company._loyalty_day()),
            ]
        ).write({"state": "planned"})
