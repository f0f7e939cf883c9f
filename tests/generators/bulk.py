"""Many clients with a long history, for measurements.

    load(env, clients=10_000, months=24)

Clients, agreements and cards go through the ORM. What there are millions of, events and the
points that they earn, is written in sets, in one statement each, with all that the doors would
have kept in step: the same rows, the same sums. One seed gives the same history.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import md5

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.api import Environment
from odoo.tools import SQL, split_every

CHUNK = 1000
LEAVING = 0.2  # part of the clients that has left by now
CHURN_AFTER = 0.3  # nobody leaves before this part of the period
POINTS_RULE = "loyalty_service.earning_rule_paid_on_time"


@dataclass(frozen=True)
class Happening:
    """Events of one type.

    :ivar above, below: it happens in a month in which the dice fall between them, 0 to 1
    :ivar dice: types with the same dice exclude each other; the code stands for its own
    :ivar amount: whether it is about the client's monthly amount
    :ivar value: lowest and highest value measured
    """

    code: str
    below: float
    above: float = 0.0
    dice: str | None = None
    amount: bool = False
    value: tuple[float, float] = (0.0, 0.0)


HAPPENINGS = (
    Happening("invoice_posted", 1.0, amount=True),
    Happening("invoice_paid_on_time", 0.9, dice="payment", amount=True),
    Happening("invoice_paid_late", 1.0, above=0.9, dice="payment", amount=True),
    Happening("wechat", 0.9),
    Happening("call", 0.6),
    Happening("visit", 0.1),
    Happening("training", 0.08),
    Happening("complaint", 0.03),
    Happening("praise", 0.03),
    Happening("survey_satisfaction", 0.1, value=(40, 100)),
    Happening("survey_nps", 0.06, value=(3, 10)),
    Happening("ticket_opened", 0.4),
    Happening("ticket_answered", 0.4),
    Happening("sla_breached", 0.03),
)


def load(
    env: Environment,
    clients: int = 10_000,
    months: int = 24,
    seed: int = 2024,
    progress: Callable[[int, int, str], None] | None = None,
) -> dict:
    """Fill the database; nothing is committed.

    :return: number of ``clients``, ``events`` and ``moves`` made
    """
    report = progress or (lambda done, total, what: None)
    env = env(context={**env.context, "tracking_disable": True, "mail_create_nosubscribe": True})
    start = fields.Date.context_today(env.user) - relativedelta(months=months)
    numbers = []
    for chunk in split_every(CHUNK, range(clients)):
        report(len(numbers), clients, "clients")
        numbers += _make_clients(env, list(chunk), seed, start, months)
    env.flush_all()
    report(clients, clients, "events")
    events = _write_events(env, numbers, seed, start, months)
    report(clients, clients, "points")
    moves = _write_points(env, [client_id for _number, client_id, _left in numbers])
    env.invalidate_all()
    for ids in split_every(CHUNK, [client_id for _number, client_id, _left in numbers]):
        env["loyalty.service.client"].browse(ids)._update_tiers()
    env.flush_all()
    env.cr.execute("ANALYZE")
    return {"clients": clients, "events": events, "moves": moves}


def _chance(seed: int, *names) -> float:
    """Return a number from 0 to 1 that depends on nothing but its arguments."""
    text = ":".join(map(str, (seed, *names)))
    return int(md5(text.encode()).hexdigest()[:8], 16) / 2**32


def _make_clients(env, numbers: list[int], seed: int, start: date, months: int) -> list[tuple]:
    """Make clients with an agreement that runs, or was ended, and their cards.

    :return: list of (number, id of the client, month in which it left or ``months``)
    """
    company = env.company
    partners = env["res.partner"].create(
        [
            {"name": f"Client {number:05d}", "is_company": True, "user_id": env.uid}
            for number in numbers
        ]
    )
    agreements = env["loyalty.service.agreement"].create(
        [
            {
                "partner_id": partner.id,
                "name": "Bookkeeping",
                "monthly_amount": 100 + round(2900 * _chance(seed, number, "fee"), -1),
                "date_start": start - relativedelta(days=int(900 * _chance(seed, number, "age"))),
                "date_end": fields.Date.context_today(env.user)
                + relativedelta(days=1 + int(364 * _chance(seed, number, "end"))),
            }
            for number, partner in zip(numbers, partners, strict=True)
        ]
    )
    agreements.action_start()
    program = env["loyalty.program"]._get_service_program(company)
    env["loyalty.card"]._ensure_service_cards(partners, program)
    reason = env.ref("loyalty_service.end_reason_price")
    result = []
    for number, agreement in zip(numbers, agreements, strict=True):
        left = months
        if _chance(seed, number, "leaves") < LEAVING:
            share = CHURN_AFTER + (1 - CHURN_AFTER) * _chance(seed, number, "left")
            left = int(months * share)
            agreement._end(reason, start + relativedelta(months=left))
        result.append((number, agreement.client_id.id, left))
    return result


def _write_events(env, numbers, seed: int, start: date, months: int) -> int:
    """Write what happened with the clients, in one statement."""
    types = {
        event_type.code: event_type
        for event_type in env["loyalty.service.event.type"].search(
            [("code", "in", [happening.code for happening in HAPPENINGS])]
        )
    }
    known = [happening for happening in HAPPENINGS if happening.code in types]
    env.cr.execute(
        SQL(
            """
            WITH clients (number, client_id, left_month) AS (VALUES %(clients)s),
                 happenings (type_id, dice, above, below, has_amount, low, high)
                      AS (VALUES %(happenings)s),
                 told AS (
                 SELECT happenings.*, clients.client_id, month,
                        md5(concat_ws(':', %(seed)s, clients.number, happenings.dice, month))
                            AS hash
                   FROM clients
                  CROSS JOIN happenings
                  CROSS JOIN generate_series(0, clients.left_month - 1) AS month
                 ),
                 drawn AS (
                 SELECT told.*,
                        ('x' || substr(hash, 1, 8))::bit(32)::bigint / 4294967296.0 AS chance,
                        ('x' || substr(hash, 9, 8))::bit(32)::bigint / 4294967296.0 AS moment,
                        ('x' || substr(hash, 17, 8))::bit(32)::bigint / 4294967296.0 AS measure
                   FROM told
                 )
            INSERT INTO loyalty_service_event (
                        type_id, kind, signal, channel, partner_id, company_id, user_id, date,
                        amount, value, summary, origin, is_reversed,
                        create_uid, create_date, write_uid, write_date
                        )
                 SELECT type.id, type.kind, type.signal, type.channel,
                        client.partner_id, client.company_id, client.user_id,
                        date_trunc(
                            'second',
                            %(start)s + make_interval(months => drawn.month)
                                      + drawn.moment * interval '27 days'
                        ),
                        CASE WHEN drawn.has_amount THEN client_amount.amount ELSE 0 END,
                        round((drawn.low + drawn.measure * (drawn.high - drawn.low))::numeric),
                        'Written in bulk',
                        'bulk,' || drawn.client_id || '#' || drawn.month,
                        FALSE, %(uid)s, %(now)s, %(uid)s, %(now)s
                   FROM drawn
                   JOIN loyalty_service_event_type type ON type.id = drawn.type_id
                   JOIN loyalty_service_client client ON client.id = drawn.client_id
                   JOIN (
                        SELECT client_id, SUM(monthly_amount) AS amount
                          FROM loyalty_service_agreement
                      GROUP BY client_id
                        ) client_amount ON client_amount.client_id = client.id
                  WHERE drawn.chance >= drawn.above AND drawn.chance < drawn.below
               ORDER BY drawn.month, drawn.moment
            """,
            clients=SQL(", ").join(SQL("%s", row) for row in numbers),
            happenings=SQL(", ").join(
                SQL(
                    "%s",
                    (
                        types[happening.code].id,
                        happening.dice or happening.code,
                        happening.above,
                        happening.below,
                        happening.amount,
                        *map(float, happening.value),
                    ),
                )
                for happening in known
            ),
            seed=str(seed),
            start=fields.Datetime.to_datetime(start),
            uid=env.uid,
            now=fields.Datetime.now(),
        )
    )
    count = env.cr.rowcount
    env.cr.execute(
        SQL(
            """
            UPDATE loyalty_service_client client
               SET last_contact_date = latest.date
              FROM (
                   SELECT partner_id, company_id, MAX(date) AS date
                     FROM loyalty_service_event
                    WHERE kind IN ('contact', 'meeting')
                 GROUP BY partner_id, company_id
                   ) latest
             WHERE latest.partner_id = client.partner_id
               AND latest.company_id = client.company_id
               AND client.id IN %(ids)s
            """,
            ids=tuple(client_id for _number, client_id, _left in numbers),
        )
    )
    return count


def _write_points(env, client_ids: list[int]) -> int:
    """Award every tenth of what was paid on time: a lot for each payment, nothing spent."""
    rule = env.ref(POINTS_RULE)
    env.cr.execute(
        SQL(
            """
            WITH awards AS (
                 SELECT nextval('loyalty_service_move_id_seq') AS id, event.id AS event_id,
                        event.company_id, event.date, event.partner_id, event.summary,
                        client.card_id, card.program_id,
                        floor(event.amount * %(rate)s) AS points
                   FROM loyalty_service_event event
                   JOIN loyalty_service_client client
                     ON client.partner_id = event.partner_id
                    AND client.company_id = event.company_id
                   JOIN loyalty_card card ON card.id = client.card_id
                  WHERE event.type_id = %(type)s AND client.id IN %(ids)s
                    AND event.is_reversed IS NOT TRUE
                    AND floor(event.amount * %(rate)s) > 0
               ORDER BY event.date
                 )
            INSERT INTO loyalty_service_move (
                        id, lot_id, entry, kind, card_id, program_id, partner_id,
                        company_id, event_id, rule_id, points, qualifying_points, date,
                        earned_date, expiry_date, reason,
                        create_uid, create_date, write_uid, write_date
                        )
                 SELECT id, id, id, 'award', card_id, program_id, partner_id,
                        company_id, event_id, %(rule)s, points, points, date,
                        date::date, (date + make_interval(months => %(months)s))::date, summary,
                        %(uid)s, %(now)s, %(uid)s, %(now)s
                   FROM awards
            """,
            rate=rule.points_per_unit,
            type=rule.event_type_id.id,
            ids=tuple(client_ids),
            rule=rule.id,
            months=rule.validity_months,
            uid=env.uid,
            now=fields.Datetime.now(),
        )
    )
    count = env.cr.rowcount
    for statement in (
        """
        UPDATE loyalty_card card
           SET points = balance.points, service_next_expiry = balance.first
          FROM (
               SELECT card_id, SUM(points) AS points, MIN(expiry_date) AS first
                 FROM loyalty_service_move
             GROUP BY card_id
               ) balance
         WHERE balance.card_id = card.id
        """,
        """
        UPDATE loyalty_service_client client
           SET points = card.points
          FROM loyalty_card card
         WHERE card.id = client.card_id
        """,
    ):
        env.cr.execute(SQL(statement))
    return count
