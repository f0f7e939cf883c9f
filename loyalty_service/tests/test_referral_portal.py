import re
from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

from lxml import html

from odoo import fields
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from ..controllers import forms
from .common import PortalLogins
from .referral_common import ReferralCommon

PAGE = "/my/loyalty/referrals"


@tagged("post_install", "-at_install")
class TestReferralPortal(PortalLogins, ReferralCommon, HttpCase):
    """The client's page and the page behind its link, as a browser and a stranger use them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal("wang_refers", cls.contact)
        cls.portal("other_refers", cls.other_partner)

    def told(self, response):
        page = html.fromstring(response.text)
        return " ".join(page.get_element_by_id("wrap").text_content().split())

    def form_of(self, response, action):
        """Return the values of the form of a page, its token against CSRF among them."""
        for form in html.fromstring(response.text).iterfind(".//form"):
            if form.get("action").endswith(action):
                return {
                    field.get("name"): field.get("value") or ""
                    for field in form.iter("input")
                    if field.get("type") == "hidden"
                }
        raise AssertionError(f"no form for {action}")

    def invitations(self):
        self.env.invalidate_all()
        return self.Referral.search([("referrer_client_id", "=", self.referrer.id)])

    FILLED = {
        "company_name": "上海新桥贸易有限公司",
        "contact_name": "Li Na",
        "phone": "139 0000 0002",
        "consent": "1",
    }

    def send(self, login="wang_refers", **values):
        self.authenticate(login, login)
        form = self.form_of(self.url_open(PAGE), "/referrals/new")
        return self.url_open(f"{PAGE}/new", data={**form, **self.FILLED, **values})

    def link(self, client=None):
        return f"/refer/{(client or self.referrer).referral_token}"

    def answer(self, link=None, **values):
        """Answer a link as somebody who is not logged in."""
        self.authenticate(None, None)
        link = link or self.link()
        form = self.form_of(self.url_open(link), link)
        return self.url_open(link, data={**form, **self.FILLED, **values})

    # The client's page ------------------------------------------------------

    def test_a_client_invites(self):
        response = self.send()
        self.assertIn("Thank you.", response.text)
        referral = self.invitations()
        self.assertEqual(referral.company_name, "上海新桥贸易有限公司")
        self.assertEqual((referral.source, referral.state), ("portal", "invited"))
        self.assertEqual(referral.invited_by_id, self.contact)
        self.assertTrue(referral.consent)
        self.assertTrue(referral.lead_id)
        self.assertIn("We have your invitation and will call them", self.told(response))

    def test_a_client_names_itself(self):
        response = self.send(company_name=self.client_partner.name)
        self.assertIn("This invitation does not count. Below you can see why.", self.told(response))
        self.assertNotIn("Thank you.", self.told(response))
        self.assertIn("This is your own company", self.told(response))

    def test_the_page_offers_link_code_and_text(self):
        self.authenticate("wang_refers", "wang_refers")
        page = self.url_open(PAGE)
        self.assertIn(self.referrer.referral_url, page.text)
        self.assertIn("你", page.text.replace("您", "你"), "a text in Chinese")
        self.assertIn("You receive 100 Points and they receive 30, as soon", self.told(page))
        picture = self.url_open(f"{PAGE}/qr")
        self.assertEqual(picture.headers["Content-Type"], "image/png")
        self.assertTrue(picture.content.startswith(b"\x89PNG"))
        self.assertNotIn("Content-Disposition", picture.headers)
        saved = self.url_open(f"{PAGE}/qr?download=1")
        self.assertIn("attachment", saved.headers["Content-Disposition"])
        self.assertIn("data:image/png", self.url_open(f"{PAGE}/poster").text)

    def test_sent_twice_is_once(self):
        self.authenticate("wang_refers", "wang_refers")
        form = self.form_of(self.url_open(PAGE), "/referrals/new")
        for _time in range(2):
            self.url_open(f"{PAGE}/new", data={**form, **self.FILLED})
        self.assertEqual(len(self.invitations()), 1)

    def test_what_is_missing_is_said_and_the_rest_is_kept(self):
        for values, told in (
            ({"company_name": " "}, "Please give the name of the company"),
            ({"phone": ""}, "Please give a phone number or an e-mail"),
            ({"phone": "12"}, "that is complete"),
            ({"consent": ""}, "We may call only who has agreed"),
            ({"company_name": "x" * 121}, "too long"),
            ({"submission": ""}, "send the form again"),
        ):
            with self.subTest(values=values):
                response = self.send(**values)
                self.assertIn(told, self.told(response))
                self.assertIn("Li Na", response.text)
        self.assertFalse(self.invitations())

    def test_the_limit_of_a_day(self):
        self.program.referral_daily_limit = 2
        for number in range(3):
            response = self.send(company_name=f"Company {number}", phone=f"1390000010{number}")
        self.assertIn("That is all for today", self.told(response))
        self.assertEqual(len(self.invitations()), 2)
        with freeze_time(fields.Datetime.now() + timedelta(days=1)):
            self.send(company_name="Tomorrow", phone="13900000109")
        self.assertEqual(len(self.invitations()), 3)

    def test_getting_changes_nothing(self):
        self.send()
        referral = self.invitations()
        before = referral.read(), self.referrer.sudo().read()
        for url in (PAGE, f"{PAGE}/page/7", f"{PAGE}/qr", f"{PAGE}/poster", "/my/loyalty"):
            self.assertEqual(self.url_open(url).status_code, 200)
        # The addresses of forms lead back to these.
        for url in (f"{PAGE}/{referral.id}/cancel", f"{PAGE}/new?company_name=X"):
            answer = self.url_open(url)
            self.assertEqual((answer.status_code, answer.url), (200, self.base_url() + PAGE))
        self.env.invalidate_all()
        self.assertEqual((referral.read(), self.referrer.sudo().read()), before)

    @mute_logger("odoo.http")
    def test_without_the_token_nothing_is_taken(self):
        self.authenticate("wang_refers", "wang_refers")
        for url in (f"{PAGE}/new", f"{PAGE}/1/cancel", self.link()):
            with self.subTest(url=url):
                answer = self.url_open(url, data={**self.FILLED, "submission": "x"})
                self.assertEqual(answer.status_code, 400)
        self.assertFalse(self.invitations())

    def cancel(self, referral, login="wang_refers"):
        self.authenticate(login, login)
        form = self.form_of(self.url_open(PAGE), "/referrals/new")
        return self.url_open(
            f"{PAGE}/{referral.id}/cancel", data={"csrf_token": form["csrf_token"]}
        )

    def test_taking_an_invitation_back(self):
        self.send()
        referral = self.invitations()
        response = self.cancel(referral)
        self.assertEqual(referral.state, "cancelled")
        self.assertIn("This invitation was taken back", self.told(response))

    def test_the_invitation_of_another_company(self):
        self.send()
        referral = self.invitations()
        self.assertEqual(self.cancel(referral, "other_refers").status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(referral.state, "invited")
        page = self.url_open(PAGE)
        for secret in ("新桥", "Li Na", "13900000002", self.referrer.referral_token):
            self.assertNotIn(secret, page.text)

    def test_what_came_of_it_cannot_be_taken_back(self):
        self.send()
        referral = self.invitations()
        self.win(referral)
        self.cancel(referral)
        self.env.invalidate_all()
        self.assertEqual(referral.state, "won")

    def test_only_the_name_that_was_given_is_shown(self):
        self.send()
        referral = self.invitations()
        self.win(
            referral, self.new_client(name="上海新桥贸易有限公司（真名）", email="secret@x.example")
        )
        page = self.url_open(PAGE).text
        self.assertIn("Client now", page)
        for secret in ("真名", "secret@x.example", "Li Na", "13900000002", "139 0000 0002"):
            self.assertNotIn(secret, page)

    def test_trying_out_who_is_a_client(self):
        """The answer to a client's name is the same as to any other."""
        known = self.env["res.partner"].create({"name": "Known Client", "is_company": True})
        self.bill(known)

        def page_for(name, phone):
            response = self.send(company_name=name, phone=phone)
            text = self.told(response).replace(name, "NAME")
            return re.sub(r"\S{16,}", "", text)

        fresh = page_for("Fresh Client", "13900000201")
        self.invitations()._cancel("To compare")
        self.env.cr.execute("DELETE FROM loyalty_service_referral WHERE source = 'portal'")
        self.assertEqual(page_for("Known Client", "13900000202"), fresh)
        self.assertEqual(self.invitations().state, "refused")

    def test_the_section_on_the_loyalty_page(self):
        self.send()
        page = self.url_open("/my/loyalty")
        self.assertIn("Recommend us", page.text)
        self.assertIn("上海新桥贸易有限公司", page.text)

    def test_who_is_no_client(self):
        self.portal("nobody_refers", self.env["res.partner"].create({"name": "Nobody"}))
        self.authenticate("nobody_refers", "nobody_refers")
        self.assertIn("Nothing to recommend here yet", self.url_open(PAGE).text)
        for url in (f"{PAGE}/qr", f"{PAGE}/poster"):
            self.assertTrue(self.url_open(url).url.endswith(PAGE))

    def test_when_the_firm_does_not_want_it(self):
        self.program.referral_active = False
        self.authenticate("wang_refers", "wang_refers")
        self.assertIn("Nothing to recommend here yet", self.url_open(PAGE).text)
        self.assertNotIn("Recommend us", self.url_open("/my/loyalty").text)
        self.assertEqual(self.url_open(self.link()).status_code, 404)

    def test_who_is_not_logged_in_is_asked_to(self):
        self.authenticate(None, None)
        for url in (PAGE, f"{PAGE}/qr", f"{PAGE}/poster"):
            self.assertIn("/web/login", self.url_open(url).url)

    # The page behind the link -----------------------------------------------

    def assert_private(self, page):
        """No script of the page may send its address, and the token in it, to another server."""
        policy = dict(
            part.strip().split(" ", 1)
            for part in page.headers["Content-Security-Policy"].split(";")
        )
        own = {"'self'", "'unsafe-inline'", "'unsafe-eval'", "'none'", "data:"}
        for part, sources in policy.items():
            self.assertLessEqual(set(sources.split()), own, part)
        # What has no part of its own, such as requests in the background, goes by this one.
        self.assertEqual(policy["default-src"], "'self'")
        self.assertNotIn("connect-src", policy)
        # That is no part of what "default-src" stands for.
        self.assertEqual(policy["form-action"], "'self'")

    def test_a_network_that_delivers_the_files_of_the_website(self):
        """It is asked for scripts and pictures, as for those of all other pages."""
        for website, servers in (
            (None, "'self'"),
            (SimpleNamespace(cdn_activated=False, cdn_url="//cdn.example.com/"), "'self'"),
            (SimpleNamespace(cdn_activated=True, cdn_url=False), "'self'"),
            (
                SimpleNamespace(cdn_activated=True, cdn_url="//cdn.example.com/"),
                "'self' cdn.example.com",
            ),
            (
                SimpleNamespace(cdn_activated=True, cdn_url="https://cdn.example.com:8443/a"),
                "'self' cdn.example.com:8443",
            ),
        ):
            with patch.object(forms, "request", SimpleNamespace(website=website)):
                self.assertEqual(forms._own_servers(), servers)

    def test_who_is_invited_answers(self):
        self.authenticate(None, None)
        page = self.url_open(self.link())
        self.assertIn("Shanghai Lantern Trading recommends us to you", self.told(page))
        for secret in ("Wang Fang", "wang@example.com", "138 0000 0001", "91350100M000100Y43"):
            self.assertNotIn(secret, page.text)
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("noindex", page.headers["X-Robots-Tag"])
        self.assert_private(page)
        response = self.answer()
        self.assert_private(response)
        self.assertIn("We will contact you within the next working days", self.told(response))
        referral = self.invitations()
        self.assertEqual((referral.source, referral.state), ("link", "invited"))
        self.assertFalse(referral.invited_by_id)
        self.assertEqual(len(referral.ip_hash), 32)
        self.assertEqual(referral.lead_id.partner_name, "上海新桥贸易有限公司")
        self.assertNotIn("Li", response.url)

    def test_a_person_is_not_named(self):
        self.client_partner.write({"is_company": False, "name": "Zhang San"})
        self.authenticate(None, None)
        page = self.url_open(self.link())
        self.assertNotIn("Zhang San", page.text)
        self.assertIn("One of our clients recommends us", page.text)

    def test_the_title_names_the_firm(self):
        """As the tab of a browser and a chat show it, whatever else is installed."""
        for url in (self.link(), f"{PAGE}/poster"):
            self.authenticate("wang_refers", "wang_refers")
            page = html.fromstring(self.url_open(url).text)
            self.assertEqual(page.findtext(".//title").strip(), self.env.company.name)

    def test_wrong_links_look_alike(self):
        self.authenticate(None, None)
        closed = self.link(self.other_referrer)
        self.other_referrer._close_referral_link()
        gone = self.link()
        self.referrer._renew_referral_link()
        pages = set()
        for link in (closed, gone, "/refer/x", f"/refer/{'y' * 32}", "/refer/%00", "/refer/False"):
            response = self.url_open(link)
            with self.subTest(link=link):
                self.assertEqual(response.status_code, 404)
                self.assertIn("does not lead anywhere", response.text)
                self.assertNotIn("Lantern", response.text)
                pages.add(self.told(response))
        self.assertEqual(len(pages), 1)

    def test_answering_a_closed_link(self):
        self.authenticate(None, None)
        link = self.link()
        form = self.form_of(self.url_open(link), link)
        self.referrer._close_referral_link()
        response = self.url_open(link, data={**form, **self.FILLED})
        self.assertEqual(response.status_code, 404)
        self.assertFalse(self.invitations())

    def test_a_machine_that_fills_in_all(self):
        response = self.answer(website="https://spam.example")
        self.assertIn("Thank you", response.text)
        self.assertFalse(self.invitations())

    def test_an_answer_sent_twice_is_once(self):
        self.authenticate(None, None)
        form = self.form_of(self.url_open(self.link()), self.link())
        for _time in range(2):
            response = self.url_open(self.link(), data={**form, **self.FILLED})
            self.assertIn("Thank you", response.text)
        self.assertEqual(len(self.invitations()), 1)

    def test_what_is_wrong_is_said(self):
        response = self.answer(phone="")
        self.assertIn("Please give a phone number or an e-mail", self.told(response))
        self.assertIn("Li Na", response.text)

    def test_a_refusal_is_not_told_to_the_visitor(self):
        """Whether a company is a client is told to nobody who has but a link."""
        self.bill(self.new_client())
        response = self.answer()
        self.assertIn("We will contact you", response.text)
        self.assertEqual(self.invitations().state, "refused")

    def test_who_is_to_call_gets_a_mail_that_can_be_sent(self):
        """A visitor has no address, and Odoo sends no mail from nobody."""
        self.answer()
        lead = self.invitations().lead_id
        self.assertTrue(lead.user_id)
        mails = self.env["mail.mail"].search([("model", "=", "crm.lead"), ("res_id", "=", lead.id)])
        self.assertTrue(mails)
        self.assertTrue(all(mail.email_from for mail in mails), mails.mapped("email_from"))

    def test_a_visitor_has_a_limit(self):
        self.program.referral_daily_limit = 2
        for number in range(3):
            response = self.answer(company_name=f"C {number}", phone=f"1390000030{number}")
        self.assertIn("That is all for today", self.told(response))
        response = self.answer(
            self.link(self.other_referrer), company_name="D", phone="13900000309"
        )
        self.assertIn("That is all for today", self.told(response), "nor from link to link")
        self.assertEqual(len(self.invitations()), 2)

    def test_a_link_has_a_limit(self):
        self.program.write({"referral_daily_limit": 0, "referral_link_limit": 1})
        self.answer()
        response = self.answer(company_name="C", phone="13900000301")
        self.assertIn("That is all for today", self.told(response))

    def test_the_text_of_a_stranger_is_text(self):
        self.answer(company_name="<script>alert(1)</script>\0", note="{{ 1 }}")
        self.authenticate("wang_refers", "wang_refers")
        page = self.url_open(PAGE).text
        self.assertNotIn("<script>alert(1)", page)
        self.assertIn("&lt;script&gt;alert(1)", page)

    def test_the_pages_cost_the_same_for_many(self):
        client = self.referrer

        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            client._prepare_referral_page(1, 20)
            return self.cr.sql_log_count - before

        def more(start, number):
            self.Referral.create(
                [
                    {
                        "referrer_client_id": client.id,
                        "company_name": f"Many {n}",
                        "phone": f"135000{n:05}",
                        "source": "portal",
                    }
                    for n in range(start, start + number)
                ]
            )

        more(0, 2)
        cost()
        few = cost()
        more(100, 18)
        self.assertLessEqual(cost(), few + 1)

    # Clients that turn out to be one ----------------------------------------

    def merge(self, partner, into):
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (partner + into).ids, into
        )
        self.env.flush_all()
        self.env.invalidate_all()

    def test_the_printed_link_of_a_merged_client_leads_to_the_one_that_is_left(self):
        printed = self.link()
        self.merge(self.client_partner, self.other_partner)
        self.assertFalse(self.referrer.exists())
        self.assertNotEqual(printed, self.link(self.other_referrer))
        page = self.url_open(printed)
        self.assertEqual(page.status_code, 200)
        self.assertIn(f"{self.other_partner.name} recommends us to you", page.text)
        self.authenticate(None, None)
        form = self.form_of(self.url_open(printed), self.link(self.other_referrer))
        self.assertIn("Thank you", self.url_open(printed, data={**form, **self.FILLED}).text)
        referral = self.Referral.search([("referrer_client_id", "=", self.other_referrer.id)])
        self.assertEqual((referral.source, referral.state), ("link", "invited"))
        # The link of who is left goes on as well.
        self.assertEqual(self.url_open(self.link(self.other_referrer)).status_code, 200)

    def test_the_link_of_a_client_that_was_merged_twice(self):
        printed = self.link()
        third = self.env["res.partner"].create({"name": "Third Ltd", "is_company": True})
        self.merge(self.client_partner, self.other_partner)
        self.merge(self.other_partner, third)
        self.assertIn("Third Ltd recommends us to you", self.url_open(printed).text)

    @mute_logger("odoo.http")
    def test_a_closed_link_stays_closed_when_clients_are_merged(self):
        printed = self.link()
        self.referrer.with_user(self.user_loyalty)._close_referral_link()
        self.merge(self.client_partner, self.other_partner)
        self.assertEqual(self.url_open(printed).status_code, 404)

    @mute_logger("odoo.http")
    def test_closing_or_replacing_the_link_closes_the_merged_ones(self):
        for close in ("_close_referral_link", "_renew_referral_link"):
            partner = self.env["res.partner"].create({"name": "Twin Ltd", "is_company": True})
            self.record(code="call", partner=partner)
            twin = self.env["loyalty.service.client"].search([("partner_id", "=", partner.id)])
            printed = self.link(twin)
            self.merge(partner, self.other_partner)
            self.assertEqual(self.url_open(printed).status_code, 200)
            getattr(self.other_referrer.with_user(self.user_loyalty), close)()
            self.assertEqual(self.url_open(printed).status_code, 404)
            self.other_referrer.with_user(self.user_loyalty)._renew_referral_link()
            self.assertEqual(self.url_open(printed).status_code, 404)

    @mute_logger("odoo.http")
    def test_a_merged_link_does_not_open_what_is_closed(self):
        """Who is left has closed its link: the one that came with the other opens nothing."""
        printed = self.link()
        self.other_referrer.with_user(self.user_loyalty)._close_referral_link()
        self.merge(self.client_partner, self.other_partner)
        self.assertEqual(self.url_open(printed).status_code, 404)
