from dateutil.relativedelta import relativedelta

from odoo import models

# No term is shorter: what is renewed sooner is the same renewal, corrected.
SHORTEST_TERM = relativedelta(months=1)


class Agreement(models.Model):
    """What the course of an agreement leaves in the ledger of events."""

    _inherit = "loyalty.service.agreement"

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
