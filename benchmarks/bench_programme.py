"""What a manager waits for: the preview of an earning rule, and a simulation.

The preview is one statement over the events of 90 days, or, with a limit per year, of the year.
Beside it stands the bare aggregate over the same rows. A simulation replays the events of 12
months twice, as it is and as changed.
"""

from statistics import median
from time import perf_counter

from odoo.tools import SQL

from tests.generators import bulk

CLIENTS = 10_000
MONTHS = 24
RUNS = 3


def prepare(env, progress) -> None:
    bulk.load(env, clients=CLIENTS, months=MONTHS, progress=progress)


def run(env) -> list[dict]:
    """Seconds of each, by the number of events."""
    env.cr.execute(SQL("SELECT COUNT(*) FROM loyalty_service_event"))
    [events] = env.cr.fetchone()
    rule = env.ref("loyalty_service.earning_rule_paid_on_time")
    rows = []
    for what, values in (
        ("preview", {"cap_points": 0}),
        ("preview, filtered", {"cap_points": 0, "domain": "[('amount', '>=', 1000)]"}),
        ("preview, limit per year", {"cap_points": 500, "cap_period": "year"}),
        ("preview, limit ever", {"cap_points": 500, "cap_period": "ever"}),
    ):
        rule.write({"domain": "[]", **values})
        env.flush_all()
        rows.append({"what": what, "events": events, **_time(lambda: _preview(rule))})
    rows.append(
        {"what": "bare aggregate, all events", "events": events, **_time(lambda: _bare(env))}
    )
    rule.write({"domain": "[]", "cap_points": 0})
    simulation = env["loyalty.service.simulation"].create(
        {"program_id": rule.program_id.id, "name": "Benchmark"}
    )
    simulation.rule_ids[:1].points_per_unit = 0.15
    start = perf_counter()
    simulation.action_run()
    env.flush_all()
    rows.append(
        {
            "what": "simulation of 12 months",
            "events": simulation.events,
            "seconds": perf_counter() - start,
        }
    )
    return rows


def _preview(rule) -> None:
    rule.invalidate_recordset(["preview"])
    assert rule.preview["events"]


def _bare(env) -> None:
    env.cr.execute(
        SQL("SELECT partner_id, SUM(amount) FROM loyalty_service_event GROUP BY partner_id")
    )
    env.cr.fetchall()


def _time(function) -> dict:
    seconds = []
    for _run in range(RUNS):
        start = perf_counter()
        function()
        seconds.append(perf_counter() - start)
    return {"seconds": median(seconds)}
