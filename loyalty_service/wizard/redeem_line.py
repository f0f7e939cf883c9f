from odoo import api, fields, models


class RedeemLine(models.TransientModel):
    """A reward in the dialog, and why it cannot be redeemed if it cannot."""

    _name = "loyalty.service.redeem.line"
    _description = "Reward to Choose"

    redeem_id = fields.Many2one(
        "loyalty.service.redeem", required=True, index=True, ondelete="cascade"
    )
    reward_id = fields.Many2one("loyalty.reward", required=True)
    name = fields.Char(related="reward_id.description", related_sudo=False)
    kind = fields.Selection(related="reward_id.service_kind", related_sudo=False)
    price = fields.Float(related="reward_id.required_points", string="Points", related_sudo=False)
    image = fields.Image(related="reward_id.service_image", related_sudo=False)
    is_within_reach = fields.Boolean()
    obstacle = fields.Char(string="Why Not")

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.reward_id.check_access("read")
        return lines

    def write(self, vals):
        result = super().write(vals)
        self.reward_id.check_access("read")
        return result

    def action_choose(self):
        """Go on with this reward."""
        self.ensure_one()
        self.redeem_id.reward_id = self.reward_id
        return self.redeem_id._reopen()
