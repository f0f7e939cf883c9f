from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..batch import do_claimed, work_off

_lt = LazyTranslate(__name__)

# What the health of a client depends on.
HEALTH_READS = {"state", "date_start", "date_end", "ended_on", "renewed_by_id", "partner_id"}
BATCH_SIZE = 200
# No term is shorter: what is renewed sooner is the same renewal, corrected.
SHORTEST_TERM = relativedelta(months=1)

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
        required=True, default=lambda self: self.env.company._loyalty_day(), tracking=True
    )
    date_end = fields.Date(
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
            self.client_id._ask_for_health()
        self.filtered(
            lambda agreement: (
                agreement in before
                and agreement.currency_id.compare_amounts(
                    agreement.monthly_amount, before[agreement]
                )
                > 0
            )
        )._record_raise()
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

    # ------------------------------------------------------------------
    # What happens to an agreement
    # ------------------------------------------------------------------

    def action_start(self):
        """Start draft agreements; one that begins later is upcoming until its first day."""
        self.check_access("write")
        # sudo: who may change these very agreements may start them; see DECIDED.
        drafts = self.sudo().filtered(lambda agreement: agreement.state == "draft")
        for company, agreements in drafts.grouped("company_id").items():
            today = company._loyalty_day()
            begun = agreements.filtered(lambda agreement, day=today: agreement.date_start <= day)
            begun.write({"state": "active", "confirmed_on": today})
            (agreements - begun).write({"state": "planned", "confirmed_on": today})
        renewals = drafts.filtered("renews_id")
        renewals._record_renewal()
        for renewal in renewals:
            renewal.renews_id.write({"renewed_by_id": renewal.id, **self._no_notice()})
        drafts.filtered(lambda agreement: agreement.state == "active")._begin()
        return True

    def _begin(self):
        """Have what those in ``self`` renew stop running, now that they run themselves."""
        renewals = self.filtered("renews_id")
        renewals.renews_id.write({"state": "renewed"})
        (self - renewals)._record_event("agreement_started", lambda agreement: agreement.date_start)

    @api.model
    def _no_notice(self):
        """Return the values of an agreement that nobody has ended."""
        return {
            "ended_on": False,
            "notice_on": False,
            "end_reason_id": False,
            "end_note": False,
        }

    def _renew(self, monthly_amount=None, **values):
        """Return agreements that continue those in ``self`` for an equal time.

        Notice that was given is taken back by it.
        """
        if any(agreement.state != "active" for agreement in self):
            raise UserError(self.env._("Only a running agreement can be renewed."))
        if self.renewed_by_id:
            raise UserError(self.env._("This agreement has been renewed already."))
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
        """Undo agreements in ``self`` as if they had never been: their order is off.

        Their events are undone, and the points with them; what they renewed runs again.
        """
        agreed = self.filtered(lambda agreement: agreement.state in ("planned", "active"))
        agreed._undo_events(_lt("The order was cancelled"))
        agreed._reopen_renewed()
        agreed.write({"state": "draft"})
        agreed.unlink()

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
        start = (self.date_end or self.company_id._loyalty_day()) + relativedelta(days=1)
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
        """End agreements, today or on a later day, until which they run.

        What would begin after that day, such as a renewal, is called off. An end that is not
        reached yet can be moved.

        :param reason: ``loyalty.service.end.reason``
        :param date: last day of service, today without one
        """
        if any(agreement.state not in ("planned", "active") for agreement in self):
            raise UserError(self.env._("Only a running agreement can be ended."))
        self.check_access("write")
        # sudo: who may change these very agreements may end them; see DECIDED.
        for company, agreements in self.sudo()._with_renewals().grouped("company_id").items():
            today = company._loyalty_day()
            last_day = date or today
            called_off = agreements.filtered(
                lambda agreement, day=last_day: agreement.date_start > day
            )
            # What has been renewed ends by that; the renewal is what is ended.
            ending = (agreements - called_off).filtered(
                lambda agreement, others=agreements - called_off: (
                    agreement.renewed_by_id not in others
                )
            )
            values = {
                "ended_on": last_day,
                "notice_on": min(last_day, today),
                "end_reason_id": reason.id,
                "end_note": note,
            }
            called_off._call_off(values)
            ending.write(values)
            if last_day <= today:
                ending._finish()

    def _with_renewals(self):
        """Return the agreements in ``self`` with all that renew them."""
        agreements = self
        while agreements.renewed_by_id - agreements:
            agreements |= agreements.renewed_by_id
        return agreements

    def _call_off(self, values):
        """End agreements before they have begun: what they renew stays as it is."""
        self._undo_events(_lt("The renewal was called off"))
        self.write({"state": "ended", **values})
        self._reopen_renewed()

    def _finish(self):
        """Have those in ``self`` whose last day has come be over."""
        self.write({"state": "ended"})
        self._record_event("agreement_ended", lambda agreement: agreement.ended_on)

    # ------------------------------------------------------------------
    # What the calendar does to agreements
    # ------------------------------------------------------------------

    @api.model
    def _turning_domain(self):
        """Return the domain of agreements whose first day has come, or whose last is over."""
        return Domain.OR(
            Domain("company_id", "=", company.id)
            & (
                Domain("state", "=", "planned") & Domain("date_start", "<=", today)
                | Domain("state", "=", "active") & Domain("ended_on", "<", today)
            )
            for company in self.env["res.company"].search([])
            for today in [company._loyalty_day()]
        )

    @api.model
    def _cron_turn(self):
        due = self.search(self._turning_domain(), order="date_start, id")
        work_off(due, lambda agreements: agreements._turn_due(), BATCH_SIZE)

    def _turn_due(self):
        """Begin and end those of ``self`` whose time has come, and that nobody else turns."""
        do_claimed(
            self,
            lambda agreements: agreements._turn(),
            lambda agreements: agreements.filtered_domain(agreements._turning_domain()),
        )

    def _turn(self):
        beginning = self.filtered(lambda agreement: agreement.state == "planned")
        beginning.write({"state": "active"})
        beginning._begin()
        # One of which both days are over has begun and ended.
        over = self.filtered(
            lambda agreement: (
                agreement.ended_on and agreement.ended_on < agreement.company_id._loyalty_day()
            )
        )
        over._finish()

    def _get_service_name(self):
        """Return what the client calls the agreement: the service, without its own name."""
        self.ensure_one()
        # sudo: the name of a service that the reader of the agreement is told of anyway.
        return self.sudo().product_id.name or self.name

    # ------------------------------------------------------------------
    # As events
    # ------------------------------------------------------------------

    def _record_renewal(self):
        """Record renewals in ``self``, and those that are worth more than what they renew."""
        counted = self.filtered(lambda agreement: agreement._is_new_term())
        for agreement in self:
            before = agreement.renews_id.covered_until or agreement.renews_id.date_end
            ends = list(filter(None, [before, agreement.date_end]))
            agreement.covered_until = max(ends, default=False)
        counted._record_event("agreement_renewed", lambda agreement: agreement.date_start)
        self.filtered(
            lambda agreement: (
                agreement.currency_id.compare_amounts(
                    agreement.monthly_amount, agreement.renews_id.monthly_amount
                )
                > 0
            )
        )._record_event("agreement_upgraded", lambda agreement: agreement.date_start)

    def _is_new_term(self):
        """Tell whether the renewal covers a time for which nobody has renewed before.

        Points are given for renewals, so that an agreement whose end is moved back and forth,
        or that is renewed again and again, must not count more than once.
        """
        self.ensure_one()
        before = self.renews_id
        covered = before.covered_until or before.date_end
        goes_on = not covered or not self.date_end or self.date_end > covered
        return goes_on and self.date_start >= before.date_start + SHORTEST_TERM

    def _record_raise(self):
        """Record that the monthly amount of agreements was raised above what it ever was."""
        # sudo: who manages agreements need not be in the loyalty group to have it recorded.
        Event_sudo = self.env["loyalty.service.event"].sudo()
        highest = dict(
            Event_sudo._read_group(
                [
                    *Event_sudo._domain_standing(),
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("kind", "=", "agreement"),
                ],
                ["res_id"],
                ["amount:max"],
            )
        )
        self.filtered(
            lambda agreement: (
                agreement.currency_id.compare_amounts(
                    agreement.monthly_amount, highest.get(agreement.id, 0.0)
                )
                > 0
            )
        )._record_event(
            "agreement_upgraded",
            lambda agreement: agreement.company_id._loyalty_day(),
            lambda agreement: f"{agreement.monthly_amount:g}@{agreement.company_id._loyalty_day()}",
        )

    def _record_event(self, code, date, suffix=lambda agreement: ""):
        """Record that something happened to the agreements in ``self``.

        What takes effect later happens now: a renewal is an event of the day on which it was
        agreed. What is entered after the fact happened on its own day.

        :param date: function from an agreement to the day of the effect
        :param suffix: function from an agreement to what tells apart several such events
        """
        Event = self.env["loyalty.service.event"]
        # sudo: who manages agreements need not be in the loyalty group to have it recorded.
        Event.sudo().create(
            [
                Event._prepare_record_values(
                    code,
                    agreement,
                    agreement.partner_id,
                    suffix=suffix(agreement),
                    date=agreement.company_id._loyalty_happened(date(agreement)),
                    amount=agreement.monthly_amount,
                    company_id=agreement.company_id.id,
                    summary=agreement.with_context(
                        lang=agreement.company_id._loyalty_lang()
                    )._get_service_name(),
                )
                for agreement in self
            ]
        )
