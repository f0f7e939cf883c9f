"""What happens once, on installation and on removal."""

from odoo.tools import SQL

from .engine import clock as engine


def post_init_hook(env):
    """Write the past of the tickets that are there already into the log, without a promise.

    So nothing is alarmed about what happened before anybody promised anything, and a ticket
    that is closed tomorrow is an event of its client like any other.
    """
    rows = [
        SQL("SELECT id, create_date, %s, 0 FROM helpdesk_ticket", engine.OPENED),
        SQL(
            """
            SELECT message.res_id, MIN(message.date), %s, 1
              FROM mail_message message
              JOIN res_partner author ON author.id = message.author_id
              JOIN helpdesk_ticket ticket ON ticket.id = message.res_id
             WHERE message.model = 'helpdesk.ticket'
               AND message.message_type IN ('comment', 'email')
               AND message.is_internal IS NOT TRUE
               AND message.subtype_id = %s
               AND author.partner_share IS NOT TRUE
               AND author.id IS DISTINCT FROM ticket.partner_id
          GROUP BY message.res_id
            """,
            engine.RESPONSE,
            env.ref("mail.mt_comment").id,
        ),
        SQL(
            """
            SELECT ticket.id, COALESCE(ticket.closed_date, ticket.last_stage_update), %s, 2
              FROM helpdesk_ticket ticket
              JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
             WHERE stage.closed
            """,
            engine.CLOSED,
        ),
        SQL(
            """
            SELECT ticket.id, ticket.last_stage_update, %s, 2
              FROM helpdesk_ticket ticket
              JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
             WHERE stage.loyalty_sla_pause AND stage.closed IS NOT TRUE
            """,
            engine.PAUSE,
        ),
    ]
    env.cr.execute(
        SQL(
            """
            INSERT INTO loyalty_service_sla_entry
                   (ticket_id, date, kind, create_uid, write_uid, create_date, write_date)
            SELECT past.id, past.date, past.kind, %(uid)s, %(uid)s, %(now)s, %(now)s
              FROM (%(past)s) AS past (id, date, kind, place)
          ORDER BY past.id, past.date, past.place
            """,
            uid=env.uid,
            now=env.cr.now(),
            past=SQL(" UNION ALL ").join(rows),
        )
    )


def uninstall_hook(env):
    """Take what the addon planned on tickets with it; the rest goes by itself."""
    activity_type = env.ref(
        "loyalty_service_sla.mail_activity_type_breach", raise_if_not_found=False
    )
    if activity_type:
        env["mail.activity"].with_context(active_test=False).search(
            [("activity_type_id", "=", activity_type.id)]
        ).unlink()
