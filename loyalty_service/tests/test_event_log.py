from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import LoyaltyCommon


@tagged("post_install", "-at_install")
class TestEventLog(LoyaltyCommon):
    def log(self, partners=None, user=None, **values):
        Event = self.Event.with_user(user or self.user_loyalty)
        return Event.log_contact(
            (partners or self.contact).ids, values.pop("type_id", self.type_call.id), **values
        )

    def test_one_line(self):
        told = self.log(summary=" Asked for the October voucher ", token="t1", duration=6)
        self.log(summary="Asked for the October voucher", token="t1", duration=6)
        event = self.standing(self.client_partner)
        self.assertEqual(event.ids, told["event_ids"], "a double click logs once")
        self.assertEqual(event.summary, "Asked for the October voucher")
        self.assertEqual((event.contact_id, event.hours), (self.contact, 0.1))
        self.assertEqual(event.user_id, self.user_loyalty)
        self.assertEqual(told["message"], "Phone call logged: Shanghai Lantern Trading")
        self.log(summary="Called again", token="t2")
        self.assertEqual(len(self.standing(self.client_partner)), 2)

    def test_undo(self):
        told = self.log(follow_up="2999-01-01")
        self.assertTrue(told["activity_ids"])
        self.assertIn("Follow-up planned.", told["message"])
        Event = self.Event.with_user(self.user_loyalty)
        Event.undo_contact(told["event_ids"], told["activity_ids"])
        Event.undo_contact(told["event_ids"], told["activity_ids"])
        self.assertFalse(self.standing(self.client_partner))
        self.assertFalse(self.env["mail.activity"].browse(told["activity_ids"]).exists())

    def test_a_follow_up_is_the_users_own(self):
        (activity_id,) = self.log(summary="Wants a quote", follow_up="2999-01-01")["activity_ids"]
        activity = self.env["mail.activity"].browse(activity_id)
        self.assertEqual(
            (activity.user_id, activity.res_id), (self.user_loyalty, self.client_partner.id)
        )
        self.assertEqual(activity.date_deadline, fields.Date.to_date("2999-01-01"))
        self.assertEqual(activity.summary, "Phone call: Wants a quote")

    def test_several_clients_at_once(self):
        """After a training: one event per client, whoever of it came."""
        colleague = self.contact.copy({"name": "Li Lei"})
        others = self.env["res.partner"].create(
            [{"name": f"Client {number}", "is_company": True} for number in range(4)]
        )
        training = self.env.ref("loyalty_service.event_type_training")
        told = self.log(self.contact + colleague + others, type_id=training.id, token="t")
        self.assertEqual(len(told["event_ids"]), 5)
        self.assertEqual(told["message"], "Training attended logged: 5 clients")
        self.assertEqual(self.standing(self.client_partner).contact_id, self.contact)

    @freeze_time("2024-03-05 02:00:00")
    def test_yesterday(self):
        self.env.company.partner_id.tz = "Asia/Shanghai"
        self.log(day="2024-03-04")
        self.log(day="2024-03-05")
        self.log()
        noon, now, also_now = self.standing(self.client_partner)
        self.assertEqual(noon.date, datetime(2024, 3, 4, 4))
        self.assertEqual((now.date, also_now.date), (datetime(2024, 3, 5, 2),) * 2)
        with self.assertRaises(UserError):
            self.log(day="2024-03-06")

    def test_what_uses_free_hours_says_how_long(self):
        free = self.type_call.copy({"code": "free_call", "uses_free_hours": True})
        with self.assertRaises(UserError):
            self.log(type_id=free.id)
        self.log(type_id=free.id, duration=90)
        self.assertEqual(self.standing(self.client_partner).hours, 1.5)

    def test_a_duration_has_limits(self):
        for wrong in (-1, 10_081, 10**400, float("nan"), float("inf"), "long", [1]):
            with (
                self.subTest(duration=repr(wrong)[:20]),
                self.assertRaisesRegex(UserError, "between 0 and 10080 minutes"),
            ):
                self.log(duration=wrong)
        self.assertFalse(self.standing(self.client_partner))
        self.log(duration=10_080)
        self.assertEqual(self.standing(self.client_partner).hours, 168)

    def test_bad_lines(self):
        for partners, type_id in (
            ([], self.type_call.id),
            ([0], self.type_call.id),
            (self.contact.ids, 0),
        ):
            with self.assertRaises(UserError):
                self.Event.with_user(self.user_loyalty).log_contact(partners, type_id)
        stranger = new_test_user(self.env, "logs_nothing", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.log(user=stranger)

    def test_the_button_names_the_client_and_the_type(self):
        self.log()
        client = self.client_partner.loyalty_client_id
        action = client.with_context(loyalty_log_type="wechat").action_log()
        self.assertEqual(action["tag"], "loyalty_service.quick_log")
        self.assertEqual(
            action["params"], {"partner_ids": self.client_partner.ids, "code": "wechat"}
        )
        choices = self.Event.with_user(self.user_loyalty).get_log_choices(self.contact.ids)
        self.assertEqual(choices["types"][0]["code"], "call")
        self.assertEqual(choices["clients"], "Shanghai Lantern Trading")


@tagged("post_install", "-at_install")
class TestTimeline(LoyaltyCommon):
    def record(self, number, code="call", **values):
        event_type = self.env.ref(f"loyalty_service.event_type_{code}")
        return self.Event.with_user(self.user_loyalty).create(
            {
                "type_id": event_type.id,
                "partner_id": self.client_partner.id,
                "date": fields.Datetime.now() - timedelta(days=number),
                "summary": f"{code} {number}",
                **values,
            }
        )

    def page(self, **options):
        return self.Event.with_user(self.user_loyalty).get_timeline(self.contact.id, **options)

    def test_pages_meet_without_gap_or_overlap(self):
        moment = fields.Datetime.now() - timedelta(days=1)
        events = self.Event.union(*(self.record(0, date=moment) for _number in range(5)))
        seen, after = [], None
        while True:
            page = self.page(after=after, limit=2)
            seen += [row["id"] for row in page["events"]]
            after = page["after"]
            if not after:
                break
        self.assertEqual(seen, sorted(events.ids, reverse=True))

    def test_filters_and_what_was_undone(self):
        self.record(0)
        self.record(1, "wechat")
        self.record(2, "complaint", user_id=self.user_manager.id)
        wrong = self.record(3, "visit")
        wrong.action_undo()
        page = self.page()
        self.assertEqual(
            [row["summary"] for row in page["events"]], ["call 0", "wechat 1", "complaint 2"]
        )
        self.assertEqual([row["day"] for row in page["events"]][:2], ["Today", "Yesterday"])
        self.assertEqual(
            [(one["value"], one["count"]) for one in page["choices"]["kinds"]],
            [("contact", 2), ("complaint", 1)],
        )

        def shown(**filters):
            return [row["summary"] for row in self.page(filters=filters)["events"]]

        self.assertEqual(shown(kinds=["complaint"]), ["complaint 2"])
        self.assertEqual(shown(channels=["wechat"]), ["wechat 1"])
        self.assertEqual(shown(users=[self.user_manager.id]), ["complaint 2"])
        rows = self.page(filters={"undone": True})["events"]
        self.assertEqual(len(rows), 5)
        self.assertEqual([row["undone"] for row in rows if row["summary"] == "visit 3"], [True])

    def test_another_firms_events_stay_there(self):
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        self.Event.create(
            {
                "type_id": self.type_call.id,
                "partner_id": self.client_partner.id,
                "company_id": sister.id,
            }
        )
        self.assertFalse(self.page()["events"])

    def test_the_history_does_not_cost_queries(self):
        def queries(limit):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(self.page(limit=limit)["events"]), limit)
            return self.env.cr.sql_log_count - before

        for number in range(40):
            self.record(number, "wechat" if number % 2 else "call")
        queries(3)
        self.assertEqual(queries(3), queries(39))
