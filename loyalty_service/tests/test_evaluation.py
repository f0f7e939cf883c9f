from datetime import date, datetime, timedelta
from io import BytesIO

from dateutil.relativedelta import relativedelta
from openpyxl import load_workbook

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged

from ..engine import evaluation, sheet
from ..models.loyalty_card import Source
from .common import PointsCommon

NOW = "2026-04-20 08:00:00"


class EvaluationCommon(PointsCommon):
    """A firm with three clients, on 20 April 2026.

    - Lantern: a client since 2024, earned 100 on 10 January 2025 (expired on 10 January 2026,
      when 40 were left), 100 on 5 May 2025 and 100 on 1 March 2026; used 60 on 1 April 2025 and
      150 on 15 March 2026. Holds 100 - 150 of 200, which is 50.
    - Bridge: a client since June 2025, earned 100 on 1 March 2026, taken back on 2 April 2026.
    - Tower: a client until December 2025, never earned a thing.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bridge, cls.tower = cls.env["res.partner"].create(
            [{"name": name, "is_company": True} for name in ("Bridge", "Tower")]
        )
        cls.agree(cls.client_partner, date(2024, 1, 1), 300)
        cls.agree(cls.bridge, date(2025, 6, 1), 100)
        cls.agree(cls.tower, date(2024, 6, 1), 100, date(2025, 12, 31))
        lantern = cls.client_partner
        with freeze_time("2025-04-01 08:00:00"):
            cls.record(datetime(2025, 1, 10))
            cls.card(lantern).points -= 60
        with freeze_time("2026-01-10 08:00:00"):
            cls.env["loyalty.card"]._expire(cls.card(lantern))
        cls.record(datetime(2025, 5, 5), datetime(2026, 3, 1))
        with freeze_time("2026-03-15 08:00:00"):
            cls.card(lantern).with_context(
                loyalty_service_source=cls.order_source("sale.order,1")
            ).points -= 150
        taken = cls.record(datetime(2026, 3, 1), partner=cls.bridge)
        with freeze_time("2026-04-02 08:00:00"):
            taken._reverse("A mistake")
        cls.env.flush_all()

    @classmethod
    def order_source(cls, origin):
        return Source(origin, "An order")

    @classmethod
    def agree(cls, partner, start, amount, end=None):
        agreement = cls.env["loyalty.service.agreement"].create(
            {"partner_id": partner.id, "date_start": start, "monthly_amount": amount}
        )
        agreement.action_start()
        if end:
            agreement._end(cls.env.ref("loyalty_service.end_reason_price"), end)
        return agreement

    @classmethod
    def card(cls, partner):
        return cls.env["loyalty.card"]._ensure_service_cards(partner, cls.program)[partner]

    def asked(self, user=None, **options):
        Evaluation = self.env["loyalty.service.evaluation"].with_user(user or self.user_manager)
        return Evaluation._asked({"program_id": self.program.id, **options})


@tagged("post_install", "-at_install")
class TestEvaluation(EvaluationCommon):
    def setUp(self):
        super().setUp()
        frozen = freeze_time(NOW)
        frozen.start()
        self.addCleanup(frozen.stop)

    def test_points_earned_and_used(self):
        """May 2025 to April 2026: 40 held at first, 300 earned, 100 taken back, and so on."""
        account = self.asked()._figures().account
        self.assertEqual(account.opening, 40)
        self.assertEqual(account.awarded, 300)
        self.assertEqual(account.taken_back, -100)
        self.assertEqual(account.expired, -40)
        # 60 were taken by hand: an adjustment before the period; the order is the one spend.
        self.assertEqual(account.spent, -150)
        self.assertEqual(account.closing, 50)
        cards = self.env["loyalty.card"].search([("program_id", "=", self.program.id)])
        self.assertEqual(account.closing, sum(cards.mapped("points")))

    def tiles(self, section="points", **options):
        [told] = [
            one
            for one in self.asked(**options)._prepare_screen()["sections"]
            if one["id"] == section
        ]
        return told

    def test_the_tiles_add_up(self):
        """40 + 300 - 100 - 150 - 40 + 25.50 = 75.50, on the screen, in the table and the sheet."""
        with freeze_time("2026-03-20 08:00:00"):
            self.client_of()._adjust_points(25.5, "Goodwill")
        self.env.flush_all()
        section = self.tiles()
        expected = {
            "Held at the beginning": 40,
            "Earned": 300,
            "Taken back": -100,
            "Used": -150,
            "Expired": -40,
            "Adjusted": 25.5,
            "Held at the end": 75.5,
        }
        tiles = {tile["label"]: tile["number"] for tile in section["tiles"]}
        self.assertEqual(tiles, expected)
        *parts, closing = tiles.values()
        self.assertEqual(sum(parts), closing)
        self.assertEqual(
            [tile["value"] for tile in section["tiles"]],
            ["40", "+300", "-100", "-150", "-40", "+25.50", "75.50"],
        )
        table = section["tables"][0]
        self.assertEqual([cell[1] for cell in table["total"]["cells"]], list(expected.values()))
        self.assertEqual(len(table["columns"]), len(expected))
        page = load_workbook(BytesIO(self.asked()._spreadsheet()))["Points Earned and Used"]
        rows = list(page.iter_rows(values_only=True))
        self.assertEqual({row[0]: row[1] for row in rows[3:10]}, expected)

    def test_the_tiles_of_one_company_add_up(self):
        """What was earned here paid 30 that were owed for a lot of another firm."""
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        self.program.service_debt_limit = 100
        card = self.card(self.tower)
        with freeze_time("2026-02-01 08:00:00"):
            card.with_company(sister).points -= 30
        self.record(datetime(2026, 2, 3), partner=self.tower)
        self.env.flush_all()
        tiles = self.tiles()["tiles"]
        *parts, closing = [tile["number"] for tile in tiles if tile["number"] is not None]
        self.assertEqual(sum(parts), closing)
        set_off = {tile["label"]: tile["number"] for tile in tiles}.get("Set off", 0)
        moves = self.env["loyalty.service.move"].search(
            [("kind", "=", "settle"), ("lot_id.company_id", "=", self.env.company.id)]
        )
        self.assertEqual(set_off, sum(moves.mapped("points")))

    def test_months_follow_each_other(self):
        figures = self.asked()._figures()
        self.assertEqual(len(figures.accounts), 12)
        march = figures.accounts[10]
        self.assertEqual(
            (march.opening, march.awarded, march.spent, march.closing), (100, 200, -150, 150)
        )
        for earlier, later in zip(figures.accounts, figures.accounts[1:], strict=False):
            self.assertEqual(earlier.closing, later.opening)

    def test_cohorts(self):
        """Of the 100 of May 2025 all are used; of the 200 of March 2026 half was taken back."""
        cohorts = {cohort.month: cohort for cohort in self.asked()._figures().cohorts}
        may = cohorts[evaluation.month_number(date(2025, 5, 1))]
        self.assertEqual((may.given, may.used, may.expired, may.left), (100, 100, 0, 0))
        march = cohorts[evaluation.month_number(date(2026, 3, 1))]
        self.assertEqual(
            (march.given, march.used, march.left, march.redemption), (100, 50, 50, 0.5)
        )

    def test_who_takes_part(self):
        """All three were clients in the period; two earned, one used points, two hold a card."""
        found = self.asked()._figures().participation
        self.assertEqual(found[None], (3, 2, 2, 1))
        january = evaluation.month_number(date(2026, 1, 1))
        self.assertEqual(found[january], (2, 2, 0, 0))
        self.assertEqual(found[january + 2], (2, 2, 2, 1))

    def test_a_client_without_an_agreement_counts_by_what_happens(self):
        stranger = self.env["res.partner"].create({"name": "Stranger", "is_company": True})
        self.record(datetime(2026, 4, 1), code="call", partner=stranger)
        found = self.asked()._figures().participation
        self.assertEqual(found[None].active, 4)
        self.assertEqual(found[evaluation.month_number(date(2026, 3, 1))].active, 2)

    def test_what_is_held(self):
        held = self.asked()._figures().held
        self.assertEqual([(row.expiry, row.points) for row in held.rows], [(date(2027, 2, 28), 50)])
        self.assertEqual((held.points, held.owed), (50, 0))
        self.assertIsNone(held.breaking)

    def test_what_breakage_is_measured_on(self):
        """Up to March: of Lantern's first lot 60 adjusted away and 40 expired; 100 and 50 used."""
        cells = self.asked()._read_cells()
        sums = {}
        for cell in cells:
            key = (cell.what, cell.months, cell.over)
            sums[key] = sums.get(key, 0) + cell.points
        self.assertEqual(
            {key: points for key, points in sums.items() if points},
            {
                # January 2025 to January 2026.
                ("entered", 12, True): 100,
                ("removed", 9, True): 60,
                ("expired", 0, True): 40,
                # May 2025 to May 2026: used in March with 2 months to go.
                ("entered", 12, False): 100,
                ("used", 2, False): 100,
                # March 2026 to February 2027, of both clients.
                ("entered", 11, False): 200,
                ("used", 11, False): 50,
                ("open", 11, False): 150,
            },
        )

    def test_costs(self):
        """150 points in an order at 1 each; invoices of 5,000 to a holder of a card."""
        self.record(datetime(2026, 2, 1), code="invoice_posted", amount=5000)
        self.record(datetime(2026, 2, 1), code="invoice_posted", amount=700, partner=self.tower)
        costs = self.asked()._figures().costs
        self.assertEqual((costs.discounts, costs.rewards, costs.revenue), (150, 0, 5000))
        self.assertEqual(costs.referrals, 200)

    def test_members_by_what_came_before(self):
        """On 20 October 2025 Lantern had used no points in an order; on 20 April it had."""
        asked = self.asked(horizon="6", membership="redeemed")
        self.assertEqual(asked._landmark(), (date(2025, 10, 20), date(2026, 4, 20)))
        subjects = asked._figures().subjects
        self.assertEqual(
            {partner: (s.is_member, s.stayed) for partner, s in subjects.items()},
            {
                self.client_partner.id: (False, True),
                self.bridge.id: (False, True),
                self.tower.id: (False, False),
            },
        )
        earned = self.asked(horizon="6", membership="earned")._figures().subjects
        self.assertEqual([p for p, s in earned.items() if s.is_member], [self.client_partner.id])
        self.record(datetime(2025, 10, 19), code="training", partner=self.tower)
        self.record(datetime(2025, 10, 21), code="training", partner=self.bridge)
        engaged = self.asked(horizon="6", membership="engaged")._figures().subjects
        # Lantern brought somebody in May; Bridge took part after the landmark only.
        self.assertEqual(
            {p for p, s in engaged.items() if s.is_member}, {self.client_partner.id, self.tower.id}
        )

    def test_costs_of_rewards(self):
        """Lantern holds 50: one reward of 30 points is handed out, one of 20 is called off."""
        client = self.client_of()
        handed, called_off = (
            self.env["loyalty.reward"].create(
                {
                    "description": "Gift box",
                    "program_id": self.program.id,
                    "service_kind": "gift",
                    "required_points": points,
                    "service_cost": cost,
                }
            )
            for points, cost in ((30, 88), (20, 55))
        )
        Redemption = self.env["loyalty.service.redemption"].with_user(self.user_loyalty)
        handed, called_off = (Redemption._redeem(client, reward) for reward in (handed, called_off))
        self.env.flush_all()
        figures = self.asked()._figures()
        self.assertEqual((figures.account.spent, figures.account.rewards), (-200, -50))
        self.assertEqual((figures.costs.discounts, figures.costs.rewards), (150, 0))
        handed.action_deliver()
        called_off.action_cancel()
        self.env.flush_all()
        figures = self.asked()._figures()
        self.assertEqual((figures.account.spent, figures.account.rewards), (-180, -30))
        costs = figures.costs
        self.assertEqual((costs.discounts, costs.rewards, costs.total), (150, 88, 238))
        action = self.asked().get_records({"program_id": self.program.id}, "rewards")
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), handed)
        handed.action_undo_delivery()
        self.env.flush_all()
        self.assertEqual(self.asked()._figures().costs.rewards, 0)

    def use_and_give_back(self, partner, *days):
        """Have an order spend 60 points, and be cancelled."""
        for day, change in zip(days, (-60, 60), strict=True):
            with freeze_time(day):
                self.card(partner).with_context(
                    loyalty_service_source=self.order_source("sale.order,7")
                ).points += change
        self.env.flush_all()

    def test_what_was_cancelled_is_no_use(self):
        self.record(datetime(2025, 7, 1), partner=self.bridge)
        self.use_and_give_back(self.bridge, "2025-08-01 08:00:00", "2025-09-03 08:00:00")
        found = self.asked()._figures().participation
        self.assertEqual(found[None].spenders, 1)
        self.assertEqual(found[evaluation.month_number(date(2025, 8, 1))].spenders, 0)
        action = self.asked().get_records({"program_id": self.program.id}, "clients:spenders")
        self.assertEqual(
            self.env[action["res_model"]].search(action["domain"]).partner_id, self.client_partner
        )
        subjects = self.asked(horizon="6", membership="redeemed")._figures().subjects
        self.assertFalse(subjects[self.bridge.id].is_member)

    def test_what_a_client_does_with_another_company_is_not_counted(self):
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        self.record(datetime(2025, 7, 1), partner=self.tower, company_id=sister.id)
        with freeze_time("2025-08-01 08:00:00"):
            self.card(self.tower).with_company(sister).with_context(
                loyalty_service_source=self.order_source("sale.order,8")
            ).points -= 40
        self.env.flush_all()
        self.assertEqual(self.asked()._figures().participation[None][2:], (2, 1))
        for membership in ("redeemed", "earned"):
            subjects = self.asked(horizon="6", membership=membership)._figures().subjects
            self.assertFalse(subjects[self.tower.id].is_member)

    def test_an_end_without_a_last_day_is_the_planned_one(self):
        """For the evaluation as well as for the tiers, which count months under agreement."""
        agreement = self.env["loyalty.service.agreement"].search(
            [("partner_id", "=", self.tower.id)]
        )
        # sudo: as data of another system say it.
        agreement.sudo().write({"ended_on": False, "date_end": date(2025, 11, 30)})
        self.env.flush_all()
        self.assertIn(self.tower.id, self.asked(horizon="6")._figures().subjects)
        self.assertNotIn(self.tower.id, self.asked(horizon="3")._figures().subjects)
        client = self.client_of(self.tower)
        self.assertEqual(
            client._under_agreement()[client.id], [(date(2024, 6, 1), date(2025, 11, 30))]
        )
        agreement.sudo().date_end = False
        self.assertEqual(
            client._under_agreement()[client.id], [(date(2024, 6, 1), date(2024, 6, 1))]
        )

    def test_a_renewed_agreement_is_one_time_under_agreement(self):
        agreement = self.env["loyalty.service.agreement"].search(
            [("partner_id", "=", self.bridge.id)]
        )
        agreement.date_end = date(2026, 1, 31)
        with freeze_time("2026-01-20 08:00:00"):
            renewal = agreement._renew()
        with freeze_time("2026-02-01 08:00:00"):
            renewal._turn()
        with freeze_time("2026-03-10 08:00:00"):
            renewal._end(self.env.ref("loyalty_service.end_reason_price"), date(2026, 3, 9))
        self.env.flush_all()
        stayed = {
            horizon: self.asked(horizon=horizon)._figures().subjects.get(self.bridge.id)
            for horizon in ("3", "6")
        }
        self.assertFalse(stayed["6"].stayed)
        self.assertFalse(stayed["3"].stayed)
        with freeze_time("2026-03-05 08:00:00"):
            self.assertTrue(self.asked(horizon="3")._figures().subjects[self.bridge.id].stayed)

    def test_the_screen_says_too_few(self):
        screen = self.asked()._prepare_screen()
        told = {section["id"]: section for section in screen["sections"]}
        self.assertIn("Too few clients to tell", told["comparison"]["headline"])
        self.assertTrue(any("no proof" in note for note in told["comparison"]["notes"]))

    def test_it_says_too_few_once_of_each(self):
        """Of breakage and of the comparison: not in a tile, a note and a headline."""
        for section in self.asked()._prepare_screen()["sections"]:
            told = [section.get("headline", ""), *section["notes"]]
            told += [tile["note"] for tile in section["tiles"]]
            times = sum("too few" in text.lower() for text in told)
            self.assertEqual(times, section["id"] in ("points", "comparison"), section["id"])

    def test_what_expired_is_told_of_which_points(self):
        """Lantern's lot of January 2025: 60 adjusted away, so 40 came to their last day."""
        [note] = [note for note in self.tiles()["notes"] if "last day, and" in note]
        self.assertIn("to 03/31/2026 40 points have come to their last day, and 40 of", note)
        self.assertIn("100.0%", note)

    def test_nothing_yet(self):
        program = self.program.copy({"name": "Another", "service_points": True})
        screen = self.asked(program_id=program.id)._prepare_screen()
        self.assertIn("No points have been booked yet", screen["empty"])
        self.assertEqual(screen["sections"], [])

    def test_every_number_opens_its_records(self):
        """What a number says is what the records behind it add up to."""
        Evaluation = self.env["loyalty.service.evaluation"].with_user(self.user_manager)
        options = {"program_id": self.program.id}
        screen = Evaluation.get_screen(options)

        def records(key):
            action = Evaluation.get_records(options, key)
            model = self.env[action["res_model"]].with_user(self.user_manager)
            return model.with_context(active_test=False).search(action["domain"])

        opened = 0
        for section in screen["sections"]:
            for table in section["tables"]:
                for row in [*table["rows"], table["total"]]:
                    for _text, number, key in row["cells"]:
                        if key and not key.startswith("lots"):
                            opened += 1
                            sign = (
                                -1
                                if key.split(":")[1] in ("used",)
                                or (key.startswith("cohort:expired"))
                                else 1
                            )
                            self.assertAlmostEqual(
                                sign * sum(records(key).mapped("points")), number, msg=key
                            )
            for tile in section["tiles"]:
                if tile["key"]:
                    opened += 1
                    records(tile["key"])
        self.assertGreater(opened, 25)
        self.assertEqual(
            records("clients:active").partner_id, self.client_partner | self.bridge | self.tower
        )
        self.assertEqual(records("clients:spenders").partner_id, self.client_partner)
        self.assertEqual(sum(records("lots:all").mapped("lot_balance")), 50)

    def test_any_number_of_clients_costs_the_same(self):
        self.asked()._prepare_screen()
        self.env.invalidate_all()
        count = self.cr.sql_log_count
        self.asked()._prepare_screen()
        few = self.cr.sql_log_count - count
        partners = self.env["res.partner"].create(
            [{"name": f"Client {number}", "is_company": True} for number in range(30)]
        )
        for partner in partners:
            self.agree(partner, date(2025, 1, 1), 100)
            self.record(datetime(2025, 6, 1), datetime(2026, 2, 1), partner=partner)
        self.asked()._prepare_screen()
        self.env.flush_all()
        self.env.invalidate_all()
        count = self.cr.sql_log_count
        self.asked()._prepare_screen()
        self.assertLessEqual(self.cr.sql_log_count - count, few)

    # ------------------------------------------------------------------
    # Who sees it, and of which companies
    # ------------------------------------------------------------------

    def test_only_managers(self):
        with self.assertRaises(AccessError):
            self.asked(user=self.user_loyalty)
        with self.assertRaises(AccessError):
            self.env["loyalty.service.evaluation"].with_user(self.user_loyalty).get_screen({})

    def test_companies_are_kept_apart(self):
        """A shared programme: each company answers for the lots that it has opened."""
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        self.record(datetime(2026, 4, 1), company_id=sister.id)
        self.env.flush_all()
        self.user_manager.company_ids += sister
        Evaluation = self.env["loyalty.service.evaluation"].with_user(self.user_manager)
        for companies, awarded, held in (
            (self.env.company, 300, 50),
            (sister, 100, 100),
            (self.env.company + sister, 400, 150),
        ):
            asked = Evaluation.with_context(allowed_company_ids=companies.ids)._asked(
                {"program_id": self.program.id}
            )
            figures = asked._figures()
            self.assertEqual((figures.account.awarded, figures.held.points), (awarded, held))

    def test_a_programme_of_a_company_that_is_not_chosen(self):
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        program = self.program.copy({"name": "Theirs", "company_id": sister.id})
        with self.assertRaises(AccessError):
            self.asked(program_id=program.id)._figures()

    # ------------------------------------------------------------------
    # Paper and spreadsheet
    # ------------------------------------------------------------------

    def test_the_spreadsheet_has_the_numbers(self):
        book = load_workbook(BytesIO(self.asked()._spreadsheet()))
        self.assertEqual(len(book.worksheets), 5)
        page = book["Points Earned and Used"]
        totals = [row for row in page.iter_rows(values_only=True) if row[0] == "Total"]
        self.assertEqual(totals[0][1:8], (40, 300, -100, -150, -40, 0, 50))

    def test_what_people_wrote_is_no_formula_in_the_spreadsheet(self):
        texts = ("=1+1", '=HYPERLINK("x")', "https://example.com", "+1", "@SUM(A1)")
        table = {
            "title": texts[0],
            "columns": [texts[2]],
            "rows": [{"label": text, "cells": [(text, None, None)]} for text in texts],
            "total": {"label": "Total", "cells": [("", None, None)]},
        }
        section = {"title": "One", "tiles": [], "charts": [], "tables": [table], "notes": []}
        screen = {"title": "=2+2", "subtitle": texts[1], "sections": [section]}
        page = load_workbook(BytesIO(sheet.write(screen))).active
        cells = [cell for row in page.iter_rows() for cell in row if cell.value is not None]
        self.assertEqual({cell.data_type for cell in cells}, {"s"})
        self.assertFalse([cell for cell in cells if cell.hyperlink])
        for text in texts:
            self.assertGreaterEqual([cell.value for cell in cells].count(text), 2)

    def test_the_paper_has_the_words(self):
        record = self.asked().create(self.asked()._stored_values())
        html = (
            self.env["ir.actions.report"]
            .with_user(self.user_manager)
            ._render_qweb_html("loyalty_service.report_evaluation", record.ids)[0]
            .decode()
        )
        for words in ("Who Takes Part", "Too few clients to tell", "no proof", "May 2025"):
            self.assertIn(words, html)


@tagged("post_install", "-at_install")
class TestEvaluationScreen(HttpCase):
    """The screen in the browser, on a firm with enough clients for each figure."""

    def test_screen_and_downloads(self):
        company = self.env.company
        today = company._loyalty_day()
        manager = new_test_user(
            self.env, "evaluation_manager", groups="loyalty_service.group_loyalty_manager"
        )
        partners = self.env["res.partner"].create(
            [{"name": f"Client {number:02d}", "is_company": True} for number in range(12)]
        )
        self.env["loyalty.service.agreement"].create(
            [
                {"partner_id": p.id, "date_start": today - timedelta(days=500), "monthly_amount": 9}
                for p in partners
            ]
        ).action_start()
        program = self.env["loyalty.program"]._get_service_program(company)
        cards = self.env["loyalty.card"]._ensure_service_cards(partners, program)
        for card in cards.values():
            card.points = 100
        self.env["loyalty.service.event"].create(
            {
                "type_id": self.env.ref("loyalty_service.event_type_manual_award").id,
                "partner_id": partners[0].id,
                "date": datetime.now() - relativedelta(days=1),
            }
        )
        self.start_tour(
            "/odoo/action-loyalty_service.evaluation_client_action",
            "loyalty_service_evaluation",
            login=manager.login,
        )
        self.authenticate(manager.login, manager.login)
        answer = self.url_open(f"/loyalty_service/evaluation.xlsx?program_id={program.id}")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(len(load_workbook(BytesIO(answer.content)).worksheets), 5)

    def test_the_download_is_for_managers(self):
        user = new_test_user(
            self.env, "evaluation_user", groups="loyalty_service.group_loyalty_user"
        )
        self.authenticate(user.login, user.login)
        answer = self.url_open("/loyalty_service/evaluation.xlsx")
        self.assertEqual(answer.status_code, 404)
