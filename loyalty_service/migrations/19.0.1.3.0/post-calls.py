"""A call that a referral asked for is done when the referral goes on; older ones stayed open."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Close the calls of referrals that are no longer invited only."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["loyalty.service.referral"].search(
        [
            ("state", "!=", "invited"),
            ("lead_id.activity_ids.activity_type_id", "!=", False),
        ]
    )._close_calls()
