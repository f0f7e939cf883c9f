from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import clean_context

from ..amounts import points_text
from .loyalty_reward import DISCOUNT
from .loyalty_reward_name import TOLD_IN
from .redemption import OPEN
from .sale_order_points import ASKED


class Redemption(models.Model):
    """Discounts: a wish of the client, which a quotation grants by Odoo's own means."""

    _inherit = "loyalty.service.redemption"

    def action_take_into_quotation(self):
        """Grant the discount in the client's open quotation, or in a new one.

        Where it is not clear which one or for what, a dialog asks.
        """
        self.ensure_one()
        if self.kind != DISCOUNT:
            raise UserError(self.env._("Only discounts are part of a quotation."))
        if self.order_id:
            return self.action_view_order()
        orders = self._open_quotations()
        if len(orders) == 1:
            return self._take_into(orders)
        product = self._usual_product()
        if not orders and product:
            return self._take_into(self._make_quotation(product))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_service.redemption_quote_action"
        )
        return {
            **action,
            "context": {
                "default_redemption_id": self.id,
                "default_order_id": orders[:1].id,
                "default_product_id": product.id,
            },
        }

    def _open_quotations(self):
        """Return the quotations to the client that are not confirmed, the latest first."""
        self.ensure_one()
        return self.env["sale.order"].search(
            [
                ("partner_id.commercial_partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("state", "in", ("draft", "sent")),
                ("order_line", "!=", False),
            ],
            order="date_order desc, id desc",
        )

    def _usual_product(self):
        """Return the service that the client has to renew next, for a new quotation."""
        self.ensure_one()
        agreements = self.client_id._running_agreements()
        return agreements.product_id.filtered("sale_ok")[:1]

    def _make_quotation(self, product):
        """Return a new quotation to the client with one of ``product``."""
        self.ensure_one()
        # Defaults of the screen, such as a column of the board, are none of an order.
        orders = self.env["sale.order"].with_context(clean_context(self.env.context))
        return orders.create(
            {
                "partner_id": self._receiver().id,
                "company_id": self.company_id.id,
                "user_id": self.user_id.id or self.env.uid,
                "order_line": [Command.create({"product_id": product.id})],
            }
        )

    def _take_into(self, order):
        """Have ``order`` grant the discount, and open it. Odoo spends the points with it."""
        self.ensure_one()
        redemption_sudo = self._claim_steps(("requested",), "prepared")
        if redemption_sudo:
            redemption_sudo._check_quotation(order)
            redemption_sudo._apply_to(order)
        return self.action_view_order()

    def _note_quotation(self, order):
        """Note that ``order`` grants the discount: by the wish's button, or by Odoo's own."""
        redemption_sudo = self._claim_steps(("requested",), "prepared")
        redemption_sudo.write(
            {"state": "prepared", "order_id": order.id, "date_prepared": fields.Datetime.now()}
        )

    def _check_quotation(self, order):
        """Refuse what is no open quotation to the client by the company that it asked."""
        if (
            order.state not in ("draft", "sent")
            or order.company_id != self.company_id
            or order.partner_id.commercial_partner_id != self.partner_id
        ):
            raise UserError(self.env._("%s is no open quotation to this client.", order.name))

    def _apply_to(self, order):
        """Claim the reward in ``order``, as the dialog of Odoo does."""
        card, reward = self.client_id.card_id, self.reward_id
        order._update_programs_and_rewards()
        claimable = {
            coupon.id: rewards.ids for coupon, rewards in order._get_claimable_rewards().items()
        }
        if reward.id not in claimable.get(card.id, []):
            raise UserError(
                self.env._(
                    "%(order)s cannot take “%(reward)s”: it needs lines with a price, the points "
                    "of the client must suffice, and another discount may stand in the way.",
                    order=order.name,
                    reward=reward.description,
                )
            )
        reward, card = reward.with_env(order.env), card.with_env(order.env)
        wished = {reward.id: self._wished_points()} if reward._is_by_point() else {}
        asking = order.with_context(**{ASKED: wished})
        told = asking._apply_program_reward(reward, card, product=reward.reward_product_ids[:1])
        if told.get("error"):
            raise UserError(told["error"])
        order._update_programs_and_rewards()

    def _wished_points(self):
        """Return how many points the client wants to use for a discount by the point."""
        self.ensure_one()
        return self.points_asked or self.reward_id._points_to_propose(self.client_id.points_today)

    def _wish_name(self):
        """Name what the client wants, with the points where the name is not about so many."""
        self.ensure_one()
        name = self.reward_id.description
        if self.points_asked in (0.0, TOLD_IN):
            return name
        points = points_text(self.env, self.points_asked)
        return self.env._("%(reward)s (%(points)s points)", reward=name, points=points)

    def _drop_from_order(self):
        """Take the discount out of a quotation that has not been confirmed."""
        self.ensure_one()
        order = self.order_id
        lines = order.order_line.filtered(lambda line: line.reward_id == self.reward_id)
        # The quotation has nothing to tell of a wish that is over.
        self.order_id = False
        if order.state in ("draft", "sent"):
            lines.unlink()

    def _note_granted(self):
        """Note what confirmed orders granted; what they did not grant waits for another one."""
        for redemption in self:
            order, reward = redemption.order_id, redemption.reward_id
            lines = order.order_line.filtered(lambda line, reward=reward: line.reward_id == reward)
            if not lines:
                redemption._note_ungranted()
                continue
            company = redemption.company_id
            redemption._set_delivered(
                points=sum(lines.mapped("points_cost")),
                cost=order.currency_id._convert(
                    -sum(lines.mapped("price_subtotal")),
                    company.currency_id,
                    company,
                    order.date_order,
                ),
            )

    def _note_ungranted(self):
        """Have wishes wait again whose quotation was cancelled or deleted, or dropped them.

        One that the client has repeated meanwhile gives way to the other: it wants one discount.
        """
        if not self:
            return
        # Nobody asks for the same at this moment.
        self.client_id._hold_for_redeeming()
        repeated = self._repeated()
        for redemption in self:
            redemption.write(
                {
                    "state": "requested",
                    "order_id": False,
                    "date_prepared": False,
                    "date_delivered": False,
                    "done_by_id": False,
                    "points": redemption.reward_id.required_points,
                    "cost": 0.0,
                }
            )
            if redemption in repeated:
                lang = redemption.company_id._loyalty_lang(redemption._receiver())
                told = redemption.with_context(lang=lang).env._("You have asked for it again.")
                redemption._set_cancelled(cancel_reason=told)
            elif not redemption.activity_ids:
                redemption._ask_responsible()

    def _repeated(self):
        """Return those in ``self`` beside which another open wish of the client is for the same."""
        others = self.search(
            [
                ("client_id", "in", self.client_id.ids),
                ("reward_id", "in", self.reward_id.ids),
                ("state", "in", OPEN),
                ("id", "not in", self.ids),
            ]
        )
        waiting = {(other.client_id, other.reward_id) for other in others}
        repeated = self.browse()
        for redemption in self:
            key = (redemption.client_id, redemption.reward_id)
            if key in waiting:
                repeated += redemption
            waiting.add(key)
        return repeated
