from odoo import api, fields, models


class LoyaltyProgram(models.Model):
    """What a point is worth in money, and where the books keep what is owed to clients."""

    _inherit = "loyalty.program"

    service_value_by_reward = fields.Boolean(
        string="Value as in the Reward",
        default=True,
        help="A point is worth what the reward of this programme takes off an order for it. "
        "Switch it off to say what a point costs you, for example where clients spend points "
        "on gifts.",
    )
    service_point_value = fields.Float(
        string="Value of a Point",
        digits=(16, 6),
        compute="_compute_service_point_value",
        store=True,
        readonly=False,
        help="In the currency of the programme. What is owed to clients, and what the programme "
        "costs, is worked out with it.",
    )
    service_liability_journal_id = fields.Many2one(
        "account.journal",
        string="Journal of the Liability",
        company_dependent=True,
        domain="[('type', '=', 'general')]",
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    service_liability_account_id = fields.Many2one(
        "account.account",
        string="Liability Account",
        company_dependent=True,
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    service_expense_account_id = fields.Many2one(
        "account.account",
        string="Expense Account",
        company_dependent=True,
        groups="account.group_account_readonly,account.group_account_invoice",
    )

    _service_point_value_check = models.Constraint(
        "CHECK (service_point_value >= 0)", "The value of a point cannot be negative."
    )

    @api.depends(
        "service_value_by_reward",
        "reward_ids.reward_type",
        "reward_ids.discount_mode",
        "reward_ids.discount",
        "reward_ids.required_points",
        "reward_ids.active",
    )
    def _compute_service_point_value(self):
        for program in self:
            if program.service_value_by_reward:
                program.service_point_value = program._value_by_reward()

    def _point_value_in(self, company):
        """Return what a point is worth today in the currency of ``company``, without rounding."""
        return self.currency_id._convert(
            self.service_point_value,
            company.currency_id,
            company,
            company._loyalty_day(),
            round=False,
        )

    def _value_by_reward(self):
        """Return the money that the best discount gives for a point, in the programme's currency.

        A discount in per cent has no value of its own, since it depends on the order.
        """
        self.ensure_one()
        values = [
            reward.discount
            if reward.discount_mode == "per_point"
            else reward.discount / reward.required_points
            for reward in self.reward_ids
            if reward.active
            and reward.reward_type == "discount"
            and (
                reward.discount_mode == "per_point"
                or (reward.discount_mode == "per_order" and reward.required_points)
            )
        ]
        return max(values, default=0.0)
