from datetime import date, datetime

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .test_evaluation import NOW, EvaluationCommon


@tagged("post_install", "-at_install")
class TestLiabilityEntry(EvaluationCommon):
    """50 points at 1 each, at the end of March 150 (Bridge's 100 are taken back in April)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journal = cls.env["account.journal"].create(
            {"name": "Points", "code": "PTS", "type": "general"}
        )
        cls.expense, cls.liability = cls.env["account.account"].create(
            [
                {"name": "Loyalty", "code": "669901", "account_type": "expense"},
                {"name": "Points owed", "code": "229901", "account_type": "liability_current"},
            ]
        )
        cls.accountant = new_test_user(
            cls.env,
            "liability_accountant",
            groups="loyalty_service.group_loyalty_manager,account.group_account_user",
        )

    def setUp(self):
        super().setUp()
        frozen = freeze_time(NOW)
        frozen.start()
        self.addCleanup(frozen.stop)

    def wizard(self, user=None, **values):
        return (
            self.env["loyalty.service.liability.entry"]
            .with_user(user or self.accountant)
            .create(
                {
                    "program_id": self.program.id,
                    "journal_id": self.journal.id,
                    "expense_account_id": self.expense.id,
                    "liability_account_id": self.liability.id,
                    **values,
                }
            )
        )

    def book(self, user=None, **values):
        action = self.wizard(user, **values).action_book()
        return self.env["account.move"].browse(action["res_id"])

    def reverse(self, entry, day):
        reversal = entry._reverse_moves([{"date": day}])
        reversal.action_post()
        return reversal

    def balances(self, entry):
        return {line.account_id: line.balance for line in entry.line_ids}

    def test_the_draft(self):
        entry = self.book()
        self.assertEqual((entry.state, entry.date), ("draft", date(2026, 3, 31)))
        self.assertEqual(self.balances(entry), {self.expense: 150, self.liability: -150})
        self.assertIn("150 points in 2 lots", entry.narration)
        self.assertIn("too few clients", entry.narration)
        program = self.program.with_company(self.env.company)
        self.assertEqual(program.service_liability_account_id, self.liability)
        self.assertEqual(program.service_expense_account_id, self.expense)
        self.assertEqual(program.service_liability_journal_id, self.journal)

    def opened(self, user=None, **values):
        dialog = Form(
            self.env["loyalty.service.liability.entry"]
            .with_user(user or self.accountant)
            .with_context(default_program_id=self.program.id)
        )
        for name, value in values.items():
            dialog[name] = value
        return dialog

    def test_a_second_opening_tells_of_the_draft(self):
        first = self.opened()
        self.assertFalse(first.waiting_text or first.waiting_id or first.is_again)
        entry = self.book()
        again = self.opened()
        self.assertEqual((again.waiting_id, again.is_again), (entry, True))
        self.assertIn("A draft of 03/31/2026 waits for an accountant", again.waiting_text)
        self.assertIn("written anew", again.waiting_text)
        # Of other months.
        earlier = self.opened(date=date(2026, 2, 28))
        self.assertEqual((earlier.waiting_id, earlier.is_again), (entry, False))
        self.assertNotIn("counts as", earlier.waiting_text)
        with freeze_time("2026-05-02 08:00:00"):
            later = self.opened()
            self.assertEqual((later.waiting_id, later.is_again), (entry, False))
            self.assertIn("Here it counts as booked already", later.waiting_text)
        # Who may not see entries reads of it all the same.
        reader = self.opened(self.user_manager)
        self.assertIn("A draft of 03/31/2026 waits", reader.waiting_text)
        self.assertFalse(reader.waiting_id)
        entry.action_post()
        posted = self.opened()
        self.assertTrue(posted.is_posted)
        self.assertFalse(posted.is_again)
        self.assertIn("03/31/2026 is booked already", posted.waiting_text)
        self.reverse(entry, date(2026, 4, 1))
        self.assertFalse(self.opened().waiting_text)

    def test_twice_is_once(self):
        entry = self.book()
        self.program.write({"service_value_by_reward": False, "service_point_value": 0.5})
        again = self.book()
        self.assertEqual(entry, again)
        self.assertEqual(self.balances(again), {self.expense: 75, self.liability: -75})

    def test_a_posted_entry_stays(self):
        entry = self.book()
        entry.action_post()
        with self.assertRaisesRegex(UserError, "already"):
            self.book()

    def test_the_next_month_books_the_difference(self):
        self.book(date=date(2026, 2, 10)).action_post()  # 100 held at the end of February
        march = self.book()
        self.assertEqual(self.balances(march), {self.expense: 50, self.liability: -50})
        march.action_post()
        with freeze_time("2026-05-02 08:00:00"):
            april = self.book()
        self.assertEqual(self.balances(april), {self.expense: -100, self.liability: 100})
        with freeze_time("2026-06-02 08:00:00"), self.assertRaisesRegex(UserError, "not changed"):
            april.action_post()
            self.book()

    def test_a_reversed_entry_counts_as_not_booked(self):
        february = self.book(date=date(2026, 2, 28))
        february.action_post()
        february._reverse_moves([{"date": date(2026, 3, 1)}]).action_post()
        self.assertEqual(self.balances(self.book())[self.liability], -150)

    def test_a_month_that_goes_on_is_not_booked(self):
        with self.assertRaisesRegex(UserError, "not over"):
            self.book(date=date(2026, 4, 3))

    def test_it_takes_accounting_rights(self):
        with self.assertRaises(AccessError):
            self.book(user=self.user_manager)

    def test_who_may_not_book_sees_what_is_to_be_booked(self):
        self.book(date=date(2026, 2, 10)).action_post()  # 100 of the 150
        self.assertTrue(self.asked()._can_book())
        dialog = Form(
            self.env["loyalty.service.liability.entry"]
            .with_user(self.user_manager)
            .with_context(default_program_id=self.program.id)
        )
        self.assertFalse(dialog.may_book)
        self.assertEqual((dialog.target, dialog.booked, dialog.amount), (150, 100, 50))
        for words in ("669901", "229901", "50.00"):
            self.assertIn(words, dialog.preview)
        self.assertIn(self.accountant.name, dialog.bookkeepers_text)

    def test_who_does_not_see_lines_is_told_of_the_draft(self):
        """Rights of invoicing make entries, but show no lines in their form."""
        user = new_test_user(
            self.env,
            "liability_invoicing",
            groups="loyalty_service.group_loyalty_manager,account.group_account_invoice",
        )
        wizard = self.wizard(user)
        self.assertTrue(wizard.may_book)
        action = wizard.action_book()
        self.assertEqual((action["res_model"], action["res_id"]), (wizard._name, wizard.id))
        self.assertEqual(self.balances(wizard.entry_id), {self.expense: 150, self.liability: -150})
        self.assertIn("150.00", wizard.preview)

    def test_what_is_missing_is_said_before_anything_happens(self):
        wizard = self.wizard(expense_account_id=False, liability_account_id=False)
        with self.assertRaisesRegex(UserError, "choose: Expense Account, Liability Account"):
            wizard.action_book()
        self.assertFalse(
            self.env["account.move"].search(
                [("loyalty_liability_program_id", "=", self.program.id)]
            )
        )

    def test_accounts_that_fit_are_suggested(self):
        """By what they are called; the first time, nobody has chosen any."""
        self.env["account.account"].create(
            [
                {"name": name, "code": code, "account_type": kind}
                for name, code, kind in (
                    ("合同负债", "229800", "liability_current"),
                    ("Loyalty programme costs", "669800", "expense"),
                    ("Loyalty receivables", "119800", "asset_current"),
                )
            ]
        )
        wizard = (
            self.env["loyalty.service.liability.entry"]
            .with_user(self.accountant)
            .create({"program_id": self.program.id})
        )
        self.assertIn(wizard.journal_id.type, ("general",))
        self.assertEqual(wizard.journal_id.company_id, self.env.company)
        self.assertEqual(wizard.liability_account_id.account_type, "liability_current")
        self.assertEqual(wizard.expense_account_id.name[:7], "Loyalty")
        self.assertTrue(wizard.may_book)
        self.book()
        again = (
            self.env["loyalty.service.liability.entry"]
            .with_user(self.accountant)
            .create({"program_id": self.program.id})
        )
        self.assertEqual(again.expense_account_id, self.expense)
        self.assertEqual(again.liability_account_id, self.liability)

    def test_each_company_books_its_own(self):
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        self.record(datetime(2026, 3, 1), datetime(2026, 3, 1), company_id=sister.id)
        self.env.flush_all()
        self.assertEqual(self.balances(self.book())[self.liability], -150)

    def test_breakage_is_taken_off(self):
        """25 clients: each got 100 in January 2025, of which half was used before they expired.

        So of what is open half will expire: of Lantern's 50 and Bridge's 100, and of 100 that
        each of the 25 got in March.
        """
        partners = self.env["res.partner"].create(
            [{"name": f"Client {number}", "is_company": True} for number in range(25)]
        )
        for partner in partners:
            self.record(datetime(2025, 1, 10), partner=partner)
            with freeze_time("2026-01-05 08:00:00"):
                self.card(partner).with_context(
                    loyalty_service_source=self.order_source("sale.order,2")
                ).points -= 50
        cards = self.env["loyalty.card"].search([("program_id", "=", self.program.id)])
        with freeze_time("2026-01-10 08:00:00"):
            self.env["loyalty.card"]._expire(cards)
        for partner in partners:
            self.record(datetime(2026, 3, 1), partner=partner)
        self.env.flush_all()
        full = self.book(breakage_basis="none")
        self.assertEqual(self.balances(full)[self.liability], -2650)
        expected = -self.balances(self.book(breakage_basis="expected"))[self.liability]
        # At risk in the last month were 25 x 100 and Lantern's 40 points; 25 x 50 were used.
        # Lantern used 50 of 2,700 points with 11 months to go, and 100 of 100 with 2 (May's lot);
        # all lots of January 2025 went through that month as well: 100 of 2,640.
        kept = (1 - 1250 / 2540) * (1 - 100 / 2640)
        self.assertAlmostEqual(expected, 2650 * (1 - kept), delta=0.02)
        cautious = -self.balances(self.book(breakage_basis="cautious"))[self.liability]
        self.assertTrue(expected <= cautious <= 2650)

    def test_months_are_booked_in_their_order(self):
        """Else the later entry, which has booked all that is owed, would be doubled."""
        march = self.book()
        with self.assertRaisesRegex(UserError, "later month"):
            self.book(date=date(2026, 2, 28))
        march.action_post()
        with self.assertRaisesRegex(UserError, "later month"):
            self.book(date=date(2026, 2, 28))
        self.reverse(march, date(2026, 3, 31))
        february = self.book(date=date(2026, 2, 28))
        self.assertEqual(self.balances(february)[self.liability], -100)
        self.assertEqual(self.balances(self.book())[self.liability], -50)

    def test_a_draft_is_not_written_anew_behind_a_later_one(self):
        january = self.book(date=date(2026, 1, 31))
        self.program.write({"service_value_by_reward": False, "service_point_value": 2})
        february = self.book(date=date(2026, 2, 28))
        self.assertEqual(self.balances(february)[self.liability], -100)
        with self.assertRaisesRegex(UserError, "later month"):
            self.book(date=date(2026, 1, 31))
        february.button_cancel()
        self.assertEqual(self.book(date=date(2026, 1, 31)), january)
        self.assertEqual(self.balances(january)[self.liability], -200)

    def test_what_was_reversed_is_booked_again(self):
        day = date(2026, 2, 28)
        february = self.book(date=day)
        february.action_post()
        reversal = self.reverse(february, day)
        self.assertTrue(february.loyalty_liability_undone)
        again = self.reverse(reversal, day)
        self.assertFalse(february.loyalty_liability_undone)
        with self.assertRaisesRegex(UserError, "already"):
            self.book(date=day)
        again.button_draft()
        self.assertTrue(february.loyalty_liability_undone)
        again.button_cancel()
        second = self.book(date=day)
        self.assertNotEqual(second, february)
        self.assertEqual(self.balances(second)[self.liability], -100)
        second.action_post()
        self.assertEqual(self.balances(self.book())[self.liability], -50)

    def test_a_reversal_that_is_no_longer_posted(self):
        day = date(2026, 2, 28)
        february = self.book(date=day)
        february.action_post()
        reversal = self.reverse(february, day)
        reversal.button_draft()
        self.assertFalse(february.loyalty_liability_undone)
        with self.assertRaisesRegex(UserError, "already"):
            self.book(date=day)

    def test_what_is_reversed_later_stands_until_then(self):
        day = date(2026, 2, 28)
        february = self.book(date=day)
        february.action_post()
        self.reverse(february, date(2026, 3, 1))
        with self.assertRaisesRegex(UserError, "not changed"):
            self.book(date=day)
        self.assertEqual(self.balances(self.book())[self.liability], -150)

    def test_a_draft_of_what_is_no_longer_owed_is_cancelled(self):
        entry = self.book()
        self.program.write({"service_value_by_reward": False, "service_point_value": 0})
        action = self.wizard().action_book()
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn("has been cancelled", action["params"]["message"])
        self.assertEqual(entry.state, "cancel")
        with self.assertRaisesRegex(UserError, "not changed"):
            self.book()

    def test_the_last_day_of_a_month_belongs_to_it(self):
        with freeze_time("2026-03-31 12:00:00"):
            with self.assertRaisesRegex(UserError, "not over"):
                self.book(date=date(2026, 3, 31))
            self.assertEqual(self.book().date, date(2026, 2, 28))
        with freeze_time("2026-04-01 00:30:00"):
            self.assertEqual(self.book().date, date(2026, 3, 31))
