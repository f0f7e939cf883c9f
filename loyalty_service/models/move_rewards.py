from odoo import models


class Move(models.Model):
    """What points were redeemed for, in the language of whoever reads the history."""

    _inherit = "loyalty.service.move"

    def _compute_label(self):
        result = super()._compute_label()
        redemptions = self._redemptions()
        for move in self:
            redemption = redemptions.get(move.origin)
            if redemption:
                what = self.env._("Reward returned") if move.points > 0 else self.env._("Redeemed")
                reward = redemption.reward_id.description
                move.label = self.env["loyalty.service.event"]._with_detail(what, reward)
        return result

    def _redemptions(self):
        """Return ``{origin: redemption}`` of the rows that redemptions made, one query."""
        Redemption = self.env["loyalty.service.redemption"]
        name = f"{Redemption._name},"
        ids = {
            int(move.origin.removeprefix(name))
            for move in self
            if move.origin and move.origin.startswith(name)
        }
        if not ids:
            return {}
        return {
            redemption._points_origin(): redemption
            for redemption in Redemption.browse(ids).exists()
        }
