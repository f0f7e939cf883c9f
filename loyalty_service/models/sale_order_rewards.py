from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import rewards
from .loyalty_program import USER
from .loyalty_reward import DISCOUNT


class SaleOrder(models.Model):
    """Discounts that clients have asked for, and who may have which."""

    _inherit = "sale.order"

    loyalty_wish_text = fields.Char(compute="_compute_loyalty_wish_text", groups=USER)

    @api.depends("partner_id", "company_id", "state")
    @api.depends_context("lang")
    def _compute_loyalty_wish_text(self):
        """Remind of the discounts that the client has asked for, one query for all orders."""
        wishes = {}
        for wish in self._loyalty_wishes():
            key = (wish.partner_id, wish.company_id)
            wishes.setdefault(key, []).append(wish._wish_name())
        for order in self:
            key = (order.partner_id.commercial_partner_id, order.company_id)
            named = wishes.get(key) if order.state in ("draft", "sent") else None
            order.loyalty_wish_text = named and self.env._(
                "This client asked for: %s", ", ".join(named)
            )

    def _loyalty_wishes(self):
        """Return the discounts that the clients of the orders wait for."""
        return self.env["loyalty.service.redemption"].search(
            [
                ("kind", "=", DISCOUNT),
                ("state", "=", "requested"),
                ("partner_id", "in", self.partner_id.commercial_partner_id.ids),
                ("company_id", "in", self.company_id.ids),
            ],
            order="date_requested, id",
        )

    def _loyalty_wished_points(self, reward):
        """Return how many points of a discount the client has asked for; 0: of no such wish."""
        self.ensure_one()
        # sudo: who sells need not be in the loyalty group; what the client of this very order
        # wishes, as the order says to those who are.
        wishes_sudo = self.sudo()._loyalty_wishes() | self._loyalty_redemptions_sudo("prepared")
        wish_sudo = wishes_sudo.filtered(lambda wish: wish.reward_id == reward)[:1]
        return wish_sudo._wished_points() if wish_sudo else 0.0

    def action_loyalty_take_wishes(self):
        """Grant what the client has asked for in this quotation, and tell what does not fit."""
        self.ensure_one()
        refused, wishes = [], self._loyalty_wishes()
        for wish in wishes:
            try:
                with self.env.cr.savepoint():
                    wish._take_into(self)
            except UserError as refusal:
                refused.append(str(refusal))
        if not refused:
            return True
        if len(refused) == len(wishes):
            raise UserError("\n".join(refused))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Not all wishes fit into this quotation"),
                "message": "\n".join(refused),
                # The form shows what has been taken.
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # ------------------------------------------------------------------
    # Who may have which
    # ------------------------------------------------------------------

    def _get_claimable_rewards(self, forced_coupons=None):
        """Leave out what is another client's, and what tier or day do not allow."""
        claimable = super()._get_claimable_rewards(forced_coupons)
        for coupon in [coupon for coupon in claimable if coupon.service_points]:
            allowed = not self._loyalty_others(coupon) and self._loyalty_allowed(
                coupon, claimable[coupon]
            )
            if allowed:
                claimable[coupon] = allowed
            else:
                del claimable[coupon]
        return claimable

    def _loyalty_allowed(self, coupon, offered):
        """Return those of the rewards ``offered`` that the client of a card may have today."""
        # sudo: salespeople need not be in the loyalty group; tier and days of this client only.
        client_sudo = coupon.sudo().service_client_ids.filtered(
            lambda client: client.company_id == self.company_id
        )[:1]
        barred = {rewards.TIER, rewards.EARLY, rewards.OVER}
        if client_sudo:
            told = {
                offer.reward.id: {obstacle.kind for obstacle in obstacles}
                for offer, obstacles in client_sudo._judge(offered.sudo())
            }
        else:
            # Who is no client of this firm has no tier in it. sudo: as above, their order.
            today = self.company_id._loyalty_day()
            ladder = self.env["loyalty.service.tier"].sudo()._ladder(coupon.program_id).ids
            told = {
                reward.id: {
                    obstacle.kind
                    for obstacle in rewards.obstacles(
                        reward._as_offer(ladder), coupon.points, None, (), today
                    )
                }
                for reward in offered
            }
        return offered.filtered(lambda reward: not told[reward.id] & barred)

    # ------------------------------------------------------------------
    # What becomes of them
    # ------------------------------------------------------------------

    def _apply_program_reward(self, reward, coupon, **kwargs):
        """Take the wish of the client for this very reward along, whoever grants it how."""
        told = super()._apply_program_reward(reward, coupon, **kwargs)
        # Of programmes without a ledger nobody asks for anything.
        if not told.get("error") and coupon.service_points:
            # sudo: who sells need not be in the loyalty group; what the client of this very
            # order has asked for.
            wishes_sudo = self.sudo()._loyalty_wishes()
            wish_sudo = wishes_sudo.filtered(lambda wish: wish.reward_id == reward)[:1]
            if wish_sudo:
                wish_sudo._note_quotation(self)
        return told

    def _loyalty_drop_cards(self, cards):
        """Have wishes of clients that this is no quotation for any more wait for another one."""
        result = super()._loyalty_drop_cards(cards)
        wishes_sudo = self._loyalty_redemptions_sudo("prepared")
        # sudo: whose the cards are, for who may not read them.
        wishes_sudo.filtered(
            lambda wish: wish.partner_id in cards.sudo().partner_id
        )._note_ungranted()
        return result

    def _loyalty_note_dropped(self):
        """Have wishes whose discounts somebody took out of these quotations wait for others."""
        self._loyalty_redemptions_sudo("prepared").filtered(
            lambda wish: wish.reward_id not in wish.order_id.order_line.reward_id
        )._note_ungranted()

    def action_confirm(self):
        result = super().action_confirm()
        confirmed = self.filtered(lambda order: order.state == "sale")
        confirmed._loyalty_redemptions_sudo("prepared")._note_granted()
        return result

    def _action_cancel(self):
        result = super()._action_cancel()
        self._loyalty_redemptions_sudo("prepared", "delivered")._note_ungranted()
        return result

    def unlink(self):
        wishes_sudo = self._loyalty_redemptions_sudo("prepared", "delivered")
        result = super().unlink()
        wishes_sudo._note_ungranted()
        return result

    def _loyalty_redemptions_sudo(self, *states):
        # sudo: salespeople need not be in the loyalty group; what these very orders grant.
        return (
            self.env["loyalty.service.redemption"]
            .sudo()
            .search([("order_id", "in", self.ids), ("state", "in", states)])
        )
