from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import clock as engine
from ..engine.working_time import to_moment, to_seconds
from .helpdesk_ticket_timer import prepare_hours, prepare_timer

#: Tickets and people that are shown, the most urgent and the busiest ones.
SHOWN_TICKETS, SHOWN_PEOPLE = 12, 8

#: What is read of each ticket that is open or was closed today.
COLUMNS = (
    "id",
    "number",
    "name",
    "stage_id",
    "user_id",
    "commercial_partner_id",
    "priority",
    "loyalty_ticket_type",
    "loyalty_sla_state",
    "loyalty_sla_deadline",
    "loyalty_breach_probability",
    "loyalty_emergency_date",
    "loyalty_emergency_reason",
)

SOON = timedelta(hours=1)

#: Moments of a clock, which travel as seconds since 1970.
MOMENTS = ("at", "breach", "started")


class HelpdeskTicket(models.Model):
    """The service desk on one screen, for a wall or a phone."""

    _inherit = "helpdesk.ticket"

    @api.model
    @api.readonly
    def get_loyalty_wallboard(self, team_id=False):
        """Return how the desk of the current company stands, in one query.

        ``{"now": s, "counts": {name: int}, "tickets": [{"id", "number", "name", "client",
        "assignee", "type", "priority", "risk": 0 to 1, "since": s of an emergency, "reason",
        "clock": see loyalty_sla_timers or False}],
        "people": [{"name", "open", "late"}]}`` of the tickets that the user may read.

        :param team_id: only of this team
        """
        if not self.env.user._is_internal():
            raise AccessError(self.env._("The wallboard is for staff."))
        now = fields.Datetime.now()
        company = self.env.company
        midnight = company._loyalty_moment(company._loyalty_day())
        domain = Domain("company_id", "=", company.id) & (
            Domain("stage_id.closed", "=", False) | Domain("closed_date", ">=", midnight)
        )
        if team_id:
            domain &= Domain("team_id", "=", int(team_id))
        self.browse().check_access("read")
        [[counts, tickets, people]] = self.env.execute_query(
            self._loyalty_wallboard_query(self._search(domain), now)
        )
        return {
            "now": to_seconds(now),
            "counts": counts,
            "tickets": self._loyalty_wallboard_tickets(tickets or [], now),
            "people": people or [],
        }

    @api.model
    def get_loyalty_wallboard_action(self, tile, team_id=False):
        """Return the action that opens the tickets that a tile counts; called by the screen.

        :param str tile: the name of one of the counts
        :param team_id: only of this team
        """
        opened = self._loyalty_wallboard_domains(fields.Datetime.now()).get(tile)
        if opened is None:
            raise UserError(self.env._("There is no such figure."))
        domain = opened & Domain("company_id", "=", self.env.company.id)
        if team_id:
            domain &= Domain("team_id", "=", int(team_id))
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("loyalty_service_sla.ticket_action"),
            "domain": list(domain),
            "context": {},
        }

    @api.model
    def _loyalty_wallboard_domains(self, now):
        """Return ``{name of a count: Domain}`` of what the statement below counts by that name."""
        moment, soon = map(fields.Datetime.to_string, (now, now + SOON))
        is_open = Domain("stage_id.closed", "=", False)
        clocks = Domain("target", "=", engine.FIRST_RESPONSE) & Domain("state", "in", engine.OPEN)
        pauses = Domain("state", "=", engine.PAUSED) & Domain("seconds", ">", 0)
        return {
            "open": is_open,
            "late": is_open
            & (
                Domain("loyalty_sla_state", "=", "breached")
                | Domain("loyalty_sla_deadline", "<", moment)
            ),
            "soon": is_open
            & Domain("loyalty_sla_state", "=", "running")
            & Domain("loyalty_sla_deadline", ">=", moment)
            & Domain("loyalty_sla_deadline", "<", soon),
            "paused": is_open & Domain("loyalty_sla_clock_ids", "any", pauses),
            "unanswered": is_open & Domain("loyalty_sla_clock_ids", "any", clocks),
            "unassigned": is_open & Domain("user_id", "=", False),
        }

    @api.model
    def _loyalty_wallboard_query(self, query, now):
        """Return the statement that counts and lists the tickets of ``query``."""
        self.env["loyalty.service.sla.clock"].flush_model()
        table = query.table
        columns = [
            SQL("%s AS %s", self._field_to_sql(table, name, query), SQL.identifier(name))
            for name in COLUMNS
        ]
        return SQL(
            """
            WITH seen AS MATERIALIZED (
                SELECT ticket.*, stage.closed IS NOT TRUE AS is_open,
                       waits.state IN ('running', 'paused') AS unanswered
                  FROM (%(tickets)s) AS ticket
                  JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
             LEFT JOIN loyalty_service_sla_clock waits
                    ON waits.ticket_id = ticket.id AND waits.target = 'first_response'
            ), counts AS (
                SELECT COUNT(*) FILTER (WHERE is_open) AS open,
                       COUNT(*) FILTER (WHERE is_open AND (loyalty_sla_state = 'breached'
                                        OR loyalty_sla_deadline < %(now)s)) AS late,
                       COUNT(*) FILTER (WHERE is_open AND loyalty_sla_state = 'running'
                                        AND loyalty_sla_deadline >= %(now)s
                                        AND loyalty_sla_deadline < %(soon)s) AS soon,
                       COUNT(*) FILTER (WHERE is_open AND EXISTS (
                           SELECT FROM loyalty_service_sla_clock clock
                            WHERE clock.ticket_id = seen.id AND clock.state = 'paused'
                              AND clock.seconds > 0)) AS paused,
                       COUNT(*) FILTER (WHERE is_open AND unanswered) AS unanswered,
                       COUNT(*) FILTER (WHERE is_open AND user_id IS NULL) AS unassigned,
                       COUNT(*) FILTER (WHERE NOT is_open) AS closed,
                       COUNT(*) FILTER (WHERE NOT is_open AND loyalty_sla_state = 'met') AS met,
                       COUNT(*) FILTER (WHERE NOT is_open
                                        AND loyalty_sla_state IN ('met', 'missed')) AS judged
                  FROM seen
            ), listed AS (
                SELECT id, number, name, user_id, commercial_partner_id, priority,
                       loyalty_ticket_type, loyalty_sla_deadline, loyalty_breach_probability,
                       loyalty_emergency_date, loyalty_emergency_reason
                  FROM seen
                 WHERE is_open AND (loyalty_sla_deadline IS NOT NULL
                                    OR loyalty_ticket_type = 'emergency')
              ORDER BY (loyalty_ticket_type = 'emergency') DESC, loyalty_sla_deadline, id
                 LIMIT %(tickets_shown)s
            ), queue AS (
                SELECT listed.id, listed.number, listed.name, client.name AS client,
                       person.name AS assignee, listed.loyalty_ticket_type AS type,
                       listed.priority, listed.loyalty_breach_probability AS risk, urgent.clock,
                       listed.loyalty_emergency_reason AS reason,
                       EXTRACT(EPOCH FROM listed.loyalty_emergency_date)::bigint AS since
                  FROM listed
             LEFT JOIN res_partner client ON client.id = listed.commercial_partner_id
             LEFT JOIN res_users assignee ON assignee.id = listed.user_id
             LEFT JOIN res_partner person ON person.id = assignee.partner_id
             LEFT JOIN LATERAL (
                       SELECT json_build_object(
                              'target', clock.target, 'state', clock.state,
                              'calendar', clock.calendar_id, 'seconds', clock.seconds,
                              'elapsed', clock.elapsed,
                              'at', EXTRACT(EPOCH FROM clock.counted_to)::bigint,
                              'breach', EXTRACT(EPOCH FROM clock.breach_date)::bigint,
                              'started', EXTRACT(EPOCH FROM clock.started_date)::bigint
                              ) AS clock
                         FROM loyalty_service_sla_clock clock
                        WHERE clock.ticket_id = listed.id AND clock.state = 'running'
                          AND clock.deadline IS NOT NULL
                     ORDER BY clock.deadline
                        LIMIT 1
                       ) AS urgent ON TRUE
              ORDER BY (listed.loyalty_ticket_type = 'emergency') DESC,
                       listed.loyalty_sla_deadline, listed.id
            ), people AS (
                SELECT person.name, COUNT(*) AS open,
                       COUNT(*) FILTER (WHERE loyalty_sla_state = 'breached'
                                        OR loyalty_sla_deadline < %(now)s) AS late
                  FROM seen
                  JOIN res_users assignee ON assignee.id = seen.user_id
                  JOIN res_partner person ON person.id = assignee.partner_id
                 WHERE is_open
              GROUP BY person.id
              ORDER BY late DESC, open DESC, person.name
                 LIMIT %(people_shown)s
            )
            SELECT (SELECT row_to_json(counts) FROM counts),
                   (SELECT json_agg(queue) FROM queue),
                   (SELECT json_agg(people) FROM people)
            """,
            tickets=query.select(*columns),
            now=now,
            soon=now + SOON,
            tickets_shown=SHOWN_TICKETS,
            people_shown=SHOWN_PEOPLE,
        )

    @api.model
    def _loyalty_wallboard_tickets(self, rows, now):
        """Turn the clocks of ``rows`` into what the page ticks by."""
        calendars = {row["clock"]["calendar"] for row in rows if row["clock"]} - {None}
        times = self.env["resource.calendar"].browse(calendars)._loyalty_sla_times()
        hours = prepare_hours(times, now)
        Clock = self.env["loyalty.service.sla.clock"]
        labels = dict(Clock._fields["target"]._description_selection(self.env))
        for row in rows:
            clock = row["clock"]
            if clock:
                clock |= {name: clock[name] and to_moment(clock[name]) for name in MOMENTS}
                row["clock"] = prepare_timer(engine.Clock(**clock), labels, times, hours, now)
        return rows
