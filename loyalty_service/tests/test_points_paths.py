from datetime import date

from psycopg2.errors import ForeignKeyViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.loyalty_card import Source
from .common import PointsCommon, PortalLogins


@tagged("post_install", "-at_install")
class TestPointsPaths(PointsCommon):
    """Every way in which Odoo itself writes the points of a card; the ledger agrees after each.

    Wizards and merges are in test_points_ledger.py, orders in test_points_orders.py.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # 100 points until 31 January 2030, 100 until 30 June 2030.
        cls.record("2029-02-01", "2029-07-01")
        cls.card = cls.env["loyalty.card"].search([("program_id", "=", cls.program.id)])

    def test_several_cards_in_one_write(self):
        other = self.env["res.partner"].create({"name": "Other"})
        cards = self.card + self.env["loyalty.card"].create(
            {"program_id": self.program.id, "partner_id": other.id, "points": 10}
        )
        cards.points = 70
        for card in cards:
            self.assertLedger(card, 70)
        self.assertEqual(self.lots(self.card), [(date(2030, 6, 30), 70)])
        self.assertEqual(self.lots(cards[1]), [(None, 10), (None, 60)])

    def test_a_write_that_changes_nothing_books_nothing(self):
        before = self.card.service_move_ids
        self.card.points = 200
        self.card.write({"points": 200.001, "code": "044-same"})
        self.env.invalidate_all()
        self.assertEqual(self.card.service_move_ids, before)
        self.assertLedger(self.card, 200)

    def test_an_import(self):
        result = self.env["loyalty.card"].load(
            ["program_id/.id", "partner_id/.id", "points"],
            [[str(self.program.id), str(self.contact.id), "25"]],
        )
        self.assertFalse(result["messages"])
        self.assertEqual(result["ids"], self.card.ids)
        self.assertLedger(self.card, 225)

    def test_a_till(self):
        """A point of sale makes a card without points, adds to it, and takes from it."""
        Card = self.env["loyalty.card"].with_context(action_no_send_mail=True).sudo()
        [card] = Card.create(
            [{"program_id": self.program.id, "partner_id": self.contact.id, "points": 0}]
        )
        self.assertEqual(card, self.card)
        card.points += 12.5
        self.assertLedger(self.card, 212.5)
        card.points += -112.5
        self.assertLedger(self.card, 100)
        with self.assertRaises(UserError):
            card.points += -100.01
        self.assertLedger(self.card, 100)

    def test_who_sells_changes_no_account_by_hand(self):
        """Core lets them write on cards, as quotations do, which say what they do."""
        seller = new_test_user(
            self.env, "seller_test", groups="sales_team.group_sale_salesman_all_leads"
        )
        card = self.card.with_user(seller)
        for vals in (
            {"points": 1_000_000},
            {"points": 0},
            {"active": False},
            {"service_points": False},
            {"service_next_expiry": False},
            {"company_id": False},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                card.write(vals)
        wizard = self.env["loyalty.card.update.balance"].with_user(seller)
        with self.assertRaises(AccessError):
            wizard.create(
                {"card_id": card.id, "new_balance": 1_000_000, "description": "Because"}
            ).action_update_card_point()
        self.assertLedger(self.card, 200)

    def test_an_order_takes_what_it_says_whatever_the_card_holds(self):
        """200 in the ledger, 1,200 on a card that somebody has tampered with, 50 spent."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE loyalty_card SET points = points + 1000 WHERE id = %s", [self.card.id]
        )
        self.env.invalidate_all()
        source = Source(origin="sale.order,1", reason="Spent", may_owe=True)
        self.card.with_context(loyalty_service_source=source).points -= 50
        self.assertEqual(sum(self.card.service_move_ids.mapped("points")), 150)

    def test_who_sells_does_not_close_the_books(self):
        seller = new_test_user(self.env, "seller_test", groups="sales_team.group_sale_manager")
        with self.assertRaises(AccessError):
            self.program.with_user(seller).service_points = False

    def test_a_manager_says_why(self):
        card = self.card.with_user(self.user_manager)
        with self.assertRaises(UserError):
            card.points = 300
        self.env["loyalty.card.update.balance"].with_user(self.user_manager).create(
            {"card_id": card.id, "new_balance": 150, "description": "Counted twice"}
        ).action_update_card_point()
        self.assertLedger(self.card, 150)
        self.assertEqual(self.card.service_move_ids.sorted("id")[-1].reason, "Counted twice")

    def test_an_archived_programme_keeps_its_books(self):
        self.program.action_archive()
        self.record("2029-08-01")
        self.assertLedger(self.card, 200)
        self.card.points = 150
        self.assertLedger(self.card, 150)
        self.env["loyalty.card"]._expire(self.card, date(2030, 2, 1))
        self.assertLedger(self.card, 100)
        self.program.action_unarchive()
        self.record("2029-08-01")
        self.assertLedger(self.card, 200)

    def test_an_archived_card_keeps_its_points_to_itself(self):
        self.card.action_archive()
        self.record("2029-08-01")
        fresh = self.card_of()
        self.assertNotEqual(fresh, self.card)
        self.assertLedger(fresh, 100)
        self.assertEqual(self.client_of().card_id, fresh)
        self.assertEqual(self.card.points, 200)
        self.assertEqual(sum(self.card.service_move_ids.mapped("points")), 200)

    def test_a_used_card_stays_with_its_client(self):
        other = self.env["res.partner"].create({"name": "Other", "is_company": True})
        for partner in (other, other.browse()):
            with self.subTest(partner=partner), self.assertRaises(UserError) as refused:
                self.card.partner_id = partner
            self.assertIn("Shanghai Lantern Trading", str(refused.exception))
        self.card.partner_id = self.contact
        self.assertEqual(self.card.partner_id, self.client_partner)
        self.assertLedger(self.card, 200)

    def test_a_fresh_card_may_change_hands(self):
        other, third = self.env["res.partner"].create(
            [{"name": name, "is_company": True} for name in ("Other", "Third")]
        )
        card = self.env["loyalty.card"].create(
            {"program_id": self.program.id, "partner_id": other.id}
        )
        colleague = self.env["res.partner"].create({"name": "Li Lei", "parent_id": third.id})
        card.partner_id = colleague
        self.assertEqual(card.partner_id, third)
        self.assertEqual(self.client_of(third).card_id, card)
        self.assertFalse(self.client_of(other).card_id)

    def test_a_card_of_nobody_finds_its_owner(self):
        other = self.env["res.partner"].create({"name": "Other", "is_company": True})
        card = self.env["loyalty.card"].create({"program_id": self.program.id, "points": 30})
        self.assertFalse(card.service_move_ids.partner_id)
        card.partner_id = other
        self.assertLedger(card, 30)
        self.assertEqual(card.service_move_ids.partner_id, other)
        self.assertEqual(self.client_of(other).card_id, card)

    @mute_logger("odoo.sql_db")
    def test_nobody_deletes_a_programme_with_points(self):
        self.program.active = False
        with self.assertRaises(ForeignKeyViolation), self.cr.savepoint():
            self.program.unlink()
        self.assertLedger(self.card, 200)


@tagged("post_install", "-at_install")
class TestPointsFlat(PortalLogins, PointsCommon, HttpCase):
    """What people look at costs the same however long the history is."""

    def queries(self, look):
        look()
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        look()
        return self.env.cr.sql_log_count - before

    def test_the_balance_whatever_the_history(self):
        user = self.portal("wang_flat_test", self.contact)
        self.assertEqual(user.commercial_partner_id, self.client_partner)
        self.authenticate("wang_flat_test", "wang_flat_test")
        views = self.client_partner.get_views([(False, "form")])["models"]["res.partner"]["fields"]
        shown = [name for name in views if name.startswith("loyalty_")]
        self.assertIn("loyalty_points", shown)

        def form():
            self.client_partner.with_user(self.user_manager).read(shown)

        def portal():
            self.assertEqual(self.url_open("/my/loyalty").status_code, 200)

        # Twelve rows fill what a page shows of a history.
        self.record(*[f"2029-01-{day:02}" for day in range(1, 13)])
        few = self.queries(form), self.queries(portal)
        for month in range(2, 10):
            self.record(*[f"2029-{month:02}-{day:02}" for day in range(1, 26)])
            self.card_of().points -= 60
        many = self.queries(form), self.queries(portal)
        self.assertEqual(few, many)
        self.assertLedger(self.card_of(), 12 * 100 + 8 * (2500 - 60))
