import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from odoo import fields
from odoo.tests import new_test_user, tagged
from odoo.tests.common import HOST, BaseCase, get_db_name
from odoo.tools import config, mute_logger

from .meeting import meeting
from .rewards_common import ContestedRewards
from .server_common import Visitor, told

SCRIPT = Path(__file__).parents[1] / "examples" / "post_events.py"
ROUTE = "/json/2/loyalty.service.event/record_events"


@tagged("post_install", "-at_install")
class TestRequestsAtOnce(ContestedRewards, BaseCase):
    """What two people, or two programs, send to the running server in the same moment."""

    def setUp(self):
        super().setUp()
        with self.committed() as env:
            env["res.lang"]._activate_lang("zh_CN")
            self.user_ids = []
            # Two contacts of the first client, one of whom reads Chinese.
            for login, lang in (("two_hands_en", "en_US"), ("two_hands_zh", "zh_CN")):
                contact = env["res.partner"].create(
                    {"name": login, "parent_id": self.partner_ids[0], "lang": lang}
                )
                user = new_test_user(
                    env,
                    f"{login}_{contact.id}",
                    groups="base.group_portal",
                    password=f"{login}_{contact.id}",
                    partner_id=contact.id,
                )
                self.user_ids.append(user.id)
            connector = new_test_user(
                env,
                f"connector_{self.program_id}",
                groups="loyalty_service.group_loyalty_user",
            )
            self.user_ids.append(connector.id)
            Keys = env["res.users.apikeys"].with_user(connector)
            self.key = Keys._generate("rpc", "test", fields.Datetime.now() + timedelta(days=1))
            self.logins = env["res.users"].browse(self.user_ids[:2]).mapped("login")

    def _clean_up(self):
        with self.committed() as env:
            # Other tests count what has happened with the clients of this firm.
            env.cr.execute(
                """
                DELETE FROM loyalty_service_event event
                      WHERE event.partner_id = ANY(%s)
                        AND NOT EXISTS (
                            SELECT FROM loyalty_service_move WHERE event_id = event.id
                            )
                """,
                [self.partner_ids],
            )
            users = env["res.users"].browse(self.user_ids)
            users.action_archive()
            users.partner_id.action_archive()
        return super()._clean_up()

    def meet(self, *calls):
        return meeting(self.registry, "loyalty_service_client", self.client_ids[:1], *calls)

    def redemption_url(self):
        with self.committed() as env:
            client = env["loyalty.service.client"].browse(self.client_ids[0])
            [redemption_id] = client.redemption_ids.ids
        return f"/my/loyalty/redemption/{redemption_id}"

    # ------------------------------------------------------------------
    # The portal
    # ------------------------------------------------------------------

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_contacts_redeem_the_same_points(self):
        """One gets the box; the other reads why not, in its own language."""
        words = ("20 more points are needed.", "还差 20 积分。")
        visitors = [Visitor(login) for login in self.logins]
        page = f"/my/loyalty/reward/{self.rewards['Box']}"
        forms = [visitor.form(page) for visitor in visitors]
        answers = self.meet(
            *(
                lambda visitor=visitor, form=form: visitor.send_form(*form)
                for visitor, form in zip(visitors, forms, strict=True)
            )
        )
        won = [answer.url.endswith(self.redemption_url()) for answer in answers]
        self.assertEqual(sorted(won), [False, True])
        loser = won.index(False)
        self.assertEqual(told(answers[loser]).count(words[loser]), 1)
        self.assertEqual(self.state(), ([40, 100], 1))

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_each_language_is_told(self):
        """Of two that lose, each reads it in its own language."""
        visitors = [Visitor(login) for login in self.logins]
        page = f"/my/loyalty/reward/{self.rewards['Box']}"
        forms = [visitor.form(page) for visitor in visitors]
        with self.committed() as env:
            env["loyalty.service.client"].browse(self.client_ids[0]).card_id.points = 40
        pages = [
            told(visitor.send_form(*form)) for visitor, form in zip(visitors, forms, strict=True)
        ]
        self.assertIn("20 more points are needed.", pages[0])
        self.assertIn("还差 20 积分。", pages[1])
        self.assertEqual(self.state(), ([40, 100], 0))

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_a_double_click(self):
        """The same page sent twice leads twice to the one redemption."""
        visitor = Visitor(self.logins[0])
        url, values = visitor.form(f"/my/loyalty/reward/{self.rewards['Last one']}")
        answers = self.meet(*[lambda: visitor.send_form(url, values)] * 2)
        self.assertTrue(all(answer.url.endswith(self.redemption_url()) for answer in answers))
        self.assertEqual(self.state(), ([99, 100], 1))

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_a_double_click_on_cancel(self):
        visitor = Visitor(self.logins[0])
        visitor.send_form(*visitor.form(f"/my/loyalty/reward/{self.rewards['Box']}"))
        url, values = visitor.form(self.redemption_url())
        self.meet(*[lambda: visitor.send_form(url, values)] * 2)
        self.assertEqual(self.state(), ([100, 100], 0))

    # ------------------------------------------------------------------
    # Other programs
    # ------------------------------------------------------------------

    def rows(self):
        return [
            {
                "type": "call",
                "client_id": self.partner_ids[0],
                "external_id": f"{self.key}-{number}",
            }
            for number in range(3)
        ]

    def post(self, rows):
        return Visitor().post(
            ROUTE, json={"events": rows}, headers={"Authorization": f"bearer {self.key}"}
        )

    def count_events(self):
        with self.committed() as env:
            return env["loyalty.service.event"].search_count(
                [("partner_id", "=", self.partner_ids[0]), ("type_id.code", "=", "call")]
            )

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_connectors_post_the_same_events(self):
        answers = meeting(
            self.registry,
            "res_partner",
            self.partner_ids[:1],
            lambda: self.post(self.rows()),
            # In another order: neither may wait for the other for ever.
            lambda: self.post(self.rows()[::-1]),
        )
        self.assertEqual([answer.status_code for answer in answers], [200, 200])
        statuses = [[row["status"] for row in answer.json()] for answer in answers]
        self.assertEqual(sorted(statuses), [["created"] * 3, ["known"] * 3])
        first, second = ([row["id"] for row in answer.json()] for answer in answers)
        self.assertEqual(first, second[::-1])
        self.assertEqual(self.count_events(), 3)

    def run_script(self):
        return subprocess.run(
            [
                *(sys.executable, SCRIPT, f"http://{HOST}:{config['http_port']}"),
                *(get_db_name(), "-"),
            ],
            input=json.dumps(self.rows()),
            env={**os.environ, "ODOO_API_KEY": self.key, "no_proxy": "*"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_the_sample_script_runs_twice_at_once(self):
        runs = meeting(self.registry, "res_partner", self.partner_ids[:1], *[self.run_script] * 2)
        self.assertEqual([run.returncode for run in runs], [0, 0], runs)
        counts = [json.loads(run.stdout) for run in runs]
        self.assertEqual(sorted(count["created"] for count in counts), [0, 3])
        self.assertEqual(sorted(count["known"] for count in counts), [0, 3])
        self.assertEqual(self.count_events(), 3)
