"""Policies by type and client, their versions, and what a change does to open tickets."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ..engine import clock as engine
from ..models import policy_preview
from .common import SlaCommon, at, utc

HOUR = 3600


class PolicyCommon(SlaCommon):
    def add(self, **values):
        return self.Policy.create(
            {
                "name": "First",
                "sequence": 1,
                "calendar_id": self.calendar.id,
                "resolution_hours": 2,
                **values,
            }
        )

    def promised(self, ticket, target="resolution"):
        return self.clock(ticket, target).seconds / HOUR

    def put(self, when, ticket, **values):
        with at(when):
            ticket.write(values)
            self.env.flush_all()

    def types(self, *codes):
        return self.env["loyalty.service.sla.ticket.type"].search([("code", "in", codes)])

    def escalations(self, ticket):
        activity_type = self.env.ref("loyalty_service_sla.mail_activity_type_breach")
        return ticket.activity_ids.filtered(lambda act: act.activity_type_id == activity_type)


@tagged("post_install", "-at_install")
class TestMatching(PolicyCommon):
    def test_there_is_a_record_for_each_type(self):
        codes = self.env["loyalty.service.sla.ticket.type"].search([]).mapped("code")
        selection = self.Ticket._fields["loyalty_ticket_type"].get_values(self.env)
        self.assertEqual(sorted(codes), sorted(selection))

    def test_type(self):
        self.add(ticket_types=[Command.set(self.types("complaint", "emergency").ids)])
        promised = [
            self.promised(self.file("2026-03-02 10:00", loyalty_ticket_type=code))
            for code in ("question", "complaint", "emergency", "incident")
        ]
        self.assertEqual(promised, [24, 2, 2, 24])
        self.assertEqual(self.promised(self.file("2026-03-02 10:00")), 24, "a question by default")

    def test_type_changes(self):
        self.add(ticket_types=[Command.set(self.types("complaint").ids)], resolution_hours=8)
        ticket = self.file("2026-03-02 10:00")
        self.put("2026-03-02 16:00", ticket, loyalty_ticket_type="complaint")
        # 5 of 8 h are used: 2 h are left of Monday, 1 h of Tuesday.
        self.assertEqual(self.clock(ticket).deadline, utc("2026-03-03 10:00"))
        row, complaint = ticket.loyalty_sla_entry_ids[-2:]
        self.assertEqual((row.kind, row.reason_text), ("promise", "Type: Question → Complaint"))
        self.assertEqual(complaint.kind, "complaint")

    def test_client(self):
        self.add(partner_ids=[Command.set(self.client_partner.ids)])
        other = self.env["res.partner"].create({"name": "Other Ltd", "is_company": True})
        for partner, hours in ((self.contact, 2), (self.client_partner, 2), (other, 24)):
            ticket = self.file("2026-03-02 10:00", partner_id=partner.id)
            self.assertEqual(self.promised(ticket), hours, partner.name)

    def test_channel(self):
        phone = self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_phone")
        self.add(channel_ids=[Command.set(phone.ids)])
        self.assertEqual(self.promised(self.file("2026-03-02 10:00", channel_id=phone.id)), 2)
        self.assertEqual(self.promised(self.file("2026-03-02 10:00", channel_id=False)), 24)


@tagged("post_install", "-at_install")
class TestVersions(PolicyCommon):
    def test_effective_dates(self):
        self.add(date_from="2026-03-03", date_to="2026-03-04")
        tickets = [self.file(f"2026-03-0{day} 10:00") for day in (2, 3, 4, 5)]
        self.assertEqual([self.promised(ticket) for ticket in tickets], [24, 2, 2, 24])

    def test_the_day_is_that_of_the_firm(self):
        """In Shanghai it is Tuesday when it is still Monday in London."""
        self.company.partner_id.tz = "Asia/Shanghai"
        self.add(date_from="2026-03-03")
        self.assertEqual(self.promised(self.file("2026-03-03 06:00")), 2)

    def test_new_version(self):
        with at("2026-03-02 10:00"):
            action = self.policy.action_new_version()
        version = self.Policy.browse(action["res_id"])
        self.assertEqual((str(version.date_from), version.name), ("2026-03-03", "Standard"))
        self.assertEqual(str(self.policy.date_to), "2026-03-02")
        version.date_from = "2026-03-09"
        self.assertEqual(str(self.policy.date_to), "2026-03-08")
        self.assertEqual((self.policy.version_count, version.version_count), (2, 2))
        version.resolution_hours = 8
        tickets = [self.file(f"2026-03-{day} 10:00") for day in ("06", "09")]
        self.assertEqual([self.promised(ticket) for ticket in tickets], [24, 8])
        with self.assertRaisesRegex(ValidationError, "same day"), self.cr.savepoint():
            version.copy({"date_from": "2026-03-09", "origin_id": self.policy.id})

    def plan(self, *days):
        """Plan versions of the policy that begin on days of March."""
        versions = self.Policy.browse()
        with at("2026-03-02 10:00"):
            for day in days:
                version = self.Policy.browse(self.policy.action_new_version()["res_id"])
                version.date_from = f"2026-03-{day}"
                versions |= version
        return versions

    def ends(self, policies):
        return [str(policy.date_to)[-2:] if policy.date_to else None for policy in policies]

    def test_what_was_planned_does_not_come(self):
        """Clients are promised something on the day that it would have begun, too."""
        second, third = self.plan("09", "16")
        self.assertEqual(self.ends(self.policy | second | third), ["08", "15", None])
        with at("2026-03-02 11:00"):
            second.active = False
            self.assertEqual(self.ends(self.policy | third), ["15", None])
            second.active = True
            self.assertEqual(self.ends(self.policy | second | third), ["08", "15", None])
            third.unlink()
            self.assertEqual(self.ends(self.policy | second), ["08", None])
            second.unlink()
        self.assertEqual(self.ends(self.policy), [None])
        self.assertEqual(self.promised(self.file("2026-03-10 10:00")), 24)

    def test_several_that_were_planned_do_not_come(self):
        versions = self.plan("09", "16", "23")
        versions[-1].date_to = "2026-03-29"
        with at("2026-03-02 11:00"):
            (versions[0] | versions[2]).active = False
            self.assertEqual(self.ends(self.policy | versions[1]), ["15", "29"])
            self.policy.action_new_version()
            versions.with_context(active_test=False).unlink()
        self.assertEqual(self.policy.version_ids.active, True, "a copy of one that is not archived")

    def test_what_is_in_force_ends_when_it_is_archived(self):
        second = self.plan("09")
        with at("2026-03-10 10:00"):
            second.active = False
        self.assertEqual(self.ends(self.policy), ["08"])
        self.assertFalse(self.file("2026-03-10 10:00").loyalty_sla_clock_ids)

    def test_what_was_promised_counts(self):
        """Neither an edited policy nor a newer version changes it by the way."""
        ticket = self.file("2026-03-02 10:00")
        self.policy.resolution_hours = 1
        with at("2026-03-02 10:00"):
            version = self.Policy.browse(self.policy.action_new_version()["res_id"])
        version.resolution_hours = 3
        self.put("2026-03-03 11:00", ticket, user_id=self.leader.id, priority="2")
        self.assertEqual(self.promised(ticket), 24)
        self.assertEqual(self.clock(ticket).policy_id, self.policy)
        self.assertEqual(ticket.loyalty_sla_entry_ids[-1:].kind, "change")
        self.assertEqual(self.promised(self.file("2026-03-03 11:00")), 3)

    def test_the_tier_still_shortens_what_was_promised(self):
        ticket = self.file("2026-03-02 10:00")
        self.policy.resolution_hours = 1
        tier = self.env["loyalty.service.tier"].create(
            {"name": "Test tier", "threshold": 987654, "sla_factor": 0.5}
        )
        client = self.env["loyalty.service.client"]._ensure(self.client_partner, self.company)
        with at("2026-03-02 11:00"):
            client.sudo().tier_id = tier
            self.env.flush_all()
        self.assertEqual(self.promised(ticket), 12)
        self.assertIn("Client Tier", ticket.loyalty_sla_entry_ids[-1:].reason_text)

    def test_hours_of_another_team(self):
        self.policy.calendar_id = False
        self.team.resource_calendar_id = self.calendar
        ticket = self.file("2026-03-02 10:00")
        mornings = self.calendar.copy({"name": "Mornings"})
        other = self.team.copy({"name": "Other", "resource_calendar_id": mornings.id})
        self.put("2026-03-02 11:00", ticket, team_id=other.id)
        self.assertEqual(self.clock(ticket).calendar_id, mornings)


@tagged("post_install", "-at_install")
class TestPreview(PolicyCommon):
    """Filed on Monday 10:00 and looked at on Tuesday 10:00: 8 h are used by then."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Only what these tests file is open.
        cls.Ticket.search([("stage_id.closed", "=", False)]).stage_id = cls.stage_done
        cls.policy.first_response_hours = 0

    def form(self, policy=None):
        return Form(policy or self.Policy)

    def test_before_it_is_saved(self):
        for level in "0123":
            self.file("2026-03-02 10:00", priority=level)
        with at("2026-03-03 10:00"), self.form() as form:
            form.name = "New"
            form.sequence = 1
            form.calendar_id = self.calendar
            form.min_priority = "2"
            form.resolution_hours = 4
            self.assertEqual(form.preview_count, 2)
            self.assertIn("Meant for 2 of the tickets", form.preview_text)
            self.assertIn("from now on: 2 would become breached", form.preview_text)
            form.min_priority = "3"
            self.assertEqual(form.preview_count, 1)
            form.resolution_hours = 9
            self.assertIn("from now on: 0 would become breached", form.preview_text)
        form.record.sequence = 99
        self.assertEqual(form.record.preview_count, 0, "another one comes before it")

    def test_what_was_late_would_not_have_been(self):
        self.policy.resolution_hours = 4
        ticket = self.file("2026-03-02 10:00")
        with at("2026-03-03 10:00"):
            ticket.loyalty_sla_clock_ids._sweep(utc("2026-03-03 10:00"))
            self.policy.resolution_hours = 30
            effect = self.policy._get_effect(True)
            self.assertEqual(effect, ({ticket.id}, set(), {ticket.id}))
            self.assertEqual(self.policy._get_effect(False).cleared, set())
            self.assertIn("1 would be breached no more", self.policy.preview_text)

    def full_effect(self, policy, from_start):
        """Return what a replay of all logs says, target by target."""
        now = fields.Datetime.now()
        promises = policy._get_new_promises()
        tickets = self.Ticket.union(*promises)
        logs = self.env["loyalty.service.sla.entry"]._get_logs(tickets)
        times = self.env["resource.calendar"].search([])._loyalty_sla_times()
        breached, cleared = set(), set()
        for ticket, values in promises.items():
            promise = engine.Promise(values["calendar_id"], values["promise"], from_start)
            log = logs[ticket.id]
            entry = engine.Entry(now, engine.PROMISE, promise)
            for target in engine.TARGETS:
                was = engine.replay(target, log, times, now)
                will = engine.replay(target, [*log, entry], times, now + timedelta(seconds=1))
                late = [one.is_open and one.breach and one.seconds for one in (was, will)]
                if late[1] and not late[0]:
                    breached.add(ticket.id)
                elif late[0] and not late[1]:
                    cleared.add(ticket.id)
        return set(tickets.ids), breached, cleared - breached

    def test_it_says_what_a_replay_would_say(self):
        """Of tickets that run, wait, were answered, and were promised this and that before."""
        self.policy.write({"first_response_hours": 4, "next_response_hours": 2})
        mornings = self.calendar.copy({"name": "Mornings"})
        mornings.attendance_ids.filtered(lambda line: line.hour_from >= 12).unlink()
        urgent = self.add(min_priority="2", resolution_hours=30, next_response_hours=6)
        tickets = self.Ticket.browse(
            self.file(f"2026-03-0{day} 1{n}:00", priority=str(n)).id
            for day in (2, 3)
            for n in range(4)
        )
        for ticket in tickets[::2]:
            self.answer("2026-03-04 09:30", ticket)
        for ticket in tickets[:3]:
            self.answer("2026-03-04 10:30", ticket, self.contact)
        self.move("2026-03-04 11:00", tickets[3], self.stage_awaiting)
        self.put("2026-03-04 14:00", tickets[1] | tickets[4], priority="3")
        self.put("2026-03-04 15:00", tickets[2], priority="0")
        with at("2026-03-05 10:00"):
            urgent.first_response_hours = 20
            urgent._apply_to_open(True)
            self.env.flush_all()
        with at("2026-03-06 10:00"):
            self.Clock._get_due(fields.Datetime.now())._sweep(fields.Datetime.now())
            changed = 0
            for policy in (self.policy, urgent):
                for values in (
                    {},
                    {"resolution_hours": 50},
                    {"resolution_hours": 3, "next_response_hours": 40},
                    {"calendar_id": mornings.id},
                    {"first_response_hours": 60, "next_response_hours": 0},
                    {"min_priority": False, "sequence": 0},
                ):
                    policy.write(values)
                    for from_start in (False, True):
                        with self.subTest(policy=policy.name, start=from_start, **values):
                            expected = self.full_effect(policy, from_start)
                            self.assertEqual(policy._get_effect(from_start), expected)
                            changed += bool(expected[1]) + bool(expected[2])
            self.assertGreater(changed, 8, "there is something to tell")

    def test_what_stays_as_it_is_costs_no_replay(self):
        self.file("2026-03-02 10:00")
        refuse = AssertionError("nothing would be promised otherwise")
        with at("2026-03-03 10:00"), patch.object(engine, "replay", side_effect=refuse):
            with self.form(self.policy) as form:
                form.sequence = 30
                self.assertIn("from now on: 0 would become breached", form.preview_text)
            with self.assertRaisesRegex(AssertionError, "otherwise"):
                self.policy.resolution_hours = 5
                self.policy.mapped("preview_text")

    def test_a_large_desk_is_counted_when_asked_for(self):
        for _n in range(3):
            self.file("2026-03-02 10:00")
        self.patch(policy_preview, "AT_ONCE", 2)
        with at("2026-03-03 10:00"), self.form(self.policy) as form:
            self.assertIn("from now on: 0 would become", form.preview_text, "it stays as it is")
            form.resolution_hours = 4
            self.assertEqual(form.preview_uncounted, 3)
            self.assertIn("Meant for 3 of the tickets", form.preview_text)
            self.assertIn("3 of them would be promised something else", form.preview_text)
            form.preview_all = True
            self.assertIn("from now on: 3 would become breached", form.preview_text)
            self.assertFalse(form.preview_uncounted)
        with at("2026-03-03 10:00"):
            self.assertEqual(self.policy.preview_uncounted, 3)
            dialog = self.env["loyalty.service.sla.policy.apply"].create(
                {"policy_id": self.policy.id}
            )
            self.assertIn("from now on: 3 would become breached", dialog.preview_text)

    def test_who_may_only_read_is_told_nothing(self):
        self.file("2026-03-02 10:00")
        agent = self.policy.with_user(self.agent)
        self.assertFalse(agent.preview_text)
        self.assertTrue(self.policy.with_user(self.leader).preview_text)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_who_applies_it_need_not_be_of_the_desk(self):
        """Managers of the programme see the figures, and those tickets that they may see."""
        self.file("2026-03-02 10:00")
        manager = "loyalty_service.group_loyalty_manager"
        own = f"helpdesk_mgmt.group_helpdesk_user_own,{manager}"
        for login, groups in (("apply_no_desk", manager), ("apply_own", own)):
            user = new_test_user(self.env, login, groups=groups)
            self.env.invalidate_all()
            Dialog = self.env["loyalty.service.sla.policy.apply"].with_user(user)
            with Form(Dialog.with_context(default_policy_id=self.policy.id)) as form:
                self.assertIn("Meant for 1 of the tickets", form.preview_text)
                self.assertFalse(form.preview_ticket_ids[:])
            dialog = form.record
            self.assertEqual(dialog.preview_ticket_ids.mapped("name"), [])
            dialog.action_apply()

    def test_other_companies(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.file("2026-03-02 10:00", company_id=other.id, team_id=False, user_id=False)
        policy = self.Policy.search([("company_id", "=", other.id)])[-1:]
        self.assertFalse(policy.with_user(self.leader).sudo()._get_new_promises())

    def test_it_does_what_it_said(self):
        """Of three tickets two are late by the new hours: so says the preview, so it happens."""
        tickets = [self.file(when) for when in ("2026-03-02 10:00", "2026-03-02 11:00")]
        fresh = self.file("2026-03-03 09:30")
        self.policy.resolution_hours = 4
        with at("2026-03-03 10:00"):
            effect = self.policy._get_effect(False)
            self.assertEqual(effect.breached, {ticket.id for ticket in tickets})
            dialog = (
                self.env["loyalty.service.sla.policy.apply"]
                .with_user(self.leader)
                .create({"policy_id": self.policy.id})
            )
            action = dialog.action_apply()
            self.env.flush_all()
        self.assertEqual(action["res_model"], "loyalty.service.sla.clock")
        for ticket in tickets:
            clock = self.clock(ticket)
            self.assertEqual((clock.breached, clock.held), (True, True))
            self.assertEqual(clock.breach_date, utc("2026-03-03 10:00"), "not before it was said")
            self.assertFalse(self.escalations(ticket), "nobody is told yet")
        # 30 min are used, 3 h 30 min left: 2 h to noon, the rest after lunch.
        self.assertEqual(self.clock(fresh).deadline, utc("2026-03-03 14:30"))
        self.assertFalse(self.clock(fresh).held)

    def test_applied_as_if_promised_at_the_opening(self):
        ticket = self.file("2026-03-02 10:00")
        self.policy.resolution_hours = 4
        with at("2026-03-03 10:00"):
            self.policy._apply_to_open(True)
        clock = self.clock(ticket)
        self.assertEqual((clock.breach_date, clock.held), (utc("2026-03-02 15:00"), True))
        self.assertIn("from the opening", ticket.loyalty_sla_entry_ids[-1:].reason_text)
        self.policy.resolution_hours = 24
        with at("2026-03-03 11:00"):
            self.policy._apply_to_open(True)
        self.assertEqual((clock.breached, clock.deadline), (False, utc("2026-03-05 10:00")))
        self.assertFalse(self.standing(self.client_partner, "sla_breached"))

    def test_each_earlier_wait_is_counted_as_if_so_promised(self):
        """Within 1 h: the wait of 2 h is late, that of half an hour is not; within 4 h neither."""
        self.policy.next_response_hours = 1
        ticket = self.file("2026-03-02 09:00")
        self.answer("2026-03-02 09:30", ticket)
        for asked, answered in (("10:00", "12:00"), ("14:00", "14:30")):
            self.answer(f"2026-03-02 {asked}", ticket, author=self.contact)
            self.answer(f"2026-03-02 {answered}", ticket)
        clock = self.clock(ticket, "next_response")

        def told():
            missed = [("clock_id", "=", clock.id), ("kind", "=", "missed")]
            rows = self.env["loyalty.service.sla.outcome"].search(missed)
            events = self.standing(self.client_partner, "sla_breached")
            return clock.late_waits, rows.mapped("wait"), len(events)

        self.assertEqual(told(), (1, [1], 1))
        self.policy.next_response_hours = 4
        with at("2026-03-02 15:00"):
            self.policy._apply_to_open(True)
        self.assertEqual(told(), (0, [], 0))

    def test_an_earlier_wait_turns_out_to_have_been_too_long(self):
        self.policy.next_response_hours = 4
        ticket = self.file("2026-03-02 09:00")
        self.answer("2026-03-02 09:30", ticket)
        for asked, answered in (("10:00", "12:00"), ("14:00", "14:30")):
            self.answer(f"2026-03-02 {asked}", ticket, author=self.contact)
            self.answer(f"2026-03-02 {answered}", ticket)
        self.policy.next_response_hours = 1
        with at("2026-03-02 15:00"):
            self.policy._apply_to_open(True)
        clock = self.clock(ticket, "next_response")
        missed = [("clock_id", "=", clock.id), ("kind", "=", "missed")]
        rows = self.env["loyalty.service.sla.outcome"].search(missed)
        self.assertEqual((clock.late_waits, rows.mapped("wait")), (1, [1]))
        events = self.standing(self.client_partner, "sla_breached")
        self.assertEqual(events.mapped("date"), [utc("2026-03-02 11:00")])

    def test_applied_twice_changes_nothing(self):
        ticket = self.file("2026-03-02 10:00")
        self.policy.resolution_hours = 20
        with at("2026-03-02 11:00"):
            self.policy._apply_to_open(False)
            count = len(ticket.loyalty_sla_entry_ids)
            self.policy._apply_to_open(False)
        self.assertEqual((count, len(ticket.loyalty_sla_entry_ids)), (2, 2))

    def test_not_before_its_day(self):
        ticket = self.file("2026-03-02 10:00")
        later = self.add(date_from="2026-03-09")
        with at("2026-03-02 11:00"):
            self.assertEqual(later._get_effect(False).matching, set(ticket.ids))
            with self.assertRaisesRegex(UserError, "not effective today"):
                later._apply_to_open(False)

    def test_agents_apply_nothing(self):
        with self.assertRaises(AccessError):
            self.policy.with_user(self.agent)._apply_to_open(False)


@tagged("post_install", "-at_install")
class TestHeld(PolicyCommon):
    def hold(self):
        self.policy.first_response_hours = 0
        ticket = self.file("2026-03-02 10:00")
        self.policy.resolution_hours = 4
        with at("2026-03-03 10:00"):
            held = self.policy._apply_to_open(False)
        return ticket, held.filtered(lambda clock: clock.ticket_id == ticket).with_env(self.env)

    def test_what_was_late_before_is_told_as_ever(self):
        ticket = self.file("2026-03-02 10:00")
        self.policy.resolution_hours = 4
        with at("2026-03-03 10:00"):
            self.policy._apply_to_open(False)
        first, solution = self.clock(ticket, "first_response"), self.clock(ticket)
        self.assertEqual((first.breached, first.held), (True, False))
        self.assertEqual((solution.breached, solution.held), (True, True))
        self.assertEqual(len(self.escalations(ticket)), 2, "of the first answer")

    def test_released(self):
        ticket, clock = self.hold()
        with at("2026-03-03 10:01"):
            self.assertEqual(clock.standing, "breached")
            said = clock.with_user(self.leader).action_release()
        self.assertIn("Released: 1", said["params"]["message"])
        self.assertEqual(self.escalations(ticket).user_id, self.agent | self.leader)
        self.assertFalse(clock.held)
        with at("2026-03-03 10:02"):
            clock.with_user(self.leader).action_release()
        self.assertEqual(len(self.escalations(ticket)), 2, "once")

    def test_dropped(self):
        ticket, clock = self.hold()
        with at("2026-03-03 10:01"):
            said = clock.with_user(self.leader).action_drop()
        self.assertIn("Nobody is told", said["params"]["message"])
        self.assertFalse(clock.held)
        with at("2026-03-03 12:00"):
            clock._sweep(utc("2026-03-03 12:00"))
        self.assertFalse(self.escalations(ticket))
        self.assertTrue(clock.breached, "late it is")

    def test_only_managers_decide(self):
        _ticket, clock = self.hold()
        for view in ("list", "kanban"):
            view_id = self.env.ref(
                f"loyalty_service_sla.loyalty_service_sla_clock_held_view_{view}"
            )
            for user, buttons in ((self.agent, 0), (self.leader, 2)):
                arch = clock.with_user(user).get_view(view_id.id, view)["arch"]
                count = arch.count('name="action_release"') + arch.count('name="action_drop"')
                self.assertEqual(bool(count), bool(buttons), (view, user.login))
            self.assertEqual(arch.count('confirm="'), count, "each asks first")
        loyal = new_test_user(
            self.env, "held_loyal", groups="loyalty_service.group_loyalty_manager"
        )
        for action in ("action_release", "action_drop"):
            with self.assertRaises(AccessError):
                getattr(clock.with_user(self.agent), action)()
        clock.with_user(loyal).action_drop()
        self.assertFalse(clock.held)

    def test_working_hours_that_were_corrected(self):
        """Monday afternoon was worked after all: who is late by that is listed, nobody is told."""
        holiday = self.env["resource.calendar.leaves"].create(
            {
                "name": "Typhoon",
                "calendar_id": self.calendar.id,
                "date_from": utc("2026-03-02 13:00"),
                "date_to": utc("2026-03-02 18:00"),
            }
        )
        ticket = self.file("2026-03-02 10:00")
        clock = self.clock(ticket, "first_response")
        with at("2026-03-03 09:30"):
            holiday.unlink()
            clock._replan(utc("2026-03-03 09:30"))
        self.assertEqual((clock.breach_date, clock.held), (utc("2026-03-02 15:00"), True))
        self.assertFalse(self.escalations(ticket))


@tagged("post_install", "-at_install")
class TestNarrowed(PolicyCommon):
    """What was promised to a ticket counts for it, whatever becomes of the policies."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Ticket.search([("stage_id.closed", "=", False)]).stage_id = cls.stage_done
        cls.slow = cls.Policy.create(
            {
                "name": "Slow",
                "sequence": 50,
                "calendar_id": cls.calendar.id,
                "resolution_hours": 100,
            }
        )

    def promise(self, ticket):
        return self.clock(ticket).policy_id.name, self.promised(ticket)

    def test_the_preview_says_what_it_loses(self):
        tickets = self.Ticket.union(*(self.file("2026-03-02 10:00") for _ in range(3)))
        high = self.file("2026-03-02 10:00", priority="3")
        with at("2026-03-02 11:00"), Form(self.policy) as form:
            self.assertEqual((form.preview_count, form.preview_lost_count), (4, 0))
            form.min_priority = "3"
            self.assertEqual((form.preview_count, form.preview_lost_count), (1, 3))
            self.assertIn("Meant for 1 of the tickets", form.preview_text)
            self.assertIn("No longer meant for 3 of the tickets", form.preview_text)
        with at("2026-03-02 11:00"):
            self.assertEqual(self.policy.preview_lost_ids, tickets)
            self.assertEqual(self.policy.preview_ticket_ids, high)
            self.policy.active = False
            self.assertIn("No ticket that is open now", self.policy.preview_text)
            self.assertIn("No longer meant for 4 of", self.policy.preview_text)
            self.policy.with_user(self.agent).invalidate_recordset()
            self.assertFalse(self.policy.with_user(self.agent).preview_lost_ids)

    def test_reassigned_after_the_policy_was_narrowed(self):
        ticket = self.file("2026-03-02 10:00")
        self.policy.min_priority = "3"
        self.put("2026-03-02 11:00", ticket, user_id=self.leader.id)
        self.assertEqual(self.promise(ticket), ("Standard", 24))
        self.assertEqual(ticket.loyalty_sla_entry_ids[-1:].kind, "change")
        self.assertEqual(self.promise(self.file("2026-03-02 11:00")), ("Slow", 100))

    def test_archived(self):
        ticket = self.file("2026-03-02 10:00")
        self.policy.active = False
        self.put("2026-03-02 11:00", ticket, priority="2")
        self.assertEqual(self.promise(ticket), ("Standard", 24))
        self.slow.active = False
        self.put("2026-03-02 12:00", ticket, user_id=self.leader.id)
        self.assertEqual(self.promise(ticket), ("Standard", 24))

    def test_a_policy_that_was_put_before_it(self):
        """It takes the ticket only when the ticket becomes what it asks for."""
        ticket = self.file("2026-03-02 10:00", priority="2")
        self.add(name="High", min_priority="2", resolution_hours=8)
        self.put("2026-03-02 11:00", ticket, user_id=self.leader.id)
        self.assertEqual(self.promise(ticket), ("Standard", 24))
        self.put("2026-03-02 12:00", ticket, priority="3")
        self.assertEqual(self.promise(ticket), ("High", 8))

    def test_a_ticket_that_is_another_one_now(self):
        """It was promised as one of the tax desk, and goes to another team."""
        self.policy.team_ids = self.team
        ticket = self.file("2026-03-02 10:00")
        other = self.team.copy({"name": "Other"})
        self.put("2026-03-02 11:00", ticket, team_id=other.id)
        self.assertEqual(self.promise(ticket), ("Slow", 100))
        self.put("2026-03-02 12:00", ticket, team_id=self.team.id)
        self.assertEqual(self.promise(ticket), ("Standard", 24))

    def test_the_tier_shortens_what_a_narrowed_policy_promised(self):
        ticket = self.file("2026-03-02 10:00")
        self.policy.min_priority = "3"
        tier = self.env["loyalty.service.tier"].create(
            {"name": "Test tier", "threshold": 987654, "sla_factor": 0.5}
        )
        client = self.env["loyalty.service.client"]._ensure(self.client_partner, self.company)
        with at("2026-03-02 11:00"):
            client.sudo().tier_id = tier
            self.env.flush_all()
        self.assertEqual(self.promise(ticket), ("Standard", 12))
