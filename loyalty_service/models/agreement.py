from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..defaults import keep_own

# What the health of a client depends on.
HEALTH_READS = {"state", "date_start", "date_end", "ended_on", "renewed_by_id", "partner_id"}

# What only the actions of an agreement decide, since events and points follow from it.
DECIDED = {
    "state",
    "client_id",
    "renews_id",
    "renewed_by_id",
    "confirmed_on",
    "notice_on",
    "ended_on",
    "covered_until",
    "notice_before",
    "sale_line_id",
    "recurring_move_id",
}


class Agreement(models.Model):
    """A service that a client has booked for a time: what is renewed, upgraded or ended."""

    _name = "loyalty.service.agreement"
    _description = "Service Agreement"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_start desc, id desc"

    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, precompute=True, required=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Client",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        domain="[('parent_id', '=', False)]",
    )
    client_id = fields.Many2one(
        "loyalty.service.client",
        string="Loyalty Record",
        index=True,
        readonly=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    product_id = fields.Many2one("product.product", string="Service", index="btree_not_null")
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        tracking=True,
    )
    date_start = fields.Date(
        string="Start",
        required=True,
        default=lambda self: self.env.company._loyalty_day(),
        tracking=True,
    )
    date_end = fields.Date(
        string="End Date",
        index=True,
        tracking=True,
        help="Last day that is covered. An agreement without an end runs until it is ended.",
    )
    monthly_amount = fields.Monetary(tracking=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("planned", "Upcoming"),
            ("active", "Running"),
            ("renewed", "Renewed"),
            ("ended", "Ended"),
        ],
        required=True,
        default="draft",
        index=True,
        tracking=True,
        copy=False,
        readonly=True,
    )
    renews_id = fields.Many2one(
        "loyalty.service.agreement", index="btree_not_null", readonly=True, copy=False
    )
    renewed_by_id = fields.Many2one(
        "loyalty.service.agreement", index="btree_not_null", readonly=True, copy=False
    )
    end_reason_id = fields.Many2one(
        "loyalty.service.end.reason", index="btree_not_null", tracking=True, copy=False
    )
    end_note = fields.Char(copy=False)
    ended_on = fields.Date(
        string="Last Day of Service",
        readonly=True,
        copy=False,
        tracking=True,
        help="Set as soon as the end is known. The agreement runs until then.",
    )
    covered_until = fields.Date(
        readonly=True,
        copy=False,
        help="Last day for which this agreement, and those before it that it renews, have been "
        "counted as renewed.",
    )
    # What was known when: a score of an earlier day must not know of a later renewal or notice.
    confirmed_on = fields.Date(
        readonly=True, copy=False, help="Day on which the agreement was started in the system."
    )
    notice_on = fields.Date(
        string="Notice on", readonly=True, copy=False, help="Day on which the end became known."
    )
    notice_before = fields.Json(
        readonly=True,
        copy=False,
        help="Of a renewal: the end that was planned for what it renews. It comes back if the "
        "renewal does not come about.",
    )
    sale_line_id = fields.Many2one(
        "sale.order.line", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )
    recurring_move_id = fields.Many2one(
        "account.move", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )

    _dates_check = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date_start)",
        "An agreement cannot end before it starts.",
    )
    _amount_check = models.Constraint(
        "CHECK (monthly_amount >= 0)", "The monthly amount cannot be negative."
    )
    _sale_line_unique = models.UniqueIndex(
        "(sale_line_id) WHERE sale_line_id IS NOT NULL",
        "This order line has an agreement already.",
    )
    _recurring_move_unique = models.UniqueIndex(
        "(recurring_move_id) WHERE recurring_move_id IS NOT NULL",
        "This recurring invoice has an agreement already.",
    )

    @api.depends("product_id", "partner_id")
    def _compute_name(self):
        for agreement in self:
            lang = (agreement.company_id or self.env.company)._loyalty_lang()
            service = agreement.product_id.with_context(lang=lang).name
            agreement.name = agreement.name or " - ".join(
                filter(None, [service, agreement.partner_id.name])
            )

    @api.depends("partner_id")
    def _compute_user_id(self):
        for agreement in self:
            agreement.user_id = agreement.partner_id.user_id or agreement.user_id

    @api.constrains("renews_id")
    def _check_renews(self):
        if self._has_cycle("renews_id"):
            raise ValidationError(self.env._("An agreement cannot renew itself."))

    @api.model
    def default_get(self, fields):
        """Of what its actions decide, only the model's own defaults count."""
        return keep_own(self, super().default_get(fields), DECIDED)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_decided({key for key, value in vals.items() if value} - {"state"})
            if vals.get("state", "draft") != "draft":
                self._check_not_decided({"state"})
        partners = self.env["res.partner"].browse(
            [vals["partner_id"] for vals in vals_list if vals.get("partner_id")]
        )
        commercial = {partner.id: partner.commercial_partner_id.id for partner in partners}
        agreements = super().create(
            [
                dict(vals, partner_id=commercial[vals["partner_id"]])
                if vals.get("partner_id")
                else vals
                for vals in vals_list
            ]
        )
        agreements._link_clients()
        agreements.client_id._ask_for_health()
        return agreements

    def write(self, vals):
        self._check_not_decided(vals)
        if vals.get("partner_id"):
            partner = self.env["res.partner"].browse(vals["partner_id"])
            vals = dict(vals, partner_id=partner.commercial_partner_id.id)
        self._check_client_stays(vals)
        clients = self.client_id
        before = {}
        if vals.get("monthly_amount"):
            agreed = self.filtered(
                lambda agreement: (
                    agreement.state == "active"
                    or (agreement.state == "planned" and agreement.renews_id)
                )
            )
            before = {agreement: agreement.monthly_amount for agreement in agreed}
        result = super().write(vals)
        if "partner_id" in vals or "company_id" in vals:
            self._link_clients()
        if HEALTH_READS.intersection(vals):
            (clients | self.client_id)._ask_for_health()
        self.filtered(
            lambda agreement: (
                agreement in before
                and agreement.currency_id.compare_amounts(
                    agreement.monthly_amount, before[agreement]
                )
                > 0
            )
        )._record_raise(before)
        return result

    def _check_client_stays(self, vals):
        """Refuse to hand over an agreement of which events and points have followed."""
        for name in ("partner_id", "company_id"):
            if name in vals and any(
                agreement.state != "draft" and agreement[name].id != vals[name]
                for agreement in self
            ):
                raise UserError(
                    self.env._(
                        "An agreement that was started stays with its client and company. End it, "
                        "and make one for the other."
                    )
                )

    def _check_not_decided(self, names):
        if not self.env.su and DECIDED.intersection(names):
            raise UserError(
                self.env._("Start, renew or end the agreement instead of writing its state.")
            )

    def _link_clients(self):
        for company, agreements in self.grouped("company_id").items():
            clients = self.env["loyalty.service.client"]._ensure(
                agreements.partner_id.commercial_partner_id, company
            )
            by_partner = clients.grouped("partner_id")
            # sudo: the loyalty record of the agreement's own client.
            for agreement in agreements.sudo():
                agreement.client_id = by_partner[agreement.partner_id.commercial_partner_id]

    def unlink(self):
        # sudo: who deletes agreements need not be in the loyalty group.
        self.env["loyalty.service.event"].sudo()._forget_sources(self)
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_only_draft(self):
        if any(agreement.state != "draft" for agreement in self):
            raise UserError(
                self.env._("Only a draft agreement can be deleted. End this agreement instead.")
            )

    @api.model
    def _under_agreement(self):
        """Return the query of the times under agreement: whose, first and last day, amount.

        A running agreement goes on until it is ended (infinity, as long as nobody has said when),
        also beyond the end that was planned. One that was renewed goes on in its renewal. One
        that is over without anybody having noted its last day ran until the planned end or,
        without one, for its first day. One that was called off before it began has never run.
        """
        self.flush_model()
        return SQL(
            """
            SELECT *
              FROM (
                   SELECT agreement.partner_id, agreement.client_id, agreement.company_id,
                          agreement.monthly_amount, agreement.date_start AS first_day,
                          CASE agreement.state
                               WHEN 'active' THEN COALESCE(agreement.ended_on, 'infinity')
                               ELSE COALESCE(
                                   agreement.ended_on, renewal.date_start - 1,
                                   agreement.date_end, agreement.date_start)
                          END AS last_day
                     FROM loyalty_service_agreement agreement
                LEFT JOIN loyalty_service_agreement renewal
                       ON renewal.id = agreement.renewed_by_id
                    WHERE agreement.state IN ('active', 'renewed', 'ended')
                   ) AS spell
             WHERE last_day >= first_day
            """
        )

    def _get_service_words(self):
        """Return where an event has the name of the service from, see ``_settle_words``."""
        self.ensure_one()
        # sudo: as below.
        agreement_sudo = self.sudo()
        product_sudo = agreement_sudo.product_id
        return (product_sudo, "name") if product_sudo else agreement_sudo.name

    def _get_service_name(self):
        """Return what the client calls the agreement: the service, without its own name."""
        self.ensure_one()
        # sudo: the name of a service that the reader of the agreement is told of anyway.
        return self.sudo().product_id.name or self.name
