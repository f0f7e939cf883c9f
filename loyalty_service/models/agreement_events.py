from dateutil.relativedelta import relativedelta

from odoo import models

# No term is shorter: what is renewed sooner is the same renewal, corrected.
SHORTEST_TERM = relativedelta(months=1)
# A smaller raise, as a share of the amount so far, is a correction and no upgrade.
LEAST_RAISE = 0.05


class Agreement(models.Model):
    """What the course of an agreement leaves in the ledger of events."""

    _inherit = "loyalty.service.agreement"

    def _record_renewal(self):
        """Record renewals in ``self``, and those that are worth more than what they renew.

        More than it was worth at any time of its term: who lowers the amount, to renew at what
        it was, does not raise it.
        """
        counted = self.filtered(lambda agreement: agreement._is_new_term())
        for agreement in self:
            before = agreement.renews_id.covered_until or agreement.renews_id.date_end
            ends = list(filter(None, [before, agreement.date_end]))
            agreement.covered_until = max(ends, default=False)
        told = self.renews_id._events_of_term()
        counted._record_event("agreement_renewed", lambda agreement: agreement.date_start)
        counted.filtered(
            lambda agreement: agreement._is_upgrade_from(
                max(
                    [
                        agreement.renews_id.monthly_amount,
                        *told[agreement.renews_id].mapped("amount"),
                    ]
                )
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

    def _record_raise(self, before):
        """Record that agreements were raised above what they ever were: once a term.

        Points are given for it, so that one raise in many steps must not count as many.

        :param dict before: agreement -> monthly amount before it was raised
        """
        upgrade = self.env["loyalty.service.event.type"]._by_code("agreement_upgraded")
        told = self._events_of_term()
        raised = self.browse()
        for agreement in self:
            events_sudo = told[agreement]
            year = agreement._year_start()
            counted = events_sudo.filtered(
                lambda event, year=year: (
                    event.type_id == upgrade
                    and (not year or event.company_id._loyalty_day(event.date) >= year)
                )
            )
            highest = max(events_sudo.mapped("amount"), default=before[agreement])
            if not counted and agreement._is_upgrade_from(highest):
                raised += agreement
        raised._record_event(
            "agreement_upgraded",
            lambda agreement: agreement.company_id._loyalty_day(),
            lambda agreement: f"{agreement.monthly_amount}@{agreement.company_id._loyalty_day()}",
        )

    def _is_upgrade_from(self, amount):
        """Tell whether the agreement is worth so much more than ``amount`` that it counts.

        A first amount where none was known is not more than before.
        """
        self.ensure_one()
        least = amount * (1 + LEAST_RAISE)
        return amount > 0 and self.currency_id.compare_amounts(self.monthly_amount, least) >= 0

    def _year_start(self):
        """Return the day on which the present year of an agreement without end began.

        False in its first year, and for an agreement that has an end: its term is one.
        """
        self.ensure_one()
        if self.date_end:
            return False
        years = relativedelta(self.company_id._loyalty_day(), self.date_start).years
        return years > 0 and self.date_start + relativedelta(years=years)

    def _events_of_term(self):
        """Return ``{agreement: its standing events}``: one search for all.

        A renewal that covers no new time is part of the term of what it renews.
        """
        # sudo: who manages agreements need not be in the loyalty group; the events of these
        # very agreements, and of those that they renew.
        Event_sudo = self.env["loyalty.service.event"].sudo()
        chain = self
        while chain.renews_id - chain:
            chain |= chain.renews_id
        by_id = Event_sudo.search(
            [
                *Event_sudo._domain_standing(),
                ("res_model", "=", self._name),
                ("res_id", "in", chain.ids),
                ("kind", "=", "agreement"),
            ]
        ).grouped("res_id")
        renewed = self.env["loyalty.service.event.type"]._by_code("agreement_renewed")
        result = {}
        for agreement in self:
            result[agreement], part = Event_sudo, agreement
            while part:
                told = by_id.get(part.id, Event_sudo)
                result[agreement] |= told
                part = part.renews_id if renewed not in told.type_id else None
        return result

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
                    summary=agreement._get_service_words(),
                )
                for agreement in self
            ]
        )
