from datetime import date, timedelta
from typing import NamedTuple

from odoo import fields, models

from ..columns import column
from ..engine import lots

# How far the clocks of the Earth are before and behind UTC.
BEHIND, AHEAD = timedelta(hours=12), timedelta(hours=14)


class Due(NamedTuple):
    """What of a card is past its last day.

    :ivar lots: list of :class:`lots.Lot`
    :ivar firms: lot id -> id of the company in which it was opened
    :ivar next_expiry: first last day of the other lots that have points, or None
    """

    lots: list
    firms: dict
    next_expiry: date | None


class LoyaltyCard(models.Model):
    """When the last day of points is over: with the day of the firm that gave them.

    Firms in several time zones may share a programme. Whoever looks at an account, and the
    scheduled action, which works for all of them, count the day of none of them for the others.
    """

    _inherit = "loyalty.card"

    def _maybe_due(self):
        """Return those of the cards that may have points past their last day, without a query."""
        last = (fields.Datetime.now() + AHEAD).date()
        # sudo: the next expiry of accounts, for whoever spends from them or is shown a balance.
        return self.sudo().filtered(
            lambda card: card.service_next_expiry and card.service_next_expiry < last
        )

    def _due(self, today=None):
        """Return ``{card id: Due}``; of a card that has no points in lots that end it is left out.

        :param today: day that it is everywhere, instead of that of each firm
        """
        now = fields.Datetime.now()
        rows = self.env["loyalty.service.move"]._read_due(self, today or (now + AHEAD).date())
        firms = self._firms_of_lots(rows)
        # sudo: which day it is in the firms that gave the points.
        companies_sudo = self.env["res.company"].sudo().browse(set(firms.values()))
        days = {company.id: today or company._loyalty_day() for company in companies_sudo}
        anywhere = today or (now - BEHIND).date()
        result = {}
        for card_id, next_expiry, found in rows:
            over, later = [], [next_expiry] if next_expiry else []
            for lot_id, units, text in found or ():
                expiry = date.fromisoformat(text)
                if expiry < days.get(firms[lot_id], anywhere):
                    over.append(lots.Lot(lot_id, units, expiry))
                else:
                    later.append(expiry)
            result[card_id] = Due(
                over, {lot.number: firms[lot.number] for lot in over}, min(later, default=None)
            )
        return result

    def _firms_of_lots(self, rows):
        """Return ``{lot id: company id}``: a card of one firm has all its lots there.

        :param rows: see ``_read_due``
        """
        # sudo: whose programme it is, for whoever spends from the account.
        own = dict(zip(self.ids, column(self.sudo(), "company_id"), strict=True))
        found = {lot[0]: own[card_id] for card_id, _next, due in rows for lot in due or ()}
        shared = [lot_id for lot_id, company_id in found.items() if not company_id]
        # sudo: in which firm points were given, of exactly these lots.
        moves_sudo = self.env["loyalty.service.move"].sudo().browse(shared)
        return found | dict(zip(shared, column(moves_sudo, "company_id"), strict=True))
