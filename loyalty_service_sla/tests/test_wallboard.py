"""The service desk on one screen."""

import json

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import SlaCommon, at, utc


@tagged("post_install", "-at_install")
class TestWallboard(SlaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Whatever else is in the database is not on this wall.
        cls.Ticket.search([]).active = False

    def board(self, when, user=None, **arguments):
        with at(when):
            return self.Ticket.with_user(user or self.agent).get_loyalty_wallboard(**arguments)

    def desk(self):
        """Monday 14:30: late, due in half an hour, waiting, answered, an emergency, closed."""
        late = self.file("2026-03-02 09:00", name="Late")
        soon = self.file("2026-03-02 10:00", name="Soon")
        self.move("2026-03-02 11:00", self.file("2026-03-02 10:00"), self.stage_awaiting)
        answered = self.file("2026-03-02 10:00", name="Answered", user_id=False)
        self.answer("2026-03-02 11:00", answered)
        alarm = self.file("2026-03-02 14:00", name="Alarm", loyalty_ticket_type="emergency")
        closed = self.file("2026-03-02 10:00", name="Closed")
        self.answer("2026-03-02 10:30", closed)
        self.move("2026-03-02 11:00", closed, self.stage_done)
        return late, soon, answered, alarm

    def test_counts(self):
        self.desk()
        counts = self.board("2026-03-02 14:30")["counts"]
        self.assertEqual(
            counts,
            {
                "open": 5,
                # 4 h from 9:00 were over at 14:00; nobody has swept yet.
                "late": 1,
                # 4 h from 10:00 are over at 15:00.
                "soon": 1,
                "paused": 1,
                "unanswered": 4,
                "unassigned": 1,
                "closed": 1,
                "met": 1,
                "judged": 1,
            },
        )
        tomorrow = self.board("2026-03-03 09:30")["counts"]
        self.assertEqual((tomorrow["closed"], tomorrow["judged"]), (0, 0))

    def test_a_tile_opens_what_it_counts(self):
        """Of each tile as many, for each who looks, also of one team and by the minute."""
        self.desk()
        team = self.env["helpdesk.ticket.team"].create(
            {"name": "Payroll", "user_ids": [Command.set(self.agent.ids)]}
        )
        self.file("2026-03-02 09:30", team_id=team.id, user_id=False)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.agent.company_ids |= other
        self.file("2026-03-02 10:00", company_id=other.id, team_id=False, user_id=False)
        own = new_test_user(self.env, "wall_few", groups="helpdesk_mgmt.group_helpdesk_user_own")
        companies = (self.company | other).ids
        seen = {}
        for user in (self.agent, own):
            Ticket = self.Ticket.with_user(user).with_context(allowed_company_ids=companies)
            if user == own:
                Ticket = Ticket.with_context(allowed_company_ids=self.company.ids)
            for when in ("14:00", "14:30", "15:00", "15:00:01", "17:00"):
                for team_id in (False, team.id):
                    with at(f"2026-03-02 {when}"):
                        counts = Ticket.get_loyalty_wallboard(team_id)["counts"]
                        for tile in Ticket._loyalty_wallboard_domains(utc("2026-03-02 14:00")):
                            action = Ticket.get_loyalty_wallboard_action(tile, team_id)
                            domain = json.loads(json.dumps(action["domain"]))
                            found = Ticket.search_count(domain)
                            self.assertEqual(found, counts[tile], (user.login, when, tile))
                            seen.setdefault(tile, set()).add(found)
        for tile, numbers in seen.items():
            self.assertGreater(len(numbers), 1, tile)
        with self.assertRaises(UserError):
            self.Ticket.get_loyalty_wallboard_action("closed_by_magic")

    def test_the_queue(self):
        late, soon, answered, alarm = self.desk()
        board = self.board("2026-03-02 14:30")
        self.assertEqual(
            [ticket["id"] for ticket in board["tickets"]], (alarm | late | soon | answered).ids
        )
        ticket = board["tickets"][1]
        self.assertEqual(
            (ticket["name"], ticket["client"], ticket["assignee"]),
            ("Late", "Shanghai Lantern Trading", self.agent.name),
        )
        clock = ticket["clock"]
        # Nobody has marked it: the page sees by the deadline that it is late, by 30 min.
        self.assertEqual((clock["target"], clock["remaining"]), ("first_response", 0))
        self.assertEqual((clock["deadline"] < board["now"], clock["overrun"]), (True, 1800))
        # What runs says how likely it is to be late.
        soon.loyalty_sla_clock_ids.filtered(
            lambda clock: clock.target == "first_response"
        ).breach_probability = 0.62
        self.env.flush_all()
        risks = {row["name"]: row["risk"] for row in self.board("2026-03-02 14:30")["tickets"]}
        self.assertEqual((risks["Soon"], risks["Late"]), (0.62, 0))
        # The timer of the list says the same.
        with at("2026-03-02 14:30"):
            late.invalidate_recordset(["loyalty_sla_timers"])
            timers = late.with_user(self.agent).loyalty_sla_timers
        self.assertEqual(clock, timers["clocks"][0])
        self.assertEqual(timers["now"], board["now"])

    def test_people(self):
        self.desk()
        [person] = self.board("2026-03-02 14:30")["people"]
        self.assertEqual(person, {"name": self.agent.name, "open": 4, "late": 1})

    def test_of_one_team(self):
        self.desk()
        team = self.env["helpdesk.ticket.team"].create({"name": "Payroll"})
        other = self.file("2026-03-02 10:00", team_id=team.id, user_id=False)
        board = self.board("2026-03-02 14:30", team_id=team.id)
        self.assertEqual([ticket["id"] for ticket in board["tickets"]], other.ids)

    def test_empty(self):
        board = self.board("2026-03-02 14:30")
        self.assertEqual((board["tickets"], board["people"]), ([], []))
        self.assertFalse(any(board["counts"].values()))

    def test_one_query(self):
        self.desk()
        # Who asks, the rules for tickets and the hours are known from then on.
        self.board("2026-03-02 14:30")
        self.env.flush_all()
        agent = self.Ticket.with_user(self.agent)
        with at("2026-03-02 14:30"), self.assertQueryCount(1):
            agent.get_loyalty_wallboard()

    def test_own_tickets_only(self):
        self.desk()
        own = new_test_user(self.env, "wall_own", groups="helpdesk_mgmt.group_helpdesk_user_own")
        self.assertEqual(self.board("2026-03-02 14:30", own)["counts"]["open"], 0)

    def test_own_company_only(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.agent.company_ids |= other
        self.desk()
        self.file("2026-03-02 10:00", company_id=other.id, team_id=False, user_id=False)
        here = self.board("2026-03-02 14:30")["counts"]["open"]
        with at("2026-03-02 14:30"):
            there = (
                self.Ticket.with_user(self.agent)
                .with_context(allowed_company_ids=(other | self.company).ids)
                .get_loyalty_wallboard()
            )
        self.assertEqual((here, there["counts"]["open"]), (5, 1))

    def test_for_staff_only(self):
        portal = new_test_user(
            self.env,
            "wall_portal",
            groups="base.group_portal",
            partner_id=self.contact.id,
            company_ids=[Command.set(self.company.ids)],
        )
        employee = new_test_user(self.env, "wall_employee", groups="base.group_user")
        self.desk()
        with self.assertRaises(AccessError):
            self.board("2026-03-02 14:30", portal)
        self.assertEqual(self.board("2026-03-02 14:30", employee)["counts"]["open"], 0)
