"""A year at the desk: whatever happens, the logs alone say what the clocks say."""

from datetime import datetime, timedelta
from random import Random

from odoo.tests import tagged

from .common import SlaCommon, at, utc

TICKETS = 30
STEPS = 240
DAYS = 365
START = datetime(2026, 1, 5)


@tagged("post_install", "-at_install")
class TestYear(SlaCommon):
    """Thirty tickets from January 2026 to January 2027, with days off and other promises."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.write({"next_response_hours": 2, "resolution_hours": 1200})
        cls.urgent = cls.policy.copy(
            {"name": "Urgent", "sequence": 1, "min_priority": "2", "resolution_hours": 6}
        )
        cls.dice = Random(365)
        cls.stages = cls.stage_new + cls.stage_progress + cls.stage_awaiting + cls.stage_done

    def test_a_year_is_what_a_replay_makes(self):
        minutes = sorted(self.dice.randrange(DAYS * 24 * 60) for _step in range(STEPS))
        tickets, told = self.Ticket, set()
        steps = [getattr(self, name) for name in dir(self) if name.startswith("step_")]
        for minute in minutes:
            when = str(START + timedelta(minutes=minute))
            if len(tickets) < TICKETS and (not tickets or self.dice.random() < 0.25):
                tickets |= self.file(when)
                continue
            step = self.dice.choice(steps)
            told.add(step.__name__)
            step(when, self.dice.choice(list(tickets)))
            with at(when):
                tickets.loyalty_sla_clock_ids.filtered("replan_date")._replan(utc(when))
                self.env.flush_all()
        self.assertEqual((len(tickets), len(told)), (TICKETS, len(steps)))
        last = str(START + timedelta(days=DAYS))
        clocks = tickets.loyalty_sla_clock_ids
        with at(last):
            clocks._sweep(utc(last))
            self.env.flush_all()
            self.assertTrue(all(clock._is_verifiable() for clock in clocks))
            self.assertFalse(self.Clock._verify(tickets))
        states = set(clocks.mapped("state"))
        self.assertLessEqual({"running", "paused", "met", "missed"}, states)

    def step_move(self, when, ticket):
        self.move(when, ticket, self.dice.choice(self.stages - ticket.stage_id))

    def step_answer(self, when, ticket):
        self.answer(when, ticket)

    def step_reply(self, when, ticket):
        self.answer(when, ticket, author=self.contact)

    def step_priority(self, when, ticket):
        with at(when):
            ticket.priority = self.dice.choice("0123")
            self.env.flush_all()

    def step_sweep(self, when, ticket):
        with at(when):
            ticket.loyalty_sla_clock_ids._sweep(utc(when))
            self.env.flush_all()

    def step_day_off(self, when, _ticket):
        """Of a day within half a year before or after: it is entered late, or ahead."""
        day = datetime.fromisoformat(when) + timedelta(days=self.dice.randrange(-180, 180))
        with at(when):
            self.env["resource.calendar.leaves"].create(
                {
                    "name": "Day off",
                    "calendar_id": self.calendar.id,
                    "date_from": utc(f"{day:%Y-%m-%d} 00:00"),
                    "date_to": utc(f"{day:%Y-%m-%d} 23:59"),
                }
            )
            self.env.flush_all()
