from threading import Thread

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tests.common import BaseCase, get_db_name
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestRewardsConcurrency(BaseCase):
    """Several connections at once. What is committed is archived at the end."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            program = env["loyalty.program"].create(
                {
                    "name": "Contested rewards",
                    "program_type": "loyalty",
                    "applies_on": "both",
                    "service_points": True,
                    "sequence": 0,
                    "company_id": env.company.id,
                    "rule_ids": [],
                    "service_reward_ids": [
                        Command.create(
                            {"description": "Box", "service_kind": "gift", "required_points": 60}
                        ),
                        Command.create(
                            {
                                "description": "Last one",
                                "service_kind": "gift",
                                "required_points": 1,
                                "service_has_stock": True,
                                "service_stock": 1,
                            }
                        ),
                        Command.create(
                            {
                                "description": "One a year",
                                "service_kind": "upgrade",
                                "required_points": 1,
                                "service_limit": 1,
                            }
                        ),
                    ],
                }
            )
            partners = env["res.partner"].create(
                [{"name": f"Two Hands {n}", "is_company": True} for n in range(2)]
            )
            env["loyalty.card"].create(
                [
                    {"program_id": program.id, "partner_id": partner.id, "points": 100}
                    for partner in partners
                ]
            )
            clients = env["loyalty.service.client"].search([("partner_id", "in", partners.ids)])
            self.partner_ids, self.client_ids = partners.ids, clients.ids
            self.program_id = program.id
            self.rewards = {reward.description: reward.id for reward in program.service_reward_ids}
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        # The ledger cannot be deleted, so the records behind it stay, out of the way.
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["loyalty.card"].search([("program_id", "=", self.program_id)]).action_archive()
            env["loyalty.program"].browse(self.program_id).write({"active": False, "sequence": 999})
            env["res.partner"].browse(self.partner_ids).action_archive()

    def at_once(self, *requests):
        """Carry out functions of an environment, each in a connection; return what they say."""
        outcomes = []

        def run(request):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                try:
                    outcomes.append(retrying(lambda: request(env), env))
                except UserError as error:
                    outcomes.append(str(error))

        threads = [Thread(target=run, args=[request]) for request in requests]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(len(outcomes), len(requests))
        return outcomes

    def redeem(self, name, client=0, token=None):
        def request(env):
            redemption = env["loyalty.service.redemption"]._redeem(
                env["loyalty.service.client"].browse(self.client_ids[client]),
                env["loyalty.reward"].browse(self.rewards[name]),
                token=token,
            )
            return redemption.id

        return request

    def state(self):
        """Return ``(points of the clients' cards, number of redemptions that stand)``."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            clients = env["loyalty.service.client"].browse(self.client_ids)
            for card in clients.card_id:
                self.assertAlmostEqual(card.points, sum(card.service_move_ids.mapped("points")))
            standing = clients.redemption_ids.filtered(lambda one: one.state != "cancelled")
            return clients.mapped("card_id.points"), len(standing)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_colleagues_want_the_same_points(self):
        outcomes = self.at_once(*[self.redeem("Box")] * 3)
        messages = [told for told in outcomes if isinstance(told, str)]
        self.assertEqual(messages, ["20 more points are needed."] * 2)
        self.assertEqual(self.state(), ([40, 100], 1))

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_a_double_click_redeems_once(self):
        outcomes = self.at_once(*[self.redeem("Last one", token="double click")] * 3)
        self.assertEqual(len(set(outcomes)), 1)
        self.assertEqual(self.state(), ([99, 100], 1))

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_clients_want_the_last_one(self):
        outcomes = self.at_once(self.redeem("Last one"), self.redeem("Last one", client=1))
        self.assertEqual(outcomes.count("None is left at the moment."), 1)
        self.assertEqual(self.state()[1], 1)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_a_limit_holds_for_two_colleagues(self):
        outcomes = self.at_once(*[self.redeem("One a year")] * 2)
        self.assertEqual(outcomes.count("Redeemed already: at most 1 a year."), 1)
        self.assertEqual(self.state(), ([99, 100], 1))

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_colleagues_cancel(self):
        [redemption_id] = self.at_once(self.redeem("Box"))

        def cancel(env):
            return env["loyalty.service.redemption"].browse(redemption_id).action_cancel()

        self.assertEqual(self.at_once(*[cancel] * 3), [True] * 3)
        self.assertEqual(self.state(), ([100, 100], 0))

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_one_delivers_while_another_cancels(self):
        [redemption_id] = self.at_once(self.redeem("Box"))

        def step(action):
            return lambda env: getattr(
                env["loyalty.service.redemption"].browse(redemption_id), action
            )()

        outcomes = self.at_once(step("action_deliver"), step("action_cancel"))
        self.assertEqual(outcomes.count(True), 1)
        [message] = [told for told in outcomes if told is not True]
        self.assertIn("this step is not possible", message)
        self.assertIn(self.state(), (([100, 100], 0), ([40, 100], 1)))
