from odoo import api, fields, models

from .client_statement import HistoryLine


class Client(models.Model):
    """What is told of a balance on a day on which points have expired: see ``_points_past``."""

    _inherit = "loyalty.service.client"

    points_today = fields.Float(
        compute="_compute_points_today",
        string="Balance Today",
        help="Without points whose last day has passed, whether or not they are booked as expired.",
    )

    @api.depends("card_id.service_move_ids")
    def _compute_points_today(self):
        past = self.card_id._points_past()
        for client in self:
            client.points_today = round(client.points - past.get(client.card_id.id, 0.0), 2)

    def _open_lots(self):
        """Leave out what nobody can spend any more."""
        past = {}
        for card_id, due in self.card_id._due_now().items():
            for lot in due.lots:
                key = (card_id, lot.expiry)
                past[key] = past.get(key, 0) + lot.balance / 100
        left = {
            client: [
                (day, round(points - past.get((client.card_id.id, day), 0.0), 2))
                for day, points in lots
            ]
            for client, lots in super()._open_lots().items()
        }
        return {
            client: [(day, points) for day, points in lots if points]
            for client, lots in left.items()
        }

    def _history(self, limit=None, offset=0, since=None):
        """Tell of what has expired as it is going to be booked, so that lines add up."""
        lines = super()._history(limit=limit, offset=offset, since=since)
        past = self.card_id._points_past().get(self.card_id.id) if not offset else None
        if not past:
            return lines
        move = self.env["loyalty.service.move"].new({"kind": "expire", "points": -past})
        return [HistoryLine(move, self.company_id._loyalty_day(), -past), *lines]
