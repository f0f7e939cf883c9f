from datetime import date, datetime, timedelta

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from .common import LoyaltyCommon

# The day of the scores. A Monday, far from any other test's dates.
DAY = date(2023, 7, 3)
# What other addons and firms bring along, to test the signals that the base has no type for.
FOREIGN_TYPES = {
    "test_satisfaction": "satisfaction",
    "test_nps": "nps",
    "test_request": "request",
    "test_problem": "problem",
}


class HealthCommon(CronMixinCase, LoyaltyCommon):
    """Clients whose ledger is written by hand, and the health model out of the box."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Type = cls.env["loyalty.service.event.type"]
        cls.Client = cls.env["loyalty.service.client"]
        cls.Snapshot = cls.env["loyalty.service.health.snapshot"]
        cls.Type.create(
            [
                {"name": code, "code": code, "kind": "request", "signal": signal}
                for code, signal in FOREIGN_TYPES.items()
            ]
        )
        cls.model = cls.env.ref("loyalty_service.health_model")
        cls.client = cls.make_client(cls.client_partner)

    @classmethod
    def make_client(cls, partner=None, company=None, name="Another Client"):
        partner = partner or cls.env["res.partner"].create({"name": name, "is_company": True})
        return cls.Client._ensure(partner, company or cls.env.company)

    @classmethod
    def record(cls, code, *days_before, client=None, **values):
        """Record one event of the type per day before DAY."""
        client = client or cls.client
        return cls.Event.create(
            [
                {
                    "type_id": cls.Type._by_code(code).id,
                    "partner_id": client.partner_id.id,
                    "company_id": client.company_id.id,
                    "date": datetime.combine(DAY, datetime.min.time())
                    - timedelta(days=days)
                    + timedelta(hours=10),
                    **values,
                }
                for days in days_before
            ]
        )

    @classmethod
    def agree(cls, starts, ends=None, client=None, **values):
        """Make a running agreement from ``starts`` to ``ends`` days after DAY."""
        client = client or cls.client
        agreement = cls.env["loyalty.service.agreement"].create(
            {
                "partner_id": client.partner_id.id,
                "company_id": client.company_id.id,
                "name": "Bookkeeping",
                "monthly_amount": 1000,
                "date_start": DAY + timedelta(days=starts),
                "date_end": ends is not None and DAY + timedelta(days=ends),
                **values,
            }
        )
        agreement.action_start()
        # Started on its first day, not on the day on which the tests run.
        agreement.confirmed_on = agreement.date_start
        return agreement

    def dimension(self, code):
        return self.model.dimension_ids.filtered(lambda dimension: dimension.code == code)

    def measure(self, code, day=DAY):
        """Return what the dimension knows of the client, or None."""
        return self.dimension(code)._measure(self.client, day).get(self.client.id)

    def check(self, code, value, score, reason, day=DAY):
        facts = self.measure(code, day)
        dimension = self.dimension(code)
        self.assertIsNotNone(facts, f"nothing is known about {code}")
        self.assertAlmostEqual(facts["value"], value)
        self.assertAlmostEqual(dimension._score(facts), score)
        self.assertEqual(dimension._reason(facts), reason)

    def snapshot(self, day=DAY, client=None):
        return self.Snapshot.search(
            [
                ("client_id", "=", (client or self.client).id),
                ("date", "=", day),
            ]
        )
