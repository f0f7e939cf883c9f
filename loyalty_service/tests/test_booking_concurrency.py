from threading import Thread
from uuid import uuid4

from odoo import Command
from odoo.tests import tagged
from odoo.tests.common import BaseCase
from odoo.tools import mute_logger

from .common import Committing


@tagged("post_install", "-at_install")
class TestBookingConcurrency(Committing, BaseCase):
    """Clients who ask for the same time at the same moment, each on a connection of its own."""

    def setUp(self):
        super().setUp()
        with self.in_firm() as env:
            hours = env["resource.calendar"].create(
                {
                    "name": "Always",
                    "attendance_ids": [
                        Command.clear(),
                        *(
                            Command.create(
                                {
                                    "name": "Work",
                                    "dayofweek": str(day),
                                    "hour_from": 8,
                                    "hour_to": 18,
                                }
                            )
                            for day in range(7)
                        ),
                    ],
                }
            )
            company = env["res.company"].create(
                {"name": f"Contested Times {uuid4()}", "resource_calendar_id": hours.id}
            )
            manager = env["res.users"].create(
                {
                    "name": "Everybody's",
                    "login": f"contested_times_{uuid4()}",
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                }
            )
            program = env["loyalty.program"].create(
                {
                    "name": "Contested times",
                    "program_type": "loyalty",
                    "applies_on": "both",
                    "service_points": True,
                    "company_id": company.id,
                    "rule_ids": [],
                    "booking_limit": 1,
                    "booking_slot_minutes": 60,
                }
            )
            partners = env["res.partner"].create(
                [{"name": f"In a hurry {n}", "user_id": manager.id} for n in range(3)]
            )
            clients = env["loyalty.service.client"]._ensure(partners, company)
            self.client_ids = clients.ids
            slots = clients[0]._booking_slots()
            self.first, self.second = slots[0][0], slots[1][0]
            self.made = {
                "partners": partners.ids,
                "program": program.id,
                "manager": manager.id,
                "company": company.id,
                "hours": hours.id,
            }
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.committed() as env:
            env["calendar.event"].with_context(active_test=False).search(
                [("loyalty_client_id", "in", self.client_ids)]
            ).unlink()
            partners = env["res.partner"].browse(self.made["partners"])
            partners.activity_ids.unlink()
            partners.loyalty_client_ids.unlink()
            partners.unlink()
            program = env["loyalty.program"].browse(self.made["program"])
            program.active = False
            manager = env["res.users"].browse(self.made["manager"])
            manager.active = False
            env["res.company"].browse(self.made["company"]).active = False

    def in_firm(self):
        return self.committed(no_mail_to_attendees=True)

    def book(self, client=0, start=None):
        def request(env):
            record = env["loyalty.service.client"].browse(self.client_ids[client])
            return record._book(record.partner_id, start or self.first, "call").id

        return request

    def booked(self):
        with self.committed() as env:
            return env["calendar.event"].search_count(
                [("loyalty_client_id", "in", self.client_ids)]
            )

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_three_clients_want_one_time(self):
        outcomes = self.at_once(*(self.book(number) for number in range(3)))
        self.assertEqual(
            outcomes.count("This time is not free any more. Please choose another."), 2
        )
        self.assertEqual(self.booked(), 1)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_a_double_click_books_once(self):
        outcomes = self.at_once(*[self.book()] * 3)
        self.assertEqual(len(set(outcomes)), 1)
        self.assertEqual(self.booked(), 1)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_the_limit_holds_for_two_colleagues(self):
        outcomes = self.at_once(self.book(), self.book(start=self.second))
        refused = [told for told in outcomes if isinstance(told, str)]
        self.assertEqual(len(refused), 1)
        self.assertIn("You have an appointment ahead", refused[0])
        self.assertEqual(self.booked(), 1)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_the_other_waits_and_then_reads_that_it_is_taken(self):
        """The second request begins while the first one has booked and not committed yet."""
        outcomes = []
        with self.committed(no_mail_to_attendees=True) as env:
            self.book()(env)
            thread = Thread(target=lambda: outcomes.extend(self.at_once(self.book(1))))
            thread.start()
            for _attempt in range(100):
                env.cr.execute("SELECT COUNT(*) FROM pg_locks WHERE NOT granted")
                if env.cr.fetchone()[0]:
                    break
                thread.join(0.1)
            self.assertTrue(thread.is_alive(), "it waits")
            env.cr.commit()
        thread.join(60)
        self.assertEqual(outcomes, ["This time is not free any more. Please choose another."])
        self.assertEqual(self.booked(), 1)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_clicks_cancel_once(self):
        [meeting_id] = self.at_once(self.book())

        def cancel(env):
            env["calendar.event"].browse(meeting_id)._loyalty_cancel_by_client()
            return True

        with self.committed() as env:
            program = env["loyalty.program"].browse(self.made["program"])
            program.booking_cancel_hours = 0
        self.assertEqual(self.at_once(*[cancel] * 3), [True] * 3)
        with self.committed() as env:
            notes = env["mail.message"].search(
                [
                    ("model", "=", "res.partner"),
                    ("res_id", "=", self.made["partners"][0]),
                    ("body", "like", "Appointment cancelled"),
                ]
            )
            self.assertEqual(len(notes), 1)
        self.assertEqual(self.booked(), 0)
