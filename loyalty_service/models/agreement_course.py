from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..actions import open_form
from ..batch import do_claimed, work_off

_lt = LazyTranslate(__name__)

BATCH_SIZE = 200

# What is said of the end of an agreement.
NOTICE = ("ended_on", "notice_on", "end_reason_id", "end_note")


class Agreement(models.Model):
    """How an agreement starts, is renewed and ends, by hand and by the calendar."""

    _inherit = "loyalty.service.agreement"

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
        # What goes on after a term that has not begun is a decision of next year, see _begin.
        renewals.filtered(lambda renewal: renewal.renews_id.state != "planned")._record_renewal()
        for renewal in renewals:
            renewal.notice_before = renewal.renews_id._notice()
            renewal.renews_id.renewed_by_id = renewal
            renewal.renews_id._take_notice_back()
        drafts.filtered(lambda agreement: agreement.state == "active")._begin()
        return True

    def _begin(self):
        """Have what those in ``self`` renew stop running, now that they run themselves."""
        renewals = self.filtered("renews_id")
        renewals.renews_id.write({"state": "renewed"})
        (self - renewals)._record_event("agreement_started", lambda agreement: agreement.date_start)
        # A term is renewed once while it runs: one that goes on after the next counts with that.
        self.renewed_by_id._agreed()._record_renewal()

    def _take_notice_back(self):
        """Have the agreements in ``self`` go on as if nobody had ended them."""
        self.write(dict.fromkeys(NOTICE, False))

    def _notice(self):
        """Return what was said of the end of the agreement, as JSON, or False."""
        self.ensure_one()
        if not self.ended_on:
            return False
        values = self._convert_to_write({name: self[name] for name in NOTICE})
        return dict(
            values,
            ended_on=fields.Date.to_string(self.ended_on),
            notice_on=fields.Date.to_string(self.notice_on),
        )

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
                    **agreement._prepare_renewal_values(values.get("date_end")),
                    **({} if monthly_amount is None else {"monthly_amount": monthly_amount}),
                    **values,
                }
                for agreement in self
            ]
        )
        renewals.action_start()
        return renewals.with_env(self.env)

    def _agreed(self):
        """Return those in ``self`` that run, or will."""
        return self.filtered(lambda agreement: agreement.state in ("planned", "active"))

    def _withdraw(self, reason):
        """Undo agreements in ``self`` as if they had never been: their source is off.

        Their events are undone, and the points with them; what they renewed runs again.

        :param reason: made by ``LazyTranslate``
        """
        agreed = self._agreed()
        agreed._undo_events(reason)
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
        """Have what those in ``self`` renewed go on as before: it runs again, up to an end that
        was known before, or still waits for its first day.

        What was to follow one of ``self``, such as by a later order, follows what that renewed.
        """
        counting = self.browse()
        for renewal in self.filtered("renews_id"):
            before, after = renewal.renews_id, renewal.renewed_by_id
            # One that was called off itself has nothing more to follow.
            after = after._agreed()
            if after:
                after.write({"renews_id": before.id, "notice_before": renewal.notice_before})
                if before.state == "active":
                    counting += after
            values = {} if after else renewal.notice_before or {}
            if before.state == "renewed":
                begun = before.date_start <= before.company_id._loyalty_day()
                values = {**values, "state": "active" if begun else "planned"}
            before.write({**values, "renewed_by_id": after.id})
        (counting - self)._record_renewal()

    def _prepare_renewal_values(self, end=None):
        """Return the values of a renewal that goes on where the agreement ends.

        :param end: last day of the renewal; without one it runs for an equal time
        """
        self.ensure_one()
        today = self.company_id._loyalty_day()
        start = (self.date_end or today) + relativedelta(days=1)
        span = relativedelta(start, self.date_start) if self.date_end else relativedelta(years=1)
        months = max(span.years * 12 + span.months, 1)
        if not end and start + relativedelta(months=months) <= today:
            # Seamless, it would be over before it is agreed.
            start = today
        return {
            "name": self.name,
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "product_id": self.product_id.id,
            "user_id": self.user_id.id,
            "date_start": start,
            "date_end": end or start + relativedelta(months=months, days=-1),
            "monthly_amount": self.monthly_amount,
            "renews_id": self.id,
        }

    def action_renew(self):
        """Renew for an equal time at the same amount, and show the renewal."""
        renewals = self._renew()
        if len(renewals) == 1:
            return open_form(renewals)
        return True

    def _end(self, reason, date=None, note=False):
        """End agreements on a day to the end of which they run.

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
            if last_day < today:
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
        """Have those in ``self`` whose last day has passed be over."""
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
