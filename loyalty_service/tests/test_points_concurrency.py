from threading import Thread

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tests.common import BaseCase, get_db_name
from odoo.tools import mute_logger

from ..batch import work_off


@tagged("post_install", "-at_install")
class TestPointsConcurrency(BaseCase):
    """Two connections that want the same points. What is committed is archived at the end."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
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
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["loyalty.card"].browse(self.card_id).action_archive()
            env["loyalty.program"].browse(self.program_id).write(
                {"service_points": False, "active": False}
            )
            env["res.partner"].browse(self.partner_id).action_archive()

    def cursor(self):
        cr = self.registry.cursor()
        self.addCleanup(cr.close)
        return cr

    def test_a_scheduled_action_leaves_what_another_works_on(self):
        first, second = self.cursor(), self.cursor()
        for cr in (first, second):
            cr.execute("SET lock_timeout = '2s'")
        cards = [
            api.Environment(cr, SUPERUSER_ID, {})["loyalty.card"].browse(self.card_id)
            for cr in (first, second)
        ]
        cards[0]._lock_accounts()
        # Without waiting, which would end in an error here.
        cards[1]._expire_due()
        first.commit()
        cards[1]._expire_due()

    @mute_logger("odoo.sql_db")
    def test_the_second_connection_waits_and_is_told_to_look_again(self):
        first, second = self.cursor(), self.cursor()
        cards = [
            api.Environment(cr, SUPERUSER_ID, {})["loyalty.card"].browse(self.card_id)
            for cr in (first, second)
        ]
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
        first.commit()
        thread.join(10)
        self.assertIsInstance(outcome[0], SerializationFailure)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_of_two_requests_one_gets_the_points_and_the_other_a_message(self):
        outcomes = []

        def request():
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})

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
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.assertEqual(env["loyalty.card"].browse(self.card_id).points, 20)
            cr.execute(
                "SELECT SUM(points) FROM loyalty_service_move WHERE card_id = %s", [self.card_id]
            )
            self.assertEqual(float(cr.fetchone()[0]), 20)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_connections_make_one_card(self):
        with self.registry.cursor() as cr:
            partner = api.Environment(cr, SUPERUSER_ID, {})["res.partner"].create(
                {"name": "First Points"}
            )
            partner_id = partner.id

        def request():
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
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
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            card = env["loyalty.card"].search([("partner_id", "=", partner_id)])
            self.assertEqual((len(card), card.points), (1, 30))
            card.action_archive()
            env["res.partner"].browse(partner_id).action_archive()

    @mute_logger("odoo.sql_db", "odoo.addons.loyalty_service.batch")
    def test_a_scheduled_action_that_others_are_in_the_way_of(self):
        """It tries again and, where that does not help, goes on with what is left."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
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

        with self.registry.cursor() as cr:
            work_off(api.Environment(cr, SUPERUSER_ID, {})["loyalty.card"].browse(ids), do, 1)
        first, second, third = ids
        self.assertEqual(tries, [first, first, second, second, second, third])
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cards = env["loyalty.card"].browse(ids)
            self.assertEqual(cards.mapped("points"), [105, 10, 15])
            self.assertEqual(
                [sum(card.service_move_ids.mapped("points")) for card in cards], [105, 10, 15]
            )
            cards[1:].action_archive()
            env["res.partner"].browse(partner_ids).action_archive()
