from datetime import date, timedelta

from freezegun import freeze_time

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError
from odoo.modules.registry import Registry
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..models import health_model
from .health_common import DAY, HealthCommon


@tagged("post_install", "-at_install")
class TestHealth(HealthCommon):
    def known_three(self):
        """A client with three dimensions known: 15 + 15 + 10 = 40 of the weights.

        Satisfaction 70 scores 50, silence of 2 usual gaps scores 80, no complaint scores 100.
        Score = 15/40 * 50 + 15/40 * 80 + 10/40 * 100 = 18.75 + 30 + 25 = 73.75.
        """
        self.record("test_satisfaction", 10, value=70)
        self.record("call", 24, 36, 48, 60)

    def weights(self):
        return sum(self.model.dimension_ids.mapped("weight"))

    # ------------------------------------------------------------------
    # Composition
    # ------------------------------------------------------------------

    def test_the_model_out_of_the_box(self):
        self.assertEqual(self.weights(), 100)
        self.assertEqual(len(self.model.dimension_ids), 10)
        self.assertEqual(self.model._get_for_company(self.env.company), self.model)

    def test_score_by_hand(self):
        self.known_three()
        self.client._update_health(DAY)
        self.assertAlmostEqual(self.client.health_score, 73.75)
        self.assertAlmostEqual(self.client.health_confidence, 0.4)
        self.assertEqual(self.client.health_band, "watch")
        self.assertEqual(self.client.health_date, DAY)
        self.assertEqual(
            {
                line.dimension_id.code: round(line.contribution, 6)
                for line in self.client.health_line_ids
            },
            {"satisfaction": 18.75, "interaction": 30, "feedback": 25},
        )
        self.assertEqual(
            {line.dimension_id.code: round(line.lost, 6) for line in self.client.health_line_ids},
            {"satisfaction": 18.75, "interaction": 7.5, "feedback": 0},
        )

    def test_contributions_sum_to_the_score(self):
        self.known_three()
        self.agree(-300, 45)
        self.record("complaint", 3)
        self.record("test_nps", 9, value=6)
        self.client._update_health(DAY)
        lines = self.client.health_line_ids
        self.assertEqual(len(lines), 5)
        self.assertAlmostEqual(sum(lines.mapped("contribution")), self.client.health_score)
        self.assertAlmostEqual(sum(lines.mapped("lost")), 100 - self.client.health_score)
        self.assertEqual(lines.mapped("lost"), sorted(lines.mapped("lost"), reverse=True))

    def test_missing_data_lowers_the_confidence_only(self):
        self.known_three()
        self.client._update_health(DAY)
        self.env["loyalty.service.health.dimension"].create(
            {
                "model_id": self.model.id,
                "name": "Tenure",
                "code": "tenure",
                "metric": "tenure",
                "weight": 100,
                "bad_value": 0,
                "good_value": 36,
            }
        )
        self.client._update_health(DAY)
        self.assertAlmostEqual(self.client.health_score, 73.75)
        self.assertAlmostEqual(self.client.health_confidence, 0.2)

    def test_nothing_known(self):
        self.client._update_health(DAY)
        self.assertEqual(self.client.health_band, "unknown")
        self.assertEqual(self.client.health_confidence, 0)
        self.assertEqual(self.client.health_date, DAY, "not due again today")
        self.assertFalse(self.snapshot(), "no score is not a score of 0")
        self.assertFalse(self.client.health_reasons)
        picture = self.client.health_breakdown
        self.assertIsNone(picture["score"])
        self.assertEqual(len(picture["missing"]), 10)
        self.assertIn(
            "Answers to satisfaction surveys", [row["hint"] for row in picture["missing"]]
        )

    def test_too_little_known(self):
        self.record("test_satisfaction", 10, value=20)
        self.client._update_health(DAY)
        self.assertEqual(self.client.health_score, 0)
        self.assertAlmostEqual(self.client.health_confidence, 0.15)
        self.assertEqual(self.client.health_band, "unknown")

    def test_bands(self):
        self.record("test_satisfaction", 10, value=72)  # scores 55
        for min_confidence, risk_below, expected in ((0.1, 55, "watch"), (0.1, 56, "risk")):
            self.model.write({"min_confidence": min_confidence, "risk_below": risk_below})
            self.client._update_health(DAY)
            self.assertEqual(self.client.health_band, expected)
        self.model.write({"risk_below": 20, "watch_below": 55})
        self.client._update_health(DAY)
        self.assertEqual(self.client.health_band, "healthy")

    def test_weight_zero_switches_off(self):
        self.known_three()
        self.dimension("feedback").weight = 0
        self.client._update_health(DAY)
        self.assertAlmostEqual(self.client.health_score, 65)  # (50 + 80) / 2
        self.assertAlmostEqual(self.client.health_confidence, 30 / 90)

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------

    def test_reasons_worst_first(self):
        self.record("call", 74, 86, 98, 110)
        self.record("complaint", 1, 2, 3)
        self.record("test_satisfaction", 10, value=85)
        self.client._update_health(DAY)
        # Interaction loses 15/40 * 100 = 37.5, feedback 10/40 * 100 = 25; satisfaction scores 87.5.
        self.assertEqual(
            self.client.health_reasons.split("\n"),
            ["No contact for 74 days; usually every 12 days", "3 complaints in 180 days"],
        )

    def test_breakdown(self):
        self.known_three()
        with freeze_time(DAY):
            self.client._update_health(DAY - timedelta(days=7))
            self.record("complaint", 2)
            self.client._update_health(DAY)
            self.env.invalidate_all()
            picture = self.client.health_breakdown
        # A week before: silence 17/12 gaps scores 100; then 15/40 * (50 + 100) + 25 = 81.25.
        # Now feedback scores 66.67: 18.75 + 30 + 16.67 = 65.42, down by 15.83.
        self.assertEqual(picture["score"], 65.4)
        self.assertEqual(picture["delta"], -15.8)
        self.assertEqual(picture["band_label"], "To watch")
        self.assertEqual(picture["confidence_text"], "Thinly founded: 40 % of the picture")
        rows = {row["name"]: row for row in picture["lines"]}
        self.assertEqual(list(rows), ["Satisfaction", "Feedback", "Interaction"])
        self.assertEqual(rows["Satisfaction"]["change"], 0)
        self.assertEqual(rows["Interaction"]["change"], -7.5)
        self.assertEqual(rows["Feedback"]["change"], -8.3)
        self.assertAlmostEqual(
            sum(row["contribution"] for row in picture["lines"]), picture["score"]
        )
        self.assertEqual([point["score"] for point in picture["history"]], [81.2, 65.4])

    # ------------------------------------------------------------------
    # History
    # ------------------------------------------------------------------

    def test_delta(self):
        self.record("test_satisfaction", 10, value=70)
        self.client._update_health(DAY - timedelta(days=7))
        self.assertEqual(self.client.health_delta, 0, "nothing to compare with")
        self.record("test_satisfaction", 2, value=50)
        self.client._update_health(DAY)
        self.assertAlmostEqual(self.client.health_delta, -25)  # 50 -> 25

    def test_delta_bridges_a_missing_night_and_no_more(self):
        self.record("test_satisfaction", 100, value=70)
        self.client._update_health(DAY - timedelta(days=9))
        self.record("test_satisfaction", 1, value=50)
        self.client._update_health(DAY)
        self.assertAlmostEqual(self.client.health_delta, -25)
        self.client._update_health(DAY + timedelta(days=40))
        self.assertEqual(self.client.health_delta, 0)

    def test_replayed_weeks_leave_the_present_alone(self):
        self.record("test_satisfaction", 10, value=70)
        self.client._update_health(DAY)
        self.record("test_satisfaction", 40, value=90)
        self.client._update_health(DAY - timedelta(days=30))
        self.assertEqual(self.client.health_date, DAY)
        self.assertEqual(self.client.health_score, 50)
        self.assertEqual(self.snapshot(DAY - timedelta(days=30)).score, 100)

    def test_replayed_weeks_come_out_the_same(self):
        self.known_three()
        self.agree(-300, 45)
        weeks = [DAY - timedelta(days=7 * week) for week in range(5, -1, -1)]
        for day in weeks:
            self.client._update_health(day)
        first = {day: (self.snapshot(day).score, self.snapshot(day).confidence) for day in weeks}
        self.Snapshot.search([("client_id", "=", self.client.id)]).unlink()
        for day in reversed(weeks):
            self.client._update_health(day)
        again = {day: (self.snapshot(day).score, self.snapshot(day).confidence) for day in weeks}
        self.assertEqual(again, first)
        self.assertGreater(len(set(first.values())), 1)

    def test_two_runs_on_one_day(self):
        self.known_three()
        self.client._update_health(DAY)
        snapshot, lines = self.snapshot(), self.snapshot().line_ids
        before = snapshot.read(), lines.read()
        self.client._update_health(DAY)
        self.env.invalidate_all()
        self.assertEqual(self.snapshot(), snapshot)
        self.assertEqual((self.snapshot().read(), self.snapshot().line_ids.read()), before)

    def test_a_second_run_tells_what_has_come_to_light(self):
        self.known_three()
        self.client._update_health(DAY)
        self.record("test_nps", 3, value=9)
        self.dimension("feedback").weight = 0
        self.client._update_health(DAY)
        self.assertEqual(len(self.snapshot()), 1)
        self.assertEqual(
            set(self.snapshot().line_ids.dimension_id.mapped("code")),
            {"satisfaction", "interaction", "advocacy"},
        )

    def test_weekly_after_ninety_days(self):
        # DAY is a Monday: the scores of its week and of the week before.
        self.record("test_satisfaction", 30, value=70)
        days = [DAY + timedelta(days=number) for number in range(-7, 7)]
        for day in days:
            self.client._update_health(day)
        with freeze_time(DAY + timedelta(days=6 + 90)):
            self.assertEqual(self.Snapshot._gc_weekly()[1], 0)
        left = self.Snapshot.search([("client_id", "=", self.client.id)]).mapped("date")
        # The last day of each week, and what is not 90 days old.
        self.assertEqual(left, [days[13], days[6]])

    # ------------------------------------------------------------------
    # Who is scored
    # ------------------------------------------------------------------

    def test_who_left_is_not_scored(self):
        self.known_three()
        agreement = self.agree(-300, 200)
        self.client._update_health(DAY - timedelta(days=1))
        self.assertTrue(self.client.health_snapshot_id)
        agreement._end(self.env.ref("loyalty_service.end_reason_price"), DAY)
        self.client._update_health(DAY)
        self.assertFalse(self.client.health_snapshot_id)
        self.assertEqual(self.client.health_band, "unknown")
        self.assertIn("No agreement is running", self.client.health_breakdown["confidence_text"])
        self.assertTrue(self.snapshot(DAY - timedelta(days=1)), "the history stays")

    def test_who_renewed_and_left_is_not_scored(self):
        self.known_three()
        renewal = self.agree(-300, -100)._renew(date_end=DAY + timedelta(days=100))
        renewal._end(self.env.ref("loyalty_service.end_reason_price"), DAY)
        self.client._update_health(DAY - timedelta(days=1))
        self.assertTrue(self.client.health_snapshot_id)
        self.client._update_health(DAY)
        self.assertFalse(self.client.health_snapshot_id)

    def test_companies_do_not_mix(self):
        other = self.env["res.company"].create({"name": "Our Firm in Suzhou"})
        other_client = self.make_client(self.client_partner, other)
        self.record("test_satisfaction", 10, value=90)
        self.record("test_satisfaction", 10, value=50, client=other_client)
        self.agree(-300, 9, client=other_client)
        both = (self.client + other_client).with_user(SUPERUSER_ID)
        both._update_health(DAY)
        self.assertEqual(self.client.health_score, 100)
        self.assertEqual(self.client.health_line_ids.dimension_id.mapped("code"), ["satisfaction"])
        # 15/35 * 0 + 20/35 * 10
        self.assertAlmostEqual(other_client.health_score, 200 / 35)
        self.assertEqual(self.snapshot(client=other_client).company_id, other)

    def test_a_company_has_its_own_model(self):
        other = self.env["res.company"].create({"name": "Our Firm in Suzhou"})
        other_client = self.make_client(self.client_partner, other)
        own = self.model.copy({"company_id": other.id})
        self.assertEqual(self.model._get_for_company(other), own)
        self.assertEqual(self.model._get_for_company(self.env.company), self.model)
        own.dimension_ids.filtered(lambda dimension: dimension.code != "satisfaction").unlink()
        self.record("test_satisfaction", 10, value=90, client=other_client)
        other_client._update_health(DAY)
        self.assertEqual(other_client.health_confidence, 1)

    # ------------------------------------------------------------------
    # Nightly
    # ------------------------------------------------------------------

    def test_cron(self):
        self.known_three()
        quiet = self.make_client(name="Quiet Client")
        cron = self.env.ref("loyalty_service.ir_cron_health")
        with freeze_time(f"{DAY} 01:00:00"), self.enter_registry_test_mode():
            cron.method_direct_trigger()
            progress = self.env["ir.cron.progress"].search(
                [("cron_id", "=", cron.id)], order="id desc", limit=1
            )
            self.assertEqual(progress.remaining, 0)
            self.assertGreaterEqual(progress.done, 2)
            self.env.invalidate_all()
            self.assertEqual(self.client.health_band, "watch")
            self.assertEqual(quiet.health_date, DAY)
            snapshot, lines = self.snapshot(), self.snapshot().line_ids
            cron.method_direct_trigger()
            self.env.invalidate_all()
            self.assertEqual(self.snapshot().line_ids, lines)
            self.assertEqual(self.snapshot(), snapshot)

    def test_one_bad_client_does_not_stop_the_others(self):
        self.known_three()
        bad = self.make_client(name="Client with a Broken Record")
        Model = self.env.registry["loyalty.service.health.model"]
        compute = Model._compute_health

        def broken(model, clients, date):
            if bad in clients:
                raise ValueError("broken record")
            return compute(model, clients, date)

        self.patch(Model, "_compute_health", broken)
        with freeze_time(f"{DAY} 10:00:00"), mute_logger("odoo.addons.loyalty_service.batch"):
            (self.client + bad)._update_health_due()
        self.assertAlmostEqual(self.client.health_score, 73.75)
        self.assertEqual(bad.health_error, "broken record")
        self.assertEqual(bad.health_date, DAY, "not tried again today")
        self.patch(Model, "_compute_health", compute)
        bad._update_health(DAY + timedelta(days=1))
        self.assertFalse(bad.health_error)

    def test_flat_number_of_queries(self):
        clients = self.Client
        for number in range(110):
            clients += self.make_client(name=f"Client {number}")
        for client in clients:
            self.record("test_satisfaction", 10, value=70, client=client)
            self.record("call", 24, 36, 48, 60, client=client)
            self.record("invoice_paid_late", 24, 36, client=client)
            self.record("invoice_posted", 20, 710, amount=10, client=client)
        self.env.flush_all()

        def queries(batch, read=False):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with freeze_time(f"{DAY} 10:00:00"):
                batch._update_health_due()
            self.env.flush_all()
            written = self.env.cr.sql_log_count
            self.env.invalidate_all()
            batch.mapped("health_reasons")
            batch.mapped("health_breakdown")
            return written - before, self.env.cr.sql_log_count - written

        queries(clients[:1])
        few, many = queries(clients[1:10]), queries(clients[10:110])
        self.assertEqual(few, many)
        self.assertLess(many[0], 40)

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_only_managers_score_again(self):
        self.known_three()
        with self.assertRaises(AccessError):
            self.client.with_user(self.user_loyalty).action_update_health()
        with freeze_time(DAY):
            self.client.with_user(self.user_manager).action_update_health()
        self.assertAlmostEqual(self.client.health_score, 73.75)
        with self.assertRaises(AccessError):
            self.model.with_user(self.user_loyalty).action_recompute()
        self.record("complaint", 1)
        with freeze_time(DAY):
            self.model.with_user(self.user_manager).action_recompute()
        self.assertLess(self.client.health_score, 73.75)

    def forget_calls(self):
        """Make as if what happened so far had happened in another transaction."""
        cron = self.env.ref("loyalty_service.ir_cron_health")
        self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).unlink()

    def test_what_happens_today_is_in_the_score_today(self):
        agreement = self.agree(-320, 20)
        with freeze_time(f"{DAY} 04:00:00"):
            self.client._update_health_due()
        due = "Agreement ends in 20 days and is not renewed"
        self.assertIn(due, self.client.health_reasons)
        self.assertFalse(self.client.health_stale)
        with freeze_time(f"{DAY} 10:00:00"):
            self.forget_calls()
            with self.capture_triggers("loyalty_service.ir_cron_health") as capture:
                agreement.with_user(self.user_loyalty).action_renew()
                self.record("call", 1)
            self.assertEqual(len(capture.records), 1, "once for all that happens until then")
            self.assertIn(due, self.client.health_reasons, "nothing is computed meanwhile")
            self.assertTrue(self.client.health_stale)
            self.assertIn(self.client, self.Client.search(self.Client._health_due_domain()))
            with self.enter_registry_test_mode():
                self.env.ref("loyalty_service.ir_cron_health").method_direct_trigger()
            self.env.invalidate_all()
            self.assertNotIn(due, self.client.health_reasons or "")
            self.assertFalse(self.client.health_stale)
            self.assertNotIn(self.client, self.Client.search(self.Client._health_due_domain()))

    def test_any_number_of_clients_is_asked_for_at_once(self):
        def queries(clients):
            self.env["loyalty.service.health.request"]._remove(clients)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            clients._ask_for_health()
            self.env.flush_all()
            self.assertEqual(set(clients.mapped("health_stale")), {True})
            return self.env.cr.sql_log_count - before

        clients = self.Client.union(*(self.make_client(name=f"Client {n}") for n in range(6)))
        queries(clients[:1])
        self.assertEqual(queries(clients[:1]), queries(clients))

    def test_an_end_to_come_and_an_end_moved_ask_for_a_score(self):
        agreement = self.agree(-100, 200)
        self.env["loyalty.service.health.request"]._remove(self.client)
        agreement.date_end = DAY + timedelta(days=5)
        self.assertTrue(self.client.health_stale)
        self.env["loyalty.service.health.request"]._remove(self.client)
        agreement.monthly_amount -= 1
        self.assertFalse(self.client.health_stale)
        agreement._end(self.env.ref("loyalty_service.end_reason_price"), date(2999, 12, 31))
        self.assertTrue(self.client.health_stale)

    def test_many_clients_are_scored_by_the_nightly_action(self):
        self.known_three()
        self.client._update_health(DAY)
        self.patch(health_model, "CLIENTS_AT_ONCE", 0)
        self.forget_calls()
        with self.capture_triggers("loyalty_service.ir_cron_health") as capture:
            self.model.with_user(self.user_manager).action_recompute()
        self.assertEqual(len(capture.records), 1)
        self.assertIn(self.client, self.Client.search(self.Client._health_due_domain()))
        self.assertAlmostEqual(self.client.health_score, 73.75)

    def test_nobody_writes_scores(self):
        self.known_three()
        self.client._update_health(DAY)
        snapshot = self.snapshot()
        for user in (self.user_loyalty, self.user_manager):
            self.assertTrue(snapshot.with_user(user).line_ids[0].reason)
            for record in (snapshot, snapshot.line_ids, self.client):
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(record.with_user(user).has_access(operation), operation)

    def test_clients_and_outsiders_see_nothing(self):
        self.known_three()
        self.client._update_health(DAY)
        portal = new_test_user(self.env, "health_portal_test", groups="base.group_portal")
        portal.partner_id.parent_id = self.client_partner
        employee = new_test_user(self.env, "health_employee_test", groups="base.group_user")
        for user in (portal, employee):
            for record in (self.client, self.snapshot(), self.snapshot().line_ids, self.model):
                self.assertFalse(record.with_user(user).has_access("read"), record._name)
            self.assertNotIn(
                "loyalty_health_breakdown", self.client_partner.with_user(user).fields_get()
            )

    def test_other_companies_are_out_of_sight(self):
        other = self.env["res.company"].create({"name": "Our Firm in Suzhou"})
        other_client = self.make_client(self.client_partner, other)
        self.record("test_satisfaction", 10, value=90, client=other_client)
        other_client._update_health(DAY)
        theirs = self.model.copy({"company_id": other.id})
        snapshot = self.snapshot(client=other_client)
        for record in (snapshot, snapshot.line_ids, theirs, theirs.dimension_ids):
            self.assertFalse(record.with_user(self.user_manager).has_access("read"), record._name)


@tagged("post_install", "-at_install")
class TestHealthConcurrency(TransactionCase):
    """Two real connections score the same clients; both of them commit."""

    @freeze_time(f"{DAY} 10:00:00")
    def test_two_workers_share_the_work(self):
        registry = Registry(self.env.cr.dbname)
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            partners = env["res.partner"].create([{"name": f"Racer {n}"} for n in range(2)])
            env["loyalty.service.event"].create(
                [
                    {
                        "type_id": env.ref("loyalty_service.event_type_complaint").id,
                        "partner_id": partner.id,
                        "date": DAY,
                    }
                    for partner in partners
                ]
            )
            ids = env["loyalty.service.client"].search([("partner_id", "in", partners.ids)]).ids
            partner_ids = partners.ids
        try:
            with registry.cursor() as early, registry.cursor() as late:
                one = api.Environment(early, SUPERUSER_ID, {})["loyalty.service.client"]
                two = api.Environment(late, SUPERUSER_ID, {})["loyalty.service.client"]
                one.browse(ids[0])._update_health_due()
                # The first client is locked, so the second worker leaves it and does not wait.
                two.browse(ids)._update_health_due()
                self.assertEqual(two.browse(ids[1]).health_date, DAY)
                self.assertFalse(two.browse(ids[0]).health_date)
                early.commit()
                late.commit()
                # After the commit there is nothing left to do for either.
                two.browse(ids)._update_health_due()
                late.commit()
                late.execute(
                    "SELECT COUNT(*) FROM loyalty_service_health_snapshot WHERE client_id IN %s",
                    [tuple(ids)],
                )
                self.assertEqual(late.fetchone()[0], 2)
        finally:
            with registry.cursor() as cr:
                # The ledger refuses deletion, so what was committed goes by SQL.
                cr.execute(
                    "DELETE FROM loyalty_service_event WHERE partner_id IN %s", [tuple(partner_ids)]
                )
                cr.execute("DELETE FROM loyalty_service_client WHERE id IN %s", [tuple(ids)])
                cr.execute("DELETE FROM res_partner WHERE id IN %s", [tuple(partner_ids)])
