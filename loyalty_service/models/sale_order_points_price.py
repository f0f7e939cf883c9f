from odoo import models
from odoo.fields import Command


class SaleOrder(models.Model):
    """What the lines of a discount by the point say that they cost.

    Odoo divides what is taken off by the taxes, which gives a unit price of many decimals:
    100.00 with 6 % of tax is 94.339623 without. The line of the order says 94.34 and keeps the
    amounts of its taxes, as that of Odoo's own discount of an order does (``extra_tax_data``): so
    that they come to exactly what the points are worth, on the order and on its invoices.
    """

    _inherit = "sale.order"

    def _loyalty_round_prices(self, values):
        """Give ``values`` of lines prices in whole cents that come to the same total."""
        base_lines = [self._loyalty_base_line(line) for line in values if line["price_unit"]]
        if not base_lines:
            return
        Tax, company = self.env["account.tax"], self.company_id
        Tax._add_tax_details_in_base_lines(base_lines, company)
        Tax._round_base_lines_tax_details(base_lines, company)
        worth = sum(line["tax_details"]["raw_total_included_currency"] for line in base_lines)
        rounded = Tax._reduce_base_lines_to_target_amount(
            base_lines,
            company,
            "fixed",
            self.currency_id.round(worth),
            computation_key=f"loyalty_points,{values[0]['reward_identifier_code']}",
        )
        Tax._fix_base_lines_tax_details_on_manual_tax_amounts(rounded, company)
        by_taxes = {line["tax_ids"]: line for line in rounded}
        for line in values:
            base_line = by_taxes.get(self._loyalty_taxes(line))
            if not base_line:  # less than a cent is none
                line.update(price_unit=0.0, extra_tax_data=False)
                continue
            line["price_unit"] = base_line["price_unit"] = self._loyalty_price(base_line)
            line["extra_tax_data"] = Tax._export_base_line_extra_tax_data(base_line)

    def _loyalty_taxes(self, line):
        """Return the taxes that the values of a line link."""
        return self.env["account.tax"].browse(
            command[1] for command in line["tax_ids"] if command[0] == Command.LINK
        )

    def _loyalty_base_line(self, line):
        """Return the values of a line as Odoo computes taxes of them."""
        return self.env["account.tax"]._prepare_base_line_for_taxes_computation(
            {},
            product_id=self.env["product.product"].browse(line["product_id"]),
            tax_ids=self._loyalty_taxes(line),
            price_unit=line["price_unit"],
            quantity=line["product_uom_qty"],
            partner_id=self.partner_id,
            currency_id=self.currency_id,
            rate=self.currency_rate,
        )

    def _loyalty_price(self, base_line):
        """Return the price of a line with those of its taxes that prices include."""
        details = base_line["tax_details"]
        included = sum(
            tax_data["tax_amount_currency"]
            for tax_data in details["taxes_data"]
            if tax_data["tax"].price_include
        )
        without = details["total_excluded_currency"] + details["delta_total_excluded_currency"]
        return self.currency_id.round(without + included)
