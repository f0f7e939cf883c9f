from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# What only the actions of an agreement decide, since events and points follow from it.
DECIDED = {
    "state",
    "client_id",
    "renews_id",
    "renewed_by_id",
    "confirmed_on",
    "notice_on",
    "ended_on",
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
    date_start = fields.Date(required=True, default=fields.Date.context_today, tracking=True)
    date_end = fields.Date(
        index=True,
        tracking=True,
        help="Last day that is covered. An agreement without an end runs until it is ended.",
    )
    monthly_amount = fields.Monetary(tracking=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
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
    ended_on = fields.Date(readonly=True, copy=False, tracking=True)
    # What was known when: a score of an earlier day must not know of a later renewal or notice.
    confirmed_on = fields.Date(
        readonly=True, copy=False, help="Day on which the agreement was started in the system."
    )
    notice_on = fields.Date(
        string="Notice on", readonly=True, copy=False, help="Day on which the end became known."
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
            agreement.name = agreement.name or " - ".join(
                filter(None, [agreement.product_id.name, agreement.partner_id.name])
            )

    @api.depends("partner_id")
    def _compute_user_id(self):
        for agreement in self:
            agreement.user_id = agreement.partner_id.user_id or agreement.user_id

    @api.constrains("renews_id")
    def _check_renews(self):
        if self._has_cycle("renews_id"):
            raise ValidationError(self.env._("An agreement cannot renew itself."))

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
        return agreements

    def write(self, vals):
        self._check_not_decided(vals)
        result = super().write(vals)
        if "partner_id" in vals or "company_id" in vals:
            self._link_clients()
        return result

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

    @api.ondelete(at_uninstall=False)
    def _unlink_only_draft(self):
        if any(agreement.state != "draft" for agreement in self):
            raise UserError(
                self.env._("Only a draft agreement can be deleted. End this agreement instead.")
            )

    # ------------------------------------------------------------------
    # What happens to an agreement
    # ------------------------------------------------------------------

    def action_start(self):
        """Start draft agreements; one that renews another takes its place."""
        self.check_access("write")
        # sudo: who may change these very agreements may start them; see DECIDED.
        drafts = self.sudo().filtered(lambda agreement: agreement.state == "draft")
        drafts.write({"state": "active", "confirmed_on": fields.Date.context_today(self)})
        drafts.filtered(lambda agreement: not agreement.renews_id)._record_event(
            "agreement_started", lambda agreement: agreement.date_start
        )
        for agreement in drafts.filtered("renews_id"):
            agreement.renews_id.write({"state": "renewed", "renewed_by_id": agreement.id})
        renewals = drafts.filtered("renews_id")
        renewals._record_event("agreement_renewed", lambda agreement: agreement.date_start)
        renewals.filtered(
            lambda agreement: (
                agreement.currency_id.compare_amounts(
                    agreement.monthly_amount, agreement.renews_id.monthly_amount
                )
                > 0
            )
        )._record_event("agreement_upgraded", lambda agreement: agreement.date_start)
        return True

    def _renew(self, monthly_amount=None, **values):
        """Return running agreements that continue those in ``self`` for an equal time."""
        if any(agreement.state != "active" for agreement in self):
            raise UserError(self.env._("Only a running agreement can be renewed."))
        if any(agreement.date_start > fields.Date.context_today(self) for agreement in self):
            raise UserError(self.env._("An agreement can be renewed once it has begun."))
        self.check_access("write")
        # sudo: who may change these very agreements may renew them; see DECIDED.
        renewals = self.sudo().create(
            [
                {
                    **agreement._prepare_renewal_values(),
                    **({} if monthly_amount is None else {"monthly_amount": monthly_amount}),
                    **values,
                }
                for agreement in self
            ]
        )
        renewals.action_start()
        return renewals.with_env(self.env)

    def _withdraw(self):
        """Undo running agreements in ``self`` as if they had never been: their order is off.

        Their events are undone, and the points with them; what they renewed runs again.
        """
        running = self.filtered(lambda agreement: agreement.state == "active")
        running._undo_events(self.env._("The order was cancelled"))
        running._reopen_renewed()
        running.write({"state": "draft"})
        running.unlink()

    def _undo_events(self, reason):
        """Undo what was recorded of the agreements in ``self``, and with it the points."""
        # sudo: who manages agreements need not be in the loyalty group.
        self.env["loyalty.service.event"].sudo().search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        )._reverse(reason)

    def _reopen_renewed(self):
        """Have the agreements that those in ``self`` renewed run again."""
        self.renews_id.write({"state": "active", "renewed_by_id": False})

    def _prepare_renewal_values(self):
        self.ensure_one()
        start = (self.date_end or fields.Date.context_today(self)) + relativedelta(days=1)
        span = relativedelta(start, self.date_start) if self.date_end else relativedelta(years=1)
        months = max(span.years * 12 + span.months, 1)
        return {
            "name": self.name,
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "product_id": self.product_id.id,
            "user_id": self.user_id.id,
            "date_start": start,
            "date_end": start + relativedelta(months=months, days=-1),
            "monthly_amount": self.monthly_amount,
            "renews_id": self.id,
        }

    def action_renew(self):
        """Renew for an equal time at the same amount, and show the renewal."""
        renewals = self._renew()
        if len(renewals) == 1:
            return {
                "type": "ir.actions.act_window",
                "res_model": self._name,
                "res_id": renewals.id,
                "views": [(False, "form")],
            }
        return True

    def _end(self, reason, date=None, note=False):
        """End running agreements.

        :param reason: ``loyalty.service.end.reason``
        :param date: last day of service, today without one
        """
        if any(agreement.state != "active" for agreement in self):
            raise UserError(self.env._("Only a running agreement can be ended."))
        self.check_access("write")
        ended_on = date or fields.Date.context_today(self)
        # sudo: who may change these very agreements may end them; see DECIDED.
        agreements = self.sudo()
        agreements.write(
            {
                "state": "ended",
                "ended_on": ended_on,
                "notice_on": min(ended_on, fields.Date.context_today(self)),
                "end_reason_id": reason.id,
                "end_note": note,
            }
        )
        # A renewal that is called off before it begins leaves what it renewed running.
        called_off = agreements.filtered(
            lambda agreement: agreement.renews_id and agreement.date_start > ended_on
        )
        called_off._undo_events(self.env._("The renewal was called off"))
        called_off._reopen_renewed()
        (agreements - called_off)._record_event("agreement_ended", lambda agreement: ended_on)

    def _get_service_name(self):
        """Return what the client calls the agreement: the service, without its own name."""
        self.ensure_one()
        # sudo: the name of a service that the reader of the agreement is told of anyway.
        return self.sudo().product_id.name or self.name

    def _record_event(self, code, date):
        """Record that something happened to the agreements in ``self``.

        What takes effect later happens now: a renewal is an event of the day on which it was
        agreed. What is entered after the fact happened on its own day.

        :param date: function from an agreement to the day of the effect
        """
        Event = self.env["loyalty.service.event"]
        now = fields.Datetime.now()
        # sudo: who manages agreements need not be in the loyalty group to have it recorded.
        Event.sudo().create(
            [
                Event._prepare_record_values(
                    code,
                    agreement,
                    agreement.partner_id,
                    date=min(fields.Datetime.to_datetime(date(agreement)), now),
                    amount=agreement.monthly_amount,
                    company_id=agreement.company_id.id,
                    summary=agreement._get_service_name(),
                )
                for agreement in self
            ]
        )
