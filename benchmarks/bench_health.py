"""The nightly health scores of 10,000 clients with 24 months, against the floor: one bare SQL
aggregate over the events that they are made of.
"""

from datetime import timedelta

from odoo import fields
from odoo.tools import SQL, split_every

from benchmarks.measure import measure
from tests.generators import bulk

CLIENTS = 10_000
MONTHS = 24
BATCH = 200  # as the scheduled action takes them


def prepare(env, progress) -> None:
    bulk.load(env, clients=CLIENTS, months=MONTHS, progress=progress)


def run(env) -> list[dict]:
    """Seconds and queries of a night for all clients, commits included."""
    ids = env["loyalty.service.client"].search([]).ids
    events = env["loyalty.service.event"].search_count([])
    today = fields.Date.context_today(env.user)
    first = today - timedelta(days=8)
    # Each run scores a day of its own: a second score of the same day would be an update.
    nightly, floor = measure(
        env,
        lambda run: _score(env, ids, first + timedelta(days=run)),
        lambda run: _aggregate(env, today),
    )
    return [
        {
            "what": name,
            "clients": len(ids),
            "events": events,
            "seconds": result.seconds,
            "queries": result.queries,
            "times floor": result.seconds / floor.seconds,
        }
        for name, result in (("nightly health", nightly), ("bare SQL aggregate", floor))
    ]


def _score(env, ids: list[int], day) -> None:
    for chunk in split_every(BATCH, ids):
        env["loyalty.service.client"].browse(chunk)._update_health(day)
        env.cr.commit()


def _aggregate(env, today) -> None:
    env.cr.execute(
        SQL(
            """
            SELECT client.id, event.signal, COUNT(*), AVG(event.value), SUM(event.amount),
                   MAX(event.date)
              FROM loyalty_service_client client
              JOIN loyalty_service_event event
                ON event.partner_id = client.partner_id AND event.company_id = client.company_id
             WHERE event.is_reversed IS NOT TRUE AND event.reversal_of_id IS NULL
               AND event.date >= %s
          GROUP BY client.id, event.signal
            """,
            today - timedelta(days=365),
        )
    )
    env.cr.fetchall()
