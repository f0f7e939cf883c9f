from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon


@tagged("post_install", "-at_install")
class TestHealthOfInvoices(AccountTestInvoicingCommon):
    """A firm that installs the addon on its books has scores after the first night."""

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref("loyalty_service.group_loyalty_user")

    def test_invoices_from_before_the_installation(self):
        partner = self.env["res.partner"].create({"name": "Client for Years"})
        for number, (month, paid_on) in enumerate(
            [("2022-05", "2022-06-10"), ("2023-05", "2023-07-20"), ("2024-05", "2024-05-30")]
        ):
            invoice = self.env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "invoice_date": f"{month}-10",
                    "invoice_date_due": f"{month}-31",
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "Audit",
                                "price_unit": 1000.0 - 150.0 * number,
                                "tax_ids": [],
                            }
                        )
                    ],
                }
            )
            invoice.action_post()
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=invoice.ids
            ).create({"payment_date": paid_on})._create_payments()
        # As if the addon had not been there when they were posted and paid.
        self.cr.execute("DELETE FROM loyalty_service_client WHERE partner_id = %s", [partner.id])
        self.cr.execute("DELETE FROM loyalty_service_event WHERE partner_id = %s", [partner.id])
        self.env.invalidate_all()

        with freeze_time("2024-06-03 12:00:00"), self.enter_registry_test_mode():
            self.env.ref("loyalty_service.ir_cron_invoices").method_direct_trigger()
            self.env.ref("loyalty_service.ir_cron_health").method_direct_trigger()
        self.env.invalidate_all()
        client = self.env["loyalty.service.client"].search([("partner_id", "=", partner.id)])
        self.assertEqual(client.health_date, date(2024, 6, 3))
        found = {line.dimension_id.code: line for line in client.health_line_ids}
        self.assertEqual(set(found), {"value", "relationship"})
        # Invoiced 700 after 850 the year before: 0.8235 lies 0.2235 of 0.4 above 0.6.
        self.assertAlmostEqual(found["value"].value, 700 / 850)
        self.assertAlmostEqual(found["value"].score, 55.882, places=2)
        # Within the year one of two paid late: a sixth of the way from 0.6 to 0.
        self.assertEqual(found["relationship"].reason, "1 of 2 invoices paid late")
        self.assertAlmostEqual(found["relationship"].score, 100 / 6, places=5)
        self.assertAlmostEqual(client.health_score, (55.882 + 16.667) / 2, places=2)
        self.assertAlmostEqual(client.health_confidence, 0.2)
        self.assertEqual(client.health_band, "risk")
