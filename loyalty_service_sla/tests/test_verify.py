"""The clocks are proved by their logs, and what is different is shown."""

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

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
