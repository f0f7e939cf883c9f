import json
from datetime import datetime, timedelta
from unittest.mock import patch

from psycopg2.errors import NotNullViolation

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..bulk import insert, reserve_ids
from .common import LoyaltyCommon


@tagged("post_install", "-at_install")
class TestEvent(LoyaltyCommon):
    def record(self, **values):
        return self.Event.create(
            {"type_id": self.type_call.id, "partner_id": self.client_partner.id, **values}
        )

    def test_contact_is_filed_under_its_company(self):
        event = self.record(partner_id=self.contact.id)
        self.assertEqual(event.partner_id, self.client_partner)
        self.assertEqual(event.contact_id, self.contact)
        self.assertEqual(event.channel, "phone", "the channel is the usual one of the type")

    def test_same_origin_is_recorded_once(self):
        first = self.record(origin="pbx:981")
        second = self.record(origin="pbx:981", summary="retried")
        self.assertEqual(first, second)
        self.assertFalse(first.summary)

    def test_defaults_settle_an_event_like_values(self):
        Event = self.Event.with_user(self.user_loyalty).with_context(
            default_type_id=self.type_call.id,
            default_partner_id=self.contact.id,
            default_origin="pbx:77",
        )
        event, again = Event.create([{"summary": "One"}, {"summary": "The same one"}])
        self.assertEqual(event, again)
        self.assertEqual((event.partner_id, event.contact_id), (self.client_partner, self.contact))
        self.assertEqual((event.kind, event.signal, event.channel), ("contact", "contact", "phone"))

    def test_nothing_new_costs_nothing_more(self):
        event = self.record(origin="pbx:1")
        with self.assertQueryCount(0):
            self.assertFalse(self.Event.create([]))
        with patch.object(type(self.env["loyalty.service.client"]), "_ensure") as ensure:
            self.assertEqual(self.record(origin="pbx:1"), event)
        ensure.assert_not_called()

    def test_same_origin_twice_in_one_batch(self):
        vals = {"type_id": self.type_call.id, "partner_id": self.client_partner.id}
        events = self.Event.create(
            [{**vals, "origin": "pbx:1"}, {**vals, "origin": "pbx:2"}, {**vals, "origin": "pbx:1"}]
        )
        self.assertEqual(events[0], events[2])
        self.assertEqual(len(set(events.ids)), 2)
        self.assertEqual([event.origin for event in events], ["pbx:1", "pbx:2", "pbx:1"])

    def test_rows_without_origin_are_all_recorded(self):
        vals = {"type_id": self.type_call.id, "partner_id": self.client_partner.id, "origin": " "}
        events = self.Event.create([vals, dict(vals)])
        self.assertEqual(len(set(events.ids)), 2)

    def test_other_type_may_share_the_origin(self):
        visit = self.env.ref("loyalty_service.event_type_visit")
        self.assertNotEqual(
            self.record(origin="pbx:5"), self.record(origin="pbx:5", type_id=visit.id)
        )

    def test_an_origin_without_type_or_company_is_told_so(self):
        for name in ("type_id", "company_id"):
            with (
                self.assertRaises(NotNullViolation, msg=name) as refused,
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self.record(origin="pbx:8", **{name: False})
            self.assertEqual(refused.exception.diag.column_name, name)

    def test_what_cannot_be_stored_is_told_so(self):
        vals = {"type_id": self.type_call.id, "partner_id": self.client_partner.id}
        for name in ("amount", "value"):
            for number in (float("nan"), float("inf"), float("-inf"), 10**400, "nan", "much"):
                with self.assertRaisesRegex(ValidationError, f"“{name}” must be a number"):
                    self.Event.create([{**vals, name: number}, vals])
        for name in ("summary", "note", "origin"):
            for text in ("a\x00b", "\ud800"):
                with self.assertRaisesRegex(ValidationError, f"“{name}” has a character"):
                    self.Event.create([{**vals, name: text}, vals])

    def test_rows_that_share_nothing_and_rows_that_share_all(self):
        Reason = self.env["loyalty.service.end.reason"]
        ids = reserve_ids(self.env, Reason._table, 3)
        columns = {"id": ids[:2], "name": [{"en_US": "One"}, {"en_US": "Two"}]}
        insert(Reason, columns)
        insert(Reason, {"id": ids[2:], "name": [json.dumps({"en_US": "Three"})]})
        self.assertEqual(Reason.browse(ids).mapped("name"), ["One", "Two", "Three"])

    def test_two_firms_may_number_alike(self):
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        ours = self.record(origin="pbx:6")
        theirs = self.record(origin="pbx:6", company_id=sister.id)
        self.assertNotEqual(ours, theirs)
        self.assertEqual(self.record(origin="pbx:6", company_id=sister.id), theirs)
        self.assertEqual(self.record(origin="pbx:6"), ours)

    def test_staff_is_who_did_it_and_not_the_system(self):
        portal = new_test_user(self.env, "loyalty_portal_test", groups="base.group_portal")
        values = {"type_id": self.type_call.id, "partner_id": self.client_partner.id}
        by_hand = self.Event.with_user(self.user_loyalty).create(values)
        by_cron = self.Event.with_user(SUPERUSER_ID).create(values)
        by_client = self.Event.with_user(portal).sudo().create(values)
        self.assertEqual(by_hand.user_id, self.user_loyalty)
        self.assertFalse(by_cron.user_id)
        self.assertFalse(by_client.user_id)

    def test_append_only(self):
        event = self.record()
        with self.assertRaises(UserError):
            event.summary = "something else"
        with self.assertRaises(UserError):
            event.unlink()

    def test_undo(self):
        event = self.record(amount=120.0)
        event.action_undo()
        self.assertTrue(event.is_reversed)
        self.assertEqual(event.reversal_ids.amount, -120.0)
        event.action_undo()
        self.assertEqual(len(event.reversal_ids), 1, "a double click undoes once")
        self.assertFalse(self.standing(self.client_partner))

    def test_users_undo_what_users_log(self):
        system = self.env.ref("loyalty_service.event_type_anniversary")
        event = self.record(type_id=system.id)
        with self.assertRaises(AccessError):
            event.with_user(self.user_loyalty).action_undo()
        self.assertFalse(event.is_reversed)
        event.with_user(self.user_manager).action_undo()
        self.assertTrue(event.is_reversed)
        call = self.record()
        call.with_user(self.user_loyalty).action_undo()
        self.assertTrue(call.is_reversed)

    def test_a_referral_is_logged_by_a_manager(self):
        referral = self.env.ref("loyalty_service.event_type_referral_won")
        for user, may in ((self.user_loyalty, False), (self.user_manager, True)):
            Event = self.Event.with_user(user)
            offered = {choice["id"] for choice in Event.get_log_choices()["types"]}
            self.assertEqual(referral.id in offered, may)
            if may:
                Event.log_contact(self.contact.ids, referral.id, "Brought the tea shop")
            else:
                with self.assertRaises(AccessError):
                    Event.log_contact(self.contact.ids, referral.id, "Brought the tea shop")
        self.assertEqual(len(self.standing(self.client_partner, "referral_won")), 1)

    def test_event_of_another_record_is_undone_there(self):
        event = self.record(res_model="res.partner", res_id=self.contact.id)
        with self.assertRaises(UserError):
            event.action_undo()

    def test_a_user_undoes_what_was_logged(self):
        event = self.record(date=datetime(2024, 3, 1, 9))
        event.with_user(self.user_loyalty).action_undo()
        self.assertTrue(event.is_reversed)
        stranger = self.env["res.users"].create({"name": "Stranger", "login": "undoes_test"})
        with self.assertRaises(AccessError):
            self.record().with_user(stranger).action_undo()

    def test_last_contact_forgets_what_is_undone(self):
        client = self.record(date=datetime(2024, 2, 1, 9)) and self.client_partner.loyalty_client_id
        self.record(date=datetime(2024, 3, 1, 9)).action_undo()
        self.assertEqual(client.last_contact_date, datetime(2024, 2, 1, 9))
        self.standing(self.client_partner).action_undo()
        self.assertFalse(client.last_contact_date)

    def test_nobody_forges_what_only_a_bridge_may_say(self):
        paid = self.env.ref("loyalty_service.event_type_invoice_paid_on_time")
        victim = self.record(summary="Stands")
        for user, forged in (
            (self.user_loyalty, {"type_id": paid.id, "amount": 1e9}),
            (self.user_manager, {"type_id": paid.id, "res_model": "account.move", "res_id": 1}),
            (self.user_loyalty, {"reversal_of_id": victim.id}),
        ):
            vals = {"type_id": self.type_call.id, "partner_id": self.client_partner.id, **forged}
            Event = self.Event.with_user(user)
            defaults = {f"default_{name}": value for name, value in forged.items()}
            with self.subTest(forged=forged):
                with self.assertRaises(AccessError):
                    Event.create(vals)
                with self.assertRaises(AccessError):
                    Event.with_context(**defaults).create(
                        {name: vals[name] for name in {"type_id", "partner_id"} - set(forged)}
                    )
        self.assertEqual(self.standing(self.client_partner), victim)

    def test_nobody_takes_the_place_of_a_record(self):
        """A bridge finds what it has recorded by its origin, and would take this for it."""
        vals = {"type_id": self.type_call.id, "partner_id": self.client_partner.id}
        for user in (self.user_loyalty, self.user_manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.Event.with_user(user).create({**vals, "origin": "account.move,42"})

    def test_defaults_of_the_caller_stay_with_the_event(self):
        """What follows from an event is made by the system, as the system says."""
        program = self.env["loyalty.program"]._get_service_program(self.env.company)
        victim = self.env["loyalty.card"].create(
            {"program_id": program.id, "partner_id": self.client_partner.id, "points": 500}
        )
        newcomer = self.env["res.partner"].create({"name": "Newcomer", "is_company": True})
        top = self.env["loyalty.service.tier"].search(
            [("program_id", "=", program.id)], order="threshold desc", limit=1
        )
        self.Event.with_user(self.user_loyalty).with_context(
            default_tier_id=top.id,
            default_card_id=victim.id,
            default_referral_token="guessed",
            default_points=1000,
        ).create({"type_id": self.type_call.id, "partner_id": newcomer.id})
        client = newcomer.loyalty_client_id
        self.assertNotEqual(client.tier_id, top)
        self.assertNotEqual(client.card_id, victim)
        self.assertNotEqual(client.referral_token, "guessed")
        self.assertFalse(client.points)
        # Nor has who sets off a bridge a say in what it records.
        event = (
            self.Event.sudo()
            .with_context(default_note="Forged", default_amount=1e6)
            .create({"type_id": self.type_call.id, "partner_id": newcomer.id})
        )
        self.assertFalse(event.note)
        self.assertFalse(event.amount)

    def test_another_company_s_client_is_none_of_ours(self):
        other = self.env["res.company"].create({"name": "Other Firm"})
        theirs = self.env["res.partner"].create(
            {"name": "Theirs", "is_company": True, "company_id": other.id}
        )
        with self.assertRaises(UserError):
            self.Event.with_user(self.user_loyalty).create(
                {"type_id": self.type_call.id, "partner_id": theirs.id}
            )

    def test_nobody_logs_the_future(self):
        vals = {"type_id": self.type_call.id, "partner_id": self.client_partner.id}
        with self.assertRaises(UserError):
            self.Event.with_user(self.user_manager).create(
                {**vals, "date": fields.Datetime.now() + timedelta(days=400)}
            )

    def test_types_that_bridges_look_for_stay(self):
        paid = self.env.ref("loyalty_service.event_type_invoice_paid_late")
        own = paid.copy({"code": "own_type"}).with_user(self.user_manager)
        with self.assertRaises(UserError):
            paid.with_user(self.user_manager).code = "renamed"
        with self.assertRaises(UserError):
            paid.with_user(self.user_manager).unlink()
        paid.with_user(self.user_manager).write({"code": paid.code, "name": "Paid too late"})
        own.code = "own_type_2"
        own.unlink()

    def test_client_record_and_last_contact(self):
        self.record(date=datetime(2024, 3, 1, 9))
        self.record(date=datetime(2024, 2, 1, 9))
        client = self.client_partner.loyalty_client_id
        self.assertEqual(client.last_contact_date, datetime(2024, 3, 1, 9))
        self.assertEqual(self.contact.loyalty_client_id, client)

    def test_user_records_and_stranger_does_not(self):
        vals = {"type_id": self.type_call.id, "partner_id": self.client_partner.id}
        self.assertTrue(self.Event.with_user(self.user_loyalty).create(vals))
        stranger = self.env["res.users"].create({"name": "Stranger", "login": "stranger_test"})
        with self.assertRaises(AccessError):
            self.Event.with_user(stranger).create(vals)

    def test_other_company_is_out_of_sight(self):
        other = self.env["res.company"].create({"name": "Other Firm"})
        event = self.record(company_id=other.id)
        self.assertFalse(
            self.Event.with_user(self.user_loyalty).search_count([("id", "=", event.id)])
        )
        with self.assertRaises(AccessError):
            self.Event.with_user(self.user_loyalty).create(
                {
                    "type_id": self.type_call.id,
                    "partner_id": self.client_partner.id,
                    "company_id": other.id,
                }
            )

    def test_queries_do_not_grow_with_the_batch(self):
        def count(number):
            partners = self.env["res.partner"].create(
                [{"name": f"Client {number}-{i}"} for i in range(number)]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.Event.create(
                [
                    {
                        "type_id": self.type_call.id,
                        "partner_id": partner.id,
                        "origin": f"flat:{partner.id}",
                    }
                    for partner in partners
                ]
            )
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(5)
        self.assertLessEqual(abs(count(100) - count(10)), 2)

    def test_what_a_type_is_about_is_on_its_events(self):
        event_type = self.type_call.copy({"code": "test_talk", "kind": "contact"})
        event = self.Event.create(
            {
                "type_id": event_type.id,
                "partner_id": self.client_partner.id,
                "kind": "praise",
                "signal": "praise",
                "is_reversed": True,
            }
        )
        self.assertEqual((event.kind, event.signal), ("contact", "contact"), "not by the caller")
        self.assertFalse(event.is_reversed)
        event_type.write({"kind": "meeting", "signal": "none"})
        self.assertEqual((event.kind, event.signal), ("meeting", "none"))

    def test_amounts_are_rounded_to_the_currency(self):
        event = self.Event.create(
            {"type_id": self.type_call.id, "partner_id": self.client_partner.id, "amount": 12.345}
        )
        self.assertEqual(event.amount, 12.35)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(event.amount, 12.35)

    def test_a_batch_of_events_costs_the_same_few_queries(self):
        def queries(number, batch):
            partners = self.env["res.partner"].create(
                [{"name": f"Client {batch}-{n}", "is_company": True} for n in range(number)]
            )
            values = [
                {
                    "type_id": self.type_call.id,
                    "partner_id": partner.id,
                    "date": "2026-03-01 10:00:00",
                    "origin": f"test,{batch}-{partner.id}",
                }
                for partner in partners
            ]
            self.Event.create([dict(vals, origin=f"{vals['origin']}-first") for vals in values])
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.Event.create(values)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(2, "warm")
        self.assertEqual(queries(5, "few"), queries(50, "many"))

    def test_many_events_at_once_are_like_one_by_one(self):
        """What is written in a set is what the ORM writes row by row, in cache and database."""
        values = [
            {
                "type_id": self.type_call.id,
                "partner_id": self.contact.id,
                "date": f"2026-03-0{day} 10:00:00",
                "amount": 100.456 * day,
                "value": day,
                "summary": False if day == 2 else f"Talk {day}",
                "origin": f"bulk,{day}",
            }
            for day in (1, 2, 3)
        ]
        events = self.Event.create(values)
        self.assertEqual(events.mapped("amount"), [100.46, 200.91, 301.37])
        told = [
            "amount",
            "value",
            "summary",
            "date",
            "channel",
            "kind",
            "is_reversed",
            "write_date",
        ]
        links = ["partner_id", "contact_id", "user_id", "company_id", "currency_id", "create_uid"]
        cached = events.read([*told, *links])
        events.invalidate_recordset()
        self.assertEqual(events.read([*told, *links]), cached)
        self.assertEqual(events.partner_id, self.client_partner)
        self.assertEqual(events.contact_id, self.contact)
        self.assertEqual(events.create_uid, self.env.user)
        self.assertFalse(events.write_uid, "nobody has changed them")
        self.assertEqual(self.Event.create(values), events)

    def test_a_mistake_among_many_is_told(self):
        good = {"type_id": self.type_call.id, "partner_id": self.client_partner.id}
        for bad, error in (
            ({"channel": "telex"}, ValueError),
            ({"colour": "red"}, ValueError),
            ({"date": "yesterday"}, ValueError),
            ({"contact_id": [1, 2]}, ValueError),
        ):
            with self.subTest(bad), self.assertRaises(error):
                self.Event.create([good, {**good, **bad}])
        self.assertFalse(self.standing(self.client_partner))


@tagged("post_install", "-at_install")
class TestEventConcurrency(TransactionCase):
    """Two real connections record the same origin; both of them commit."""

    def setUp(self):
        super().setUp()
        self.registry_real = Registry(self.env.cr.dbname)

    def race(self, early_origin, late_origin):
        """Record twice with a new client, at once; return the events."""

        def create(env, origin):
            return env["loyalty.service.event"].create(
                {
                    "type_id": env.ref("loyalty_service.event_type_call").id,
                    "partner_id": partner_id,
                    "origin": origin,
                }
            )

        with self.registry_real.cursor() as cr:
            partner_id = (
                api.Environment(cr, SUPERUSER_ID, {})["res.partner"]
                .create({"name": "Race Client"})
                .id
            )
        try:
            with self.registry_real.cursor() as late, self.registry_real.cursor() as early:
                env_late = api.Environment(late, SUPERUSER_ID, {})
                # The late worker has its snapshot before the early one commits.
                env_late["loyalty.service.event"].search_count([])
                create(api.Environment(early, SUPERUSER_ID, {}), early_origin)
                early.commit()
                with (
                    patch("odoo.service.model.time.sleep"),
                    mute_logger("odoo.sql_db", "odoo.service.model"),
                ):
                    again = retrying(lambda: create(env_late, late_origin), env_late)
                found = again.search([("partner_id", "=", partner_id)])
                clients = env_late["loyalty.service.client"].search(
                    [("partner_id", "=", partner_id)]
                )
                self.assertIn(again, found)
                self.assertEqual(len(clients), 1)
                return found.mapped("origin")
        finally:
            with self.registry_real.cursor() as cr:
                # The ledger refuses deletion, so what was committed goes by SQL.
                cr.execute("DELETE FROM loyalty_service_event WHERE partner_id = %s", [partner_id])
                cr.execute("DELETE FROM loyalty_service_client WHERE partner_id = %s", [partner_id])
                cr.execute("DELETE FROM res_partner WHERE id = %s", [partner_id])

    def test_two_workers_record_once(self):
        self.assertEqual(self.race("race:1", "race:1"), ["race:1"])

    def test_two_workers_meet_a_new_client(self):
        self.assertCountEqual(self.race("race:1", "race:2"), ["race:1", "race:2"])
