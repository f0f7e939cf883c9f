from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

MONTHS = {"monthly": 1, "quarterly": 3, "yearly": 12}
# What decides whether and until when an invoice recurs.
RECURRENCE = {"auto_post", "auto_post_until"}


class AccountMove(models.Model):
    """Recurring customer invoices as service agreements, which follow what becomes of them."""

    _inherit = "account.move"

    # ------------------------------------------------------------------
    # Triggers: each only says that something may have changed
    # ------------------------------------------------------------------

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._loyalty_follow_recurrence()
        return posted

    def write(self, vals):
        result = super().write(vals)
        if RECURRENCE.intersection(vals):
            # Cancelling writes it as well.
            self._loyalty_follow_recurrence()
        return result

    def button_draft(self):
        result = super().button_draft()
        self._loyalty_follow_recurrence()
        return result

    def unlink(self):
        origins = self._loyalty_recurrence_origins() - self
        origins += self._loyalty_pass_on_recurrence()
        result = super().unlink()
        origins._loyalty_follow_recurrence()
        return result

    # ------------------------------------------------------------------
    # One agreement per recurrence, known by its first invoice
    # ------------------------------------------------------------------

    def _loyalty_recurrence_origins(self):
        """Return the first invoices of the recurrences to which those in ``self`` belong."""
        return self.filtered(
            lambda move: (
                move.move_type == "out_invoice"
                and (move.auto_post in MONTHS or move.auto_post_origin_id)
            )
        ).mapped(lambda move: move.auto_post_origin_id or move)

    def _loyalty_recurrences(self):
        """Return ``{first invoice: all invoices of the recurrence}`` for those in ``self``."""
        following = self.search([("auto_post_origin_id", "in", self.ids)])
        return (self | following).grouped(lambda move: move.auto_post_origin_id or move)

    def _loyalty_pass_on_recurrence(self):
        """Have the next invoice stand for a recurrence of which the first one is deleted.

        What nothing is left of takes its agreement along.

        :return: the invoices that are first by that
        """
        # sudo: accountants need not be in the loyalty group; only the agreements of these
        # recurring invoices are handed over or taken back.
        agreements_sudo = (
            self.env["loyalty.service.agreement"]
            .sudo()
            .search([("recurring_move_id", "in", self.ids)])
        )
        if not agreements_sudo:
            return self.browse()
        recurrences = (self & agreements_sudo.recurring_move_id)._loyalty_recurrences()
        heirs = self.browse()
        for agreement_sudo in agreements_sudo:
            left = recurrences[agreement_sudo.recurring_move_id.sudo(False)] - self
            heir = left.sorted("date")[:1]
            left.auto_post_origin_id = heir
            agreement_sudo.recurring_move_id = heir
            heirs += heir
        agreements_sudo.filtered(lambda agreement: not agreement.recurring_move_id)._withdraw(
            _lt("The recurring invoice was taken back")
        )
        return heirs

    def _loyalty_follow_recurrence(self):
        """Bring the agreements behind the recurring customer invoices in ``self`` in step.

        An agreement is there while an invoice of the recurrence is posted. It runs as long as
        another one is to come: until the day that the invoice names or, without one, until the
        recurrence is stopped, by setting the next invoice not to be posted by itself any more,
        by cancelling or by deleting it. What was invoiced last is then served to its end.
        """
        origins = self._loyalty_recurrence_origins()
        if not origins:
            return
        # sudo: accountants need not be in the loyalty group; only the agreements of these
        # recurring invoices are looked up, made, ended and taken back.
        Agreement_sudo = self.env["loyalty.service.agreement"].sudo()
        known = {
            agreement.recurring_move_id.id: agreement
            for agreement in Agreement_sudo.search([("recurring_move_id", "in", origins.ids)])
        }
        off_sudo, to_make = Agreement_sudo, []
        for origin, moves in origins._loyalty_recurrences().items():
            agreement_sudo = known.get(origin.id, Agreement_sudo)
            posted = moves.filtered(lambda move: move.state == "posted").sorted("date")
            first = posted.filtered(lambda move: move.auto_post in MONTHS)[:1]
            if not posted:
                off_sudo += agreement_sudo
            elif agreement_sudo:
                moves._loyalty_follow_agreement(agreement_sudo)
            elif first:
                to_make.append(first._prepare_loyalty_agreement_values(origin))
        off_sudo._withdraw(_lt("The recurring invoice was taken back"))
        Agreement_sudo.create(to_make).action_start()

    def _prepare_loyalty_agreement_values(self, origin):
        self.ensure_one()
        start = self.invoice_date or self.date
        return {
            "partner_id": self.commercial_partner_id.id,
            "company_id": self.company_id.id,
            "product_id": self.invoice_line_ids.product_id[:1].id,
            "user_id": self.invoice_user_id.id,
            "date_start": start,
            # An invoice may be posted after the day until which it was to recur.
            "date_end": self.auto_post_until and max(self.auto_post_until, start),
            "monthly_amount": self.amount_untaxed_signed / MONTHS[self.auto_post],
            "recurring_move_id": origin.id,
        }

    def _loyalty_follow_agreement(self, agreement_sudo):
        """Have an agreement run and end with the invoices in ``self``, those of a recurrence.

        What somebody has ended or renewed by hand stays as it is.
        """
        recurring = self.filtered(lambda move: move.auto_post in MONTHS).sorted("date")
        if (
            not recurring
            or agreement_sudo.state not in ("planned", "active")
            or agreement_sudo.renewed_by_id
            or agreement_sudo.end_reason_id
        ):
            return
        period = relativedelta(months=MONTHS[recurring[-1].auto_post])
        until = recurring[-1].auto_post_until
        last = self.filtered(lambda move: move.state != "cancel").sorted("date")[-1]
        is_to_go_on = any(move.state == "draft" for move in recurring)
        if not is_to_go_on and not (until and last.date + period > until):
            last_day = (last.invoice_date or last.date) + period - relativedelta(days=1)
            if agreement_sudo.ended_on != last_day:
                agreement_sudo._end(
                    self.env["loyalty.service.end.reason"],
                    last_day,
                    agreement_sudo.company_id._loyalty_say(
                        _lt("The invoice was set to recur no longer"), agreement_sudo.user_id
                    ),
                )
            return
        if agreement_sudo.ended_on:
            agreement_sudo._take_notice_back()
        if until:
            agreement_sudo.date_end = max(until, agreement_sudo.date_start)
        elif agreement_sudo.date_end and any(
            move.state == "posted" and move.date > agreement_sudo.date_end for move in self
        ):
            # It goes on beyond the end that it was once given.
            agreement_sudo.date_end = False
