"""The evaluation of a programme with 10,000 clients and some 500,000 rows of points, against the
floor: one bare SQL aggregate over the same rows.
"""

from odoo import fields
from odoo.tools import SQL

from benchmarks.measure import measure
from tests.generators import bulk

CLIENTS = 10_000
MONTHS = 30


def prepare(env, progress) -> None:
    """Clients with their awards; of each lot a part is spent, and what is left expires."""
    bulk.load(env, clients=CLIENTS, months=MONTHS, progress=progress)
    now = fields.Datetime.now()
    for kind, points, moment in (
        (
            "spend",
            SQL("floor(lot.points * (lot.id %% 10) / 10)"),
            SQL("lot.date + make_interval(days => 30 + (lot.id * 37 %% 600)::int)"),
        ),
        (
            "expire",
            SQL("held.points"),
            SQL("lot.expiry_date + interval '28 hours'"),
        ),
    ):
        env.cr.execute(
            SQL(
                """
                WITH held AS (
                     SELECT lot_id, SUM(points) AS points
                       FROM loyalty_service_move
                   GROUP BY lot_id
                     ),
                     fresh AS (
                     SELECT nextval('loyalty_service_move_id_seq') AS id, lot.id AS lot_id,
                            lot.card_id, lot.program_id, lot.partner_id,
                            lot.company_id, lot.expiry_date, %(points)s AS points,
                            %(moment)s AS date
                       FROM loyalty_service_move lot
                       JOIN held ON held.lot_id = lot.id
                     )
                INSERT INTO loyalty_service_move (
                       id, entry, lot_id, card_id, program_id, partner_id, company_id,
                       expiry_date, kind, points, qualifying_points, date
                       )
                SELECT id, id, lot_id, card_id, program_id, partner_id, company_id,
                       expiry_date, %(kind)s, -points, 0, date
                  FROM fresh
                 WHERE points > 0 AND date < %(now)s
                """,
                kind=kind,
                points=points,
                moment=moment,
                now=now,
            )
        )
    env.cr.execute(
        SQL(
            """
            UPDATE loyalty_card card
               SET points = balance.points
              FROM (
                   SELECT card_id, SUM(points) AS points
                     FROM loyalty_service_move
                 GROUP BY card_id
                   ) balance
             WHERE balance.card_id = card.id
            """
        )
    )
    env.cr.execute(SQL("ANALYZE loyalty_service_move"))


def run(env) -> list[dict]:
    """Seconds and queries of the whole screen, of the liability alone, and of the floor."""
    rows = env["loyalty.service.move"].search_count([])
    program = env["loyalty.program"]._get_service_program(env.company)
    today = env.company._loyalty_day()
    Evaluation = env["loyalty.service.evaluation"]
    screen, liability, floor = measure(
        env,
        lambda run: Evaluation.get_screen({}),
        lambda run: env["loyalty.service.move"]._read_liability(program, today),
        lambda run: _aggregate(env, program),
    )
    return [
        {
            "what": name,
            "clients": CLIENTS,
            "rows": rows,
            "seconds": result.seconds,
            "queries": result.queries,
            "times floor": result.seconds / floor.seconds,
        }
        for name, result in (
            ("evaluation, whole screen", screen),
            ("liability by day", liability),
            ("bare SQL aggregate", floor),
        )
    ]


def _aggregate(env, program) -> None:
    """The open lots by their last day, in the least words."""
    env.cr.execute(
        SQL(
            """
            SELECT expiry_date, SUM(points)
              FROM (
                   SELECT lot_id, expiry_date, SUM(points) AS points
                     FROM loyalty_service_move
                    WHERE program_id = %s
                 GROUP BY lot_id, expiry_date
                   ) lot
          GROUP BY expiry_date
            """,
            program.id,
        )
    )
    env.cr.fetchall()
