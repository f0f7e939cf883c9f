"""The generator of the demo firm: the same firm for the same seed, and a sound one."""

import re
from datetime import date, datetime, timedelta
from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged
from odoo.tools import SQL

from odoo.addons.loyalty_service.models.event_lookup import EXAMPLES

from .generators import clients, credit_code, demo_firm, english, people
from .generators.contacts import Contacts
from .generators.service import Service, Ticket
from .generators.walk import Walk, local_day
from .generators.world import World

NOW = datetime(2026, 3, 18, 6, 0)  # a Wednesday, 14:00 in Shanghai
SIZE = {"clients": 6, "months": 3, "seed": 2}


def _firm(env):
    """Return what a reader of the demo would see of it, but for the numbers of documents."""
    events = {}
    for event in env["loyalty.service.event"].search([], order="date, id"):
        summary = re.sub(r"(HT|INV/|RINV/)\S+", "", event.summary or "")
        told = (str(event.date), event.type_id.code, summary, event.amount, event.value)
        events.setdefault(event.partner_id.name, []).append(told)
    figures = {
        client.partner_id.name: (
            client.partner_id.vat,
            client.points,
            client.tier_id.name,
            round(client.health_score, 6),
            client.health_band,
            client.monthly_amount,
            str(client.next_renewal_date),
        )
        for client in env["loyalty.service.client"].search([])
    }
    tickets = sorted(
        (str(ticket.create_date), ticket.name, ticket.partner_id.name, ticket.stage_id.name)
        for ticket in env["helpdesk.ticket"].search([("partner_id", "!=", False)])
    )
    return {"events": events, "figures": figures, "tickets": tickets}


def test_the_plan_depends_on_the_seed_and_the_day_only():
    today = date(2026, 3, 18)
    plan = clients.plan(60, 24, 2024, today)
    assert plan == clients.plan(60, 24, 2024, today)
    assert plan != clients.plan(60, 24, 2025, today)
    later = clients.plan(60, 24, 2024, date(2026, 8, 1))
    assert [client.name for client in plan] == [client.name for client in later]
    assert [client.code for client in plan] == [client.code for client in later]
    assert [client.fate.cause for client in plan] == [client.fate.cause for client in later]


def test_the_plan_is_what_the_demo_promises():
    today = date(2026, 3, 18)
    plan = clients.plan(60, 24, 2024, today)
    assert len({client.name for client in plan}) == 60
    assert len({client.code for client in plan}) == 60
    assert {client.kind.code for client in plan} == set(clients.KINDS)
    gone = [client for client in plan if client.fate.left]
    assert len(gone) == 12
    assert len({client.fate.cause for client in gone}) >= 6
    for client in gone:
        # It joined before the traces began, and it left before today.
        assert client.joined < client.fate.begins < client.fate.left < today
    assert [client for client in plan if client.fate.cause and not client.fate.left]


def test_the_templates_for_imports_are_about_its_clients():
    plan = clients.plan(60, 24, 2024, date(2026, 3, 18))
    assert {client.name for client in plan} >= EXAMPLES


# What is said of each cause for leaving, in any of these words.
WORDS = {
    "price": "贵|报价|涨价|降价|加急费",
    "quality": "申报错|填错|又有错|对不上|漏报",
    "response": "没有人回复|找不到人|回复慢|拖到",
    "staff": "会计|换了对接人",
    "closed": "注销|生意不好",
    "competitor": "另一家",
    "inhouse": "自己招会计|专职会计",
    "attitude": "态度|不愉快",
}


def test_who_leaves_has_told_why():
    """In the year before it leaves, a client speaks of its own cause, and the desk shows it."""
    today = date(2026, 3, 18)
    plan = clients.plan(60, 24, 2024, today)
    start = date(2024, 3, 18)
    world = World(None, 2024, start, today, date(2025, 7, 17), Walk(NOW), plan)
    contacts, service = Contacts(world), Service(world)
    contacts.plan()
    told = [note for notes in contacts.log.values() for note in notes]
    chinese = {said: line for line, said in english.LINES.items()}
    for client in plan:
        if not client.fate.left:
            continue
        year = client.fate.left - timedelta(days=365)
        lines = [
            chinese.get(line, line)
            for other, _code, moment, line in told
            if other is client and year <= moment.date() <= client.fate.left
        ]
        words = WORDS[client.fate.cause]
        assert [line for line in lines if re.search(words, line)], (client.name, words)
        with patch.object(Ticket, "plan", autospec=True) as planned:
            service._plan_sign(client)
        tickets = [call.args[0] for call in planned.call_args_list]
        assert len(tickets) == (client.fate.cause in ("quality", "response"))
        for ticket in tickets:
            assert year <= ticket.opened.date() <= client.fate.left
            assert ticket.reopens or ticket.patience > 24


def test_the_codes_have_right_check_digits():
    for client in clients.plan(60, 24, 2024, date(2026, 3, 18)):
        code = client.code
        assert len(code) == 18
        assert credit_code.organisation_check(code[8:16]) == code[16]
        assert credit_code.code_check(code[:17]) == code[17]


@tagged("post_install", "-at_install")
class TestDemoFirm(TransactionCase):
    def setUp(self):
        super().setUp()
        # Tests of several connections commit what no ledger lets go; here it is out of sight.
        for table in ("loyalty_service_move", "loyalty_service_event"):
            self.cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", SQL.identifier(table)))
            self.cr.execute(SQL("DELETE FROM %s", SQL.identifier(table)))
            self.cr.execute(SQL("ALTER TABLE %s ENABLE TRIGGER USER", SQL.identifier(table)))

    def load(self):
        # A test's transaction is not to be committed, so a checkpoint does nothing.
        with freeze_time(NOW):
            return demo_firm.load(self.env, **SIZE, checkpoint=lambda: None)

    def test_one_seed_one_firm(self):
        savepoint = self.env.cr.savepoint(flush=False)
        result = self.load()
        first = _firm(self.env)
        savepoint.rollback()
        # What waits for the commit speaks of users of the first firm.
        self.env.cr.precommit.clear()
        self.env.invalidate_all()
        self.env.registry.clear_all_caches()
        self.assertFalse(self.env["loyalty.service.event"].search_count([]))
        self.load()
        second = _firm(self.env)
        savepoint.close(rollback=False)
        self.assertIn(("Administrator", "admin", "admin"), result["logins"])
        self.maxDiff = None
        for part, told in first.items():
            self.assertEqual(told, second[part], part)

    def test_the_firm_is_sound(self):
        done = []
        with freeze_time(NOW):
            result = demo_firm.load(
                self.env,
                **SIZE,
                checkpoint=lambda: None,
                progress=lambda step, total, what: done.append((step, total)),
            )
        self.assertEqual(done[0], (0, 3))
        self.assertEqual(done[-1], (3, 3))
        self._check_money()
        self._check_ledger()
        self._check_desk()
        self._check_languages()
        self._check_senders(result)
        self._check_apps()
        self._check_walls(result)

    def _check_senders(self, result):
        """Whoever can enter can send mail, and so can what runs by itself."""
        users = self.env["res.users"].search(
            [("login", "in", [login for _who, login, _password in result["logins"]])]
        )
        self.assertEqual(len(users), len(result["logins"]))
        for user in users | self.env.ref("base.user_root"):
            self.assertTrue(user.email_formatted, user.login)
        self.assertTrue(self.env.company.email)

    def _check_apps(self):
        """Who manages clients makes quotations: their app is there."""
        sales = self.env.ref("sale.sale_menu_root")
        for staff in people.STAFF:
            if staff.manages_clients and not staff.left:
                user = self.env["res.users"].search([("login", "=", staff.login)])
                shown = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
                self.assertIn(sales.id, shown, staff.login)

    def _check_languages(self):
        """What the firm offers has its name in each language, and none in that of another."""
        program = self.env["loyalty.program"]._get_service_program(self.env.company)
        records = {
            "name": [
                self.env["product.product"].search([("loyalty_agreement_months", ">", 0)]),
                self.env["res.partner.category"].search([]),
                self.env["helpdesk.ticket.category"].search([]),
                self.env["helpdesk.ticket.team"].search([("name", "=", "Service Desk")]),
                self.env["helpdesk.ticket.stage"].search([("name", "!=", "Done")]),
            ],
            "description": [program.reward_ids | program.service_reward_ids],
        }
        for field, sets in records.items():
            for found in sets:
                self.assertTrue(found)
                for record in found:
                    texts = {
                        lang: record.with_context(lang=lang)[field]
                        for lang in ("en_US", "zh_CN", "zh_TW")
                    }
                    with self.subTest(texts=texts):
                        self.assertNotRegex(texts["en_US"], "[一-龥]")
                        for lang in ("zh_CN", "zh_TW"):
                            self.assertRegex(texts[lang], "[一-龥]")

    def _check_money(self):
        self.assertEqual(self.env.company.currency_id.name, "CNY")
        invoices = self.env["account.move"].search(
            [("move_type", "=", "out_invoice"), ("company_id", "=", self.env.company.id)]
        )
        self.assertTrue(invoices)
        self.assertEqual(set(invoices.mapped("state")), {"posted"})
        self.assertIn("paid", invoices.mapped("payment_state"))
        self.assertFalse(set(invoices._loyalty_unsynced_ids()) & set(invoices.ids))

    def _check_ledger(self):
        events = self.env["loyalty.service.event"].search([])
        # A renewal that is agreed on counts from the day on which it starts.
        past = events.filtered(lambda event: event.kind != "agreement")
        self.assertLessEqual(max(past.mapped("date")), NOW)
        for card in self.env["loyalty.card"].search([("service_points", "=", True)]):
            self.assertAlmostEqual(card.points, sum(card.service_move_ids.mapped("points")))
        clients_ = self.env["loyalty.service.client"].search([])
        self.assertEqual(len(clients_), SIZE["clients"])
        running = clients_.filtered("has_active_agreement")
        self.assertEqual(set(running.mapped("health_date")), {date(2026, 3, 18)})
        self._check_anniversaries(running)

    def _check_anniversaries(self, running):
        """Who has a full year inside the period shown is congratulated on that day."""
        first = date(2025, 12, 18)
        expected = {
            client.partner_id: day
            for client in running
            for day in [client.client_since + relativedelta(year=year) for year in (2025, 2026)]
            if first < day <= date(2026, 3, 18) and day > client.client_since
        }
        self.assertTrue(expected)
        events = self.env["loyalty.service.event"].search([("type_id.code", "=", "anniversary")])
        found = {event.partner_id: local_day(event.date) for event in events}
        self.assertLessEqual(expected.items(), found.items())

    def _check_desk(self):
        """Every state of a clock lies on the desk."""
        states = self.env["helpdesk.ticket"].search([]).mapped("loyalty_sla_state")
        self.assertLessEqual({"running", "paused", "breached"}, set(states))
        self.assertFalse(self.env["mail.mail"].search_count([("state", "=", "exception")]))

    def _check_walls(self, result):
        """On real records: a portal user reads nothing, another company's manager neither."""
        portal = self.env["res.users"].search([("login", "=", "client")])
        self.assertTrue(portal.share)
        self.assertIn("client", [login for _who, login, _password in result["logins"]])
        # A programme without a company is shared, with its ledger; this firm keeps its own.
        program = self.env["loyalty.program"]._get_service_program(self.env.company)
        program.company_id = self.env.company
        other = self.env["res.company"].create({"name": "Other Firm"})
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="loyalty_service.group_loyalty_manager,helpdesk_mgmt.group_helpdesk_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        for name in (
            "loyalty.service.event",
            "loyalty.service.client",
            "loyalty.service.agreement",
            "loyalty.service.move",
            "loyalty.service.redemption",
            "loyalty.service.health.snapshot",
            "loyalty.service.health.snapshot.line",
            "loyalty.service.survey.invitation",
            "loyalty.service.sla.clock",
            "loyalty.service.sla.entry",
        ):
            with self.subTest(model=name):
                self.assertTrue(self.env[name].search_count([]))
                self.assertFalse(self.env[name].with_user(stranger).search_count([]))
                with self.assertRaises(AccessError):
                    self.env[name].with_user(portal).search([])


def test_every_line_has_its_english():
    """No client's page mixes languages: what staff write of English clients is English."""
    assert not english.all_lines() - set(english.LINES)
    plan = clients.plan(60, 24, 2024, date(2026, 3, 18))
    speaks = {client.people[0].lang for client in plan}
    assert speaks == {"en_US", "zh_CN"}
    for client in plan:
        is_english = client.people[0].lang == "en_US"
        for line in english.LINES:
            said = english.said(client, line)
            assert bool(re.search(r"[\u4e00-\u9fff]", said)) != is_english
