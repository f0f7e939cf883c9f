from datetime import date, datetime, timedelta
from random import Random
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..models import simulation_progress
from ..models.loyalty_card import Source
from ..models.loyalty_card_ledger import Posting
from .common import PointsCommon

TODAY = date(2026, 6, 30)
FIRST = date(2025, 7, 1)
WATCHED = (
    "loyalty_service_move",
    "loyalty_card",
    "loyalty_service_client",
    "loyalty_service_event",
    "loyalty_service_tier",
    "loyalty_service_tier_change",
    "loyalty_service_earning_rule",
    "loyalty_program",
    "loyalty_history",
)


class SimulationCommon(PointsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clock = cls.startClassPatcher(freeze_time("2025-04-01 02:00:00"))
        cls.partners = cls.env["res.partner"].create(
            [{"name": name, "is_company": True} for name in ("Lantern", "Pagoda", "Silk")]
        )

    def simulate(self, **values):
        return self.env["loyalty.service.simulation"].create(
            {"name": "What if", "program_id": self.program.id, **values}
        )

    def copy_of(self, simulation, rule):
        return simulation.rule_ids.filtered(lambda copy: copy.rule_id == rule)

    def order(self, card, number=1):
        """Return the card as an order moves its points."""
        return card.with_context(loyalty_service_source=Source(f"sale.order,{number}", "S"))

    def given_by_order(self, card, number, points):
        """Have an order have given points, as it could before the programme had a ledger."""
        card._post(
            [
                Posting(
                    card.id,
                    lambda account: account.award(points * 100),
                    {"company_id": self.env.company.id, "origin": f"sale.order,{number}"},
                )
            ]
        )

    def at(self, day, hour=4):
        self.clock.move_to(datetime.combine(day, datetime.min.time()) + timedelta(hours=hour))

    def night(self):
        """What the scheduled actions do every night, for the clients of the test."""
        cards = self.env["loyalty.card"].search([("program_id", "=", self.program.id)])
        self.env["loyalty.card"]._expire(cards)
        clients = self.env["loyalty.service.client"].search(
            [("partner_id", "in", self.partners.ids)]
        )
        clients._update_tiers(review=True)


@tagged("post_install", "-at_install")
class TestSimulationReplay(SimulationCommon):
    """With unchanged rules the replay gives what the ledger gave."""

    def live(self, seed):
        """Fifteen months of life, night by night: events, undone ones, points spent."""
        random = Random(seed)
        self.middle.write({"threshold": 200, "window_months": 2})
        self.top.write({"threshold": 500, "window_months": 3})
        self.program.tier_grace_days = 10
        self.rule.write({"validity_months": 3, "use_tier_multiplier": True})
        self.add_rule(
            "training",
            points_fixed=7,
            points_per_unit=0.05,
            use_tier_multiplier=True,
            cap_points=120,
            cap_period="month",
            domain="[('amount', '>=', 100)]",
            validity_months=2,
        )
        self.add_rule("training", points_fixed=10, qualifies=False, cap_points=300)
        day, standing = date(2025, 4, 1), []
        while day <= TODAY:
            self.at(day, 2)
            self.night()
            self.at(day, 4)
            if random.random() < 0.35:
                code = random.choice(["referral_won", "training", "training"])
                standing.append(
                    self.record(
                        code=code,
                        partner=random.choice(self.partners),
                        amount=random.randrange(0, 3000),
                    )
                )
            self.at(day, 6)
            if standing and random.random() < 0.05:
                standing.pop(random.randrange(len(standing)))._reverse("Not so")
            self.at(day, 8)
            if random.random() < 0.05:
                card = self.card_of(random.choice(self.partners))
                if card and card.points > 40:
                    self.order(card).points -= 40
            day += timedelta(days=1)

    def test_replay_is_live(self):
        self.live(seed=7)
        simulation = self.simulate()
        simulation.action_run()
        self.assertEqual((simulation.date_from, simulation.date_to), (FIRST, TODAY))
        self.assertEqual(simulation.given_before, simulation.given_after)
        self.assertEqual(simulation.given_before, simulation.given_in_ledger)
        self.assertGreater(simulation.expired_before, 0)
        self.assertGreater(simulation.spent_before, 0)
        for partner in self.partners:
            result = simulation.client_ids.filtered(lambda r, p=partner: r.partner_id == p)
            client = self.client_of(partner)
            self.assertEqual(result.balance_before, client.points, partner.name)
            self.assertEqual(result.tier_before_id.tier_id, client.tier_id, partner.name)
        moves = self.env["loyalty.service.move"].search([("program_id", "=", self.program.id)])
        for month in simulation.month_ids:
            given = sum(
                move.points
                for move in moves
                if move.rule_id
                and move.kind in ("award", "reverse")
                and move.date.date().replace(day=1) == month.date
            )
            self.assertEqual(month.given_before, given, month.date)
            last = (month.date + timedelta(days=32)).replace(day=1)
            balance = sum(move.points for move in moves if move.date.date() < last)
            self.assertAlmostEqual(month.balance_before, balance, msg=month.date)
        changes = self.env["loyalty.service.tier.change"].search(
            [("partner_id", "in", self.partners.ids), ("reason", "!=", "entered")]
        )
        self.assertGreater(len(changes), 4, "tiers went up and down")

    def test_what_is_recorded_again(self):
        """500 at most a year, 0.1 per unit, 1.5 times in Middle, which 200 points lead to.

        10 August: 3,000.00 give 300, and Middle. 10 September: 1.00 is credited, 299 (299.9).
        1 October: taken off. 5 October: another one of 1,000.00 gives 150. 10 October: paid
        again, 300 as the first time. 500 - 450 = 50 are left of the limit for 1,000.00 more.
        """
        self.rule.active = False
        self.add_rule("training", points_per_unit=0.1, use_tier_multiplier=True, cap_points=500)
        lantern = self.partners[0]
        source, other = self.env["res.partner"].create([{"name": "One"}, {"name": "Two"}])

        def tell(day, record, amount=None):
            self.at(day)
            wanted = {record.id: ("training", {"partner": lantern, "amount": amount})}
            self.Event._sync_source(record, ["training"], wanted if amount else {})

        def told(points, tier):
            self.assertLedger(self.card_of(lantern), points)
            self.assertEqual(self.client_of(lantern).tier_id, tier)

        tell(date(2025, 8, 10), source, 3000)
        told(300, self.middle)
        tell(date(2025, 9, 10), source, 2999)
        told(299, self.middle)
        tell(date(2025, 10, 1), source)
        told(0, self.middle)
        tell(date(2025, 10, 5), other, 1000)
        told(150, self.middle)
        tell(date(2025, 10, 10), source, 3000)
        told(450, self.middle)
        third = self.env["res.partner"].create({"name": "Three"})
        tell(date(2025, 10, 20), third, 1000)
        told(500, self.top)
        self.at(date(2025, 10, 30))
        simulation = self.simulate()
        simulation.action_run()
        self.assertEqual(simulation.given_before, 500)
        self.assertEqual(simulation.given_in_ledger, 500)
        [result] = simulation.client_ids
        self.assertEqual(result.balance_before, 500)
        self.assertEqual(result.tier_before_id.tier_id, self.top)


@tagged("post_install", "-at_install")
class TestSimulation(SimulationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clock.move_to("2026-06-30 04:00:00")
        cls.lantern, cls.pagoda, cls.silk = cls.partners
        # Lantern 3 x 100 = 300 points in the period: Middle. Pagoda 100: Start. Silk none.
        cls.record("2025-08-01", "2025-09-01", "2026-03-01", partner=cls.lantern)
        cls.record("2026-05-01", partner=cls.pagoda)
        cls.record("2026-06-01", code="call", partner=cls.silk)

    def state(self):
        """Return every version of every row that a simulation must leave alone."""
        self.env.flush_all()
        return {
            table: self.env.execute_query(
                SQL("SELECT id, xmin::text, ctid::text FROM %s ORDER BY id", SQL.identifier(table))
            )
            for table in WATCHED
        }

    def test_before_and_after(self):
        """100 -> 150 each, at most 400 a year (2025: 300, 2026: 150 and 150). Given: 400 -> 600.
        A point is worth 1.00; validity 12 months: nothing of 2025-08 expires before August."""
        simulation = self.simulate()
        copy = self.copy_of(simulation, self.rule)
        copy.write({"points_fixed": 150, "cap_points": 400})
        simulation.action_run()
        self.assertEqual((simulation.given_before, simulation.given_after), (400, 600))
        self.assertEqual((simulation.cost_before, simulation.cost_after), (400, 600))
        self.assertEqual((simulation.liability_before, simulation.liability_after), (400, 600))
        self.assertEqual((copy.given_before, copy.given_after), (400, 600))
        self.assertEqual(simulation.given_text, "+50.0%")
        self.assertEqual(len(simulation.month_ids), 12)
        march = simulation.month_ids.filtered(lambda month: month.date == date(2026, 3, 1))
        self.assertEqual((march.given_before, march.given_after), (100, 150))
        self.assertEqual((march.balance_before, march.balance_after), (300, 450))
        lantern = simulation.client_ids.filtered(lambda one: one.partner_id == self.lantern)
        self.assertEqual((lantern.difference, lantern.direction), (150, "same"))
        self.assertEqual((simulation.winners, simulation.losers), (2, 0))
        self.assertEqual(
            simulation.chart["measures"][0]["after"], [0, 150, 150, *[0] * 5, 150, 0, 150, 0]
        )

    def test_tiers_and_losers(self):
        """Middle at 100 instead of 200: Pagoda goes up. 50 points instead of 100: all lose."""
        simulation = self.simulate()
        self.copy_of(simulation, self.rule).points_fixed = 60
        simulation.tier_ids.filtered(lambda tier: tier.tier_id == self.middle).threshold = 60
        simulation.action_run()
        self.assertEqual((simulation.winners, simulation.losers), (0, 2))
        self.assertEqual((simulation.raised, simulation.lowered), (1, 0))
        shifts = {
            (shift.tier_before_id.name, shift.tier_after_id.name): shift.clients
            for shift in simulation.shift_ids
        }
        self.assertEqual(shifts[("Start", "Middle")], 1)
        self.assertEqual(shifts[("Middle", "Middle")], 1)
        moved = simulation.shift_ids.filtered(lambda shift: shift.direction == "up")
        action = moved.action_view_clients()
        found = self.env["loyalty.service.simulation.client"].search(action["domain"])
        self.assertEqual(found.partner_id, self.pagoda)
        for name, partners in (
            ("winners", self.pagoda.browse()),
            ("losers", self.lantern + self.pagoda),
            ("raised", self.pagoda),
            ("lowered", self.pagoda.browse()),
            ("clients", self.lantern + self.pagoda),
        ):
            action = getattr(simulation, f"action_view_{name}")()
            found = self.env["loyalty.service.simulation.client"].search(action["domain"])
            self.assertEqual(found.partner_id, partners, name)

    def test_a_new_rule_a_filter_and_one_that_is_off(self):
        simulation = self.simulate()
        self.copy_of(simulation, self.rule).enabled = False
        simulation.rule_ids = [
            (0, 0, {"event_type_id": self.type_call.id, "points_fixed": 5}),
            (
                0,
                0,
                {
                    "event_type_id": self.rule.event_type_id.id,
                    "points_fixed": 7,
                    "domain": f"[('partner_id', '=', {self.pagoda.id})]",
                },
            ),
        ]
        simulation.action_run()
        self.assertEqual((simulation.given_before, simulation.given_after), (400, 12))
        self.assertEqual(simulation.rule_ids.mapped("change_text")[-2:], ["New", "New"])

    def test_expiry(self):
        """For 1 month instead of 12: by 30 June all but what was earned on... nothing is left."""
        simulation = self.simulate()
        self.copy_of(simulation, self.rule).validity_months = 1
        simulation.action_run()
        self.assertEqual((simulation.expired_before, simulation.expired_after), (0, 400))
        self.assertEqual((simulation.balance_before, simulation.balance_after), (400, 0))

    def test_spending_is_taken_as_it_was(self):
        self.order(self.card_of(self.lantern)).points -= 250
        simulation = self.simulate()
        self.copy_of(simulation, self.rule).points_fixed = 50
        simulation.action_run()
        self.assertEqual((simulation.spent_before, simulation.spent_after), (250, 150))
        self.assertEqual(simulation.short_after, 100)

    def test_spending_on_a_debt_limit(self):
        """300 - 500 + 200: the ledger ends at 0, and so does the replay."""
        self.program.service_debt_limit = 200
        gift = Source("loyalty.service.redemption,1", "Gift")
        self.card_of(self.lantern).with_context(loyalty_service_source=gift).points -= 500
        self.clock.move_to("2026-06-30 05:00:00")
        self.record("2026-06-30 05:00:00", "2026-06-30 05:00:00", partner=self.lantern)
        simulation = self.simulate()
        simulation.action_run()
        self.assertEqual(self.card_of(self.lantern).points, 0)
        result = simulation.client_ids.filtered(lambda one: one.partner_id == self.lantern)
        self.assertEqual((result.balance_before, result.short_after), (0, 0))
        self.assertEqual((simulation.spent_before, simulation.short_after), (500, 0))

    def test_points_of_an_order_and_by_hand(self):
        """300, 40 more by an order, 240 spent, 30 taken by hand: 70 are left."""
        card = self.card_of(self.lantern)
        self.given_by_order(card, 1, 40)
        self.order(card, 2).points -= 240
        card.points -= 30
        simulation = self.simulate()
        self.copy_of(simulation, self.rule).points_fixed = 0
        simulation.action_run()
        result = simulation.client_ids.filtered(lambda one: one.partner_id == self.lantern)
        self.assertEqual(result.balance_before, 70)
        self.assertEqual((simulation.spent_before, simulation.given_before), (240, 400))
        # Without the rule, of 240 wanted 40 are there, and nothing of the 30.
        self.assertEqual((simulation.spent_after, simulation.short_after), (40, 230))

    def test_a_cancelled_order_takes_back_more_than_there_is(self):
        """300, 40 more by an order, 340 spent. The order is cancelled: 40 are owed, in the ledger
        and in the replay, though clients of the programme may owe nothing."""
        card = self.card_of(self.lantern)
        self.given_by_order(card, 1, 40)
        self.order(card, 2).points -= 340
        cancelled = Source("sale.order,1", "S", may_owe=True)
        card.with_context(loyalty_service_source=cancelled).points -= 40
        self.assertLedger(card, -40)
        simulation = self.simulate()
        simulation.action_run()
        result = simulation.client_ids.filtered(lambda one: one.partner_id == self.lantern)
        self.assertEqual((result.balance_before, result.short_after), (-40, 0))
        self.assertEqual((simulation.spent_before, simulation.short_after), (340, 0))

    def test_a_point_is_worth_what_it_is_in_the_money_of_the_company(self):
        """A point takes 1 euro off an order, and a euro is worth 2 of the company's money."""
        euro = self.env.ref("base.EUR")
        company = self.env.company
        self.assertNotEqual(company.currency_id, euro)
        self.env["res.currency.rate"].create(
            [
                {
                    "currency_id": euro.id,
                    "name": "2020-01-01",
                    "rate": 0.5,
                    "company_id": company.id,
                },
                {
                    "currency_id": company.currency_id.id,
                    "name": "2020-01-01",
                    "rate": 1,
                    "company_id": company.id,
                },
            ]
        )
        self.program.currency_id = euro
        self.assertEqual(self.program.service_point_value, 1)
        simulation = self.simulate()
        self.assertEqual((simulation.point_value, simulation.currency_id), (2, company.currency_id))
        simulation.action_run()
        self.assertEqual((simulation.given_before, simulation.cost_before), (400, 800))
        simulation.point_value = 5
        simulation.action_reset()
        self.assertEqual(simulation.point_value, 2)
        self.assertEqual(Form(self.env[simulation._name]).point_value, 2)

    def test_the_first_day_of_a_rule(self):
        self.rule.date_from = "2026-04-01"
        simulation = self.simulate()
        simulation.action_run()
        self.assertEqual(simulation.given_before, 400, "as if always in force")
        simulation.whole_period = False
        simulation.action_run()
        self.assertEqual(simulation.given_before, 100)
        self.rule.date_to = "2026-12-31"
        simulation.whole_period = True
        simulation.action_run()
        self.assertEqual(simulation.given_before, 100, "a campaign has its days")

    def test_24_months(self):
        self.record("2024-08-01", partner=self.silk)
        simulation = self.simulate()
        simulation.action_run()
        self.assertEqual(simulation.given_before, 400)
        simulation.months = "24"
        simulation.action_run()
        self.assertEqual((simulation.given_before, len(simulation.month_ids)), (500, 24))

    def test_nothing_is_written(self):
        before = self.state()
        simulation = self.simulate()
        self.copy_of(simulation, self.rule).points_fixed = 999
        simulation.tier_ids.threshold = 1
        simulation.action_run()
        simulation.action_run()
        self.assertNotEqual(simulation.given_before, simulation.given_after)
        self.assertEqual(self.state(), before)

    # ------------------------------------------------------------------
    # Tiers that no rule changes
    # ------------------------------------------------------------------

    def test_tiers_by_money_paid(self):
        """200 paid: Middle, whatever the rules give. At 150 as changed, so is who paid 160."""
        self.program.tier_basis = "spend"
        for partner, amount in ((self.lantern, 200), (self.pagoda, 160), (self.silk, 100)):
            self.record("2026-02-01", code="invoice_paid_on_time", partner=partner, amount=amount)
        simulation = self.simulate()
        simulation.tier_ids.filtered(lambda tier: tier.tier_id == self.middle).threshold = 150
        simulation.action_run()
        ends = {
            result.partner_id: (result.tier_before_id.tier_id, result.tier_after_id.tier_id)
            for result in simulation.client_ids
        }
        self.assertEqual(ends[self.lantern], (self.middle, self.middle))
        self.assertEqual(ends[self.pagoda], (self.start, self.middle))
        self.assertEqual(simulation.raised, 1)

    def test_tiers_by_tenure(self):
        """Six months under agreement at the end of June: Middle from 6 instead of 200 months."""
        self.program.tier_basis = "tenure"
        self.env["loyalty.service.agreement"].create(
            {"partner_id": self.silk.id, "name": "Books", "date_start": "2026-01-01"}
        ).action_start()
        simulation = self.simulate()
        middle = simulation.tier_ids.filtered(lambda tier: tier.tier_id == self.middle)
        middle.threshold = 6
        simulation.action_run()
        self.assertEqual((middle.clients_before, middle.clients_after), (0, 1))
        middle.threshold = 7
        simulation.action_run()
        self.assertEqual(middle.clients_after, 0)

    def test_tiers_by_calendar_year(self):
        """300 in 2025 hold to the end of 2026: a simulation says so, too."""
        self.program.tier_window = "calendar_year"
        self.record("2025-08-02", partner=self.silk)
        self.record("2025-08-03", partner=self.silk)
        simulation = self.simulate()
        simulation.action_run()
        result = simulation.client_ids.filtered(lambda one: one.partner_id == self.silk)
        self.assertEqual(result.tier_before_id.tier_id, self.middle)

    def test_a_tier_that_was_given(self):
        client = self.client_of(self.pagoda)
        self.env["loyalty.service.tier.override"].create(
            {
                "client_id": client.id,
                "tier_id": self.top.id,
                "reason": "Long friendship",
                "date_from": TODAY,
                "date_to": "2026-12-31",
            }
        )
        self.were_made_on("2026-06-30 03:00:00")
        simulation = self.simulate()
        simulation.action_run()
        result = simulation.client_ids.filtered(lambda one: one.partner_id == self.pagoda)
        self.assertEqual(result.tier_after_id.tier_id, self.top)

    def were_made_on(self, moment):
        """Date the tiers that were given: the database has a clock of its own."""
        self.env.flush_all()
        self.env.cr.execute("UPDATE loyalty_service_tier_override SET create_date = %s", [moment])
        self.env.invalidate_all()

    def test_a_tier_that_was_given_in_the_course_of_the_day(self):
        """100 by the tier of the morning; given Top at noon, 200. Silk, given Top tomorrow: 100."""
        self.rule.use_tier_multiplier = True
        client = self.client_of(self.pagoda)
        self.record("2026-06-30 05:00:00", partner=self.pagoda)
        self.clock.move_to("2026-06-30 06:00:00")
        self.env["loyalty.service.tier.override"].create(
            [
                {
                    "client_id": client.id,
                    "tier_id": self.top.id,
                    "reason": "Long friendship",
                    "date_from": TODAY,
                    "date_to": "2026-12-31",
                },
                {
                    "client_id": self.client_of(self.silk).id,
                    "tier_id": self.top.id,
                    "reason": "Long friendship",
                    "date_from": "2026-07-01",
                    "date_to": "2026-12-31",
                },
            ]
        )
        self.were_made_on("2026-06-30 06:00:00")
        self.clock.move_to("2026-06-30 08:00:00")
        for partner in (self.pagoda, self.silk):
            self.record("2026-06-30 07:00:00", partner=partner)
        self.assertEqual(self.card_of(self.pagoda).points, 100 + 100 + 200)
        simulation = self.simulate()
        simulation.action_run()
        for partner, given in ((self.pagoda, 400), (self.silk, 100)):
            result = simulation.client_ids.filtered(lambda one, p=partner: one.partner_id == p)
            self.assertEqual((result.given_before, result.off_ledger), (given, 0))

    def test_it_says_why_the_replay_is_not_the_ledger(self):
        """A rule that gave 100 until today gives 150 from now on: 600 by 4 events, not 400."""
        self.rule.points_fixed = 150
        simulation = self.simulate()
        simulation.action_run()
        self.assertEqual((simulation.given_in_ledger, simulation.given_before), (400, 600))
        self.assertIn("comes to 600, a difference of +200", simulation.note)
        self.assertEqual(simulation.off_ledger, 2)
        action = simulation.action_view_off_ledger()
        clients = self.env["loyalty.service.simulation.client"].search(action["domain"])
        self.assertEqual(
            {client.partner_id: client.off_ledger for client in clients},
            {self.lantern: 150, self.pagoda: 50},
        )

    # ------------------------------------------------------------------
    # The form
    # ------------------------------------------------------------------

    def test_the_form_starts_from_the_rules_as_they_are(self):
        own = self.env["loyalty.program"]._get_service_program(self.env.company)
        form = Form(self.env["loyalty.service.simulation"])
        form.name = "By the form"
        simulation = form.save()
        self.assertEqual(simulation.program_id, own)
        self.assertEqual(simulation.rule_ids.rule_id, own.earning_rule_ids)
        self.assertEqual(simulation.tier_ids.tier_id, own.tier_ids)
        self.assertFalse(simulation.is_changed)
        self.assertFalse(any(simulation.rule_ids.mapped("change_text")))
        self.assertEqual(simulation.point_value, own.service_point_value)
        with Form(simulation) as form, form.rule_ids.edit(0) as line:
            line.points_fixed += 5
        self.assertTrue(simulation.is_changed)
        simulation.action_reset()
        self.assertFalse(simulation.is_changed)
        self.assertEqual(simulation.rule_ids.rule_id, own.earning_rule_ids)

    def test_it_says_when_it_must_run_again(self):
        simulation = self.simulate()
        self.assertFalse(simulation.is_stale)
        simulation.action_run()
        self.assertFalse(simulation.is_stale)
        self.copy_of(simulation, self.rule).points_fixed = 7
        self.assertTrue(simulation.is_stale)
        simulation.action_run()
        self.assertFalse(simulation.is_stale)

    def test_settings_of_the_programme_make_it_run_again(self):
        """As a change of the rules in force does: neither side is what it says any more."""
        simulation = self.simulate()
        self.copy_of(simulation, self.rule).points_fixed = 7
        for name, value in (
            ("tier_grace_days", 7),
            ("service_debt_limit", 50),
            ("tier_window", "calendar_year"),
            ("tier_basis", "spend"),
        ):
            with self.subTest(name=name):
                simulation.action_run()
                self.assertFalse(simulation.is_stale)
                self.program[name] = value
                self.assertTrue(simulation.is_stale)
                with self.assertRaisesRegex(UserError, "settings in force have changed"):
                    simulation.action_apply()
        self.program.tier_congratulate = False
        simulation.action_run()
        self.program.tier_congratulate = True
        self.assertFalse(simulation.is_stale, "what changes no figure is none of them")

    def test_what_is_in_force_is_switched_off_and_not_left_out(self):
        simulation = self.simulate()
        with self.assertRaisesRegex(UserError, "Switch it off"):
            simulation.rule_ids[0].unlink()
        with self.assertRaisesRegex(UserError, "Switch it off"):
            simulation.tier_ids[0].unlink()
        simulation.rule_ids = [(0, 0, {"event_type_id": self.type_call.id})]
        simulation.rule_ids[-1].unlink()
        simulation.unlink()

    def test_a_good_score_is_not_paid_for_here_either(self):
        kind = self.env["loyalty.service.event.type"].create(
            {"name": "Score", "code": "test_score", "kind": "survey", "signal": "nps"}
        )
        simulation = self.simulate()
        with self.assertRaisesRegex(ValidationError, "pay for what was answered"):
            simulation.rule_ids = [
                (0, 0, {"event_type_id": kind.id, "domain": "[('value', '>', 8)]"})
            ]

    # ------------------------------------------------------------------
    # Taking over
    # ------------------------------------------------------------------

    def test_take_over(self):
        simulation = self.simulate().with_user(self.user_manager)
        with self.assertRaisesRegex(UserError, "Nothing is changed"):
            simulation.action_apply()
        copy = self.copy_of(simulation, self.rule)
        copy.write({"points_fixed": 150, "cap_points": 500})
        simulation.tier_ids.filtered(lambda tier: tier.tier_id == self.top).threshold = 700
        simulation.rule_ids = [
            (0, 0, {"name": "Calls", "event_type_id": self.type_call.id, "points_fixed": 5})
        ]
        with self.assertRaisesRegex(UserError, "Run the simulation first"):
            simulation.action_apply()
        simulation.action_run()
        balance = self.card_of(self.lantern).points
        simulation.action_apply()
        self.assertEqual((self.rule.points_fixed, self.rule.cap_points), (150, 500))
        self.assertEqual(self.rule.cap_period, "year")
        self.assertEqual((self.top.threshold, self.middle.threshold), (700, 200))
        calls = self.program.earning_rule_ids - self.rule
        self.assertEqual((calls.name, calls.points_fixed, calls.date_from), ("Calls", 5, TODAY))
        self.assertEqual(simulation.applied_by_id, self.user_manager)
        self.assertFalse(simulation.is_changed)
        self.assertEqual(self.card_of(self.lantern).points, balance)

    def test_take_over_leaves_alone_what_others_changed(self):
        """A colleague sets 30 points more per unit meanwhile, which nobody touched here."""
        simulation = self.simulate()
        copy = self.copy_of(simulation, self.rule)
        copy.points_fixed = 150
        simulation.action_run()
        self.assertFalse(simulation.is_stale)
        self.rule.write({"points_per_unit": 0.2, "name": "Renamed"})
        self.middle.multiplier = 3
        self.assertTrue(simulation.is_stale)
        self.assertEqual(copy.change_text, "Points per Event: 100 → 150")
        with self.assertRaisesRegex(UserError, "have changed since"):
            simulation.action_apply()
        simulation.action_run()
        self.assertEqual(copy.points_per_unit, 0.2)
        simulation.action_apply()
        self.assertEqual((self.rule.points_fixed, self.rule.points_per_unit), (150, 0.2))
        self.assertEqual((self.rule.name, self.middle.multiplier), ("Renamed", 3))
        self.assertFalse(simulation.is_stale)
        self.assertFalse(simulation.is_changed)

    def test_what_both_changed_is_shown_and_taken_over(self):
        simulation = self.simulate()
        copy = self.copy_of(simulation, self.rule)
        copy.points_fixed = 150
        self.rule.points_fixed = 120
        simulation.action_run()
        self.assertEqual(copy.change_text, "Points per Event: 120 → 150")
        simulation.action_apply()
        self.assertEqual(self.rule.points_fixed, 150)

    def test_rules_and_tiers_that_were_added_meanwhile(self):
        simulation = self.simulate()
        self.copy_of(simulation, self.rule).points_fixed = 150
        simulation.action_run()
        rule = self.add_rule("call", points_fixed=5)
        self.assertTrue(simulation.is_stale)
        with self.assertRaisesRegex(UserError, "have changed since"):
            simulation.action_apply()
        simulation.action_run()
        self.assertIn(rule, simulation.rule_ids.rule_id)
        self.assertEqual((simulation.given_before, simulation.given_after), (405, 605))
        tier = self.top.copy({"threshold": 900, "active": True})
        self.assertTrue(simulation.is_stale)
        simulation.action_run()
        self.assertIn(tier, simulation.tier_ids.tier_id)
        simulation.action_apply()
        self.assertEqual((self.rule.points_fixed, rule.points_fixed), (150, 5))

    def take_over_thresholds(self, **thresholds):
        simulation = self.simulate()
        for copy in simulation.tier_ids:
            copy.threshold = thresholds.get(copy.name, copy.threshold)
        simulation.action_run()
        simulation.action_apply()
        self.env.flush_all()
        self.env.invalidate_all()
        return self.tiers.mapped("threshold")

    def test_take_over_thresholds_that_follow_upon_one_another(self):
        self.assertEqual(self.take_over_thresholds(Middle=500, Top=800), [0, 500, 800])
        self.assertEqual(self.take_over_thresholds(Middle=200, Top=500), [0, 200, 500])

    def test_take_over_thresholds_that_change_places(self):
        self.assertEqual(self.take_over_thresholds(Middle=500, Top=200), [0, 500, 200])
        self.assertEqual(self.take_over_thresholds(Start=500, Middle=200, Top=0), [500, 200, 0])

    def test_take_over_a_threshold_twice(self):
        with (
            self.assertRaises(UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            self.take_over_thresholds(Middle=500)

    def test_take_over_switches_off(self):
        simulation = self.simulate()
        self.copy_of(simulation, self.rule).enabled = False
        simulation.action_run()
        simulation.action_apply()
        self.assertFalse(self.rule.active)

    def test_only_managers(self):
        simulation = self.simulate()
        seller = new_test_user(self.env, "seller_simulates", groups="sales_team.group_sale_manager")
        for user in (self.user_loyalty, seller):
            theirs = simulation.with_user(user)
            for action in ("run", "apply", "reset"):
                with self.assertRaises(AccessError):
                    getattr(theirs, f"action_{action}")()
            with self.assertRaises(AccessError):
                theirs.read(["name"])
        simulation.with_user(self.user_manager).action_run()
        self.assertEqual(simulation.given_before, 400)

    def test_a_shared_programme_has_figures_for_each_firm(self):
        """The sister gave Lantern 4 x 100 on the day before the period, good until 29 June, and
        100 within it. Lantern spent 50 there on their last day, of the lots that expire first:
        hers. The other 350 expired, 100 are left; ours are what they are without her.

        For the tier all count, as in life: 400 and 100 of hers and ours make it Top in August 2025;
        the 400 leave the window on 30 June 2026, and the days of grace begin."""
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        sister.partner_id.tz = "UTC"
        self.record(*["2025-06-30"] * 4, company_id=sister.id, partner=self.lantern)
        self.record("2026-02-01", company_id=sister.id, partner=self.lantern)
        self.clock.move_to("2026-06-29 04:00:00")
        self.order(self.card_of(self.lantern).with_company(sister)).points -= 50
        self.clock.move_to("2026-06-30 04:00:00")
        mine, theirs = self.simulate(), self.simulate(company_id=sister.id)
        mine.with_context(allowed_company_ids=self.env.company.ids).action_run()
        theirs.with_context(allowed_company_ids=sister.ids).action_run()
        for simulation, given, spent, left in ((mine, 400, 0, 400), (theirs, 100, 50, 100)):
            self.assertEqual((simulation.given_in_ledger, simulation.given_before), (given, given))
            self.assertEqual(simulation.spent_before, spent)
            self.assertEqual(simulation.liability_before, left)
        for simulation in (mine, theirs):
            top = simulation.tier_ids.filtered(lambda copy: copy.tier_id == self.top)
            self.assertEqual(top.clients_before, 1)
            self.assertIn("Other firms share the programme", simulation.note)
        self.assertEqual(mine.firms, self.env.company.name)
        everybody = self.env.company + sister
        mine.with_context(allowed_company_ids=everybody.ids).action_run()
        others = self.env["res.company"].search([]) - everybody
        self.assertEqual(bool(mine.firms), bool(others), "it names them unless they are all")

    def test_points_of_a_firm_that_is_not_chosen_count_for_tiers_as_in_life(self):
        """100 here and 4 x 100 by the sister within the period: Top in life and in the replay,
        and down to Middle with 200 when she takes three of them back."""
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        sister.partner_id.tz = "UTC"
        hers = self.record(*["2026-06-02"] * 4, company_id=sister.id, partner=self.pagoda)
        simulation = self.simulate()
        mine = simulation.with_context(allowed_company_ids=self.env.company.ids)
        mine.action_run()
        result = simulation.client_ids.filtered(lambda one: one.partner_id == self.pagoda)
        self.assertEqual(self.client_of(self.pagoda).tier_id, self.top)
        self.assertEqual((result.tier_before_id.tier_id, result.given_before), (self.top, 100))
        hers[:3]._reverse("A mistake")
        self.program.tier_grace_days = 0
        self.clock.move_to("2026-07-01 04:00:00")
        self.night()
        mine.action_run()
        result = simulation.client_ids.filtered(lambda one: one.partner_id == self.pagoda)
        self.assertEqual(result.tier_before_id.tier_id, self.client_of(self.pagoda).tier_id)
        self.assertEqual(result.tier_before_id.tier_id, self.middle)

    def test_of_another_firm(self):
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        self.record(company_id=sister.id, partner=self.silk)
        theirs = self.simulate(company_id=sister.id)
        theirs.with_context(allowed_company_ids=sister.ids).action_run()
        mine = self.env["loyalty.service.simulation"].with_user(self.user_manager)
        self.assertFalse(mine.search([("id", "=", theirs.id)]))
        for name in ("rule_ids", "tier_ids", "month_ids", "shift_ids", "client_ids"):
            records = theirs[name]
            self.assertTrue(records, name)
            self.assertFalse(
                records.with_user(self.user_manager).search([("id", "in", records.ids)]), name
            )

    def test_the_number_of_queries_does_not_depend_on_the_history(self):
        def cost():
            simulation = self.simulate()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            simulation.action_run()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        cost()
        few = cost()
        partners = self.env["res.partner"].create([{"name": f"Client {n}"} for n in range(30)])
        for partner in partners:
            self.record("2025-11-01", "2025-12-01", partner=partner)
        self.assertLessEqual(cost(), few + 5)


@tagged("post_install", "-at_install")
class TestSimulationNames(SimulationCommon):
    """Copies of rules and tiers say in each language what the real ones say."""

    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang("zh_CN")
        self.rule.name = "Referral won"
        self.rule.with_context(lang="zh_CN").name = "转介绍成功"
        self.top.with_context(lang="zh_CN").name = "最高"

    def in_chinese(self, record):
        return record.with_context(lang="zh_CN").name

    def test_whoever_makes_it(self):
        for lang in ("zh_CN", "en_US", False):
            form = Form(
                self.env["loyalty.service.simulation"].with_context(
                    lang=lang, default_program_id=self.program.id
                )
            )
            form.name = "What if"
            simulation = form.save().with_context(lang="en_US")
            with self.subTest(lang=lang):
                copy = self.copy_of(simulation, self.rule)
                self.assertEqual((copy.name, self.in_chinese(copy)), ("Referral won", "转介绍成功"))
                tier = simulation.tier_ids.filtered(lambda one: one.tier_id == self.top)
                self.assertEqual((tier.name, self.in_chinese(tier)), ("Top", "最高"))
                # Nobody has changed anything, in whatever language it is looked at.
                for reader in ("en_US", "zh_CN"):
                    self.env.invalidate_all()
                    self.assertFalse(simulation.with_context(lang=reader).is_changed)

    def test_a_new_name_is_taken_over_in_its_language(self):
        simulation = self.simulate()
        copy = self.copy_of(simulation, self.rule)
        copy.with_context(lang="zh_CN").name = "推荐成功"
        self.assertEqual(copy.change_text, "Name")
        simulation.action_run()
        simulation.action_apply()
        self.assertEqual((self.rule.name, self.in_chinese(self.rule)), ("Referral won", "推荐成功"))

    def test_what_is_renamed_meanwhile_is_followed_in_each_language(self):
        simulation = self.simulate()
        copy = self.copy_of(simulation, self.rule)
        copy.points_fixed = 7
        self.rule.with_context(lang="zh_CN").name = "介绍成功"
        simulation.action_run()
        self.assertEqual((copy.name, self.in_chinese(copy)), ("Referral won", "介绍成功"))

    def test_a_new_rule_keeps_its_languages(self):
        simulation = self.simulate()
        new = self.env["loyalty.service.simulation.rule"].create(
            {
                "simulation_id": simulation.id,
                "name": "Training",
                "event_type_id": self.rule.event_type_id.id,
                "points_fixed": 5,
            }
        )
        new.with_context(lang="zh_CN").name = "培训"
        simulation.action_run()
        simulation.action_apply()
        self.assertEqual((new.rule_id.name, self.in_chinese(new.rule_id)), ("Training", "培训"))


@tagged("post_install", "-at_install")
class TestSimulationProgress(SimulationCommon):
    """A long history is replayed by itself, with the rights of who asked for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "simulating_manager", groups="loyalty_service.group_loyalty_manager"
        )
        cls.record(None, code="referral_won", partner=cls.partners[0])

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(simulation_progress, "EVENTS_AT_ONCE", 0))
        self.startPatcher(patch.object(simulation_progress, "TOLD_EVERY", 0.0))
        self.startPatcher(patch.object(simulation_progress, "SILENT", timedelta(minutes=15)))
        self.simulation = self.simulate().with_user(self.manager)
        self.copy_of(self.simulation, self.rule).points_fixed = 150

    def run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("loyalty_service.ir_cron_simulation").method_direct_trigger()
        self.simulation.invalidate_recordset()

    def test_it_comes_to_the_same(self):
        told = []
        note = type(self.simulation)._note_share

        def listen(simulation, share):
            told.append((simulation.env.uid, share))
            return note(simulation, share)

        self.simulation.action_run()
        self.assertEqual(self.simulation.run_state, "queued")
        self.assertFalse(self.simulation.ran_on)
        with patch.object(type(self.simulation), "_note_share", listen):
            self.run_cron()
        self.assertEqual((self.simulation.run_state, self.simulation.run_share), ("idle", 0))
        self.assertEqual((self.simulation.given_before, self.simulation.given_after), (100, 150))
        self.assertFalse(self.simulation.is_stale)
        self.assertEqual({user for user, _share in told}, {self.manager.id})
        shares = [share for _user, share in told]
        self.assertEqual(shares, sorted(shares))
        self.assertTrue(shares[0] > 0 and shares[-1] < 100)

    def test_a_second_click_changes_nothing(self):
        self.simulation.action_run()
        first = self.simulation.run_beat
        self.simulation.action_run()
        self.assertEqual((self.simulation.run_state, self.simulation.run_beat), ("queued", first))

    def test_who_stops_it_keeps_what_there_was(self):
        self.simulation.action_run()
        self.simulation.action_stop()
        self.run_cron()
        self.assertEqual(self.simulation.run_state, "idle")
        self.assertFalse(self.simulation.ran_on)
        # While it runs: the next note of how far it is finds that nobody wants it any more.
        self.simulation.sudo().run_state = "idle"
        with self.assertRaises(simulation_progress.Stopped):
            self.simulation._note_share(50)

    def test_what_goes_wrong_is_told(self):
        self.simulation.action_run()
        self.manager.group_ids -= self.env.ref("loyalty_service.group_loyalty_manager")
        with mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model"):
            self.run_cron()
        simulation = self.simulation.sudo()
        self.assertEqual(simulation.run_state, "failed")
        self.assertTrue(simulation.run_error)

    @mute_logger("odoo.addons.loyalty_service.models.simulation_progress")
    def test_a_bug_is_told_as_well(self):
        self.simulation.action_run()
        with patch.object(type(self.simulation), "_read_history", side_effect=KeyError("boom")):
            self.run_cron()
        self.assertEqual(self.simulation.run_state, "failed")
        self.assertIn("log", self.simulation.run_error)

    def test_a_run_that_fell_silent_begins_anew(self):
        self.simulation.action_run()
        simulation = self.simulation.sudo()
        simulation.write({"run_state": "running", "run_beat": datetime.now()})
        self.assertNotIn(simulation, simulation.search(simulation._waiting_domain()))
        self.run_cron()
        self.assertFalse(self.simulation.ran_on, "another worker has it")
        simulation.run_beat = datetime.now() - timedelta(minutes=16)
        self.assertIn(simulation, simulation.search(simulation._waiting_domain()))
        self.run_cron()
        self.assertEqual(self.simulation.given_after, 150)

    def test_nobody_has_it_run_as_somebody_else(self):
        for values in ({"run_by_id": self.env.uid}, {"run_state": "queued"}):
            with self.subTest(values), self.assertRaises(AccessError):
                self.simulation.write(values)
            with self.subTest(values), self.assertRaises(AccessError):
                self.simulation.create({"name": "Mine", "program_id": self.program.id, **values})

    def test_it_is_not_reset_while_it_runs(self):
        self.simulation.action_run()
        with self.assertRaisesRegex(UserError, "running"):
            self.simulation.action_reset()
