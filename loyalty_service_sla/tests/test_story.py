from datetime import datetime, timedelta
from random import Random

from odoo.tests import tagged

from odoo.addons.loyalty_service_sla.engine.clock import Clock

from .common import SlaCommon, at, utc

HOUR = 3600


@tagged("post_install", "-at_install")
class TestStory(SlaCommon):
    """A ticket's life. Deadlines are worked out by hand on 9-12 and 13-18, Monday to Friday."""

    def test_from_opening_to_reopening(self):
        """24 h of work: Monday 10:00 to 15:00, Tuesday 10:00 to Wednesday 11:00, the rest later."""
        ticket = self.file("2026-03-02 10:00")
        first, solution = self.clock(ticket, "first_response"), self.clock(ticket)
        # 2 h before lunch and 2 h after
        self.assertEqual(first.deadline, utc("2026-03-02 15:00"))
        # Monday 7 h, Tuesday 8, Wednesday 8, Thursday 1
        self.assertEqual(solution.deadline, utc("2026-03-05 10:00"))
        self.assertEqual(ticket.loyalty_sla_deadline, first.deadline)
        self.assertEqual(ticket.loyalty_sla_state, "running")

        self.answer("2026-03-02 14:30", ticket)
        self.assertEqual((first.state, first.elapsed), ("met", 3.5 * HOUR))
        self.assertFalse(first.next_due)
        self.assertEqual(ticket.loyalty_sla_deadline, solution.deadline)

        self.move("2026-03-02 15:00", ticket, self.stage_awaiting)
        self.assertEqual((solution.state, solution.remaining), ("paused", 20 * HOUR))
        self.assertFalse(solution.deadline)
        self.assertEqual(ticket.loyalty_sla_state, "paused")

        # The client answers: the clock runs on by itself, the stage stays.
        self.answer("2026-03-03 10:00", ticket, author=self.contact)
        self.assertEqual(ticket.stage_id, self.stage_awaiting)
        # 20 h: Tuesday 7, Wednesday 8, Thursday 5 to 15:00
        self.assertEqual((solution.state, solution.deadline), ("running", utc("2026-03-05 15:00")))

        self.move("2026-03-04 11:00", ticket, self.stage_done)
        # 4 h on Monday, 7 h on Tuesday, 2 h on Wednesday
        self.assertEqual((solution.state, solution.elapsed), ("met", 13 * HOUR))
        self.assertEqual(ticket.closed_date, utc("2026-03-04 11:00"))
        self.assertEqual(ticket.loyalty_sla_state, "met")

        self.move("2026-03-09 09:00", ticket, self.stage_progress)
        self.assertFalse(ticket.closed_date)
        # 11 h are left: Monday 8 and Tuesday 3
        self.assertEqual((solution.state, solution.deadline), ("running", utc("2026-03-10 12:00")))
        self.assertEqual(first.state, "met")

        self.assertEqual(
            ticket.loyalty_sla_entry_ids.mapped("kind"),
            ["opened", "response", "pause", "customer_reply", "closed", "reopened"],
        )
        # The client's mail is a contact of its own beside what became of the ticket.
        events = self.standing(self.client_partner).filtered(
            lambda event: event.res_model == "helpdesk.ticket"
        )
        self.assertEqual(
            events.type_id.mapped("code"),
            ["ticket_opened", "ticket_answered", "ticket_closed", "ticket_reopened"],
        )
        self.assertEqual(
            events.mapped("date"),
            [
                utc("2026-03-02 10:00"),
                utc("2026-03-02 14:30"),
                utc("2026-03-04 11:00"),
                utc("2026-03-09 09:00"),
            ],
        )
        self.assertEqual(events.contact_id, self.contact)
        self.assertEqual(events[1].user_id, self.agent)
        # The others were done by the system, which is no member of staff.
        self.assertEqual((events - events[1]).user_id, ticket.user_id)

    def test_live_state_is_what_a_replay_makes(self):
        ticket = self.file("2026-03-06 17:00")
        self.answer("2026-03-09 09:20", ticket)
        self.move("2026-03-09 12:30", ticket, self.stage_awaiting)
        self.move("2026-03-11 08:00", ticket, self.stage_progress)
        self.move("2026-03-12 17:45", ticket, self.stage_done)
        self.move("2026-03-13 17:45", ticket, self.stage_new)
        clocks = ticket.loyalty_sla_clock_ids
        names = [name for name, field in clocks._fields.items() if field.store]
        live = clocks.read(names)
        clocks._replay()
        self.assertEqual(clocks.read(names), live)

    def test_any_story_is_what_a_replay_makes(self):
        """Whatever happens to a ticket and whenever it is swept, the log alone says the same."""
        self.policy.copy(
            {
                "name": "Urgent",
                "sequence": 1,
                "min_priority": "2",
                "first_response_hours": 1,
                "resolution_hours": 6,
            }
        )
        stages = self.stage_new + self.stage_progress + self.stage_awaiting + self.stage_done
        dice = Random(2026)
        steps = {
            "move": lambda when, ticket: self.move(when, ticket, dice.choice(stages)),
            "answer": self.answer,
            "reply": lambda when, ticket: self.answer(when, ticket, author=self.contact),
            "priority": lambda when, ticket: self.set_priority(when, ticket, dice.choice("0123")),
            "sweep": lambda when, ticket: ticket.loyalty_sla_clock_ids._sweep(utc(when)),
        }
        for number in range(25):
            moment = datetime(2026, 3, 2) + timedelta(minutes=dice.randrange(7 * 24 * 60))
            ticket = self.file(str(moment))
            story = []
            for _ in range(dice.randint(3, 10)):
                moment += timedelta(minutes=dice.choice((0, 7, 45, 200, 900, 4000)))
                when, step = str(moment), dice.choice(list(steps))
                story.append((when, step))
                steps[step](when, ticket)
            clocks = ticket.loyalty_sla_clock_ids
            clocks._sweep(utc(str(moment)))
            names = list(clocks._prepare_values(Clock("resolution"), {}))
            live = clocks.read(names)
            clocks._replay(utc(str(moment)))
            with self.subTest(number=number, story=story):
                self.assertEqual(clocks.read(names), live)

    def set_priority(self, when, ticket, priority):
        with at(when):
            ticket.priority = priority
            self.env.flush_all()

    def test_receipt_adds_up(self):
        ticket = self.file("2026-03-02 11:30")
        self.move("2026-03-02 14:00:30", ticket, self.stage_done)
        with at("2026-03-03 09:00"):
            receipt = ticket._prepare_receipt(self.clock(ticket), utc("2026-03-03 09:00"))
        self.assertEqual(
            [(row["reason"], row["duration"], row["total"]) for row in receipt["rows"]],
            [
                ("counted", "0:30:00", "0:30:00"),
                ("outside working hours", "1:00:00", "0:30:00"),
                ("counted", "1:00:30", "1:30:30"),
            ],
        )
        self.assertIn("1:30:30", ticket.loyalty_sla_receipt)
        self.assertEqual(
            (receipt["promise"], receipt["outcome"]),
            (
                "We promised a solution within 24 h of working time. Policy: Standard. "
                "Working hours: Desk, in the time of Asia/Shanghai.",
                # 24 h less 1 h 30 min 30 s, to the full minute
                "Used 1 h 30 min, 22 h 29 min left.",
            ),
        )

    def test_what_is_an_answer(self):
        ticket = self.file("2026-03-02 10:00")
        first = self.clock(ticket, "first_response")
        with at("2026-03-02 10:10"):
            author = self.agent.partner_id.id
            ticket.message_post(body="note", subtype_xmlid="mail.mt_note", author_id=author)
            ticket.message_post(
                body="automatic",
                message_type="auto_comment",
                subtype_xmlid="mail.mt_comment",
                author_id=author,
            )
            ticket.message_post(
                body="robot",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                author_id=self.env.ref("base.partner_root").id,
            )
            ticket.message_post(body="", subtype_xmlid="mail.mt_comment", author_id=author)
        self.answer("2026-03-02 10:20", ticket, author=self.contact)
        self.assertEqual(first.state, "running")
        self.answer("2026-03-02 10:30", ticket)
        self.assertEqual(first.state, "met")

    def test_somebody_else_in_copy(self):
        """What the tax bureau writes neither ends the wait for the client nor begins another."""
        bureau = self.env["res.partner"].create({"name": "Tax Bureau", "is_company": True})
        ticket = self.file("2026-03-02 10:00")
        self.answer("2026-03-02 10:30", ticket)
        self.move("2026-03-02 11:00", ticket, self.stage_awaiting)
        self.answer("2026-03-02 12:00", ticket, author=bureau)
        self.assertEqual(self.clock(ticket).state, "paused")
        self.assertNotIn("customer_reply", ticket.loyalty_sla_entry_ids.mapped("kind"))
        self.answer("2026-03-02 14:00", ticket, author=self.contact)
        self.assertEqual(self.clock(ticket).state, "running")

    def test_two_servers_with_different_clocks(self):
        """What the other one logged 30 s ahead was first: live and replay count the same."""
        ticket = self.file("2026-03-02 10:00")
        self.move("2026-03-02 11:00:30", ticket, self.stage_done)
        self.move("2026-03-02 11:00:00", ticket, self.stage_awaiting)
        dates = ticket.loyalty_sla_entry_ids.sorted().mapped("date")
        self.assertEqual(dates[1:], [utc("2026-03-02 11:00:30")] * 3)
        self.assertFalse(self.Clock._verify(ticket))

    def test_a_client_writes_on_what_was_put_away(self):
        ticket = self.file("2026-03-02 10:00")
        with at("2026-03-02 11:00"):
            ticket.active = False
        self.answer("2026-03-03 10:00", ticket, author=self.contact)
        self.assertTrue(ticket.active)
        self.assertEqual(self.clock(ticket).state, "running")

    def test_a_colleague_as_client(self):
        """Who filed the ticket does not answer it by writing more, member of staff or not."""
        ticket = self.file("2026-03-02 10:00", partner_id=self.leader.partner_id.id)
        self.answer("2026-03-02 10:30", ticket, author=self.leader.partner_id)
        self.assertEqual(self.clock(ticket, "first_response").state, "running")

    def test_asking_back_waits_again(self):
        ticket = self.file("2026-03-02 10:00", stage_id=self.stage_awaiting.id)
        solution = self.clock(ticket)
        self.assertEqual(solution.state, "paused")
        self.answer("2026-03-02 11:00", ticket, author=self.contact)
        self.assertEqual(solution.state, "running")
        self.answer("2026-03-02 11:30", ticket)
        self.assertEqual((solution.state, solution.elapsed), ("paused", HOUR / 2))

    def test_stage_changed_by_a_computed_field(self):
        """Another team has other stages: Odoo moves the ticket without writing the stage."""
        waiting = self.env["helpdesk.ticket.stage"].create(
            {"name": "Parked", "loyalty_sla_pause": True, "sequence": -1}
        )
        other = self.env["helpdesk.ticket.team"].create({"name": "Payroll"})
        waiting.team_ids = other
        own = self.env["helpdesk.ticket.stage"].create(
            {"name": "Tax only", "team_ids": [(6, 0, self.team.ids)], "sequence": 50}
        )
        ticket = self.file("2026-03-02 10:00", stage_id=own.id)
        with at("2026-03-02 11:00"):
            ticket.team_id = other
            self.env.flush_all()
        self.assertEqual(ticket.stage_id, waiting)
        self.assertEqual(self.clock(ticket).state, "paused")

    def test_archived_tickets_rest(self):
        ticket = self.file("2026-03-02 10:00")
        with at("2026-03-02 11:00"):
            ticket.active = False
        self.assertEqual(self.clock(ticket).state, "paused")
        self.assertFalse(self.clock(ticket).next_due)

    def test_created_closed(self):
        ticket = self.file("2026-03-02 10:00", stage_id=self.stage_done.id)
        self.assertEqual(ticket.closed_date, utc("2026-03-02 10:00"))
        self.assertEqual(self.clock(ticket).state, "met")

    def test_meaning_of_a_stage_changes(self):
        ticket = self.file("2026-03-02 10:00", stage_id=self.stage_progress.id)
        with at("2026-03-02 11:00"):
            self.stage_progress.loyalty_sla_pause = True
        self.assertEqual(self.clock(ticket).state, "paused")

    def test_client_known_later(self):
        ticket = self.file("2026-03-02 10:00", partner_id=False)
        self.answer("2026-03-02 11:00", ticket)
        self.assertFalse(self.standing(self.client_partner))
        with at("2026-03-02 12:00"):
            ticket.partner_id = self.contact
        events = self.standing(self.client_partner)
        self.assertEqual(events.type_id.mapped("code"), ["ticket_opened", "ticket_answered"])
        self.assertEqual(events.mapped("date"), [utc("2026-03-02 10:00"), utc("2026-03-02 11:00")])

    def test_filed_for_the_wrong_client(self):
        other = self.env["res.partner"].create({"name": "Other Ltd", "is_company": True})
        ticket = self.file("2026-03-02 10:00", partner_id=other.id)
        ticket.partner_id = self.contact
        self.assertFalse(self.standing(other))
        self.assertEqual(self.standing(self.client_partner).type_id.code, "ticket_opened")
        # there and back again
        ticket.partner_id = other
        ticket.partner_id = self.contact
        self.assertFalse(self.standing(other))
        # moved within the company: nothing happens again
        ticket.partner_id = self.client_partner
        self.assertEqual(len(self.standing(self.client_partner)), 1)

    def test_deleted_ticket_takes_its_clocks(self):
        ticket = self.file("2026-03-02 10:00", partner_id=False)
        clocks = ticket.loyalty_sla_clock_ids
        ticket.unlink()
        self.assertFalse(clocks.exists())

    def test_deleted_ticket_is_undone(self):
        deleted, kept = self.file("2026-03-02 10:00"), self.file("2026-03-02 10:00")
        self.answer("2026-03-02 16:00", deleted)
        codes = ["ticket_opened", "ticket_opened", "sla_breached", "ticket_answered"]
        events = self.standing(self.client_partner)
        self.assertCountEqual(events.type_id.mapped("code"), set(codes))
        self.assertEqual(len(events), len(codes))
        # As one of the helpdesk, who has no right on the ledger.
        deleted.with_user(self.leader).unlink()
        self.assertEqual(self.standing(self.client_partner).mapped("res_id"), kept.ids)

    def test_log_is_never_changed(self):
        entry = self.file("2026-03-02 10:00").loyalty_sla_entry_ids
        with self.assertRaisesRegex(Exception, "never changed"):
            entry.date = utc("2026-03-03 10:00")
        with self.assertRaisesRegex(Exception, "never deleted"):
            entry.unlink()
