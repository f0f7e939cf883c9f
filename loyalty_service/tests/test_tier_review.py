from datetime import date, timedelta
from random import Random
from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from odoo.tests import freeze_time, tagged, warmup
from odoo.tools import SQL

from .test_tiers import TiersCommon

STATE = ("tier_id", "tier_review_date", "tier_told_on", "qualifying_points")
CLIENTS = 40
ROUNDS = 80


@tagged("post_install", "-at_install")
class TestTierReview(TiersCommon):
    """The database passes over nobody whom the engine would change."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.env["res.partner"].create(
            [{"name": f"Client {place}", "is_company": True} for place in range(CLIENTS)]
        )
        cls.clients = cls.env["loyalty.service.client"]._ensure(partners, cls.env.company)
        cls.cards = cls.env["loyalty.card"]._ensure_service_cards(partners, cls.program)
        cls.Client = cls.env["loyalty.service.client"]

    def run_review(self):
        """Do what the scheduled action does, without its commits."""
        self.Client._find_due_tiers(self.env.company)
        self.Client.search([("tier_due", "=", True)])._review_tiers_due()

    # ------------------------------------------------------------------
    # Any history, any ladder, any state
    # ------------------------------------------------------------------

    def test_nobody_is_passed_over_whom_the_engine_would_change(self):
        passed_over = figures_only = 0
        for seed in range(ROUNDS):
            with self.cr.savepoint(flush=True) as savepoint:
                passed, figures = self._compare(Random(seed), f"seed {seed}")
                passed_over += passed
                figures_only += figures
                savepoint.rollback()
                self.env.invalidate_all()
        # A sieve that holds everybody back would pass this test.
        self.assertGreater(passed_over, CLIENTS * ROUNDS / 10)
        self.assertGreater(figures_only, CLIENTS * ROUNDS / 10)

    def _compare(self, random, label):
        today = self._random_day(random)
        with freeze_time(f"{today} 12:00:00"):
            basis = self._make_programme(
                random, by_year=random.random() < (0.4, 0.9)[today.month == 12]
            )
            getattr(self, f"_make_{basis}")(random, today)
            self.clients._update_tiers()
            self._make_decisions(random, today)
            self._make_states(random, today)
            self.env.flush_all()
            company = self.env.company
            with patch.object(type(self.clients), "_tell_review"):
                sifted = {found.client_id: found for found in self.clients._sift(company)}
                before = self._read_states()
                changes = len(self.clients.tier_change_ids)
                judged = self.Client.browse(i for i, found in sifted.items() if not found.stays)
                (self.clients - judged)._update_tiers(review=True)
                self.env.invalidate_all()
                self.assertEqual(len(self.clients.tier_change_ids), changes, label)
                after = self._read_states()
                for client in self.clients - judged:
                    expected = list(before[client])
                    if client.id in sifted:
                        expected[-1] = sifted[client.id].figure
                        self.assertNotEqual(expected[-1], before[client][-1])
                    self.assertEqual(after[client], expected, label)
                # What is left is found by the engine; a second review finds nothing more.
                judged._update_tiers(review=True)
                self.env.flush_all()
                given = self.clients.filtered(
                    lambda client: client.tier_override_ids.filtered(lambda o: o.state != "ended")
                )
                contested = self.clients.filtered("tier_contest_ids")
                left = self.Client.browse(found.client_id for found in self.clients._sift(company))
                self.assertFalse(left - given - contested, label)
        return len(self.clients) - len(sifted), len(sifted) - len(judged)

    def _random_day(self, random):
        # Around the end of a year, of a February and anywhere.
        return random.choice(
            [
                date(2026, 12, 1) + timedelta(days=random.randrange(35)),
                date(2028, 2, 27) + timedelta(days=random.randrange(5)),
                date(2026, 1, 1) + timedelta(days=random.randrange(365)),
            ]
        )

    def _read_states(self):
        self.env.flush_all()
        return {
            client: [
                client[name] or None if name != "qualifying_points" else client[name]
                for name in STATE
            ]
            for client in self.clients
        }

    def _make_programme(self, random, by_year):
        basis = random.choice(["points", "points", "points", "spend", "tenure"])
        self.program.write(
            {
                "tier_basis": basis,
                "tier_window": "calendar_year" if by_year else "rolling",
                "tier_grace_days": random.choice([0, 1, 30, 30, 60]),
            }
        )
        scale = 12 if basis == "tenure" else 500
        first = random.choice([0, 0, 0, scale / 10])
        windows = random.choice([[12] * 3, [random.choice([0, 3, 12, 24]) for _tier in range(3)]])
        for place, (tier, window) in enumerate(zip(self.tiers, windows, strict=True)):
            tier.write(
                {
                    "threshold": first + place * scale * random.choice([0.4, 0.5]),
                    "window_months": window,
                }
            )
        return basis

    def _amount(self, random):
        # On the threshold, a hair below it, and anything.
        return random.choice([100, 250, 249.99, round(random.uniform(-50, 400), 2)])

    def _day(self, random, today):
        # The days at the borders of windows are where it goes wrong.
        day = today - relativedelta(months=random.choice([0, 3, 12, 12, 24]))
        return random.choice(
            [
                day + timedelta(days=random.randrange(-2, 3)),
                today - timedelta(days=random.randrange(800)),
            ]
        )

    def _make_points(self, random, today):
        rows = [
            (client.card_id.id, self._amount(random), self._day(random, today))
            for client in self.clients
            for _move in range(random.randrange(4))
        ]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO loyalty_service_move (
                       id, lot_id, entry, kind, card_id, program_id, company_id, points,
                       qualifying_points, date, earned_date)
                SELECT number, number, number, 'adjust', card, %s, %s, 0, points, day, day
                  FROM (
                       SELECT nextval('loyalty_service_move_id_seq') AS number, row.*
                         FROM (VALUES %s) AS row (card, points, day)
                       ) fresh
                """,
                self.program.id,
                self.env.company.id,
                SQL(", ").join(SQL("(%s, %s::numeric, %s::date)", *row) for row in rows),
            )
        )

    def _make_spend(self, random, today):
        for client in self.clients:
            for _event in range(random.randrange(3)):
                day = min(self._day(random, today), today)
                self.record(
                    f"{day} 11:00:00",
                    code="invoice_paid_on_time",
                    partner=client.partner_id,
                    amount=abs(self._amount(random)),
                )

    def _make_tenure(self, random, today):
        agreements = self.env["loyalty.service.agreement"]
        for client in self.clients:
            if random.random() < 0.7:
                agreements += agreements.create(
                    {
                        "name": "Bookkeeping",
                        "partner_id": client.partner_id.id,
                        "date_start": min(self._day(random, today), today),
                    }
                )
        agreements.action_start()

    def _make_states(self, random, today):
        """Leave some as the engine left them, and disarrange the others in every way."""
        retired = self.top.copy({"active": False, "threshold": 1})
        grace = self.program.tier_grace_days
        for client in self.clients:
            disarranged = random.choice(["nothing", "figure", "all"])
            if disarranged != "nothing":
                client.qualifying_points = random.choice([0, 100, 250])
            if disarranged != "all":
                continue
            if random.random() < 0.4:
                client.tier_id = random.choice([*self.tiers, self.tiers.browse(), retired])
            if random.random() < 0.7:
                client.tier_review_date = random.choice(
                    [False, *(today + timedelta(days=days) for days in (-1, 0, 1, 2, 5, grace, 33))]
                )
            if random.random() < 0.7:
                client.tier_told_on = random.choice([False, today, today - timedelta(days=5)])

    def _make_decisions(self, random, today):
        for client in random.sample(list(self.clients), 8):
            start, end = sorted(today + timedelta(days=random.randrange(-20, 20)) for _d in "ab")
            override = self.Override.sudo().create(
                {
                    "client_id": client.id,
                    "tier_id": random.choice(list(self.tiers)).id,
                    "reason": "Chance",
                    "exact": random.random() < 0.5,
                    "date_from": max(start, today),
                    "date_to": max(end, today),
                }
            )
            self.env.flush_all()
            # As they are once some days have passed.
            self.env.cr.execute(
                SQL(
                    "UPDATE loyalty_service_tier_override SET date_from = %s, date_to = %s, "
                    "state = %s WHERE id = %s",
                    start,
                    end,
                    random.choice(["planned", "running", "ended"]),
                    override.id,
                )
            )
        for client in random.sample(list(self.clients), 4):
            self.Contest.create({"client_id": client.id, "text": "No", "from_tier_id": self.top.id})
        self.env.invalidate_all()

    # ------------------------------------------------------------------
    # The scheduled action
    # ------------------------------------------------------------------

    def test_only_those_who_change_are_judged(self):
        """Three of 40: one rises, one has lost its points, one has another figure."""
        rises, falls, counts = self.clients[:3]
        self.run_review()
        self.record(None, None, partner=falls.partner_id)
        self.record(None, partner=counts.partner_id)
        self.assertEqual(falls.tier_id, self.middle)
        with freeze_time(date.today() + relativedelta(months=12, days=1)):
            self.record(None, None, partner=rises.partner_id)
            rises.tier_id = self.start
            judged = []
            real = type(self.Client)._update_tiers

            def note(clients, review=False):
                judged.append(clients)
                return real(clients, review)

            with patch.object(type(self.Client), "_update_tiers", note):
                self.run_review()
            self.assertEqual(judged, [rises + falls])
            self.assertEqual(rises.tier_id, self.middle)
            self.assertTrue(falls.tier_told_on)
            self.assertEqual((counts.tier_id, counts.qualifying_points), (self.start, 0))
            self.assertFalse(self.Client.search([("tier_due", "=", True)]))
            self.assertFalse(self.env.company._loyalty_to_review())

    def test_a_company_without_clients_stops_nobody(self):
        """Money is added up by company; one that has no clients has none to add up."""
        self.env["res.company"].create({"name": "No Clients Yet"})
        self.program.tier_basis = "spend"
        for company in self.env["res.company"].search([]):
            self.Client._find_due_tiers(company)
            self.assertFalse(company._loyalty_to_review())

    def test_who_is_held_by_somebody_else_is_met_again(self):
        client = self.clients[0]
        client.tier_id = self.top
        real = type(self.Client).try_lock_for_update

        def without(clients, **options):
            return real(clients, **options) - client

        with patch.object(type(self.Client), "try_lock_for_update", without):
            self.Client._find_due_tiers(self.env.company)
        self.assertFalse(client.tier_due)
        self.assertTrue(self.env.company._loyalty_to_review())
        self.Client._find_due_tiers(self.env.company)
        self.assertTrue(client.tier_due)
        self.assertFalse(self.env.company._loyalty_to_review())

    @warmup
    def test_the_cost_is_flat(self):
        costs = []
        for number in (10, 40):
            clients = self.clients[:number]
            clients.qualifying_points = 7
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            clients._mark_due_tiers(self.env.company)
            self.env.flush_all()
            costs.append(self.cr.sql_log_count - before)
            self.assertEqual(set(clients.mapped("qualifying_points")), {0})
        self.assertLessEqual(costs[1], costs[0])
