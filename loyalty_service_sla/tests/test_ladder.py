"""Ladders of escalations: who is told what when, once, and not in quiet hours."""

from ast import literal_eval
from unittest.mock import patch

from lxml import etree
from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import SlaCommon, at, utc


class LadderCommon(SlaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = new_test_user(
            cls.env, "sla_boss", groups="helpdesk_mgmt.group_helpdesk_user", email="boss@x.example"
        )
        cls.keeper = new_test_user(cls.env, "sla_keeper", groups="base.group_user")
        cls.client_partner.user_id = cls.keeper
        cls.policy.resolution_hours = 0

    def steps(self, *steps, since="2020-01-01 09:00", **values):
        """Let the ladder have these steps and no others, since long ago."""
        with at(since):
            self.ladder.write({"manager_id": self.boss.id, **values})
            self.ladder.step_ids = [Command.clear(), *(Command.create(step) for step in steps)]

    def sweep(self, *moments):
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=60.0):
            for when in moments:
                with at(when):
                    self.Clock._cron_sweep()
                    self.env.flush_all()

    def told(self, ticket):
        """Return ``[(who, how, told on)]`` of what was told, in its order."""
        rows = ticket.loyalty_sla_log_ids.filtered(lambda row: row.state == "sent")
        return [(row.user_id.login, row.how, row.date) for row in rows.sorted("id")]

    def mails(self, ticket, user):
        """Return the messages to a user, which do not show on the ticket."""
        return self.env["mail.message"].search(
            [
                ("model", "=", ticket._name),
                ("res_id", "=", ticket.id),
                ("partner_ids", "in", user.partner_id.ids),
            ]
        )

    def states(self, ticket):
        return ticket.loyalty_sla_log_ids.sorted("id").mapped("state")


@tagged("post_install", "-at_install")
class TestSteps(LadderCommon):
    """An answer is promised within 4 h: from Monday 10:00 until 15:00."""

    def test_before_at_and_after(self):
        self.steps(
            {"moment": "before", "minutes": 30},
            {"moment": "at", "who": "leader"},
            {"moment": "after", "minutes": 60, "who": "manager", "how": "mail"},
        )
        ticket = self.file("2026-03-02 10:00")
        self.sweep("2026-03-02 14:30")
        self.assertFalse(self.told(ticket), "not before it is due")
        self.sweep("2026-03-02 14:30:01", "2026-03-02 14:31", "2026-03-02 15:00")
        self.assertEqual(self.told(ticket), [("sla_agent", "activity", utc("2026-03-02 14:30:01"))])
        self.sweep("2026-03-02 15:00:30", "2026-03-02 15:30", "2026-03-02 16:00:30")
        self.sweep("2026-03-02 17:00", "2026-03-03 10:00")
        self.assertEqual(
            self.told(ticket)[1:],
            [
                ("sla_leader", "activity", utc("2026-03-02 15:00:30")),
                ("sla_boss", "mail", utc("2026-03-02 16:00:30")),
            ],
        )
        reminder, breach = ticket.activity_ids.sorted("id")
        self.assertEqual(
            (reminder.user_id, reminder.summary), (self.agent, "First answer: 29 min left")
        )
        self.assertEqual(
            (breach.user_id, breach.summary), (self.leader, "SLA breached: First answer")
        )
        mail = self.mails(ticket, self.boss)
        self.assertEqual(len(mail), 1)
        self.assertIn("SLA breached: First answer, 1 h over", mail.subject)
        self.assertIn("Shanghai Lantern Trading", mail.body)
        self.assertFalse(self.clock(ticket, "first_response").next_due, "the ladder is done")

    def test_its_mail_leaves_at_once(self):
        self.steps({"moment": "at", "who": "manager", "how": "mail"})
        self.file("2026-03-02 10:00")
        queue = self.env.ref("mail.ir_cron_mail_scheduler_action")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", queue.id)])
        triggers.unlink()
        self.sweep("2026-03-02 15:00:30")
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", queue.id)]))

    def test_the_next_run_is_planned_for_the_step(self):
        self.Clock.search([("next_due", "!=", False)]).next_due = False
        self.steps({"moment": "before", "minutes": 30})
        cron = self.env.ref("loyalty_service_sla.ir_cron_sweep")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        triggers.unlink()
        self.file("2026-03-02 10:00")
        planned = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertEqual(planned.mapped("call_at"), [utc("2026-03-02 14:30:01")])

    def test_what_is_answered_calls_nobody(self):
        self.steps({"moment": "before", "minutes": 30}, {"moment": "at"})
        ticket = self.file("2026-03-02 10:00")
        self.sweep("2026-03-02 14:31")
        self.assertTrue(ticket.activity_ids)
        self.answer("2026-03-02 14:40", ticket)
        self.assertFalse(ticket.activity_ids, "the reminder is taken back")
        self.sweep("2026-03-02 15:01", "2026-03-02 18:00")
        self.assertEqual(len(self.told(ticket)), 1)

    def test_what_waits_for_the_client_calls_nobody(self):
        self.steps({"moment": "before", "minutes": 30}, {"moment": "at"})
        ticket = self.file("2026-03-02 10:00")
        self.move("2026-03-02 14:20", ticket, self.stage_awaiting)
        self.sweep("2026-03-02 14:31", "2026-03-02 15:01", "2026-03-03 12:00")
        self.assertFalse(self.told(ticket))
        self.move("2026-03-03 14:00", ticket, self.stage_progress)
        # 40 min are left: half an hour before the end is 14:10.
        self.sweep("2026-03-03 14:10")
        self.assertFalse(self.told(ticket))
        self.sweep("2026-03-03 14:10:30")
        self.assertEqual(len(self.told(ticket)), 1)

    def test_paused_after_it_was_late_and_before_somebody_looked(self):
        self.steps({"moment": "at"})
        ticket = self.file("2026-03-02 10:00")
        self.move("2026-03-02 15:00:20", ticket, self.stage_awaiting)
        self.sweep("2026-03-02 15:01", "2026-03-02 17:00")
        self.assertFalse(self.told(ticket), "paused")
        self.move("2026-03-03 10:00", ticket, self.stage_progress)
        self.sweep("2026-03-03 10:00:30")
        self.assertEqual(len(self.told(ticket)), 1)

    def test_a_reminder_that_the_breach_has_overtaken(self):
        """The server was down from noon to 15:30."""
        self.steps({"moment": "before", "minutes": 30}, {"moment": "at", "who": "leader"})
        ticket = self.file("2026-03-02 10:00")
        self.sweep("2026-03-02 15:30")
        self.assertEqual([who for who, _how, _date in self.told(ticket)], ["sla_leader"])

    def test_each_wait_has_its_own(self):
        self.policy.write({"first_response_hours": 0, "next_response_hours": 2})
        self.steps({"target": "next_response", "moment": "at"})
        ticket = self.file("2026-03-02 10:00")
        self.answer("2026-03-02 10:10", ticket)
        self.answer("2026-03-02 13:00", ticket, author=self.contact)
        self.sweep("2026-03-02 15:01", "2026-03-02 15:02")
        self.answer("2026-03-02 15:30", ticket)
        self.answer("2026-03-03 10:00", ticket, author=self.contact)
        self.sweep("2026-03-03 13:01", "2026-03-03 13:02")
        self.assertEqual(ticket.loyalty_sla_log_ids.sorted("id").mapped("wait"), [1, 2])
        self.assertEqual(len(ticket.activity_ids), 1, "that of the first wait is gone")

    def test_targets_of_their_own(self):
        self.policy.resolution_hours = 6
        self.steps({"target": "resolution", "moment": "at"})
        ticket = self.file("2026-03-02 10:00")
        self.sweep("2026-03-02 15:01")
        self.assertFalse(self.told(ticket))
        self.sweep("2026-03-02 17:01")
        self.assertEqual(len(self.told(ticket)), 1)

    def test_another_date_is_reminded_of_anew(self):
        self.policy.first_response_hours = 0
        self.steps({"target": "delivery", "moment": "before", "minutes": 1440})
        ticket = self.file("2026-03-02 10:00", loyalty_delivery_date=utc("2026-03-05 12:00"))
        self.sweep("2026-03-04 12:01")
        self.assertEqual(len(self.told(ticket)), 1)
        with at("2026-03-04 14:00"):
            ticket.loyalty_delivery_date = utc("2026-03-10 12:00")
            self.env.flush_all()
        self.assertEqual(self.states(ticket), ["undone"])
        self.assertFalse(ticket.activity_ids)
        self.sweep("2026-03-05 12:01")
        self.assertFalse(self.told(ticket))
        self.sweep("2026-03-09 12:01", "2026-03-09 12:02")
        self.assertEqual(self.states(ticket), ["undone", "sent"])

    def test_the_database_takes_no_step_twice(self):
        self.steps({"moment": "at"})
        ticket = self.file("2026-03-02 10:00")
        self.sweep("2026-03-02 15:01")
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            ticket.loyalty_sla_log_ids.copy({"state": "sent"})

    def test_queries_do_not_grow(self):
        """Per ticket that is due a constant number, and nothing where nothing is due."""
        self.steps({"moment": "at"}, {"moment": "at", "who": "leader"})
        counts = []
        for number in (2, 10, 40):
            with at("2026-03-02 10:00"):
                tickets = self.Ticket.with_context(tracking_disable=True).create(
                    [
                        {"name": f"{number}", "description": "x", "team_id": self.team.id}
                        for number in range(number)
                    ]
                )
                tickets.user_id = self.agent
                self.env.flush_all()
            clocks = self.clock(tickets, "first_response")
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            with at("2026-03-02 15:01"):
                clocks._sweep(fields.Datetime.now())
                self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
            self.assertEqual(len(tickets.loyalty_sla_log_ids), 2 * number)
        self.assertLessEqual((counts[2] - counts[1]) / 30, 4)


@tagged("post_install", "-at_install")
class TestWho(LadderCommon):
    def who(self, **step):
        """Return who is told by a step at the target."""
        self.steps({"moment": "at", **step})
        ticket = self.file("2026-03-02 10:00", **step.get("ticket", {}))
        self.sweep("2026-03-02 15:01")
        return ticket.loyalty_sla_log_ids.user_id

    def test_each(self):
        other = new_test_user(self.env, "sla_other", groups="base.group_user")
        for who, user in (
            ("assignee", self.agent),
            ("leader", self.leader),
            ("manager", self.boss),
            ("account_manager", self.keeper),
        ):
            self.assertEqual(self.who(who=who), user, who)
        self.assertEqual(self.who(who="user", user_id=other.id), other)

    def test_the_next_one_up(self):
        self.steps({"moment": "at"})
        unassigned = self.file("2026-03-02 10:00", user_id=False)
        alone = self.file("2026-03-02 10:00", user_id=False, team_id=False)
        self.agent.active = False
        gone = self.file("2026-03-02 10:00")
        self.sweep("2026-03-02 15:01")
        self.assertEqual(unassigned.activity_ids.user_id, self.leader)
        self.assertEqual(alone.activity_ids.user_id, self.keeper)
        self.assertEqual(gone.activity_ids.user_id, self.leader)

    def test_managers_of_the_desk_where_none_is_named(self):
        self.steps({"moment": "at", "who": "manager"}, manager_id=False)
        ticket = self.file("2026-03-02 10:00")
        self.sweep("2026-03-02 15:01")
        self.assertIn(self.leader, ticket.activity_ids.user_id)
        self.assertNotIn(self.agent, ticket.activity_ids.user_id)

    def test_nobody_of_another_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "sla_stranger",
            groups="base.group_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.client_partner.user_id = stranger
        self.assertEqual(self.who(who="account_manager"), self.leader)

    def test_nobody_at_all(self):
        self.ladder.manager_id = False
        self.client_partner.user_id = False
        group = self.env.ref("helpdesk_mgmt.group_helpdesk_manager")
        with patch.object(
            type(self.env["res.users"]), "search", lambda users, *_args, **_kw: users.browse()
        ):
            self.assertTrue(group)
            self.steps({"moment": "at"}, manager_id=False)
            ticket = self.file("2026-03-02 10:00", user_id=False, team_id=False)
            self.sweep("2026-03-02 15:01", "2026-03-02 15:02")
        self.assertEqual(self.states(ticket), ["nobody"])

    def test_the_same_person_is_told_once_at_a_time(self):
        self.steps({"moment": "at"}, {"moment": "at", "who": "leader"})
        ticket = self.file("2026-03-02 10:00", user_id=self.leader.id)
        self.sweep("2026-03-02 15:01", "2026-03-02 15:02")
        self.assertEqual(len(ticket.activity_ids), 1)
        self.assertEqual(self.states(ticket), ["sent", "same"], "the log says so, too")

    def test_assigned_to_the_leader(self):
        self.steps({"moment": "at", "how": "reassign", "who": "leader"})
        ticket = self.file("2026-03-02 10:00")
        self.sweep("2026-03-02 15:01", "2026-03-02 15:02")
        self.assertEqual(ticket.user_id, self.leader)
        self.assertIn("sla_leader", str(ticket.loyalty_sla_entry_ids.mapped("changes")))
        self.assertFalse(self.Clock._verify(ticket))

    def test_a_higher_priority(self):
        """The higher priority promises less: 1 h, which is over. Nobody is told twice of it."""
        self.Policy.create(
            {
                "name": "Urgent",
                "sequence": 1,
                "calendar_id": self.calendar.id,
                "min_priority": "3",
                "first_response_hours": 1,
            }
        )
        self.steps(
            {"moment": "before", "minutes": 60, "how": "priority", "priority": "3"},
            {"moment": "at"},
        )
        ticket = self.file("2026-03-02 10:00")
        top = self.file("2026-03-02 10:00", priority="3")
        self.sweep("2026-03-02 14:00:30", "2026-03-02 14:02", "2026-03-02 15:01")
        self.assertEqual((ticket.priority, top.priority), ("3", "3"))
        self.assertEqual(len(ticket.activity_ids), 1)
        self.assertEqual(self.states(ticket), ["sent", "sent"])
        self.assertFalse(self.Clock._verify(ticket | top))

    def test_in_the_words_of_who_reads(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.agent.lang = "zh_CN"
        self.steps({"moment": "at"}, {"moment": "at", "how": "mail", "note": "Call"})
        ticket = self.file("2026-03-02 10:00")
        with patch.object(
            type(self.env["helpdesk.ticket"]),
            "_format_loyalty_sla_duration",
            lambda ticket, _seconds: ticket.env.lang,
        ):
            self.sweep("2026-03-02 15:01")
        mail = self.mails(ticket, self.agent)
        self.assertIn("Call", mail.body)


@tagged("post_install", "-at_install")
class TestQuietHours(LadderCommon):
    """The policy counts every hour, people work from Monday to Friday."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.calendar_id = cls._always("Asia/Shanghai")

    def test_what_is_due_at_night_waits_for_the_morning(self):
        self.steps({"moment": "at"})
        ticket = self.file("2026-03-02 20:00")
        self.sweep("2026-03-03 00:01", "2026-03-03 03:00", "2026-03-03 09:00")
        self.assertEqual(self.states(ticket), ["waiting"])
        self.assertEqual(ticket.loyalty_sla_log_ids.send_date, utc("2026-03-03 09:00"))
        self.assertFalse(ticket.activity_ids)
        self.sweep("2026-03-03 09:00:30", "2026-03-03 09:02")
        self.assertEqual(self.told(ticket), [("sla_agent", "activity", utc("2026-03-03 09:00:30"))])
        self.assertEqual(len(ticket.activity_ids), 1)

    def test_over_the_weekend_and_a_holiday(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Qingming",
                "calendar_id": self.calendar.id,
                "date_from": utc("2026-03-09 00:00"),
                "date_to": utc("2026-03-10 00:00"),
            }
        )
        self.steps({"moment": "at"})
        ticket = self.file("2026-03-06 17:00")
        self.sweep("2026-03-06 21:01")
        self.assertEqual(ticket.loyalty_sla_log_ids.send_date, utc("2026-03-10 09:00"))

    def test_a_step_at_any_time_rings_at_once(self):
        self.steps({"moment": "at", "anytime": True}, {"moment": "at", "who": "leader"})
        ticket = self.file("2026-03-02 20:00")
        self.sweep("2026-03-03 00:01")
        self.assertEqual(ticket.activity_ids.user_id, self.agent)
        self.assertEqual(sorted(self.states(ticket)), ["sent", "waiting"])

    def test_answered_in_the_night(self):
        self.steps({"moment": "at"})
        ticket = self.file("2026-03-02 20:00")
        self.sweep("2026-03-03 00:01")
        self.answer("2026-03-03 02:00", ticket)
        self.sweep("2026-03-03 09:01", "2026-03-03 10:00")
        self.assertEqual((self.states(ticket), ticket.activity_ids.ids), (["dropped"], []))

    def test_a_reminder_that_is_late_by_the_morning(self):
        self.steps({"moment": "before", "minutes": 60}, {"moment": "at", "who": "leader"})
        ticket = self.file("2026-03-02 20:00")
        self.sweep("2026-03-02 23:01", "2026-03-03 00:01", "2026-03-03 09:01")
        self.assertEqual(self.states(ticket), ["dropped", "sent"])
        self.assertEqual(ticket.activity_ids.user_id, self.leader)

    def test_somebody_else_has_it_by_the_morning(self):
        self.steps({"moment": "at"})
        ticket = self.file("2026-03-02 20:00")
        self.sweep("2026-03-03 00:01")
        with at("2026-03-03 08:00"):
            ticket.user_id = self.leader
            self.env.flush_all()
        self.sweep("2026-03-03 09:01", "2026-03-03 09:02")
        self.assertEqual(ticket.activity_ids.user_id, self.leader)
        self.assertEqual(self.states(ticket), ["dropped", "sent"])

    def test_the_hours_of_who_is_told(self):
        """Somebody of a firm in London: at 12:01 in Shanghai it is 4:01 there."""
        london = self.env["res.company"].create({"name": "London"})
        hours = self.env["resource.calendar"].create(
            {
                **london._prepare_loyalty_sla_calendar_values(),
                "name": "London",
                "tz": "Europe/London",
            }
        )
        self.env["loyalty.service.sla.ladder"].search(
            [("company_id", "=", london.id)]
        ).calendar_id = hours
        there = new_test_user(
            self.env,
            "sla_london",
            groups="base.group_user",
            company_id=london.id,
            company_ids=[Command.set((london | self.company).ids)],
        )
        self.steps({"moment": "at", "who": "user", "user_id": there.id}, {"moment": "at"})
        ticket = self.file("2026-03-03 08:00")
        self.sweep("2026-03-03 12:01")
        self.assertEqual(sorted(self.states(ticket)), ["sent", "waiting"])
        # 9:00 in London
        waiting = ticket.loyalty_sla_log_ids.filtered(lambda row: row.state == "waiting")
        self.assertEqual(waiting.send_date, fields.Datetime.to_datetime("2026-03-03 09:00:00"))
        self.sweep("2026-03-03 17:01")
        self.assertEqual(set(self.states(ticket)), {"sent"})


@tagged("post_install", "-at_install")
class TestChanges(LadderCommon):
    def held(self):
        return self.Clock.search([("held", "=", True)])

    def test_a_change_of_the_policy_reminds_nobody_before_somebody_says_so(self):
        """3 h used, 24 h promised; now it is 4 h: the reminder an hour before is due at once."""
        self.policy.write({"first_response_hours": 0, "resolution_hours": 24})
        self.steps({"moment": "before", "minutes": 90}, {"moment": "at", "who": "leader"})
        tickets = self.file("2026-03-02 10:00") | self.file("2026-03-02 10:00")
        self.policy.resolution_hours = 4
        with at("2026-03-02 14:00"):
            held = self.policy._apply_to_open(False)
        self.assertEqual(held.ticket_id.with_env(self.env), tickets)
        self.sweep("2026-03-02 14:01")
        self.assertFalse(tickets.activity_ids)
        first, second = self.clock(tickets[0]), self.clock(tickets[1])
        with at("2026-03-02 14:05"):
            first.with_user(self.leader).action_release()
            second.with_user(self.leader).action_drop()
        self.assertEqual(tickets.activity_ids.res_id, tickets[0].id)
        self.assertEqual(self.states(tickets[1]), ["dropped"])
        self.sweep("2026-03-02 15:01")
        self.assertEqual(len(tickets[1].activity_ids), 1, "late by itself, which is told")

    def test_a_held_breach_goes_up_no_step(self):
        self.policy.write({"first_response_hours": 0, "resolution_hours": 24})
        self.steps({"moment": "at"}, {"moment": "after", "minutes": 60, "who": "leader"})
        ticket = self.file("2026-03-02 10:00")
        self.policy.resolution_hours = 4
        with at("2026-03-02 16:00"):
            self.policy._apply_to_open(False)
        self.sweep("2026-03-02 16:01", "2026-03-02 17:30")
        self.assertFalse(ticket.activity_ids)
        self.assertTrue(self.clock(ticket).held)
        with at("2026-03-02 17:31"):
            self.clock(ticket).with_user(self.leader).action_drop()
        self.sweep("2026-03-02 17:32", "2026-03-03 12:00")
        self.assertFalse(ticket.activity_ids)

    def test_a_new_step_calls_nobody_to_the_past(self):
        self.steps({"moment": "at"})
        late, waiting = self.file("2026-03-02 10:00"), self.file("2026-03-02 14:00")
        self.sweep("2026-03-02 15:01")
        with at("2026-03-02 16:30"):
            self.ladder.step_ids = [
                Command.create({"moment": "after", "minutes": 60, "who": "leader"})
            ]
        self.sweep("2026-03-02 16:31", "2026-03-02 17:00")
        self.assertEqual(late.activity_ids.user_id, self.agent)
        # 4 h from 14:00 end at 18:00, an hour more on Tuesday at 10:00
        self.sweep("2026-03-02 18:01", "2026-03-03 10:01")
        self.assertEqual(waiting.activity_ids.user_id, self.agent | self.leader)

    def test_what_is_due_is_told_before_the_ladder_changes(self):
        self.steps({"moment": "at"})
        ticket = self.file("2026-03-02 10:00")
        with at("2026-03-02 15:00:30"):
            self.ladder.step_ids.who = "leader"
            self.ladder.step_ids.minutes = 5
        self.assertEqual(len(self.told(ticket)), 1)

    def test_a_correction_of_the_hours(self):
        """Told that it is late; a holiday entered afterwards says that it is not, until Tuesday."""
        self.steps({"moment": "at"})
        ticket = self.file("2026-03-02 10:00")
        self.sweep("2026-03-02 15:01")
        with at("2026-03-02 15:30"):
            self.env["resource.calendar.leaves"].create(
                {
                    "name": "Typhoon",
                    "calendar_id": self.calendar.id,
                    "date_from": utc("2026-03-02 12:00"),
                    "date_to": utc("2026-03-03 00:00"),
                }
            )
        self.sweep("2026-03-02 15:31")
        self.assertFalse(ticket.activity_ids)
        self.assertEqual(self.states(ticket), ["undone"])
        # 2 h on Monday, 2 h on Tuesday
        self.sweep("2026-03-03 11:01", "2026-03-03 11:02")
        self.assertEqual(self.states(ticket), ["undone", "sent"])

    def test_an_emergency_has_its_own_ladder(self):
        emergency = self.env.ref("loyalty_service_sla.ticket_type_emergency")
        self.steps({"moment": "at"})
        with at("2020-01-01 09:00"):
            self.Ladder.create(
                {
                    "name": "Emergencies",
                    "sequence": 1,
                    "ticket_types": [Command.set(emergency.ids)],
                    "step_ids": [
                        Command.create({**step, "anytime": True})
                        for step in self.Ladder._get_emergency_steps()
                    ],
                    "manager_id": self.boss.id,
                }
            )
        ticket = self.file("2026-03-02 22:00", loyalty_ticket_type="emergency")
        other = self.file("2026-03-02 22:00")
        self.sweep("2026-03-02 22:00:10")
        self.assertEqual(
            self.told(ticket),
            [
                ("sla_agent", "activity", utc("2026-03-02 22:00:10")),
                ("sla_leader", "mail", utc("2026-03-02 22:00:10")),
            ],
        )
        self.assertEqual(ticket.activity_ids.summary, "Emergency: First answer, 4 h left")
        self.sweep("2026-03-02 22:15:10", "2026-03-02 22:16")
        self.assertEqual(self.told(ticket)[2:], [("sla_boss", "mail", utc("2026-03-02 22:15:10"))])
        self.assertFalse(other.loyalty_sla_log_ids)
        with at("2026-03-02 22:30"):
            other.loyalty_ticket_type = "emergency"
            self.env.flush_all()
        self.sweep("2026-03-02 22:30:10")
        self.assertEqual(len(self.told(other)), 3, "it has waited for half an hour already")

    def test_ladders_of_policies_and_their_versions(self):
        self.steps({"moment": "at"})
        with at("2020-01-01 09:00"):
            self.Ladder.create(
                {
                    "name": "Standard only",
                    "sequence": 1,
                    "policy_ids": [Command.set(self.policy.ids)],
                    "step_ids": [Command.create({"moment": "at", "who": "leader"})],
                }
            )
        with at("2026-03-02 08:00"):
            self.policy.action_new_version()
        first, second = self.file("2026-03-02 10:00"), self.file("2026-03-03 10:00")
        self.assertNotEqual(
            self.clock(first, "first_response").policy_id,
            self.clock(second, "first_response").policy_id,
        )
        self.sweep("2026-03-02 15:01", "2026-03-03 15:01")
        self.assertEqual((first | second).activity_ids.user_id, self.leader)

    def late_and_held(self, count=2):
        """Return tickets late by a change of the policy at 16:00, of which nobody is told yet."""
        self.policy.write({"first_response_hours": 0, "resolution_hours": 24})
        self.steps({"moment": "at"})
        tickets = self.Ticket.union(*(self.file("2026-03-02 10:00") for _ in range(count)))
        self.policy.resolution_hours = 4
        with at("2026-03-02 16:00"):
            self.policy._apply_to_open(False)
        self.sweep("2026-03-02 16:01")
        self.assertEqual(self.held().ticket_id, tickets)
        return tickets

    def release(self, when, tickets):
        with at(when):
            clocks = tickets.loyalty_sla_clock_ids.with_user(self.leader)
            clocks.filtered("held").action_release()
            self.env.flush_all()

    def new_ladder(self, when, **values):
        with at(when):
            return self.Ladder.create(
                {
                    "name": "Another",
                    "step_ids": [Command.create({"moment": "at", "who": "leader"})],
                    **values,
                }
            )

    def test_released_after_the_ladders_were_put_in_another_order(self):
        other = self.new_ladder("2020-01-01 09:00", sequence=50)
        tickets = self.late_and_held()
        with at("2026-03-02 16:10"):
            other.sequence = 1
        self.sweep("2026-03-02 16:11")
        self.assertFalse(tickets.activity_ids, "held as before")
        self.release("2026-03-02 16:20", tickets)
        self.assertEqual(len(tickets.activity_ids), 2)
        self.assertEqual(tickets.activity_ids.user_id, self.leader, "by the ladder as it is")
        self.assertFalse(any(tickets.loyalty_sla_clock_ids.mapped("behind_date")))

    def test_released_after_its_step_was_edited(self):
        tickets = self.late_and_held()
        with at("2026-03-02 16:15"):
            self.ladder.step_ids.write({"moment": "after", "minutes": 10})
        self.sweep("2026-03-02 16:16")
        # Late at 16:00:00, due at 16:10, and edited after that.
        self.release("2026-03-02 16:20", tickets)
        self.assertEqual(len(tickets.activity_ids), 2)

    def test_another_order_that_changes_nothing_begins_nothing(self):
        self.steps({"moment": "at"})
        unused = self.new_ladder("2020-01-01 09:00", sequence=50)
        since = self.ladder.step_ids.effective_date
        with at("2026-03-02 16:10"):
            unused.sequence = 60
        self.assertEqual(self.ladder.step_ids.effective_date, since)
        with at("2026-03-02 16:20"):
            unused.sequence = 1
        self.assertEqual(unused.step_ids.effective_date, utc("2026-03-02 16:20"))
        self.assertEqual(self.ladder.step_ids.effective_date, since)

    @mute_logger("odoo.addons.loyalty_service.batch")
    def test_put_off_while_the_ladders_were_put_in_another_order(self):
        self.steps({"moment": "at"})
        other = self.new_ladder("2020-01-01 09:00", sequence=50)
        ticket = self.file("2026-03-02 10:00")
        with patch.object(type(self.Clock), "_escalate", side_effect=ValueError("no mail")):
            self.sweep("2026-03-02 15:01")
        with at("2026-03-02 15:30"):
            other.sequence = 1
        self.sweep("2026-03-02 15:31")
        self.assertFalse(self.told(ticket), "left alone for an hour")
        self.sweep("2026-03-02 16:02")
        self.assertEqual([who for who, _how, _date in self.told(ticket)], ["sla_leader"])

    def test_what_waits_for_the_morning_goes_over_to_the_next_ladder(self):
        self.steps({"moment": "at"})
        self.calendar = self._always("Asia/Shanghai")
        self.policy.calendar_id = self.calendar
        ticket = self.file("2026-03-02 16:00")
        self.sweep("2026-03-02 20:01")
        self.assertEqual(self.states(ticket), ["waiting"])
        self.new_ladder("2026-03-02 21:00", sequence=1, calendar_id=self.ladder.calendar_id.id)
        self.sweep("2026-03-02 21:01", "2026-03-03 09:01", "2026-03-03 09:02")
        self.assertEqual([who for who, _how, _date in self.told(ticket)], ["sla_leader"])

    def test_who_is_not_behind_is_not_called_to_the_past(self):
        """Told in time by one ladder, and then another one comes before it."""
        self.steps({"moment": "at"})
        ticket = self.file("2026-03-02 10:00")
        self.sweep("2026-03-02 15:01")
        self.new_ladder("2026-03-02 16:00", sequence=1)
        self.sweep("2026-03-02 16:01", "2026-03-02 17:00")
        self.assertEqual([who for who, _how, _date in self.told(ticket)], ["sla_agent"])

    def test_only_the_clocks_with_something_due_are_held(self):
        self.steps({"moment": "before", "minutes": 30}, {"moment": "at"})
        soon, later = self.file("2026-03-02 10:00"), self.file("2026-03-02 14:00")
        clocks = self.clock(soon, "first_response") | self.clock(later, "first_response")
        with at("2026-03-02 14:31"):
            clocks.with_context(loyalty_sla_hold=True)._escalate()
        self.assertEqual(self.held().ticket_id, soon)

    def test_a_form_is_one_change(self):
        """Its steps, each written by itself, cost one look and one plan, which a run makes."""
        steps = [{"moment": "after", "minutes": number} for number in range(10, 15)]
        self.steps(*steps)
        for _ in range(3):
            self.file("2026-03-02 10:00")
        self.sweep("2026-03-02 10:01")
        Clock = type(self.Clock)
        cron = self.env.ref("loyalty_service_sla.ir_cron_sweep")
        self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).unlink()
        with (
            at("2026-03-02 11:00"),
            patch.object(Clock, "_sweep_due", autospec=True) as sweep_due,
            patch.object(Clock, "_plan", autospec=True) as plan,
        ):
            self.ladder.write(
                {
                    "sequence": 5,
                    "step_ids": [
                        *(
                            Command.update(step.id, {"minutes": step.minutes + 10})
                            for step in self.ladder.step_ids[:3]
                        ),
                        Command.delete(self.ladder.step_ids[3].id),
                        Command.create({"moment": "at"}),
                    ],
                }
            )
        self.assertEqual(sweep_due.call_count, 1)
        plan.assert_not_called()
        with at("2026-03-02 11:00"):
            triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
            self.assertEqual(triggers.mapped("call_at"), [utc("2026-03-02 11:00")])
        self.sweep("2026-03-02 11:00:10")
        clocks = self.Clock.search([("company_id", "=", self.company.id)])
        self.assertFalse(any(clocks.mapped("plan_wanted")))

    @mute_logger("odoo.addons.loyalty_service.batch")
    def test_one_bad_clock_lets_a_ladder_be_saved(self):
        self.steps({"moment": "at"})
        good, bad = self.file("2026-03-02 10:00"), self.file("2026-03-02 10:00")
        Clock = type(self.Clock)
        escalate = Clock._escalate

        def fail(clocks, now):
            if bad in clocks.ticket_id:
                raise ValueError("no mail today")
            return escalate(clocks, now)

        with at("2026-03-02 15:00:30"), patch.object(Clock, "_escalate", fail):
            self.ladder.step_ids.who = "leader"
            self.ladder.step_ids.minutes = 5
        self.assertEqual(len(self.told(good)), 1)
        self.assertEqual(self.clock(bad, "first_response").error, "no mail today")
        self.sweep("2026-03-02 16:01")
        self.assertEqual(len(self.told(bad)), 1, "though the step was changed after it was due")

    def test_late_while_there_was_no_ladder_yet(self):
        """What an upgrade does: the target is missed while the server is down."""
        ticket = self.file("2026-03-02 10:00")
        with at("2026-03-02 10:10"):
            self.Ladder.with_context(active_test=False).search(
                [("company_id", "=", self.company.id)]
            ).unlink()
            self.sweep("2026-03-02 10:11")
        with at("2026-03-02 15:30"):
            self.Ladder._create_defaults(self.company)
        self.Ladder.search([("company_id", "=", self.company.id)]).calendar_id = self.calendar
        self.assertFalse(self.clock(ticket, "first_response").breached, "the next run marks it")
        self.sweep("2026-03-02 15:31")
        self.assertTrue(self.clock(ticket, "first_response").breached)
        self.assertEqual(
            {who for who, _how, _date in self.told(ticket)}, {"sla_agent", "sla_leader"}
        )


@tagged("post_install", "-at_install")
class TestRecords(LadderCommon):
    def test_a_policy_that_a_ladder_is_for_is_not_deleted(self):
        with at("2026-03-02 08:00"):
            self.policy.action_new_version()
        first, second = self.policy, self.policy.version_ids
        ladder = self.ladder.copy({"policy_ids": [Command.set(second.ids)], "active": False})
        for policy in (second, first):
            with self.assertRaisesRegex(UserError, "would be for every ticket"):
                policy.unlink()
        ladder.policy_ids = [Command.clear()]
        (first | second).unlink()

    def test_a_ladder_of_archived_policies_is_not_everybodys(self):
        other = self.policy.copy()
        self.ladder.policy_ids = other
        other.active = False
        self.ladder.name = "Still theirs"
        self.env.registry.clear_cache()
        self.assertFalse(self.Ladder._get_steps(self.company.id, self.policy, False, "resolution"))
        self.assertTrue(self.Ladder._get_steps(self.company.id, other, False, "resolution"))

    def test_each_company_starts_with_three(self):
        company = self.env["res.company"].create({"name": "New"})
        ladders = self.Ladder.search([("company_id", "=", company.id)])
        self.assertEqual(ladders.mapped("name"), ["Emergencies", "Complaints", "Standard"])
        emergencies, complaints, standard = ladders
        self.assertEqual(complaints.ticket_types.mapped("code"), ["complaint"])
        self.assertEqual(emergencies.ticket_types.mapped("code"), ["emergency"])
        self.assertTrue(all(emergencies.step_ids.mapped("anytime")))
        self.assertEqual(
            set(standard.step_ids.mapped(lambda step: (step.moment, step.who))),
            {("before", "assignee"), ("at", "assignee"), ("at", "leader"), ("after", "manager")},
        )
        self.assertEqual(standard.calendar_id.company_id, company)
        self.Ladder._create_defaults()
        self.Policy._create_complaint_defaults()
        self.assertEqual(self.Ladder.search_count([("company_id", "=", company.id)]), 3)

    def test_incomplete_steps_are_refused(self):
        for step in (
            {"moment": "at", "who": "user"},
            {"moment": "at", "how": "reassign"},
            {"moment": "at", "how": "priority"},
            {"moment": "before"},
        ):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self.ladder.step_ids = [Command.create(step)]

    def test_hours_of_another_company_are_refused(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        with self.assertRaises(ValidationError):
            self.ladder.calendar_id = self.Ladder.search(
                [("company_id", "=", other.id)], limit=1
            ).calendar_id

    def test_a_manager_fills_in_the_form(self):
        form = Form(self.Ladder.with_user(self.leader))
        form.name = "VIP"
        with form.step_ids.new() as step:
            step.moment = "before"
            step.minutes = 15
        ladder = form.save()
        self.assertTrue(ladder.step_ids.display_name.startswith("15 min before the target · "))
        for moment, minutes, words in (
            ("before", 120, "2 h before the target"),
            ("after", 90, "90 min after the target"),
            ("start", 60, "1 h after the wait begins"),
            ("at", 0, "At the target"),
        ):
            ladder.step_ids.write({"moment": moment, "minutes": minutes})
            self.assertEqual(ladder.step_ids.display_name.split(" · ")[0], words)
        ladder.unlink()

    def test_agents_read_only(self):
        ladder = self.ladder.with_user(self.agent)
        self.assertTrue(ladder.step_ids.mapped("display_name"))
        with self.assertRaises(AccessError):
            ladder.name = "x"
        with self.assertRaises(AccessError):
            ladder.step_ids.minutes = 3

    def test_the_log_is_seen_by_who_sees_the_ticket(self):
        self.steps({"moment": "at"})
        ticket = self.file("2026-03-02 10:00")
        self.sweep("2026-03-02 15:01")
        log = ticket.loyalty_sla_log_ids
        own = new_test_user(self.env, "own_x", groups="helpdesk_mgmt.group_helpdesk_user_own")
        self.assertTrue(log.with_user(self.agent).has_access("read"))
        self.assertFalse(log.with_user(own).has_access("read"))
        self.assertFalse(log.with_user(self.leader).has_access("write"))
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.leader.company_ids |= other
        elsewhere = log.with_user(self.leader).with_context(allowed_company_ids=other.ids)
        self.assertFalse(elsewhere.has_access("read"))

    def test_the_log_opens_with_what_is_of_these_days(self):
        self.steps({"moment": "at"})
        ticket = self.file("2026-03-02 10:00")
        self.sweep("2026-03-02 15:01")
        log = ticket.loyalty_sla_log_ids
        action = self.env.ref("loyalty_service_sla.escalation_log_action")
        [name] = literal_eval(action.context)
        search = etree.fromstring(log.get_view(view_type="search")["arch"])
        [usual] = search.findall(f".//filter[@name='{name.removeprefix('search_default_')}']")
        domain = [*literal_eval(usual.get("domain")), ("id", "in", log.ids)]
        with at("2026-03-04 10:00"):
            self.assertEqual(log.search(domain), log)
        with at("2026-03-20 10:00"):
            self.assertFalse(log.search(domain))

    def test_a_step_that_is_deleted_leaves_its_log(self):
        self.steps({"moment": "at"})
        ticket = self.file("2026-03-02 10:00")
        self.sweep("2026-03-02 15:01")
        self.ladder.step_ids.unlink()
        self.assertEqual(self.states(ticket), ["sent"])
