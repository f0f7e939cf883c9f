from odoo import api, fields, models

from ..engine import identity, referral


class ReferralFinding(models.Model):
    """What speaks against a referral (a reason), or what staff should look at (a signal)."""

    _name = "loyalty.service.referral.finding"
    _description = "Referral Finding"
    _order = "kind, points desc, id"

    referral_id = fields.Many2one(
        "loyalty.service.referral", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="referral_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [("reason", "Reason against it"), ("signal", "To look at")], required=True
    )
    code = fields.Selection(
        [
            ("self", "Own company"),
            ("same_tax_id", "Same tax id"),
            ("same_phone", "Same phone"),
            ("same_email", "Same e-mail"),
            ("same_bank", "Same bank account"),
            ("named_twice", "Named twice"),
            ("existing_client", "Existing client"),
            ("already_referred", "Already referred"),
            ("too_old", "Too old"),
            ("lead_lost", "Opportunity lost"),
            ("same_address", "Same address"),
            ("same_connection", "Same connection"),
            ("shared_contact", "Shared contact"),
            ("credited_soon", "Credited soon"),
            ("burst", "Many at once"),
            ("probing", "Asks about clients"),
        ],
        required=True,
    )
    points = fields.Integer(help="What the signal adds to the score of the referral.")
    partner_id = fields.Many2one(
        "res.partner",
        string="Shared with",
        index="btree_not_null",
        ondelete="set null",
        help="Whose details it is about.",
    )
    rival_id = fields.Many2one(
        "loyalty.service.referral",
        string="Other Referral",
        index="btree_not_null",
        ondelete="set null",
    )
    value = fields.Char(help="The detail that is shared, or how many there are.")
    is_overruled = fields.Boolean(string="Overruled")
    text = fields.Char(string="In Words", compute="_compute_text")

    _once = models.UniqueIndex(
        "(referral_id, kind, code)", "This has been found of the referral already."
    )

    @api.depends("code", "kind", "partner_id.name", "value", "rival_id")
    @api.depends_context("lang")
    def _compute_text(self):
        for finding in self:
            finding.text = finding._word()

    def _word(self):
        """Say in words what was found; numbers of people are not spelled out."""
        self.ensure_one()
        # sudo: the name alone of a company that shares a detail, which staff who may read the
        # finding have to know to judge it.
        who = self.partner_id.sudo().commercial_partner_id.name or self.env._("another company")
        value = identity.masked_email(self.value) if self.code == "same_email" else self.value
        told = {"who": who, "value": value or ""}
        wordings = {
            "self": lambda: self.env._("It is the company that recommends it."),
            "same_tax_id": lambda: self.env._("It has the tax id of %(who)s.", **told),
            "same_phone": lambda: self.env._(
                "Its phone number %(value)s is also that of %(who)s.", **told
            ),
            "same_email": lambda: self.env._(
                "Its e-mail %(value)s is also that of %(who)s.", **told
            ),
            "same_bank": lambda: self.env._(
                "Its bank account %(value)s is also that of %(who)s.", **told
            ),
            "named_twice": lambda: self.env._("The same client named it before."),
            "existing_client": lambda: self.env._(
                "It is a client already: %(who)s (%(value)s).",
                who=who,
                value=self._shared_words(),
            ),
            "already_referred": lambda: self.env._(
                "%(who)s named it first.",
                # sudo: as above, the name of the client that was first.
                who=self.rival_id.sudo().referrer_partner_id.name or who,
            ),
            "too_old": lambda: self.env._(
                "It did not become a client within %(value)s days.", **told
            ),
            "lead_lost": lambda: self.env._("The opportunity was lost."),
            "same_address": lambda: self.env._("It has the address of %(who)s.", **told),
            "same_connection": lambda: self.env._(
                "It was sent from the same internet connection as others: %(value)s.", **told
            ),
            "shared_contact": lambda: self.env._("It shares a contact with %(who)s.", **told),
            "credited_soon": lambda: self.env._(
                "Invoices were credited soon after the reward: %(value)s.", **told
            ),
            "burst": lambda: self.env._("The client sent %(value)s invitations in a week.", **told),
            "probing": lambda: self.env._(
                "The client named %(value)s companies within 30 days that we know already.", **told
            ),
        }
        return wordings[self.code]()

    def _shared_words(self):
        """Say by which detail an existing client was recognised."""
        return {
            "tax": self.env._("same tax id"),
            "phone": self.env._("same phone"),
            "email": self.env._("same e-mail"),
            "name": self.env._("same name"),
            "partner": self.env._("the same contact"),
        }.get(self.value, self.value or "")

    @api.model
    def _prepare(self, referral_record, kind, code, partner=None, value=None, rival=None):
        """Return the values of a finding; a number of somebody is kept by its end only."""
        return {
            "referral_id": referral_record.id,
            "kind": kind,
            "code": code,
            "points": referral.WEIGHTS[code] if kind == "signal" else 0,
            "partner_id": partner.id if partner else False,
            "rival_id": rival.id if rival else False,
            "value": value,
            # Not by a default of whoever makes the system look.
            "is_overruled": False,
        }
