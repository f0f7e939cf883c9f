"""What came of promises stays; corrections alone reach back."""

from importlib.util import module_from_spec, spec_from_file_location

from odoo.tests import tagged
from odoo.tools import SQL, file_path

from .common import SlaCommon, at, utc


@tagged("post_install", "-at_install")
class TestOutcome(SlaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Outcome = cls.env["loyalty.service.sla.outcome"]

    def rows(self, ticket, target=None):
        rows = self.Outcome.search([("ticket_id", "=", ticket.id)])
        return [
            (row.kind, row.wait, row.date) for row in rows if not target or row.target == target
        ]

    def sweep(self, when, ticket):
        with at(when):
            ticket.loyalty_sla_clock_ids._sweep(utc(when))
            self.env.flush_all()

    def typhoon(self):
        """Make a holiday of Monday afternoon."""
        return self.env["resource.calendar.leaves"].create(
            {
                "name": "Typhoon",
                "calendar_id": self.calendar.id,
                "date_from": utc("2026-03-02 13:00"),
                "date_to": utc("2026-03-02 18:00"),
            }
        )

    def test_a_sweep_and_a_late_answer_are_one_miss(self):
        ticket = self.file("2026-03-02 10:00")
        for when in ("2026-03-02 15:01", "2026-03-02 16:00"):
            self.sweep(when, ticket)
        self.answer("2026-03-02 17:00", ticket)
        self.assertEqual(
            self.rows(ticket, "first_response"),
            [("missed", 1, utc("2026-03-02 15:00")), ("ended", 1, utc("2026-03-02 17:00"))],
        )

    def test_a_holiday_that_was_forgotten_takes_a_miss_back(self):
        ticket = self.file("2026-03-02 10:00")
        self.sweep("2026-03-02 16:00", ticket)
        clock = self.clock(ticket, "first_response")
        self.assertEqual(self.rows(ticket), [("missed", 1, utc("2026-03-02 15:00"))])
        with at("2026-03-02 17:00"):
            self.typhoon()
            clock._replan(utc("2026-03-02 17:00"))
        # Two hours were left on Tuesday at 9:00.
        self.assertEqual(clock.deadline, utc("2026-03-03 11:00"))
        self.assertEqual(self.rows(ticket), [])

    def test_what_was_kept_stays_kept_by_other_hours(self):
        """2 h on Monday, 1 h on Tuesday: solved in 3 h of 5, without the afternoon.

        With it the 5 h ended on Monday at 16:00. That shows when the ticket is reopened.
        """
        self.policy.resolution_hours = 5
        holiday = self.typhoon()
        ticket = self.file("2026-03-02 10:00")
        self.move("2026-03-03 10:00", ticket, self.stage_done)
        kept = ("kept", 1, utc("2026-03-03 10:00"))
        self.assertEqual(self.rows(ticket, "resolution"), [kept])
        with at("2026-03-03 12:00"):
            holiday.unlink()
            self.env.flush_all()
        self.move("2026-03-04 09:00", ticket, self.stage_progress)
        self.assertEqual(self.clock(ticket).breach_date, utc("2026-03-02 16:00"))
        self.assertEqual(
            self.rows(ticket, "resolution"), [kept, ("missed", 1, utc("2026-03-04 09:00"))]
        )

    def test_the_past_is_filled_by_the_upgrade(self):
        """As if it had been kept from the beginning; what is there already is left alone."""
        self.policy.next_response_hours = 2
        tickets = self.Ticket.union(*(self.file("2026-03-02 09:00") for _ in range(3)))
        first, second, third = tickets
        self.answer("2026-03-02 10:00", first)
        self.answer("2026-03-02 11:00", first, author=self.contact)
        self.answer("2026-03-03 10:00", first)
        self.answer("2026-03-03 11:00", first, author=self.contact)
        self.answer("2026-03-03 11:30", first)
        self.move("2026-03-02 11:00", second, self.stage_done)
        self.move("2026-03-03 11:00", second, self.stage_progress)
        self.move("2026-03-09 11:00", second, self.stage_done)
        with at("2026-03-09 12:00"):
            second._loyalty_answer_as_client("confirmed", "4")
            self.env.flush_all()
        self.sweep("2026-03-02 15:00", third)
        kept = {ticket: self.rows(ticket) for ticket in tickets}
        self.assertEqual(len(kept[first]), 4)
        self.env.cr.execute(SQL("DELETE FROM loyalty_service_sla_outcome"))
        self.Outcome.invalidate_model()
        path = file_path("loyalty_service_sla/migrations/19.0.1.1.0/post-outcome.py")
        spec = spec_from_file_location("post_outcome", path)
        script = module_from_spec(spec)
        spec.loader.exec_module(script)
        for _ in range(2):
            script.migrate(self.env.cr, "19.0.1.0.0")
            self.Outcome.invalidate_model()
            self.assertEqual({ticket: self.rows(ticket) for ticket in tickets}, kept)
