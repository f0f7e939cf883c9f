from datetime import timedelta

from odoo import api, fields, models

from ..amounts import points_text


class LoyaltyCard(models.Model):
    """What of a balance counts today.

    The scheduled action books what has expired soon after midnight, and a spend does before it
    takes anything. Whoever looks at a balance in between is told what can be spent.
    """

    _inherit = "loyalty.card"

    def _points_past(self):
        """Return ``{card id: points past their last day that are not booked as expired}``.

        Without a query if there are none.
        """
        return {
            card_id: sum(lot.balance for lot in due.lots) / 100
            for card_id, due in self._due_now().items()
        }

    def _due_now(self):
        """Return ``{card id: Due}`` of the cards that have points past their last day."""
        looked_at = self._maybe_due()
        due = looked_at._due() if looked_at else {}
        return {card_id: found for card_id, found in due.items() if found.lots}

    def _points_today(self):
        """Return how many points of the cards have not passed their last day."""
        return round(sum(self.mapped("points")) - sum(self._points_past().values()), 2)

    def _format_points(self, points):
        """Show points as everywhere else; Odoo leaves the separators of large numbers out."""
        self.ensure_one()
        currency = self.program_id.currency_id
        if not self.service_points or (currency and self.point_name == currency.symbol):
            return super()._format_points(points)
        return f"{points_text(self.env, points)} {self.point_name or ''}".rstrip()

    @api.depends("points", "point_name")
    def _compute_points_display(self):
        past = self._points_past()
        result = super()._compute_points_display()
        for card in self.filtered(lambda card: card.id in past):
            card.points_display = card._format_points(card._points_today())
        return result

    @api.model
    def _cron_expire(self):
        result = super()._cron_expire()
        self._expire_at_midnight()
        return result

    @api.model
    def _expire_at_midnight(self):
        """Have the scheduled action run when the next day of each firm begins."""
        # sudo: when the system's own action runs, unless somebody has deleted it.
        cron_sudo = self.env.ref("loyalty_service.ir_cron_expire_points", False)
        if not cron_sudo:
            return
        cron_sudo = cron_sudo.sudo()
        moments = {
            company._loyalty_moment(company._loyalty_day() + timedelta(days=1))
            for company in self.env["res.company"].search([])
        }
        planned = self.env["ir.cron.trigger"].sudo()
        planned = planned.search(
            [("cron_id", "=", cron_sudo.id), ("call_at", ">", fields.Datetime.now())]
        )
        missing = moments - set(planned.mapped("call_at"))
        if missing:
            cron_sudo._trigger(at=sorted(missing))
