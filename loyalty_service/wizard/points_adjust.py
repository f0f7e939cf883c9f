from odoo import api, fields, models
from odoo.exceptions import UserError

from ..amounts import points_text

GIVE, TAKE = "give", "take"
LONGEST = 200


class PointsAdjust(models.TransientModel):
    """Give a client points, or take some, by hand and with a reason.

    What is asked for is how many, not the new balance: points that come or go in the meantime
    stay what they are.
    """

    _name = "loyalty.service.points.adjust"
    _description = "Adjust Points"

    client_id = fields.Many2one(
        "loyalty.service.client", string="Loyalty Record", required=True, readonly=True
    )
    partner_id = fields.Many2one(
        related="client_id.partner_id", string="Client", related_sudo=False
    )
    balance = fields.Float(
        related="client_id.points_today", string="Balance Today", digits=(16, 2), related_sudo=False
    )
    direction = fields.Selection(
        [(GIVE, "Give points"), (TAKE, "Take points away")],
        string="What to Do",
        required=True,
        default=GIVE,
    )
    points = fields.Float(string="How Many", digits=(16, 2), required=True)
    left = fields.Float(
        string="New Balance", digits=(16, 2), compute="_compute_left", compute_sudo=False
    )
    reason = fields.Char(
        help="Kept in the ledger. The client reads it in the history of its points.", size=LONGEST
    )

    _points_check = models.Constraint(
        "CHECK (points >= 0 AND points < 1e12)",
        "Say how many points, as a number above 0 and below 1,000,000,000,000.",
    )

    @api.onchange("points")
    def _onchange_points(self):
        """Take a number below zero as what it says: points that are taken away."""
        if self.points < 0:
            self.points, self.direction = -self.points, TAKE

    @api.depends("balance", "direction", "points")
    def _compute_left(self):
        for adjust in self:
            adjust.left = adjust.balance + adjust._change()

    def _change(self):
        """Return by how much the balance changes."""
        self.ensure_one()
        points = round(self.points or 0.0, 2)
        return -points if self.direction == TAKE else points

    @api.model_create_multi
    def create(self, vals_list):
        adjusts = super().create(vals_list)
        adjusts.client_id.check_access("read")
        return adjusts

    def action_adjust(self):
        """Book it, and say what the balance is now."""
        self.ensure_one()
        self.client_id.check_access("read")
        change, reason = self._change(), (self.reason or "").strip()
        if not change:
            raise UserError(self.env._("Say how many points to give or to take away."))
        if not reason:
            raise UserError(
                self.env._("Say why: the ledger keeps the reason, and the client reads it.")
            )
        self.client_id._adjust_points(change, reason)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(client)s has %(points)s points now.",
                    client=self.partner_id.name,
                    points=points_text(self.env, self.client_id.points),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
