"""What installing and uninstalling leaves to what was there before and stays after."""

from odoo.tools import SQL

from odoo.addons.loyalty_service.hooks import (
    forget_foreign_keys,
    leave_event_types,
    take_over_event_types,
)

from .engine import clock as engine

MODULE = "loyalty_service_sla"
EVENT_CODES = (
    "ticket_opened",
    "ticket_answered",
    "ticket_closed",
    "ticket_reopened",
    "sla_breached",
)
ACTIVITY_TYPES = (
    "mail_activity_type_breach",
    "mail_activity_type_reminder",
    "mail_activity_type_afterword",
    "mail_activity_type_holidays",
    "mail_activity_type_compensation",
    "mail_activity_type_withdrawal",
    "mail_activity_type_disagreed",
    "mail_activity_type_postmortem",
    "mail_activity_type_postmortem_action",
)


def pre_init_hook(env):
    """Take over the event types that an earlier installation left with its events."""
    take_over_event_types(env, MODULE, EVENT_CODES)


def post_init_hook(env):
    """Write the past of the tickets that are there already into the log, without a promise.

    So nothing is alarmed about what happened before anybody promised anything, and a ticket
    that is closed tomorrow is an event of its client like any other.

    Tickets that were imported may not say when they were closed or came into their stage, or
    may say that it was before they were opened, which nothing is.
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
            SELECT ticket.id,
                   COALESCE(ticket.closed_date, ticket.last_stage_update, ticket.write_date),
                   %s, 2
              FROM helpdesk_ticket ticket
              JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
             WHERE stage.closed
            """,
            engine.CLOSED,
        ),
        SQL(
            """
            SELECT ticket.id, COALESCE(ticket.last_stage_update, ticket.write_date), %s, 2
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
            SELECT past.id, date_trunc('second', GREATEST(past.date, opened.date)),
                   past.kind, %(uid)s, %(uid)s, %(now)s, %(now)s
              FROM (%(past)s) AS past (id, date, kind, place)
              JOIN (
                   SELECT id, COALESCE(create_date, write_date, %(now)s) FROM helpdesk_ticket
                   ) AS opened (id, date) ON opened.id = past.id
          ORDER BY 1, 2, past.place
            """,
            uid=env.uid,
            now=env.cr.now(),
            past=SQL(" UNION ALL ").join(rows),
        )
    )


def uninstall_hook(env):
    """Keep what happened with clients, remove the rest.

    Uninstalling deletes every record that has an external id of this addon. Event types that
    the ledger speaks of lose that id and stay, archived, as ordinary types of the base addon.
    """
    for name in ACTIVITY_TYPES:
        activity_type = env.ref(f"{MODULE}.{name}", raise_if_not_found=False)
        if activity_type:
            env["mail.activity"].with_context(active_test=False).search(
                [("activity_type_id", "=", activity_type.id)]
            ).unlink()
    # Categories and root causes cannot go while complaints and post-mortems name them.
    env.cr.execute(
        SQL("UPDATE loyalty_service_complaint SET category_id = NULL, root_cause_id = NULL")
    )
    env.cr.execute(SQL("UPDATE loyalty_service_sla_postmortem SET cause_id = NULL"))
    # The log refuses to be deleted row by row, and policies and working hours cannot go
    # while it names them.
    env.cr.execute(SQL("DELETE FROM loyalty_service_sla_entry"))
    env.cr.execute(SQL("DELETE FROM loyalty_service_sla_clock"))
    env.cr.execute(SQL("DELETE FROM loyalty_service_sla_calendar_change"))
    env.cr.execute(SQL("DELETE FROM loyalty_service_sla_ladder_policy_rel"))
    env.invalidate_all()
    leave_event_types(env, MODULE, EVENT_CODES)
    forget_foreign_keys(env, MODULE)
