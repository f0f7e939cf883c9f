from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..engine import rewards
from .earning_rule import CAP_PERIODS
from .loyalty_program import USER

KINDS = [
    ("discount", "Discount in a quotation"),
    ("gift", "Gift"),
    ("upgrade", "Service upgrade"),
    ("other", "Something else"),
]
# What Odoo's own reward type is for a reward that is not part of a quotation.
FULFILLED = "service"
DISCOUNT = "discount"


class LoyaltyReward(models.Model):
    """Rewards that somebody hands over or does, beside the discounts that Odoo knows.

    They are of a reward type of their own, and ``loyalty.program.reward_ids`` leaves them out.
    So Odoo's quotations, which look there, never offer a gift box as a discount.
    """

    _name = "loyalty.reward"
    _inherit = ["loyalty.reward", "loyalty.service.others"]

    reward_type = fields.Selection(
        selection_add=[(FULFILLED, "Gift or Service")], ondelete={FULFILLED: "cascade"}
    )
    service_points = fields.Boolean(related="program_id.service_points")
    service_kind = fields.Selection(
        KINDS,
        string="Kind",
        required=True,
        default=DISCOUNT,
        help="A discount is taken off a quotation. Everything else is prepared and handed over, "
        "or done, by somebody of the firm.",
    )
    service_cost = fields.Monetary(
        string="Cost to the Firm", help="What one of them costs the firm, without taxes."
    )
    service_has_stock = fields.Boolean(
        string="Limited Stock", help="Counts down with each request; 0 left cannot be redeemed."
    )
    service_stock = fields.Integer(string="Left", copy=False)
    service_limit = fields.Integer(
        string="At Most per Client",
        help="How many of them a client can redeem within one period. 0 sets no limit.",
    )
    service_limit_period = fields.Selection(
        CAP_PERIODS, string="Period", required=True, default="year"
    )
    min_tier_id = fields.Many2one(
        "loyalty.service.tier",
        string="Lowest Tier",
        index="btree_not_null",
        ondelete="set null",
        domain="[('program_id', '=', program_id)]",
        groups=USER,
        help="Clients of this tier and of higher ones can redeem it. Empty for all.",
    )
    service_image = fields.Image(
        string="Picture", max_width=512, max_height=512, help="Shown to the client in the portal."
    )
    service_text = fields.Text(
        string="What the Client Gets",
        translate=True,
        help="What the client gets, in a few words. Shown in the portal.",
    )
    service_visible = fields.Boolean(
        string="In the Portal",
        default=True,
        help="Clients see it in the portal and can ask for it there. Staff can redeem it for a "
        "client in any case.",
    )
    service_date_from = fields.Date(
        string="Available From", help="First day on which it can be redeemed."
    )
    service_date_to = fields.Date(string="Until", help="Last day on which it can be redeemed.")
    redemption_ids = fields.One2many("loyalty.service.redemption", "reward_id", groups=USER)
    redemption_count = fields.Integer(compute="_compute_redemption_count", groups=USER)

    _service_kind_check = models.Constraint(
        "CHECK ((service_kind = 'discount') = (reward_type != 'service'))",
        "A gift or a service is no discount in a quotation.",
    )
    _service_stock_check = models.Constraint(
        "CHECK (service_stock >= 0)", "No more can be redeemed than there are left."
    )
    _service_limit_check = models.Constraint(
        "CHECK (service_limit >= 0)", "A limit cannot be negative."
    )
    _service_cost_check = models.Constraint(
        "CHECK (service_cost >= 0 AND service_cost < 1e12)",
        "A cost cannot be negative, and must be less than 1,000,000,000,000.",
    )
    _service_dates_check = models.Constraint(
        "CHECK (service_date_to IS NULL OR service_date_from IS NULL "
        "OR service_date_to >= service_date_from)",
        "A reward cannot end before it starts.",
    )

    @api.depends("service_kind")
    def _compute_description(self):
        """Leave the name of a gift or a service to whoever makes it."""
        own = self.filtered(lambda reward: reward.reward_type == FULFILLED)
        kinds = dict(self._fields["service_kind"]._description_selection(self.env))
        for reward in own:
            reward.description = reward.description or kinds[reward.service_kind]
        return super(LoyaltyReward, self - own)._compute_description()

    def _compute_redemption_count(self):
        counts = dict(
            self.env["loyalty.service.redemption"]._read_group(
                [("reward_id", "in", self.ids), ("state", "!=", "cancelled")],
                ["reward_id"],
                ["__count"],
            )
        )
        for reward in self:
            reward.redemption_count = counts.get(reward, 0)

    @api.constrains("service_kind", "program_id")
    def _check_has_ledger(self):
        for reward in self:
            if reward.service_kind != DISCOUNT and not reward.program_id.service_points:
                raise ValidationError(
                    self.env._(
                        "Only a programme that is fed by service events has gifts and services "
                        "as rewards."
                    )
                )

    @api.onchange("service_kind")
    def _onchange_service_kind(self):
        self.reward_type = self._type_of(self.service_kind)

    def _type_of(self, kind):
        """Return Odoo's reward type for a kind of reward."""
        if kind != DISCOUNT:
            return FULFILLED
        return DISCOUNT if self.reward_type in (FULFILLED, False) else self.reward_type

    # ------------------------------------------------------------------
    # Making and removing
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(
            [
                dict(vals, reward_type=FULFILLED)
                if vals.get("service_kind", DISCOUNT) != DISCOUNT
                else vals
                for vals in vals_list
            ]
        )

    def write(self, vals):
        if "service_kind" not in vals:
            return super().write(vals)
        for reward in self:
            kind = vals["service_kind"]
            if (kind == DISCOUNT) != (reward.service_kind == DISCOUNT):
                reward._check_kind_may_change()
            super(LoyaltyReward, reward).write(dict(vals, reward_type=reward._type_of(kind)))
        self._create_missing_discount_line_products()
        return True

    def _check_kind_may_change(self):
        # sudo: that it was redeemed matters, whether or not the user may see by whom.
        if self.sudo().redemption_ids:
            raise UserError(
                self.env._(
                    "Clients have redeemed %s already. Archive it and make another reward instead.",
                    self.description,
                )
            )

    def unlink(self):
        """Archive what clients have redeemed; their history names it."""
        # sudo: as in _check_kind_may_change.
        used = self.sudo().filtered("redemption_ids").with_env(self.env)
        if not used:
            return super().unlink()
        used.action_archive()
        return super(LoyaltyReward, self - used).unlink() if self - used else True

    def _create_missing_discount_line_products(self):
        """Gifts and services are on no order and need no product for its discount lines."""
        discounts = self.filtered(lambda reward: reward.reward_type != FULFILLED)
        kept = discounts.filtered("service_points")
        # sudo: managers of Client Loyalty make discounts, and need not be allowed to make
        # products; only those that carry the names of these very discounts are made.
        super(LoyaltyReward, kept.sudo())._create_missing_discount_line_products()
        return super(LoyaltyReward, discounts - kept)._create_missing_discount_line_products()

    # ------------------------------------------------------------------
    # Who can have it
    # ------------------------------------------------------------------

    @api.model
    def _offered_domain(self, program, portal=False):
        """Return the domain of what clients of ``program`` can redeem, now or another time."""
        domain = Domain("program_id", "=", program.id) & Domain("active", "=", True)
        return domain & Domain("service_visible", "=", True) if portal else domain

    def _as_offer(self, ladder):
        """Return the reward as the engine knows it.

        :param ladder: ids of the active tiers of the programme, lowest first
        """
        self.ensure_one()
        # sudo: who may have it is decided for salespeople in a quotation, too.
        tier = self.sudo().min_tier_id
        return rewards.Offer(
            price=self.required_points,
            tier=ladder.index(tier.id) if tier.id in ladder else None,
            stock=self.service_stock if self.service_has_stock else None,
            limit=self.service_limit,
            period=self.service_limit_period,
            first=self.service_date_from or None,
            last=self.service_date_to or None,
        )

    @api.model
    def _load_pos_data_read(self, records, config):
        """Have no till offer gifts and services: nobody would prepare and deliver them.

        Odoo's point of sale calls this, where it is installed, with all rewards of a programme.
        """
        records = records.filtered(lambda reward: reward.reward_type != FULFILLED)
        return super()._load_pos_data_read(records, config)

    def action_view_redemptions(self):
        """Open what clients have redeemed of it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_service.redemption_action")
        return {
            **action,
            "display_name": self.description,
            "domain": [("reward_id", "=", self.id)],
            "context": {},
        }
