"""The next answer, deliveries and pauses with a reason, as people meet them."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from odoo.addons.loyalty_service_sla.engine import outcome
from odoo.addons.loyalty_service_sla.engine.clock import Clock, look

from .common import SlaCommon, at, utc

HOUR = 3600


class WaitsCommon(SlaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.next_response_hours = 2

    def reply(self, when, ticket):
        self.answer(when, ticket, author=self.contact)

    def pause(self, when, ticket, reason, note=False):
        with at(when):
            dialog = self.env["loyalty.service.sla.pause"].create(
                {"ticket_ids": [(6, 0, ticket.ids)], "reason": reason, "note": note}
            )
            dialog.action_pause()
            self.env.flush_all()

    def deliver(self, when, ticket):
        with at(when):
            ticket.action_loyalty_delivered()
            self.env.flush_all()

    def count_breaches(self, ticket):
        """Return how many broken promises the ledger of the client knows of a delivery."""
        events = ticket._get_loyalty_events()
        return len(
            events.filtered(
                lambda event: event.type_id.code == "sla_breached" and "delivery" in event.origin
            )
        )

    def put(self, when, ticket, **values):
        with at(when):
            ticket.write(values)
            self.env.flush_all()


@tagged("post_install", "-at_install")
class TestWaits(WaitsCommon):
    def test_the_next_answer(self):
        ticket = self.file("2026-03-02 10:00")
        clock = self.clock(ticket, "next_response")
        self.assertEqual((clock.state, clock.next_due), ("new", False))
        self.assertNotIn("next_response", self.shown(ticket))
        self.answer("2026-03-02 11:00", ticket)
        self.assertEqual(clock.state, "idle")
        self.reply("2026-03-02 14:00", ticket)
        self.reply("2026-03-02 15:30", ticket)
        self.assertEqual((clock.state, clock.deadline), ("running", utc("2026-03-02 16:00")))
        self.assertEqual(ticket.loyalty_sla_deadline, utc("2026-03-02 16:00"))
        with at("2026-03-02 15:30"):
            lines = ticket._get_loyalty_sla_portal_lines()
            self.assertIn("We promise an answer by", lines[1]["text"])
        with at("2026-03-02 16:30"):
            clock._sweep(utc("2026-03-02 16:30"))
        self.assertEqual((clock.breached, ticket.loyalty_sla_state), (True, "breached"))
        self.answer("2026-03-02 17:00", ticket)
        self.assertEqual((clock.state, clock.overrun, clock.late_waits), ("missed", HOUR, 1))
        # The next wait is a new one; the miss before it is not forgotten.
        self.reply("2026-03-03 09:00", ticket)
        self.assertEqual(
            (clock.state, clock.breached, clock.waits, clock.late_waits, clock.deadline),
            ("running", False, 2, 1, utc("2026-03-03 11:00")),
        )
        self.answer("2026-03-03 12:30", ticket)
        self.assertEqual(clock.late_waits, 2)
        breaches = self.standing(self.client_partner, "sla_breached")
        self.assertEqual(
            breaches.mapped("date"), [utc("2026-03-02 16:00"), utc("2026-03-03 11:00")]
        )
        self.move("2026-03-03 14:00", ticket, self.stage_done)
        self.assertEqual(ticket.loyalty_sla_state, "missed")
        self.company.loyalty_reopen_days = 0
        self.reply("2026-03-03 15:00", ticket)
        self.assertEqual(clock.waits, 2, "thanks after closing start no wait")
        self.assertEqual(ticket.loyalty_sla_entry_ids[-1:].kind, "afterword")

    def shown(self, ticket):
        return [clock["target"] for clock in ticket.loyalty_sla_timers["clocks"]]

    def test_receipt_of_the_next_answer(self):
        """Each wait is added up by itself."""
        ticket = self.file("2026-03-02 10:00")
        self.answer("2026-03-02 11:00", ticket)
        self.reply("2026-03-02 13:00", ticket)
        self.answer("2026-03-02 14:00", ticket)
        self.reply("2026-03-02 15:00", ticket)
        with at("2026-03-02 15:30"):
            receipt = ticket._prepare_receipt(
                self.clock(ticket, "next_response"), utc("2026-03-02 15:30")
            )
        self.assertEqual(
            [(row["reason"], row["duration"], row["total"]) for row in receipt["rows"]],
            [
                ("nobody waits", "2:00:00", "0:00:00"),
                ("counted", "1:00:00", "1:00:00"),
                ("done", "1:00:00", "0:00:00"),
                ("counted", "0:30:00", "0:30:00"),
            ],
        )

    def test_delivery(self):
        ticket = self.file("2026-03-02 10:00")
        self.put("2026-03-02 11:00", ticket, loyalty_delivery_date=utc("2026-03-06 20:00"))
        clock = self.clock(ticket, "delivery")
        self.assertEqual((clock.state, clock.deadline), ("running", utc("2026-03-06 20:00")))
        self.assertFalse(clock.policy_id)
        self.assertTrue(ticket.loyalty_delivery_open)
        self.assertIn("deliver by", ticket._get_loyalty_sla_portal_lines()[-1]["text"])
        with at("2026-03-02 12:00"):
            self.assertIn("Every hour counts", ticket.loyalty_sla_receipt)
        # A stage that waits for the client moves no date.
        self.move("2026-03-03 10:00", ticket, self.stage_awaiting)
        self.assertEqual((clock.state, clock.deadline), ("running", utc("2026-03-06 20:00")))
        self.put("2026-03-04 10:00", ticket, loyalty_delivery_date=utc("2026-03-05 10:00"))
        self.assertEqual(clock.deadline, utc("2026-03-05 10:00"))
        with at("2026-03-05 09:59"):
            ticket.with_user(self.agent).action_loyalty_delivered()
        self.assertEqual((clock.state, clock.late_waits), ("met", 0))
        self.assertFalse(ticket.loyalty_delivery_open)
        kinds = ticket.loyalty_sla_entry_ids.mapped("kind")
        self.assertEqual(kinds, ["opened", "delivery", "pause", "delivery", "delivered"])

    def test_delivery_promised_while_filing(self):
        ticket = self.file("2026-03-02 10:00", loyalty_delivery_date=utc("2026-03-06 20:00"))
        self.assertEqual(self.clock(ticket, "delivery").deadline, utc("2026-03-06 20:00"))

    def test_a_day_is_the_end_of_its_work(self):
        """6 March 2026 is a Friday; the hours are 9-12 and 13-18 in Shanghai."""
        ticket = self.file("2026-03-02 10:00").with_context(tz="Asia/Shanghai")
        for picked, meant in (
            ("2026-03-06 00:00", "2026-03-06 18:00"),
            ("2026-03-07 00:00", "2026-03-07 23:59"),
            ("2026-03-06 10:30", "2026-03-06 10:30"),
            # The present hour, which the calendar proposes with the day: nobody works then.
            ("2026-03-06 04:26", "2026-03-06 18:00"),
            ("2026-03-06 08:59", "2026-03-06 18:00"),
            ("2026-03-06 09:00", "2026-03-06 09:00"),
            ("2026-03-06 12:30", "2026-03-06 12:30"),
            ("2026-03-06 18:00", "2026-03-06 18:00"),
            ("2026-03-06 20:00", "2026-03-06 18:00"),
            ("2026-03-07 04:26", "2026-03-07 23:59"),
        ):
            with Form(ticket) as form:
                form.loyalty_delivery_date = utc(picked)
                self.assertEqual(form.loyalty_delivery_date, utc(meant), picked)
                form.loyalty_delivery_date = False
        # Tonight, once work is over, is not the afternoon that has passed.
        with at("2026-03-06 19:00"), Form(ticket) as form:
            form.loyalty_delivery_date = utc("2026-03-06 21:00")
            self.assertEqual(form.loyalty_delivery_date, utc("2026-03-06 21:00"))
            form.loyalty_delivery_date = False
        # Another time zone, another midnight: 0:00 in Paris is 7:00 in Shanghai.
        with Form(ticket.with_context(tz="Europe/Paris")) as form:
            form.loyalty_delivery_date = utc("2026-03-06 07:00")
            self.assertEqual(form.loyalty_delivery_date, utc("2026-03-06 18:00"))
            form.loyalty_delivery_date = False
        # In New York it is 13:00 in Shanghai, an hour of work, and a day all the same.
        with Form(ticket.with_context(tz="America/New_York")) as form:
            form.loyalty_delivery_date = utc("2026-03-06 13:00")
            self.assertEqual(form.loyalty_delivery_date, utc("2026-03-06 18:00"))
            form.loyalty_delivery_date = False

    def test_the_date_is_told_once(self):
        ticket = self.file("2026-03-02 10:00")
        self.put("2026-03-02 11:00", ticket, loyalty_delivery_date=utc("2026-03-06 18:00"))
        with at("2026-03-02 12:00"):
            line = ticket._get_loyalty_sla_portal_lines()[-1]
            self.assertIn("We promise to deliver by", line["text"])
            self.assertFalse(line["promise"])
            self.assertFalse(line["due"])
        with at("2026-03-05 10:00"):
            ticket.action_loyalty_delivered()
            self.env.flush_all()
            line = ticket._get_loyalty_sla_portal_lines()[-1]
            self.assertIn("Delivered on", line["text"])
            self.assertIn("We promised to deliver by", line["promise"])
            self.assertFalse(line["due"])

    def test_delivery_is_late(self):
        ticket = self.file("2026-03-02 10:00", loyalty_delivery_date=utc("2026-03-03 10:00"))
        clock = self.clock(ticket, "delivery")
        with at("2026-03-03 10:01"):
            clock._sweep(utc("2026-03-03 10:01"))
        self.assertTrue(clock.breached)
        self.put("2026-03-03 11:00", ticket, loyalty_delivery_date=utc("2026-03-09 10:00"))
        self.assertEqual((clock.late_waits, clock.breached), (1, False))
        with at("2026-03-09 10:01"):
            clock._sweep(utc("2026-03-09 10:01"))
        self.assertEqual((clock.late_waits, clock.breached), (2, True))
        rows = self.env["loyalty.service.sla.outcome"].search([("clock_id", "=", clock.id)])
        self.assertEqual(
            rows.mapped(lambda row: (row.wait, row.kind, row.date)),
            [(1, "missed", utc("2026-03-03 10:00")), (2, "missed", utc("2026-03-09 10:00"))],
        )
        self.assertEqual(self.count_breaches(ticket), 2)

    def test_a_miss_that_nobody_has_looked_at_yet(self):
        """Another date is given before the scheduled action comes by: the miss is known first."""
        ticket = self.file("2026-03-02 10:00", loyalty_delivery_date=utc("2026-03-03 10:00"))
        self.put("2026-03-03 10:01", ticket, loyalty_delivery_date=utc("2026-03-09 10:00"))
        clock = self.clock(ticket, "delivery")
        self.assertEqual((clock.state, clock.late_waits), ("running", 1))
        self.assertEqual(self.count_breaches(ticket), 1)

    def test_a_missed_delivery_is_not_made_undone(self):
        """Whoever empties the date ends it as missed, and on a closed ticket nobody empties it."""
        ticket = self.file("2026-03-02 10:00", loyalty_delivery_date=utc("2026-03-03 10:00"))
        self.put("2026-03-04 11:00", ticket, loyalty_delivery_date=False)
        clock = self.clock(ticket, "delivery")
        self.assertEqual((clock.state, clock.late_waits), ("missed", 1))
        self.assertIn("delivery", self.shown(ticket))
        self.move("2026-03-04 12:00", ticket, self.stage_done)
        self.assertEqual(ticket.loyalty_sla_state, "missed")
        kept = self.file("2026-03-02 10:00", loyalty_delivery_date=utc("2026-03-06 10:00"))
        self.move("2026-03-05 12:00", kept, self.stage_done)
        with self.assertRaisesRegex(UserError, "Reopen it"), self.cr.savepoint():
            self.put("2026-03-05 13:00", kept, loyalty_delivery_date=False)

    def test_closed_by_mistake(self):
        """The date that the client reads is watched again as soon as the ticket is open again."""
        ticket = self.file("2026-03-02 10:00", loyalty_delivery_date=utc("2026-03-06 10:00"))
        self.move("2026-03-04 10:00", ticket, self.stage_done)
        self.move("2026-03-04 10:05", ticket, self.stage_progress)
        clock = self.clock(ticket, "delivery")
        self.assertEqual((clock.state, clock.deadline), ("running", utc("2026-03-06 10:00")))

    def test_reopened_when_it_was_delivered(self):
        """What has reached the client, or was due while it was closed, is not promised again."""
        delivered = self.file("2026-03-02 10:00", loyalty_delivery_date=utc("2026-03-06 10:00"))
        self.deliver("2026-03-03 10:00", delivered)
        passed = self.file("2026-03-02 10:00", loyalty_delivery_date=utc("2026-03-04 12:00"))
        for ticket in (delivered, passed):
            self.move("2026-03-04 10:00", ticket, self.stage_done)
            self.move("2026-03-05 10:00", ticket, self.stage_progress)
            self.assertEqual(self.clock(ticket, "delivery").state, "met")

    def test_delivery_that_is_withdrawn(self):
        ticket = self.file("2026-03-02 10:00", loyalty_delivery_date=utc("2026-03-03 10:00"))
        self.put("2026-03-02 11:00", ticket, loyalty_delivery_date=False)
        self.assertFalse(self.clock(ticket, "delivery").deadline)
        self.assertNotIn("delivery", self.shown(ticket))

    def test_dates_that_cannot_be_promised(self):
        ticket = self.file("2026-03-02 10:00")
        with self.assertRaisesRegex(UserError, "has passed"), self.cr.savepoint():
            self.put("2026-03-02 11:00", ticket, loyalty_delivery_date=utc("2026-03-02 10:30"))
        self.move("2026-03-02 12:00", ticket, self.stage_done)
        with self.assertRaisesRegex(UserError, "Reopen it"), self.cr.savepoint():
            self.put("2026-03-02 13:00", ticket, loyalty_delivery_date=utc("2026-03-09 10:30"))


@tagged("post_install", "-at_install")
class TestPause(WaitsCommon):
    def test_waiting_for_the_client(self):
        ticket = self.file("2026-03-02 10:00")
        self.pause("2026-03-02 12:00", ticket, "client", "the bank statement")
        solution = self.clock(ticket)
        self.assertEqual((solution.state, solution.pause_reason), ("paused", "client"))
        row = ticket.loyalty_sla_entry_ids[-1:]
        self.assertEqual(row.reason_text, "Client; the bank statement")
        self.reply("2026-03-03 09:00", ticket)
        self.assertEqual(solution.state, "running")
        self.assertFalse(ticket.loyalty_sla_pause_reason, "resumed by itself")
        # 2 of 24 h were used: Tuesday 8, Wednesday 8, Thursday 6
        self.assertEqual(solution.deadline, utc("2026-03-05 16:00"))

    def test_waiting_for_the_tax_bureau(self):
        ticket = self.file("2026-03-02 10:00")
        self.answer("2026-03-02 11:00", ticket)
        self.pause("2026-03-02 12:00", ticket, "authority", "the assessment")
        self.reply("2026-03-03 09:00", ticket)
        solution, following = self.clock(ticket), self.clock(ticket, "next_response")
        self.assertEqual((solution.state, following.state), ("paused", "running"))
        self.assertEqual(ticket.loyalty_sla_pause_reason, "authority")
        self.answer("2026-03-03 10:00", ticket)
        self.assertEqual((solution.state, following.state), ("paused", "met"))
        with at("2026-03-03 10:00"):
            texts = [line["text"] for line in ticket._get_loyalty_sla_portal_lines()]
            self.assertIn("We are waiting for an authority.", texts)
            self.assertIn("waiting for an authority", ticket.loyalty_sla_receipt)
        with at("2026-03-04 09:00"):
            ticket.with_user(self.agent).action_loyalty_sla_resume()
        # 2 h used on Monday: Wednesday 8, Thursday 8, Friday 6
        self.assertEqual(solution.deadline, utc("2026-03-06 16:00"))

    def test_another_stage_ends_it(self):
        ticket = self.file("2026-03-02 10:00")
        self.pause("2026-03-02 12:00", ticket, "authority")
        self.move("2026-03-02 14:00", ticket, self.stage_progress)
        self.assertFalse(ticket.loyalty_sla_pause_reason)
        self.assertEqual(self.clock(ticket).state, "running")

    def test_stage_that_waits_for_an_authority(self):
        self.stage_awaiting.loyalty_sla_pause_reason = "authority"
        ticket = self.file("2026-03-02 10:00")
        self.move("2026-03-02 12:00", ticket, self.stage_awaiting)
        self.assertEqual(self.clock(ticket).pause_reason, "authority")
        with at("2026-03-02 13:00"):
            self.stage_awaiting.loyalty_sla_pause_reason = "client"
            self.env.flush_all()
        self.assertEqual(self.clock(ticket).pause_reason, "client")

    def test_waited_for_again(self):
        """In a stage that waits the client has answered, and staff wait for it once more."""
        ticket = self.file("2026-03-02 10:00", stage_id=self.stage_awaiting.id)
        self.reply("2026-03-02 11:00", ticket)
        self.assertEqual(self.clock(ticket).state, "running")
        self.pause("2026-03-02 12:00", ticket, "client")
        self.assertEqual(self.clock(ticket).state, "paused")

    def test_other_needs_a_word(self):
        ticket = self.file("2026-03-02 10:00")
        with self.assertRaisesRegex(ValidationError, "what the ticket waits for"):
            self.pause("2026-03-02 12:00", ticket, "other", "  ")
        # Nor by a list, an import or a program.
        with self.assertRaisesRegex(ValidationError, "what the ticket waits for"):
            self.put("2026-03-02 12:00", ticket, loyalty_sla_pause_reason="other")
        self.put(
            "2026-03-02 12:00",
            ticket,
            loyalty_sla_pause_reason="other",
            loyalty_sla_pause_note="Moving the office",
        )
        self.assertIn("Moving the office", ticket.loyalty_sla_entry_ids[-1:].reason_text)

    def test_paused_just_before_the_breach(self):
        """A tenth of 4 h are 24 minutes."""
        early, late = self.file("2026-03-02 10:00"), self.file("2026-03-02 10:00")
        self.pause("2026-03-02 14:35", early, "client")
        self.pause("2026-03-02 14:36", late, "client")
        scarce = self.clock(late, "first_response").scarce_pause_date
        self.assertEqual(scarce, utc("2026-03-02 14:36"))
        self.assertFalse(self.clock(early, "first_response").scarce_pause_date)
        found = self.Ticket.search(
            [("loyalty_sla_clock_ids", "any", [("scarce_pause_date", "!=", False)])]
        )
        self.assertIn(late, found)
        self.assertNotIn(early, found)

    def test_changes_are_shown(self):
        ticket = self.file("2026-03-02 10:00")
        self.put("2026-03-02 11:00", ticket, priority="2", user_id=self.leader.id)
        row = ticket.loyalty_sla_entry_ids[-1:]
        self.assertEqual(row.kind, "change")
        self.assertIn("Priority: Medium → High", row.reason_text)
        self.assertIn("sla_agent", row.reason_text)
        self.put("2026-03-02 11:10", ticket, priority="2")
        self.assertEqual(ticket.loyalty_sla_entry_ids[-1:], row, "nothing changed")

    def test_who_may_not_write_may_not_pause(self):
        stranger = new_test_user(
            self.env, "pause_own", groups="helpdesk_mgmt.group_helpdesk_user_own"
        )
        ticket = self.file("2026-03-02 10:00")
        for action in ("action_loyalty_sla_resume", "action_loyalty_delivered"):
            with self.assertRaises(UserError), self.cr.savepoint():
                getattr(ticket.with_user(stranger), action)()
        dialog = self.env["loyalty.service.sla.pause"].create(
            {"ticket_ids": [(6, 0, ticket.ids)], "reason": "client"}
        )
        with self.assertRaises(UserError), self.cr.savepoint():
            dialog.with_user(stranger).sudo(False).action_pause()


@tagged("post_install", "-at_install")
class TestAnyHistory(WaitsCommon):
    """Whatever happens to a ticket and whenever it is swept, the log alone says the same."""

    def test_live_is_replay(self):
        self.policy.copy(
            {"name": "Urgent", "sequence": 1, "min_priority": "2", "first_response_hours": 1}
        )
        mornings = self.calendar.copy({"name": "Mornings"})
        mornings.attendance_ids.filtered(lambda line: line.hour_from > 12).unlink()
        self.policy.copy(
            {
                "name": "Mornings",
                "sequence": 2,
                "team_ids": [(6, 0, self.team.copy({"name": "Other"}).ids)],
                "calendar_id": mornings.id,
            }
        )
        other = self.Policy.search([("name", "=", "Mornings")]).team_ids
        stages = self.stage_new + self.stage_progress + self.stage_awaiting + self.stage_done
        steps = {
            "answer": lambda when, ticket, _n: self.answer(when, ticket),
            "reply": lambda when, ticket, _n: self.reply(when, ticket),
            "move": lambda when, ticket, n: self.move(when, ticket, stages[n]),
            "priority": lambda when, ticket, n: self.put(when, ticket, priority=str(n)),
            "team": lambda when, ticket, n: self.put(
                when, ticket, team_id=(self.team, other)[n % 2].id
            ),
            "pause": lambda when, ticket, n: self.pause(
                when, ticket, ("client", "third_party", "authority", "other")[n], "x"
            ),
            "resume": lambda when, ticket, _n: self.put(
                when, ticket, loyalty_sla_pause_reason=False
            ),
            "promise": self.promise_delivery,
            "withdraw": lambda when, ticket, _n: self.withdraw_delivery(when, ticket),
            "deliver": lambda when, ticket, _n: self.deliver(when, ticket),
            "sweep": lambda when, ticket, _n: ticket.loyalty_sla_clock_ids._sweep(utc(when)),
        }
        story = st.lists(
            st.tuples(
                st.sampled_from((0, 7, 45, 200, 900, 4000)),
                st.sampled_from(sorted(steps)),
                st.integers(0, 3),
            ),
            min_size=3,
            max_size=12,
        )
        names = list(self.Clock._prepare_values(Clock("resolution"), {}))

        @settings(max_examples=25, deadline=None, database=None, derandomize=True)
        @given(st.integers(0, 7 * 24 * 60), story)
        def check(opened, story):
            with self.cr.savepoint():
                moment = datetime(2026, 3, 2) + timedelta(minutes=opened)
                ticket = self.file(str(moment))
                for minutes, step, number in story:
                    moment += timedelta(minutes=minutes)
                    steps[step](str(moment), ticket, number)
                clocks = ticket.loyalty_sla_clock_ids
                clocks._sweep(utc(str(moment)))
                live = clocks.read(names)
                clocks._replay(utc(str(moment)))
                self.assertEqual(clocks.read(names), live)
                self.assertEqual(self.kept_outcomes(clocks), self.told_outcomes(clocks, moment))

        check()

    def kept_outcomes(self, clocks):
        """Return what was written down of the clocks, move by move."""
        rows = self.env["loyalty.service.sla.outcome"].search([("clock_id", "in", clocks.ids)])
        return sorted((row.target, row.wait, row.kind, row.date, row.value) for row in rows)

    def told_outcomes(self, clocks, moment):
        """Return what the log of their ticket says that was decided."""
        log = clocks.ticket_id.loyalty_sla_entry_ids.sorted()._as_engine()
        times = self.Clock._get_times([log])
        found = []
        for clock in clocks:
            state, decided = outcome.history(clock.target, log, times)
            decided += outcome.outcomes(state, look(state, utc(str(moment)), times))
            found += [(clock.target, one.wait, one.kind, one.date, one.elapsed) for one in decided]
        return sorted(found)

    def withdraw_delivery(self, when, ticket):
        if not ticket.stage_id.closed:
            self.put(when, ticket, loyalty_delivery_date=False)

    def promise_delivery(self, when, ticket, number):
        if not ticket.stage_id.closed:
            due = utc(when) + timedelta(hours=1 + number * 20)
            self.put(when, ticket, loyalty_delivery_date=due)
