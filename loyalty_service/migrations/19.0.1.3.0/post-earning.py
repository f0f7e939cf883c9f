"""Rules know since when they are as they are; before anything is recorded by this upgrade."""

from odoo.tools import SQL


def migrate(cr, version):
    """Nobody knows it of those that are there; as long as they exist is what counted so far."""
    cr.execute(SQL("UPDATE loyalty_service_earning_rule SET running_since = create_date"))
