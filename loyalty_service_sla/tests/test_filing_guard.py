import re
from datetime import timedelta

from odoo import fields, http
from odoo.tests import HttpCase, TransactionCase, tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.loyalty_service.tests.common import Committing, PortalLogins

from ..controllers import answer as answer_controller
from ..engine.rate import Rate
from .common import SlaFixture, remove_client


@tagged("post_install", "-at_install")
class TestFilingGuard(SlaFixture, PortalLogins, HttpCase):
    """What is filed twice, too often, or as a second emergency."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_desk()
        cls.colleague = cls.env["res.partner"].create(
            {"name": "Zhao Lei", "parent_id": cls.client_partner.id, "email": "zhao@example.com"}
        )
        cls.stranger = cls.env["res.partner"].create(
            {"name": "Li Na", "is_company": True, "email": "li@example.com"}
        )
        cls.portal("guard_wang", cls.contact)
        cls.portal("guard_zhao", cls.colleague)
        cls.portal("guard_li", cls.stranger)

    def setUp(self):
        super().setUp()
        self.authenticate("guard_wang", "guard_wang")

    def form_key(self):
        return re.search(
            r'name="loyalty_form_key" value="([\w-]+)"', self.url_open("/new/ticket").text
        ).group(1)

    def submit(self, key=None, files=None, **data):
        return self.url_open(
            "/submitted/ticket",
            data={
                "csrf_token": http.Request.csrf_token(self),
                "subject": "VAT",
                "description": "When?",
                **({"loyalty_form_key": key} if key else {}),
                **data,
            },
            files=files,
            allow_redirects=False,
        )

    def filed(self):
        return self.Ticket.search(
            [("commercial_partner_id", "in", (self.client_partner | self.stranger).ids)]
        )

    # ------------------------------------------------------------------
    # Twice
    # ------------------------------------------------------------------

    def test_a_double_click_files_once(self):
        key = self.form_key()
        first, second = self.submit(key), self.submit(key)
        ticket = self.filed()
        self.assertEqual(len(ticket), 1)
        for response in (first, second):
            self.assertTrue(response.headers["Location"].endswith(f"/my/ticket/{ticket.id}"))
        filing = self.env["loyalty.service.sla.filing"].search([("ticket_id", "=", ticket.id)])
        self.assertEqual((len(filing), filing.partner_id), (1, self.client_partner))

    def test_another_form_or_other_words_are_another_ticket(self):
        key = self.form_key()
        self.assertNotEqual(key, self.form_key())
        self.submit(key)
        # Gone back, and written something else.
        self.submit(key, subject="Payslips")
        self.submit(key, files={"attachment": ("letter.txt", b"Dear", "text/plain")})
        self.submit(self.form_key())
        # Without a key, as a form of another addon: nothing is compared.
        self.submit()
        self.submit()
        self.assertEqual(len(self.filed()), 6)

    def test_the_key_of_somebody_else_tells_nothing(self):
        key = self.form_key()
        self.submit(key)
        self.authenticate("guard_li", "guard_li")
        self.submit(key)
        self.assertEqual(self.filed().partner_id, self.contact | self.stranger)

    def test_what_a_visitor_cannot_set(self):
        """The place in the line is the server's to give."""
        self.submit(loyalty_filing_id="1", loyalty_filing_ids="1")
        filing = self.env["loyalty.service.sla.filing"].search([], limit=1)
        self.assertEqual(filing.ticket_id, self.filed())

    # ------------------------------------------------------------------
    # Emergencies
    # ------------------------------------------------------------------

    def test_the_second_emergency_joins_the_first(self):
        self.submit(type="emergency", subject="Inspection")
        emergency = self.filed()
        self.authenticate("guard_zhao", "guard_zhao")
        response = self.submit(
            type="emergency",
            subject="<b>Still</b> here",
            description="Two officers",
            files={"attachment": ("order.txt", b"Order", "text/plain")},
        )
        self.assertEqual(self.filed(), emergency)
        self.assertIn(f"/my/ticket/{emergency.id}?joined=1", response.headers["Location"])
        said = emergency.message_ids.filtered(lambda message: "Two officers" in message.body)
        self.assertEqual(said.author_id, self.colleague)
        self.assertIn("&lt;b&gt;Still", said.body)
        self.assertEqual(said.attachment_ids.name, "order.txt")
        self.assertIn(self.colleague, emergency.message_partner_ids)
        page = self.url_open(response.headers["Location"]).text
        self.assertIn("This emergency is open already", page)
        # A question is a question.
        self.submit(type="question")
        self.assertEqual(len(self.filed()), 2)

    def test_who_files_and_closes_calls_nobody_again_and_again(self):
        """Two emergencies begin within an hour; what comes then goes on with the last one."""
        self.company.loyalty_postmortem_rule = "off"
        for _n in range(2):
            self.submit(type="emergency", subject="Inspection")
            self.filed().write({"stage_id": self.stage_done.id})
        first, last = self.filed().sorted("id")
        response = self.submit(type="emergency", description="Here they are again")
        self.assertEqual(self.filed(), first | last)
        self.assertIn(f"/my/ticket/{last.id}?joined=1", response.headers["Location"])
        self.assertEqual((first.closed, last.closed), (True, False))
        said = last.message_ids.filtered(lambda message: "again" in message.body)
        self.assertEqual(said.author_id, self.contact)
        # An hour later it is another one; and where each one is told, so are these.
        last.stage_id = self.stage_done
        self.company.loyalty_one_emergency = False
        self.submit(type="emergency")
        self.assertEqual(len(self.filed()), 3)
        self.company.loyalty_one_emergency = True
        self.filed().write({"stage_id": self.stage_done.id})
        filings = self.env["loyalty.service.sla.filing"].search([])
        self.env.execute_query(
            SQL(
                "UPDATE loyalty_service_sla_filing SET create_date = create_date"
                " - INTERVAL '1 hour' WHERE id IN %s RETURNING id",
                tuple(filings.ids),
            )
        )
        self.env.invalidate_all()
        self.submit(type="emergency")
        self.assertEqual(len(self.filed()), 4)

    def test_another_client_and_another_time(self):
        self.submit(type="emergency")
        self.authenticate("guard_li", "guard_li")
        self.submit(type="emergency")
        self.assertEqual(len(self.filed()), 2)
        self.authenticate("guard_wang", "guard_wang")
        self.company.loyalty_postmortem_rule = "off"
        self.filed().filtered(
            lambda ticket: ticket.partner_id == self.contact
        ).stage_id = self.stage_done
        self.submit(type="emergency")
        self.assertEqual(len(self.filed()), 3, "the first one is over")

    def test_the_firm_decides(self):
        self.company.loyalty_one_emergency = False
        self.submit(type="emergency")
        self.submit(type="emergency")
        self.assertEqual(len(self.filed()), 2)

    # ------------------------------------------------------------------
    # Too many
    # ------------------------------------------------------------------

    def test_so_many_within_an_hour(self):
        self.company.write({"loyalty_filing_limit": 2, "phone": "+86 21 5555 0100"})
        self.submit(subject="One")
        self.authenticate("guard_zhao", "guard_zhao")
        self.submit(subject="Two")
        response = self.submit(subject="Three", description="What I typed", type="incident")
        self.assertEqual(response.status_code, 429)
        for text in ("tickets within an hour", "+86 21 5555 0100"):
            self.assertIn(text, response.text)
        # What was typed is not lost.
        self.assertRegex(response.text, r'name="subject"[^>]*value="Three"')
        self.assertIn("What I typed", response.text)
        self.assertRegex(response.text, r'id="type_incident"[^>]*checked')
        self.assertEqual(len(self.filed()), 2)
        self.authenticate("guard_li", "guard_li")
        self.submit(subject="Of another firm")
        self.assertEqual(len(self.filed()), 3)
        filings = self.env["loyalty.service.sla.filing"].search([])
        self.assertEqual(len(filings), 3, "what was refused does not count")
        self.env.cr.execute(
            "UPDATE loyalty_service_sla_filing SET create_date = create_date - interval '61 min'"
        )
        filings.invalidate_recordset()
        self.authenticate("guard_zhao", "guard_zhao")
        self.submit(subject="An hour later")
        self.assertEqual(len(self.filed()), 4)
        self.company.loyalty_filing_limit = 0
        for number in range(3):
            self.submit(subject=f"Without limit {number}")
        self.assertEqual(len(self.filed()), 7)

    def test_an_emergency_is_taken_whatever_else_was_filed(self):
        self.company.loyalty_filing_limit = 2
        self.submit(subject="One")
        self.submit(subject="Two")
        self.assertEqual(self.submit(subject="Three").status_code, 429)
        self.assertEqual(self.submit(subject="Inspection", type="emergency").status_code, 302)
        self.authenticate("guard_zhao", "guard_zhao")
        response = self.submit(subject="Still here", type="emergency")
        self.assertIn("joined=1", response.headers["Location"])
        # Each of its own, they have a limit of their own.
        self.company.loyalty_one_emergency = False
        statuses = [self.submit(subject=f"E{n}", type="emergency").status_code for n in range(3)]
        self.assertEqual(statuses[-1], 429)
        self.assertEqual(self.submit(subject="Four").status_code, 429)

    def test_old_ones_are_forgotten(self):
        self.submit()
        Filing = self.env["loyalty.service.sla.filing"]
        filing = Filing.search([("ticket_id", "in", self.filed().ids)])
        Filing._gc_filings()
        self.assertTrue(filing.exists())
        self.env.cr.execute(
            "UPDATE loyalty_service_sla_filing SET create_date = %s",
            (fields.Datetime.now() - timedelta(days=3),),
        )
        Filing._gc_filings()
        self.assertFalse(filing.exists())
        self.assertTrue(self.filed())

    def test_who_searches_without_end(self):
        rate, answer_controller.SEARCHES = answer_controller.SEARCHES, Rate(2, 60)
        self.addCleanup(setattr, answer_controller, "SEARCHES", rate)
        for number in range(3):
            page = self.url_open("/my/answers?search=vat")
            self.assertEqual(page.status_code, 200 if number < 2 else 429)
        self.assertIn("Please wait a little", page.text)
        similar = self.make_jsonrpc_request("/my/answers/similar", {"question": "vat"})
        self.assertEqual(similar["html"], "")
        self.assertEqual(self.url_open("/my/answers").status_code, 200, "to read is no search")
        self.authenticate("guard_li", "guard_li")
        self.assertEqual(self.url_open("/my/answers?search=vat").status_code, 200)


@tagged("post_install", "-at_install")
class TestFilingAtOnce(Committing, TransactionCase):
    """Requests that come at the same moment, on real connections."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.remove)
        with self.committed(mail_notrack=True) as env:
            self.company_id = env.ref("base.main_company").id
            partner = env["res.partner"].create({"name": "Two Clicks Ltd", "is_company": True})
            self.partner_id = partner.id

    def remove(self):
        with self.committed() as env:
            tickets = env["helpdesk.ticket"].search([("partner_id", "=", self.partner_id)])
            env["loyalty.service.sla.filing"].search(
                [("partner_id", "=", self.partner_id)]
            ).unlink()
            remove_client(env, self.partner_id, tickets.ids)

    def file(self, form_hash, emergency=False):
        """Do what a request does: take a place, look around, file."""

        def request(env):
            env = env(context={**env.context, "mail_notrack": True, "tracking_disable": True})
            partner = env["res.partner"].browse(self.partner_id)
            filing, is_new = env["loyalty.service.sla.filing"]._begin_sudo(
                partner, env["res.company"].browse(self.company_id), form_hash
            )
            if not is_new:
                return filing.ticket_id.id
            known = emergency and env["helpdesk.ticket"]._loyalty_get_open_emergency(
                partner, filing.company_id
            )
            filing.ticket_id = known or env["helpdesk.ticket"].create(
                {
                    "name": "At once",
                    "description": "x",
                    "partner_id": partner.id,
                    "loyalty_ticket_type": "emergency" if emergency else "question",
                }
            )
            return filing.ticket_id.id

        return request

    def filed(self):
        with self.committed() as env:
            return env["helpdesk.ticket"].search([("partner_id", "=", self.partner_id)]).ids

    def test_one_form_sent_twice(self):
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            outcomes = self.at_once(self.file("a" * 64), self.file("a" * 64))
        self.assertEqual(len(self.filed()), 1)
        self.assertEqual(outcomes, self.filed() * 2)

    def test_two_emergencies(self):
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            outcomes = self.at_once(self.file("a" * 64, True), self.file("b" * 64, True))
        self.assertEqual(outcomes, self.filed() * 2)

    def test_two_questions(self):
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            outcomes = self.at_once(self.file("a" * 64), self.file("b" * 64), self.file(None))
        self.assertEqual(sorted(outcomes), sorted(self.filed()))
        self.assertEqual(len(outcomes), 3)
