from datetime import date, timedelta

from lxml import html

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import PortalLogins
from .test_tiers import TiersCommon


@tagged("post_install", "-at_install")
class TestTiersPortal(PortalLogins, TiersCommon, HttpCase):
    """The notice, the objection and the answer, as the client meets them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_partner = cls.env["res.partner"].create({"name": "Other", "is_company": True})
        cls.users = [
            cls.portal(login, partner)
            for login, partner in (("wang_tiers", cls.contact), ("other_tiers", cls.other_partner))
        ]
        cls.record(partner=cls.other_partner)
        event, _other = cls.record(None, None)
        event._reverse("Credited")
        cls.env["loyalty.service.client"].search(
            [("partner_id", "=", cls.client_partner.id)]
        )._review_tiers_due()

    def page(self, login="wang_tiers"):
        self.authenticate(login, login)
        self.source = self.url_open("/my/loyalty").text
        return " ".join(html.fromstring(self.source).text_content().split())

    def post(self, text, **values):
        token = html.fromstring(self.source).xpath("//input[@name='csrf_token']/@value")
        data = {"text": text, "csrf_token": token[0] if token else "", **values}
        return self.url_open("/my/loyalty/contest", data=data)

    def contests(self, partner=None):
        return self.Contest.search([("partner_id", "=", (partner or self.client_partner).id)])

    def test_from_the_notice_to_the_answer(self):
        page = self.page()
        self.assertIn("You move to Start on", page)
        self.assertIn("100 more points", page)
        self.assertEqual(self.source.count("You move to Start"), 1, "said once")
        self.assertIn("50% more points", page)
        self.post("The invoice of March <b>is</b> paid.")
        contest = self.contests()
        self.assertEqual((contest.state, contest.contact_id), ("open", self.contact))
        page = self.page()
        self.assertIn("The invoice of March <b>is</b> paid.", page)
        self.assertIn("Until we have answered you keep your tier.", page)
        self.assertNotIn("Object to it", page)
        mine = contest.with_user(self.manager)
        mine.write({"answer": "You are right.", "date_to": date.today() + timedelta(days=90)})
        mine.action_accept()
        page = self.page()
        for told in ("Accepted", "You are right.", "You keep Middle until"):
            self.assertIn(told, page)
        self.assertNotIn("Our mistake", page)

    def test_a_file_and_a_character_that_nobody_types(self):
        self.page()
        token = html.fromstring(self.source).xpath("//input[@name='csrf_token']/@value")[0]
        answer = self.url_open(
            "/my/loyalty/contest", {"csrf_token": token}, files={"text": ("x.txt", b"x")}
        )
        self.assertEqual(answer.status_code, 200)
        self.assertFalse(self.contests())
        self.assertEqual(self.post("The invoice\0 of March").status_code, 200)
        self.assertEqual(self.contests().text, "The invoice of March")

    def test_a_double_click_objects_once(self):
        self.page()
        self.post("First")
        self.post("First")
        self.assertEqual(len(self.contests()), 1)

    @mute_logger("odoo.http")
    def test_only_by_post_with_the_token(self):
        self.page()
        # The address of the form leads back to the page.
        answer = self.url_open("/my/loyalty/contest?text=x")
        self.assertEqual(answer.url, self.base_url() + "/my/loyalty")
        self.assertEqual(self.post("x", csrf_token="wrong").status_code, 400)
        self.assertFalse(self.contests())

    def test_of_the_own_company_only(self):
        """The other company has nothing to object to; there is no way to name another's."""
        self.page("other_tiers")
        self.assertNotIn("Object to it", self.source)
        self.source = self.url_open("/my/account").text
        answer = self.post("x", client_id=self.client_of().id)
        self.assertTrue(answer.url.endswith("/my/loyalty#loyalty_contest"), answer.url)
        self.assertFalse(self.contests() + self.contests(self.other_partner))

    def test_tiers_so_far_and_free_hours(self):
        self.start.write({"free_hours": 2, "needs_manager": True})
        self.client_partner.user_id = self.manager
        self.client_of()._close_review()
        self.client_of().write({"tier_id": self.start.id, "tier_review_date": False})
        page = self.page()
        for told in ("2 hours of 2 hours left", "Your tiers so far", self.manager.name):
            self.assertIn(told, page)
