from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, clean_context
from odoo.tools.translate import LazyTranslate

from ..actions import open_form
from ..defaults import keep_own
from ..engine import identity, referral

_lt = LazyTranslate(__name__)

STATES = [
    ("invited", "Invited"),
    ("contacted", "Contacted"),
    ("won", "Won"),
    ("rewarded", "Rewarded"),
    ("refused", "Refused"),
    ("expired", "Expired"),
    ("cancelled", "Cancelled"),
]
# What staff may write down and correct by hand. All else follows from what happens.
EDITABLE = {
    "company_name",
    "contact_name",
    "email",
    "phone",
    "vat",
    "consent",
    "note",
    "partner_id",
}
ENTERED = EDITABLE | {"referrer_client_id", "invited_by_id"}
# The fields of core's mixins: chatter, followers and activities are everybody's.
MIXED_IN = ("message_", "activity_")


class Referral(models.Model):
    """A client recommends the firm to another company.

    The state is worked out from what is known, by :meth:`_follow`: the reasons that stand
    against the referral, its lead, the company as a client, and its paid invoices. Calling it
    again changes nothing.
    """

    _name = "loyalty.service.referral"
    _description = "Referral"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _rec_name = "company_name"
    _order = "date desc, id desc"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    referrer_client_id = fields.Many2one(
        "loyalty.service.client",
        string="Recommended by",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('company_id', 'in', allowed_company_ids)]",
    )
    referrer_partner_id = fields.Many2one(
        related="referrer_client_id.partner_id", string="Referrer", store=True, index=True
    )
    invited_by_id = fields.Many2one(
        "res.partner",
        string="Invited by",
        index="btree_not_null",
        ondelete="set null",
        help="The person at the client who sent the invitation in the portal.",
    )
    source = fields.Selection(
        [("portal", "Portal"), ("link", "Link or QR Code"), ("staff", "Told to Staff")],
        default="staff",
        required=True,
        readonly=True,
    )
    date = fields.Datetime(
        string="Invited on",
        default=fields.Datetime.now,
        required=True,
        readonly=True,
        index=True,
        copy=False,
    )
    # Personal data: not tracked, so that deleting it deletes it.
    company_name = fields.Char(string="Recommended Company", required=True)
    contact_name = fields.Char(string="Contact")
    email = fields.Char(string="E-mail")
    phone = fields.Char()
    vat = fields.Char(
        string="Tax ID", help="VAT number or unified social credit code of the company, if known."
    )
    consent = fields.Boolean(
        string="Agreed to Be Contacted",
        help="The person named has agreed to be contacted by the firm.",
    )
    note = fields.Text()
    name_key = fields.Char(compute="_compute_keys", store=True, index="btree_not_null")
    tax_key = fields.Char(compute="_compute_keys", store=True, index="btree_not_null")
    phone_key = fields.Char(compute="_compute_keys", store=True, index="btree_not_null")
    email_key = fields.Char(compute="_compute_keys", store=True, index="btree_not_null")
    ip_hash = fields.Char(readonly=True, copy=False, index="btree_not_null")
    submission = fields.Char(readonly=True, copy=False)
    anonymised_date = fields.Date(readonly=True, copy=False)

    lead_id = fields.Many2one(
        "crm.lead", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )
    user_id = fields.Many2one(
        "res.users", string="Salesperson", readonly=True, copy=False, index="btree_not_null"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="New Client",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        tracking=True,
        domain="[('parent_id', '=', False)]",
    )
    paid_count = fields.Integer(
        string="Paid Invoices",
        readonly=True,
        copy=False,
        help="Invoices of the new client that are paid, not credited, and large enough.",
    )
    state = fields.Selection(
        STATES,
        default="invited",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    contacted_date = fields.Datetime(readonly=True, copy=False)
    won_date = fields.Datetime(readonly=True, copy=False)
    rewarded_date = fields.Datetime(readonly=True, copy=False)
    # What was promised to those who have the reward is not taken back by a promise to others.
    asked_count = fields.Integer(
        string="Paid Invoices Asked For",
        readonly=True,
        copy=False,
        help="By the programme when it was rewarded. Of this reward it decides from then on.",
    )
    asked_amount = fields.Float(
        string="Of at Least",
        readonly=True,
        copy=False,
        help="Amount of an invoice that counted when it was rewarded.",
    )
    closed_date = fields.Datetime(readonly=True, copy=False, index="btree_not_null")
    # 0 or 1, so that reports add them up to a funnel.
    invited_count = fields.Integer(string="Invited", default=1, readonly=True)
    contacted_count = fields.Integer(string="Contacted", compute="_compute_funnel", store=True)
    won_count = fields.Integer(string="Won", compute="_compute_funnel", store=True)
    rewarded_count = fields.Integer(string="Rewarded", compute="_compute_funnel", store=True)

    finding_ids = fields.One2many("loyalty.service.referral.finding", "referral_id", readonly=True)
    reason_ids = fields.One2many(
        "loyalty.service.referral.finding",
        "referral_id",
        domain=[("kind", "=", "reason")],
        readonly=True,
    )
    signal_ids = fields.One2many(
        "loyalty.service.referral.finding",
        "referral_id",
        domain=[("kind", "=", "signal")],
        readonly=True,
    )
    reason_text = fields.Char(string="Reasons", compute="_compute_texts")

    _submission_unique = models.UniqueIndex(
        "(referrer_client_id, submission) WHERE submission IS NOT NULL",
        "This form has been sent already.",
    )
    _rewarded_unique = models.UniqueIndex(
        "(company_id, partner_id) WHERE state = 'rewarded'",
        "A referral of this client has been rewarded already.",
    )

    @api.depends("company_name", "vat", "phone", "email", "company_id")
    def _compute_keys(self):
        for record in self:
            code = str(record.company_id.country_id.phone_code or identity.CHINA)
            record.name_key = identity.company_name(record.company_name) or False
            record.tax_key = identity.tax_id(record.vat) or False
            record.phone_key = identity.phone(record.phone, code) or False
            record.email_key = identity.email(record.email) or False

    @api.depends("contacted_date", "won_date", "state")
    def _compute_funnel(self):
        for record in self:
            record.rewarded_count = record.state == "rewarded"
            record.won_count = bool(record.won_date)
            record.contacted_count = bool(record.contacted_date)

    @api.depends("finding_ids.is_overruled", "finding_ids.code")
    @api.depends_context("lang")
    def _compute_texts(self):
        for record in self:
            standing = record.finding_ids.filtered(
                lambda finding: finding.kind == "reason" and not finding.is_overruled
            )
            record.reason_text = " ".join(standing.mapped("text")) or False

    @api.constrains("email", "phone", "anonymised_date")
    def _check_reachable(self):
        for record in self:
            if not record.anonymised_date and not (record.phone_key or record.email_key):
                raise ValidationError(
                    record.env._("Give an e-mail address or a phone number of %s that is complete.")
                    % (record.contact_name or record.company_name)
                )

    # ------------------------------------------------------------------
    # The door
    # ------------------------------------------------------------------

    @api.model
    def default_get(self, fields):
        """Of what the system says, only the model's own defaults count."""
        defaults = super().default_get(fields)
        said = {name for name in set(defaults) - ENTERED if not name.startswith(MIXED_IN)}
        return keep_own(self, defaults, said)

    @api.model_create_multi
    def create(self, vals_list):
        """Note invitations: refuse what may not be, and make leads of the others."""
        if not self.env.su and any(set(vals) - ENTERED for vals in vals_list):
            vals_list = [self._only_entered(vals) for vals in vals_list]
        Client = self.env["loyalty.service.client"]
        vals_list = [
            {
                **vals,
                "company_id": Client.browse(vals.get("referrer_client_id")).company_id.id,
            }
            for vals in vals_list
        ]
        records = super().create(vals_list)
        # sudo: what follows from an invitation that the caller may make: its reasons, its lead
        # and its state. Nothing but these records and their leads is written, and by no defaults
        # of the caller's.
        records.with_context(clean_context(self.env.context)).sudo()._enter()
        return records

    @api.model
    def _only_entered(self, vals):
        """Return ``vals`` without what only the system says; refuse what would change it."""
        defaults = self.default_get(list(vals))
        foreign = {
            name
            for name, value in vals.items()
            if name not in ENTERED
            and not name.startswith(MIXED_IN)
            and value
            and value != defaults.get(name)
        }
        if foreign:
            raise AccessError(
                self.env._("Only the system writes these fields: %s", ", ".join(sorted(foreign)))
            )
        return {name: value for name, value in vals.items() if name in ENTERED}

    def write(self, vals):
        if not self.env.su:
            foreign = {name for name in set(vals) - EDITABLE if not name.startswith(MIXED_IN)}
            if foreign:
                raise AccessError(
                    self.env._(
                        "Only the system writes these fields: %s", ", ".join(sorted(foreign))
                    )
                )
        if vals.get("partner_id"):
            partner = self.env["res.partner"].browse(vals["partner_id"])
            vals = {**vals, "partner_id": partner.commercial_partner_id.id}
        result = super().write(vals)
        if not self.env.su and "partner_id" in vals:
            # sudo: the state follows from the client that staff named.
            self.with_context(clean_context(self.env.context)).sudo()._note_partner()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_refused(self):
        raise UserError(
            self.env._(
                "A referral is not deleted, since points may follow from it. Cancel it, or delete "
                "its personal data."
            )
        )

    def _enter(self):
        """React to new invitations."""
        self._find_reasons()
        self._follow()
        self._find_signals()
        self._make_leads()

    # ------------------------------------------------------------------
    # The state
    # ------------------------------------------------------------------

    def _standing_reasons(self):
        """Return the reasons against the referrals in ``self`` that nobody overruled."""
        return self.finding_ids.filtered(
            lambda finding: finding.kind == "reason" and not finding.is_overruled
        )

    def _follow(self):
        """Bring states in step with what is known, and rewards with the states."""
        self._settle_rivals()
        self._settle_leads()
        self._settle_age()
        self._write_states()
        self._sync_rewards()
        self._free_rivals()

    def _write_states(self):
        now = fields.Datetime.now()
        contacted, won = self._contacted_ones(), self._won_ones()
        expired, called = self.browse(), self.browse()
        for record in self:
            state = referral.state(
                record._standing_reasons().mapped("code"),
                cancelled=record.state == "cancelled",
                contacted=record in contacted,
                won=record in won,
                rewarded=record.state == "rewarded",
            )
            if state == record.state:
                continue
            vals = {"state": state, "closed_date": now if state in referral.CLOSED else False}
            if state == "contacted":
                # It may have been won, and the opportunity taken up again.
                vals["won_date"] = False
            if state in ("contacted", "won") and not record.contacted_date:
                vals["contacted_date"] = now
            if state == "won" and not record.won_date:
                vals["won_date"] = now
            record.write(vals)
            if state == "expired":
                expired |= record
            if state != "invited":
                called |= record
        called._close_calls()
        expired._close_leads()

    def _contacted_ones(self):
        """Return those of whom somebody has noted, or whose lead shows, that they were spoken
        with."""
        noted = self.filtered(lambda record: record.contacted_date or record.partner_id)
        leads = (self - noted).lead_id._loyalty_contacted()
        return noted | self.filtered(lambda record: record.lead_id in leads)

    def _won_ones(self):
        """Return those who are clients by now: an opportunity won, or business done."""
        won = self.filtered(lambda record: record.lead_id.won_status == "won")
        for company, records in (self - won).filtered("partner_id").grouped("company_id").items():
            clients = self._first_business(records.partner_id, company)
            told = self.env["loyalty.service.event"]._read_group(
                [
                    *self.env["loyalty.service.event"]._domain_standing(),
                    ("type_id.code", "=", "lead_won"),
                    ("partner_id", "in", records.partner_id.ids),
                    ("company_id", "=", company.id),
                ],
                ["partner_id"],
                ["date:max"],
            )
            latest = {partner.id: moment for partner, moment in told}
            won |= records.filtered(
                lambda record, clients=clients, latest=latest: (
                    record.partner_id.id in clients
                    or latest.get(record.partner_id.id, datetime.min) >= record.date
                )
            )
        return won

    def _settle_leads(self):
        """Have a lost opportunity speak against its referral as long as it is lost.

        Unless the company does business with the firm all the same: somebody has tidied up what
        was sold by another quotation.
        """
        lost = self.filtered(lambda record: record.lead_id.won_status == "lost")
        lost -= lost.filtered(lambda record: record.state == "rewarded") | lost._won_ones()
        # Of those that are over anyway the lead is closed for that very reason.
        told = lost.filtered(lambda record: record.state not in ("expired", "cancelled"))
        self._add_findings([(record, "reason", "lead_lost", {}) for record in told])
        regained = (self - lost).finding_ids.filtered(
            lambda finding: finding.code == "lead_lost" and not finding.is_overruled
        )
        regained.unlink()

    def _settle_age(self):
        """Close invitations that led to nothing for longer than the programme allows."""
        found = []
        for company, records in self.grouped("company_id").items():
            days = company._loyalty_referral_program().referral_validity_days
            if not days:
                continue
            oldest = fields.Datetime.now() - timedelta(days=days)
            found += [
                (record, "reason", "too_old", {"value": str(days)})
                for record in records
                if record.date < oldest
                and not record.won_date
                and record.state in ("invited", "contacted")
            ]
        self._add_findings(found)

    def _add_findings(self, found):
        """Keep what was found, once per referral and code; what was overruled stays so.

        :param list found: ``(referral, kind, code, values)``
        """
        Finding = self.env["loyalty.service.referral.finding"]
        known = {(finding.referral_id, finding.kind, finding.code) for finding in self.finding_ids}
        vals_list = []
        for record, kind, code, values in found:
            if (record, kind, code) not in known:
                known.add((record, kind, code))
                vals_list.append(Finding._prepare(record, kind, code, **values))
        return Finding.create(vals_list)

    def _lock(self):
        """Wait for others that work on these referrals; who read them before is told to retry.

        Odoo runs a request again that another one was faster than.
        """
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                "SELECT id FROM loyalty_service_referral WHERE id IN %s ORDER BY id FOR UPDATE",
                tuple(self.ids) or (0,),
            )
        )

    # ------------------------------------------------------------------
    # What staff decide
    # ------------------------------------------------------------------

    def _chatter_lang(self):
        """Return the language of what the chatter of a referral, and of its lead, says.

        Many read it, and it has one text: that of who is to call, else the firm's.
        """
        self.ensure_one()
        return self.company_id._loyalty_lang(self.user_id)

    def _say(self, text):
        """Write into the chatter.

        :param text: made by ``LazyTranslate``
        """
        for record in self:
            record.message_post(body=text._translate(record._chatter_lang()))

    def _overrule(self, why):
        """Let the referrals in ``self`` go on in spite of the reasons against them."""
        reasons = self._standing_reasons()
        if not reasons:
            raise UserError(self.env._("There is no reason against it to overrule."))
        for record in self:
            told = record.with_context(lang=record._chatter_lang()).reason_text or ""
            record._say(
                _lt(
                    "%(who)s overruled: %(told)s Why: %(why)s",
                    who=self.env.user.name,
                    told=told,
                    why=why,
                )
            )
        reasons.is_overruled = True
        self._follow()
        self._reopen_leads()
        self._make_leads()

    def _cancel(self, why):
        """Take invitations back, and rewards with them."""
        self.write({"state": "cancelled", "closed_date": fields.Datetime.now()})
        self._say(_lt("Cancelled by %(who)s: %(why)s", who=self.env.user.name, why=why))
        self._close_calls()
        # Who named the company next takes its place, and keeps the lead that both share.
        self._follow()
        self._close_leads()

    def action_contacted(self):
        """Note that somebody has spoken with the company."""
        self.check_access("write")
        # sudo: the state of these referrals, which the user may write.
        for record_sudo in self.sudo().filtered(lambda record: record.state == "invited"):
            record_sudo.contacted_date = fields.Datetime.now()
            record_sudo._follow()
        return True

    def action_open_lead(self):
        """Open the lead or opportunity that the referral made."""
        self.ensure_one()
        return open_form(self.lead_id)

    def action_open_referrer(self):
        """Open the client who recommends us."""
        self.ensure_one()
        return self.referrer_client_id.action_open_partner()

    def action_open_partner(self):
        """Open the new client."""
        self.ensure_one()
        return open_form(self.partner_id)
