"""What comes due because many tickets changed at once is held, whoever changed them."""

from odoo.fields import Command
from odoo.tests import tagged

from .common import at, utc
from .test_policy_change import PolicyCommon


@tagged("post_install", "-at_install")
class TestMassChange(PolicyCommon):
    """Standard: answer within 4 h, solution within 24. Urgent, from priority High: within 2 h.

    Filed on Monday 10:00, changed on Monday 14:00: 3 h are used.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.urgent = cls.Policy.create(
            {
                "name": "Urgent",
                "sequence": 1,
                "calendar_id": cls.calendar.id,
                "min_priority": "2",
                "first_response_hours": 2,
                "resolution_hours": 8,
            }
        )

    def some(self, number, **values):
        return self.Ticket.union(*(self.file("2026-03-02 10:00", **values) for _ in range(number)))

    def sweep(self, when, tickets):
        """Let the scheduled action come by."""
        with at(when):
            tickets.loyalty_sla_clock_ids._get_due(utc(when))._sweep(utc(when))
            self.env.flush_all()

    def held(self, tickets):
        return tickets.loyalty_sla_clock_ids.filtered("held")

    def test_one_ticket_by_hand_is_told_as_ever(self):
        ticket = self.some(1)
        self.put("2026-03-02 14:00", ticket, priority="3")
        self.sweep("2026-03-02 14:01", ticket)
        clock = self.clock(ticket, "first_response")
        self.assertEqual((clock.breach_date, clock.held), (utc("2026-03-02 14:00"), False))
        self.assertEqual(len(self.escalations(ticket)), 2)

    def test_two_changes_of_one_ticket_each(self):
        first, second = self.some(2)
        self.put("2026-03-02 14:00", first, priority="3")
        self.put("2026-03-02 14:05", second, priority="3")
        self.sweep("2026-03-02 14:10", first | second)
        self.assertFalse(self.held(first | second))

    def test_ten_in_one_write(self):
        tickets = self.some(10)
        self.put("2026-03-02 14:00", tickets, priority="3")
        self.sweep("2026-03-02 14:10", tickets)
        held = self.held(tickets)
        self.assertEqual((len(held), set(held.mapped("target"))), (10, {"first_response"}))
        self.assertEqual(set(held.mapped("breach_date")), {utc("2026-03-02 14:00")})
        self.assertFalse(self.escalations(tickets))
        # What the change did not cause is told when it comes: the solution, after 8 h, on
        # Tuesday 10:00.
        self.sweep("2026-03-03 10:01", tickets)
        self.assertEqual(len(self.escalations(tickets)), 20)
        with at("2026-03-03 11:00"):
            held.with_user(self.leader).action_drop()
        self.assertEqual(len(self.escalations(tickets)), 20)

    def test_one_after_the_other_in_one_transaction(self):
        """As an import does it: the first one is held with the others."""
        tickets = self.some(3)
        with at("2026-03-02 14:00"):
            for ticket in tickets:
                ticket.priority = "3"
            self.env.flush_all()
        self.sweep("2026-03-02 14:10", tickets)
        self.assertEqual(len(self.held(tickets)), 3)
        self.assertFalse(self.escalations(tickets))

    def test_what_was_late_before_is_told_as_ever(self):
        tickets = self.some(2)
        late = self.file("2026-03-02 09:00")
        # 4 h since 9:00 were over at 14:00; nobody has looked yet.
        self.put("2026-03-02 14:30", tickets | late, priority="3")
        clock = self.clock(late, "first_response")
        self.assertEqual((clock.breach_date, clock.held), (utc("2026-03-02 14:00"), False))
        self.assertEqual(len(self.escalations(late)), 2)
        self.assertEqual(self.held(tickets | late), self.held(tickets))
        self.assertEqual(len(self.held(tickets)), 2)

    def test_reminders_are_held_as_well(self):
        """Solution within 8 h: two reminders, 6 h before, lie behind after 3 h."""
        self.urgent.first_response_hours = 0
        with at("2020-01-01 09:00"):
            step = {"target": "resolution", "moment": "before", "minutes": 360, "who": "assignee"}
            self.ladder.step_ids = [Command.create(step)]
        tickets = self.some(2)
        self.put("2026-03-02 14:00", tickets, priority="3")
        held = self.held(tickets)
        self.assertEqual(held, self.Clock.union(*map(self.clock, tickets)))
        self.assertFalse(any(held.mapped("breached")))
        self.sweep("2026-03-02 14:10", tickets)
        self.assertFalse(tickets.activity_ids)
        with at("2026-03-02 14:20"):
            held.with_user(self.leader).action_release()
        self.assertEqual(len(tickets.activity_ids), 2)

    def test_team_category_and_tag(self):
        category = self.env["helpdesk.ticket.category"].create({"name": "Payroll"})
        tag = self.env["helpdesk.ticket.tag"].create({"name": "Deadline"})
        team = self.team.copy({"name": "Payroll"})
        self.urgent.min_priority = False
        for name, criteria, values in (
            ("team", {"team_ids": [Command.set(team.ids)]}, {"team_id": team.id}),
            (
                "category",
                {"category_ids": [Command.set(category.ids)]},
                {"category_id": category.id},
            ),
            ("tag", {"tag_ids": [Command.set(tag.ids)]}, {"tag_ids": [Command.set(tag.ids)]}),
        ):
            with self.subTest(name):
                empty = {key: [Command.clear()] for key in ("team_ids", "category_ids", "tag_ids")}
                self.urgent.write({**empty, **criteria})
                tickets = self.some(2)
                self.put("2026-03-02 14:00", tickets, **values)
                self.sweep("2026-03-02 14:10", tickets)
                self.assertEqual(len(self.held(tickets)), 2)
                self.assertFalse(self.escalations(tickets))

    def test_another_type_on_another_ladder(self):
        """Nothing else is promised, but the ladder of emergencies rings at once."""
        with at("2020-01-01 09:00"):
            self.Ladder.create(
                {
                    "name": "Bells",
                    "sequence": 1,
                    "calendar_id": self.calendar.id,
                    "ticket_types": [Command.set(self.types("emergency").ids)],
                    "step_ids": [
                        Command.create(
                            {"target": "resolution", "moment": "start", "who": "assignee"}
                        )
                    ],
                }
            )
        tickets = self.some(2)
        self.put("2026-03-02 14:00", tickets, loyalty_ticket_type="emergency")
        self.sweep("2026-03-02 14:10", tickets)
        self.assertEqual(self.held(tickets), self.Clock.union(*map(self.clock, tickets)))
        self.assertFalse(tickets.activity_ids)
        alone = self.some(1)
        self.put("2026-03-02 14:00", alone, loyalty_ticket_type="emergency")
        self.sweep("2026-03-02 14:10", alone)
        self.assertFalse(self.held(alone))
        self.assertEqual(alone.activity_ids.user_id, self.agent)

    def test_the_tiers_of_many_clients(self):
        """As the nightly review does it. Half of 4 h: over at 12:00, after 2 of 3 h used."""
        tier = self.env["loyalty.service.tier"].create(
            {"name": "Test tier", "threshold": 987654, "sla_factor": 0.5}
        )
        partners = self.env["res.partner"].create(
            [{"name": f"Client {number}", "is_company": True} for number in range(3)]
        )
        tickets = self.Ticket.union(
            *(self.file("2026-03-02 10:00", partner_id=partner.id) for partner in partners)
        )
        Client = self.env["loyalty.service.client"]
        clients = Client.union(*(Client._ensure(partner, self.company) for partner in partners))
        with at("2026-03-02 14:00"):
            clients.sudo().write({"tier_id": tier.id})
            self.env.flush_all()
        self.sweep("2026-03-02 14:10", tickets)
        held = self.held(tickets)
        self.assertEqual((len(held), set(held.mapped("target"))), (3, {"first_response"}))
        self.assertFalse(self.escalations(tickets))

    def test_who_did_it_is_told_once(self):
        """Not for each ticket of an import, and not of what nobody would have been told of."""
        tickets = self.some(3)
        Bus = self.env["bus.bus"]
        with at("2026-03-02 14:00"):
            for ticket in tickets.with_user(self.leader):
                ticket.priority = "3"
            self.env.flush_all()
            before = Bus.search([], order="id DESC", limit=1).id
            self.env.cr.precommit.run()
        notices = Bus.search([("id", ">", before), ("message", "like", "simple_notification")])
        self.assertEqual(len(notices), 1)
        self.assertIn("3 of their promises", notices.message)
