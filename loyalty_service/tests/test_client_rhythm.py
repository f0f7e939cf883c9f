from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import LoyaltyCommon


@tagged("post_install", "-at_install")
class TestClientRhythm(LoyaltyCommon):
    """Calls every 12 days, then nothing for 74: 74 / 12 = 6.17 times as long as usual."""

    def setUp(self):
        super().setUp()
        self.today = self.env.company._loyalty_moment(self.env.company._loyalty_day(), hour=0)

    def call(self, *days_ago, partner=None, code="call", **values):
        return self.Event.create(
            [
                {
                    "type_id": self.env.ref(f"loyalty_service.event_type_{code}").id,
                    "partner_id": (partner or self.client_partner).id,
                    "date": self.today - timedelta(days=days),
                    **values,
                }
                for days in days_ago
            ]
        )

    def client(self, partner=None):
        client = (partner or self.client_partner).loyalty_client_id
        client.invalidate_recordset()
        return client

    def figures(self):
        client = self.client()
        return client.contact_gap, client.silence_ratio, client.silence_state

    def test_silence_against_the_clients_own_rhythm(self):
        self.call(74, 86, 98, 110)
        self.assertEqual(self.figures(), (0, 0, "unknown"), "until the scheduled action")
        self.client()._update_health()
        self.assertEqual(self.figures(), (12, 6.17, "quiet"))
        self.assertEqual(
            self.client().rhythm_text,
            "Usually every 12 days; silent for 74 days: 6 times as long as usual.",
        )

    def test_a_new_contact_ends_the_silence_at_once(self):
        self.call(74, 86, 98, 110)
        self.client()._update_health()
        event = self.call(0)
        self.assertEqual(self.figures(), (12, 0, "usual"))
        event.action_undo()
        self.assertEqual(self.figures(), (12, 6.17, "quiet"))
        self.call(0, code="praise")
        self.assertEqual(self.figures(), (12, 6.17, "quiet"), "praise is no talk")

    def test_states(self):
        for days, state in ((17, "usual"), (18, "longer"), (35, "longer"), (36, "quiet")):
            partner = self.env["res.partner"].create({"name": f"Silent {days}"})
            self.call(*(days + 12 * n for n in range(4)), partner=partner)
            self.client(partner)._update_rhythm()
            self.assertEqual(self.client(partner).silence_state, state, days)

    def test_too_few_contacts_to_tell(self):
        self.call(74, 86, 98)
        self.client()._update_rhythm()
        self.assertEqual(self.figures(), (0, 0, "unknown"))
        self.assertEqual(
            self.client().rhythm_text,
            "Last contact 74 days ago; too few contacts to tell what is usual.",
        )

    def test_who_is_in_touch_daily_is_not_quiet_after_a_week(self):
        self.call(6, 7, 8, 9, 10)
        self.client()._update_rhythm()
        self.assertEqual(self.figures(), (1, 0.86, "usual"))
        self.assertEqual(
            self.client().rhythm_text,
            "Usually every week or more often; last contact 6 days ago, as usual.",
        )

    def test_who_left_its_rhythm_years_ago_still_has_one(self):
        self.call(800, 830, 860, 890)
        self.client()._update_rhythm()
        self.assertEqual(self.figures(), (30, 26.67, "quiet"))

    def test_the_nightly_action_keeps_it(self):
        self.call(10, 22, 34, 46)
        client = self.client()
        client._update_health_due()
        self.assertEqual(self.figures(), (12, 0.83, "usual"))
        with freeze_time(fields.Datetime.now() + timedelta(days=64)):
            client._update_health_due()
        self.assertEqual(self.figures(), (12, 6.17, "quiet"))

    def test_statements_do_not_grow_with_the_clients(self):
        def queries(clients):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            clients._update_rhythm()
            self.env.flush_all()
            clients.mapped("rhythm_picture")
            clients.mapped("rhythm_text")
            return self.env.cr.sql_log_count - before

        clients = self.env["loyalty.service.client"]
        for number in range(8):
            partner = self.env["res.partner"].create({"name": f"Many {number}"})
            self.call(*range(5, 65, 12), partner=partner)
            clients += self.client(partner)
        queries(clients)
        self.assertEqual(queries(clients[:2]), queries(clients))

    def test_the_picture(self):
        self.call(1, 1, 8)
        self.call(8, code="visit")
        self.call(3, code="manual_award")
        picture = self.client().rhythm_picture
        self.assertEqual(len(picture["weeks"]), 53)
        self.assertEqual(
            [(row["channel"], row["total"], sum(row["counts"])) for row in picture["channels"]],
            [("phone", 3, 3), ("visit", 1, 1)],
        )

    def test_the_report_counts_what_stands(self):
        self.call(1, 2)
        self.call(3).action_undo()
        self.call(3, code="manual_award")
        industry = self.env["res.partner.industry"].create({"name": "Lanterns"})
        self.client_partner.industry_id = industry
        self.env.flush_all()
        Report = self.env["loyalty.service.interaction.report"]
        rows = Report.with_user(self.user_loyalty).search(
            [("partner_id", "=", self.client_partner.id)]
        )
        self.assertEqual(len(rows), 2)
        self.assertEqual(rows.industry_id, industry)
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        self.call(1, company_id=sister.id)
        self.env.flush_all()
        self.assertEqual(
            Report.with_user(self.user_loyalty).search_count(
                [("partner_id", "=", self.client_partner.id)]
            ),
            2,
        )
        stranger = new_test_user(self.env, "reads_no_report", groups="base.group_user")
        with self.assertRaises(AccessError):
            Report.with_user(stranger).search([])
