"""A referral is worth many points: managers log it."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Take the type out of what every user logs."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env.ref("loyalty_service.event_type_referral_won").manual = False
