"""Answers that know that they were made from a ticket, also when it is gone."""

from odoo.tools import SQL


def migrate(cr, version):
    """Note it of the answers whose ticket is still there."""
    cr.execute(
        SQL(
            """
            UPDATE loyalty_service_sla_answer
               SET from_ticket = TRUE
             WHERE ticket_id IS NOT NULL AND from_ticket IS NOT TRUE
            """
        )
    )
