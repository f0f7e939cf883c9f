"""A running programme gives what its manager decided: new default rules wait."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Switch off the rule that came with this version."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    rule = env.ref("loyalty_service_survey.earning_rule_survey_answered", raise_if_not_found=False)
    if rule:
        rule.active = False
