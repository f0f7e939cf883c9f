"""Ladders for the companies that are there, and for what is told already."""

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL


def migrate(cr, version):
    """Give each company its ladders: they are about what comes due from now on.

    The activities about breaches so far belong to a late clock of their ticket, and go with it.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["loyalty.service.sla.ladder"]._create_defaults()
    sweep = env.ref("loyalty_service_sla.ir_cron_sweep", False)
    if sweep and (sweep.interval_number, sweep.interval_type) == (10, "minutes"):
        sweep.interval_number = 1
    breach_type = env.ref("loyalty_service_sla.mail_activity_type_breach", False)
    if breach_type:
        cr.execute(
            SQL(
                """
                UPDATE mail_activity activity SET loyalty_sla_clock_id = late.id
                  FROM (
                       SELECT DISTINCT ON (ticket_id) ticket_id, id
                         FROM loyalty_service_sla_clock
                        WHERE breached AND state IN ('running', 'paused')
                     ORDER BY ticket_id, breach_date DESC
                       ) AS late
                 WHERE activity.res_model = 'helpdesk.ticket' AND activity.res_id = late.ticket_id
                   AND activity.activity_type_id = %s
                """,
                breach_type.id,
            )
        )
