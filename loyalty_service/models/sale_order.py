from odoo import models
from odoo.tools import format_list

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
        self._loyalty_drop_others_points()
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

    def write(self, vals):
        result = super().write(vals)
        if "partner_id" in vals:
            self._loyalty_drop_others_points()
        return result

    def _update_programs_and_rewards(self):
        """Offer the points of the company to the orders of its contacts as well."""
        order = self._loyalty_as_source()
        order._loyalty_drop_others_points()
        if order._allow_nominative_programs():
            order.applied_coupon_ids += order._loyalty_company_cards()
        result = super(SaleOrder, order)._update_programs_and_rewards()
        order._loyalty_ensure_client()
        return result

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

    def _loyalty_others(self, cards):
        """Return those of ``cards`` whose points are not the customer's to spend."""
        self.ensure_one()
        # sudo: whose the cards are, for who may not read them.
        return cards.sudo().filtered(
            lambda card: (
                card.service_points
                and card.partner_id
                and not card.partner_id.is_public
                and card.partner_id != self.partner_id.commercial_partner_id
            )
        )

    def _loyalty_drop_others_points(self):
        """Take out of quotations what another client's points were to pay for.

        The customer of a quotation changes, and a contact may leave its company. Odoo looks for
        cards of the new one and keeps those of the first.
        """
        for order in self.filtered(lambda order: order.state in ("draft", "sent")):
            others_sudo = order._loyalty_others(
                order.applied_coupon_ids | order.order_line.coupon_id
            )
            if others_sudo:
                order._loyalty_drop_cards(others_sudo.with_env(order.env))

    def _loyalty_drop_cards(self, cards):
        """Take cards of other clients, and the rewards for their points, out of a quotation."""
        self.ensure_one()
        lines = self.order_line.filtered(lambda line: line.coupon_id in cards)
        taken_out = bool(lines)
        lines.unlink()
        self.applied_coupon_ids -= cards
        if taken_out:
            # sudo: the names of the clients that the quotation was for.
            owners = cards.sudo().partner_id.mapped("display_name")
            told = self.with_context(lang=self.company_id._loyalty_lang(self.user_id))
            self.message_post(
                body=told.env._(
                    "The rewards for points of %(others)s have been taken out, since this is a "
                    "quotation to %(customer)s now.",
                    others=format_list(told.env, owners),
                    customer=self.partner_id.display_name,
                )
            )

    def _loyalty_ensure_client(self):
        """Have the customer be a client of the firm whose programme it brings points of.

        What it has earned in another firm that shares the programme counts here, too.
        """
        self.ensure_one()
        # sudo: whether the customer's cards have a ledger, and whose clients they are.
        cards_sudo = self.sudo().applied_coupon_ids.filtered(
            lambda card: (
                card.service_points
                and card.partner_id
                and self.company_id not in card.service_client_ids.company_id
            )
        )
        program = self.env["loyalty.program"]._get_service_program(self.company_id)
        cards_sudo = cards_sudo.filtered(lambda card: card.program_id.id == program.id)
        if cards_sudo:
            Client = self.env["loyalty.service.client"]
            Client._ensure(cards_sudo.partner_id, self.company_id)
            Client._update_tiers_of(cards_sudo)
