from threading import Thread

from odoo.tests import tagged
from odoo.tests.common import BaseCase
from odoo.tools import mute_logger

from .rewards_common import ContestedRewards


@tagged("post_install", "-at_install")
class TestRewardsConcurrency(ContestedRewards, BaseCase):
    """Several connections at once."""

    def redeem(self, name, client=0, token=None):
        def request(env):
            redemption = env["loyalty.service.redemption"]._redeem(
                env["loyalty.service.client"].browse(self.client_ids[client]),
                env["loyalty.reward"].browse(self.rewards[name]),
                token=token,
            )
            return redemption.id

        return request

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

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_redeeming_and_earning_wait_for_each_other_in_the_same_order(self):
        """Whoever has the account gets the client, too: none holds the one and wants the other."""
        with self.committed() as env:
            client = env["loyalty.service.client"].browse(self.client_ids[0])
            client.card_id._lock_accounts()  # as the booking of what the client earned
            outcomes = []
            thread = Thread(target=lambda: outcomes.extend(self.at_once(self.redeem("Box"))))
            thread.start()
            for _attempt in range(100):
                env.cr.execute("SELECT COUNT(*) FROM pg_locks WHERE NOT granted")
                if env.cr.fetchone()[0]:
                    break
                thread.join(0.1)
            self.assertTrue(thread.is_alive(), "it waits for the account")
            # What follows on the client: nobody who waits for us holds it.
            env.cr.execute(
                "SELECT id FROM loyalty_service_client WHERE id = %s FOR NO KEY UPDATE NOWAIT",
                [client.id],
            )
            env.cr.commit()
        thread.join(60)
        self.assertEqual(self.state(), ([40, 100], 1))
