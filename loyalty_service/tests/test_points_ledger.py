from datetime import date, datetime, timedelta

from psycopg2.errors import ForeignKeyViolation, RestrictViolation, UniqueViolation

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import SQL, mute_logger
from odoo.tools.sql import table_columns

from odoo.addons.loyalty_service.append_only import handing_over
from odoo.addons.loyalty_service.bulk import reserve_ids
from odoo.addons.loyalty_service.models.move import FIXED_COLUMNS

from .common import PointsCommon


@tagged("post_install", "-at_install")
class TestPointsLedger(PointsCommon):
    """Whatever path changes the points of a card, the ledger says the same."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # 100 points until 31 January 2030, 100 until 30 June 2030.
        cls.record("2029-02-01", "2029-07-01")
        cls.card = cls.env["loyalty.card"].search([("program_id", "=", cls.program.id)])

    def test_awards_open_lots(self):
        self.assertLedger(self.card, 200)
        self.assertEqual(self.lots(self.card), [(date(2030, 1, 31), 100), (date(2030, 6, 30), 100)])
        self.assertEqual(self.card.partner_id, self.client_partner)
        move = self.card.service_move_ids[-1:]
        self.assertEqual(move.lot_id, move)
        self.assertEqual(move.rule_id, self.rule)
        self.assertEqual(move.partner_id, self.client_partner)

    def test_a_hand_that_writes_less_spends_the_earliest_lot(self):
        self.card.points = 70.5
        self.assertLedger(self.card, 70.5)
        self.assertEqual(self.lots(self.card), [(date(2030, 6, 30), 70.5)])

    def test_a_hand_that_writes_more_opens_a_lot_without_expiry(self):
        self.card.points += 30
        self.assertLedger(self.card, 230)
        self.assertEqual(self.lots(self.card)[-1], (None, 30))

    def test_points_count_in_hundredths(self):
        self.card.points = 10.129
        self.assertLedger(self.card, 10.13)

    def test_no_one_can_spend_what_is_not_there(self):
        with self.assertRaisesRegex(UserError, "Shanghai Lantern Trading has 200 Points"):
            self.card.points = -1
        self.program.service_debt_limit = 50
        self.card.points = -50
        self.assertLedger(self.card, -50)
        with self.assertRaises(UserError):
            self.card.points = -51

    def test_mail_reaches_a_contact_of_a_company_without_address(self):
        """Also that which Odoo sends by itself when a card reaches so many points."""
        self.client_partner.email = False
        template = self.env["mail.template"].create(
            {
                "name": "Reached",
                "model_id": self.env["ir.model"]._get_id("loyalty.card"),
                "subject": "500 points",
                "use_default_to": True,
            }
        )
        self.program.communication_plan_ids = [
            Command.create(
                {"trigger": "points_reach", "points": 500, "mail_template_id": template.id}
            )
        ]
        self.card.points = 600
        mail = self.env["mail.mail"].search([("subject", "=", "500 points")])
        self.assertEqual(mail.recipient_ids, self.contact)

    def test_the_balance_wizard(self):
        self.env["loyalty.card.update.balance"].create(
            {"card_id": self.card.id, "new_balance": 150, "description": "Agreed on the phone"}
        ).action_update_card_point()
        self.assertLedger(self.card, 150)
        self.assertEqual(self.lots(self.card)[0], (date(2030, 1, 31), 50))
        move = self.card.service_move_ids.filtered(lambda move: move.kind == "adjust")
        self.assertEqual(move.label, "Adjusted: Agreed on the phone")

    def test_the_generation_wizard_adds_to_the_card_of_the_company(self):
        stranger = self.env["res.partner"].create({"name": "New Here"})
        cards = (
            self.env["loyalty.generate.wizard"]
            .create(
                {
                    "program_id": self.program.id,
                    "mode": "selected",
                    "customer_ids": (self.contact + stranger).ids,
                    "points_granted": 25,
                    "description": "Ten years with us",
                }
            )
            .generate_coupons()
        )
        self.assertIn(self.card, cards)
        self.assertLedger(self.card, 225)
        self.assertLedger(self.card_of(stranger), 25)
        self.assertEqual(self.client_of(stranger).card_id, self.card_of(stranger))
        self.assertEqual(
            self.card_of(stranger).service_move_ids.label, "Adjusted: Ten years with us"
        )

    def give_all(self, partners, points):
        """Have the wizard give points to each of ``partners``; return how many queries it took."""
        wizard = self.env["loyalty.generate.wizard"].create(
            {
                "program_id": self.program.id,
                "mode": "selected",
                "customer_ids": partners.ids,
                "points_granted": points,
                "description": "Ten years with us",
            }
        )
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        wizard.generate_coupons()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_the_generation_wizard_books_all_at_once(self):
        """However many clients have a card already, and however much is on it."""
        partners = self.env["res.partner"].create(
            [{"name": f"Client {number}", "is_company": True} for number in range(24)]
        )
        self.give_all(partners, 1)
        few = self.give_all(partners[:4], 25)
        many = self.give_all(partners[4:], 25)
        self.assertEqual(few, many)
        for number, partner in enumerate(partners):
            self.card_of(partner).points += number
        few = self.give_all(partners[:4], 25)
        many = self.give_all(partners[4:], 25)
        self.assertEqual(few, many)
        for number, partner in enumerate(partners):
            self.assertLedger(self.card_of(partner), 51 + number)

    def test_one_client_by_several_of_its_contacts(self):
        cards = self.env["loyalty.card"].create(
            [
                {"program_id": self.program.id, "partner_id": partner.id, "points": points}
                for partner, points in ((self.contact, 5), (self.client_partner, 7))
            ]
        )
        self.assertEqual(cards, self.card + self.card)
        self.assertLedger(self.card, 212)

    def test_cards_made_twice_in_one_call(self):
        other = self.env["res.partner"].create({"name": "Twice"})
        values = {"program_id": self.program.id, "partner_id": other.id, "points": 5}
        first, second = self.env["loyalty.card"].create([values, dict(values, points=7)])
        self.assertEqual(first, second)
        self.assertLedger(first, 12)

    def test_other_programmes_are_left_alone(self):
        other = self.program.copy({"service_points": False})
        cards = self.env["loyalty.card"].create(
            [{"program_id": other.id, "partner_id": self.contact.id, "points": 5}] * 2
        )
        cards[0].points = -3
        self.assertEqual(len(cards), 2)
        self.assertEqual(cards.partner_id, self.contact)
        self.assertFalse(cards.service_move_ids)

    def test_a_programme_that_becomes_a_service_programme_takes_its_cards_over(self):
        other = self.program.copy({"service_points": False})
        card = self.env["loyalty.card"].create(
            {"program_id": other.id, "partner_id": self.contact.id, "points": 42}
        )
        other.service_points = True
        self.assertEqual(card.partner_id, self.client_partner)
        self.assertLedger(card, 42)
        other.service_points = False
        card.points = 30
        other.service_points = True
        self.assertLedger(card, 30)

    @mute_logger("odoo.sql_db")
    def test_the_database_allows_one_card(self):
        other = self.env["res.partner"].create({"name": "Other"})
        card = self.env["loyalty.card"].create(
            {"program_id": self.program.id, "partner_id": other.id}
        )
        with self.assertRaises(UniqueViolation), self.cr.savepoint():
            card.partner_id = self.client_partner
            card.flush_recordset()
        with self.assertRaises(UserError):
            card.program_id = self.program.copy()

    def test_rows_cannot_be_made_changed_or_deleted(self):
        move = self.card.service_move_ids[:1]
        with self.assertRaises(UserError):
            self.env["loyalty.service.move"].create({"card_id": self.card.id, "points": 5})
        with self.assertRaises(UserError):
            move.points = 5
        with self.assertRaises(UserError):
            move.unlink()
        with self.assertRaises(UserError):
            self.card.unlink()

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_as_well(self):
        for statement, refusal in (
            ("UPDATE loyalty_service_move SET points = 1000", RestrictViolation),
            ("UPDATE loyalty_service_move SET lot_id = NULL", RestrictViolation),
            ("UPDATE loyalty_service_move SET company_id = NULL", RestrictViolation),
            ("UPDATE loyalty_service_move SET create_date = NULL", RestrictViolation),
            ("DELETE FROM loyalty_service_move", RestrictViolation),
            ("TRUNCATE loyalty_service_move", RestrictViolation),
            # What points stand on stays as well, and says what it said.
            ("TRUNCATE loyalty_service_event CASCADE", RestrictViolation),
            ("DELETE FROM loyalty_service_event", ForeignKeyViolation),
            ("UPDATE loyalty_service_event SET amount = 1000", RestrictViolation),
        ):
            with self.subTest(statement), self.assertRaises(refusal), self.cr.savepoint():
                self.cr.execute(statement)

    @mute_logger("odoo.sql_db")
    def test_one_award_for_each_rule_and_event(self):
        move = self.card.service_move_ids[:1]
        self.cr.execute("SELECT * FROM loyalty_service_move WHERE id = %s", [move.id])
        row = self.cr.dictfetchone()
        row["id"] = row["lot_id"] = reserve_ids(self.env, "loyalty_service_move", 1)[0]
        for column in ("create_uid", "create_date", "write_uid", "write_date"):
            del row[column]
        with self.assertRaises(UniqueViolation), self.cr.savepoint():
            self.env["loyalty.service.move"]._insert([row])

    def test_no_caller_can_claim_to_be_the_ledger(self):
        self.card.with_context(loyalty_service_booked=True).points = 150
        self.assertLedger(self.card, 150)
        self.card.with_context(loyalty_service_source=["sale.order,1", "x", True]).points = 120
        self.assertLedger(self.card, 120)
        with self.assertRaises(UserError):
            self.card.with_context(loyalty_service_source=["sale.order,1", "x", True]).points = -1

    def test_a_service_programme_has_no_rules_for_orders(self):
        with self.assertRaises(ValidationError):
            self.program.rule_ids = [fields.Command.create({"reward_point_mode": "money"})]

    def test_expiry(self):
        Card = self.env["loyalty.card"]
        self.card.points -= 30
        Card._expire(self.card, date(2030, 1, 31))
        self.assertLedger(self.card, 170)
        Card._expire(self.card, date(2030, 2, 1))
        self.assertLedger(self.card, 100)
        Card._expire(self.card, date(2030, 2, 1))
        self.assertLedger(self.card, 100)
        expired = self.card.service_move_ids.filtered(lambda move: move.kind == "expire")
        self.assertEqual(expired.mapped("points"), [-70])
        self.assertEqual(self.client_of().qualifying_points, 0, "earned in 2029, none of it today")

    def test_a_balance_set_by_hand_counts_what_has_expired(self):
        """Of 200 points 100 are past their last day, which no scheduled action has seen."""
        with freeze_time("2030-02-01 04:00:00"):
            self.card.points = 150
            self.assertLedger(self.card, 100)
            self.assertEqual(self.lots(self.card), [(date(2030, 6, 30), 100)])
            self.card.points = 0
            self.assertLedger(self.card, 0)
        taken = self.card.service_move_ids.filtered(lambda move: move.points < 0)
        self.assertEqual(
            sorted((move.kind, move.points) for move in taken), [("adjust", -100), ("expire", -100)]
        )

    def test_lots_with_points_left(self):
        self.card.points = 50
        moves = self.env["loyalty.service.move"].search(
            [("card_id", "=", self.card.id), ("is_open", "=", True)]
        )
        self.assertEqual(len(moves), 1)
        self.assertEqual(moves.lot_balance, 50)
        closed = self.env["loyalty.service.move"].search(
            [("card_id", "=", self.card.id), ("is_open", "=", False)]
        )
        self.assertEqual(
            moves + closed, self.card.service_move_ids.sorted(lambda m: m not in moves)
        )

    # ------------------------------------------------------------------
    # Merging companies
    # ------------------------------------------------------------------

    def merge(self, source, target):
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (source + target).ids, target
        )
        self.env.flush_all()
        self.env.invalidate_all()

    def test_merged_companies_have_one_account_with_every_lot(self):
        target = self.env["res.partner"].create({"name": "Lantern Group", "is_company": True})
        today = fields.Date.today()
        event = self.record(today, partner=target)
        self.record(today)
        self.card.points = 250
        self.env["loyalty.service.agreement"].create(
            {"name": "Bookkeeping", "partner_id": self.client_partner.id, "monthly_amount": 600}
        ).action_start()
        lots = self.lots(self.card) + self.lots(self.card_of(target))
        source = self.client_partner
        self.merge(source, target)
        self.assertFalse(source.exists())
        card = self.card_of(target)
        self.assertLedger(card, 350)
        self.assertEqual(sorted(self.lots(card)), sorted(lots))
        client = self.client_of(target)
        self.assertEqual(client.card_id, card)
        self.assertEqual(client.qualifying_points, 200)
        self.assertEqual(client.tier_id, self.middle)
        self.assertEqual(client.agreement_ids.name, "Bookkeeping")
        self.assertEqual(card.service_move_ids.partner_id, target)
        self.assertFalse(self.card.active)
        self.assertEqual(self.card.points, 0)
        event._reverse("Credited after the merger")
        self.assertLedger(card, 250)

    def test_merged_companies_have_one_score_a_day_and_all_agreements(self):
        target = self.env["res.partner"].create({"name": "Lantern Group", "is_company": True})
        today = fields.Datetime.now()
        for partner, days in ((self.client_partner, 1), (target, 5)):
            for back in (days, days + 30, days + 60):
                self.record(today - timedelta(days=back), code="call", partner=partner)
            self.env["loyalty.service.agreement"].create(
                {"name": "Bookkeeping", "partner_id": partner.id, "monthly_amount": 600}
            ).action_start()
        clients = self.client_of() + self.client_of(target)
        clients._update_health()
        self.assertTrue(all(client.health_snapshot_id for client in clients))
        self.merge(self.client_partner, target)
        client = self.client_of(target)
        self.assertEqual(client.monthly_amount, 1200)
        self.assertEqual(client.last_contact_date, today - timedelta(days=1))
        self.assertTrue(client.health_snapshot_id)
        calls = client.rhythm_ids.filtered(lambda row: row.part == "channel:phone")
        self.assertEqual(len(calls), 1)

    def test_what_a_merge_leads_to_is_read_again(self):
        target = self.env["res.partner"].create({"name": "Lantern Group", "is_company": True})
        self.record(partner=target)
        client = self.client_of(target)
        self.env["loyalty.service.health.request"]._remove(client)
        self.merge(self.client_partner, target)
        self.assertTrue(client.health_stale)
        self.assertEqual(client.tier_change_ids.partner_id, target)

    def test_merged_into_a_contact(self):
        company = self.env["res.partner"].create({"name": "Lantern Group", "is_company": True})
        contact = self.env["res.partner"].create({"name": "Li Lei", "parent_id": company.id})
        events = self.standing(self.client_partner)
        self.merge(self.client_partner, contact)
        self.assertEqual(self.standing(company), events)
        self.assertEqual(events.contact_id, contact)
        self.assertLedger(self.card_of(company), 200)

    # ------------------------------------------------------------------
    # Clients that become contacts, and the other way round
    # ------------------------------------------------------------------

    def test_a_client_that_becomes_a_contact_joins_the_company(self):
        person = self.env["res.partner"].create({"name": "Chen Jie"})
        self.record(datetime.now() - timedelta(days=2), partner=person)
        call = self.record(datetime.now() - timedelta(days=1), code="call", partner=person)
        agreement = self.env["loyalty.service.agreement"].create(
            {"name": "Bookkeeping", "partner_id": person.id, "monthly_amount": 600}
        )
        agreement.action_start()
        old_card, old_client = self.card_of(person), self.client_of(person)
        lots = self.lots(self.card) + self.lots(old_card)
        person.parent_id = self.client_partner
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(old_client.exists())
        self.assertLedger(self.card, 300)
        self.assertEqual(sorted(self.lots(self.card)), sorted(lots))
        self.assertFalse(old_card.active)
        client = self.client_of()
        self.assertEqual(agreement.partner_id, self.client_partner)
        self.assertEqual(agreement.client_id, client)
        self.assertEqual(client.monthly_amount, 600)
        self.assertEqual(client.last_contact_date, call.date)
        self.assertEqual(call.partner_id, self.client_partner)
        self.assertEqual(call.contact_id, person)
        self.assertTrue(client.health_stale)
        self.assertEqual(client.tier_change_ids.partner_id, self.client_partner)
        self.assertEqual(self.card.service_move_ids.partner_id, self.client_partner)

    def test_somebody_without_the_loyalty_group_moves_a_contact(self):
        person = self.env["res.partner"].create({"name": "Chen Jie"})
        self.record(partner=person)
        clerk = new_test_user(
            self.env, "clerk_test", groups="base.group_user,base.group_partner_manager"
        )
        person.with_user(clerk).parent_id = self.client_partner
        self.assertLedger(self.card, 300)

    def test_a_company_that_gets_a_parent_company_stays_a_client(self):
        group = self.env["res.partner"].create({"name": "Lantern Group", "is_company": True})
        self.client_partner.parent_id = group
        self.assertLedger(self.card, 200)
        self.assertEqual(self.card.partner_id, self.client_partner)

    def test_a_contact_that_leaves_begins_anew(self):
        events = self.standing(self.client_partner)
        call = self.record(code="call", partner=self.contact)
        self.contact.parent_id = False
        self.assertEqual(self.standing(self.client_partner), events + call)
        self.assertFalse(self.client_of(self.contact))
        self.assertLedger(self.card, 200)
        self.record(partner=self.contact)
        self.assertEqual(self.card_of(self.contact).points, 100)
        self.assertLedger(self.card, 200)

    def test_what_a_contact_won_stays_when_it_leaves(self):
        lead = self.env["crm.lead"].create(
            {"name": "Audit", "type": "opportunity", "partner_id": self.contact.id}
        )
        lead.action_set_won()
        won = self.standing(self.client_partner, "lead_won")
        self.contact.parent_id = False
        lead._loyalty_sync_won()
        self.assertEqual(self.standing(self.client_partner, "lead_won"), won)
        self.assertFalse(self.standing(self.contact))

    def test_one_company_pays_what_the_other_owed(self):
        target = self.env["res.partner"].create({"name": "Lantern Group", "is_company": True})
        event = self.record("2029-02-01", partner=target)
        self.card_of(target).points = 0
        event._reverse("Credited")
        self.assertEqual(self.card_of(target).points, -100)
        self.merge(self.client_partner, target)
        card = self.card_of(target)
        self.assertLedger(card, 100)
        self.assertEqual(self.lots(card), [(date(2030, 6, 30), 100)])

    def test_a_company_without_points_takes_over_those_of_another(self):
        target = self.env["res.partner"].create({"name": "Lantern Group", "is_company": True})
        self.merge(self.client_partner, target)
        self.assertLedger(self.card_of(target), 200)
        self.assertEqual(self.client_of(target).card_id, self.card_of(target))

    @mute_logger("odoo.sql_db")
    def test_rows_stay_whose_they_are_otherwise(self):
        other = self.env["loyalty.card"].create({"program_id": self.program.id, "points": 1})
        for column, value in (
            ("card_id", other.id),
            ("partner_id", self.contact.id),
            ("partner_id", None),
            ("program_id", self.program.copy().id),
            ("program_id", None),
            ("create_uid", self.user_manager.id),
            ("create_uid", None),
        ):
            with (
                self.subTest(column, value=value),
                self.assertRaises(RestrictViolation),
                self.cr.savepoint(),
            ):
                self.cr.execute(
                    SQL(
                        "UPDATE loyalty_service_move SET %s = %s WHERE card_id = %s",
                        SQL.identifier(column),
                        value,
                        self.card.id,
                    )
                )

    def test_no_column_is_left_out(self):
        """What an addon adds to the rows has to be decided about as well."""
        columns = table_columns(self.cr, "loyalty_service_move")
        let_through = set(columns) - {
            *FIXED_COLUMNS,
            *("card_id", "partner_id", "program_id", "create_uid"),
        }
        self.assertEqual(let_through, {"write_uid", "write_date"})

    @mute_logger("odoo.sql_db")
    def test_a_merge_opens_no_other_door(self):
        """While rows are handed over they keep programme, author and what they say; afterwards
        they keep their client as well."""
        with handing_over(self.env):
            for column in ("program_id", "create_uid", "points"):
                with self.assertRaises(RestrictViolation), self.cr.savepoint():
                    self.cr.execute(
                        SQL("UPDATE loyalty_service_move SET %s = 1000", SQL.identifier(column))
                    )
        target = self.env["res.partner"].create({"name": "Lantern Group", "is_company": True})
        self.merge(self.client_partner, target)
        with self.assertRaises(RestrictViolation), self.cr.savepoint():
            self.cr.execute("UPDATE loyalty_service_move SET partner_id = %s", [self.contact.id])

    def test_an_archived_account_goes_over_as_well(self):
        target = self.env["res.partner"].create({"name": "Lantern Group", "is_company": True})
        self.card.action_archive()
        self.merge(self.client_partner, target)
        self.assertEqual(self.card.partner_id, target)
        self.assertEqual(self.card.service_move_ids.partner_id, target)
        self.assertFalse(self.client_of(target).card_id)

    def test_a_card_of_nobody_brings_its_rows_to_its_owner(self):
        person = self.env["res.partner"].create({"name": "New Here"})
        card = self.env["loyalty.card"].create({"program_id": self.program.id, "points": 25})
        card.partner_id = person
        self.assertLedger(card, 25)
        self.env.cr.execute(
            "SELECT partner_id FROM loyalty_service_move WHERE card_id = %s", [card.id]
        )
        self.assertEqual(self.env.cr.fetchall(), [(person.id,)])

    def test_rows_forget_who_is_deleted(self):
        """A user that booked. Whose the points are stays: see test_points_today.py."""
        clerk = new_test_user(
            self.env, "clerk_test", groups="loyalty_service.group_loyalty_manager"
        )
        person = self.env["res.partner"].create({"name": "New Here"})
        card = self.env["loyalty.card"].create({"program_id": self.program.id, "points": 25})
        card.partner_id = person
        self.env["loyalty.card.update.balance"].with_user(clerk).create(
            {"card_id": card.id, "new_balance": 30, "description": "Agreed on the phone"}
        ).action_update_card_point()
        self.assertEqual(card.service_move_ids.create_uid, self.env.user + clerk)
        self.env["loyalty.card.update.balance"].search([]).unlink()
        partner = clerk.partner_id
        clerk.unlink()
        partner.unlink()
        self.assertLedger(card, 30)
        self.assertEqual(card.service_move_ids.create_uid, self.env.user)
        with self.assertRaises(UserError):
            person.unlink()
        self.assertEqual(card.service_move_ids.partner_id, person)

    def test_points_are_worth_money_of_the_company(self):
        main = self.env.ref("base.main_company")
        other = self.env["res.company"].create({"name": "Sister Firm"})
        own = self.program.copy({"company_id": other.id})
        yuan, yen = self.env.ref("base.CNY"), self.env.ref("base.JPY")
        (yuan + yen).active = True
        other.currency_id = yen
        self.assertEqual(own.currency_id, yen)
        self.assertNotEqual(self.program.currency_id, yen)
        main.currency_id = yuan
        self.assertEqual(self.program.currency_id, yuan)
        self.assertEqual(own.currency_id, yen)
        self.assertIn(yuan.symbol, self.program.reward_ids.description)
