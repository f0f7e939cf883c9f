from bisect import bisect_left, bisect_right
from datetime import timedelta

import pytz

from odoo import models
from odoo.tools import SQL

from ..engine import breach_prediction as engine
from ..engine import clock as clocks
from ..engine.working_time import NEVER, to_seconds

#: Firms change: what is older than the latest so many tickets teaches nothing.
LATEST_TICKETS = 4000

MINUTE = timedelta(minutes=1)

#: What the log says of a value before a change is a key; of others it is a name in somebody's
#: language, and then the value before is taken as unknown.
KEYS = ("priority", "loyalty_ticket_type")

#: Entries with which a ticket begins and ceases to be work for its team.
BEGINS, ENDS = (clocks.OPENED, clocks.REOPENED), (clocks.CLOSED,)


class Prediction(models.Model):
    """What is known of clocks at a moment: the same for the past and for now."""

    _inherit = "loyalty.service.sla.prediction"

    def _get_examples(self, now):
        """Return what the past of this company teaches, in five queries.

        Only clocks whose time would be up by now had they never been paused: of the latest
        tickets only those would be known that were solved fast.
        """
        self.ensure_one()
        rows = self._read_clocks(
            SQL(
                """
                (clock.state IN ('met', 'missed') OR clock.breached) AND ticket.id IN (
                    SELECT id FROM helpdesk_ticket WHERE company_id = %s
                  ORDER BY id DESC LIMIT %s
                )
                """,
                self.company_id.id,
                LATEST_TICKETS,
            )
        )
        tickets = self.env["helpdesk.ticket"].browse({row["ticket_id"] for row in rows})
        logs = self.env["loyalty.service.sla.entry"]._get_logs(tickets)
        times = self.env["loyalty.service.sla.clock"]._get_times(logs.values())
        zones = self._get_zones(times)
        changes, tiers = self._read_changes(tickets)
        loads = self._read_loads()
        examples = []
        for row in rows:
            log = logs[row["ticket_id"]]
            opened = log[0].date
            moments = engine.landmarks(row["target"], log, times, row["decided"])
            if not moments or not _is_ripe(row, log, times, now):
                continue
            for share, moment in moments:
                begun, ended = loads[row["team_id"]]
                second = to_seconds(moment)
                load = bisect_right(begun, second) - bisect_right(ended, second) - 1
                case = _as_case(
                    {**row, **_undone(changes.get(row["ticket_id"], ()), moment)},
                    # What happens at the very moment is not known yet, save for the opening.
                    [entry for entry in log if entry.date < moment or entry is log[0]],
                    share,
                    moment,
                    max(load, 0),
                    times,
                    zones,
                    tiers.get(row["ticket_id"], ()),
                )
                examples.append(
                    engine.Example(
                        row["ticket_id"],
                        to_seconds(opened),
                        to_seconds(row["decided"]),
                        row["breached"],
                        case,
                    )
                )
        return examples

    def _get_cases(self, now):
        """Return ``{clock id: case}`` of the open clocks of this company, in six queries."""
        self.ensure_one()
        rows = self._read_clocks(
            SQL("clock.state IN ('running', 'paused') AND clock.breached IS NOT TRUE")
        )
        tickets = self.env["helpdesk.ticket"].browse({row["ticket_id"] for row in rows})
        logs = self.env["loyalty.service.sla.entry"]._get_logs(tickets)
        times = self.env["loyalty.service.sla.clock"]._get_times(logs.values())
        zones = self._get_zones(times)
        _changes, tiers = self._read_changes(tickets)
        loads = self._read_open()
        result = {}
        for row in rows:
            log = logs[row["ticket_id"]]
            clock = clocks.replay(row["target"], log, times, now)
            if not clock.is_open or clock.breach or not clock.seconds:
                # Late, though nobody has marked it yet.
                continue
            clock = clocks.settle(clock, now, times)
            result[row["id"]] = _as_case(
                row,
                log,
                clock.elapsed / clock.seconds,
                now,
                max(loads.get(row["team_id"], 0) - 1, 0),
                times,
                zones,
                tiers.get(row["ticket_id"], ()),
            )
        return result

    def _read_clocks(self, condition):
        """Return the clocks of this company that match, and what their tickets are, as dicts."""
        self.env["helpdesk.ticket"].flush_model()
        self.env["loyalty.service.sla.clock"].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT clock.id, clock.ticket_id, clock.target, clock.seconds,
                       COALESCE(clock.breached, FALSE) AS breached,
                       COALESCE(clock.breach_date, clock.finished_date) AS decided,
                       ticket.team_id, ticket.priority, ticket.loyalty_ticket_type,
                       ticket.channel_id
                  FROM loyalty_service_sla_clock clock
                  JOIN helpdesk_ticket ticket ON ticket.id = clock.ticket_id
                 WHERE clock.company_id = %(company)s AND clock.target IN %(targets)s
                   AND clock.seconds > 0 AND %(condition)s
              ORDER BY clock.id
                """,
                company=self.company_id.id,
                targets=engine.TARGETS,
                condition=condition,
            )
        )
        return rows

    def _read_changes(self, tickets):
        """Return what was changed, ``{ticket id: [(date, changes)]}``, and the factor of the
        client's tier, ``{ticket id: [(date, factor)]}``, both in their order."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT ticket_id, date, changes, (terms->>'factor')::float
                  FROM loyalty_service_sla_entry
                 WHERE ticket_id = ANY(%s) AND (changes IS NOT NULL OR terms IS NOT NULL)
              ORDER BY ticket_id, date, id
                """,
                tickets.ids,
            )
        )
        changes, tiers = {}, {}
        for ticket_id, date, changed, factor in rows:
            if changed:
                changes.setdefault(ticket_id, []).append((date, changed))
            if factor:
                tiers.setdefault(ticket_id, []).append((date, factor))
        return changes, tiers

    def _read_loads(self):
        """Return ``{team id: (moments of beginning, moments of ending)}`` of all tickets, sorted.

        By the team that a ticket has now: that is where its work was done.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT ticket.team_id,
                       array_agg(EXTRACT(EPOCH FROM entry.date)::bigint ORDER BY entry.date)
                           FILTER (WHERE entry.kind IN %(begins)s),
                       array_agg(EXTRACT(EPOCH FROM entry.date)::bigint ORDER BY entry.date)
                           FILTER (WHERE entry.kind IN %(ends)s)
                  FROM loyalty_service_sla_entry entry
                  JOIN helpdesk_ticket ticket ON ticket.id = entry.ticket_id
                 WHERE ticket.company_id = %(company)s
              GROUP BY ticket.team_id
                """,
                begins=BEGINS,
                ends=ENDS,
                company=self.company_id.id,
            )
        )
        return {team_id: (begun or [], ended or []) for team_id, begun, ended in rows}

    def _read_open(self):
        """Return ``{team id: number of open tickets}``, as the logs say as well."""
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT ticket.team_id, COUNT(*)
                      FROM helpdesk_ticket ticket
                      JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
                     WHERE ticket.company_id = %s AND stage.closed IS NOT TRUE
                  GROUP BY ticket.team_id
                    """,
                    self.company_id.id,
                )
            )
        )

    def _get_zones(self, times):
        calendars = self.env["resource.calendar"].browse(times)
        return {calendar.id: pytz.timezone(calendar.tz) for calendar in calendars}


def _is_ripe(row, log, times, now):
    """Tell whether the time of a clock would be up by now, had it never been paused."""
    promise = next((entry.promise for entry in reversed(log) if entry.promise), None)
    work = times.get(promise.calendar, NEVER) if promise else NEVER
    due = work.add(log[0].date, row["seconds"])
    return due is not None and due < now


def _undone(changes, moment):
    """Return the values that a ticket had at ``moment``, of the fields that changed since.

    :param changes: ``[(date, [[field, before, after], ...])]`` in their order
    """
    values = {}
    for _date, lines in changes[bisect_left(changes, moment, key=lambda change: change[0]) :]:
        for name, before, _after in lines:
            if name in KEYS or name == "channel_id":
                values.setdefault(name, before if name in KEYS else None)
    return values


def _as_case(row, log, share, moment, load, times, zones, tiers):
    """Return what is known of a clock at ``moment``, its ticket being as in ``row``."""
    promise = next((entry.promise for entry in reversed(log) if entry.promise), None)
    calendar = promise.calendar if promise else None
    work = times.get(calendar, NEVER)
    local = pytz.utc.localize(moment).astimezone(zones.get(calendar, pytz.utc))
    if not work.worked(moment - MINUTE, moment + MINUTE):
        part = "off"
    else:
        part = "morning" if local.hour < 12 else "afternoon"
    kinds = [entry.kind for entry in log]
    factor = next((value for date, value in reversed(tiers) if date <= moment), None)
    seconds = (promise.seconds.get(row["target"]) if promise else None) or row["seconds"]
    return engine.Case(
        target=row["target"],
        share=share,
        hours=seconds / 3600,
        load=load,
        pauses=kinds.count(clocks.PAUSE),
        messages=kinds.count(clocks.CUSTOMER_REPLY),
        answers=kinds.count(clocks.RESPONSE),
        priority=row["priority"] or None,
        type=row["loyalty_ticket_type"] or None,
        channel=str(row["channel_id"]) if row["channel_id"] else None,
        tier=f"{factor:g}" if factor else None,
        weekday=str(local.weekday()),
        part=part,
    )
