from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    loyalty_points_limit = fields.Float(
        string="Points at Most",
        digits=(16, 2),
        copy=False,
        readonly=True,
        help="Of a discount for points: how many were asked for. 0 takes all that the order can.",
    )

    @api.constrains("points_cost", "coupon_id", "reward_id")
    def _check_points_cost(self):
        """Points are the price of a reward, and come from an account that rewards it.

        A reward that cost less than nothing would put points on the account; a line without
        reward spends none when Odoo confirms the order.
        """
        # sudo: what the cards and rewards of these lines are, for who may not read them.
        for line in self.sudo():
            card = line.coupon_id
            if not card.service_points or not line.points_cost:
                continue
            if line.points_cost < 0:
                raise ValidationError(self.env._("A reward costs no negative points."))
            if line.reward_id.program_id != card.program_id:
                raise ValidationError(
                    self.env._(
                        "Points of “%s” are spent on rewards of this programme, and on nothing "
                        "else.",
                        card.program_id.name,
                    )
                )

    def _check_owner(self):
        """Refuse to pay a reward with another client's points.

        Asked when a card comes to a line: a client whose contact leaves it afterwards has paid
        for what that contact ordered.
        """
        # sudo: as above.
        for line in self.sudo().filtered("points_cost"):
            if line.order_id._loyalty_others(line.coupon_id):
                raise ValidationError(
                    self.env._(
                        "The points of %(owner)s are not for orders of %(customer)s.",
                        owner=line.coupon_id.partner_id.display_name,
                        customer=line.order_id.partner_id.display_name,
                    )
                )

    def _check_points_stay(self, vals):
        """Refuse to carry what an order has spent over to another card, or to another order.

        There it would be given back to who never spent it, or be a reward that nobody has paid
        for. With the cost in the same write, Odoo gives it back to one card and takes it from
        the other.
        """
        # sudo: as above, of these lines and the card and order that they are to have.
        lines_sudo = self.sudo()
        for line in lines_sudo if {"coupon_id", "order_id"} & set(vals) else ():
            card = line.coupon_id.browse(vals.get("coupon_id", line.coupon_id.id) or [])
            order = line.order_id.browse(vals.get("order_id", line.order_id.id) or [])
            changes_card = card != line.coupon_id and line.points_cost and "points_cost" not in vals
            if (
                (changes_card or order != line.order_id)
                and "sale" in (line.order_id | order).mapped("state")
                and any((line.coupon_id | card).mapped("service_points"))
            ):
                raise UserError(
                    self.env._(
                        "“%s” is a reward for points: in a confirmed order it keeps its account "
                        "and its order. Cancel the order to give the points back.",
                        line.name,
                    )
                )

    # ------------------------------------------------------------------
    # Points
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        order_ids = {vals.get("order_id") for vals in vals_list if vals.get("points_cost")}
        lines = super(
            SaleOrderLine, self._loyalty_as_source(self.env["sale.order"].browse(order_ids))
        ).create(vals_list)
        lines._check_owner()
        return lines

    def write(self, vals):
        self._check_points_stay(vals)
        cards = {line: line.coupon_id for line in self} if vals.get("coupon_id") else {}
        result = super(SaleOrderLine, self._loyalty_as_changed(vals)).write(vals)
        self.filtered(lambda line: line.coupon_id != cards.get(line, line.coupon_id))._check_owner()
        return result

    def _loyalty_as_changed(self, vals):
        """Return the lines such that a change of cost is booked as one of their order."""
        if "points_cost" not in vals:
            return self
        lines = self._loyalty_as_source(self.order_id)
        source = lines.env.context.get("loyalty_service_source")
        if not source:
            return lines
        # Core gives the points back and spends them anew.
        return lines.with_context(loyalty_service_source=source._replace(is_change=True))

    def unlink(self):
        quotations = self.order_id.filtered(lambda order: order.state in ("draft", "sent"))
        result = super(SaleOrderLine, self._loyalty_as_source(self.order_id)).unlink()
        quotations.exists()._loyalty_note_dropped()
        return result

    def _loyalty_as_source(self, order):
        """Return the lines such that points they move are booked as those of ``order``.

        Of lines of several orders the points are booked without one.
        """
        if len(order) != 1 or not order.id or "loyalty_service_source" in self.env.context:
            return self
        return self.with_context(**order._loyalty_as_source().env.context)
