from ast import literal_eval
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta
from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged, warmup
from odoo.tools import mute_logger

from .common import PointsCommon

DAY = timedelta(days=1)


class TiersCommon(PointsCommon):
    """Start 0, Middle 200, Top 500; an event gives 100 points. Everybody has an e-mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client_partner.write({"email": "lantern@example.com", "lang": "en_US"})
        cls.manager = cls.user_manager
        cls.client_partner.user_id = cls.manager
        cls.Contest = cls.env["loyalty.service.tier.contest"]
        cls.Override = cls.env["loyalty.service.tier.override"]

    def at(self, day, hour=12):
        """Stand on a day, at noon."""
        self.env.flush_all()
        return freeze_time(datetime.combine(day, datetime.min.time()) + timedelta(hours=hour))

    def review(self, day):
        with self.at(day):
            self.client_of()._review_tiers_due()

    def mails(self, template):
        template = self.env.ref(f"loyalty_service.mail_template_{template}")
        return self.env["mail.mail"].search(
            [("model", "=", template.model), ("res_id", "!=", False)]
        )

    def reasons(self, client=None):
        changes = (client or self.client_of()).tier_change_ids.sorted("id")
        return [(change.to_tier_id.name, change.reason) for change in changes]

    def give(self, tier, until, **values):
        return self.Override.with_user(self.manager).create(
            {
                "client_id": self.client_of().id,
                "tier_id": tier.id,
                "reason": "Our mistake",
                "date_to": until,
                **values,
            }
        )


@tagged("post_install", "-at_install")
class TestTierBasis(TiersCommon):
    def pay(self, amount, day, code="invoice_paid_on_time"):
        return self.record(datetime.combine(day, datetime.min.time()), code=code, amount=amount)

    def agree(self, start, end=False, **values):
        return self.env["loyalty.service.agreement"].create(
            {
                "name": "Bookkeeping",
                "partner_id": self.client_partner.id,
                "date_start": start,
                "date_end": end,
                **values,
            }
        )

    def test_money_paid(self):
        """200 net within 12 months: 120 on time and 80 late; what is undone does not count."""
        self.program.tier_basis = "spend"
        today = date.today()
        self.pay(120, today - relativedelta(months=11))
        client = self.client_of()
        self.assertEqual((client.tier_id, client.qualifying_points), (self.start, 120))
        late = self.pay(80, today, code="invoice_paid_late")
        self.assertEqual((client.tier_id, client.qualifying_points), (self.middle, 200))
        self.assertEqual(client.tier_progress, 40, "200 of 500")
        late._reverse("Un-reconciled")
        self.assertEqual(client.qualifying_points, 120)
        self.assertTrue(client.tier_review_date)
        self.pay(1000, today - relativedelta(months=12))
        self.assertEqual(client.qualifying_points, 120, "the window is over by a day")

    def test_money_is_said_as_money(self):
        self.program.tier_basis = "spend"
        self.pay(120, date.today())
        client = self.client_of()
        self.assertIn(self.env.company.currency_id.symbol, client.next_tier_text)
        self.assertIn("80", client.next_tier_text)
        self.assertIn("paid in 12 months", client._progress_text())
        self.assertIn("200", self.middle.threshold_text)
        self.assertNotIn("points", client._progress_text() + self.middle.threshold_text)

    def test_points_do_not_lift_where_money_does(self):
        self.program.tier_basis = "spend"
        self.record(None, None, None)
        self.assertEqual(self.client_of().tier_id, self.start)

    def test_each_company_counts_what_it_was_paid(self):
        self.program.tier_basis = "spend"
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        self.pay(150, date.today())
        self.record(date.today(), code="invoice_paid_on_time", amount=150, company_id=sister.id)
        self.assertEqual(self.client_of().tier_id, self.start)

    def test_months_under_agreement(self):
        """12 months for Middle, all that ever were: a year and a gap and another."""
        self.program.tier_basis = "tenure"
        self.middle.write({"threshold": 12, "window_months": 0})
        self.top.write({"threshold": 24, "window_months": 0})
        with freeze_time("2026-01-15 12:00:00"):
            agreement = self.agree("2025-01-16")
            agreement.action_start()
            client = self.client_of()
            self.assertEqual((client.tier_id, client.qualifying_points), (self.middle, 12))
            self.assertIn("12 of 24 months under agreement", client._progress_text())
            self.assertEqual(client.next_tier_text, "12 months more to Top")
        with freeze_time("2026-02-14 12:00:00"):
            client._update_tiers()
            self.assertEqual(client.qualifying_points, 12)
        with freeze_time("2026-02-15 12:00:00"):
            client._update_tiers()
            self.assertEqual(client.qualifying_points, 13)
            agreement._end(self.env["loyalty.service.end.reason"].search([], limit=1))
        with freeze_time("2027-06-30 12:00:00"):
            client._update_tiers()
            self.assertEqual(client.qualifying_points, 13, "nothing comes without agreement")
            self.agree("2026-08-01").action_start()
            self.assertEqual((client.tier_id, client.qualifying_points), (self.top, 13 + 11))

    def test_a_renewal_is_one_stretch(self):
        self.program.tier_basis = "tenure"
        self.middle.write({"threshold": 24, "window_months": 0})
        with freeze_time("2025-06-01 12:00:00"):
            agreement = self.agree("2024-06-15", "2025-06-14")
            agreement.action_start()
            agreement._renew()
        with freeze_time("2026-06-14 12:00:00"):
            self.env["loyalty.service.agreement"].search([])._turn_due()
            self.client_of()._update_tiers()
            self.assertEqual(self.client_of().tier_id, self.middle, "two years to the day")

    def test_figures_are_those_of_the_engine_in_one_statement(self):
        self.record(None, None)
        clients = self.client_of()
        for basis in ("points", "spend", "tenure"):
            before = self.cr.sql_log_count
            clients._tier_figures(basis, {12: (date(2020, 1, 1), date.today())})
            self.assertLessEqual(self.cr.sql_log_count - before, 1, basis)

    def test_a_calendar_year(self):
        """The story of the documentation: reached in 2025, told on 2 December 2026."""
        self.program.tier_window = "calendar_year"
        with freeze_time("2025-03-10 12:00:00"):
            self.record("2025-03-10", "2025-03-10")
            client = self.client_of()
            self.assertEqual(client.tier_id, self.middle)
        for day in ("2025-12-31", "2026-01-01", "2026-12-01"):
            self.review(date.fromisoformat(day))
            self.assertEqual((client.tier_id, client.tier_review_date), (self.middle, False))
        with freeze_time("2026-05-01 12:00:00"):
            self.record("2026-05-01")
            self.assertEqual(client.qualifying_points, 100, "what came in this year")
            self.assertIn("earned this year", client._progress_text())
        self.review(date(2026, 12, 2))
        self.assertEqual(client.tier_review_date, date(2027, 1, 1))
        with freeze_time("2026-12-02 12:00:00"):
            client.invalidate_recordset(["review_text"])
            self.assertEqual(
                client.review_text,
                "You move to Start on 01/01/2027 unless you earn 100 more points by 12/31/2026.",
            )
            self.assertEqual(
                client.review_note,
                "Moves to Start on 01/01/2027 unless 100 more points are earned by 12/31/2026.",
            )
        self.review(date(2026, 12, 31))
        self.assertEqual(client.tier_id, self.middle)
        self.review(date(2027, 1, 1))
        self.assertEqual((client.tier_id, client.tier_review_date), (self.start, False))

    def test_what_is_said_to_be_missing_is_enough(self):
        """300 were earned; 100 leave the window during the grace, and are not counted on."""
        today = date(2026, 3, 1)
        self.middle.threshold = 400
        self.record("2025-03-11", "2025-06-01", "2025-06-01", "2025-02-25")
        client = self.client_of()
        client.tier_id = self.middle
        self.review(today)
        self.assertEqual(client.tier_review_date, today + timedelta(days=30))
        with self.at(today):
            client.invalidate_recordset(["review_text"])
            self.assertIn("200 more points by 03/30/2026", client.review_text)
            contest = self.Contest._open(client, "Late by your mistake", self.contact)
            # 300 of 400 count today; what leaves the window until the review is missing, too.
            self.assertEqual(
                (contest.needed_text, contest.counted_text, contest.missing_text),
                ("400 points in 12 months", "300 points", "200 points, counted on 03/30/2026"),
            )
            contest.with_user(self.manager).write({"answer": "Sorry"})
            contest.with_user(self.manager).action_reject()
        with self.at(date(2026, 3, 29)):
            self.record("2026-03-29", "2026-03-29")
        self.review(today + timedelta(days=30))
        self.assertEqual(client.tier_id, self.middle)

    def test_a_change_of_the_programme_is_looked_at_soon(self):
        self.record()
        company = self.env.company
        company.loyalty_reviewed_on = company._loyalty_day()
        self.assertFalse(company._loyalty_to_review())
        self.program.tier_basis = "spend"
        self.assertTrue(company._loyalty_to_review())

    def test_a_pricelist_of_a_sister_firm_stays_there(self):
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        theirs = self.env["product.pricelist"].create({"name": "Theirs", "company_id": sister.id})
        self.middle.pricelist_id = theirs
        self.record(None, None)
        self.record(company_id=sister.id)
        partner = self.client_partner
        self.assertFalse(partner.specific_property_product_pricelist)
        self.assertEqual(partner.with_company(sister).specific_property_product_pricelist, theirs)


@tagged("post_install", "-at_install")
class TestTierNotice(TiersCommon):
    def setUp(self):
        super().setUp()
        self.today = date.today()
        self.event, self.other = self.record(self.today, self.today)
        self.event._reverse("Credited")
        self.client = self.client_of()

    def activities(self):
        return self.client_partner.activity_ids

    def test_the_client_is_told_once(self):
        mails = self.mails("tier_review")
        self.client._review_tiers_due()
        told = self.mails("tier_review") - mails
        self.assertEqual(told.recipient_ids, self.client_partner)
        self.assertEqual(told.state, "outgoing")
        self.assertIn("unless you earn 100 more points", told.body_html)
        self.assertEqual(self.client.tier_told_on, self.today)
        self.assertEqual(self.activities().user_id, self.manager)
        self.assertIn("100 more points", self.activities().note)
        self.review(self.today + DAY)
        self.assertEqual(self.mails("tier_review") - mails, told)
        self.assertEqual(len(self.activities()), 1)

    def test_in_the_language_of_the_client(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"]._load_module_terms(["loyalty_service"], ["zh_CN"])
        self.client_partner.lang = "zh_CN"
        self.client._review_tiers_due()
        body = self.mails("tier_review").sorted("id")[-1].body_html
        self.assertNotIn("unless you earn", body)
        self.assertIn("积分", body)

    def test_nobody_is_lowered_untold(self):
        """The scheduled action did not run: the grace begins when the client is told."""
        late = self.client.tier_review_date + timedelta(days=10)
        self.review(late)
        self.assertEqual(self.client.tier_id, self.middle)
        self.assertEqual(self.client.tier_review_date, late + timedelta(days=30))
        self.review(late + timedelta(days=29))
        self.assertEqual(self.client.tier_id, self.middle)
        self.review(late + timedelta(days=30))
        self.assertEqual(self.client.tier_id, self.start)
        self.assertFalse(self.activities(), "the entry is done with")

    def test_called_off(self):
        self.client._review_tiers_due()
        self.record(self.today)
        self.assertFalse(self.client.tier_review_date or self.client.tier_told_on)
        self.assertFalse(self.activities())

    def test_a_contact_gets_it_where_the_company_has_no_address(self):
        self.client_partner.email = False
        self.assertEqual(self.client.mail_partner_id, self.contact)

    def test_without_any_address_staff_are_told_so(self):
        (self.client_partner + self.contact).email = False
        mails = self.mails("tier_review")
        self.client._review_tiers_due()
        self.assertEqual(self.mails("tier_review"), mails)
        self.assertIn("no e-mail address", self.activities().note)
        self.assertEqual(self.client.tier_told_on, self.today)

    def test_congratulation(self):
        mails = self.mails("tier_reached")
        Change = self.env["loyalty.service.tier.change"]
        due = Change.search([("to_congratulate", "=", True)])
        self.assertEqual(due.client_id, self.client)
        due._congratulate_due()
        due._congratulate_due()
        mail = self.mails("tier_reached") - mails
        self.assertEqual(len(mail), 1)
        self.assertIn("Middle", mail.body_html)
        self.assertIn("50% more points", mail.body_html)

    def test_a_programme_that_does_not_congratulate(self):
        self.program.tier_congratulate = False
        self.record(None, None, None, None)
        last = self.client.tier_change_ids.sorted("id")[-1]
        self.assertEqual((last.to_tier_id, last.to_congratulate), (self.top, False))

    def _cost_of(self, number):
        partners = self.env["res.partner"].create(
            [
                {
                    "name": f"C {place}",
                    "is_company": True,
                    "email": f"c{place}@example.com",
                    "user_id": self.manager.id,
                }
                for place in range(number)
            ]
        )
        for partner in partners:
            self.record(partner=partner)
        clients = self.env["loyalty.service.client"]._ensure(partners, self.env.company)
        clients.tier_id = self.middle
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        clients._update_tiers(review=True)
        self.env.flush_all()
        cost = self.cr.sql_log_count - before
        self.assertTrue(all(clients.mapped("tier_told_on")))
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        clients._update_tiers(review=True)
        self.env.flush_all()
        return cost / number, self.cr.sql_log_count - before

    @warmup
    def test_the_cost_of_a_review_is_flat(self):
        """Mails and activities are Odoo's own, a few queries each; the review itself is a set."""
        self._cost_of(1)
        few_mails, few = self._cost_of(10)
        many_mails, many = self._cost_of(100)
        self.assertLessEqual(many, few + 1, f"{few} queries for 10 clients, {many} for 100")
        self.assertLessEqual(many_mails, few_mails)


@tagged("post_install", "-at_install")
class TestTierOverride(TiersCommon):
    def setUp(self):
        super().setUp()
        self.today = date.today()
        self.record()
        self.client = self.client_of()

    def test_it_lifts_at_once_and_ends_by_itself(self):
        until = self.today + timedelta(days=90)
        override = self.give(self.top, until)
        self.assertEqual((override.state, self.client.tier_id), ("running", self.top))
        self.client._update_tiers()
        self.review(self.today + DAY)
        self.assertEqual((self.client.tier_id, self.client.tier_review_date), (self.top, False))
        self.review(until - timedelta(days=29))
        self.assertEqual(self.client.tier_review_date, until + DAY, "told 30 days ahead")
        self.review(until)
        self.assertEqual(self.client.tier_id, self.top)
        self.review(until + DAY)
        self.assertEqual((override.state, self.client.tier_id), ("ended", self.start))
        self.assertEqual(
            self.reasons(), [("Start", "entered"), ("Top", "override"), ("Start", "override_ended")]
        )
        self.assertEqual(self.client.tier_change_ids.filtered("note").note, "Our mistake")

    def test_it_wins_over_the_review(self):
        self.client.write(
            {"tier_id": self.middle.id, "tier_review_date": self.today, "tier_told_on": self.today}
        )
        self.give(self.middle, self.today + timedelta(days=90))
        self.client._review_tiers_due()
        self.assertEqual((self.client.tier_id, self.client.tier_review_date), (self.middle, False))

    def test_who_earns_more_gets_more(self):
        self.give(self.middle, self.today + timedelta(days=90))
        self.record(None, None, None, None)
        self.assertEqual(self.client.tier_id, self.top)
        self.assertEqual(self.reasons()[-1], ("Top", "raised"))

    def test_not_more(self):
        self.record(None, None, None, None)
        self.assertEqual(self.client.tier_id, self.top)
        override = self.give(self.start, self.today + timedelta(days=5), exact=True)
        self.assertEqual(self.client.tier_id, self.start)
        self.record()
        self.assertEqual(self.client.tier_id, self.start)
        override.with_user(self.manager).action_end()
        self.assertEqual(self.client.tier_id, self.top)
        self.assertEqual(self.reasons()[-2:], [("Start", "override"), ("Top", "override_ended")])

    def test_another_in_its_place(self):
        first = self.give(self.middle, self.today + timedelta(days=9))
        first.with_user(self.manager).action_end()
        second = self.give(self.top, self.today + timedelta(days=90))
        self.assertEqual((first.state, second.state), ("ended", "running"))
        self.assertEqual(self.client.tier_id, self.top)

    def test_later(self):
        override = self.give(
            self.top, self.today + timedelta(days=9), date_from=self.today + timedelta(days=3)
        )
        self.assertEqual((override.state, self.client.tier_id), ("planned", self.start))
        self.review(self.today + timedelta(days=3))
        self.assertEqual((override.state, self.client.tier_id), ("running", self.top))

    def test_a_request_does_not_say_who_gave_it(self):
        self.client.write({"tier_id": self.middle.id, "tier_review_date": self.today + 9 * DAY})
        contest = self.Contest._open(self.client, "Wrong", self.contact)
        override = self.give(
            self.top,
            self.today + timedelta(days=9),
            user_id=self.user_loyalty.id,
            contest_id=contest.id,
        )
        self.assertEqual((override.user_id, override.contest_id.id), (self.manager, False))
        override.action_end()
        Override = self.Override
        self.Override = Override.with_context(default_contest_id=contest.id)
        override = self.give(self.top, self.today + timedelta(days=9))
        self.assertFalse(override.contest_id)

    def test_a_review_called_off_leaves_the_notice_of_another_company(self):
        sister = self.env["res.company"].create({"name": "Sister Firm"})
        self.manager.company_ids += sister
        self.record(code="call", company_id=sister.id)
        clients = self.env["loyalty.service.client"].search(
            [("partner_id", "=", self.client_partner.id)]
        )
        self.assertEqual(len(clients), 2)
        clients.write({"tier_id": self.middle.id, "tier_review_date": self.today + 9 * DAY})
        clients._tell_review()
        theirs = (clients - self.client).tier_notice_id
        self.assertEqual(len(clients.tier_notice_id), 2)
        self.client._close_review()
        self.assertFalse(self.client.tier_notice_id)
        self.assertTrue(theirs.exists())
        self.env["loyalty.service.client"]._close_review()
        (clients - self.client)._close_review()
        self.assertFalse(theirs.exists())

    def test_ended_by_hand(self):
        """It was not known that it would end: there is grace."""
        override = self.give(self.top, self.today + timedelta(days=90))
        override.action_end()
        self.assertEqual(self.client.tier_id, self.top)
        self.client._review_tiers_due()
        self.assertEqual(self.client.tier_review_date, self.today + timedelta(days=30))

    @mute_logger("odoo.sql_db")
    def test_refusals(self):
        with self.assertRaises(AccessError):
            self.Override.with_user(self.user_loyalty).create(
                {
                    "client_id": self.client.id,
                    "tier_id": self.top.id,
                    "reason": "Friend",
                    "date_to": self.today,
                }
            )
        with self.assertRaises(UserError):
            self.give(self.top, self.today - DAY, date_from=self.today - DAY)
        other = self.program.copy({"name": "Other"})
        foreign = self.env["loyalty.service.tier"].create(
            {"name": "Foreign", "program_id": other.id, "threshold": 7}
        )
        with self.assertRaises(ValidationError):
            self.give(foreign, self.today)
        override = self.give(self.top, self.today)
        with self.assertRaises(UserError):
            override.date_to = self.today + DAY
        with self.assertRaises(UserError):
            override.unlink()
        with self.assertRaises(AccessError):
            override.with_user(self.user_loyalty).action_end()
        with self.assertRaises(UniqueViolation), self.cr.savepoint():
            self.give(self.middle, self.today)


@tagged("post_install", "-at_install")
class TestTierContest(TiersCommon):
    def setUp(self):
        super().setUp()
        self.today = date.today()
        event, _other = self.record(self.today, self.today)
        event._reverse("Credited")
        self.client = self.client_of()
        self.client._review_tiers_due()

    def contest(self, text="The invoice of March is not counted."):
        return self.Contest._open(self.client, text, self.contact)

    def test_accepted(self):
        contest = self.contest()
        self.assertEqual((contest.state, contest.from_tier_id), ("open", self.middle))
        self.assertEqual(contest.activity_ids.user_id, self.manager)
        self.assertEqual(self.contest("Again"), contest, "one at a time")
        review_date = self.client.tier_review_date
        self.review(review_date)
        self.assertEqual(self.client.tier_id, self.middle, "not lowered before it is answered")
        until = self.today + timedelta(days=200)
        mails = self.mails("contest_answer")
        mine = contest.with_user(self.manager)
        with self.assertRaises(UserError):
            mine.action_accept()
        mine.write({"answer": "You are right.", "date_to": until})
        mine.action_accept()
        mine.action_accept()
        override = self.client.tier_override_ids
        self.assertEqual(len(override), 1)
        self.assertEqual((override.tier_id, override.date_to), (self.middle, until))
        self.assertEqual((contest.state, contest.answered_by), ("accepted", self.manager))
        self.assertFalse(contest.activity_ids)
        mail = self.mails("contest_answer") - mails
        self.assertEqual(mail.recipient_ids, self.contact)
        self.assertIn("You are right.", mail.body_html)
        self.assertEqual(literal_eval(mail.headers)["Auto-Submitted"], "auto-generated")
        self.review(review_date + DAY)
        self.assertEqual((self.client.tier_id, self.client.tier_review_date), (self.middle, False))

    def test_the_answer_is_in_the_language_of_who_gets_it(self):
        """The Chinese contact that objected has no address: the company gets it, in English."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.contact.write({"email": False, "lang": "zh_CN", "name": "李娜"})
        self.client_partner.write({"email": "office@lantern.example", "lang": "en_US"})
        contest = self.contest().with_user(self.manager)
        self.assertEqual(contest.sudo()._receiver(), self.client_partner)
        contest.answer = "It was paid in another year."
        before = self.mails("contest_answer")
        contest.action_reject()
        mail = self.mails("contest_answer") - before
        self.assertEqual(mail.recipient_ids, self.client_partner)
        self.assertIn("We could not agree to it this time.", mail.body_html)
        self.assertIn(self.client_partner.name, mail.body_html)
        self.assertNotIn("李娜", mail.body_html)

    def test_rejected(self):
        contest = self.contest().with_user(self.manager)
        contest.answer = "It was paid in another year."
        contest.action_reject()
        self.assertEqual(contest.state, "rejected")
        self.assertFalse(self.client._contestable()[0], "answered is answered")
        self.assertFalse(self.contest("But still"))
        self.review(self.client.tier_review_date)
        self.assertEqual(self.client.tier_id, self.start)

    def test_after_the_fact(self):
        self.review(self.client.tier_review_date)
        self.assertEqual(self.client.tier_id, self.start)
        contest = self.contest().with_user(self.manager)
        self.assertEqual((contest.from_tier_id, contest.review_date), (self.middle, False))
        contest.write({"answer": "Sorry.", "date_to": self.today + timedelta(days=100)})
        contest.action_accept()
        self.assertEqual(self.client.tier_id, self.middle)
        self.assertEqual(self.reasons()[-1], ("Middle", "contest"))

    def test_while_an_override_runs_in_its_last_days(self):
        """The client was told of its end. What is agreed to instead takes its place."""
        before = self.give(self.top, self.today + timedelta(days=5))
        self.client._review_tiers_due()
        self.assertEqual(self.client.tier_review_date, self.today + timedelta(days=6))
        contest = self.contest("We were promised a year.").with_user(self.manager)
        self.assertEqual(contest.from_tier_id, self.top)
        contest.write({"answer": "So we were.", "date_to": self.today + timedelta(days=200)})
        contest.action_accept()
        self.assertEqual(before.state, "ended")
        after = self.client.tier_override_ids - before
        self.assertEqual((after.state, after.contest_id), ("running", contest))
        self.assertEqual((self.client.tier_id, self.client.tier_review_date), (self.top, False))

    def test_what_whoever_answers_has_to_know(self):
        """One of two events was undone: 100 of 200 points are left."""
        contest = self.contest().with_user(self.manager)
        self.assertEqual(
            (contest.needed_text, contest.counted_text),
            ("200 points in 12 months", "100 points"),
        )
        self.assertTrue(contest.missing_text.startswith("100 points, counted on "))
        self.assertEqual(contest.date_to, self.today + relativedelta(months=6))
        action = contest.action_view_counted()
        moves = self.env[action["res_model"]].with_user(self.manager).search(action["domain"])
        self.assertEqual(sum(moves.mapped("qualifying_points")), 100)
        self.assertEqual(moves.partner_id, self.client_partner)
        self.assertIn("more points are earned by", self.client.review_note)
        self.assertNotIn("You", self.client.review_note)
        # What is looked after is no exception: lists show the activity by its name.
        self.assertFalse(contest.activity_exception_decoration)

    def test_what_counted_by_other_figures(self):
        contest = self.contest().with_user(self.manager)
        self.program.tier_basis = "spend"
        contest.invalidate_recordset()
        self.assertIn("200", contest.needed_text)
        self.assertEqual(contest.action_view_counted()["res_model"], "loyalty.service.event")
        self.program.tier_basis = "tenure"
        contest.invalidate_recordset()
        self.assertEqual(contest.counted_text, "0 months")
        action = contest.action_view_counted()
        self.assertEqual(action["res_model"], "loyalty.service.agreement")
        self.assertFalse(self.env[action["res_model"]].search(action["domain"]))
        self.program.write({"tier_basis": "points", "tier_window": "calendar_year"})
        contest.invalidate_recordset()
        self.assertEqual(contest.needed_text, "200 points in this calendar year or the last")
        self.assertTrue(contest.action_view_counted()["domain"])

    def test_nothing_to_object_to(self):
        self.record(self.today)
        self.assertFalse(self.contest())
        self.assertFalse(self.contest("   "))

    def test_who_may_answer(self):
        contest = self.contest()
        with self.assertRaises(AccessError):
            contest.with_user(self.user_loyalty).action_reject()
        with self.assertRaises(AccessError):
            contest.with_user(self.user_loyalty).answer = "No."
        with self.assertRaises(UserError):
            contest.with_user(self.manager).state = "accepted"
        contest.with_user(self.manager).answer = "No."
        contest.with_user(self.manager).action_reject()
        with self.assertRaises(UserError):
            contest.with_user(self.manager).answer = "Yes."

    def test_managers_are_asked_where_there_is_no_account_manager(self):
        self.client_partner.user_id = False
        self.assertIn(self.manager, self.contest().activity_ids.user_id)

    def test_who_looks_after_the_client_and_may_not_answer_is_asked_for_what_it_knows(self):
        self.client_partner.user_id = self.user_loyalty
        asked = self.contest().activity_ids.grouped("user_id")
        self.assertIn("A manager answers", asked[self.user_loyalty].note)
        self.assertFalse(asked[self.manager].note)


@tagged("post_install", "-at_install")
class TestTierBenefits(TiersCommon):
    def use(self, hours, day=None):
        return self.record(day or date.today(), code="free_service", hours=hours)

    def test_free_hours(self):
        self.start.write({"free_hours": 3, "free_hours_period": "month"})
        self.record(code="call", hours=9)
        with freeze_time("2026-05-20 12:00:00"):
            first = self.use(2, "2026-05-01 00:00:00")
            self.use(1.5, "2026-04-30 23:00:00")
            client = self.client_of()
            client.invalidate_recordset()
            self.assertEqual(
                (client.hours_granted, client.hours_used, client.hours_left), (3, 2, 1)
            )
            self.assertEqual(client.hours_text, "1 hour of 3 hours left until 05/31/2026")
            self.use(2.5)
            client.invalidate_recordset()
            self.assertEqual(client.hours_left, 0)
            self.assertIn("1.5 hours more", client.hours_text)
            first._reverse("By mistake")
            client.invalidate_recordset()
            self.assertEqual(client.hours_left, 0.5)
            self.start.free_hours_period = "year"
            client.invalidate_recordset()
            self.assertEqual(client.hours_used, 4)
        with freeze_time("2027-01-01 12:00:00"):
            client.invalidate_recordset()
            self.assertEqual(client.hours_left, 3)

    def test_logged_with_a_duration(self):
        self.Event.log_contact(
            self.client_partner.ids,
            self.env.ref("loyalty_service.event_type_free_service").id,
            "Talked about the lease",
            duration=75,
        )
        self.assertEqual(self.standing(self.client_partner, "free_service").hours, 1.25)

    def test_who_lacks_an_account_manager(self):
        self.start.needs_manager = True
        self.record()
        client, Client = self.client_of(), self.env["loyalty.service.client"]
        self.assertFalse(client.lacks_manager)
        self.client_partner.user_id = False
        self.assertTrue(client.lacks_manager)
        self.assertIn(client, Client.search([("lacks_manager", "=", True)]))
        self.assertNotIn(client, Client.search([("lacks_manager", "=", False)]))
        self.assertEqual(self.start.without_manager_count, 1)

    def test_words_follow_from_the_fields(self):
        prices = self.env["product.pricelist"].create({"name": "Friends"})
        tier = self.top
        tier.write(
            {
                "multiplier": 1.25,
                "pricelist_id": prices.id,
                "needs_manager": True,
                "free_hours": 2,
                "free_hours_period": "year",
                "early_booking_days": 7,
            }
        )
        self.assertEqual(
            tier._benefit_lines()[:5],
            [
                "25% more points",
                "Prices of the list Friends",
                "An account manager of your own",
                "2 hours of free service a year",
                "Appointments 7 days before they are open to others",
            ],
        )
        self.assertEqual(self.start._benefit_lines(), [])

    def test_clients_by_tier_over_time(self):
        today = date.today()
        with freeze_time(today - relativedelta(months=3)):
            self.record()
        self.record()
        Month = self.env["loyalty.service.tier.month"]
        self.env.flush_all()
        rows = Month.search([("client_id", "=", self.client_of().id)], order="date")
        self.assertEqual(rows.mapped("tier_id"), self.start + self.middle)
        self.assertEqual([row.tier_id for row in rows][-2:], [self.start, self.middle])
        self.assertEqual(len(rows), 4)

    def test_months_are_those_of_the_company(self):
        """Half past midnight on 1 January in Shanghai is 31 December in UTC."""
        self.env.company.partner_id.tz = "Asia/Shanghai"
        with freeze_time("2025-12-31 16:30:00"):
            self.record()
            self.env.flush_all()
        Month = self.env["loyalty.service.tier.month"]
        domain = [("client_id", "=", self.client_of().id)]
        with freeze_time("2026-02-28 16:30:00"):
            rows = Month.search(domain, order="date")
            self.assertEqual(
                rows.mapped("date"), [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 1)]
            )
        self.env.invalidate_all()
        self.env.company.partner_id.tz = "UTC"
        self.env.flush_all()
        with freeze_time("2026-02-28 16:30:00"):
            rows = Month.search(domain, order="date")
            self.assertEqual(
                rows.mapped("date"), [date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28)]
            )
