from datetime import date, timedelta
from threading import Thread

from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tests.common import BaseCase
from odoo.tools import mute_logger

from .common import Committing


@tagged("post_install", "-at_install")
class TestTiersConcurrency(Committing, BaseCase):
    """Two connections at one client. What is committed is archived or deleted at the end."""

    def setUp(self):
        super().setUp()
        with self.committed() as env:
            partner = env["res.partner"].create(
                {"name": "Two Clicks", "is_company": True, "email": "two@example.com"}
            )
            client = env["loyalty.service.client"]._ensure(partner, env.company)
            program = env["loyalty.program"]._get_service_program(env.company)
            tier = env["loyalty.service.tier"]._ladder(program)[1]
            client.tier_id = tier
            self.ids = partner.id, client.id, tier.id
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.committed() as env:
            partner, client, _tier = self.ids
            client = env["loyalty.service.client"].browse(client)
            env["mail.mail"].search(
                [("model", "=like", "loyalty.service.%"), ("res_id", "=", client.id)]
            ).unlink()
            client.tier_contest_ids.unlink()
            client.unlink()
            env["res.partner"].browse(partner).unlink()

    def _twice(self, do):
        outcomes = []

        def request():
            with self.committed() as env:
                outcomes.append(
                    retrying(
                        lambda: do(env, env["loyalty.service.client"].browse(self.ids[1])), env
                    )
                )

        threads = [Thread(target=request) for _number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(len(outcomes), 2)
        return outcomes

    def _look(self, do):
        with self.committed() as env:
            return do(env, env["loyalty.service.client"].browse(self.ids[1]))

    def _review(self):
        self._look(lambda env, client: client._review_tiers_due())

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_workers_tell_once(self):
        self._twice(lambda env, client: client._review_tiers_due())

        def look(env, client):
            mails = env["mail.mail"].search(
                [("model", "=", client._name), ("res_id", "=", client.id)]
            )
            return len(mails), client.tier_told_on, client.tier_review_date

        today = date.today()
        mails, told, review = self._look(look)
        self.assertEqual((mails, told), (1, today))
        self.assertGreater(review, today)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_a_double_click_objects_once_and_is_answered_once(self):
        self._review()
        first, second = self._twice(
            lambda env, client: (
                env["loyalty.service.tier.contest"]._open(client, "We paid", client.partner_id).id
            )
        )
        self.assertEqual(first, second)

        def prepare(env, client):
            client.tier_contest_ids.write(
                {"answer": "Yes", "date_to": date.today() + timedelta(days=9)}
            )

        self._look(prepare)
        self._twice(lambda env, client: client.tier_contest_ids.action_accept())
        states = self._look(
            lambda env, client: (
                client.tier_contest_ids.mapped("state"),
                len(client.tier_override_ids),
                env["mail.mail"].search_count(
                    [
                        ("model", "=", "loyalty.service.tier.contest"),
                        ("res_id", "in", client.tier_contest_ids.ids),
                    ]
                ),
            )
        )
        self.assertEqual(states, (["accepted"], 1, 1))
