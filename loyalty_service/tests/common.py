from contextlib import contextmanager
from datetime import date
from io import BytesIO
from shutil import which
from threading import Thread
from uuid import uuid4

from lxml import html
from pypdf import PdfReader

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import new_test_user
from odoo.tests.common import get_db_name

from odoo.addons.base.tests.common import BaseCommon

# Seconds after which a connection that still waits will wait for ever.
WAIT = 60
NO_PDF = not which("wkhtmltopdf")


def print_text(report, records, user):
    """Return the text of a report on ``records``, really printed as PDF."""
    env = records.env
    # The page brings all that it needs: nothing is fetched, so no server has to answer.
    env["ir.config_parameter"].set_param("report.url", "http://127.0.0.1:9")
    pdf, kind = (
        env["ir.actions.report"]
        .with_user(user)
        .with_context(force_report_rendering=True)
        ._render_qweb_pdf(report, records.ids)
    )
    if kind != "pdf":
        raise AssertionError(f"{report} is no PDF but {kind}")
    pages = PdfReader(BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


class StandingEvents:
    """Mixin that looks into the ledger of a client."""

    def standing(self, partner, *codes):
        """Return the standing events of a client, of the given types if any are named."""
        # sudo: the tests look at the whole ledger, whatever the role they act in.
        Event_sudo = self.env["loyalty.service.event"].sudo()
        domain = Domain("partner_id", "=", partner.id) & Domain(Event_sudo._domain_standing())
        if codes:
            domain &= Domain("type_id.code", "in", codes)
        return Event_sudo.search(domain, order="id")


class PortalLogins:
    """Mixin that gives contacts a login of the portal, with its name as password."""

    @classmethod
    def portal(cls, login, partner):
        return new_test_user(
            cls.env,
            login,
            groups="base.group_portal",
            password=login,
            partner_id=partner.id,
            company_id=cls.env.company.id,
            company_ids=[Command.set(cls.env.company.ids)],
        )


class PortalPages(PortalLogins):
    """Mixin that reads pages of the portal and finds their forms, for an ``HttpCase``."""

    PAGE = "/my/loyalty"
    LOGIN = ""

    def get(self, url=None, login=None):
        login = login or self.LOGIN
        self.authenticate(login, login)
        return self.url_open(url or self.PAGE)

    def told(self, answer):
        """Return what stands on a page, in one line."""
        return " ".join(html.fromstring(answer.text).text_content().split())

    def form(self, answer):
        """Return address and fields of the form of a page that sends to ``PAGE`` or below."""
        [form] = html.fromstring(answer.text).xpath(
            "//form[@method='post'][contains(@action, $page)]", page=self.PAGE
        )
        return form.action, {field.name: field.value or "" for field in form.inputs if field.name}


class Committing:
    """Mixin: connections of their own, whose changes are committed. Tests clean up after them."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())

    @contextmanager
    def committed(self, **context):
        """Open an environment of the superuser; what is done in it is committed at its end."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, context)

    def connect(self):
        """Return an environment of the superuser on a connection that the test commits itself."""
        cr = self.registry.cursor()
        self.addCleanup(cr.close)
        return api.Environment(cr, SUPERUSER_ID, {})

    def in_firm(self):
        """Open an environment in the company of the test, ``company_id``."""
        return self.committed(allowed_company_ids=[self.company_id])

    def at_once(self, *functions):
        """Run functions of an environment in connections of their own, as requests run."""
        outcomes = []

        def request(function):
            with self.in_firm() as env:
                try:
                    outcomes.append(retrying(lambda: function(env), env))
                except UserError as error:
                    outcomes.append(str(error))

        threads = [Thread(target=request, args=(function,)) for function in functions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT)
        self.assertEqual(len(outcomes), len(functions))
        return outcomes


class CommittedFirm(Committing):
    """Mixin: a company with books and a programme of its own, committed.

    Ledger and books cannot be deleted, so the records behind them stay, out of the way. Its
    company is ``company_id``, its programme ``program_id``, and what it does business with
    ``partner_ids``.
    """

    FIRM = ""

    def setUp(self):
        super().setUp()
        self.partner_ids = []
        with self.committed() as env:
            company = env["res.company"].create({"name": f"{self.FIRM} {uuid4()}"})
            self.company_id = company.id
        with self.in_firm() as env:
            env["account.chart.template"].try_loading(
                "generic_coa", env.company, install_demo=False
            )
            self.program_id = (
                env["loyalty.program"]
                .create(
                    {
                        "name": self.FIRM,
                        "program_type": "loyalty",
                        "applies_on": "both",
                        "service_points": True,
                        "company_id": self.company_id,
                        "rule_ids": [],
                    }
                )
                .id
            )
        self.addCleanup(self._leave_the_firm)

    def _leave_the_firm(self):
        with self.committed() as env:
            program = env["loyalty.program"].browse(self.program_id)
            env["loyalty.card"].search([("program_id", "=", program.id)]).action_archive()
            program.write({"service_points": False, "active": False})
            env["res.partner"].browse(self.partner_ids).action_archive()
            env["res.company"].browse(self.company_id).active = False


class LoyaltyCommon(StandingEvents, BaseCommon):
    """A client company with a contact, and one user of each role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Event = cls.env["loyalty.service.event"]
        cls.env.company.partner_id.tz = "UTC"
        cls.client_partner = cls.env["res.partner"].create(
            {"name": "Shanghai Lantern Trading", "is_company": True}
        )
        cls.contact = cls.env["res.partner"].create(
            {"name": "Wang Fang", "parent_id": cls.client_partner.id, "email": "wang@example.com"}
        )
        cls.type_call = cls.env.ref("loyalty_service.event_type_call")
        cls.user_loyalty = new_test_user(
            cls.env, "loyalty_user_test", groups="loyalty_service.group_loyalty_user"
        )
        cls.user_manager = new_test_user(
            cls.env, "loyalty_manager_test", groups="loyalty_service.group_loyalty_manager"
        )


class AgreementCommon(LoyaltyCommon):
    """A service that is agreed on for a year."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service = cls.env["product.product"].create(
            {
                "name": "Monthly bookkeeping",
                "type": "service",
                "list_price": 3600,
                "taxes_id": False,
                "loyalty_agreement_months": 12,
            }
        )

    def agreement(self, **values):
        """Return a running agreement of the client, for 2024 and 300 a month if not said."""
        agreement = self.env["loyalty.service.agreement"].create(
            {
                "partner_id": self.client_partner.id,
                "product_id": self.service.id,
                "date_start": date(2024, 1, 1),
                "date_end": date(2024, 12, 31),
                "monthly_amount": 300,
                **values,
            }
        )
        agreement.action_start()
        return agreement


class PointsCommon(LoyaltyCommon):
    """A programme of its own, where a referral is worth 100 points for 12 months."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["loyalty.program"].search([("service_points", "=", True)]).action_archive()
        cls.program = cls.env["loyalty.program"].create(
            {
                "name": "Test Points",
                "program_type": "loyalty",
                "applies_on": "both",
                "trigger": "auto",
                "service_points": True,
                "company_id": False,
                "currency_id": cls.env.company.currency_id.id,
                "rule_ids": [],
                "reward_ids": [
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount_mode": "per_point",
                            "discount": 1.0,
                            "discount_applicability": "order",
                            "required_points": 1,
                        }
                    )
                ],
                "portal_point_name": "Points",
            }
        )
        cls.tiers = cls.env["loyalty.service.tier"].create(
            [
                {"name": name, "program_id": cls.program.id, "threshold": threshold, **values}
                for name, threshold, values in (
                    ("Start", 0, {}),
                    ("Middle", 200, {"multiplier": 1.5}),
                    ("Top", 500, {"multiplier": 2.0}),
                )
            ]
        )
        cls.start, cls.middle, cls.top = cls.tiers
        cls.rule = cls.add_rule("referral_won", points_fixed=100)

    @classmethod
    def add_rule(cls, code, **values):
        return cls.env["loyalty.service.earning.rule"].create(
            {
                "name": f"Rule for {code}",
                "program_id": cls.program.id,
                "event_type_id": cls.env.ref(f"loyalty_service.event_type_{code}").id,
                "date_from": False,
                "validity_months": 12,
                "use_tier_multiplier": False,
                **values,
            }
        )

    @classmethod
    def record(cls, *dates, code="referral_won", partner=None, **values):
        """Record one event for each of ``dates`` (today without any)."""
        return cls.Event.create(
            [
                {
                    "type_id": cls.env.ref(f"loyalty_service.event_type_{code}").id,
                    "partner_id": (partner or cls.client_partner).id,
                    "date": day or fields.Datetime.now(),
                    **values,
                }
                for day in dates or [None]
            ]
        )

    def card_of(self, partner=None):
        return self.env["loyalty.card"].search(
            [
                ("partner_id", "=", (partner or self.client_partner).id),
                ("program_id", "=", self.program.id),
            ]
        )

    def client_of(self, partner=None):
        return self.env["loyalty.service.client"].search(
            [
                ("partner_id", "=", (partner or self.client_partner).id),
                ("company_id", "=", self.env.company.id),
            ]
        )

    def lots(self, card):
        """Return ``[(expiry, balance)]`` of the lots that are not empty, in order of expiry."""
        card.env.flush_all()
        rows = self.env["loyalty.service.move"]._read_open_lots(card)
        return sorted(
            ((expiry, balance / 100) for _card, _lot, balance, expiry, _is_debt in rows if balance),
            key=lambda lot: (lot[0] is None, lot),
        )

    def assertLedger(self, card, balance):
        """The card, its ledger and the loyalty record all say ``balance``."""
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(card.points, balance)
        moves = self.env["loyalty.service.move"].search([("card_id", "=", card.id)])
        self.assertAlmostEqual(sum(moves.mapped("points")), balance, places=6)
        for client in self.env["loyalty.service.client"].search([("card_id", "=", card.id)]):
            self.assertEqual(client.points, balance)
