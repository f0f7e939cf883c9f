"""Clocks that know how often and since when somebody waits."""

from odoo.tools import SQL


def migrate(cr, version):
    """Say of the clocks that are there what a replay of their logs would say."""
    cr.execute(
        SQL(
            """
            UPDATE loyalty_service_sla_clock clock
               SET waits = 1,
                   late_waits = CASE WHEN clock.breached THEN 1 ELSE 0 END,
                   started_date = opened.date,
                   pause_reason = CASE WHEN clock.state = 'paused' THEN 'client' END
              FROM (
                   SELECT ticket_id, MIN(date) AS date
                     FROM loyalty_service_sla_entry
                    WHERE kind = 'opened'
                 GROUP BY ticket_id
                   ) AS opened
             WHERE opened.ticket_id = clock.ticket_id AND COALESCE(clock.waits, 0) = 0
            """
        )
    )
