from odoo import api, models
from odoo.tools import formatLang

from ..engine import rewards

# What the name of a discount follows from, if nobody has given it one.
NAMED_BY = (
    "program_id",
    "reward_type",
    "discount",
    "discount_mode",
    "discount_applicability",
    "discount_max_amount",
    "discount_product_ids",
    "discount_product_category_id",
    "discount_product_tag_id",
    "discount_product_domain",
    "reward_product_id",
    "reward_product_tag_id",
)
# In this many points a discount by the point is told.
TOLD_IN = 100


class LoyaltyReward(models.Model):
    """One name for a reward everywhere, in each language and in the money of the programme.

    Odoo names a discount once, in the language of whoever makes it and in the currency of that
    day, and gives the same name to the product that stands on orders. Discounts of a programme
    with a ledger are named in all languages, and anew when what they are about changes. A name
    that somebody wrote stays.
    """

    _inherit = "loyalty.reward"

    def _is_by_point(self):
        """Tell whether it is a discount on the order of which the client takes many or few."""
        self.ensure_one()
        return (
            self.program_id.service_points
            and (self.reward_type, self.discount_mode) == ("discount", "per_point")
            and not self.clear_wallet
        )

    def _points_to_propose(self, balance):
        """Return how many points of a discount by the point are proposed, of ``balance``."""
        self.ensure_one()
        return rewards.proposed(balance, self.required_points, TOLD_IN)

    def _compute_description(self):
        """Say of a discount by the point what it comes to."""
        result = super()._compute_description()
        for reward in self.filtered(lambda reward: reward._is_by_point()):
            if reward.discount_applicability == "order":
                reward.description = reward.env._(
                    "%(points)s points take %(amount)s off your order",
                    points=TOLD_IN,
                    amount=formatLang(
                        reward.env, TOLD_IN * reward.discount, currency_obj=reward.currency_id
                    ),
                )
        return result

    @api.depends("program_id.service_points", "description")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """Name a reward without its programme, of which a client has but one with a ledger."""
        own = self.filtered("service_points")
        for reward in own:
            reward.display_name = reward.description
        return super(LoyaltyReward, self - own)._compute_display_name()

    # ------------------------------------------------------------------
    # In each language
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        made = super().create(vals_list)
        made._follow_in_all_languages()
        return made

    def write(self, vals):
        result = super().write(vals)
        if {"description", *NAMED_BY} & vals.keys():
            self._follow_in_all_languages()
        return result

    def _follow_in_all_languages(self):
        """Have names that nobody wrote say the same in every language."""
        if self.env.context.get("loyalty_service_naming"):
            return
        followed = self._discounts().filtered(
            lambda reward: reward.description == reward._name_that_follows()
        )
        followed._name_in([code for code, _name in self.env["res.lang"].get_installed()])

    def _discounts(self):
        """Return those of ``self`` that Odoo names."""
        return self.filtered(
            lambda reward: reward.service_points and reward.service_kind == "discount"
        )

    def _name_that_follows(self):
        """Return the name that follows from what the reward is, in the language of the context."""
        self.ensure_one()
        what = self._convert_to_write({name: self[name] for name in NAMED_BY})
        return self.new(what).description

    def _name_in(self, codes):
        """Write the names that follow, and those of the products on orders, in languages.

        What other languages fall back to, English, is always one of them.
        """
        # sudo: who may say what the reward is need not be allowed to write products; only names
        # that follow from it are written.
        named_sudo = self.sudo().with_context(loyalty_service_naming=True)
        for code in dict.fromkeys(["en_US", *codes]):
            for reward in named_sudo.with_context(lang=code):
                reward.description = reward._name_that_follows()

    @api.model
    def _learn_languages(self, codes):
        """Name the discounts in languages that are new."""
        programs = self.env["loyalty.program"].with_context(active_test=False)
        discounts = programs.search([("service_points", "=", True)]).reward_ids._discounts()
        for reward in discounts:
            english = reward.with_context(lang="en_US")
            if english.description == english._name_that_follows():
                reward._name_in(codes)
