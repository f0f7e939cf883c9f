"""The clocks are proved by their logs, and what is different is shown."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import SQL

from ..wizard import verify as verify_wizard
from .common import SlaCommon, at, utc


@tagged("post_install", "-at_install")
class TestVerify(SlaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.next_response_hours = 2

    def live(self):
        """Return tickets that something has happened to."""
        late = self.file("2026-03-02 10:00", loyalty_delivery_date=utc("2026-03-06 10:00"))
        self.answer("2026-03-02 11:00", late)
        self.answer("2026-03-02 12:00", late, author=self.contact)
        with at("2026-03-02 18:00"):
            late.loyalty_sla_clock_ids._sweep(utc("2026-03-02 18:00"))
        waiting = self.file("2026-03-02 10:00", stage_id=self.stage_awaiting.id)
        closed = self.file("2026-03-02 10:00")
        self.move("2026-03-02 12:00", closed, self.stage_done)
        self.move("2026-03-03 09:00", closed, self.stage_progress)
        return late | waiting | closed

    def verify(self, tickets, user=None):
        with at("2026-03-03 10:00"):
            dialog = self.env["loyalty.service.sla.verify"].with_user(user or self.leader)
            action = tickets.with_env(dialog.env).action_loyalty_sla_verify()
            return dialog.browse(action["res_id"])

    def test_nothing_is_different(self):
        tickets = self.live()
        dialog = self.verify(tickets, self.agent)
        # four clocks of the first, three of the others
        self.assertEqual(
            (dialog.ticket_count, dialog.clock_count, dialog.difference_count), (3, 10, 0)
        )
        self.assertFalse(dialog.result)

    def test_all_open_tickets(self):
        tickets = self.live()
        dialog = self.verify(self.Ticket)
        self.assertGreaterEqual(dialog.ticket_count, len(tickets))
        self.assertFalse(self.Clock._verify(tickets))

    # ------------------------------------------------------------------
    # What is closed
    # ------------------------------------------------------------------

    def done(self, count=1, opened="2026-02-23 10:00", closed="2026-02-24 10:00"):
        tickets = self.Ticket.union(*(self.file(opened) for _ in range(count)))
        self.move(closed, tickets, self.stage_done)
        return tickets

    def verify_closed(self, first="2026-02-01", last="2026-02-28", user=None, when="2026-03-03"):
        """Open the dialog as from the menu, choose a period and press the button."""
        dialog = self.verify(self.Ticket, user)
        with at(f"{when} 10:00"):
            dialog.write({"scope": "closed", "date_from": first, "date_to": last})
            dialog.action_verify()
        return dialog

    def forge(self, clock):
        self.env.cr.execute(
            SQL("UPDATE loyalty_service_sla_clock SET elapsed = 5 WHERE id = %s", clock.id)
        )
        clock.invalidate_recordset()

    def test_closed_tickets_of_a_period(self):
        """The days are those of the firm, both included."""
        self.company.partner_id.tz = "Asia/Shanghai"
        first = self.done()
        # On either side of midnight.
        late = self.done(closed="2026-02-28 23:30")
        self.done(closed="2026-03-01 00:30")
        self.file("2026-02-23 10:00")
        first.active = False
        self.env.flush_all()
        dialog = self.verify_closed()
        self.assertEqual((dialog.ticket_count, dialog.total_count), (2, 2))
        self.assertEqual((dialog.clock_count, dialog.difference_count), (6, 0))
        self.assertTrue(dialog.is_done)
        self.assertIn("2 of the 2 tickets", dialog.checked)
        self.assertIn("closed from 02/01/2026 to 02/28/2026", dialog.checked)
        self.assertEqual(self.verify_closed("2026-02-28", "2026-02-28").ticket_count, len(late))
        for period in (("2026-02-28", "2026-02-01"), ("2026-02-01", False)):
            with self.assertRaises(UserError):
                self.verify_closed(*period)

    def test_a_forged_clock_of_a_closed_ticket(self):
        """Found behind a change of hours, by the hours of then, and mended by them."""
        ticket, other = self.done(), self.done()
        with at("2026-03-02 09:00"):
            self.env["resource.calendar.leaves"].create(
                {
                    "name": "Entered later",
                    "calendar_id": self.calendar.id,
                    "date_from": utc("2026-02-23 00:00"),
                    "date_to": utc("2026-02-24 00:00"),
                }
            )
            self.env.flush_all()
        clock = self.clock(ticket)
        # 7 h of Monday, which is a day off by now, and 1 of Tuesday.
        self.assertEqual(clock.elapsed, 8 * 3600)
        self.assertFalse(self.verify_closed().difference_count)
        self.forge(clock)
        self.assertFalse(self.verify(self.Ticket).difference_count, "it is not open")
        dialog = self.verify_closed()
        self.assertEqual(dialog.difference_count, 1)
        self.assertEqual(dialog.wrong_ids, ticket)
        self.assertIn("Elapsed", dialog.result)
        self.assertIn("28800", dialog.result)
        with self.assertRaises(AccessError):
            dialog.with_user(self.agent).action_correct()
        with at("2026-03-03 10:00"):
            dialog.action_correct()
        self.assertEqual((dialog.difference_count, clock.elapsed), (0, 8 * 3600))
        self.assertEqual(self.clock(other).elapsed, 8 * 3600)
        self.assertTrue(ticket.closed)

    def test_in_portions(self):
        """Whoever has closed tens of thousands sees how far it is, and goes on."""
        tickets = self.done(5)
        self.forge(self.clock(tickets[0]))
        self.forge(self.clock(tickets[4]))
        seen = []
        verify = self.env.registry["loyalty.service.sla.clock"]._verify

        def note(clocks, tickets):
            seen.append(len(tickets))
            return verify(clocks, tickets)

        with (
            patch.object(verify_wizard, "BATCH", 2),
            patch.object(verify_wizard, "STEP", 0),
            patch.object(self.env.registry["loyalty.service.sla.clock"], "_verify", note),
        ):
            dialog = self.verify_closed()
            self.assertEqual((dialog.ticket_count, dialog.progress), (2, 40))
            self.assertEqual((dialog.is_done, dialog.difference_count), (False, 1))
            self.assertIn("2 of the 5 tickets", dialog.checked)
            for done, is_done in ((4, False), (5, True)):
                dialog.action_go_on()
                self.assertEqual((dialog.ticket_count, dialog.is_done), (done, is_done))
            dialog.action_go_on()
        self.assertEqual(max(seen), 2)
        self.assertEqual((dialog.ticket_count, dialog.difference_count), (5, 2))
        self.assertEqual(dialog.wrong_ids, tickets[0] | tickets[4])
        self.assertEqual(dialog.result.count("<tr"), 3, "the head and two differences")
        with patch.object(verify_wizard, "LISTED", 1):
            dialog = self.verify_closed()
        self.assertEqual((dialog.difference_count, dialog.result.count("<tr")), (2, 2))

    def test_another_choice_says_nothing_yet(self):
        self.live()
        dialog = self.verify(self.Ticket)
        self.assertTrue(dialog.ticket_count)
        with Form(dialog) as form:
            form.scope = "closed"
            self.assertEqual((form.ticket_count, form.checked, form.is_done), (0, False, False))

    def test_closed_tickets_of_others(self):
        self.done()
        stranger = new_test_user(
            self.env, "verify_closed", groups="helpdesk_mgmt.group_helpdesk_user_own"
        )
        dialog = self.verify_closed(user=stranger)
        self.assertEqual((dialog.ticket_count, dialog.is_done), (0, True))

    def test_what_somebody_wrote_by_hand_is_found_and_mended(self):
        tickets = self.live()
        clock = self.clock(tickets[0])
        right = clock.elapsed
        clock.elapsed = 5
        self.clock(tickets[1], "first_response").unlink()
        dialog = self.verify(tickets)
        self.assertEqual(dialog.difference_count, 2)
        self.assertIn("Elapsed", dialog.result)
        self.assertIn("Missing clock", dialog.result)
        with at("2026-03-03 10:00"):
            dialog.action_correct()
        self.assertEqual((dialog.difference_count, clock.elapsed), (0, right))
        self.assertEqual(self.clock(tickets[1], "first_response").state, "paused")

    def test_only_managers_mend(self):
        tickets = self.live()
        self.clock(tickets[0]).elapsed = 5
        dialog = self.verify(tickets, self.agent)
        self.assertFalse(dialog.may_correct)
        with self.assertRaises(AccessError):
            dialog.action_correct()

    def test_only_tickets_that_one_may_read(self):
        tickets = self.live()
        stranger = new_test_user(
            self.env, "verify_own", groups="helpdesk_mgmt.group_helpdesk_user_own"
        )
        with self.assertRaises(AccessError):
            self.verify(tickets, stranger)
        self.assertEqual(self.verify(self.Ticket, stranger).ticket_count, 0)

    def test_the_number_of_queries_is_flat(self):
        def cost(number):
            tickets = self.Ticket
            for _ in range(number):
                tickets |= self.file("2026-03-02 10:00")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.Clock._verify(tickets)
            return self.cr.sql_log_count - before

        cost(1)
        self.assertEqual(cost(3), cost(20))

    def test_who_stopped_the_clock_at_the_last_moment(self):
        ticket = self.file("2026-03-02 10:00")
        with at("2026-03-02 14:50"):
            ticket.with_user(self.agent)._loyalty_sla_pause("authority", "the assessment")
            self.env.flush_all()
        clock = self.clock(ticket, "first_response")
        self.assertEqual(clock.scarce_pause_user_id, self.agent)
        self.assertIn("the assessment", clock.scarce_pause_text)
