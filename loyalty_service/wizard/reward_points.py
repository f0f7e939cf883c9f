from odoo import api, fields, models
from odoo.exceptions import UserError

from ..amounts import points_text
from ..engine import rewards
from ..models.sale_order_points import ASKED


class SaleLoyaltyRewardWizard(models.TransientModel):
    """Odoo's choice of a reward asks of a discount by the point how many points to use."""

    _inherit = "sale.loyalty.reward.wizard"

    loyalty_by_point = fields.Boolean(
        string="Discount by the Point", compute="_compute_loyalty_card"
    )
    loyalty_card_id = fields.Many2one("loyalty.card", compute="_compute_loyalty_card")
    loyalty_balance = fields.Float(
        string="Balance", digits=(16, 2), compute="_compute_loyalty_card"
    )
    loyalty_most = fields.Float(
        string="Points That the Order Can Take", digits=(16, 2), compute="_compute_loyalty_card"
    )
    loyalty_asked = fields.Float(
        string="Points Asked For", digits=(16, 2), compute="_compute_loyalty_card"
    )
    loyalty_points = fields.Float(
        string="Points to Use",
        digits=(16, 2),
        compute="_compute_loyalty_points",
        store=True,
        readonly=False,
    )
    currency_id = fields.Many2one(related="order_id.currency_id")
    loyalty_used = fields.Float(
        string="Points Used", digits=(16, 2), compute="_compute_loyalty_effect"
    )
    loyalty_money = fields.Monetary(string="Off the Order", compute="_compute_loyalty_effect")
    loyalty_left = fields.Float(
        string="Balance Afterwards", digits=(16, 2), compute="_compute_loyalty_effect"
    )
    loyalty_hint = fields.Char(string="Hint", compute="_compute_loyalty_effect")

    @api.depends("order_id")
    def _compute_claimable_reward_ids(self):
        """Offer again what is in the order already, to change how many points it takes."""
        result = super()._compute_claimable_reward_ids()
        for wizard in self.filtered("order_id"):
            offered = wizard.order_id._loyalty_offered_rewards()
            wizard.reward_ids |= wizard.reward_ids.union(*offered.values())
        return result

    @api.depends("selected_reward_id", "order_id")
    def _compute_loyalty_card(self):
        for wizard in self:
            order, reward = wizard.order_id, wizard.selected_reward_id
            card = self.env["loyalty.card"]
            if reward and reward._is_by_point():
                offered = order._loyalty_offered_rewards()
                card = next((card for card in offered if reward in offered[card]), card)
            wizard.loyalty_by_point = bool(card)
            wizard.loyalty_card_id = card
            wizard.loyalty_balance = card._points_today()
            wizard.loyalty_asked = order._loyalty_wished_points(reward) if card else 0.0
            wizard.loyalty_most = order._loyalty_most_points(reward, card) if card else 0.0

    @api.depends("selected_reward_id", "loyalty_most")
    def _compute_loyalty_points(self):
        """Suggest what the line takes now, else what the client has asked for.

        Without a word of the client, the whole steps of what order and balance allow.
        """
        for wizard in self:
            if not wizard.loyalty_by_point:
                wizard.loyalty_points = 0.0
                continue
            reward, most = wizard.selected_reward_id, wizard.loyalty_most
            lines = wizard.order_id._loyalty_lines_of(reward, wizard.loyalty_card_id)
            now = sum(lines.mapped("points_cost"))
            suggested = rewards.steps_within(most, reward.required_points)
            wizard.loyalty_points = now or min(wizard.loyalty_asked or suggested, most)

    @api.depends("loyalty_points", "loyalty_most", "loyalty_balance")
    @api.depends_context("lang")
    def _compute_loyalty_effect(self):
        for wizard in self:
            reward, order = wizard.selected_reward_id, wizard.order_id
            step, most = reward.required_points, wizard.loyalty_most
            used = (
                rewards.whole_steps(max(wizard.loyalty_points, 0.0), step, most)
                if wizard.loyalty_by_point
                else 0.0
            )
            wizard.loyalty_used = used
            wizard.loyalty_money = (
                reward.currency_id._convert(
                    used * reward.discount, order.currency_id, order.company_id
                )
                if used
                else 0.0
            )
            wizard.loyalty_left = wizard.loyalty_balance - used
            wizard.loyalty_hint = wizard.loyalty_by_point and wizard._loyalty_hint()

    def _loyalty_hint(self):
        """Say within which bounds the points are, and how many of them will be used."""
        self.ensure_one()

        told = []
        if self.loyalty_asked:
            told.append(
                self.env._(
                    "The client asked for %s points.", points_text(self.env, self.loyalty_asked)
                )
            )
        most, step = self.loyalty_most, self.selected_reward_id.required_points
        if step != 1:
            told.append(
                self.env._(
                    "The order can take %(most)s points, in steps of %(step)s.",
                    most=points_text(self.env, most),
                    step=points_text(self.env, step),
                )
            )
        else:
            told.append(self.env._("The order can take %s points.", points_text(self.env, most)))
        if not self.loyalty_asked and step < self.loyalty_points == rewards.steps_within(
            most, step
        ):
            told.append(self.env._("Enter fewer, and the client keeps the others."))
        if self.loyalty_used != self.loyalty_points:
            told.append(
                self.env._("It will use %s of them.", points_text(self.env, self.loyalty_used))
            )
        return " ".join(told)

    def action_apply(self):
        """Claim the reward with so many points, or change how many it takes."""
        self.ensure_one()
        order, reward, card = self.order_id, self.selected_reward_id, self.loyalty_card_id
        if not reward or not reward._is_by_point():
            return super().action_apply()
        if self.loyalty_most <= 0:
            raise UserError(
                self.env._("There is nothing in the order that points could be used for.")
            )
        if self.loyalty_used <= 0:
            least = min(reward.required_points, self.loyalty_most)
            raise UserError(
                self.env._("This reward takes %s points or more.", points_text(self.env, least))
            )
        lines = order._loyalty_lines_of(reward, card)
        if lines:
            lines.loyalty_points_limit = self.loyalty_used
        else:
            asking = order.with_context(**{ASKED: {reward.id: self.loyalty_used}})
            told = asking._apply_program_reward(reward, card)
            if told.get("error"):
                raise UserError(told["error"])
        order._update_programs_and_rewards()
        self._unlink_unused_coupon_ids()
        return True
