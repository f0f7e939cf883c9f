from datetime import datetime

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .common import PointsCommon, StandingEvents

LOGGER = "odoo.addons.loyalty_service.batch"


class OneBadRecord:
    """Mixin that makes a method fail on one record."""

    def break_on(self, model, method, bad):
        """Have ``method`` of ``model`` fail on recordsets with ``bad``; ``mend()`` undoes it."""
        Model = self.env.registry[model]
        original = getattr(Model, method)

        def broken(records, *args, **kwargs):
            given = args[0] if method == "_expire" else records
            if bad in given:
                raise ValueError("a bad record")
            return original(records, *args, **kwargs)

        self.patch(Model, method, broken)
        return lambda: self.patch(Model, method, original)


@tagged("post_install", "-at_install")
class TestScheduledWork(OneBadRecord, PointsCommon):
    """What fails is logged and tried again; it does not keep the others from their turn."""

    def test_expiry(self):
        other = self.env["res.partner"].create({"name": "Other Client", "is_company": True})
        self.record("2024-01-10")
        self.record("2024-01-10", partner=other)
        Card = self.env["loyalty.card"]
        cards = self.card_of() + self.card_of(other)
        mend = self.break_on("loyalty.card", "_expire", cards[0])
        with freeze_time("2025-06-01"):
            with mute_logger(LOGGER):
                cards._expire_due()
            self.assertEqual(cards.mapped("points"), [100, 0])
            due = Card.browse(Card._ids_to_expire(fields.Date.today()))
            self.assertEqual(due & cards, cards[0])
            mend()
            cards._expire_due()
            self.assertEqual(cards.mapped("points"), [0, 0])

    def test_failures_are_told(self):
        self.record("2024-01-10")
        self.break_on("loyalty.card", "_expire", self.card_of())
        with self.assertLogs(LOGGER, "ERROR") as logs:
            self.card_of()._expire_due()
        self.assertIn("a bad record", logs.output[0])
        self.assertIn(str(self.card_of()), logs.output[0])

    def test_tiers(self):
        other = self.env["res.partner"].create({"name": "Other Client", "is_company": True})
        self.record()
        self.record(partner=other)
        clients = self.client_of() + self.client_of(other)
        clients.tier_id = self.middle
        Client = self.env["loyalty.service.client"]
        Client._find_due_tiers(self.env.company)
        self.assertEqual(clients.mapped("tier_due"), [True, True])
        mend = self.break_on("loyalty.service.client", "_update_tiers", clients[0])
        with mute_logger(LOGGER):
            clients._review_tiers_due()
        self.assertEqual(
            clients.mapped("tier_due"),
            [True, False],
            "an action that was stopped goes on with those that are left",
        )
        mend()
        clients._review_tiers_due()
        self.assertEqual(clients.mapped("tier_due"), [False, False])
        self.assertTrue(all(clients.mapped("tier_told_on")))

    def test_meetings(self):
        self.record()
        meetings = self.env["calendar.event"].create(
            [
                {
                    "name": name,
                    "start": datetime(2024, 3, 5, 2),
                    "stop": datetime(2024, 3, 5, 3),
                    "partner_ids": [Command.set(self.client_partner.ids)],
                }
                for name in ("Broken", "Sound")
            ]
        )
        mend = self.break_on("calendar.event", "_loyalty_record_held", meetings[0])
        with mute_logger(LOGGER):
            meetings._loyalty_record_due()
        self.assertEqual(self.standing(self.client_partner, "meeting").summary, "Sound")
        self.assertEqual(meetings.mapped("loyalty_recorded"), [False, True])
        mend()
        meetings._loyalty_record_due()
        self.assertEqual(len(self.standing(self.client_partner, "meeting")), 2)


@tagged("post_install", "-at_install")
class TestScheduledInvoices(OneBadRecord, StandingEvents, AccountTestInvoicingCommon):
    def test_invoices(self):
        partner = self.env["res.partner"].create({"name": "Ledger Client"})
        invoices = self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "invoice_date": "2024-03-01",
                    "invoice_line_ids": [
                        Command.create({"name": name, "price_unit": 100.0, "tax_ids": []})
                    ],
                }
                for name in ("Broken", "Sound")
            ]
        )
        AccountMove = self.env.registry["account.move"]
        sync = AccountMove._loyalty_sync
        # As if the addon had not been there when they were posted.
        self.patch(AccountMove, "_loyalty_sync", lambda moves: None)
        invoices.action_post()
        self.patch(AccountMove, "_loyalty_sync", sync)
        mend = self.break_on("account.move", "_loyalty_sync", invoices[0])
        with mute_logger(LOGGER):
            invoices._loyalty_sync_due()
        self.assertEqual(self.standing(partner).mapped("res_id"), invoices[1].ids)
        mend()
        invoices._loyalty_sync_due()
        self.assertEqual(self.standing(partner).mapped("res_id"), invoices[::-1].ids)
