"""Recording events that earn points, against core's loyalty history without a ledger.

Ours: the door of the ledger, which finds what it knows already, keeps clients and surveys in
step, applies earning rules, caps and tiers, opens a lot for each award and books it.
Core: as many lines of `loyalty.history`, and one write of `points` per card, untracked.
"""

from odoo import fields
from odoo.tools import split_every

from benchmarks.measure import measure
from tests.generators import bulk

CLIENTS = 2000
SIZES = (5_000, 20_000)
BATCH = 5_000
PLAIN = "Without a ledger"


def prepare(env, progress) -> None:
    bulk.load(env, clients=CLIENTS, months=12, progress=progress)
    plain = env["loyalty.program"].create(
        {
            "name": PLAIN,
            "program_type": "loyalty",
            "applies_on": "both",
            "communication_plan_ids": [(5, 0, 0)],
        }
    )
    env["loyalty.card"].with_context(tracking_disable=True).create(
        [
            {"program_id": plain.id, "partner_id": client.partner_id.id}
            for client in env["loyalty.service.client"].search([], limit=CLIENTS)
        ]
    )


def run(env) -> list[dict]:
    """Seconds and queries of a batch, commit included, for both."""
    clients = env["loyalty.service.client"].search([("card_id", "!=", False)], limit=CLIENTS)
    event_type = env["loyalty.service.event.type"]._by_code("invoice_paid_on_time")
    cards = env["loyalty.card"].search([("program_id.name", "=", PLAIN)])
    rows = []
    for size in SIZES:
        ours, core = measure(
            env,
            lambda run, size=size: _record(env, clients, event_type, size, run),
            lambda run, size=size: _write_history(env, cards, size),
        )
        for name, result in (("events with points", ours), ("core: history lines", core)):
            rows.append(
                {
                    "what": name,
                    "rows": size,
                    "seconds": result.seconds,
                    "rows per second": round(size / result.seconds),
                    "queries per 5,000": round(result.queries * BATCH / size),
                    "times core": result.seconds / core.seconds,
                }
            )
    return rows


def _record(env, clients, event_type, size: int, run: int) -> None:
    now = fields.Datetime.now()
    partner_ids = clients.mapped("partner_id.id")
    for batch in split_every(BATCH, range(size)):
        env["loyalty.service.event"].create(
            [
                {
                    "type_id": event_type.id,
                    "partner_id": partner_ids[number % len(partner_ids)],
                    "date": now,
                    "amount": 500 + number % 1000,
                    "origin": f"bench,{size}-{run}-{number}",
                }
                for number in batch
            ]
        )


def _write_history(env, cards, size: int) -> None:
    # As a list, whose cards are read together and not one by one.
    cards = list(cards.with_context(tracking_disable=True, loyalty_no_mail=True))
    for batch in split_every(BATCH, range(size)):
        env["loyalty.history"].create(
            [
                {
                    "card_id": cards[number % len(cards)].id,
                    "description": "Invoice paid",
                    "issued": 50 + number % 100,
                }
                for number in batch
            ]
        )
        issued = {}
        for number in batch:
            card = cards[number % len(cards)]
            issued[card] = issued.get(card, 0) + 50 + number % 100
        for card, points in issued.items():
            card.points += points
