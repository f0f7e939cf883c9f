from odoo import models
from odoo.tools.translate import LazyTranslate

from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..engine import earning

_lt = LazyTranslate(__name__)


class Client(models.Model):
    """What the pages about recommending the firm say, each in its reader's language."""

    _inherit = "loyalty.service.client"

    def _prepare_portal_values(self):
        return {
            **super()._prepare_portal_values(),
            "referral_rows": self._portal_referrals(limit=3)._portal_rows(),
            "referral_offered": self.company_id._loyalty_offers_referrals(),
        }

    def _prepare_referral_page(self, page, step):
        """Return what the page of a client's recommendations shows."""
        self.ensure_one()
        total = self.env["loyalty.service.referral"].search_count(
            [("referrer_client_id", "=", self.id)]
        )
        pager = portal_pager(url="/my/loyalty/referrals", total=total, page=page, step=step)
        return {
            "pager": pager,
            "referral_rows": self._portal_referrals(
                limit=step, offset=pager["offset"]
            )._portal_rows(),
            "share_texts": self._share_texts(),
        }

    def _portal_referrals(self, limit=None, offset=0):
        """Return the invitations that the client sent, or that its link brought."""
        self.ensure_one()
        return self.env["loyalty.service.referral"].search(
            [("referrer_client_id", "=", self.id)], limit=limit, offset=offset
        )

    def _share_texts(self):
        """Return ``[(language, text to share)]``: the reader's, and Chinese for WeChat."""
        self.ensure_one()
        # sudo: the name of the firm.
        firm = self.company_id.sudo().name
        text = _lt(
            "We are well looked after by %(firm)s and recommend them. Leave your contact details "
            "here and they will call you: %(url)s",
            firm=firm,
            url=self.referral_url,
        )
        langs = [self.env.lang or "en_US"]
        if not langs[0].startswith("zh"):
            langs.append("zh_CN")
        return [(lang, text._translate(lang)) for lang in langs]

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------

    def _referral_points(self, code):
        """Return the points that an event of the type ``code`` gives, without caps."""
        program = self.company_id._loyalty_referral_program()
        rules = program.earning_rule_ids.filtered(
            lambda rule: rule.active and rule.event_type_id.code == code
        )
        return sum(earning.points(rule.points_fixed, 0, 0, 1.0) for rule in rules)

    def _referral_offer_text(self):
        """Say what both sides receive, and when."""
        program = self.company_id._loyalty_referral_program()
        told = {
            "mine": self._number(self._referral_points("referral_won")),
            "theirs": self._number(self._referral_points("referral_welcome")),
            "name": program.portal_point_name or "",
            "invoices": program.referral_invoice_count,
        }
        if program.referral_invoice_count == 1:
            return self.env._(
                "You receive %(mine)s %(name)s and they receive %(theirs)s, as soon as they have "
                "paid their first invoice.",
                **told,
            )
        return self.env._(
            "You receive %(mine)s %(name)s and they receive %(theirs)s, as soon as they have "
            "paid %(invoices)s invoices.",
            **told,
        )

    def _referral_welcome_text(self):
        """Say who recommends us; a person is not named, since anybody may open the page."""
        if self.partner_id.is_company:
            return self.env._("%s recommends us to you", self.partner_id.name)
        return self.env._("One of our clients recommends us to you")

    def _referral_promise_text(self):
        points = self._referral_points("referral_welcome")
        firm = self.company_id.name
        if not points:
            return self.env._("Leave your contact details, and %s will call you.", firm)
        program = self.company_id._loyalty_referral_program()
        told = {
            "firm": firm,
            "points": self._number(points),
            "name": program.portal_point_name or "",
            "count": program.referral_invoice_count,
        }
        if program.referral_invoice_count == 1:
            return self.env._(
                "Leave your contact details, and %(firm)s will call you. As a new client you get "
                "%(points)s %(name)s once you have paid an invoice.",
                **told,
            )
        return self.env._(
            "Leave your contact details, and %(firm)s will call you. As a new client you get "
            "%(points)s %(name)s once you have paid %(count)s invoices.",
            **told,
        )

    def _referral_consent_text(self):
        return self.env._(
            "I agree that %s may contact me about its services and keep these details for that.",
            self.company_id.name,
        )

    def _referral_poster_text(self):
        if self.partner_id.is_company:
            return self.env._("Recommended by %s", self.partner_id.name)
        return self.env._("Recommended by our clients")
