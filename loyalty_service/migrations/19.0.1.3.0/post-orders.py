"""An order gives back the points that the ledger says it took, and nothing else."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Have ledgers know what orders took before they were opened."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    cards = env["loyalty.card"].with_context(active_test=False)
    cards.search([("service_points", "=", True)])._book_earlier_orders()
