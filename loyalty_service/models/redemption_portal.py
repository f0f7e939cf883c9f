from typing import NamedTuple

from odoo import models
from odoo.tools import format_date, formatLang

from .loyalty_reward import DISCOUNT
from .redemption import OPEN


class Step(NamedTuple):
    """One step on the way of a reward to the client.

    :ivar text: what it is
    :ivar day: when it was done, in words; empty if it lies ahead
    """

    text: str
    day: str
    is_current: bool
    is_cancelled: bool = False


class Redemption(models.Model):
    """What the client reads about a redemption, in its own words and days."""

    _inherit = "loyalty.service.redemption"

    def _state_text(self):
        """Say how far it is."""
        self.ensure_one()
        return self._state_texts()[self.state]

    def _state_texts(self):
        if self.kind == DISCOUNT:
            return {
                "requested": self.env._("For your next quotation"),
                "prepared": self.env._("In your quotation"),
                "delivered": self.env._("Taken off your order"),
                "cancelled": self.env._("Cancelled"),
            }
        return {
            "requested": self.env._("Requested"),
            "prepared": self.env._("Prepared"),
            "delivered": self.env._("Delivered"),
            "cancelled": self.env._("Cancelled"),
        }

    def _day_text(self, moment):
        return format_date(self.env, self.company_id._loyalty_day(moment)) if moment else ""

    def _wish_text(self):
        """Say since when it has been asked for, to the client as well as to staff."""
        self.ensure_one()
        # sudo: the day on which it was asked for is all that leaves this method.
        redemption_sudo = self.sudo()
        return self.env._(
            "Asked for on %s.", redemption_sudo._day_text(redemption_sudo.date_requested)
        )

    def _portal_date_text(self):
        """Say when it was asked for and for how many points."""
        self.ensure_one()
        day = self._day_text(self.date_requested)
        points = self.points if self._spent_text() else 0.0
        if self.state in OPEN:
            points = self.points_asked or points
        return f"{day} · {self.client_id._points_text(points)}" if points else day

    def _asked_text(self):
        """Say how many points of a discount by the point were asked for, and what they come to.

        Nothing of what has its price, and of what has been taken off: that says what it took.
        """
        self.ensure_one()
        if not self.points_asked or self.state == "delivered":
            return ""
        points = self.client_id._points_text(self.points_asked)
        reward = self.reward_id
        if reward.discount_applicability != "order":
            return self.env._("You asked for %s.", points)
        worth = self.points_asked * reward.discount
        # As with the name of the discount; more than its own limit it never takes.
        worth = min(worth, reward.discount_max_amount or worth)
        amount = formatLang(self.env, worth, currency_obj=reward.currency_id)
        return self.env._(
            "You asked for %(points)s: %(amount)s off your order.", points=points, amount=amount
        )

    def _spent_text(self):
        """Return the points that it took from the client, or nothing if it took none."""
        self.ensure_one()
        took = self.state == "delivered" if self.kind == DISCOUNT else self.state != "cancelled"
        return self.client_id._number(self.points) if took else ""

    def _returned_text(self):
        """Say what came back of the points of a reward that was cancelled.

        They return to the lots that they came from, whose last day may have passed.
        """
        self.ensure_one()
        # sudo: the rows by which this redemption was cancelled; what they are of is all that
        # leaves this method.
        rows_sudo = (
            self.env["loyalty.service.move"]
            .sudo()
            .search(
                [
                    ("card_id.partner_id", "=", self.partner_id.id),
                    ("origin", "=", self._points_origin()),
                    ("kind", "=", "reverse"),
                    ("points", ">", 0),
                ]
            )
        )
        day = self.company_id._loyalty_day(self.date_cancelled)
        lapsed = sum(row.points for row in rows_sudo if row.expiry_date and row.expiry_date < day)
        back = sum(rows_sudo.mapped("points")) - lapsed
        if lapsed and back:
            return self.env._(
                "%(back)s of the points that it cost are back on your account. The last day of "
                "the other %(lapsed)s has passed.",
                back=self.client_id._number(back),
                lapsed=self.client_id._number(lapsed),
            )
        if lapsed:
            return self.env._(
                "The last day of the points that it cost has passed, so none are back on your "
                "account."
            )
        return self.env._("The points that it cost are back on your account.")

    def _portal_steps(self):
        """Return the :class:`Step` that are done and those that lie ahead."""
        self.ensure_one()
        texts = self._state_texts()
        moments = {
            "requested": self.date_requested,
            "prepared": self.date_prepared,
            "delivered": self.date_delivered,
            "cancelled": self.date_cancelled,
        }
        if self.state == "cancelled":
            names = [name for name, moment in moments.items() if moment]
        else:
            names = ["requested", "prepared", "delivered"]
        reached = names.index(self.state)
        return [
            Step(
                texts[name],
                # What was handed over at once was never noted as prepared: it is, all the same.
                self._day_text(moments[name] or (number <= reached and moments[self.state])),
                is_current=number == reached,
                is_cancelled=name == "cancelled",
            )
            for number, name in enumerate(names)
        ]
