"""Outcomes of promises, which scorecards count, of the time before they were kept."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Write down what the logs say was kept and missed, and how clients rated."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["loyalty.service.sla.outcome"]._fill_past()
