from datetime import datetime

from odoo.exceptions import MissingError
from odoo.tests import tagged

from ..bulk import update
from ..columns import column, pick, rows, split
from .common import LoyaltyCommon


@tagged("post_install", "-at_install")
class TestColumns(LoyaltyCommon):
    """Reading and writing by the column says what the ORM says record by record."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.env["res.partner"].create(
            [{"name": f"Client {number}", "is_company": True} for number in range(3)]
        )
        cls.events = cls.Event.create(
            [
                {
                    "type_id": cls.type_call.id,
                    "partner_id": partner.id,
                    "summary": summary,
                    "amount": amount,
                }
                for partner, summary, amount in zip(
                    partners, ("One", False, "Three"), (1.5, 0.0, 3.0), strict=True
                )
            ]
        )
        cls.partners = partners
        cls.clients = cls.env["loyalty.service.client"].search(
            [("partner_id", "in", partners.ids)], order="id"
        )

    def test_rows(self):
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        found = rows(self.events, "partner_id", "summary", "amount")
        self.assertEqual(self.env.cr.sql_log_count - before, 1)
        one, two, three = self.partners.ids
        self.assertEqual(found, [(one, "One", 1.5), (two, None, 0.0), (three, "Three", 3.0)])
        self.assertEqual(rows(self.events[::-1], "summary"), [("Three",), (None,), ("One",)])
        self.assertEqual(rows(self.events.browse(), "summary"), [])

    def test_what_waits_to_be_computed_and_what_is_not_stored(self):
        child = self.env["res.partner"].create({"name": "Li Na", "parent_id": self.partners[0].id})
        child.parent_id = self.partners[1]
        self.assertEqual(column(child, "commercial_partner_id"), [self.partners[1].id])
        new = self.Event.new({"partner_id": self.partners[0].id, "summary": "Draft"})
        self.assertEqual(rows(new, "partner_id", "summary"), [(self.partners[0].id, "Draft")])
        gone = self.env["res.partner"].create({"name": "Gone"})
        gone.unlink()
        with self.assertRaises(MissingError):
            rows(gone, "name")

    def test_pick_and_split(self):
        self.assertEqual(pick(self.events, bool, "summary"), self.events[0] + self.events[2])
        large = pick(self.events, lambda text, amount: text and amount > 2, "summary", "amount")
        self.assertEqual(large, self.events[2])
        by_company = split(self.events, "company_id")
        self.assertEqual(by_company, {self.env.company: self.events})
        self.assertEqual(split(self.events.browse(), "company_id"), {})

    def test_update(self):
        self.clients.mapped("silent_days")
        dates = [datetime(2026, 3, day) for day in (1, 2, 3)]
        gaps = [7.0, 0.0, 14.25]
        update(self.clients, {"last_contact_date": dates, "contact_gap": gaps})
        self.assertEqual(self.clients.mapped("last_contact_date"), dates)
        self.env.invalidate_all()
        self.assertEqual(self.clients.mapped("last_contact_date"), dates)
        self.assertEqual(self.clients.mapped("contact_gap"), gaps)
        self.assertEqual(self.clients.write_uid, self.env.user)
        update(self.clients[:1], {"last_contact_date": [None]})
        self.assertFalse(self.clients[0].last_contact_date)
        self.assertEqual(self.clients[1].last_contact_date, dates[1])
        update(self.clients.browse(), {"contact_gap": []})
