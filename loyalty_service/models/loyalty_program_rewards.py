from odoo import api, fields, models

from .loyalty_reward import FULFILLED


class LoyaltyProgram(models.Model):
    """What the points of a service programme are good for, beside discounts."""

    _inherit = "loyalty.program"

    # Whatever Odoo takes off orders it looks for here: quotations, its shop, codes, the portal.
    reward_ids = fields.One2many(domain=[("reward_type", "!=", FULFILLED)])
    service_reward_ids = fields.One2many(
        "loyalty.reward",
        "program_id",
        domain=[("reward_type", "=", FULFILLED)],
        string="Gifts and Services",
        copy=True,
    )
    reward_user_id = fields.Many2one(
        "res.users",
        string="Responsible for Rewards",
        index="btree_not_null",
        ondelete="set null",
        domain="[('share', '=', False)]",
        help="Is asked to prepare what clients redeem. Without one it is the account manager of "
        "the client.",
    )

    @api.constrains("reward_ids", "service_reward_ids")
    def _constrains_reward_ids(self):
        """A programme may consist of gifts and services alone."""
        return super(
            LoyaltyProgram, self.filtered(lambda program: not program.service_reward_ids)
        )._constrains_reward_ids()

    def write(self, vals):
        result = super().write(vals)
        if "active" in vals:
            for program in self.with_context(active_test=False):
                program.service_reward_ids.active = program.active
        if "currency_id" in vals:
            self.reward_ids._follow_in_all_languages()
        return result
