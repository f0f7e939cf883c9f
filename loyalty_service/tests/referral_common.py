from odoo import Command, fields
from odoo.tests import new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .common import PointsCommon


class ReferralCommon(PointsCommon, AccountTestInvoicingCommon):
    """A client that recommends the firm, and a programme where a referral is worth 100 points
    to it and 30 to the new client, from the second paid invoice on."""

    @classmethod
    def setup_independent_user(cls):
        """Stay the system's user: these tests act in several roles."""
        return None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_sales = new_test_user(
            cls.env, "loyalty_sales_test", groups="sales_team.group_sale_salesman"
        )
        cls.Referral = cls.env["loyalty.service.referral"]
        cls.welcome = cls.add_rule("referral_welcome", points_fixed=30)
        cls.env.company.country_id = cls.env.ref("base.cn")
        cls.client_partner.write(
            {
                "phone": "+86 138 0000 0001",
                "vat": "91350100M000100Y43",
                "user_id": cls.user_sales.id,
            }
        )
        cls.record(code="call")
        cls.referrer = cls.env["loyalty.service.client"].search(
            [("partner_id", "=", cls.client_partner.id)]
        )
        cls.other_partner = cls.env["res.partner"].create(
            {"name": "Old Friend Ltd", "is_company": True, "phone": "021 5000 0009"}
        )
        cls.record(code="call", partner=cls.other_partner)
        cls.other_referrer = cls.env["loyalty.service.client"].search(
            [("partner_id", "=", cls.other_partner.id)]
        )

    @classmethod
    def invite(cls, referrer=None, **values):
        """Have a client name a company, by the door that the pages use."""
        return cls.Referral.create(
            {
                "referrer_client_id": (referrer or cls.referrer).id,
                "company_name": "上海新桥贸易有限公司",
                "contact_name": "Li Na",
                "phone": "139 0000 0002",
                "consent": True,
                "source": "portal",
                **values,
            }
        )

    @classmethod
    def new_client(cls, **values):
        """Return the contact that the company named by :meth:`invite` becomes."""
        return cls.env["res.partner"].create(
            {
                "name": "上海新桥贸易有限公司",
                "is_company": True,
                "phone": "+86 13900000002",
                **values,
            }
        )

    @classmethod
    def win(cls, referral, partner=None):
        """Win the opportunity of a referral."""
        partner = partner or cls.new_client()
        referral.lead_id.partner_id = partner
        referral.lead_id.action_set_won()
        return partner

    @classmethod
    def bill(cls, partner, amount=1000.0, **values):
        today = fields.Date.today()
        invoice = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": today,
                "invoice_date_due": today,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create({"name": "Bookkeeping", "price_unit": amount, "tax_ids": []})
                ],
                **values,
            }
        )
        invoice.action_post()
        return invoice

    @classmethod
    def pay(cls, invoice, **values):
        return (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create(values)
            ._create_payments()
        )

    @classmethod
    def unreconcile(cls, invoice):
        invoice.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).remove_move_reconcile()

    @classmethod
    def billed_and_paid(cls, partner, *amounts):
        invoices = cls.env["account.move"].union(*(cls.bill(partner, amount) for amount in amounts))
        for invoice in invoices:
            cls.pay(invoice)
        return invoices

    def codes(self, referral, kind="reason"):
        return set(
            referral.finding_ids.filtered(lambda finding: finding.kind == kind).mapped("code")
        )

    def rewards(self, referral):
        """Return the points that a referral gave, to the referrer and to the new client."""
        moves = self.env["loyalty.service.move"].search(
            [
                ("event_id.res_model", "=", "loyalty.service.referral"),
                ("event_id.res_id", "=", referral.id),
            ]
        )
        return tuple(
            sum(
                moves.filtered(lambda move, partner=partner: move.partner_id == partner).mapped(
                    "points"
                )
            )
            for partner in (referral.referrer_partner_id, referral.partner_id)
        )
