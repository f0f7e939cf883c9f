"""Tickets with SLA clocks, against helpdesk_mgmt alone and OCA's helpdesk_mgmt_sla.

Three databases are measured in turn, run by run: one has helpdesk_mgmt alone, one
helpdesk_mgmt_sla with three rules as well, one our addons with three policies and their ladders,
whose tickets have four clocks each: first and next answer, solution and a dated delivery.
helpdesk_mgmt_sla is left out, and the table says so, unless it is in the environment:

    .dev/venv/bin/pip install --no-deps odoo-addon-helpdesk-mgmt-sla

The sweep is measured as the scheduled action runs it, on 200 tickets of which all is late among
20,000 that are not, on as good as none, and as it picks what is due. Counting anew is measured
against reading and writing the same rows, its arithmetic alone. The list and the board are read
with what we add to them and without it.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from importlib.util import find_spec
from statistics import median
from time import perf_counter

from freezegun import freeze_time
from lxml import etree

from odoo import fields
from odoo.tools import SQL, split_every

from benchmarks.measure import RUNS, measure, without_ours

CLIENTS = 500
CREATED = 2_000
WRITTEN = 5_000
OPEN = 20_000
DUE = 200
REPLANNED = 10_000
BATCH = 2_000
SHOWN = 80
LATE_DAYS = 60

ALONE, PEER, OURS = "helpdesk_mgmt alone", "with helpdesk_mgmt_sla", "with clocks"
PEER_ADDON = "helpdesk_mgmt_sla"


def prepare(env, progress) -> None:
    """Clients in the programme, three policies, and open tickets of which some are due."""
    _furnish(env)
    env["loyalty.service.client"]._ensure(
        env["res.partner"].search([("name", "like", "Client ")]), env.company
    )
    policies = env["loyalty.service.sla.policy"].search([("company_id", "=", env.company.id)])
    policies[-1:].copy({"name": "Tax", "sequence": 5, "min_priority": "3"})
    done = 0
    for batch in split_every(BATCH, range(OPEN)):
        progress(done, OPEN, "tickets")
        _create(_quiet(env), len(batch), f"Open {done}")
        done += len(batch)
    with freeze_time(fields.Datetime.now() - timedelta(days=LATE_DAYS)):
        for run in range(RUNS):
            _create(_quiet(env), DUE, f"Late {run}")
    # Years ahead, so that the calendar of the day of the measurement makes no difference.
    env.flush_all()
    env.cr.execute(
        SQL(
            "UPDATE loyalty_service_sla_clock SET next_due = %s WHERE state IN %s",
            *(fields.Datetime.now() + timedelta(days=3650), ("running", "paused")),
        )
    )
    env.invalidate_all()


def run(env) -> list[dict]:
    """Seconds and queries of creating, of moving, of finding what is due and counting anew."""
    swept = _measure_sweep(env)
    with ExitStack() as stack:
        envs = {**stack.enter_context(_others(env)), OURS: env}
        lines = _compare("create", CREATED, envs, lambda env, run: _create(env, CREATED, run))
        moved = {
            env: env["helpdesk.ticket"].search(
                [("name", "like", "Open ")], order="id", limit=WRITTEN
            )
            for env in envs.values()
        }
        lines += _compare("write the stage", WRITTEN, envs, lambda env, _run: _move(moved[env]))
    if PEER not in envs:
        lines.append({"what": f"{PEER}: not in the environment", "tickets": 0})
    lines += [*swept, *_measure_replan(env), *_measure_views(env)]
    return [*_with_all_columns(lines)]


def _with_all_columns(lines: list[dict]) -> Iterator[dict]:
    for line in lines:
        yield {
            "what": line["what"],
            "tickets": line["tickets"],
            "seconds": line.get("seconds"),
            "queries per ticket": line.get("queries"),
            "times the first": line.get("times"),
        }


# ----------------------------------------------------------------------
# The three databases
# ----------------------------------------------------------------------


@contextmanager
def _others(env):
    """Yield ``{name: env}`` of databases without our addons, furnished like that of ``env``."""
    with ExitStack() as stack:
        envs = {}
        for kind, modules in ((ALONE, ()), (PEER, (PEER_ADDON,))):
            if any(find_spec(f"odoo.addons.{module}") is None for module in modules):
                continue
            envs[kind] = stack.enter_context(without_ours(env, len(envs), modules))
            _furnish(envs[kind])
            if modules:
                _add_rules(envs[kind])
            for number, batch in enumerate(split_every(BATCH, range(WRITTEN))):
                _create(_quiet(envs[kind]), len(batch), f"Open {number}")
            envs[kind].cr.commit()
        yield envs


def _add_rules(env) -> None:
    """Three rules of helpdesk_mgmt_sla for the desk."""
    team = env["helpdesk.ticket.team"].search([("name", "=", "Desk")])
    team.write({"use_sla": True, "resource_calendar_id": env.company.resource_calendar_id.id})
    stages = ("in_progress", "awaiting", "done")
    env["helpdesk.sla"].create(
        [
            {
                "name": f"Rule {stage}",
                "hours": 4 * (number + 1),
                "team_ids": [(6, 0, team.ids)],
                "stage_id": env.ref(f"helpdesk_mgmt.helpdesk_ticket_stage_{stage}").id,
            }
            for number, stage in enumerate(stages)
        ]
    )


def _furnish(env) -> None:
    env["res.partner"].create(
        [{"name": f"Client {number}", "is_company": True} for number in range(CLIENTS)]
    )
    env["helpdesk.ticket.team"].create({"name": "Desk"})


def _quiet(env):
    return env(context={**env.context, "tracking_disable": True})


# ----------------------------------------------------------------------
# What is measured
# ----------------------------------------------------------------------


def _compare(what: str, size: int, envs: dict, work) -> list[dict]:
    """Let each database do the same in turn, so that all meet the same weather."""
    results = measure(
        envs[OURS], *((env, lambda run, env=env: work(env, run)) for env in envs.values())
    )
    ways = dict(zip(envs, results, strict=True))
    return [
        {
            "what": f"{what}, {name}",
            "tickets": size,
            "seconds": way.seconds,
            "queries": way.queries / size,
            "times": way.seconds / ways[ALONE].seconds,
        }
        for name, way in ways.items()
    ]


def _create(env, count: int, name) -> None:
    partners = env["res.partner"].search([("name", "like", "Client ")], limit=CLIENTS)
    team = env["helpdesk.ticket.team"].search([("name", "=", "Desk")])
    due = fields.Datetime.now() + timedelta(days=30)
    ours = "loyalty_delivery_date" in env["helpdesk.ticket"]._fields
    env["helpdesk.ticket"].create(
        [
            {
                "name": f"{name}-{number}",
                "description": "When is it due?",
                "partner_id": partners[number % len(partners)].id,
                "team_id": team.id,
                **({"loyalty_delivery_date": due} if ours else {}),
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


def _measure_sweep(env) -> list[dict]:
    """The scheduled action with 200 late tickets and with none, and the picking of what is due."""
    Clock = env["loyalty.service.sla.clock"]
    env.cr.execute(SQL("ANALYZE loyalty_service_sla_clock"))
    times, queries = {"pick": [], "late": [], "none": []}, {}

    def sweep(what: str) -> None:
        env.invalidate_all()
        before, start = env.cr.sql_log_count, perf_counter()
        Clock._cron_sweep()
        env.flush_all()
        env.cr.commit()
        times[what].append(perf_counter() - start)
        queries[what] = env.cr.sql_log_count - before

    for run in range(RUNS):
        due = _make_due(env, f"Late {run}-")
        start = perf_counter()
        Clock._lock(SQL("clock.next_due < %s AND clock.replan_date IS NULL", fields.Datetime.now()))
        times["pick"].append(perf_counter() - start)
        env.cr.rollback()
        sweep("late")
        sweep("none")
    return [
        {
            "what": "pick what is due",
            "tickets": OPEN,
            "seconds": median(times["pick"]),
            "queries": 1 / DUE,
        },
        {
            "what": f"sweep, {due} clocks of {DUE} late tickets",
            "tickets": DUE,
            "seconds": median(times["late"]),
            "queries": queries["late"] / DUE,
        },
        {
            "what": f"sweep, nothing due, {queries['none']} queries",
            "tickets": 0,
            "seconds": median(times["none"]),
        },
    ]


def _make_due(env, name: str) -> int:
    """Have the clocks of some tickets be looked at, and return how many they are."""
    env.cr.execute(
        SQL(
            """
            UPDATE loyalty_service_sla_clock clock SET next_due = %s
              FROM helpdesk_ticket ticket
             WHERE ticket.id = clock.ticket_id AND ticket.name LIKE %s
               AND clock.state = 'running'
            """,
            *(fields.Datetime.now() - timedelta(days=1), f"{name}%"),
        )
    )
    due = env.cr.rowcount
    env.cr.commit()
    env.invalidate_all()
    return due


def _measure_replan(env) -> list[dict]:
    """Count the clocks of many tickets anew, against reading and writing the same rows."""
    from odoo.addons.loyalty_service_sla.models.clock import REPLAN_SIZE

    tickets = env["helpdesk.ticket"].search(
        [("name", "like", "Open ")], order="id desc", limit=REPLANNED
    )
    Clock = env["loyalty.service.sla.clock"]
    # A change of working hours moves no dated promise.
    counted = [("state", "=", "running"), ("target", "!=", "delivery")]
    ids = Clock.search([("ticket_id", "in", tickets.ids), *counted]).ids
    names = [name for name, field in Clock._fields.items() if field.store and field.column_type]

    def rows(clocks, run) -> None:
        """Read what is kept and what happened, and write every deadline."""
        clocks.fetch(names)
        env["loyalty.service.sla.entry"]._get_logs(clocks.ticket_id)
        due = fields.Datetime.now() + timedelta(days=run + 1)
        clocks._write_rows([{"deadline": due, "next_due": due} for _clock in clocks])

    def replan(clocks, _run) -> None:
        clocks._replan(fields.Datetime.now())

    times = {rows: [], replan: []}
    queries = {}
    for run in range(RUNS):
        for work in times:
            # The deadlines are others than those that will be counted, so all have to be written.
            env.cr.execute(
                SQL(
                    "UPDATE loyalty_service_sla_clock"
                    " SET deadline = %(moment)s, replan_date = %(moment)s WHERE id = ANY(%(ids)s)",
                    moment=fields.Datetime.now(),
                    ids=ids,
                )
            )
            env.cr.execute(
                SQL(
                    "UPDATE helpdesk_ticket SET loyalty_sla_deadline = %s WHERE id = ANY(%s)",
                    *(fields.Datetime.now() - timedelta(days=1), tickets.ids),
                )
            )
            env.cr.commit()
            env.invalidate_all()
            before, start = env.cr.sql_log_count, perf_counter()
            for part in split_every(REPLAN_SIZE, ids):
                work(Clock.browse(part), run)
                env.flush_all()
            env.cr.commit()
            times[work].append(perf_counter() - start)
            queries[work] = env.cr.sql_log_count - before
    floor = median(times[rows])
    return [
        *(
            {
                "what": f"{what} ({len(ids)} clocks)",
                "tickets": REPLANNED,
                "seconds": median(times[work]),
                "queries": queries[work] / REPLANNED,
                "times": median(times[work]) / floor,
            }
            for work, what in ((rows, "read and write the rows"), (replan, "count anew"))
        ),
        _measure_arithmetic(env, Clock.browse(ids)),
    ]


def _measure_arithmetic(env, clocks) -> dict:
    """Replay clocks from logs that have been read."""
    from odoo.addons.loyalty_service_sla.engine.past_hours import replay

    now = fields.Datetime.now()
    logs = env["loyalty.service.sla.entry"]._get_logs(clocks.ticket_id)
    history = clocks._get_history(logs.values())
    told = [(clock.target, logs[clock.ticket_id.id]) for clock in clocks]
    times = []
    for _run in range(RUNS):
        start = perf_counter()
        for target, log in told:
            replay(target, log, history, now)
        times.append(perf_counter() - start)
    return {
        "what": f"the arithmetic alone ({len(told)} clocks)",
        "tickets": len(clocks.ticket_id),
        "seconds": median(times),
        "queries": 0,
    }


def _measure_views(env) -> list[dict]:
    """Read what a list and a board show, without our fields and with them."""
    Ticket, lines = env["helpdesk.ticket"], []
    for kind, xmlid in (("list", "ticket_view_tree"), ("kanban", "view_helpdesk_ticket_kanban")):
        view = env.ref(f"helpdesk_mgmt.{xmlid}")
        arch = etree.fromstring(Ticket.get_view(view.id, kind)["arch"])
        shown = {node.get("name") for node in arch.iter("field")} & set(Ticket._fields)
        theirs = {name for name in shown if not name.startswith("loyalty_")}
        results = measure(
            env, *(lambda _run, names=names: _read(env, names) for names in (theirs, shown))
        )
        for what, result in zip(("without clocks", "with clocks"), results, strict=True):
            lines.append(
                {
                    "what": f"{kind} {what}, {result.queries} queries",
                    "tickets": SHOWN,
                    "seconds": result.seconds,
                    "queries": result.queries / SHOWN,
                    "times": result.seconds / results[0].seconds,
                }
            )
    return lines


def _read(env, names) -> None:
    env["helpdesk.ticket"].web_search_read(
        [],
        {
            name: {"fields": {"display_name": {}}}
            if env["helpdesk.ticket"]._fields[name].relational
            else {}
            for name in names
        },
        limit=SHOWN,
    )
