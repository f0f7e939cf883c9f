"""What is read of the whole ledger, against one bare SQL aggregate over the same rows.

10,000 clients with 50 rows of points each: an award a month for 30 months that is valid for 18,
some of it spent, what is over expired, one lot of each client just past its last day. The
figures are taken for 5,000 of the clients and for all: twice the clients, twice the time.

The liability is read for a programme as a whole. For half of the clients the ledger of the others
is deleted before, so that it is that of a firm with half as many.

The floors read the same rows: for the tiers the points by client, for the expiry run and the
liability the balance by lot. The tiers themselves look at the last twelve months only, for which
there is an index, so the floor of that is shown as well.

The tiers are reviewed on a usual day and on others. On a usual day the figures of 1 client in
100 change, 1 in 200 rises, 1 in 200 steps down, and 1 in 400 falls short and is told, which
makes an activity for its account manager. On the first of January of a programme that counts by
the year, the figures of all change. When the ladder is changed, many step up: here 1 in 10.
Points expire of all clients at once, which is the worst case, too.
"""

from collections.abc import Callable
from statistics import median
from time import perf_counter

from odoo import fields
from odoo.tools import SQL, split_every

from tests.generators import bulk

CLIENTS = 10_000
HALF = CLIENTS // 2
MONTHS = 30
VALID = 18
RUNS = 3
BATCH = 1000  # as the scheduled actions take them


def prepare(env, progress) -> None:
    bulk.load(env, clients=CLIENTS, months=0, progress=progress)
    _write_ledger(env)


def _write_ledger(env) -> None:
    """Give each card an award of 100 points a month, and a past.

    Of the lots that are past their last day every other one was spent, the others have expired,
    and the latest is due. Of those that are open, every other one is spent in part.
    """
    today = fields.Date.context_today(env.user)
    env.cr.execute(
        SQL(
            """
            WITH awards AS (
                 SELECT nextval('loyalty_service_move_id_seq') AS id, card.id AS card_id,
                        card.program_id, card.partner_id,
                        client.company_id, month, day.earned,
                        (day.earned + make_interval(months => %(valid)s))::date AS expiry
                   FROM generate_series(0, %(months)s - 1) AS month
                  CROSS JOIN LATERAL (
                        SELECT (%(today)s::date - make_interval(months => %(months)s - month))::date
                            AS earned
                        ) day
                  CROSS JOIN loyalty_card card
                   JOIN loyalty_service_client client ON client.card_id = card.id
                 ),
                 booked AS (
                 SELECT id, id AS lot_id, 'award' AS kind, 100 AS points, earned AS day,
                        card_id, program_id, partner_id, company_id, earned, expiry
                   FROM awards
              UNION ALL
                 SELECT nextval('loyalty_service_move_id_seq'), id,
                        CASE WHEN expiry < %(today)s AND month %% 2 = 0 THEN 'expire'
                             ELSE 'spend'
                        END,
                        CASE WHEN expiry < %(today)s THEN -100 ELSE -40 END,
                        LEAST(expiry, %(today)s),
                        card_id, program_id, partner_id, company_id, NULL, expiry
                   FROM awards
                  WHERE CASE WHEN expiry < %(today)s THEN month < %(months)s - %(valid)s - 1
                             ELSE month %% 2 = 0
                        END
                 )
            INSERT INTO loyalty_service_move (
                        id, lot_id, entry, kind, card_id, program_id, partner_id,
                        company_id, points, qualifying_points, date, earned_date, expiry_date,
                        create_uid, create_date, write_date
                        )
                 SELECT id, lot_id, id, kind, card_id, program_id, partner_id,
                        company_id, points, GREATEST(points, 0), day, earned, expiry,
                        %(uid)s, %(now)s, %(now)s
                   FROM booked
            """,
            months=MONTHS,
            valid=VALID,
            today=today,
            uid=env.uid,
            now=fields.Datetime.now(),
        )
    )
    env.cr.execute(
        SQL(
            """
            UPDATE loyalty_card card
               SET points = held.points, service_next_expiry = held.first
              FROM (
                   SELECT card_id, SUM(points) AS points,
                          MIN(expiry_date) FILTER (WHERE points > 0) AS first
                     FROM (
                          SELECT card_id, lot_id, SUM(points) AS points,
                                 MAX(expiry_date) AS expiry_date
                            FROM loyalty_service_move
                        GROUP BY card_id, lot_id
                          ) lots
                 GROUP BY card_id
                   ) held
             WHERE held.card_id = card.id
            """
        )
    )
    env.cr.execute(
        SQL(
            """
            UPDATE loyalty_service_client client
               SET points = card.points
              FROM loyalty_card card
             WHERE card.id = client.card_id
            """
        )
    )
    env.invalidate_all()
    _tiers(env["loyalty.service.client"].search([]))
    env.flush_all()
    env.cr.execute("ANALYZE")


def run(env) -> list[dict]:
    """Seconds and queries, for half of the clients and for all."""
    _vacuum(env)
    clients = env["loyalty.service.client"].search([("card_id", "!=", False)], order="card_id")
    program = clients.card_id.program_id
    today = env.company._loyalty_day()
    rows = []
    for number in (HALF, CLIENTS):
        some = clients[:number]
        cards = some.card_id
        moves = env["loyalty.service.move"].search_count([("card_id", "in", cards.ids)])
        ways = {
            "tiers, a usual day": (lambda some=some: _review(some), _disarrange_few),
            "tiers, all figures change": (lambda some=some: _review(some), _disarrange_figures),
            "tiers, 1 in 10 steps up": (lambda some=some: _review(some), _disarrange_tiers),
            "floor: points of 12 months by client": (
                lambda cards=cards: _sum_window(cards, today),
            ),
            "floor: points by client": (lambda cards=cards: _sum_points(cards),),
            "points expired": (lambda cards=cards: _expire(cards),),
            "floor: balance by lot": (lambda cards=cards: _sum_lots(cards),),
        }
        if number == CLIENTS:
            ways["liability by last day"] = (lambda: _liability(program, today),)
        figures = _measure(env, ways)
        floor = {what: what for what in ways if what.startswith("floor")}
        floor |= {what: "floor: points by client" for what in ways if what.startswith("tiers")}
        rows += [
            {
                "what": what,
                "clients": number,
                "moves": moves,
                "seconds": seconds,
                "queries": queries,
                "times floor": seconds / figures[floor.get(what, "floor: balance by lot")][0],
            }
            for what, (seconds, queries) in figures.items()
        ]
    return rows + _half_the_liability(env, clients[:HALF].card_id, today)


def _half_the_liability(env, cards, today) -> list[dict]:
    """Return the row of the liability for half of the clients.

    It is read for a programme as a whole: so the ledger of the others has to go, last of all.
    """
    env.cr.execute("ALTER TABLE loyalty_service_move DISABLE TRIGGER USER")
    env.cr.execute(
        SQL("DELETE FROM loyalty_service_move WHERE card_id NOT IN %s", tuple(cards.ids))
    )
    env.cr.execute("ALTER TABLE loyalty_service_move ENABLE TRIGGER USER")
    env.invalidate_all()
    _vacuum(env, full=True)
    program = cards.program_id
    what, floor = "liability by last day", "floor: balance by lot"
    figures = _measure(
        env,
        {
            what: (lambda: _liability(program, today),),
            floor: (lambda: _sum_lots(cards),),
        },
    )
    seconds, queries = figures[what]
    return [
        {
            "what": what,
            "clients": len(cards),
            "moves": env["loyalty.service.move"].search_count([]),
            "seconds": seconds,
            "queries": queries,
            "times floor": seconds / figures[floor][0],
        }
    ]


def _measure(env, ways: dict[str, tuple[Callable, ...]]) -> dict[str, tuple[float, int]]:
    """Return the median seconds and the queries of each way; none leaves anything behind.

    :param ways: what is measured and, if any, what is done before it
    """
    times, queries = {what: [] for what in ways}, {}
    _keep(env)
    for _run in range(RUNS):
        for what, (way, *before) in ways.items():
            for disarrange in before:
                disarrange(env)
                # What is written anew has the room that a day leaves it, not that of a moment.
                env.cr.commit()
            env.invalidate_all()
            count, start = env.cr.sql_log_count, perf_counter()
            way()
            env.flush_all()
            times[what].append(perf_counter() - start)
            queries[what] = env.cr.sql_log_count - count
            env.invalidate_all(flush=False)
            env.cr.rollback()
            _restore(env)
    return {what: (median(times[what]), queries[what]) for what in ways}


def _vacuum(env, full: bool = False) -> None:
    """Leave the tables as autovacuum does, which else may begin in the middle of a run.

    :param full: give back the room of what was deleted, as if it had never been
    """
    env.cr.commit()
    connection = env.cr._cnx
    connection.autocommit = True
    if full:
        env.cr.execute("VACUUM FULL loyalty_service_move")
    env.cr.execute("VACUUM ANALYZE")
    connection.autocommit = False


def _keep(env) -> None:
    env.cr.execute(
        "CREATE TEMPORARY TABLE IF NOT EXISTS kept AS SELECT id, tier_id, tier_review_date, "
        "tier_told_on, qualifying_points FROM loyalty_service_client"
    )
    env.cr.commit()


def _restore(env) -> None:
    env.cr.execute(
        """
        UPDATE loyalty_service_client client
           SET tier_id = kept.tier_id, tier_review_date = kept.tier_review_date,
               tier_told_on = kept.tier_told_on, qualifying_points = kept.qualifying_points
          FROM kept
         WHERE kept.id = client.id
           AND (client.tier_id, client.tier_review_date, client.tier_told_on,
                client.qualifying_points) IS DISTINCT FROM
               (kept.tier_id, kept.tier_review_date, kept.tier_told_on, kept.qualifying_points)
        """
    )
    env.cr.commit()


def _tiers(clients) -> None:
    for ids in split_every(BATCH, clients.ids):
        clients.browse(ids)._update_tiers(review=True)


def _review(clients) -> None:
    """Do what the scheduled action does, for some of the clients and without its commits."""
    clients._mark_due_tiers(clients.env.company)
    due = clients.search([("tier_due", "=", True), ("id", "in", clients.ids)])
    for ids in split_every(BATCH, due.ids):
        clients.browse(ids)._review_tiers_due()


def _disarrange_few(env) -> None:
    today = env.company._loyalty_day()
    lower, higher = _neighbours(env)
    for part, rest, what in (
        (100, 1, SQL("qualifying_points = qualifying_points + 1")),
        (200, 2, SQL("tier_id = %s", lower)),
        (
            200,
            4,
            SQL("tier_id = %s, tier_told_on = %s, tier_review_date = %s", higher, today, today),
        ),
        (400, 6, SQL("tier_id = %s", higher)),
    ):
        env.cr.execute(
            SQL("UPDATE loyalty_service_client SET %s WHERE card_id %% %s = %s", what, part, rest)
        )


def _disarrange_figures(env) -> None:
    env.cr.execute("UPDATE loyalty_service_client SET qualifying_points = qualifying_points + 1")


def _disarrange_tiers(env) -> None:
    lower, _higher = _neighbours(env)
    env.cr.execute(
        SQL("UPDATE loyalty_service_client SET tier_id = %s WHERE card_id %% 10 = 1", lower)
    )


def _neighbours(env) -> tuple[int, int]:
    """Return the ids of the tiers below and above that of the clients, who all have one."""
    [tier] = env["loyalty.service.client"].search([("card_id", "!=", False)]).tier_id
    ladder = env["loyalty.service.tier"]._ladder(tier.program_id)
    place = ladder.ids.index(tier.id)
    return ladder[place - 1].id, ladder[place + 1].id


def _sum_points(cards) -> None:
    cards.env.execute_query(
        SQL(
            """
            SELECT card_id, SUM(qualifying_points)
              FROM loyalty_service_move
             WHERE card_id IN %s
          GROUP BY card_id
            """,
            tuple(cards.ids),
        )
    )


def _sum_window(cards, today) -> None:
    cards.env.execute_query(
        SQL(
            """
            SELECT card_id, SUM(qualifying_points)
              FROM loyalty_service_move
             WHERE card_id IN %s AND qualifying_points != 0
               AND earned_date > %s AND earned_date <= %s
          GROUP BY card_id
            """,
            tuple(cards.ids),
            fields.Date.subtract(today, months=12),
            today,
        )
    )


def _expire(cards) -> None:
    due = set(cards._ids_to_expire(cards.env.company._loyalty_day()))
    for ids in split_every(BATCH, [card_id for card_id in cards.ids if card_id in due]):
        cards._expire(cards.browse(ids))


def _liability(program, today) -> None:
    program.env["loyalty.service.move"]._read_liability(program, today)


def _sum_lots(cards) -> None:
    cards.env.execute_query(
        SQL(
            """
            SELECT card_id, lot_id, SUM(points), MAX(expiry_date)
              FROM loyalty_service_move
             WHERE card_id IN %s
          GROUP BY card_id, lot_id
            """,
            tuple(cards.ids),
        )
    )
