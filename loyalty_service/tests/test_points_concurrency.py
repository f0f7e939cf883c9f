from datetime import timedelta
from threading import Thread

from psycopg2.errors import SerializationFailure

from odoo import fields
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tests.common import BaseCase
from odoo.tools import mute_logger

from ..batch import work_off
from ..models.loyalty_card_ledger import Posting
from .common import Committing


@tagged("post_install", "-at_install")
class TestPointsConcurrency(Committing, BaseCase):
    """Two connections that want the same points. What is committed is archived at the end."""

    def setUp(self):
        super().setUp()
        with self.committed() as env:
            program = env["loyalty.program"].create(
                {
                    "name": "Contested",
                    "program_type": "loyalty",
                    "applies_on": "both",
                    "service_points": True,
                    "sequence": 99,
                    "rule_ids": [],
                }
            )
            partner = env["res.partner"].create({"name": "Two Hands", "is_company": True})
            card = env["loyalty.card"].create(
                {"program_id": program.id, "partner_id": partner.id, "points": 100}
            )
            self.card_id, self.partner_id, self.program_id = card.id, partner.id, program.id
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        # The ledger cannot be deleted, so the records behind it stay, out of the way.
        with self.committed() as env:
            env["loyalty.card"].browse(self.card_id).action_archive()
            env["loyalty.program"].browse(self.program_id).write(
                {"service_points": False, "active": False}
            )
            env["res.partner"].browse(self.partner_id).action_archive()

    def test_a_scheduled_action_leaves_what_another_works_on(self):
        """Of two cards whose points are past their last day, one is being worked on: without
        waiting the other one is emptied; the first one at the next run."""
        with self.committed() as env:
            partner = env["res.partner"].create({"name": "Nobody at It", "is_company": True})
            other = env["loyalty.card"].create(
                {"program_id": self.program_id, "partner_id": partner.id, "points": 100}
            )
            ids = [self.card_id, other.id]
            yesterday = fields.Date.today() - timedelta(days=1)
            env["loyalty.card"]._post(
                [
                    Posting(
                        card_id,
                        lambda account: account.award(5000, yesterday),
                        {"company_id": env.company.id},
                    )
                    for card_id in ids
                ]
            )
            partner_id = partner.id
        self.assertEqual(self._points(ids), [150, 150])
        first, second = self.connect(), self.connect()
        for env in (first, second):
            env.cr.execute("SET lock_timeout = '2s'")
        first["loyalty.card"].browse(self.card_id)._lock_accounts()
        second["loyalty.card"].browse(ids)._expire_due()
        second.cr.commit()
        self.assertEqual(self._points(ids), [150, 100])
        first.cr.commit()
        second["loyalty.card"].browse(ids)._expire_due()
        second.cr.commit()
        self.assertEqual(self._points(ids), [100, 100])
        with self.committed() as env:
            cards = env["loyalty.card"].browse(ids)
            expired = cards.service_move_ids.filtered(lambda move: move.kind == "expire")
            self.assertEqual(expired.mapped("points"), [-50, -50], "each once")
            cards[1].action_archive()
            env["res.partner"].browse(partner_id).action_archive()

    def _points(self, ids):
        """Return what the cards hold by their ledger, which is what they say."""
        with self.committed() as env:
            cards = env["loyalty.card"].browse(ids)
            for card in cards:
                self.assertEqual(sum(card.service_move_ids.mapped("points")), card.points)
            return cards.mapped("points")

    @mute_logger("odoo.sql_db")
    def test_the_second_connection_waits_and_is_told_to_look_again(self):
        first, second = self.connect(), self.connect()
        cards = [env["loyalty.card"].browse(self.card_id) for env in (first, second)]
        self.assertEqual([card.points for card in cards], [100, 100])
        cards[0].points -= 80
        cards[0].env.flush_all()
        outcome = []

        def spend():
            try:
                cards[1].points -= 80
            except Exception as error:
                outcome.append(error)

        thread = Thread(target=spend)
        thread.start()
        thread.join(0.5)
        self.assertTrue(thread.is_alive(), "the card is locked")
        first.cr.commit()
        thread.join(10)
        self.assertIsInstance(outcome[0], SerializationFailure)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_of_two_requests_one_gets_the_points_and_the_other_a_message(self):
        outcomes = []

        def request():
            with self.committed() as env:

                def spend():
                    card = env["loyalty.card"].browse(self.card_id)
                    card.points = card.points - 80

                try:
                    retrying(spend, env)
                    outcomes.append("spent")
                except UserError as error:
                    outcomes.append(str(error))

        threads = [Thread(target=request) for _number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        self.assertEqual(len(outcomes), 3)
        self.assertEqual(outcomes.count("spent"), 1)
        for message in set(outcomes) - {"spent"}:
            self.assertIn("Two Hands has 20", message)
        with self.committed() as env:
            self.assertEqual(env["loyalty.card"].browse(self.card_id).points, 20)
            env.cr.execute(
                "SELECT SUM(points) FROM loyalty_service_move WHERE card_id = %s", [self.card_id]
            )
            self.assertEqual(float(env.cr.fetchone()[0]), 20)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_connections_make_one_card(self):
        with self.committed() as env:
            partner = env["res.partner"].create({"name": "First Points"})
            partner_id = partner.id

        def request():
            with self.committed() as env:
                retrying(
                    lambda: env["loyalty.card"].create(
                        {
                            "program_id": self.program_id,
                            "partner_id": partner_id,
                            "points": 10,
                        }
                    ),
                    env,
                )

        threads = [Thread(target=request) for _number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        with self.committed() as env:
            card = env["loyalty.card"].search([("partner_id", "=", partner_id)])
            self.assertEqual((len(card), card.points), (1, 30))
            card.action_archive()
            env["res.partner"].browse(partner_id).action_archive()

    @mute_logger("odoo.sql_db", "odoo.addons.loyalty_service.batch")
    def test_a_scheduled_action_that_others_are_in_the_way_of(self):
        """It tries again and, where that does not help, goes on with what is left."""
        with self.committed() as env:
            partners = env["res.partner"].create([{"name": f"In the Way {n}"} for n in range(2)])
            others = env["loyalty.card"].create(
                [
                    {"program_id": self.program_id, "partner_id": partner.id, "points": 10}
                    for partner in partners
                ]
            )
            ids = [self.card_id, *others.ids]
            partner_ids = partners.ids
        # So often somebody else changes the card while the action is at it.
        disturbed = dict(zip(ids, (1, 99, 0), strict=True))
        tries = []

        def do(card):
            tries.append(card.id)
            self.assertTrue(card.points)  # the transaction has begun
            if disturbed[card.id]:
                disturbed[card.id] -= 1
                with self.registry.cursor() as other:
                    other.execute(
                        "UPDATE loyalty_card SET write_date = now() WHERE id = %s", [card.id]
                    )
            card.points += 5

        with self.committed() as env:
            work_off(env["loyalty.card"].browse(ids), do, 1)
        first, second, third = ids
        self.assertEqual(tries, [first, first, second, second, second, third])
        with self.committed() as env:
            cards = env["loyalty.card"].browse(ids)
            self.assertEqual(cards.mapped("points"), [105, 10, 15])
            self.assertEqual(
                [sum(card.service_move_ids.mapped("points")) for card in cards], [105, 10, 15]
            )
            cards[1:].action_archive()
            env["res.partner"].browse(partner_ids).action_archive()
