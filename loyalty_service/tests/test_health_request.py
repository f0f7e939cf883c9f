from odoo.tests import tagged
from odoo.tests.common import BaseCase

from .common import Committing


@tagged("post_install", "-at_install")
class TestHealthRequest(Committing, BaseCase):
    """Something happens with a client while another connection scores it; both commit."""

    def setUp(self):
        super().setUp()
        with self.committed() as env:
            partner = env["res.partner"].create({"name": "Scored Meanwhile", "is_company": True})
            self.log(env, partner)
            self.partner_id = partner.id
            client = partner.loyalty_client_id
            self.client_id = client.id
            client._update_health()
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.registry.cursor() as cr:
            # The ledger refuses deletion, so what was committed goes by SQL.
            for table in ("event", "client"):
                cr.execute(
                    f"DELETE FROM loyalty_service_{table} WHERE partner_id = %s", [self.partner_id]
                )
            cr.execute("DELETE FROM res_partner WHERE id = %s", [self.partner_id])

    def log(self, env, partner):
        env["loyalty.service.event"].create(
            {
                "type_id": env.ref("loyalty_service.event_type_praise").id,
                "partner_id": partner.id,
            }
        )

    def client(self):
        """Return the client as another connection sees it, which waits for no lock."""
        env = self.connect()
        env.cr.execute("SET lock_timeout = '2s'")
        return env["loyalty.service.client"].browse(self.client_id)

    def is_due(self):
        with self.committed() as env:
            Client = env["loyalty.service.client"]
            return bool(
                Client.search_count([*Client._health_due_domain(), ("id", "=", self.client_id)])
            )

    def test_the_night_before_scored_the_client(self):
        self.assertFalse(self.is_due())

    def test_what_happens_during_the_score_is_scored_afterwards(self):
        scorer, teller = self.client(), self.client()
        self.log(teller.env, teller.partner_id)
        teller.env.cr.commit()
        # The scorer has read the ledger and holds the client, when the teller speaks again.
        scorer._update_health_due()
        scorer.env.flush_all()
        self.log(teller.env, teller.partner_id)
        teller.env.cr.commit()
        scorer.env.cr.commit()
        self.assertTrue(self.is_due(), "the second event is not in the score")
        with self.committed() as env:
            scorer.with_env(env)._update_health_due()
        self.assertFalse(self.is_due())

    def test_what_is_committed_late_is_scored_afterwards(self):
        """The event has the smaller number and comes to light after the score."""
        scorer, teller = self.client(), self.client()
        self.log(teller.env, teller.partner_id)
        scorer.env["loyalty.service.health.request"]._add(scorer)
        scorer._update_health_due()
        scorer.env.cr.commit()
        self.assertFalse(self.is_due())
        teller.env.cr.commit()
        self.assertTrue(self.is_due())
