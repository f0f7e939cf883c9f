import re

from odoo.tests import tagged

from .common import SlaCommon, at


@tagged("post_install", "-at_install")
class TestPromises(SlaCommon):
    """What the client reads of each promise; times are worked by hand from the working hours.

    Answer in 4 h, solution in 24 h, Monday to Friday 9-12 and 13-18.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.tz = "Asia/Shanghai"

    def receipt(self, when, ticket, target):
        with at(when):
            lines = ticket._get_loyalty_sla_portal_lines()
        label = self.clock(ticket, target).display_name
        line = next(line for line in lines if line["label"] == label)
        # Before "PM" stands a narrow space.
        return {
            name: re.sub(r"\s", " ", value) if isinstance(value, str) else value
            for name, value in line.items()
        }

    def test_kept(self):
        ticket = self.file("2026-03-02 10:00")
        self.answer("2026-03-02 14:00", ticket)
        line = self.receipt("2026-03-09 10:00", ticket, "first_response")
        self.assertEqual(
            (line["verdict"], line["tone"], line["icon"], line["pending"]),
            ("Promise kept", "success", "fa-check-circle", False),
        )
        self.assertEqual(line["text"], "We answered on Mon, Mar 2 2:00 PM.")
        self.assertEqual(line["promise"], "We promised a first answer within 4 h of working time.")
        # 10-12 and 13-15 are four hours.
        self.assertEqual(line["due"], "Mon, Mar 2 3:00 PM")
        self.assertEqual((line["pauses"], line["waits"]), ([], False))

    def test_kept_it_is_due_when_it_was(self):
        """Hours that are corrected after the answer move nothing of what the client was told."""
        ticket = self.file("2026-03-02 10:00")
        self.answer("2026-03-02 14:00", ticket)
        with at("2026-03-09 09:00"):
            self.env["resource.calendar.leaves"].create(
                {
                    "name": "Entered later",
                    "calendar_id": self.calendar.id,
                    "date_from": "2026-03-02 13:00:00",
                    "date_to": "2026-03-03 23:00:00",
                }
            )
            self.env.flush_all()
        line = self.receipt("2026-03-10 10:00", ticket, "first_response")
        self.assertEqual((line["verdict"], line["due"]), ("Promise kept", "Mon, Mar 2 3:00 PM"))
        # Of hours that nobody has kept nothing is said that may be wrong.
        self.calendar.write(
            {
                "loyalty_sla_past_hours": False,
                "loyalty_sla_past_date": False,
                "loyalty_sla_changed_date": "2026-03-09 09:00:00",
            }
        )
        line = self.receipt("2026-03-10 10:00", ticket, "first_response")
        self.assertEqual((line["due"], line["pauses"]), (False, []))

    def test_missed_is_said_and_not_in_green(self):
        ticket = self.file("2026-03-02 10:00")
        # 15-18 on Monday and 9-10 on Tuesday are four hours too late.
        self.answer("2026-03-03 10:00", ticket)
        line = self.receipt("2026-03-09 10:00", ticket, "first_response")
        self.assertEqual(
            (line["verdict"], line["tone"], line["icon"], line["due"]),
            ("Promise not kept", "danger", "fa-times-circle", "Mon, Mar 2 3:00 PM"),
        )
        self.assertEqual(
            line["text"],
            "We answered on Tue, Mar 3 10:00 AM. That was 4 h of working time too late.",
        )

    def test_too_late_though_no_hour_of_work_went_by(self):
        ticket = self.file("2026-03-02 14:00")
        # 14-18: due at 18; nobody works between 18 and 20.
        self.answer("2026-03-02 20:00", ticket)
        line = self.receipt("2026-03-09 10:00", ticket, "first_response")
        self.assertEqual(line["verdict"], "Promise not kept")
        self.assertEqual(line["text"], "We answered on Mon, Mar 2 8:00 PM. That was too late.")

    def test_waiting_for_the_client(self):
        ticket = self.file("2026-03-02 10:00")
        self.move("2026-03-02 12:00", ticket, self.stage_awaiting)
        line = self.receipt("2026-03-03 15:00", ticket, "resolution")
        self.assertEqual(
            (line["verdict"], line["tone"], line["due"], line["text"]),
            ("Waiting for you", "warning", False, "We are waiting for your answer."),
        )
        self.assertEqual(
            line["pauses"],
            [
                {
                    "text": "Waiting for your answer: 1 day 3 h, not counted",
                    "times": [self.plain("since Mon, Mar 2 12:00 PM")],
                }
            ],
        )
        self.answer("2026-03-04 12:00", ticket, author=self.contact)
        line = self.receipt("2026-03-04 12:00", ticket, "resolution")
        self.assertEqual(line["verdict"], "On time so far")
        # Two hours were used on Monday: 5 on Wednesday, 8 on Thursday and Friday, 1 on Monday.
        self.assertEqual(line["due"], "Mon, Mar 9 10:00 AM")
        self.assertEqual(
            line["pauses"],
            [
                {
                    "text": "Waiting for your answer: 2 days, not counted",
                    "times": [self.plain("Mon, Mar 2 12:00 PM to Wed, Mar 4 12:00 PM")],
                }
            ],
        )

    def plain(self, text):
        """Return a text with the narrow spaces that the language has in its times."""
        return re.sub(r" ([AP]M)", "\u202f\\1", text)

    def test_late_and_waiting_is_late(self):
        ticket = self.file("2026-03-02 10:00")
        # 24 h: 7 on Monday, 8 on Tuesday and Wednesday, 1 on Thursday.
        self.move("2026-03-06 10:00", ticket, self.stage_awaiting)
        line = self.receipt("2026-03-06 11:00", ticket, "resolution")
        self.assertEqual((line["verdict"], line["due"]), ("We are late", "Thu, Mar 5 10:00 AM"))
        self.assertEqual(
            line["text"],
            "We are late: we promised a solution by Thu, Mar 5 10:00 AM. "
            "We are waiting for your answer.",
        )

    def test_reopened(self):
        """The time that it was closed does not count, and the promise goes on."""
        ticket = self.file("2026-03-02 10:00")
        self.move("2026-03-02 12:00", ticket, self.stage_done)
        line = self.receipt("2026-03-02 13:00", ticket, "resolution")
        self.assertEqual(
            (line["verdict"], line["text"], line["pauses"]),
            ("Promise kept", "Closed on Mon, Mar 2 12:00 PM.", []),
        )
        # 24 h from Monday 10:00, as it was promised.
        self.assertEqual(line["due"], "Thu, Mar 5 10:00 AM")
        first = self.receipt("2026-03-02 13:00", ticket, "first_response")
        self.assertEqual((first["verdict"], first["tone"]), ("Ended", "info"))
        self.assertIn("closed on Mon, Mar 2 12:00 PM without that answer", first["text"])
        self.move("2026-03-03 12:00", ticket, self.stage_progress)
        line = self.receipt("2026-03-03 12:00", ticket, "resolution")
        self.assertEqual(line["verdict"], "On time so far")
        self.assertEqual(line["pauses"][0]["text"], "Closed in between: 1 day, not counted")

    def test_how_often_the_client_waited(self):
        self.policy.next_response_hours = 2
        ticket = self.file("2026-03-02 09:00")
        self.answer("2026-03-02 10:00", ticket)
        self.answer("2026-03-02 10:30", ticket, author=self.contact)
        self.answer("2026-03-02 11:00", ticket)
        self.answer("2026-03-03 09:00", ticket, author=self.contact)
        self.assertIn(
            "We promise an answer by",
            self.receipt("2026-03-03 10:00", ticket, "next_response")["text"],
        )
        self.answer("2026-03-03 16:00", ticket)
        line = self.receipt("2026-03-03 17:00", ticket, "next_response")
        self.assertEqual(line["verdict"], "Promise not kept")
        self.assertEqual(
            line["waits"], "You have waited for an answer 2 times; longer than promised: 1."
        )

    def test_nothing_internal(self):
        """No names of policies, working hours or people, whatever has happened."""
        self.policy.name, self.calendar.name = "Secret policy", "Secret hours"
        ticket = self.file("2026-03-02 10:00")
        self.answer("2026-03-03 10:00", ticket)
        self.move("2026-03-03 12:00", ticket, self.stage_awaiting)
        self.answer("2026-03-04 12:00", ticket, author=self.contact)
        self.move("2026-03-09 12:00", ticket, self.stage_done)
        lines = ticket._get_loyalty_sla_portal_lines()
        self.assertEqual(len(lines), 2)
        html = str(
            self.env["ir.qweb"]._render(
                "loyalty_service_sla.ticket_promises", {"loyalty_sla_lines": lines}
            )
        )
        for name in ("Secret", self.agent.name, self.leader.name, self.team.name):
            self.assertNotIn(name, html)
        for word in ("Promise not kept", "fa-times-circle", "1 day"):
            self.assertIn(word, html)

    def test_queries_do_not_grow_with_what_happened(self):
        quiet, busy = self.file("2026-03-02 10:00"), self.file("2026-03-02 10:00")
        for day in range(3, 7):
            self.move(f"2026-03-0{day} 10:00", busy, self.stage_awaiting)
            self.answer(f"2026-03-0{day} 12:00", busy, author=self.contact)
        counts = []
        for ticket in (quiet, busy, quiet, busy):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            ticket._get_loyalty_sla_portal_lines()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[2], counts[3])
