from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import format_date

from .common import LoyaltyCommon


@tagged("post_install", "-at_install")
class TestClientRhythmParts(LoyaltyCommon):
    """Calls every 7 days, then none for 42; mails every 10 days until two days ago."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.env.company._loyalty_day()
        cls.Rhythm = cls.env["loyalty.service.rhythm"]
        cls.Report = cls.env["loyalty.service.rhythm.report"]

    def talk(self, code, *days_ago, partner=None, **values):
        event_type = self.env.ref(f"loyalty_service.event_type_{code}")
        return self.Event.create(
            [
                {
                    "type_id": event_type.id,
                    "partner_id": (partner or self.client_partner).id,
                    "date": self.env.company._loyalty_moment(self.today - timedelta(days=days)),
                    **values,
                }
                for days in days_ago
            ]
        )

    def tell(self):
        self.talk("call", 42, 49, 56, 63)
        self.talk("email", 2, 12, 22, 32)

    def client(self, partner=None):
        client = (partner or self.client_partner).loyalty_client_id
        client.invalidate_recordset()
        return client

    def rhythms(self, partner=None):
        self.env.invalidate_all()
        return {
            row.part: (row.contact_days, row.contact_gap, row.silent_days, row.silence_state)
            for row in self.client(partner).rhythm_ids
        }

    def test_calls_went_quiet_though_mails_go_on(self):
        self.tell()
        self.client()._update_rhythm()
        self.assertEqual(
            self.rhythms(),
            {
                "channel:phone": (4, 7, 42, "quiet"),
                "channel:email": (4, 10, 2, "usual"),
                # 2 12 22 32 42 49 56 63: gaps 10 10 10 10 7 7 7
                "kind:contact": (8, 10, 2, "usual"),
            },
        )
        [phone] = self.client().rhythm_ids.filtered(lambda row: row.channel == "phone")
        self.assertEqual((phone.overdue_days, phone.silence_ratio), (35, 6))
        self.assertEqual(phone.last_date, self.today - timedelta(days=42))
        self.assertEqual(phone.display_name, "Phone")
        self.assertEqual(self.client().silence_state, "usual")
        self.assertEqual(
            self.client().parts_text,
            "Silent: Phone 42 days. Goes on: E-mail",
        )

    def test_too_few_to_tell_and_what_has_no_rhythm(self):
        self.talk("visit", 10, 90, 200)
        self.talk("complaint", 5, 15, 25, 35)
        self.talk("gift", 5, 15, 25, 35)
        self.talk("documents_early", 5, 15, 25, 35)
        self.client()._update_rhythm()
        self.assertEqual(
            self.rhythms(),
            {
                "channel:visit": (3, 0, 10, "unknown"),
                "kind:meeting": (3, 0, 10, "unknown"),
                # A complaint by phone is a call; documents come by whatever channel.
                "channel:phone": (4, 10, 5, "usual"),
                "kind:participation": (4, 10, 5, "usual"),
            },
        )
        self.assertFalse(self.client().parts_text)

    def test_what_was_not_used_for_a_year_is_not_listed(self):
        self.talk("call", 366, 376, 386, 396)
        self.talk("wechat", 365, 375, 385, 395)
        self.client()._update_rhythm()
        self.assertEqual(self.rhythms()["channel:wechat"], (4, 10, 365, "quiet"))
        self.assertNotIn("channel:phone", self.rhythms())
        with freeze_time(fields.Datetime.now() + timedelta(days=1)):
            self.client()._update_health_due()
            self.assertFalse(self.rhythms())

    def test_a_new_contact_ends_the_silence_of_its_channel_at_once(self):
        self.tell()
        self.client()._update_rhythm()
        event = self.talk("call", 0)
        self.assertEqual(self.rhythms()["channel:phone"], (4, 7, 0, "usual"))
        self.assertEqual(self.rhythms()["channel:email"], (4, 10, 2, "usual"))
        self.assertFalse(self.client().parts_text)
        event.action_undo()
        self.client()._update_health_due()
        self.assertEqual(self.rhythms()["channel:phone"], (4, 7, 42, "quiet"))

    def test_what_is_recorded_late_does_not_turn_back_the_clock(self):
        self.tell()
        self.client()._update_rhythm()
        self.talk("call", 50)
        self.assertEqual(self.rhythms()["channel:phone"], (4, 7, 42, "quiet"))

    def test_the_night_counts_on(self):
        self.tell()
        self.client()._update_health_due()
        with freeze_time(fields.Datetime.now() + timedelta(days=13)):
            self.client()._update_health_due()
            self.assertEqual(self.rhythms()["channel:phone"], (4, 7, 55, "quiet"))
            # 15 days after a mail every 10: 1.5 times as long
            self.assertEqual(self.rhythms()["channel:email"], (4, 10, 15, "longer"))
            self.assertEqual(
                self.client().parts_text,
                "Silent: Phone 55 days, E-mail 15 days",
            )

    def test_nothing_new_writes_nothing(self):
        self.tell()
        self.client()._update_rhythm()
        self.env.flush_all()
        before = self.version()
        self.client()._update_rhythm()
        self.assertEqual(self.version(), before)

    def version(self):
        self.env.cr.execute("SELECT id, xmin FROM loyalty_service_rhythm ORDER BY id")
        return self.env.cr.fetchall()

    def test_statements_do_not_grow_with_the_clients(self):
        def queries(clients):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            clients._update_parts()
            clients.mapped("parts_text")
            return self.env.cr.sql_log_count - before

        clients = self.env["loyalty.service.client"]
        for number in range(8):
            partner = self.env["res.partner"].create({"name": f"Many {number}"})
            self.talk("call", *range(5, 65, 12), partner=partner)
            clients += self.client(partner)
        queries(clients)
        self.assertEqual(queries(clients[:2]), queries(clients))

    def test_recording_events_asks_once_whatever_their_number(self):
        self.tell()
        self.client()._update_rhythm()

        def queries(number):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.talk("wechat", *range(number))
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(3)
        self.assertEqual(queries(3), queries(30))

    def test_the_table_on_the_clients_form(self):
        self.tell()
        self.client()._update_rhythm()
        picture = self.client().rhythm_picture
        rows = {row["part"]: row for row in picture["parts"]}
        self.assertEqual(
            list(rows), ["all", "channel:phone", "channel:email", "kind:contact"], "the whole first"
        )
        # What the client is judged by, in the words of the sentence above the table, and as of
        # the day that the form shows as that of the last contact.
        self.assertEqual(
            [rows["all"][name] for name in ("usual", "silent", "overdue", "state", "last")],
            ["Every 10 days", 2, "", "usual", format_date(self.env, self.today - timedelta(2))],
        )
        self.assertIn("Usually every 10 days; last contact 2 days ago", picture["text"])
        phone, email, contact = list(rows.values())[1:]
        self.assertEqual(
            (phone["label"], phone["usual"], phone["silent"], phone["overdue"], phone["share"]),
            ("Phone", "Every 7 days", 42, "35 days", 100),
        )
        # 2 days are a fifth of 10, and a fifteenth of the 30 after which it is quiet.
        self.assertEqual((email["overdue"], email["share"], email["state"]), ("", 7, "usual"))
        self.assertEqual((contact["group"], contact["label"]), ("kind", "Conversation"))
        self.assertEqual(phone["tier"], "", "one client makes no habit of a tier")

    def test_beside_the_clients_of_the_tier(self):
        """Five clients call every 4, 6, 8, 10 and 30 days: 8 is usual, 30 is 3.75 times that."""
        tier = self.env["loyalty.service.tier"].search([], limit=1)
        industry = self.env["res.partner.industry"].create({"name": "Lanterns"})
        partners = self.env["res.partner"]
        for gap in (4, 6, 8, 10, 30):
            partner = self.env["res.partner"].create(
                {"name": f"Every {gap}", "industry_id": industry.id}
            )
            self.talk("call", *(1 + gap * number for number in range(4)), partner=partner)
            partners += partner
        clients = partners.loyalty_client_ids
        clients.tier_id = tier
        clients[:4]._update_rhythm()
        domain = [("partner_id", "in", partners.ids), ("channel", "=", "phone")]
        self.assertEqual(self.Report.search(domain).mapped("industry_gap"), [0] * 4)
        clients[4:]._update_rhythm()
        self.env.invalidate_all()
        rows = {row.partner_id: row for row in self.Report.search(domain)}
        self.assertEqual({row.tier_gap for row in rows.values()}, {8})
        self.assertEqual({row.industry_gap for row in rows.values()}, {8})
        self.assertEqual(
            [rows[partner].tier_ratio for partner in partners], [0.5, 0.75, 1, 1.25, 3.75]
        )
        [part] = (
            row for row in clients[0].rhythm_picture["parts"] if row["part"] == "channel:phone"
        )
        self.assertEqual(part["tier"], "Every 8 days")
        # 4 + 6 + 8 + 10 + 30 = 58 over 5
        [(_tier, gap, usual)] = self.Report._read_group(
            domain, ["tier_id"], ["contact_gap:avg", "tier_gap:avg"]
        )
        self.assertEqual((round(gap, 2), usual), (11.6, 8))

    def test_quiet_channels_are_found(self):
        self.tell()
        self.client()._update_rhythm()
        row = self.Report.with_user(self.user_loyalty).search(
            [
                ("partner_id", "=", self.client_partner.id),
                ("silence_state", "=", "quiet"),
                ("client_state", "=", "usual"),
            ]
        )
        self.assertEqual((row.part_text, row.overdue_days), ("Phone", 35))
        self.assertEqual(
            row.rhythm_text,
            "Usually every week or more often; silent for 42 days: 6 times as long as usual.",
        )
        self.assertEqual(row.action_open_partner()["res_id"], self.client_partner.id)
        quiet = [("channel", "=", "phone"), ("silence_state", "=", "quiet")]
        found = self.env["loyalty.service.client"].with_user(self.user_loyalty)
        self.assertIn(self.client(), found.search([("rhythm_ids", "any", quiet)]))
        stranger = new_test_user(self.env, "reads_no_rhythm", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.Report.with_user(stranger).search([])

    def test_of_a_sister_firm_nothing_is_seen(self):
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        self.talk("call", 1, 8, 15, 22, company_id=sister.id)
        theirs = self.env["loyalty.service.client"].search([("company_id", "=", sister.id)])
        theirs._update_rhythm()
        self.assertTrue(theirs.rhythm_ids)
        for model in (self.Rhythm, self.Report):
            domain = [("client_id", "=", theirs.id)]
            self.assertFalse(model.with_user(self.user_loyalty).search(domain))

    def test_who_logs_a_call_need_not_be_allowed_to_write_rhythms(self):
        self.tell()
        self.client()._update_rhythm()
        self.Event.with_user(self.user_loyalty).create(
            {"type_id": self.type_call.id, "partner_id": self.client_partner.id}
        )
        self.assertEqual(self.rhythms()["channel:phone"][2:], (0, "usual"))
        row = self.client().rhythm_ids[:1].with_user(self.user_loyalty)
        with self.assertRaises(AccessError):
            row.silence_state = "usual"
