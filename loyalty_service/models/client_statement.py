from datetime import date
from typing import NamedTuple

from babel.dates import format_skeleton
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_date
from odoo.tools.misc import babel_locale_parse, get_lang

from ..amounts import points_text

# So many by the day, the others by the month: the statement stays on one page or two.
EXPIRIES_SHOWN = 12
STATEMENT_MONTHS = 12


class HistoryLine(NamedTuple):
    """What one cause did to the balance, as it is told to people.

    :ivar move: the first of the rows that were booked together; its label says what happened
    :ivar day: on which it happened, where the firm is
    :ivar points: sum of the rows
    """

    move: object
    day: date
    points: float


class Client(models.Model):
    """What is told to a client about its points: portal, statement and the client's form."""

    _inherit = "loyalty.service.client"

    latest_move_ids = fields.One2many(
        "loyalty.service.move", compute="_compute_latest_move_ids", string="Latest Points"
    )
    expiring_points = fields.Float(
        compute="_compute_expiring", help="Points that can be spent until the next expiry only."
    )
    expiring_date = fields.Date(compute="_compute_expiring", string="Next Expiry")
    next_tier_text = fields.Char(compute="_compute_texts")
    expiring_text = fields.Char(compute="_compute_texts")

    @api.depends("card_id.service_move_ids")
    def _compute_latest_move_ids(self):
        """Show the latest causes of points of each client, in one query for those of a firm."""
        latest = {}
        for company, clients in self.grouped("company_id").items():
            latest.update(
                self.env.execute_query(
                    SQL(
                        """
                        SELECT client.id,
                               array_agg(latest.entry ORDER BY latest.day DESC, latest.entry DESC)
                          FROM loyalty_service_client client
                          JOIN LATERAL (
                               SELECT move.entry, %(day)s AS day
                                 FROM loyalty_service_move move
                                WHERE move.card_id = client.card_id
                             GROUP BY move.entry
                               HAVING SUM(move.points) != 0
                             ORDER BY day DESC, move.entry DESC
                                LIMIT 8
                               ) latest ON TRUE
                         WHERE client.id IN %(ids)s
                      GROUP BY client.id
                        """,
                        day=self._day_sql(company),
                        ids=tuple(clients.ids) or (0,),
                    )
                )
            )
        Move = self.env["loyalty.service.move"]
        for client in self:
            client.latest_move_ids = Move.browse(latest.get(client.id, []))._filtered_access("read")

    @api.depends("card_id.service_move_ids")
    def _compute_expiring(self):
        for client, lots in self._open_lots().items():
            client.expiring_date, client.expiring_points = next(
                (lot for lot in lots if lot[0]), (False, 0.0)
            )

    @api.depends("points_to_next", "next_tier_id", "expiring_points", "expiring_date")
    @api.depends_context("lang")
    def _compute_texts(self):
        for client in self:
            client.next_tier_text = client._next_tier_text() if client.next_tier_id else False
            client.expiring_text = client.expiring_date and self.env._(
                "%(points)s of them expire after %(date)s",
                points=client._number(client.expiring_points),
                date=format_date(self.env, client.expiring_date),
            )

    def _open_lots(self):
        """Return ``{client: [(last day or None, points)]}``, the earliest day first."""
        by_card = {}
        for card_id, _lot, units, expiry, _is_debt in self.env[
            "loyalty.service.move"
        ]._read_open_lots(self.card_id):
            days = by_card.setdefault(card_id, {})
            days[expiry] = days.get(expiry, 0) + units
        return {
            client: [
                (day, units / 100)
                for day, units in sorted(
                    by_card.get(client.card_id.id, {}).items(),
                    key=lambda lot: (lot[0] is None, lot[0] or date.max),
                )
                if units
            ]
            for client in self
        }

    def _history(self, limit=None, offset=0, since=None):
        """Return the :class:`HistoryLine` of the client's card, the latest first.

        People read days, and within a day the order of booking: what is known by its day only,
        such as a payment, stands at noon and not above or below what has a time.

        :param since: first day
        """
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT entry, MAX(date), SUM(points)
                  FROM loyalty_service_move
                 WHERE card_id = %(card)s %(since)s
              GROUP BY entry
                HAVING SUM(points) != 0
              ORDER BY %(day)s DESC, entry DESC
                 LIMIT %(limit)s OFFSET %(offset)s
                """,
                day=self._day_sql(self.company_id),
                card=self.card_id.id or 0,
                since=(
                    SQL("AND date >= %s", self.company_id._loyalty_moment(since))
                    if since
                    else SQL()
                ),
                limit=limit,
                offset=offset,
            )
        )
        moves = self.env["loyalty.service.move"].browse(row[0] for row in rows)
        day_of = self.company_id._loyalty_day
        return [
            HistoryLine(move, day_of(moment), float(points))
            for move, (_entry, moment, points) in zip(moves, rows, strict=True)
        ]

    @api.model
    def _day_sql(self, company):
        """Return the day, where ``company`` is, on which the rows of an entry happened."""
        return SQL(
            "(MAX(date) AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", company._loyalty_tz_name()
        )

    def _history_count(self):
        """Return how many lines the whole history has."""
        self.ensure_one()
        [(number,)] = self.env.execute_query(
            SQL(
                """
                SELECT COUNT(*)
                  FROM (
                       SELECT entry
                         FROM loyalty_service_move
                        WHERE card_id = %s
                     GROUP BY entry
                       HAVING SUM(points) != 0
                       ) AS told
                """,
                self.card_id.id or 0,
            )
        )
        return number

    def _running_agreements(self):
        """Return what the client has booked, the first to end first."""
        self.ensure_one()
        return self.agreement_ids._agreed().sorted(
            lambda agreement: (not agreement.date_end, agreement.date_end, agreement.id)
        )

    def _prepare_statement_values(self):
        """Return what the statement shows.

        ``opening`` is the balance before the first of the ``lines``; opening and lines add up
        to the balance.
        """
        values = super()._prepare_statement_values()
        today = self.company_id._loyalty_day()
        since = today - relativedelta(months=STATEMENT_MONTHS)
        lines = self._history(since=since)[::-1]
        balance = self.points_today
        return {
            **values,
            "client": self,
            "today": today,
            "since": since,
            "lines": lines,
            "opening": round(balance - sum(line.points for line in lines), 2),
            "balance": balance,
            "expiries": self._expiry_rows(self._open_lots()[self]),
            "agreements": self._running_agreements(),
        }

    def _expiry_rows(self, lots):
        """Return ``[(when, points)]`` for a page: the next lots, the others month by month.

        :param lots: ``[(last day or None, points)]``, the earliest day first
        """
        rows = [(self._lot_text(*lot), lot[1]) for lot in lots[:EXPIRIES_SHOWN]]
        months = {}
        for day, points in lots[EXPIRIES_SHOWN:]:
            when = self._month_text(day) if day else self._lot_text(day, points)
            months.setdefault(when, []).append(points)
        return [*rows, *((when, sum(points)) for when, points in months.items())]

    # ------------------------------------------------------------------
    # Words: whole sentences, so that each language puts them in its own order
    # ------------------------------------------------------------------

    def _number(self, points, sign=False):
        return points_text(self.env, points, sign)

    def _point_name(self):
        """Return what the programme calls its points."""
        return self._points_program().portal_point_name or ""

    def _lot_text(self, day, points):
        if day:
            return self.env._("until %s", format_date(self.env, day))
        return self.env._("owed") if points < 0 else self.env._("without expiry")

    def _month_text(self, day):
        """Return the month of a day as the reader's language writes it: Mar 2027, 2027年3月."""
        locale = babel_locale_parse(get_lang(self.env).code)
        return format_skeleton("yMMM", day, locale=locale)

    def _line_text(self, line):
        """Say when something happened to points and how long they can be spent."""
        day = format_date(self.env, line.day)
        expiry = line.move.expiry_date
        if line.points > 0 and expiry:
            return f"{day} · {self._lot_text(expiry, line.points)}"
        return day

    def _agreement_text(self, agreement):
        if agreement.ended_on:
            return self.env._("ends after %s", format_date(self.env, agreement.ended_on))
        if agreement.renewed_by_id:
            return self.env._(
                "until %s, renewed already", format_date(self.env, agreement.date_end)
            )
        if agreement.state == "planned":
            return self.env._("begins on %s", format_date(self.env, agreement.date_start))
        if not agreement.date_end:
            return self.env._("runs until it is ended")
        return self.env._("renews after %s", format_date(self.env, agreement.date_end))

    def _reward_text(self, reward):
        return self.env._("from %s points", self._number(reward.required_points))

    # ------------------------------------------------------------------
    # Portal and statement
    # ------------------------------------------------------------------

    def _prepare_portal_values(self):
        """Return what the portal page shows beside the history."""
        values = super()._prepare_portal_values()
        program = self._points_program()
        ladder = self.env["loyalty.service.tier"]._ladder(program)
        open_lots = self._open_lots()[self]
        return {
            **values,
            "balance": self.points_today,
            "lots": [lot for lot in open_lots if lot[0]],
            "lasting": sum(points for day, points in open_lots if not day),
            "ladder": ladder,
            "rules": self.env["loyalty.service.earning.rule"].search(
                self._rules_domain(program, self.company_id._loyalty_day())
            ),
            "agreements": self._running_agreements(),
        }

    @api.model
    def _rules_domain(self, program, day):
        """Return the domain of the rules by which what happens on ``day`` earns points."""
        return [
            ("program_id", "=", program.id),
            ("active", "=", True),
            "|",
            ("date_from", "=", False),
            ("date_from", "<=", day),
            "|",
            ("date_to", "=", False),
            ("date_to", ">=", day),
        ]

    def _prepare_portal_card_values(self):
        """Return what Odoo's own card dialog in the portal shows, from the ledger."""
        self.ensure_one()
        card = self.card_id
        program = card.program_id
        return {
            "card": {
                "id": card.id,
                "points_display": card.points_display,
                "expiration_date": card.expiration_date,
                "code": card.code,
            },
            "program": {"program_name": program.name, "program_type": program.program_type},
            "history_lines": [
                {
                    "order_id": False,
                    "description": line.move.label,
                    "order_portal_url": "/my/loyalty",
                    "points": f"{'-' if line.points < 0 else '+'}"
                    f"{card._format_points(abs(line.points))}",
                }
                for line in self._history(limit=5)
            ],
            "rewards": [
                {
                    "description": reward.description,
                    "points": card._format_points(reward.required_points),
                }
                for reward in self._rewards_within_reach()[:3]
            ],
            "img_path": f"/loyalty/static/src/img/{program.program_type}.svg",
        }

    def _statement_lang(self):
        """Return the language of the statement: of its reader or, failing that, the client's."""
        self.ensure_one()
        return (
            self.env.context.get("loyalty_service_statement_lang")
            or self.partner_id.lang
            or self.env.lang
        )

    def _get_report_base_filename(self):
        self.ensure_one()
        return self.env._("Loyalty statement %s", self.partner_id.name)

    def action_print_statement(self):
        """Print the loyalty statement."""
        return self.env.ref("loyalty_service.client_statement").report_action(self)
