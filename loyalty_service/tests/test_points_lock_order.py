from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event, current_thread
from unittest.mock import patch
from uuid import uuid4

from psycopg2 import OperationalError
from psycopg2.errors import SerializationFailure

from odoo import fields
from odoo.tests import tagged
from odoo.tests.common import BaseCase
from odoo.tools import mute_logger

from .common import Committing
from .meeting import wait_until_waiting

WAIT = 60


@tagged("post_install", "-at_install")
class TestPointsLockOrder(Committing, BaseCase):
    """Whoever gives points holds the account first and its client next.

    A call is noted on the client besides: it must not hold the client before the account. What
    is committed belongs to a firm of its own, and is archived at the end.
    """

    def setUp(self):
        super().setUp()
        with self.committed() as env:
            company = env["res.company"].create({"name": f"Order of locks {uuid4()}"})
            program = env["loyalty.program"].create(
                {
                    "name": "Order of locks",
                    "program_type": "loyalty",
                    "applies_on": "both",
                    "service_points": True,
                    "company_id": company.id,
                    "rule_ids": [],
                }
            )
            env["loyalty.service.earning.rule"].create(
                [
                    {
                        "name": code,
                        "program_id": program.id,
                        "event_type_id": env.ref(f"loyalty_service.event_type_{code}").id,
                        "points_fixed": points,
                        "use_tier_multiplier": False,
                        "date_from": False,
                    }
                    for code, points in (("call", 5), ("invoice_paid_on_time", 70))
                ]
            )
            partner = env["res.partner"].create({"name": "Called and Paid", "is_company": True})
            self.company_id, self.program_id = company.id, program.id
            self.partner_id = partner.id
            # The client and its account are there already, and it was called an hour ago.
            self.record(env, "call", fields.Datetime.now() - timedelta(hours=1))
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.committed() as env:
            env["loyalty.card"].search([("program_id", "=", self.program_id)]).action_archive()
            program = env["loyalty.program"].browse(self.program_id)
            program.earning_rule_ids.action_archive()
            program.write({"service_points": False, "active": False})
            env["res.partner"].browse(self.partner_id).action_archive()
            env["res.company"].browse(self.company_id).active = False

    def record(self, env, code, date=None):
        env["loyalty.service.event"].create(
            {
                "type_id": env.ref(f"loyalty_service.event_type_{code}").id,
                "partner_id": self.partner_id,
                "company_id": self.company_id,
                "date": date or fields.Datetime.now(),
            }
        )

    def request(self, code):
        """Record an event in a thread that has its name; return the error that PostgreSQL gave."""
        current_thread().name = code
        try:
            with self.committed() as env:
                self.record(env, code)
        except OperationalError as error:
            return type(error)
        return None

    def meet(self, first, second):
        """Have ``second`` come when ``first`` holds the account and not yet the client."""
        LoyaltyCard = self.registry["loyalty.card"]
        set_points = LoyaltyCard._set_points
        booked, go_on = Event(), Event()

        def set_points_later(cards, *args, **options):
            if current_thread().name == first:
                booked.set()
                self.assertTrue(go_on.wait(WAIT))
            return set_points(cards, *args, **options)

        with (
            patch.object(LoyaltyCard, "_set_points", set_points_later),
            ThreadPoolExecutor(2) as pool,
        ):
            try:
                one = pool.submit(self.request, first)
                self.assertTrue(booked.wait(WAIT))
                other = pool.submit(self.request, second)
                wait_until_waiting(self.registry, [other])
            finally:
                go_on.set()
            return one.result(WAIT), other.result(WAIT)

    @mute_logger("odoo.sql_db")
    def test_a_call_meets_a_payment(self):
        """The call waits, and is told to look again, on which Odoo runs it again; no deadlock."""
        self.assertEqual(
            self.meet("invoice_paid_on_time", "call"),
            (None, SerializationFailure),
        )
        self.assertIsNone(self.request("call"))
        self.check(5 + 70 + 5)

    @mute_logger("odoo.sql_db")
    def test_a_payment_meets_a_call(self):
        self.assertEqual(
            self.meet("call", "invoice_paid_on_time"),
            (None, SerializationFailure),
        )
        self.assertIsNone(self.request("invoice_paid_on_time"))
        self.check(5 + 5 + 70)

    def check(self, points):
        with self.committed() as env:
            card = env["loyalty.card"].search([("program_id", "=", self.program_id)])
            self.assertEqual(card.points, points)
            self.assertEqual(sum(card.service_move_ids.mapped("points")), points)
            self.assertEqual(card.service_client_ids.mapped("points"), [points])
            events = env["loyalty.service.event"].search([("partner_id", "=", self.partner_id)])
            last_call = max(event.date for event in events if event.type_id.code == "call")
            self.assertEqual(card.service_client_ids.last_contact_date, last_call)
