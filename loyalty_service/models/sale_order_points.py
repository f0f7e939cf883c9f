from math import ceil, inf

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..amounts import points_text

# In the context: {reward id: points that the discount may take, at most}.
ASKED = "loyalty_points_asked"
LIMIT = "loyalty_points_limit"


class SaleOrder(models.Model):
    """How many points a discount by the point takes.

    Odoo takes all that the order can take. Here whoever sells says how many; the line keeps it,
    and the discount stays at it when the order changes.
    """

    _inherit = "sale.order"

    loyalty_points_text = fields.Char(string="Points Used", compute="_compute_loyalty_points_text")

    @api.depends("state", "order_line.points_cost", "order_line.coupon_id")
    @api.depends_context("lang")
    def _compute_loyalty_points_text(self):
        """Say how many points the rewards of an order take, and what remains of the balance."""
        for order in self:
            # sudo: what this very order takes of the account of its client, and what is left.
            lines_sudo = order.sudo().order_line.filtered(
                lambda line: line.points_cost and line.coupon_id.service_points
            )
            used, card_sudo = sum(lines_sudo.mapped("points_cost")), lines_sudo.coupon_id[:1]
            left = card_sudo._points_today() - (0 if order.state == "sale" else used)
            order.loyalty_points_text = bool(lines_sudo) and order.env._(
                "%(used)s points are used, %(left)s remain.",
                used=points_text(order.env, used),
                left=points_text(order.env, left),
            )

    def _compute_loyalty_data(self):
        """Have the portal read points with separators, and called what the programme calls them."""
        result = super()._compute_loyalty_data()
        for order in self.filtered("loyalty_data"):
            # sudo: what the programme of the order's own rewards calls its points.
            card_sudo = order.sudo().order_line.coupon_id.filtered("service_points")[:1]
            if card_sudo:
                data = order.loyalty_data
                order.loyalty_data = {
                    "point_name": card_sudo.point_name,
                    "issued": data["issued"] and points_text(order.env, data["issued"]),
                    "cost": data["cost"] and points_text(order.env, data["cost"]),
                }
        return result

    def action_open_reward_wizard(self):
        """Ask how many points, also where there is but one reward."""
        self.ensure_one()
        self._update_programs_and_rewards()
        offered = self._loyalty_offered_rewards()
        if not any(reward._is_by_point() for rewards in offered.values() for reward in rewards):
            return super().action_open_reward_wizard()
        return self._loyalty_reward_dialog(offered)

    def _loyalty_offered_rewards(self):
        """Return ``{card: rewards}`` that can be claimed, and those whose points can be changed."""
        offered = dict(self._get_claimable_rewards())
        for line in self.order_line:
            card, reward = line.coupon_id, line.reward_id
            if reward and reward._is_by_point():
                offered[card] = offered.get(card, reward.browse()) | reward
        return offered

    def _loyalty_reward_dialog(self, offered):
        """Return the action that opens Odoo's dialog, with the one reward chosen already."""
        rewards = self.env["loyalty.reward"].union(*offered.values())
        chosen = rewards if len(rewards) == 1 else rewards.browse()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "sale_loyalty.sale_loyalty_reward_wizard_action"
        )
        return {
            **action,
            "context": {"default_order_id": self.id, "default_selected_reward_id": chosen.id},
        }

    def _loyalty_most_points(self, reward, card):
        """Return how many points the discount can take, with those that it takes already."""
        taken = sum(self._loyalty_lines_of(reward, card).mapped("points_cost"))
        unlimited = self.with_context(**{ASKED: {reward.id: inf}})
        try:
            values = unlimited._get_reward_line_values(reward, card)
        except UserError:
            # Nothing is left on the order that could be discounted.
            values = []
        most = taken + sum(line["points_cost"] for line in values)
        highest = reward.discount_max_amount
        return min(most, round(highest / reward.discount, 2)) if highest else most

    def _loyalty_lines_of(self, reward, card):
        return self.order_line.filtered(
            lambda line: line.reward_id == reward and line.coupon_id == card
        )

    def _loyalty_asked_points(self, reward, card):
        """Return how many points the discount may take; without a wish, all there are."""
        asked = self.env.context.get(ASKED) or {}
        if reward.id in asked:
            return asked[reward.id]
        limits = self._loyalty_lines_of(reward, card).mapped("loyalty_points_limit")
        return max(limits, default=0.0) or inf

    def _get_reward_values_discount(self, reward, coupon, **kwargs):
        if not reward._is_by_point():
            return super()._get_reward_values_discount(reward, coupon, **kwargs)
        asked = self._loyalty_asked_points(reward, coupon)
        if asked == inf:
            values = super()._get_reward_values_discount(reward, coupon, **kwargs)
        else:
            # Odoo takes whole steps only; what the client wants may be all that the order takes.
            steps = ceil(asked / reward.required_points) * reward.required_points
            order = self.with_context(**{LIMIT: steps})
            values = super(SaleOrder, order)._get_reward_values_discount(reward, coupon, **kwargs)
            self._loyalty_keep_to(asked, values)
        for line in values:
            # Odoo puts a word before the name, which everywhere else stands alone.
            _before, name, taxes = line["name"].partition(reward.description)
            line["name"] = f"{name}{taxes}" if name else line["name"]
        self._loyalty_round_prices(values)
        return values

    def _loyalty_keep_to(self, asked, values):
        """Have the lines of one discount take no more points than were asked for."""
        cost = sum(line["points_cost"] for line in values)
        share = asked / cost if cost > asked else 1.0
        for line in values:
            line["price_unit"] *= share
            line["points_cost"] = min(line["points_cost"], asked)
            line["loyalty_points_limit"] = asked

    def _get_real_points_for_coupon(self, coupon, post_confirm=False):
        """Offer what can be spent, no points whose last day has passed, and no more than asked."""
        points = super()._get_real_points_for_coupon(coupon, post_confirm=post_confirm)
        points -= coupon._points_past().get(coupon.id, 0.0)
        return min(points, self.env.context.get(LIMIT, points))
