from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import clean_context

from ..models.loyalty_program import MANAGER


class ReferralDecision(models.TransientModel):
    """What staff decide about referrals, and why: it is kept in the chatter."""

    _name = "loyalty.service.referral.decision"
    _description = "Decide about a Referral"

    referral_ids = fields.Many2many(
        "loyalty.service.referral",
        "loyalty_service_referral_decision_rel",
        "decision_id",
        "referral_id",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    decision = fields.Selection(
        [
            ("overrule", "Overrule the reasons against it"),
            ("release", "Release the reward"),
            ("hold", "Hold the reward"),
            ("cancel", "Cancel the referral"),
        ],
        required=True,
    )
    reason = fields.Char(string="Why", required=True)

    def action_apply(self):
        """Carry the decision out."""
        self.ensure_one()
        self.referral_ids.check_access("write")
        if self.decision in ("overrule", "release") and not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only managers overrule reasons and release rewards."))
        # sudo: the state of referrals that the user may write; points follow by the ledger.
        records = self.referral_ids.with_context(clean_context(self.env.context))
        getattr(records.sudo(), f"_{self.decision}")(self.reason)
        return {"type": "ir.actions.act_window_close"}
