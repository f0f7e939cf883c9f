from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import PointsCommon


@tagged("post_install", "-at_install")
class TestPointsReasons(PointsCommon):
    """No balance is set by a person without the ledger saying why."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # 100 points until 31 January 2030, 100 until 30 June 2030.
        cls.record("2029-02-01", "2029-07-01")
        cls.card = cls.env["loyalty.card"].search([("program_id", "=", cls.program.id)])
        cls.newcomers = cls.env["res.partner"].create(
            [{"name": name, "is_company": True} for name in ("First New", "Second New")]
        )

    def adjustments(self, card):
        moves = card.service_move_ids.filtered(lambda move: move.kind == "adjust").sorted("id")
        return [(move.points, move.reason) for move in moves]

    def load(self, names, rows):
        """Import a file as a manager."""
        Card = self.env["loyalty.card"].with_user(self.user_manager)
        result = Card.load(names, rows)
        return result["messages"], self.env["loyalty.card"].browse(result["ids"] or [])

    # ------------------------------------------------------------------
    # Opening balances
    # ------------------------------------------------------------------

    def test_a_manager_imports_opening_balances(self):
        messages, cards = self.load(
            ["program_id/.id", "partner_id/.id", "points", "service_reason"],
            [
                [str(self.program.id), str(self.newcomers[0].id), "25", "From the old system"],
                [str(self.program.id), str(self.newcomers[1].id), "12.5", "Agreed in the contract"],
                [str(self.program.id), str(self.contact.id), "30", "From the old system"],
                [str(self.program.id), str(self.newcomers[0].id), "5", "A mistake there"],
            ],
        )
        self.assertFalse(messages)
        first, second, known, again = cards
        self.assertEqual((known, again), (self.card, first))
        for card, points in ((first, 30), (second, 12.5), (known, 230)):
            self.assertLedger(card, points)
        self.assertEqual(
            self.adjustments(first), [(25, "From the old system"), (5, "A mistake there")]
        )
        self.assertEqual(self.adjustments(second), [(12.5, "Agreed in the contract")])
        self.assertEqual(self.adjustments(known), [(30, "From the old system")])
        self.assertEqual(self.client_of(self.newcomers[0]).card_id, first)

    def test_a_manager_imports_new_balances_of_cards(self):
        messages, _cards = self.load(
            [".id", "points", "service_reason"], [[str(self.card.id), "150", "Counted again"]]
        )
        self.assertFalse(messages)
        self.assertLedger(self.card, 150)
        self.assertEqual(
            {reason for _points, reason in self.adjustments(self.card)}, {"Counted again"}
        )

    def test_without_a_reason_nothing_is_imported(self):
        for reason in ("", "  "):
            messages, _cards = self.load(
                ["program_id/.id", "partner_id/.id", "points", "service_reason"],
                [
                    [str(self.program.id), str(self.newcomers[0].id), "25", "From the old system"],
                    [str(self.program.id), str(self.newcomers[1].id), "25", reason],
                ],
            )
            self.assertIn("Reason for the Balance", str(messages))
        self.assertFalse(self.card_of(self.newcomers[0]))

    def test_who_sells_imports_nothing(self):
        seller = new_test_user(self.env, "seller_test", groups="sales_team.group_sale_manager")
        result = (
            self.env["loyalty.card"]
            .with_user(seller)
            .load(
                ["program_id/.id", "partner_id/.id", "points", "service_reason"],
                [[str(self.program.id), str(self.newcomers[0].id), "25", "Because"]],
            )
        )
        self.assertIn("Only managers", str(result["messages"]))
        self.assertFalse(self.card_of(self.newcomers[0]))

    def test_the_column_is_offered(self):
        fields = self.env["base_import.import"].get_fields_tree("loyalty.card")
        self.assertIn("service_reason", [field["name"] for field in fields])

    def test_a_manager_writes_and_says_why(self):
        card = self.card.with_user(self.user_manager)
        with self.assertRaises(UserError):
            card.points = 300
        card.write({"points": 300, "service_reason": "Ten years with us"})
        self.assertEqual(self.adjustments(self.card), [(100, "Ten years with us")])
        self.assertFalse(card.service_reason)

    # ------------------------------------------------------------------
    # A ledger that is closed and opened
    # ------------------------------------------------------------------

    def test_a_ledger_that_is_opened_says_so(self):
        program = self.env["loyalty.program"].create(
            {"name": "Old", "program_type": "loyalty", "applies_on": "both", "rule_ids": []}
        )
        card = self.env["loyalty.card"].create(
            {"program_id": program.id, "partner_id": self.newcomers[0].id, "points": 40}
        )
        program.rule_ids.unlink()
        program.with_user(self.user_manager).service_points = True
        self.assertEqual(self.adjustments(card), [(40, "Balance when the ledger was opened")])

    def test_what_changed_without_a_ledger_says_so(self):
        """A manager closes the ledger, somebody who sells writes 9,999, the manager opens it."""
        seller = new_test_user(self.env, "seller_test", groups="sales_team.group_sale_manager")
        program = self.program.with_user(self.user_manager)
        program.service_points = False
        self.card.with_user(seller).points = 9999
        program.service_points = True
        self.assertLedger(self.card, 9999)
        self.assertEqual(self.adjustments(self.card), [(9799, "Changed while no ledger was kept")])

    def test_a_ledger_that_is_opened_again_unchanged(self):
        self.program.service_points = False
        self.program.service_points = True
        self.assertLedger(self.card, 200)
        self.assertFalse(self.adjustments(self.card))

    # ------------------------------------------------------------------
    # Debts
    # ------------------------------------------------------------------

    def set_balance(self, balance):
        self.env["loyalty.card.update.balance"].with_user(self.user_manager).create(
            {"card_id": self.card.id, "new_balance": balance, "description": "Let off"}
        ).action_update_card_point()

    def test_a_debt_is_made_smaller(self):
        """All is spent, both awards are undone: 200 owed. 150 of them are let off."""
        self.card.points = 0
        self.card.service_move_ids.event_id._reverse("Undone")
        self.assertLedger(self.card, -200)
        self.set_balance(-50)
        self.assertLedger(self.card, -50)
        self.assertEqual(self.adjustments(self.card)[-1], (150, "Let off"))
        history = self.card.history_ids[:1]
        self.assertEqual((history.issued, history.used, history.description), (150, 0, "Let off"))
        with self.assertRaises(ValidationError):
            self.set_balance(-60)
        with self.assertRaises(ValidationError):
            self.set_balance(-50)
        self.set_balance(0)
        self.assertLedger(self.card, 0)
        self.assertFalse(self.lots(self.card))

    def test_nobody_is_put_into_debt(self):
        with self.assertRaises(ValidationError):
            self.set_balance(-10)
        self.assertEqual(self.lots(self.card), [(date(2030, 1, 31), 100), (date(2030, 6, 30), 100)])
