from odoo import Command, fields
from odoo.tests import tagged
from odoo.tests.common import BaseCase
from odoo.tools import mute_logger

from .common import CommittedFirm


@tagged("post_install", "-at_install")
class TestPaymentConcurrency(CommittedFirm, BaseCase):
    """One invoice of 1,000.00, worth 100 points, and two who book its payment at once."""

    FIRM = "Paid Twice"

    def setUp(self):
        super().setUp()
        with self.in_firm() as env:
            paid = env.ref("loyalty_service.event_type_invoice_paid_on_time")
            env["loyalty.service.earning.rule"].create(
                {
                    "name": "Paid",
                    "program_id": self.program_id,
                    "event_type_id": paid.id,
                    "points_per_unit": 0.1,
                    "use_tier_multiplier": False,
                    "date_from": False,
                }
            )
            partner = env["res.partner"].create({"name": "Paid Twice", "is_company": True})
            invoice = env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "company_id": self.company_id,
                    "invoice_date": fields.Date.today(),
                    "invoice_line_ids": [
                        Command.create({"name": "X", "price_unit": 1000, "tax_ids": []})
                    ],
                }
            )
            invoice.action_post()
            self.partner_ids, self.invoice_id = partner.ids, invoice.id

    def pay(self, amount):
        def function(env):
            env["account.payment.register"].with_context(
                active_model="account.move", active_ids=[self.invoice_id]
            ).create({"amount": amount})._create_payments()

        return function

    def told(self):
        """Return the rows of points, and the standing events as ``{code: [amounts]}``."""
        with self.in_firm() as env:
            events = env["loyalty.service.event"].search(
                [
                    ("partner_id", "in", self.partner_ids),
                    *env["loyalty.service.event"]._domain_standing(),
                ]
            )
            amounts = {}
            for event in events:
                amounts.setdefault(event.type_id.code, []).append(event.amount)
            moves = env["loyalty.service.move"].search([("program_id", "=", self.program_id)])
            return moves.mapped("points"), {
                code: sorted(values) for code, values in amounts.items()
            }

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_registrations_of_one_invoice(self):
        """The second one finds it paid already, and says so; the points are there once."""
        outcomes = self.at_once(self.pay(1000), self.pay(1000))
        self.assertEqual(sum(isinstance(outcome, str) for outcome in outcomes), 1, outcomes)
        points, events = self.told()
        self.assertEqual(points, [100])
        self.assertEqual(
            events,
            {
                "invoice_posted": [1000],
                "invoice_paid_on_time": [1000],
                "payment_received": [1000],
            },
        )

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_parts_of_one_invoice(self):
        """Each sees but its own part; whichever comes second settles the invoice."""
        self.at_once(self.pay(400), self.pay(600))
        points, events = self.told()
        self.assertEqual(points, [100])
        self.assertEqual(
            events,
            {
                "invoice_posted": [1000],
                "invoice_paid_on_time": [1000],
                "payment_received": [400, 600],
            },
        )
