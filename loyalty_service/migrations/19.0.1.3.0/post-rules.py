"""A running programme gives what its manager decided: what is new waits."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Switch off the rules, recommendations and appointments that came with this version."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name in ("earning_rule_client_event", "earning_rule_referral_welcome"):
        rule = env.ref(f"loyalty_service.{name}", raise_if_not_found=False)
        if rule:
            rule.active = False
    programs = env["loyalty.program"].with_context(active_test=False)
    running = programs.search([("service_points", "=", True)])
    running.write({"referral_active": False, "booking_active": False})
