from odoo import api, fields, models

from ..engine import identity
from .loyalty_program import USER


class ResPartner(models.Model):
    """By what a company is recognised, and the referrals that a client made."""

    _inherit = "res.partner"

    # Stored and indexed: a referral is compared with all contacts of the database at once.
    loyalty_name_key = fields.Char(compute="_compute_loyalty_name_key", store=True, groups=USER)
    loyalty_tax_key = fields.Char(compute="_compute_loyalty_tax_key", store=True, groups=USER)
    loyalty_phone_key = fields.Char(compute="_compute_loyalty_phone_key", store=True, groups=USER)
    loyalty_referral_count = fields.Integer(compute="_compute_loyalty_referrals", groups=USER)
    loyalty_referred_by_id = fields.Many2one(
        "loyalty.service.referral",
        string="Recommended by",
        compute="_compute_loyalty_referrals",
        groups=USER,
    )
    loyalty_referral_url = fields.Char(
        related="loyalty_client_id.referral_url", groups=USER, string="Referral Link"
    )

    _loyalty_name_key_idx = models.Index("(loyalty_name_key) WHERE loyalty_name_key IS NOT NULL")
    _loyalty_tax_key_idx = models.Index("(loyalty_tax_key) WHERE loyalty_tax_key IS NOT NULL")
    # As a caller's number is compared, however it is written; see the door for other programs.
    _loyalty_phone_digits_idx = models.Index(
        r"(ltrim(regexp_replace(COALESCE(phone_sanitized, phone), '\D', '', 'g'), '0'))"
    )
    _loyalty_phone_key_idx = models.Index("(loyalty_phone_key) WHERE loyalty_phone_key IS NOT NULL")
    _loyalty_email_idx = models.Index("(email_normalized) WHERE email_normalized IS NOT NULL")

    @api.depends("name", "is_company", "parent_id")
    def _compute_loyalty_name_key(self):
        """People of the same name are not one; companies, and who trades alone, are."""
        for partner in self:
            key = "" if partner.parent_id else identity.company_name(partner.name)
            partner.loyalty_name_key = key or False

    @api.depends("vat")
    def _compute_loyalty_tax_key(self):
        for partner in self:
            partner.loyalty_tax_key = identity.tax_id(partner.vat) or False

    @api.depends("phone", "country_id")
    def _compute_loyalty_phone_key(self):
        here = str(self.env.company.country_id.phone_code or identity.CHINA)
        for partner in self:
            code = str(partner.country_id.phone_code or here)
            partner.loyalty_phone_key = identity.phone(partner.phone, code) or False

    def _compute_loyalty_referrals(self):
        Referral = self.env["loyalty.service.referral"]
        clients = self.commercial_partner_id
        made = dict(
            Referral._read_group(
                [("referrer_partner_id", "in", clients.ids)], ["referrer_partner_id"], ["__count"]
            )
        )
        came = {
            referral.partner_id: referral
            for referral in Referral.search(
                [("partner_id", "in", clients.ids), ("state", "in", ("won", "rewarded"))]
            )
        }
        for partner in self:
            client = partner.commercial_partner_id
            partner.loyalty_referral_count = made.get(client, 0)
            partner.loyalty_referred_by_id = came.get(client, False)

    def action_view_loyalty_referrals(self):
        """Open the referrals that the client made."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_service.referral_action")
        return {
            **action,
            "domain": [("referrer_partner_id", "=", self.commercial_partner_id.id)],
            "context": {
                "default_referrer_client_id": self.loyalty_client_id.id,
            },
        }

    def action_loyalty_renew_link(self):
        """Replace the client's link by a new one: who has the old one finds a closed door."""
        self.loyalty_client_id._renew_referral_link()
        return True

    def action_loyalty_close_link(self):
        """Close the client's link until a new one is made."""
        self.loyalty_client_id._close_referral_link()
        return True
