from odoo import api, models
from odoo.exceptions import UserError


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_loyalty_history(self):
        """Keep clients of whom the ledgers tell: without one, a balance would be nobody's.

        The points, the events and the tiers of a client are what the firm reckons with; they
        stay, and so does whose they are. Contacts of a client may go.
        """
        kept = self._loyalty_with_history()[:1]
        if kept:
            raise UserError(
                self.env._(
                    "%(client)s has a history of points, tiers or events, which would be lost. "
                    "Archive the contact or, if it is there twice, merge it with the other one.",
                    client=kept.display_name,
                )
            )

    def _loyalty_with_history(self):
        """Return those in ``self`` who have, or had, points, events or a tier of their own."""
        found = set()
        for model, field, domain in (
            ("loyalty.service.move", "partner_id", []),
            ("loyalty.service.event", "partner_id", []),
            ("loyalty.service.tier.change", "partner_id", [("reason", "!=", "entered")]),
        ):
            # sudo: whether there is any of these very contacts, for who may delete contacts and
            # need not see what there is, nor of which firm.
            Model_sudo = self.env[model].sudo().with_context(active_test=False)
            found |= {
                partner.id
                for (partner,) in Model_sudo._read_group(
                    [(field, "in", self.ids), *domain], [field]
                )
            }
        return self.browse(id_ for id_ in self.ids if id_ in found)
