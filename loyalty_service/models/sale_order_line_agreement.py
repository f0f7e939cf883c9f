from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)


class SaleOrderLine(models.Model):
    """The agreements that lines for such services make, renew and take back."""

    _inherit = "sale.order.line"

    def _loyalty_terms(self):
        """Return what the order lines would make agreements of.

        :return: ``[(line, the agreement that is renewed, values of the new one)]``
        """
        # sudo: a salesperson confirms orders without being in the loyalty group; agreements
        # are looked up for the clients and services of these very lines only.
        Agreement_sudo = self.env["loyalty.service.agreement"].sudo()
        # A discount on such a service, or a line of none, is no agreement.
        lines = self.filtered(
            lambda line: (
                line.product_id.loyalty_agreement_months
                and line.product_uom_qty > 0
                and line.price_subtotal >= 0
            )
        )
        if not lines:
            return []
        known = Agreement_sudo.search([("sale_line_id", "in", lines.ids)]).sale_line_id
        running = Agreement_sudo.search(
            [
                ("state", "in", ["planned", "active"]),
                ("renewed_by_id", "=", False),
                ("partner_id", "in", lines.order_id.partner_id.commercial_partner_id.ids),
                ("company_id", "in", lines.order_id.company_id.ids),
                ("product_id", "in", lines.product_id.ids),
            ],
            order="date_end desc",
        )
        by_service = running.grouped(
            lambda agreement: (agreement.partner_id, agreement.company_id, agreement.product_id)
        )
        terms = []
        for line in lines.filtered(lambda line: line._origin not in known):
            order = line.order_id
            key = (order.partner_id.commercial_partner_id, order.company_id, line.product_id)
            values = line._prepare_agreement_values()
            previous = by_service.pop(key, Agreement_sudo)[:1]
            if previous:
                # What has lapsed goes on from the day of the order and not from a day before.
                ordered = values["date_start"]
                ends = previous.date_end or ordered
                start = max(ends + relativedelta(days=1), ordered)
                values |= {"renews_id": previous.id, **line._prepare_agreement_period(start)}
            terms.append((line, previous, values))
        return terms

    def _loyalty_make_agreements(self):
        """Make or renew the service agreements that confirmed order lines stand for."""
        # sudo: as above; agreements are made for the clients and services of these very lines.
        Agreement_sudo = self.env["loyalty.service.agreement"].sudo()
        for line, _previous, values in self._loyalty_terms():
            agreement = Agreement_sudo.create(values)
            agreement.action_start()
            line.order_id._loyalty_tell_agreement(agreement)

    def _prepare_agreement_values(self):
        self.ensure_one()
        order = self.order_id
        amount = order.currency_id._convert(
            self.price_subtotal, order.company_id.currency_id, order.company_id, order.date_order
        )
        return {
            "partner_id": order.partner_id.commercial_partner_id.id,
            "company_id": order.company_id.id,
            "product_id": self.product_id.id,
            "monthly_amount": amount / self.product_id.loyalty_agreement_months,
            "sale_line_id": self.id,
            **self._prepare_agreement_period(order.company_id._loyalty_day(order.date_order)),
        }

    def _prepare_agreement_period(self, start):
        months = self.product_id.loyalty_agreement_months
        return {"date_start": start, "date_end": start + relativedelta(months=months, days=-1)}

    def _loyalty_withdraw_agreements(self):
        """Take back the agreements that the lines of a cancelled order stood for."""
        # sudo: a salesperson cancels orders without being in the loyalty group; only the
        # agreements of these very lines are taken back.
        agreements_sudo = (
            self.env["loyalty.service.agreement"].sudo().search([("sale_line_id", "in", self.ids)])
        )
        for agreement in agreements_sudo._agreed():
            agreement.sale_line_id.order_id._loyalty_tell_withdrawn(agreement)
        agreements_sudo._withdraw(_lt("The order was cancelled"))
