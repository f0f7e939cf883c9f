import random
from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from ..models.event_record import LARGEST
from .common import LoyaltyCommon


class RecordCommon(LoyaltyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client_partner.write({"vat": "CN91310000MA1FL00001", "ref": "K-0815"})
        cls.contact.phone = "+86 21 5555 0101"
        cls.env["ir.model.data"].create(
            {
                "module": "__import__",
                "name": "lantern",
                "model": "res.partner",
                "res_id": cls.client_partner.id,
            }
        )

    def post(self, *rows, user=None, **options):
        Event = self.Event.with_user(user or self.user_loyalty)
        return Event.record_events(list(rows), **options)

    def call(self, **values):
        return {"type": "call", "client": "Shanghai Lantern Trading", **values}

    def events(self):
        return self.Event.search([("partner_id", "=", self.client_partner.id)], order="id")


class RefusedError(ValidationError):
    def __init__(self):
        super().__init__("Refused by another addon.")


@tagged("post_install", "-at_install")
class TestEventRecord(RecordCommon):
    def test_the_same_external_id_is_recorded_once(self):
        row = self.call(external_id="pbx-1", summary="Asked about VAT")
        first, twin = self.post(row, row)
        self.assertEqual((first["status"], twin["status"]), ("created", "known"))
        self.assertEqual(first["id"], twin["id"])
        (again,) = self.post(row)
        self.assertEqual((again["id"], again["status"]), (first["id"], "known"))
        event = self.events()
        self.assertEqual(len(event), 1)
        self.assertEqual((event.origin, event.summary), ("pbx-1", "Asked about VAT"))
        self.assertEqual(event.user_id, self.user_loyalty)

    def test_all_names_of_a_client(self):
        for names in (
            {"client": "Shanghai Lantern Trading"},
            {"client": "__import__.lantern"},
            {"client": "lantern"},
            {"client": "CN91310000MA1FL00001"},
            {"client": "K-0815"},
            {"client_id": self.client_partner.id},
            {"client_id": str(self.client_partner.id)},
            {"client_vat": "CN91310000MA1FL00001"},
            {"client_phone": "+862155550101"},
            {"client_phone": "+86 (21) 5555-0101"},
            {"client_email": "WANG@example.com"},
        ):
            with self.subTest(names):
                (answer,) = self.post({"type": "call", **names})
                self.assertEqual(answer["status"], "created", answer)
                self.assertEqual(self.Event.browse(answer["id"]).partner_id, self.client_partner)
        (answer,) = self.post({"type": "call", "client_email": "wang@example.com"})
        self.assertEqual(self.Event.browse(answer["id"]).contact_id, self.contact)

    def test_all_that_a_row_can_say(self):
        (answer,) = self.post(
            self.call(
                type="Phone call",
                date="2024-03-01T09:30:00+08:00",
                channel="WeChat",
                note="Two lines\nof text 🙂",
                user=self.user_manager.login,
                company=self.env.company.name,
                amount=120.5,
                duration=6,
            )
        )
        event = self.Event.browse(answer["id"])
        self.assertEqual(event.date, datetime(2024, 3, 1, 1, 30))
        self.assertEqual((event.type_id, event.channel), (self.type_call, "wechat"))
        self.assertEqual(event.user_id, self.user_manager)
        self.assertEqual((event.amount, event.hours), (120.5, 0.1))
        self.assertEqual(event.note, "Two lines\nof text 🙂")

    def test_types_and_messages_in_the_callers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.type_call.with_context(lang="zh_CN").name = "电话联系"
        Event = self.Event.with_user(self.user_loyalty)
        recorded, unknown = Event.with_context(lang="zh_CN").record_events(
            [self.call(type="电话联系"), self.call(type="电报")]
        )
        self.assertEqual(recorded["status"], "created")
        self.assertEqual(unknown["message"], "没有“电报”这种事件类型。")
        self.user_loyalty.lang = "zh_CN"
        (unknown,) = Event.with_context(lang=None).record_events([self.call(type="电报")])
        self.assertEqual(unknown["message"], "没有“电报”这种事件类型。")

    def test_one_bad_row_leaves_the_others(self):
        good, bad, other = self.post(
            self.call(external_id="1"), self.call(type="telegram"), self.call(external_id="2")
        )
        self.assertEqual(
            [row["status"] for row in (good, bad, other)], ["created", "error", "created"]
        )
        self.assertEqual(bad["message"], "There is no event type “telegram”.")
        self.assertFalse(bad["id"])

    def test_a_number_beyond_all_floats_leaves_the_other_rows(self):
        wrong = (10**400, -(10**400), float("nan"), float("inf"), True, 1e13)
        rows = [self.call(**{key: value}) for key in LARGEST for value in wrong]
        answers = self.post(self.call(amount=12.5), *rows)
        self.assertEqual(answers[0]["status"], "created")
        for answer in answers[1:]:
            self.assertEqual(answer["status"], "error")
            self.assertIn("must be a number that makes sense", answer["message"])
        self.assertEqual(len(self.events()), 1)

    def test_all_or_nothing(self):
        answers = self.post(
            self.call(external_id="1"), self.call(type="telegram"), all_or_nothing=True
        )
        self.assertEqual([row["status"] for row in answers], ["error", "error"])
        self.assertEqual(answers[0]["message"], "Not recorded, since other rows have errors.")
        self.assertFalse(self.events())

    def test_what_the_ledger_refuses_is_refused_row_by_row(self):
        """An addon that refuses one event of a batch: the others are recorded all the same."""
        Event = type(self.Event)
        original = Event._check_allowed

        def picky(events):
            if any(event.summary == "refuse" for event in events):
                raise RefusedError
            return original(events)

        self.patch(Event, "_check_allowed", picky)
        rows = [self.call(external_id=str(n)) for n in range(3)]
        rows[1]["summary"] = "refuse"
        answers = self.post(*rows)
        self.assertEqual(
            [row["status"] for row in answers], ["created", "error", "created"], answers
        )
        self.assertEqual(answers[1]["message"], "Refused by another addon.")
        self.assertEqual(len(self.events()), 2)
        nothing = self.post(
            *(dict(row, external_id=f"x{n}") for n, row in enumerate(rows)), all_or_nothing=True
        )
        self.assertEqual({row["status"] for row in nothing}, {"error"})
        self.assertEqual(len(self.events()), 2)

    def test_ambiguous_and_foreign_clients(self):
        self.env["res.partner"].create({"name": "Shanghai Lantern Trading", "is_company": True})
        (answer,) = self.post(self.call())
        self.assertEqual(
            answer["message"],
            "2 clients match “Shanghai Lantern Trading”. Name one by its external id, VAT number "
            "or reference.",
        )
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        self.env["res.partner"].create({"name": "Their Client", "company_id": sister.id})
        (hidden,) = self.post(self.call(client="Their Client"))
        self.assertEqual(hidden["message"], "There is no client “Their Client”.")
        (denied,) = self.post(self.call(client="K-0815", company="Sister Firm"))
        self.assertEqual(denied["message"], "You do not work for a company “Sister Firm”.")
        both = new_test_user(
            self.env,
            "works_for_both",
            groups="loyalty_service.group_loyalty_user",
            company_ids=[(6, 0, (self.env.company + sister).ids)],
        )
        wrong, right = self.post(
            self.call(client="Their Client", company=self.env.company.name),
            self.call(client="Their Client", company="Sister Firm"),
            user=both,
        )
        self.assertEqual(wrong["message"], "“Their Client” is a client of another company.")
        self.assertEqual(right["status"], "created")
        self.assertEqual(self.Event.browse(right["id"]).company_id, sister)

    def test_a_branch_records_with_the_clients_of_its_parent(self):
        """Wherever it does: on the screen, by the API and by an import."""
        branch = self.env["res.company"].create(
            {"name": "Pudong Branch", "parent_id": self.env.company.id}
        )
        group_client = self.env["res.partner"].create(
            {"name": "Group Client", "company_id": self.env.company.id}
        )
        user = new_test_user(
            self.env,
            "works_for_branch",
            groups="loyalty_service.group_loyalty_user",
            company_id=branch.id,
            company_ids=[(6, 0, (self.env.company + branch).ids)],
        )
        (told,) = self.post(self.call(client="Group Client", company="Pudong Branch"), user=user)
        self.assertEqual(told["status"], "created", told)
        self.assertEqual(self.Event.browse(told["id"]).company_id, branch)
        logged = self.Event.with_user(user).create(
            {
                "type_id": self.type_call.id,
                "partner_id": group_client.id,
                "company_id": branch.id,
            }
        )
        self.assertEqual(logged.company_id, branch)
        # Not the other way round.
        self.env["res.partner"].create({"name": "Branch Client", "company_id": branch.id})
        (told,) = self.post(
            self.call(client="Branch Client", company=self.env.company.name), user=user
        )
        self.assertEqual(told["message"], "“Branch Client” is a client of another company.")

    def test_rights(self):
        (answer,) = self.post(self.call(type="invoice_paid_on_time"))
        self.assertEqual(answer["status"], "error")
        (answer,) = self.post(self.call(type="referral_won"), user=self.user_manager)
        self.assertEqual(answer["status"], "created")
        (answer,) = self.post(self.call(external_id="account.move,42"), user=self.user_manager)
        self.assertEqual(
            answer["message"],
            "“account.move,42” is an external id of this system's own records.",
        )
        for group in ("base.group_user", "base.group_portal", "base.group_public"):
            stranger = new_test_user(self.env, f"posts_{group}", groups=group)
            with self.assertRaises(AccessError):
                self.post(self.call(), user=stranger)

    def test_queries_do_not_grow_with_the_rows(self):
        def queries(number, batch):
            rows = [self.call(external_id=f"{batch}-{n}", client="K-0815") for n in range(number)]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.post(*rows)
            return self.env.cr.sql_log_count - before

        # The first makes the client, the second reads it for the first time.
        queries(2, "cold")
        queries(2, "warm")
        self.assertLessEqual(abs(queries(60, "many") - queries(6, "few")), 2)


JUNK = [
    None,
    True,
    -1,
    0,
    10**30,
    float("nan"),
    float("inf"),
    -float("inf"),
    1.5,
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "🙂" * 200,
    "x" * 30_000,
    "'; DROP TABLE res_partner; --",
    "%s %(x)s {0}",
    [],
    [[]],
    {},
    {"id": {"$ne": None}},
    ["call"],
    b"call",
    (1, 2),
    "9999-12-31",
    "2024-02-30",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "tomorrow",
    "2999-01-01",
    "Their Client",
    "Two of a Name",
    "account.move,1",
]
WRONG_CALLS = [None, "call", 7, {}, {"type": "call"}, float("nan"), "\ud800"]


@tagged("post_install", "-at_install")
class TestBadRows(RecordCommon):
    """1,000 calls and imports by somebody who means no good, or has a bad day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        sister = cls.env["res.company"].create({"name": "Sister Firm"})
        cls.env["res.partner"].create({"name": "Their Client", "company_id": sister.id})
        cls.env["res.partner"].create([{"name": "Two of a Name"}] * 2)

    def bad_row(self, rng):
        """Return a row with at least one thing wrong, and maybe more."""
        kind = rng.random()
        if kind < 0.1:
            return rng.choice(JUNK)
        row = self.call(external_id=f"bad-{rng.randrange(50)}")
        if kind < 0.2:
            del row[rng.choice(["type", "client"])]
        elif kind < 0.3:
            row[rng.choice(["res_model", "reversal_of_id", "id", "", "\x00", "\ud800"])] = 1
        elif kind < 0.4:
            row["date"] = (
                fields.Datetime.now() + timedelta(days=rng.randrange(1, 999))
            ).isoformat()
        else:
            fatal = {
                "type": [junk for junk in JUNK if junk not in (None, "", False)],
                "client": [junk for junk in JUNK if junk not in (None, "", False)],
                "date": JUNK[2:9] + JUNK[10:],
                "channel": JUNK[1:9] + JUNK[11:],
                "external_id": JUNK[11:14] + JUNK[15:16] + JUNK[20:23],
                "amount": [True, float("nan"), float("inf"), "12", [1], {}, 1e30],
                "value": [float("nan"), "1", [], {"a": 1}],
                "duration": [-5, 1.5, float("inf"), "6", 10**9],
                "user": JUNK[1:9] + JUNK[11:],
                "company": JUNK[1:9] + JUNK[11:],
                "summary": ["x" * 501, "\x00", "\ud800", {"a": 1}, [1]],
                "note": ["\x00", "x" * 20_001, 1.5, {}],
            }
            for key in rng.sample(sorted(fatal), rng.randrange(1, 4)):
                row[key] = rng.choice(fatal[key])
        return row

    def test_bad_calls(self):
        rng = random.Random(19)
        before = self.Event.search_count([])
        for number in range(60):
            rows = [self.bad_row(rng) for _row in range(10)]
            answers = self.post(*rows, all_or_nothing=number % 2 == 1)
            for row, answer in zip(rows, answers, strict=True):
                with self.subTest(row=repr(row)[:200]):
                    self.assertEqual(answer["status"], "error", answer)
                    self.assertFalse(answer["id"])
                    self.assertTrue(answer["message"].strip())
                    self.assertLess(len(answer["message"]), 300)
                    self.assertNotIn("Traceback", answer["message"])
                    self.assertNotEqual(answer["message"], "The row cannot be stored.")
                    answer["message"].encode()
        self.assertEqual(self.Event.search_count([]), before)
        for wrong in WRONG_CALLS:
            with self.assertRaises(ValidationError):
                self.Event.with_user(self.user_loyalty).record_events(wrong)

    def test_good_rows_among_bad_ones(self):
        rng = random.Random(4)
        for number in range(40):
            rows = [self.bad_row(rng) for _row in range(4)]
            place = rng.randrange(5)
            rows.insert(place, self.call(external_id=f"good-{number}"))
            answers = self.post(*rows)
            self.assertEqual(
                [answer["status"] == "created" for answer in answers],
                [index == place for index in range(5)],
            )
        self.assertEqual(len(self.events()), 40)

    def test_bad_imports(self):
        rng = random.Random(7)
        columns = [
            "partner_id",
            "type_id",
            "date",
            "channel",
            "summary",
            "note",
            "origin",
            "amount",
        ]
        good = ["K-0815", "call", "2024-03-01 09:30:00", "Phone", "Said", "", "", "12.5"]
        bad = {
            "partner_id": ["", "Nobody", "Two of a Name", "Their Client", "x" * 999, "\x00"],
            "type_id": ["", "telegram", "🙂", "x" * 999, "\x00"],
            "date": ["32.13.2024", "2999-01-01", "yesterday", "\ud800", "0000-00-00 00:00:00"],
            "channel": ["pigeon", "\x00"],
            "summary": ["x" * 501, "\x00", "\ud800"],
            "note": ["x" * 20_001, "\x00"],
            "origin": ["x" * 201, "\x00", "account.move,3"],
            "amount": ["twelve", "nan", "inf", "1e99", "12,5"],
        }
        Event = self.Event.with_user(self.user_loyalty)
        before = self.Event.search_count([])
        for _number in range(100):
            rows = [list(good) for _row in range(4)]
            spoilt = rng.sample(range(4), rng.randrange(1, 4))
            for place in spoilt:
                index = rng.randrange(len(columns))
                rows[place][index] = rng.choice(bad[columns[index]])
            told = Event.load(columns, rows)
            self.assertFalse(told["ids"])
            self.assertEqual([message["record"] for message in told["messages"]], sorted(spoilt))
            for message in told["messages"]:
                self.assertEqual(message["type"], "error")
                self.assertTrue(message["message"])
        self.assertEqual(self.Event.search_count([]), before)
