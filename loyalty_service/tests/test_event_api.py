import json
import os
import subprocess
import sys
import xmlrpc.client
from datetime import timedelta
from pathlib import Path

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

SCRIPT = Path(__file__).parents[1] / "examples" / "post_events.py"
ROUTE = "/json/2/loyalty.service.event/record_events"


@tagged("post_install", "-at_install")
class TestEventApi(HttpCase):
    """Other programs at the doors of a server: the sample script, JSON-2 and XML-RPC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.env["res.partner"].create(
            {"name": "Lantern by Wire", "is_company": True, "ref": "W-1"}
        )
        cls.user = new_test_user(
            cls.env, "wechat_connector", groups="loyalty_service.group_loyalty_user"
        )
        cls.key = cls._make_key(cls.user)
        cls.rows = [
            {
                "type": "wechat",
                "client": "W-1",
                "external_id": f"wx-{number}",
                "date": f"2024-03-0{number}T09:30:00+08:00",
                "summary": f"第{number}条",
            }
            for number in range(1, 4)
        ]

    @classmethod
    def _make_key(cls, user):
        Keys = cls.env["res.users.apikeys"].with_user(user)
        return Keys._generate("rpc", "test", fields.Datetime.now() + timedelta(days=1))

    def events(self):
        self.env.invalidate_all()
        return self.env["loyalty.service.event"].search([("partner_id", "=", self.partner.id)])

    def run_script(self, rows, key=None, database=None):
        """:param rows: a list of events, or what stands in the file instead of one"""
        place = [self.base_url(), database or get_db_name()]
        with self.allow_requests(all_requests=True):
            return subprocess.run(
                [sys.executable, SCRIPT, *place, "-", "--lang", "en_US"],
                input=rows if isinstance(rows, str) else json.dumps(rows),
                env={**os.environ, "ODOO_API_KEY": key or self.key, "no_proxy": "*"},
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )

    def test_the_sample_script_twice(self):
        first = self.run_script(self.rows)
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertEqual(json.loads(first.stdout), {"created": 3, "known": 0, "error": 0})
        events = self.events()
        second = self.run_script(self.rows)
        self.assertEqual(json.loads(second.stdout), {"created": 0, "known": 3, "error": 0})
        self.assertEqual(self.events(), events)
        self.assertEqual(set(events.mapped("summary")), {"第1条", "第2条", "第3条"})
        self.assertEqual(events.user_id, self.user)

    def test_the_sample_script_says_what_is_wrong(self):
        told = self.run_script([*self.rows, {"type": "wechat", "client": "W-2"}])
        self.assertEqual(told.returncode, 1)
        self.assertIn("row 3: There is no client “W-2”.", told.stderr)
        self.assertEqual(len(self.events()), 3)
        with mute_logger("odoo.http"):
            refused = self.run_script(self.rows, key="wrong")
        self.assertEqual(refused.returncode, 1)
        self.assertTrue(refused.stderr.startswith("401"), refused.stderr)
        self.assertNotIn("Traceback", refused.stderr)

    def test_the_sample_script_mistyped(self):
        """A database that is not there, a file that is none: a sentence, no page of HTML."""
        with mute_logger("odoo.http"):
            told = self.run_script(self.rows, database="loyalty_demmo")
        self.assertEqual(told.returncode, 1)
        self.assertRegex(told.stderr, r"^404: http\S+ has no database 'loyalty_demmo'")
        self.assertNotIn("<", told.stderr)
        for text, reason in (("[{", "is not JSON"), ("{}", "holds no list")):
            told = self.run_script(text)
            self.assertEqual(told.returncode, 1)
            self.assertIn(reason, told.stderr)
            self.assertNotIn("Traceback", told.stderr)
        self.assertFalse(self.events())

    def json2(self, body, key=None):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.url_open(
            ROUTE,
            data=data,
            headers={
                "Authorization": f"bearer {key or self.key}",
                "Content-Type": "application/json",
            },
        )

    def test_bad_calls_of_the_route(self):
        """A clear answer each: no error of the server, no partial record."""
        portal = new_test_user(self.env, "portal_by_wire", groups="base.group_portal")
        calls = [
            ({"events": self.rows}, self._make_key(portal), 403),
            ({"events": "call"}, None, 422),
            ({"events": {"type": "call"}}, None, 422),
            ({"wrong": []}, None, 422),
            ({}, None, 422),
            (b"{", None, 400),
            (b'{"events": [NaN]}', None, 200),
            (b'{"events": [{"client": "W-1", "type": "call", "amount": Infinity}]}', None, 200),
            (b'{"events": [{"client": "W-1", "type": "call", "note": "\\ud800"}]}', None, 200),
            (b'{"events": [{"client": "W-1", "type": "call", "note": "\\u0000"}]}', None, 200),
            (b'{"events": [[[[[]]]], null, 7, {"client": {"a": [1]}}]}', None, 200),
        ]
        for body, key, status in calls:
            with self.subTest(body=body), mute_logger("odoo.http"):
                answer = self.json2(body, key)
                self.assertEqual(answer.status_code, status, answer.text[:300])
                if status == 200:
                    self.assertEqual({row["status"] for row in answer.json()}, {"error"})
        self.assertFalse(self.events())

    def test_xml_rpc(self):
        # Odoo 20 will know JSON-2 only.
        deprecated = mute_logger("odoo.addons.rpc.controllers.xmlrpc")
        with self.allow_requests(all_requests=True), deprecated:
            models = xmlrpc.client.ServerProxy(f"{self.base_url()}/xmlrpc/2/object")
            answers = [
                models.execute_kw(
                    get_db_name(),
                    self.user.id,
                    self.key,
                    "loyalty.service.event",
                    "record_events",
                    [self.rows],
                )
                for _twice in range(2)
            ]
        self.assertEqual(
            [[row["status"] for row in rows] for rows in answers],
            [["created"] * 3, ["known"] * 3],
        )
        self.assertEqual(len(self.events()), 3)
