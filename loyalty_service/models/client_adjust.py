from odoo import models
from odoo.exceptions import UserError

from ..amounts import points_text
from .loyalty_card import Source


class Client(models.Model):
    """Points that a manager gives or takes by hand."""

    _inherit = "loyalty.service.client"

    def action_adjust_points(self):
        """Open the dialog that gives the client points, or takes some."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_service.points_adjust_action"
        )
        return {**action, "context": {"default_client_id": self.id}}

    def _adjust_points(self, change, reason):
        """Add ``change`` to the balance, or take it from there, and say why.

        Whoever gives points to a client without an account opens one for it.
        """
        self.ensure_one()
        # sudo: an account for exactly this client, which its manager opens with the first points.
        self.sudo()._ensure_card()
        card = self.card_id.with_context(loyalty_service_source=Source(None, reason))
        # What others book at the same time comes before this or after it, and what has passed
        # its last day is neither shown as there nor pays for what is taken.
        card._lock_accounts()
        card._expire(card)
        card.invalidate_recordset(["points"], flush=False)
        balance = card.points
        if change < 0 and round(balance + change + card._debt_limit() / 100, 2) < 0:
            raise UserError(
                self.env._(
                    "%(client)s has %(balance)s points, so %(taken)s cannot be taken away.",
                    client=self.partner_id.display_name,
                    balance=points_text(self.env, balance),
                    taken=points_text(self.env, -change),
                )
            )
        self.env["loyalty.history"].create(
            {
                "card_id": card.id,
                "description": reason,
                "issued": max(change, 0.0),
                "used": max(-change, 0.0),
            }
        )
        card.invalidate_recordset(["points"], flush=False)
        card.points = float(balance) + change
