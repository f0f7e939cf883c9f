from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..amounts import points_text
from ..append_only import NOT_HANDED_OVER, let_go, refuse
from ..bulk import insert
from ..engine import earning

KINDS = [
    ("award", "Earned"),
    ("spend", "Spent"),
    ("expire", "Expired"),
    ("reverse", "Reversed"),
    ("adjust", "Adjusted"),
    ("settle", "Settled"),
]

# What a row says about points. The database refuses to change these, by any statement that
# names them. Of the others, see :meth:`Move.init`.
FIXED_COLUMNS = (
    "id",
    "company_id",
    "create_date",
    "lot_id",
    "kind",
    "points",
    "expiry_date",
    "date",
    "earned_date",
    "qualifying_points",
    "rate_fixed",
    "rate_unit",
    "rate_cap",
    "event_id",
    "rule_id",
    "reverses_id",
    "entry",
    "origin",
    "reason",
)


class Implied(fields.Many2one):
    """A reference that cannot break, whatever else happens: the database need not look it up.

    To look one up takes PostgreSQL as long as to write half of the row.
    """

    def update_db_foreign_key(self, model, column):
        pass


class Move(models.Model):
    """One row of a card's account of points. Rows are only ever added.

    Rows are written by ``loyalty.card._post`` and nothing else; the arithmetic is in
    ``engine/lots.py``. The sum over a lot is what is left in it, the sum over a card is its
    balance.
    """

    _name = "loyalty.service.move"
    _description = "Points Move"
    _order = "date desc, id desc"

    # Each index and each reference costs with every row; there is none that nobody reads by. Rows
    # are found by their card through the indexes below, which begin with it.
    card_id = fields.Many2one("loyalty.card", required=True, ondelete="restrict")
    # The card keeps the programme from being deleted, and stays with it.
    program_id = Implied(related="card_id.program_id", string="Programme", store=True)
    partner_id = fields.Many2one(
        related="card_id.partner_id", string="Client", store=True, index="btree_not_null"
    )
    company_id = fields.Many2one("res.company", required=True)
    kind = fields.Selection(KINDS, required=True)
    points = fields.Float(digits=(16, 2), required=True)
    # No row is ever deleted, and none changes its number: see :meth:`init`.
    lot_id = Implied(
        "loyalty.service.move",
        required=True,
        ondelete="restrict",
        help="The row with which the lot was opened; for that row, the row itself.",
    )
    expiry_date = fields.Date(
        string="Expires after",
        help="Last day on which the points of this lot can be spent.",
    )
    date = fields.Datetime(
        required=True, index=True, help="When it happened. The ledger is in the order of booking."
    )
    earned_date = fields.Date(
        string="Earned on",
        help="For points earned, and for what takes them back: the day on which they were "
        "earned. Tiers and caps count by this day.",
    )
    qualifying_points = fields.Float(
        digits=(16, 2), help="What this row adds to the points that count for tiers."
    )
    # Of points that a rule gave: by what they were counted, whatever has become of it since.
    rate_fixed = fields.Float(
        string="Points per Event Then", help="What the rule gave for the event, tier included."
    )
    rate_unit = fields.Float(
        string="Points per Unit Then",
        help="What the rule gave for each unit of the amount, tier included.",
    )
    rate_cap = fields.Float(
        string="At Most Then", help="Limit of the rule for one client and period, 0 for none."
    )
    event_id = fields.Many2one("loyalty.service.event", index="btree_not_null", ondelete="restrict")
    # The awards of a rule are found through the index that keeps one for each event.
    rule_id = fields.Many2one(
        "loyalty.service.earning.rule", string="Earning Rule", ondelete="restrict"
    )
    reverses_id = fields.Many2one(
        "loyalty.service.move",
        string="Takes Back",
        index="btree_not_null",
        ondelete="restrict",
        help="The award that this row takes back, wholly or in part.",
    )
    entry = fields.Integer(
        required=True, help="Number of the first row of those that were booked together."
    )
    origin = fields.Char(help="The record behind the row, such as 'sale.order,42'.")
    reason = fields.Char()
    entry_points = fields.Float(
        compute="_compute_entry_points",
        digits=(16, 2),
        string="Points of the Cause",
        help="Sum of all rows that were booked together, over all lots.",
    )
    entry_text = fields.Char(
        compute="_compute_entry_text",
        string="Booked Together",
        help="What happened at once may touch several lots, and makes a row for each of them.",
    )
    entry_move_ids = fields.One2many(
        "loyalty.service.move", compute="_compute_entry_move_ids", string="Rows of the Cause"
    )
    # As superuser: the ledger of a shared programme has rows whose event belongs to another of
    # the firms. What the client itself may read of it is told, and no more.
    label = fields.Char(string="What", compute="_compute_label", compute_sudo=True)
    event_type_id = fields.Many2one(related="event_id.type_id", string="Event Type")
    is_open = fields.Boolean(
        compute="_compute_lot_balance", search="_search_is_open", string="Has Points Left"
    )
    lot_balance = fields.Float(
        compute="_compute_lot_balance",
        digits=(16, 2),
        string="Left in Lot",
        help="What is left of the lot of this row today.",
    )

    _award_unique = models.UniqueIndex(
        "(rule_id, event_id) WHERE kind = 'award'",
        "This event has been rewarded by this rule already.",
    )
    _reversal_unique = models.UniqueIndex(
        "(reverses_id, lot_id) WHERE kind = 'reverse' AND reverses_id IS NOT NULL",
        "This award has been taken back already.",
    )
    _lot_idx = models.Index("(card_id, lot_id) INCLUDE (points, expiry_date)")
    _history_idx = models.Index("(card_id, entry) INCLUDE (points, date)")
    _qualifying_idx = models.Index(
        "(card_id, earned_date) INCLUDE (qualifying_points) WHERE qualifying_points != 0"
    )
    _origin_idx = models.Index("(card_id, origin) WHERE origin IS NOT NULL")

    def init(self):
        """Have the database refuse what Python refuses.

        What a row says about points cannot be changed by anyone. Whose it is (card, client)
        follows when clients become one, which says so for its transaction, see
        ``append_only.handing_over``. Programme and author stay as well; but who deletes a
        contact or a user has the rows forget it.
        """
        columns = SQL(", ").join(SQL.identifier(column) for column in FIXED_COLUMNS)
        refuse(
            self.env,
            self._table,
            "loyalty_service_move_append_only",
            SQL("DELETE OR TRUNCATE OR UPDATE OF %s", columns),
        )
        refuse(
            self.env,
            self._table,
            "loyalty_service_move_same_card",
            SQL("UPDATE OF card_id"),
            NOT_HANDED_OVER,
        )
        refuse(
            self.env,
            self._table,
            "loyalty_service_move_same_client",
            SQL("UPDATE OF partner_id"),
            SQL(
                "NEW.partner_id IS DISTINCT FROM OLD.partner_id AND %s AND NOT %s",
                NOT_HANDED_OVER,
                let_go("partner_id"),
            ),
        )
        refuse(
            self.env,
            self._table,
            "loyalty_service_move_same_author",
            SQL("UPDATE OF create_uid"),
            SQL("NEW.create_uid IS DISTINCT FROM OLD.create_uid AND NOT %s", let_go("create_uid")),
        )
        refuse(
            self.env,
            self._table,
            "loyalty_service_move_same_program",
            SQL("UPDATE OF program_id"),
            # An upgrade fills the column in rows from before it was there.
            SQL("OLD.program_id IS NOT NULL AND NEW.program_id IS DISTINCT FROM OLD.program_id"),
        )

    @api.depends("reason", "rule_id", "event_id", "reverses_id", "kind", "points")
    @api.depends_context("lang")
    def _compute_label(self):
        """Say in words what the row is for, in the language of the reader."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        kinds["reverse"] = self.env._("Taken back")
        for move in self:
            what = kinds[move.kind]
            if move.kind == "reverse" and move.points > 0:
                what = self.env._("Returned")
            elif move.kind == "award" and move.rule_id:
                what = move.rule_id.name
            elif move.rule_id:
                what = self.env._("%(what)s (%(rule)s)", what=what, rule=move.rule_id.name)
            event = move.event_id
            # The reason of an award, and of what takes it back, is the event that earned it,
            # which is told in the reader's language.
            about = event if move.kind == "award" else move.reverses_id.event_id
            told = about.client_summary if about else False
            move.label = event._with_detail(
                what, told or move.reason or (event and event.client_summary)
            )

    @api.depends("reason", "rule_id", "event_id", "kind", "points", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for move in self:
            day = move.company_id._loyalty_day(move.date)
            move.display_name = f"{move.label} ({format_date(self.env, day)})"

    def _compute_entry_points(self):
        sums = dict(
            self._read_group(
                [("card_id", "in", self.card_id.ids), ("entry", "in", self.mapped("entry"))],
                ["entry"],
                ["points:sum"],
            )
        )
        for move in self:
            move.entry_points = sums.get(move.entry, 0.0)

    @api.depends_context("lang")
    def _compute_entry_text(self):
        """Say which part of a whole a row is, where several were booked together."""
        wholes = {
            entry: (sorted(ids), points)
            for entry, ids, points in self._read_group(
                [("card_id", "in", self.card_id.ids), ("entry", "in", self.mapped("entry"))],
                ["entry"],
                ["id:array_agg", "points:sum"],
            )
        }
        for move in self:
            ids, points = wholes.get(move.entry, ([], 0.0))
            move.entry_text = len(ids) > 1 and self.env._(
                "%(number)s of %(rows)s rows, %(points)s in all",
                number=ids.index(move.id) + 1,
                rows=len(ids),
                points=points_text(self.env, points, sign=True),
            )

    def _compute_entry_move_ids(self):
        rows = self.search(
            [("card_id", "in", self.card_id.ids), ("entry", "in", self.mapped("entry"))],
            order="id",
        ).grouped("entry")
        for move in self:
            move.entry_move_ids = rows.get(move.entry, move)

    @api.depends("lot_id")
    def _compute_lot_balance(self):
        balances = dict(
            self._read_group(
                [("card_id", "in", self.card_id.ids), ("lot_id", "in", self.lot_id.ids)],
                ["lot_id"],
                ["points:sum"],
            )
        )
        for move in self:
            move.lot_balance = balances.get(move.lot_id, 0.0)
            move.is_open = move == move.lot_id and move.lot_balance > 0

    def _search_is_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        lots = SQL(
            "(SELECT lot_id FROM loyalty_service_move GROUP BY lot_id HAVING SUM(points) > 0)"
        )
        return [("id", "in" if True in value else "not in", lots)]

    def _worth_then(self):
        """Return the function from an amount to points by which the award was counted."""
        self.ensure_one()
        if self.rate_fixed or self.rate_unit:
            return partial(earning.points, self.rate_fixed, self.rate_unit)
        # Booked before rates were kept.
        return partial(earning.in_proportion, self.event_id.amount, int(self.points))

    # ------------------------------------------------------------------
    # Append-only
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        raise UserError(
            self.env._(
                "Points are booked on a card, by an earning rule, an order or an adjustment, "
                "and not directly."
            )
        )

    def write(self, vals):
        raise UserError(
            self.env._("A booked row of points cannot be changed. Adjust the balance instead.")
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_refused(self):
        raise UserError(
            self.env._("A booked row of points cannot be deleted. Adjust the balance instead.")
        )

    # ------------------------------------------------------------------
    # Reading and adding, in sets; for loyalty.card only
    # ------------------------------------------------------------------

    @api.model
    def _read_open_lots(self, cards, also=()):
        """Return the lots of ``cards`` that hold or owe points, one query for all.

        :param also: ids of lots that are read even if they are empty
        :return: list of ``(card id, lot id, hundredths of a point, expiry date, is debt)``
        """
        return self.env.execute_query(
            SQL(
                """
                SELECT card_id, lot_id, (SUM(points) * 100)::bigint, MAX(expiry_date),
                       BOOL_OR(id = lot_id AND points < 0)
                  FROM loyalty_service_move
                 WHERE card_id IN %(cards)s
              GROUP BY card_id, lot_id
                HAVING SUM(points) != 0
                    OR BOOL_OR(id = lot_id AND points < 0)
                    OR lot_id IN %(also)s
                """,
                cards=tuple(cards.ids) or (0,),
                also=tuple(also) or (0,),
            )
        )

    @api.model
    def _read_due(self, cards, day):
        """Return what of ``cards`` is past its last day, one query for all.

        :return: list of ``(card id, first last day from day on or None, due lots or None)``; a
            lot is ``[lot id, hundredths of a point, last day as text]``
        """
        return self.env.execute_query(
            SQL(
                """
                SELECT card_id, MIN(expiry_date) FILTER (WHERE expiry_date >= %(day)s),
                       jsonb_agg(jsonb_build_array(lot_id, points, expiry_date) ORDER BY lot_id)
                           FILTER (WHERE expiry_date < %(day)s)
                  FROM (
                       SELECT card_id, lot_id, (SUM(points) * 100)::bigint AS points,
                              MAX(expiry_date) AS expiry_date
                         FROM loyalty_service_move
                        WHERE card_id IN %(cards)s
                     GROUP BY card_id, lot_id
                       HAVING SUM(points) > 0
                       ) lots
              GROUP BY card_id
                """,
                cards=tuple(cards.ids) or (0,),
                day=day,
            )
        )

    @api.model
    def _undone_lots(self, lot_ids):
        """Return those of ``lot_ids`` whose award has been taken back."""
        if not lot_ids:
            return set()
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT reverses_id FROM loyalty_service_move WHERE reverses_id IN %s",
                tuple(lot_ids),
            )
        )
        return {row[0] for row in rows}

    @api.model
    def _insert(self, rows):
        """Add rows to the ledger.

        :param rows: dicts with a value for each of the same stored columns, ``id`` included
        """
        if not rows:
            return self.browse()
        now = self.env.cr.now()
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        for name, value in (
            ("create_uid", self.env.uid),
            ("create_date", now),
            ("write_date", now),
        ):
            columns[name] = [value] * len(rows)
        insert(self, columns)
        moves = self.browse(columns["id"])
        moves.invalidate_recordset()
        cards = self.env["loyalty.card"].browse(set(columns["card_id"]))
        cards.invalidate_recordset(["service_move_ids"], flush=False)
        cards.modified(["service_move_ids"])
        self.env["loyalty.service.event"].browse(
            set(columns["event_id"]) - {None}
        ).invalidate_recordset(["move_ids"], flush=False)
        return moves
