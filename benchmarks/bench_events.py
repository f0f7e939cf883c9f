"""Recording events that earn points, against core's loyalty history without a ledger.

Ours: the door of the ledger, which finds what it knows already, keeps clients and surveys in
step, applies earning rules, caps and tiers, opens a lot for each award and books it.

Core: as many lines of `loyalty.history`, untracked and without mails, and the matching points of
the cards: with each line, as its orders write them, or summed up by card and batch, as nothing in
core does. Core is measured in a database without ours, where nothing of ours follows the points
of a card, and once more beside ours, to see what that costs cards without a ledger. Floor: the
same rows as ours, written by PostgreSQL alone out of a series of numbers, with all indexes and
references, and the points of cards and clients.
"""

from odoo import fields
from odoo.tools import SQL, split_every

from benchmarks.measure import measure, without_ours
from tests.generators import bulk

CLIENTS = 2000
SIZES = (5_000, 20_000)
BATCH = 5_000
PLAIN = "Without a ledger"


def prepare(env, progress) -> None:
    bulk.load(env, clients=CLIENTS, months=12, progress=progress)
    clients = env["loyalty.service.client"].search([], limit=CLIENTS)
    _open_cards(env, clients.partner_id)


def _open_cards(env, partners):
    """Give partners cards of a programme of core's, and return these."""
    plain = env["loyalty.program"].create(
        {
            "name": PLAIN,
            "program_type": "loyalty",
            "applies_on": "both",
            "communication_plan_ids": [(5, 0, 0)],
        }
    )
    return (
        env["loyalty.card"]
        .with_context(tracking_disable=True)
        .create([{"program_id": plain.id, "partner_id": partner.id} for partner in partners])
    )


def run(env) -> list[dict]:
    """Seconds and queries of a batch, commit included, for all of them."""
    with without_ours(env) as core:
        partners = core["res.partner"].create(
            [{"name": f"Client {number}", "is_company": True} for number in range(CLIENTS)]
        )
        alone = _open_cards(core, partners)
        core.cr.commit()
        return _compare(env, core, alone)


def _compare(env, core, alone) -> list[dict]:
    """Return the lines of the table.

    :param core: the environment without ours
    :param alone: the cards in it
    """
    clients = env["loyalty.service.client"].search([("card_id", "!=", False)], limit=CLIENTS)
    event_type = env["loyalty.service.event.type"]._by_code("invoice_paid_on_time")
    cards = env["loyalty.card"].search([("program_id.name", "=", PLAIN)])
    rows = []
    for size in SIZES:
        results = measure(
            env,
            lambda run, size=size: _record(env, clients, event_type, size, run),
            (core, lambda run, size=size: _write_history(core, alone, size, summed=False)),
            (core, lambda run, size=size: _write_history(core, alone, size, summed=True)),
            lambda run, size=size: _write_history(env, cards, size, summed=False),
            lambda run, size=size: _write_rows(env, clients, event_type, size),
        )
        names = (
            "events with points",
            "core alone: lines, points with each",
            "core alone: lines, points summed up",
            "core beside ours: points with each",
            "floor: PostgreSQL alone",
        )
        for name, result in zip(names, results, strict=True):
            rows.append(
                {
                    "what": name,
                    "rows": size,
                    "seconds": result.seconds,
                    "rows per second": round(size / result.seconds),
                    "queries per 5,000": round(result.queries * BATCH / size),
                    "ours, times this": results[0].seconds / result.seconds,
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
        env.flush_all()
        env.cr.commit()


def _write_history(env, cards, size: int, summed: bool) -> None:
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
            card, points = cards[number % len(cards)], 50 + number % 100
            if summed:
                issued[card] = issued.get(card, 0) + points
            else:
                card.points += points
        for card, points in issued.items():
            card.points += points
        env.flush_all()
        env.cr.commit()


def _write_rows(env, clients, event_type, size: int) -> None:
    """Write an event and a lot for each number, and the balances."""
    for batch in split_every(BATCH, range(size)):
        env.cr.execute(
            SQL(
                """
                WITH numbered AS (
                     SELECT nextval('loyalty_service_event_id_seq') AS event_id,
                            nextval('loyalty_service_move_id_seq') AS id, number, client.*
                       FROM generate_series(%(first)s, %(last)s) AS number
                       JOIN (
                            SELECT row_number() OVER (ORDER BY client.id) - 1 AS place,
                                   client.partner_id, client.company_id,
                                   card.id AS card_id, card.program_id
                              FROM loyalty_service_client client
                              JOIN loyalty_card card ON card.id = client.card_id
                             WHERE client.id IN %(clients)s
                            ) client ON client.place = number %% %(many)s
                     ),
                     told AS (
                INSERT INTO loyalty_service_event (
                            id, type_id, kind, signal, channel, partner_id, company_id, user_id,
                            date, amount, value, origin, is_reversed, create_uid, create_date,
                            write_date
                            )
                     SELECT event_id, %(type)s, 'payment', 'paid_on_time', 'system', partner_id,
                            company_id, NULL, %(now)s, 500 + number %% 1000, 0,
                            'floor,' || event_id, FALSE, %(uid)s, %(now)s, %(now)s
                       FROM numbered
                     )
                INSERT INTO loyalty_service_move (
                            id, lot_id, entry, kind, card_id, program_id, partner_id,
                            company_id, event_id, points, qualifying_points, date, earned_date,
                            expiry_date, create_uid, create_date, write_date
                            )
                     SELECT id, id, id, 'award', card_id, program_id, partner_id,
                            company_id, event_id, 50, 50, %(now)s, %(now)s, %(now)s, %(uid)s,
                            %(now)s, %(now)s
                       FROM numbered
                """,
                first=batch[0],
                last=batch[-1],
                clients=tuple(clients.ids),
                many=len(clients),
                type=event_type.id,
                now=fields.Datetime.now(),
                uid=env.uid,
            )
        )
        for table, key in (("loyalty_card", "id"), ("loyalty_service_client", "card_id")):
            env.cr.execute(
                SQL(
                    "UPDATE %s SET points = points + 50 WHERE %s IN %s",
                    SQL.identifier(table),
                    SQL.identifier(key),
                    tuple(clients.card_id.ids),
                )
            )
        env.cr.commit()
