from odoo import models
from odoo.exceptions import UserError

from ..engine import lots
from .loyalty_card import Source
from .loyalty_card_ledger import Posting, to_units

# Hundredths of a point that the parts of a spending may come to beyond their sum.
ROUNDING = 10


class Change:
    """What is about to become of the balance of one card. Amounts are hundredths of a point.

    Nobody spends points whose last day has passed, even if no scheduled action has looked at
    the card since. So a change is booked in two steps: if it takes points, those expire first;
    then it takes or gives. How much that is shows in the account alone, which is read once the
    card is locked.

    :ivar target: new balance
    :ivar added: what the target adds to the balance that was read before
    :ivar taken: what the same source has taken of each lot before, see ``_taken_by``
    :ivar given: lots that it has made, and what of them has expired, see ``_given_by``
    :ivar firms: lots whose last day has passed, see ``Due``
    :ivar balance: what the account comes to, when all is booked
    """

    def __init__(self, card, points, source, taken, given, firms):
        self.card = card
        self.company = card.company_id or card.env.company
        self.source = source
        self.taken = taken
        self.given, self.expired = given
        self.firms = firms
        self.target = to_units(points)
        self.added = self.target - to_units(card.points)
        self.balance = None

    def postings(self):
        """Return the two steps, as :class:`Posting`."""
        values = {"company_id": self.company.id}
        told = {"origin": self.source.origin, "reason": self.source.reason}
        return [
            Posting(self.card.id, self.expire, {**values, "firms": self.firms}),
            Posting(self.card.id, self.book, {**values, **told}),
        ]

    def expire(self, account):
        """Empty the lots whose last day has passed, if points are to be taken."""
        raise NotImplementedError

    def move(self, account):
        """Take or give what is to be taken or given."""
        raise NotImplementedError

    def book(self, account):
        rows = self.move(account)
        self.balance = account.balance
        return rows

    def take(self, account, points, kind):
        """Take ``points``, as far below zero as the programme, or the source, allows."""
        limit = 0 if self.source.is_order() else self.card._debt_limit()
        if self.source.may_owe:
            # Whatever it owes already.
            limit = max(limit, points - account.balance)
        return account.spend(points, kind=kind, limit=limit)


class ByHand(Change):
    """A person sets the balance, and says why.

    The balance is what counts, whatever the person had read. So what expires of it counts
    towards what is taken. What somebody means is a change of what the card says; if its ledger
    says something else, that is put right first and not booked as what was meant.
    """

    def __init__(self, *args):
        super().__init__(*args)
        self.held = to_units(self.card.points)
        self.missing = None

    def expire(self, account):
        self.missing = self.target - account.balance
        if self.missing and account.balance != self.held:
            self.refuse_drift(account.balance)
        if self.missing >= 0:
            return []
        rows = account.expire_lots(self.firms)
        # More may have expired than was to be taken: it does not come back for that.
        self.missing = min(self.target - account.balance, 0)
        return rows

    def refuse_drift(self, booked):
        raise UserError(
            self.card.env._(
                "The account of %(client)s says %(held)s, and its ledger adds up to %(booked)s. "
                "First set the balance to %(booked)s, or find out with the check of the ledger "
                "which figure is right.",
                client=self.card.partner_id.display_name or self.card.code,
                held=self.card._format_points(self.held / 100),
                booked=self.card._format_points(booked / 100),
            )
        )

    def move(self, account):
        if not self.missing:
            return []
        self.card._check_may_adjust(self.source.reason)
        if self.missing < 0:
            return self.take(account, -self.missing, lots.ADJUST)
        return account.award(self.missing, kind=lots.ADJUST)


class Opening(ByHand):
    """What a card holds that its ledger does not know of is taken into it."""

    def refuse_drift(self, booked):
        """It is what is to be booked."""


class ByRecord(Change):
    """A record such as an order takes points, or returns what it has taken.

    It adds to what it has read or takes from it, and that is what counts: what expires besides
    leaves the card with so much less than the target.
    """

    def expire(self, account):
        if self.added >= 0 or self.source.is_change:
            return []
        rows = account.expire_lots(self.firms)
        for row in rows:
            self.expired[row.lot] = self.expired.get(row.lot, 0) - row.points
        return rows

    def move(self, account):
        if self.added < 0:
            # What it gave goes first, from where it is.
            undone = min(sum(self.given.values()), -self.added)
            rows = account.take_back(self.given, undone, self.expired) if undone else []
            if undone < -self.added:
                rows += self.take(account, -self.added - undone, lots.SPEND)
            return rows
        returned = self.card._returned(self.added, self.taken, self.source)
        return account.give_back(self.taken, returned) if returned else []


class LoyaltyCard(models.Model):
    """What is written on ``points``, by whatever path, as rows of the ledger."""

    _inherit = "loyalty.card"

    def _book_changes(self, targets, opening=False):
        """Book the difference between the ledger and what ``points`` are about to be.

        Who writes them says by a :class:`Source` for which record; who says nothing sets a
        balance by hand.

        :param dict targets: card id -> new balance in points
        :param bool opening: the cards hold what was not kept in the ledger so far
        :return: ``{card id: points}`` that the ledger comes to, see :class:`Change`
        """
        source = self.env.context.get("loyalty_service_source")
        if not isinstance(source, Source):
            source = Source(origin=None, reason=None)
        by_hand = Opening if opening else ByHand
        kind = ByRecord if source.origin else by_hand
        taken = self._taken_by(source.origin) if source.origin else {}
        given = self._given_by(source.origin) if source.origin and source.may_owe else {}
        due = self._due_now()
        changes = [
            kind(
                card,
                targets[card.id],
                source,
                taken.get(card.id, {}),
                given.get(card.id, ({}, {})),
                due[card.id].firms if card.id in due else {},
            )
            for card in self
        ]
        self._post(
            [posting for change in changes for posting in change.postings()],
            also=[
                *(lot for by_lot in taken.values() for lot in by_lot),
                *(lot for by_lot, _expired in given.values() for lot in by_lot),
            ],
            write_points=False,
        )
        return {change.card.id: change.balance / 100 for change in changes}

    def _check_may_adjust(self, reason):
        """Refuse to change a balance by hand to who may not, or does not say why.

        Who sells may write on cards, since quotations spend points; those say what they do.
        """
        self._check_manager()
        if not reason and not self.env.su:
            raise UserError(
                self.env._(
                    "Say why: change the balance by “Adjust Points”, with a reason. In a file to "
                    "import the column is called “Reason for the Balance”."
                )
            )

    def _returned(self, change, taken, source):
        """Return what is given back, and refuse more than was taken, whoever asks for it.

        Who sells may write what a reward on an order cost, and nobody earns points of a ledger
        by an order.

        :param change: hundredths of a point that are to be given back
        :param taken: what the source has taken of each lot, see :meth:`_taken_by`
        """
        spent = sum(taken.values())
        # Rewards cost fractions of a hundredth, too, each of which is rounded for itself.
        if change - spent > ROUNDING:
            raise UserError(
                self.env._(
                    "%(order)s has spent %(spent)s of %(client)s, and cannot return %(wanted)s.",
                    order=source.reason,
                    spent=self._format_points(spent / 100),
                    client=self.partner_id.display_name or self.code,
                    wanted=self._format_points(change / 100),
                )
            )
        return min(change, spent)

    def _debt_limit(self):
        """Return how far below zero spending may take the card, in hundredths of a point."""
        # sudo: whoever spends need not be allowed to see the programme; one figure of it is read.
        return to_units(self.program_id.sudo().service_debt_limit)
