from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import SlaCommon, at

RIGHTS = ("read", "write", "create", "unlink")


@tagged("post_install", "-at_install")
class TestEmergency(SlaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"loyalty_postmortem_rule": "auto", "loyalty_postmortem_days": 3})
        emergency_type = cls.env.ref("loyalty_service_sla.ticket_type_emergency")
        cls.manager = new_test_user(
            cls.env, "sla_head", groups="helpdesk_mgmt.group_helpdesk_manager"
        )
        with at("2020-01-01 09:00"):
            cls.emergencies = cls.Ladder.create(
                {
                    "name": "Emergencies",
                    "sequence": 1,
                    "calendar_id": cls.calendar.id,
                    "ticket_types": [(6, 0, emergency_type.ids)],
                    "manager_id": cls.manager.id,
                    "step_ids": [
                        (0, 0, {"anytime": True, **step})
                        for step in (
                            {"target": "first_response", "moment": "start", "who": "assignee"},
                            {
                                "target": "first_response",
                                "moment": "start",
                                "who": "leader",
                                "how": "mail",
                            },
                            {"moment": "at", "who": "manager", "how": "mail"},
                        )
                    ],
                }
            )

    def declare(self, ticket, when="2026-03-02 20:00", user=None, reason="The server burns"):
        with at(when):
            dialog = (
                self.env["loyalty.service.sla.emergency"]
                .with_user(user or self.agent)
                .create({"ticket_id": ticket.id, "reason": reason})
            )
            action = dialog.action_declare()
            self.env.flush_all()
        return action

    def alarms(self, ticket, user):
        """Return the messages by which somebody was told of this ticket."""
        return self.env["mail.message"].search(
            [
                ("model", "=", ticket._name),
                ("res_id", "=", ticket.id),
                ("message_type", "=", "user_notification"),
                ("partner_ids", "in", user.partner_id.ids),
            ]
        )

    def solved(self, **values):
        """Return the post-mortem of an emergency that lasted from 20:00 to 22:30."""
        ticket = self.file("2026-03-02 10:00", **values)
        self.declare(ticket)
        self.move("2026-03-02 22:30", ticket, self.stage_done)
        return ticket.loyalty_postmortem_ids

    def write_up(self, record):
        record.with_user(self.agent).write(
            {"summary": "It burned", "impact": "One client, 2 h", "root_cause": "An old cable"}
        )

    # ------------------------------------------------------------------
    # Declaring
    # ------------------------------------------------------------------

    def test_declaring_tells_everybody_of_the_ladder_once(self):
        """At night, and also those whose steps would come later."""
        ticket = self.file("2026-03-02 10:00")
        action = self.declare(ticket)
        self.assertEqual((ticket.loyalty_ticket_type, ticket.priority), ("emergency", "3"))
        self.assertEqual(ticket.loyalty_emergency_user_id, self.agent)
        self.assertEqual(ticket.loyalty_emergency_reason, "The server burns")
        for user in (self.leader, self.manager):
            self.assertEqual(len(self.alarms(ticket, user)), 1, user.name)
            self.assertIn(user.name, action["params"]["message"])
        self.assertFalse(self.alarms(ticket, self.agent), "who declares it knows")
        # The step of the assignee has come due by the declaring.
        self.assertEqual(ticket.activity_ids.user_id, self.agent)
        with at("2026-03-02 20:05"):
            ticket.loyalty_sla_clock_ids._escalate()
        self.assertEqual(len(self.alarms(ticket, self.leader)), 1)

    def test_declaring_after_the_first_answer_tells_them_too(self):
        ticket = self.file("2026-03-02 10:00")
        self.answer("2026-03-02 10:30", ticket)
        self.declare(ticket)
        for user in (self.leader, self.manager):
            self.assertEqual(len(self.alarms(ticket, user)), 1, user.name)

    def test_without_a_promise_and_a_ladder_managers_are_told(self):
        self.policy.active = False
        self.emergencies.active = False
        self.ladder.active = False
        ticket = self.file("2026-03-02 10:00")
        self.assertFalse(ticket.loyalty_sla_clock_ids)
        self.declare(ticket)
        self.assertEqual(len(self.alarms(ticket, self.manager)), 1)

    def test_what_cannot_be_declared(self):
        ticket = self.file("2026-03-02 10:00")
        self.declare(ticket)
        with self.assertRaisesRegex(UserError, "already"):
            self.declare(ticket)
        closed = self.file("2026-03-02 10:00", stage_id=self.stage_done.id)
        with self.assertRaisesRegex(UserError, "Reopen"):
            self.declare(closed)
        complaint = self.file("2026-03-02 10:00", loyalty_ticket_type="complaint")
        with self.assertRaisesRegex(UserError, "complaint"):
            self.declare(complaint)
        own = new_test_user(self.env, "e_own", groups="helpdesk_mgmt.group_helpdesk_user_own")
        with self.assertRaises(AccessError):
            self.declare(self.file("2026-03-02 10:00"), user=own)

    def test_the_wallboard_says_why_and_since_when(self):
        ticket = self.file("2026-03-02 10:00")
        self.declare(ticket)
        with at("2026-03-02 20:30"):
            board = self.Ticket.with_user(self.leader).get_loyalty_wallboard(self.team.id)
        [row] = [row for row in board["tickets"] if row["id"] == ticket.id]
        self.assertEqual((row["type"], row["reason"]), ("emergency", "The server burns"))
        self.assertEqual(board["now"] - row["since"], 30 * 60)

    def test_the_type_alone_begins_and_ends_one(self):
        ticket = self.file("2026-03-02 10:00", loyalty_ticket_type="emergency")
        self.assertTrue(ticket.loyalty_emergency_date)
        record = self.plan(ticket)
        ticket.loyalty_ticket_type = "incident"
        self.assertFalse(ticket.loyalty_emergency_date)
        self.assertFalse(record.active)
        ticket.loyalty_ticket_type = "emergency"
        self.assertTrue(record.active)

    # ------------------------------------------------------------------
    # Closing
    # ------------------------------------------------------------------

    def plan(self, ticket):
        action = ticket.with_user(self.agent).action_loyalty_postmortem()
        return self.env["loyalty.service.sla.postmortem"].browse(action["res_id"])

    def test_closing_plans_the_post_mortem(self):
        record = self.solved()
        self.assertEqual((record.state, record.user_id), ("draft", self.agent))
        self.assertEqual(record.hours, 2.5)
        reminder = record.activity_ids
        self.assertEqual(reminder.user_id, self.agent)
        # Three days after 2 March.
        self.assertEqual(reminder.date_deadline, fields.Date.to_date("2026-03-05"))
        self.assertIn("The server burns", record.timeline)
        self.assertIn("Closed", record.timeline)

    def test_closing_again_makes_no_second_one(self):
        record = self.solved()
        ticket = record.ticket_id
        self.move("2026-03-03 09:00", ticket, self.stage_progress)
        self.move("2026-03-04 09:00", ticket, self.stage_done)
        self.assertEqual(ticket.loyalty_postmortem_ids, record)
        self.assertEqual(record.activity_ids.date_deadline, fields.Date.to_date("2026-03-07"))
        self.assertEqual(len(record.activity_ids), 1)

    def test_refused_until_it_is_planned(self):
        self.company.loyalty_postmortem_rule = "refuse"
        ticket = self.file("2026-03-02 10:00")
        self.declare(ticket)
        self.stage_done.close_from_portal = True
        self.assertFalse(ticket._loyalty_sla_get_portal_stages())
        with self.assertRaisesRegex(UserError, "post-mortem"), self.env.cr.savepoint():
            self.move("2026-03-02 22:30", ticket, self.stage_done)
        record = self.plan(ticket)
        self.assertFalse(record.activity_ids)
        self.assertTrue(ticket._loyalty_sla_get_portal_stages())
        self.move("2026-03-02 22:40", ticket, self.stage_done)
        self.assertTrue(ticket.closed)
        self.assertEqual(len(record.activity_ids), 1)
        self.assertEqual(self.plan(ticket), record)

    def test_switched_off(self):
        self.company.loyalty_postmortem_rule = "off"
        ticket = self.file("2026-03-02 10:00")
        self.declare(ticket)
        self.move("2026-03-02 22:30", ticket, self.stage_done)
        self.assertFalse(ticket.loyalty_postmortem_ids)
        self.assertTrue(self.plan(ticket).activity_ids, "planned afterwards by the button")

    def test_another_type_is_no_way_around(self):
        self.company.loyalty_postmortem_rule = "refuse"
        ticket = self.file("2026-03-02 10:00", loyalty_ticket_type="emergency")
        mine = ticket.with_user(self.agent)
        both = {"loyalty_ticket_type": "incident", "stage_id": self.stage_done.id}
        for user in (self.agent, self.manager):
            with self.assertRaises(UserError), self.cr.savepoint():
                ticket.with_user(user).write(both)
        with self.assertRaisesRegex(UserError, "press No Emergency"), self.cr.savepoint():
            mine.loyalty_ticket_type = "incident"
        dialog = self.env["loyalty.service.sla.withdraw"].with_user(self.agent)
        dialog.create(
            {"ticket_id": ticket.id, "ticket_type": "incident", "reason": "False alarm"}
        ).action_withdraw()
        self.assertEqual(ticket.loyalty_ticket_type, "incident")
        self.assertIn("False alarm", ticket.message_ids[0].body)
        self.move("2026-03-02 12:00", ticket, self.stage_done)
        # Closed without the post-mortem, it becomes no emergency behind the gate.
        with self.assertRaisesRegex(UserError, "Plan its post-mortem"), self.cr.savepoint():
            mine.loyalty_ticket_type = "emergency"
        self.company.loyalty_postmortem_rule = "auto"
        mine.loyalty_ticket_type = "emergency"
        self.assertEqual(ticket.loyalty_postmortem_ids.state, "draft")

    def test_closing_never_fails_for_want_of_a_writer(self):
        abroad = self.env["res.company"].create({"name": "Abroad"})
        gone = new_test_user(
            self.env,
            "sla_gone",
            groups="helpdesk_mgmt.group_helpdesk_user",
            company_id=abroad.id,
            company_ids=[(6, 0, abroad.ids)],
        )
        self.assertEqual(self.solved(user_id=gone.id).user_id, self.leader)
        # Of that firm there is nobody but the one who has left.
        gone.active = False
        with at("2026-03-02 10:00"):
            ticket = self.Ticket.create(
                {
                    "name": "Abroad",
                    "description": "x",
                    "company_id": abroad.id,
                    "user_id": gone.id,
                    "loyalty_ticket_type": "emergency",
                }
            )
            self.env.flush_all()
        self.move("2026-03-02 12:00", ticket, self.stage_done)
        self.assertTrue(ticket.closed)
        self.assertFalse(ticket.loyalty_postmortem_ids)
        self.assertIn("No post-mortem was planned", str(ticket.message_ids.mapped("body")))
        with self.assertRaisesRegex(UserError, "Nobody of the service desk"):
            ticket.action_loyalty_postmortem()

    def test_a_writer_who_left_hands_it_on(self):
        self.company.loyalty_postmortem_rule = "refuse"
        ticket = self.file("2026-03-02 10:00", loyalty_ticket_type="emergency")
        record = self.plan(ticket)
        self.assertEqual(record.user_id, self.agent)
        self.agent.active = False
        self.move("2026-03-02 12:00", ticket, self.stage_done)
        self.assertEqual((record.user_id, record.activity_ids.user_id), (self.leader,) * 2)

    def test_closing_keeps_a_timeline_that_was_written(self):
        self.company.loyalty_postmortem_rule = "refuse"
        ticket = self.file("2026-03-02 10:00", loyalty_ticket_type="emergency")
        record = self.plan(ticket)
        self.assertNotIn("Closed", record.timeline)
        self.move("2026-03-02 12:00", ticket, self.stage_done)
        self.assertIn("Closed", record.timeline, "as proposed, now with the end")
        self.move("2026-03-02 13:00", ticket, self.stage_progress)
        record.with_user(self.agent).timeline = "<p>10:05 I called the bank</p>"
        self.move("2026-03-02 14:00", ticket, self.stage_done)
        self.assertEqual(record.timeline, "<p>10:05 I called the bank</p>")

    def test_other_tickets_close_as_ever(self):
        self.company.loyalty_postmortem_rule = "refuse"
        ticket = self.file("2026-03-02 10:00")
        self.move("2026-03-02 11:00", ticket, self.stage_done)
        self.assertTrue(ticket.closed)
        imported = self.file(
            "2026-03-02 10:00", stage_id=self.stage_done.id, loyalty_ticket_type="emergency"
        )
        self.assertTrue(imported.closed)

    def test_somebody_writes_it_though_nobody_was_assigned(self):
        self.assertEqual(self.solved(user_id=False).user_id, self.leader)

    # ------------------------------------------------------------------
    # Course
    # ------------------------------------------------------------------

    def test_a_second_person_reviews_what_is_written(self):
        record = self.solved()
        with self.assertRaisesRegex(UserError, "Summary, Impact, Root Cause"):
            record.with_user(self.leader).action_review()
        self.write_up(record)
        with self.assertRaisesRegex(UserError, "Somebody else"):
            record.with_user(self.agent).action_review()
        record.with_user(self.leader).action_review()
        self.assertEqual((record.state, record.reviewer_id), ("reviewed", self.leader))
        self.assertFalse(record.activity_ids, "the reminder is done")
        with self.assertRaisesRegex(UserError, "Take it back"):
            record.with_user(self.agent).summary = "It did not burn"
        with self.assertRaisesRegex(UserError, "moved on"):
            record.with_user(self.leader).action_review()
        record.with_user(self.agent).action_take_back()
        self.assertEqual((record.state, record.reviewer_id.id), ("draft", False))

    def test_who_has_written_does_not_review(self):
        """Naming somebody else as the writer makes no second pair of eyes."""
        record = self.solved()
        self.write_up(record)
        record.with_user(self.agent).user_id = self.leader
        self.assertEqual(record.author_ids, self.agent)
        self.assertFalse(record.with_user(self.agent).may_review)
        for user in (self.agent, self.leader):
            with self.assertRaisesRegex(UserError, "Somebody else"):
                record.with_user(user).action_review()
        # Copying the log makes nobody an author.
        record.with_user(self.manager).action_propose_timeline()
        record.with_user(self.manager).action_review()
        self.assertEqual(record.reviewer_id, self.manager)
        # As a draft it begins anew; what is written from now on counts.
        record.with_user(self.manager).action_take_back()
        self.assertFalse(record.author_ids)
        record.with_user(self.manager).impact = "Two clients"
        with self.assertRaisesRegex(UserError, "Somebody else"):
            record.with_user(self.manager).action_review()
        record.with_user(self.agent).action_review()

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_no_actions_in_what_one_may_not_see(self):
        record = self.solved()
        own = new_test_user(self.env, "e_own", groups="helpdesk_mgmt.group_helpdesk_user_own")
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(record.with_user(own).has_access("read"))
        Action = self.env["loyalty.service.sla.postmortem.action"]
        mine = {"postmortem_id": record.id, "name": "Hijack", "user_id": own.id}
        with self.assertRaises(AccessError):
            Action.with_user(own).create(mine)
        # What somebody gave them they do, and do not take out.
        given = Action.with_user(self.agent).create({**mine, "name": "New cables"})
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            given.with_user(own).unlink()
        self.env.invalidate_all()
        given.with_user(own).action_done()
        self.assertTrue(given.done_date)

    def test_states_are_not_written_by_hand(self):
        record = self.solved().with_user(self.leader)
        for values in ({"state": "closed"}, {"reviewer_id": self.leader.id}, {"active": False}):
            with self.assertRaisesRegex(UserError, "buttons"):
                record.write(values)

    def test_actions_are_activities(self):
        record = self.solved()
        self.write_up(record)
        first, second = (
            self.env["loyalty.service.sla.postmortem.action"]
            .with_user(self.agent)
            .create(
                [
                    {
                        "postmortem_id": record.id,
                        "name": name,
                        "user_id": self.leader.id,
                        "date_deadline": "2026-03-20",
                    }
                    for name in ("New cables", "A second server")
                ]
            )
        )
        activity = first.activity_id
        self.assertEqual(
            (activity.user_id, activity.summary, str(activity.date_deadline)),
            (self.leader, "New cables", "2026-03-20"),
        )
        first.write({"name": "New cables everywhere", "date_deadline": "2026-03-25"})
        self.assertEqual(
            (activity.summary, str(activity.date_deadline)),
            ("New cables everywhere", "2026-03-25"),
        )
        record.with_user(self.leader).action_review()
        self.assertEqual(record.open_count, 2)
        with self.assertRaisesRegex(UserError, "2 of its actions"):
            record.with_user(self.leader).action_close()
        activity.with_user(self.leader).action_feedback()
        self.assertTrue(first.done_date, "who does the activity does the action")
        second.with_user(self.agent).action_done()
        self.assertTrue(second.done_date)
        self.assertFalse(second.activity_id.active, "and the other way round")
        record.with_user(self.leader).action_close()
        self.assertEqual(record.state, "closed")
        for change in (first.unlink, lambda: first.write({"name": "Nothing"})):
            with self.assertRaisesRegex(UserError, "closed"):
                change()

    def test_an_action_that_goes_takes_its_activity_along(self):
        record = self.solved()
        action = self.env["loyalty.service.sla.postmortem.action"].create(
            {"postmortem_id": record.id, "name": "New cables", "user_id": self.leader.id}
        )
        activity = action.activity_id
        action.with_user(self.agent).unlink()
        self.assertFalse(activity.exists())

    def test_another_writer_gets_the_reminder(self):
        record = self.solved()
        record.with_user(self.leader).user_id = self.leader
        self.assertEqual(record.activity_ids.user_id, self.leader)
        with self.assertRaises(ValidationError):
            record.user_id = new_test_user(self.env, "e_portal", groups="base.group_portal")

    def test_deleting_the_ticket_leaves_nothing(self):
        record = self.solved()
        activities, record_id = record.activity_ids, record.id
        record.ticket_id.unlink()
        self.assertFalse(activities.exists())
        self.assertFalse(
            self.env["mail.message"].search(
                [("model", "=", "loyalty.service.sla.postmortem"), ("res_id", "=", record_id)]
            )
        )

    def test_on_paper(self):
        record = self.solved()
        self.write_up(record)
        html = self.env["ir.actions.report"]._render_qweb_html(
            "loyalty_service_sla.report_postmortem", record.ids
        )[0]
        self.assertIn("An old cable", html.decode())

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_matrix(self):
        record = self.solved()
        action = self.env["loyalty.service.sla.postmortem.action"].create(
            {"postmortem_id": record.id, "name": "New cables", "user_id": self.leader.id}
        )
        groups = {
            "base.group_public": ("", ""),
            "base.group_portal": ("", ""),
            "base.group_user": ("", ""),
            "loyalty_service.group_loyalty_user": ("", ""),
            # Of another team.
            "helpdesk_mgmt.group_helpdesk_user_own": ("", ""),
            "helpdesk_mgmt.group_helpdesk_user_team": ("", ""),
            "helpdesk_mgmt.group_helpdesk_user": ("rw", "rwcu"),
            "helpdesk_mgmt.group_helpdesk_manager": ("rw", "rwcu"),
            "loyalty_service.group_loyalty_manager": ("rw", "rwcu"),
        }
        for number, (group, expected) in enumerate(groups.items()):
            user = new_test_user(self.env, f"e_role_{number}", groups=group)
            for found, letters in zip((record, action), expected, strict=True):
                may = "".join(
                    letter
                    for letter, right in zip("rwcu", RIGHTS, strict=True)
                    if found.with_user(user).has_access(right)
                )
                self.assertEqual(may, letters, (group, found._name))
        own = new_test_user(self.env, "e_mine", groups="helpdesk_mgmt.group_helpdesk_user_own")
        record.user_id = own
        self.assertTrue(record.with_user(own).has_access("write"), "who has to write it")

    def test_other_companies(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        ticket = self.file(
            "2026-03-02 10:00",
            company_id=other.id,
            team_id=False,
            user_id=False,
            loyalty_ticket_type="emergency",
        )
        record = ticket._loyalty_plan_postmortem(self.env.user).with_user(self.agent)
        self.assertFalse(record.has_access("read"))
