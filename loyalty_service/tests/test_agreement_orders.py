from datetime import date

from freezegun import freeze_time

from odoo.tests import Form, new_test_user, tagged

from .common import AgreementCommon


@tagged("post_install", "-at_install")
@freeze_time("2024-11-20 03:00:00")
class TestAgreementOrders(AgreementCommon):
    """A quotation says what it would add to what the client has; the order says what it added."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env, "seller_agreements", groups="sales_team.group_sale_salesman_all_leads"
        )

    def quotation(self, **values):
        return (
            self.env["sale.order"]
            .with_user(self.seller)
            .create(
                {
                    "partner_id": self.contact.id,
                    "order_line": [(0, 0, {"product_id": self.service.id})],
                    **values,
                }
            )
        )

    def told(self, order):
        return " ".join(order.message_ids.mapped("body")).replace("&nbsp;", "\xa0")

    def test_renewed_already(self):
        """2025 is agreed, so that the order would add 2026; who sells sees no agreements."""
        order = self.quotation()
        self.assertFalse(order.loyalty_renewed_text, "nothing has been agreed")
        self.assertEqual(
            order.loyalty_agreed_text,
            "Confirming agrees “Monthly bookkeeping” from 11/20/2024 to 11/19/2025, $\xa0300.00 a "
            "month.",
        )
        agreement = self.agreement()
        order.invalidate_recordset(["loyalty_renewed_text"])
        self.assertFalse(order.loyalty_renewed_text, "2025 is what it is for")
        self.assertEqual(
            order.loyalty_agreed_text,
            "Confirming renews “Monthly bookkeeping” from 01/01/2025 to 12/31/2025, $\xa0300.00 a "
            "month.",
        )
        agreement._renew()
        order.invalidate_recordset(["loyalty_renewed_text"])
        self.assertEqual(
            order.loyalty_renewed_text,
            "“Monthly bookkeeping” is renewed already until 12/31/2025. Confirming adds another "
            "term, from 01/01/2026 to 12/31/2026, $\xa0300.00 a month.",
        )
        order.order_line.product_uom_qty = 0
        self.assertFalse(order.loyalty_renewed_text)
        order.order_line.product_uom_qty = 1
        order.action_confirm()
        self.assertFalse(order.loyalty_renewed_text, "it is confirmed")
        self.assertIn("Agreement renewed: ", self.told(order))
        self.assertIn(", from 01/01/2026 to 12/31/2026, $\xa0300.00 a month.", self.told(order))
        self.assertEqual(self.told(order).count("Agreement"), 1)
        order._action_cancel()
        self.assertIn(
            "Agreement taken back: Monthly bookkeeping, from 01/01/2026 to 12/31/2026.",
            self.told(order),
        )

    def test_agreed_for_later(self):
        self.agreement(date_start=date(2025, 3, 1), date_end=date(2026, 2, 28))
        self.assertEqual(
            self.quotation().loyalty_renewed_text,
            "“Monthly bookkeeping” is agreed already until 02/28/2026. Confirming adds another "
            "term, from 03/01/2026 to 02/28/2027, $\xa0300.00 a month.",
        )

    def test_the_form_says_it_before_it_is_saved(self):
        self.agreement()._renew()
        with Form(self.env["sale.order"].with_user(self.seller)) as form:
            form.partner_id = self.client_partner
            self.assertFalse(form.loyalty_renewed_text)
            with form.order_line.new() as line:
                line.product_id = self.service
            self.assertIn("renewed already until 12/31/2025", form.loyalty_renewed_text)

    def test_the_order_says_what_it_made_in_the_language_of_its_seller(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        order = self.quotation(user_id=self.seller.id)
        order.with_context(lang="zh_CN").action_confirm()
        agreement = self.env["loyalty.service.agreement"].search(
            [("sale_line_id", "=", order.order_line.id)]
        )
        told = self.told(order)
        self.assertIn("Agreement made: ", told)
        self.assertIn(", from 11/20/2024 to 11/19/2025, $\xa0300.00 a month.", told)
        self.assertIn(f'data-oe-id="{agreement.id}"', told)
        self.assertIn("Monthly bookkeeping", told)
