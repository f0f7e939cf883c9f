from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

from .loyalty_card import Source

_lt = LazyTranslate(__name__)


class LoyaltyCard(models.Model):
    """Why a balance is set: told with the balance, as in a file of opening balances."""

    _inherit = "loyalty.card"

    # Not stored: it goes into the ledger, row by row.
    service_reason = fields.Char(
        string="Reason for the Balance",
        store=False,
        help="Why the balance is set to what it is, for the ledger. The client reads it in the "
        "history of its points.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Make cards, and keep for each why it has its points."""
        told = [self._split_reason(vals) for vals in vals_list]
        if not any(reason for reason, _vals in told):
            return super().create([vals for _reason, vals in told])
        by_reason, card_ids = {}, {}
        for place, (reason, vals) in enumerate(told):
            by_reason.setdefault(reason, {})[place] = vals
        for reason, rows in by_reason.items():
            because = self._because(reason)
            cards = super(LoyaltyCard, because).create(list(rows.values()))
            card_ids.update(zip(rows, cards.ids, strict=True))
        return self.browse(card_ids[place] for place in range(len(told)))

    def write(self, vals):
        reason, vals = self._split_reason(vals)
        return super(LoyaltyCard, self._because(reason)).write(vals)

    @api.model
    def _split_reason(self, vals):
        """Return the reason that a dict gives, and the dict without it."""
        if "service_reason" not in vals:
            return "", vals
        vals = dict(vals)
        return (vals.pop("service_reason") or "").strip(), vals

    def _because(self, reason):
        """Return the cards such that changes by hand are booked with a reason, if there is one."""
        if not reason:
            return self
        return self.with_context(loyalty_service_source=Source(origin=None, reason=reason))

    def _take_over_balances(self):
        """Book what cards hold whose programme keeps a ledger from now on, and say why.

        A programme may have kept one before: what changed in between is nobody's adjustment.
        """
        known = self.filtered("service_move_ids")
        for company, cards in self.grouped(
            lambda card: card.company_id or self.env.company
        ).items():
            for part, reason in (
                (cards & known, _lt("Changed while no ledger was kept")),
                (cards - known, _lt("Balance when the ledger was opened")),
            ):
                part._because(company._loyalty_say(reason))._open_accounts()
