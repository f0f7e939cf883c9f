from odoo import fields, models


class RedeemLine(models.TransientModel):
    """A reward in the dialog, and why it cannot be redeemed if it cannot."""

    _name = "loyalty.service.redeem.line"
    _description = "Reward to Choose"

    redeem_id = fields.Many2one(
        "loyalty.service.redeem", required=True, index=True, ondelete="cascade"
    )
    reward_id = fields.Many2one("loyalty.reward", required=True)
    name = fields.Char(related="reward_id.description")
    kind = fields.Selection(related="reward_id.service_kind")
    price = fields.Float(related="reward_id.required_points", string="Points")
    image = fields.Image(related="reward_id.service_image")
    is_within_reach = fields.Boolean()
    obstacle = fields.Char(string="Why Not")

    def action_choose(self):
        """Go on with this reward."""
        self.ensure_one()
        self.redeem_id.reward_id = self.reward_id
        return self.redeem_id._reopen()
