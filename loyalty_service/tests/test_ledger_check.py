from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import PointsCommon


@tagged("post_install", "-at_install")
class TestLedgerCheck(PointsCommon):
    """The balance on the card against the sum of the moves, and who is told."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.record("2029-02-01", "2029-07-01")
        cls.card = cls.env["loyalty.card"].search([("program_id", "=", cls.program.id)])
        cls.Check = cls.env["loyalty.service.ledger.check"]

    def tamper(self, points, card=None):
        """Change points past every door, as somebody with a database client does."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE loyalty_card SET points = points + %s WHERE id = %s",
            [points, (card or self.card).id],
        )
        self.env.invalidate_all()

    def check(self):
        self.Check._cron_check()
        return self.Check.search([("program_id", "=", self.program.id)])

    def test_all_agree(self):
        check = self.check()
        self.assertEqual((check.cards, check.differing), (1, 0))
        self.assertEqual(check.result_text, "All agree")
        self.assertFalse(check.difference_ids or check.activity_ids)
        self.assertGreater(check.checked_on, fields.Datetime.now() - timedelta(minutes=1))

    def test_whatever_moves_points_agrees(self):
        self.card.points = 70.55
        self.card.points += 1000000.01
        self.record("2029-08-01")._reverse("A mistake")
        self.assertEqual(self.check().differing, 0)

    def test_a_difference_is_told_and_not_corrected(self):
        self.tamper(5)
        moves = self.env["loyalty.service.move"].search_count([])
        check = self.check()
        difference = check.difference_ids
        self.assertEqual(difference.card_id, self.card)
        self.assertEqual(
            (difference.points, difference.booked, difference.difference), (205, 200, 5)
        )
        self.assertEqual(check.result_text, "1 points account differs from its ledger")
        self.assertEqual(self.card.points, 205, "which of the two is right is for people to say")
        self.assertEqual(self.env["loyalty.service.move"].search_count([]), moves)
        self.assertIn(self.user_manager, check.activity_ids.user_id)
        self.assertNotIn(self.user_loyalty, check.activity_ids.user_id)
        self.assertIn("1 points account", check.activity_ids[:1].summary)

    def test_a_person_puts_it_right(self):
        """205 on the card, 200 in the moves. The balance is set to 200; had 205 been right, it is
        adjusted from there."""
        self.tamper(5)
        self.check()
        moves = self.card.service_move_ids
        self.card.points = 200
        self.assertEqual(self.card.service_move_ids, moves)
        self.assertEqual(self.check().differing, 0)
        self.card.points = 205
        self.assertEqual((self.card.service_move_ids - moves).points, 5)
        self.assertEqual(self.check().differing, 0)

    def test_a_cent_of_a_point_is_a_difference(self):
        self.tamper(0.01)
        self.assertEqual(self.check().differing, 1)
        self.tamper(-0.01 + 1e-9)
        self.assertEqual(self.check().differing, 0, "how a computer writes numbers is none")

    def test_a_card_without_moves_and_an_archived_one(self):
        other = self.env["res.partner"].create({"name": "Pagoda", "is_company": True})
        card = self.env["loyalty.card"]._ensure_service_cards(other, self.program)[other]
        card.active = False
        self.tamper(3, card)
        check = self.check()
        self.assertEqual((check.cards, check.difference_ids.card_id), (2, card))
        self.assertEqual(check.difference_ids.booked, 0)

    def test_managers_are_asked_once_and_told_when_it_is_over(self):
        self.tamper(5)
        asked = self.check().activity_ids
        self.assertEqual(self.check().activity_ids, asked)
        first = self.check().difference_ids
        self.tamper(1)
        check = self.check()
        self.assertEqual((check.difference_ids, first.difference), (first, 6))
        self.tamper(-6)
        check = self.check()
        self.assertEqual((check.differing, len(check.difference_ids)), (0, 0))
        self.assertFalse(check.activity_ids)
        self.assertIn("All agree", str(check.message_ids.mapped("body")))
        self.tamper(7)
        self.assertTrue(self.check().activity_ids, "a new one is told anew")

    def test_a_manager_looks_again_and_does_the_activity(self):
        self.tamper(5)
        check = self.check().with_user(self.user_manager)
        self.assertEqual(
            check.difference_ids.action_open_card()["res_id"],
            self.card.id,
        )
        activity = check.activity_ids.filtered(lambda found: found.user_id == self.user_manager)
        activity.action_feedback("It was the import of May")
        self.tamper(-5)
        check.action_check_now()
        self.assertEqual((check.differing, check.result_text), (0, "All agree"))
        with self.assertRaises(AccessError):
            check.sudo(False).with_user(self.user_loyalty).action_check_now()

    def test_each_company_its_own_programmes(self):
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        theirs = new_test_user(
            self.env,
            "sister_manager",
            groups="loyalty_service.group_loyalty_manager",
            company_id=sister.id,
            company_ids=[(6, 0, sister.ids)],
        )
        own = self.program.copy({"company_id": sister.id})
        card = self.env["loyalty.card"]._ensure_service_cards(self.contact.parent_id, own)[
            self.contact.parent_id
        ]
        self.tamper(5, card)
        self.check()
        check = self.Check.search([("program_id", "=", own.id)])
        self.assertEqual(check.activity_ids.user_id & (theirs + self.user_manager), theirs)
        seen = self.Check.with_user(self.user_manager).search([])
        self.assertNotIn(check, seen.sudo())
        self.assertIn(self.check(), seen.sudo(), "a shared programme is seen by all")
        lines = self.env["loyalty.service.ledger.difference"].with_user(self.user_manager)
        self.assertFalse(lines.search([("card_id", "=", card.id)]))

    def test_a_programme_without_a_ledger_is_not_checked_any_more(self):
        self.check()
        self.program.service_points = False
        self.assertFalse(self.check())

    def test_the_cost_does_not_depend_on_the_cards(self):
        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.check()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        cost()
        few = cost()
        for number in range(20):
            partner = self.env["res.partner"].create({"name": f"C {number}", "is_company": True})
            self.record("2029-02-01", partner=partner)
        # One more: the number of accounts is written.
        self.assertLessEqual(cost(), few + 1)
