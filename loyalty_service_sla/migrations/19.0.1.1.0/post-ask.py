"""Stages in which nothing was solved, so that nobody is asked whether it is."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Do what a fresh installation does; stages that were there are not touched by its data."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name in ("cancelled", "rejected"):
        stage = env.ref(f"helpdesk_mgmt.helpdesk_ticket_stage_{name}", raise_if_not_found=False)
        if stage:
            stage.loyalty_ask_solved = False
