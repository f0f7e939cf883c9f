from odoo import models

from .loyalty_card import Source


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _action_confirm(self):
        result = super()._action_confirm()
        self.order_line._loyalty_make_agreements()
        return result

    # ------------------------------------------------------------------
    # Points
    # ------------------------------------------------------------------

    def _loyalty_as_source(self, may_owe=False):
        """Return the one order such that points it moves are booked as its own.

        Of a programme that several firms share, they are moved in the firm of the order.
        """
        self.ensure_one()
        source = Source(self._loyalty_origin(), self.name, may_owe)
        return self.with_company(self.company_id).with_context(loyalty_service_source=source)

    def _loyalty_origin(self):
        """Return what the ledger calls the one order."""
        self.ensure_one()
        return f"{self._name},{self.id}"

    def _loyalty_has_ledger(self):
        """Tell whether a card with a ledger takes part in the orders."""
        # sudo: asked of the cards of these very orders; nothing of them leaves this method.
        cards_sudo = self.sudo().order_line.coupon_id | self.sudo().coupon_point_ids.coupon_id
        return bool(cards_sudo.filtered("service_points"))

    def action_confirm(self):
        if not self._loyalty_has_ledger():
            return super().action_confirm()
        if len(self) == 1:
            return super(SaleOrder, self._loyalty_as_source()).action_confirm()
        # Core sums the points of all orders up before it writes them; one by one, each order's
        # spending stays its own, to be given back if that order is cancelled.
        for order in self:
            super(SaleOrder, order._loyalty_as_source()).action_confirm()
        return True

    def _action_cancel(self):
        self.order_line._loyalty_withdraw_agreements()
        if not self._loyalty_has_ledger():
            return super()._action_cancel()
        for order in self:
            super(SaleOrder, order._loyalty_as_source(may_owe=True))._action_cancel()
        return True

    def _update_programs_and_rewards(self):
        """Offer the points of the company to the orders of its contacts as well."""
        order = self._loyalty_as_source()
        if order._allow_nominative_programs():
            order.applied_coupon_ids += order._loyalty_company_cards()
        return super(SaleOrder, order)._update_programs_and_rewards()

    def _loyalty_company_cards(self):
        """Return the cards with a ledger that a contact's order finds at its company."""
        self.ensure_one()
        company = self.partner_id.commercial_partner_id
        if company == self.partner_id:
            return self.env["loyalty.card"]
        cards = self.env["loyalty.card"].search(
            [
                ("service_points", "=", True),
                ("partner_id", "=", company.id),
                ("company_id", "in", [self.company_id.id, False]),
                ("points", ">", 0),
            ]
        )
        return cards - self.applied_coupon_ids
