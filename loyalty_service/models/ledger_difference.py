from odoo import api, fields, models

from ..actions import open_form


class LedgerDifference(models.Model):
    """An account whose balance is not the sum of its moves, as found by the nightly check."""

    _name = "loyalty.service.ledger.difference"
    _description = "Difference in the Points Ledger"
    _rec_name = "card_id"
    _order = "found_on, id"

    check_id = fields.Many2one(
        "loyalty.service.ledger.check",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    card_id = fields.Many2one(
        "loyalty.card", string="Points Account", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="card_id.partner_id", string="Client")
    points = fields.Float(string="On the Card", digits=(16, 2), readonly=True)
    booked = fields.Float(string="Sum of the Moves", digits=(16, 2), readonly=True)
    difference = fields.Float(digits=(16, 2), compute="_compute_difference")
    found_on = fields.Datetime(readonly=True, default=fields.Datetime.now)

    _card_unique = models.UniqueIndex("(check_id, card_id)", "An account is told of once.")
    _card_idx = models.Index("(card_id)")

    @api.depends("points", "booked")
    def _compute_difference(self):
        for record in self:
            record.difference = record.points - record.booked

    def action_open_card(self):
        """Open the account, with its moves."""
        self.ensure_one()
        return open_form(self.card_id)
