"""A branch reads the tiers and rules of the company by whose programme its clients earn."""

from odoo import SUPERUSER_ID, api

BEFORE = '[("company_id", "in", company_ids + [False])]'
NOW = BEFORE.replace("[(", "['|', (").replace(")]", '), ("company_id", "parent_of", company_ids)]')


def migrate(cr, version):
    """Bring the rules up to date, unless somebody has changed them."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name in ("tier_company_rule", "earning_rule_company_rule"):
        rule = env.ref(f"loyalty_service.{name}", raise_if_not_found=False)
        if rule and rule.domain_force == BEFORE:
            rule.domain_force = NOW
