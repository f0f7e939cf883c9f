from odoo import fields
from odoo.tests import tagged

from .common import PointsCommon


@tagged("post_install", "-at_install")
class TestPointsBatch(PointsCommon):
    """Many events at once do what each of them does alone, in the same few statements."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["loyalty.service.earning.rule"].search(
            [("program_id", "!=", cls.program.id)]
        ).active = False
        cls.add_rule("praise", points_fixed=1, cap_points=10, cap_period="month")
        cls.add_rule("call", points_fixed=100, domain="[('channel', '=', 'phone')]")

    def partners(self, number):
        """Return clients that hold 100 points, and are in the first tier."""
        partners = self.env["res.partner"].create(
            [{"name": f"Client {n} of {number}", "is_company": True} for n in range(number)]
        )
        self.post(partners, "referral_won", "first")
        return partners

    def post(self, partners, code, batch):
        """Record an event of each partner, and return how many statements that took."""
        event_type = self.env.ref(f"loyalty_service.event_type_{code}")
        values = [
            {
                "type_id": event_type.id,
                "partner_id": partner_id,
                "date": fields.Datetime.now(),
                "channel": "phone",
                "origin": f"batch,{batch}-{partner_id}",
            }
            for partner_id in partners.ids
        ]
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.Event.create(values)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def assertFlat(self, code):
        """500 clients cost what 50 do. Return these 500."""
        self.post(self.partners(2), code, "warm")
        few, many = self.partners(50), self.partners(500)
        self.assertEqual(self.post(few, code, "few"), self.post(many, code, "many"))
        return self.env["loyalty.service.client"].search([("partner_id", "in", many.ids)])

    def test_where_nobody_reaches_a_tier(self):
        clients = self.assertFlat("praise")
        self.assertEqual(set(clients.mapped("points")), {101})
        self.assertEqual(clients.tier_id, self.start)

    def test_where_everybody_reaches_a_tier(self):
        clients = self.assertFlat("referral_won")
        self.assertEqual(set(clients.mapped("points")), {200})
        self.assertEqual(set(clients.mapped("qualifying_points")), {200})
        self.assertEqual(clients.tier_id, self.middle)
        changes = self.env["loyalty.service.tier.change"].search(
            [("client_id", "in", clients.ids), ("reason", "=", "raised")]
        )
        self.assertEqual(changes.client_id, clients.sorted())
        self.assertEqual(len(changes), 500, "one step each")
        self.assertEqual(changes.from_tier_id, self.start)
        self.assertEqual(changes.to_tier_id, self.middle)
        self.assertEqual(set(changes.mapped("qualifying_points")), {200})
        self.assertEqual(set(changes.mapped("to_congratulate")), {True})
        self.assertEqual(changes.company_id, self.env.company)
        self.assertTrue(all(change.partner_id == change.client_id.partner_id for change in changes))
        self.assertEqual(changes[:1].create_uid, self.env.user)
        self.assertEqual(clients[:1].tier_change_ids[:1].to_tier_id, self.middle)

    def test_where_everybody_was_spoken_to(self):
        clients = self.assertFlat("call")
        self.assertEqual(clients.tier_id, self.middle)
        dates = self.Event.search([("origin", "=like", "batch,many-%")]).mapped("date")
        self.assertEqual(set(clients.mapped("last_contact_date")), set(dates))
