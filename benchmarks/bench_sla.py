"""Tickets with SLA clocks, against helpdesk_mgmt alone in the same run.

Alone means the same database with what our addon does on a ticket left out: no log, no clocks,
no events of the client. The sweep is measured as the scheduled action picks what is due among
many open clocks.
"""

from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from statistics import median
from time import perf_counter
from unittest.mock import patch

from odoo import fields
from odoo.tools import SQL, split_every

from benchmarks.measure import RUNS, measure

CLIENTS = 500
CREATED = 2_000
WRITTEN = 5_000
OPEN = 20_000
DUE = 200
BATCH = 2_000


def prepare(env, progress) -> None:
    """Clients in the programme, and open tickets of which some are due."""
    partners = env["res.partner"].create(
        [{"name": f"Client {number}", "is_company": True} for number in range(CLIENTS)]
    )
    env["loyalty.service.client"]._ensure(partners, env.company)
    env["helpdesk.ticket.team"].create({"name": "Desk"})
    quiet = env(context={**env.context, "tracking_disable": True})
    done = 0
    for batch in split_every(BATCH, range(OPEN)):
        progress(done, OPEN, "tickets")
        _create(quiet, len(batch), f"Open {done}")
        done += len(batch)
    # Years ahead, so that the calendar of the day of the measurement makes no difference.
    now = fields.Datetime.now()
    env.flush_all()
    env.cr.execute(
        SQL("UPDATE loyalty_service_sla_clock SET next_due = %s", now + timedelta(days=3650))
    )
    env.cr.execute(
        SQL(
            """
            UPDATE loyalty_service_sla_clock SET next_due = %s
             WHERE id IN (SELECT id FROM loyalty_service_sla_clock ORDER BY id LIMIT %s)
            """,
            now - timedelta(days=1),
            DUE,
        )
    )
    env.invalidate_all()


def run(env) -> list[dict]:
    """Seconds and queries of creating, of moving and of finding what is due."""
    picked = _measure_pick(env)
    tickets = env["helpdesk.ticket"].search([("name", "like", "Open ")], order="id")
    # Each way moves tickets of its own: a log that has missed a move would leave out the next.
    moved = {False: tickets[:WRITTEN], True: tickets[WRITTEN : 2 * WRITTEN]}
    return [
        *_compare(env, "create", CREATED, lambda number, _alone: _create(env, CREATED, number)),
        *_compare(env, "write the stage", WRITTEN, lambda _number, alone: _move(moved[alone])),
        picked,
    ]


def _compare(env, what: str, size: int, work: Callable[[int, bool], None]) -> list[dict]:
    def alone(number: int) -> None:
        with _helpdesk_alone():
            work(number, True)

    ours, bare = measure(env, lambda number: work(number, False), alone)
    return [
        {
            "what": f"{what}, {name}",
            "tickets": size,
            "seconds": result.seconds,
            "queries per ticket": result.queries / size,
            "times helpdesk_mgmt": result.seconds / bare.seconds,
        }
        for name, result in (("with clocks", ours), ("helpdesk_mgmt alone", bare))
    ]


@contextmanager
def _helpdesk_alone():
    """Leave out what our addon does when a ticket is created or written."""
    from odoo.addons.loyalty_service_sla.models.helpdesk_ticket import HelpdeskTicket as ours

    def no_state(tickets):
        tickets.loyalty_sla_deadline = tickets.loyalty_sla_state = False

    with ExitStack() as stack:
        for name, way in (
            ("create", lambda self, vals_list: super(ours, self).create(vals_list)),
            ("write", lambda self, vals: super(ours, self).write(vals)),
            (
                "_compute_field_value",
                lambda self, field: super(ours, self)._compute_field_value(field),
            ),
            ("_compute_loyalty_sla", no_state),
        ):
            stack.enter_context(patch.object(ours, name, way))
        yield


def _create(env, count: int, name) -> None:
    partners = env["res.partner"].search([("name", "like", "Client ")], limit=CLIENTS)
    team = env["helpdesk.ticket.team"].search([("name", "=", "Desk")])
    env["helpdesk.ticket"].create(
        [
            {
                "name": f"{name}-{number}",
                "description": "When is it due?",
                "partner_id": partners[number % len(partners)].id,
                "team_id": team.id,
            }
            for number in range(count)
        ]
    )


def _move(tickets) -> None:
    """Write another stage than before, so that every clock is paused or runs on."""
    env = tickets.env
    paused = env.ref("helpdesk_mgmt.helpdesk_ticket_stage_awaiting")
    running = env.ref("helpdesk_mgmt.helpdesk_ticket_stage_in_progress")
    tickets.stage_id = paused if tickets[0].stage_id != paused else running


def _measure_pick(env) -> dict:
    """Milliseconds in which the sweep finds and locks its first portion."""
    Clock = env["loyalty.service.sla.clock"]
    env.cr.execute(SQL("ANALYZE loyalty_service_sla_clock"))
    condition = SQL("clock.next_due < %s AND clock.replan_date IS NULL", fields.Datetime.now())
    times = []
    for _run in range(RUNS):
        start = perf_counter()
        clocks = Clock._lock(condition)
        times.append(perf_counter() - start)
        env.cr.rollback()
    return {
        "what": f"pick {len(clocks)} of {DUE} due",
        "tickets": OPEN,
        "seconds": median(times),
        "queries per ticket": 1 / OPEN,
        "times helpdesk_mgmt": None,
    }
