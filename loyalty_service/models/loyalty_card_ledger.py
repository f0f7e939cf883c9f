from itertools import count
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..batch import do_claimed, work_off
from ..bulk import reserve_ids
from ..columns import rows
from ..engine import lots

BATCH = 1000


class Posting(NamedTuple):
    """One thing to book on a card.

    :ivar card_id: database id
    :ivar book: function from :class:`lots.Account` to the rows that it adds
    :ivar values: of the rows: company_id, date, event_id, rule_id, reason, ...
    :ivar takes: whether it may look at the lots that are there; an award opens one beside them
    """

    card_id: int
    book: object
    values: dict
    takes: bool = True


def to_units(points):
    """Return ``points`` in hundredths, as the engine counts them.

    >>> to_units(12.345)
    1234
    """
    return round(points * 100)


class LoyaltyCard(models.Model):
    """The door to the ledger of points, and what the calendar does to it."""

    _inherit = "loyalty.card"

    def _lock_accounts(self):
        """Hold the cards until the end of the transaction; wait for others that hold them.

        Who waited for a transaction that changed one of them gets a serialization failure,
        on which Odoo runs the request again: it then sees what is left.

        :return: ``{card id: points}``
        """
        self.flush_recordset(["points"])
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT id, COALESCE(points, 0)
                      FROM loyalty_card
                     WHERE id IN %s
                  ORDER BY id
                       FOR NO KEY UPDATE
                    """,
                    tuple(self.ids) or (0,),
                )
            )
        )

    @api.model
    def _post(self, postings, also=(), write_points=True, before_clients=None, due=None):
        """Book ``postings`` in their order, and return the moves: the one door to the ledger.

        Any number of cards costs the same few statements. The cards are locked, so two
        transactions cannot spend the same points.

        :param postings: list of :class:`Posting`
        :param also: ids of empty lots that the postings look at
        :param write_points: set ``points`` of the cards, too; a caller that is about to write
            them says False
        :param before_clients: function that is called when the cards have their points and
            their clients are about to get them; what it writes on these as well is written once
        :param due: the postings look at nothing but these lots, see ``_due``
        """
        Move = self.env["loyalty.service.move"]
        cards = self.browse(dict.fromkeys(posting.card_id for posting in postings))
        if not cards:
            return Move
        points = cards._lock_accounts()
        if due is not None:
            accounts = cards._open_due(points, due)
        else:
            takes = {posting.card_id for posting in postings if posting.takes}
            accounts = cards._open_ledger(points, takes, also)
        booked = []
        for posting in postings:
            try:
                rows = posting.book(accounts[posting.card_id])
            except lots.NotEnough as refused:
                raise self.browse(posting.card_id)._not_enough(refused) from refused
            booked += [(posting, row, rows[0].number) for row in rows]
        moves = Move
        if booked:
            numbers = [row.number for _posting, row, _entry in booked]
            ids = dict(zip(numbers, reserve_ids(self.env, Move._table, len(booked)), strict=True))
            owners = cards._owners()
            now = fields.Datetime.now()
            moves = Move._insert(
                [
                    self._prepare_move_values(posting, row, entry, ids, owners, now)
                    for posting, row, entry in booked
                ]
            )
        if due is not None:
            firsts = {card_id: account.first_expiry for card_id, account in accounts.items()}
        else:
            firsts = self._first_expiries(booked)
        if write_points:
            balances = {card_id: accounts[card_id].balance / 100 for card_id in cards.ids}
            cards._set_points(points, balances, before_clients, firsts, exactly=due is not None)
            # Where the points have changed, it is written with them.
            firsts = {
                card_id: first
                for card_id, first in firsts.items()
                if points[card_id] == balances[card_id]
            }
        cards._note_expiry(firsts, exactly=due is not None)
        return moves

    @api.model
    def _first_expiries(self, booked):
        """Return ``{card id: first last day}`` of the lots that got points."""
        firsts = {}
        for posting, row, _entry in booked:
            if row.points > 0 and row.expiry:
                known = firsts.get(posting.card_id)
                firsts[posting.card_id] = min(known, row.expiry) if known else row.expiry
        return firsts

    def _note_expiry(self, firsts, exactly=False):
        """Have the cards be looked at once the first of their lots may have expired.

        :param dict firsts: card id -> last day of the first of some of its lots, or None
        :param bool exactly: it is the first of all its lots
        """
        if not firsts:
            return
        self.flush_model(["service_next_expiry"])
        self.env.execute_query(
            SQL(
                """
                UPDATE loyalty_card card
                   SET service_next_expiry = lots.first
                  FROM unnest(%(ids)s::int[], %(firsts)s::date[]) AS lots (id, first)
                 WHERE card.id = lots.id
                   AND %(changes)s
             RETURNING card.id
                """,
                ids=list(firsts),
                firsts=list(firsts.values()),
                changes=(
                    SQL("card.service_next_expiry IS DISTINCT FROM lots.first")
                    if exactly
                    else SQL("lots.first < COALESCE(card.service_next_expiry, 'infinity'::date)")
                ),
            )
        )
        self.invalidate_recordset(["service_next_expiry"])

    def _set_points(self, before, balances, before_clients=None, firsts=None, exactly=False):
        """Write the balances of the ledger on the cards, in one statement for all.

        What depends on the points is computed again, and the mails that Odoo sends when a
        card reaches a number of points go out, as with a write of ``points``.

        :param dict before: card id -> points
        :param dict balances: card id -> points by now
        :param before_clients: see :meth:`_post`
        :param dict firsts: see :meth:`_note_expiry`; not of all cards
        :param bool exactly: see there
        """
        firsts = firsts or {}
        changed = [card_id for card_id in self.ids if before[card_id] != balances[card_id]]
        cards = self.browse(changed)
        if cards:
            self.env.execute_query(
                SQL(
                    """
                    UPDATE loyalty_card card
                       SET points = booked.points, service_next_expiry = %(expiry)s,
                           write_uid = %(uid)s, write_date = %(now)s
                      FROM unnest(%(ids)s::int[], %(points)s::float8[], %(firsts)s::date[])
                           AS booked (id, points, first)
                     WHERE card.id = booked.id
                 RETURNING card.id
                    """,
                    uid=self.env.uid,
                    now=self.env.cr.now(),
                    ids=changed,
                    points=[balances[card_id] for card_id in changed],
                    firsts=[firsts.get(card_id) for card_id in changed],
                    expiry=(
                        SQL("booked.first")
                        if exactly
                        else SQL("LEAST(card.service_next_expiry, booked.first)")
                    ),
                )
            )
            cards.invalidate_recordset(["points", "service_next_expiry", "write_uid", "write_date"])
        if before_clients:
            before_clients()
        if not cards:
            return
        clients_sudo = cards._copy_points_to_clients()
        with self.env.protecting([clients_sudo._fields["points"]], clients_sudo):
            cards.modified(["points", "service_move_ids"])
        if cards.program_id.communication_plan_ids:
            cards._send_points_reach_communication(
                {card: {"old": before[card.id], "new": balances[card.id]} for card in cards}
            )

    def _copy_points_to_clients(self):
        """Have the loyalty records of the cards say what the cards do, in one statement.

        The ORM would do the same, in groups of clients that have the same balance.

        :return: all loyalty records of the cards
        """
        # sudo: the balance follows, whoever made points move.
        Client_sudo = self.env["loyalty.service.client"].sudo().with_context(active_test=False)
        Client_sudo.flush_model(["card_id", "points"])
        self.env.execute_query(
            SQL(
                """
                UPDATE loyalty_service_client client
                   SET points = card.points, write_uid = %s, write_date = %s
                  FROM loyalty_card card
                 WHERE card.id = client.card_id AND card.id IN %s
                   AND client.points IS DISTINCT FROM card.points
             RETURNING client.id
                """,
                self.env.uid,
                self.env.cr.now(),
                tuple(self.ids),
            )
        )
        clients_sudo = Client_sudo.search([("card_id", "in", self.ids)])
        clients_sudo.invalidate_recordset(["points", "write_uid", "write_date"])
        return clients_sudo

    def _open_ledger(self, points, takes, also=()):
        """Return ``{card id: account}``.

        The lots are read of the cards from which something may be taken and of those that owe.
        What the others hold is known without their lots, however long their history.

        :param dict points: card id -> points
        :param takes: ids of cards
        :param also: see :meth:`_post`
        """
        numbers = count(lots.FIRST_NEW)
        Move = self.env["loyalty.service.move"]
        read = self.filtered(lambda card: card.id in takes or points[card.id] < 0)
        undone = Move._undone_lots(also)
        by_card = {card_id: [] for card_id in read.ids}
        if read:
            for card_id, lot_id, balance, expiry, is_debt in Move._read_open_lots(read, also):
                by_card[card_id].append(
                    lots.Lot(lot_id, balance, expiry, is_debt, is_undone=lot_id in undone)
                )
        return {
            card_id: (
                lots.Account(by_card[card_id], numbers)
                if card_id in by_card
                else lots.Account(numbers=numbers, unread=to_units(points[card_id]))
            )
            for card_id in self.ids
        }

    def _open_due(self, points, due):
        """Return ``{card id: account}`` with the lots that are due only, see ``_due``."""
        numbers = count(lots.FIRST_NEW)
        accounts = {}
        for card_id, held in points.items():
            found = due.get(card_id)
            expired = found.lots if found else []
            accounts[card_id] = lots.Account(
                expired,
                numbers,
                unread=to_units(held) - sum(lot.balance for lot in expired),
                unread_expiry=found and found.next_expiry,
            )
        return accounts

    def _owners(self):
        """Return ``{card id: (program id, partner id)}``."""
        return dict(zip(self.ids, rows(self, "program_id", "partner_id"), strict=True))

    @api.model
    def _prepare_move_values(self, posting, row, entry, ids, owners, now):
        """Return the columns of one row of the ledger.

        :param posting: :class:`Posting` that the row belongs to
        :param row: of the engine
        :param entry: number of the first row of the posting
        :param dict ids: number of a new row -> its id in the database
        :param dict owners: see :meth:`_owners`
        :param now: date of what has none of its own
        """
        values = posting.values
        program_id, partner_id = owners[posting.card_id]
        is_settling = row.kind == lots.SETTLE
        rates = values.get("rates") if row.number == entry else None
        return {
            "id": ids[row.number],
            "card_id": posting.card_id,
            "program_id": program_id,
            "partner_id": partner_id or None,
            # What expires does so in the firm that gave it.
            "company_id": values.get("firms", {}).get(row.lot) or values["company_id"],
            "kind": row.kind,
            "points": row.points / 100,
            "lot_id": ids.get(row.lot, row.lot),
            "expiry_date": row.expiry,
            "date": values.get("date") or now,
            "earned_date": None if is_settling else values.get("earned_date"),
            "qualifying_points": (
                values.get("qualifying_points") or 0.0 if row.number == entry else 0.0
            ),
            "rate_fixed": rates and rates[0],
            "rate_unit": rates and rates[1],
            "rate_cap": rates and rates[2],
            "event_id": values.get("event_id") or None,
            "rule_id": None if is_settling else values.get("rule_id") or None,
            "reverses_id": None if is_settling else values.get("reverses_id") or None,
            "entry": ids[entry],
            "origin": values.get("origin") or None,
            "reason": values.get("reason") or None,
        }

    def _not_enough(self, refused):
        """Return the error that tells a person what is missing."""
        self.ensure_one()
        return UserError(
            self.env._(
                "%(client)s has %(balance)s, so %(wanted)s cannot be spent.",
                client=self.partner_id.display_name or self.code,
                balance=self._format_points(refused.balance / 100),
                wanted=self._format_points(refused.wanted / 100),
            )
        )

    # ------------------------------------------------------------------
    # Expiry
    # ------------------------------------------------------------------

    @api.model
    def _expire(self, cards, today=None):
        """Empty the lots of ``cards`` whose last day has passed where they were opened.

        :param today: day that it is everywhere, instead of that of each firm
        """
        due = cards._due(today)
        firms = {card_id: found.firms for card_id, found in due.items()}
        self._post(
            [
                Posting(
                    card.id,
                    lambda account: account.expire_lots(list(account.lots)),
                    {
                        "company_id": (card.company_id or self.env.company).id,
                        "firms": firms.get(card.id, {}),
                    },
                )
                for card in cards
            ],
            due=due,
        )

    @api.model
    def _cron_expire(self):
        today = max(company._loyalty_day() for company in self.env["res.company"].search([]))
        due = self.browse(self._ids_to_expire(today))
        work_off(due, lambda cards: cards._expire_due(), BATCH)

    def _expire_due(self):
        """Empty the expired lots of those cards in ``self`` that nobody else works on."""
        do_claimed(self, self._expire)

    @api.model
    def _ids_to_expire(self, today):
        """Return ids of the cards that may have points past their last day.

        Once looked at, a card is left alone until its next lot may have expired.
        """
        self.flush_model(["service_next_expiry"])
        rows = self.env.execute_query(
            SQL("SELECT id FROM loyalty_card WHERE service_next_expiry < %s ORDER BY id", today)
        )
        return [row[0] for row in rows]
