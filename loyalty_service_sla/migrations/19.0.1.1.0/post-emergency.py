"""A promise for emergencies that counts day and night, for firms that want it."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Offer the policy, archived: what a firm promises to its clients is its own to decide."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["loyalty.service.sla.policy"]._create_emergency_defaults(active=False)
