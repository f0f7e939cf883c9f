import base64
import re
from unittest.mock import patch

from lxml import html

from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from .common import PortalPages
from .rewards_common import RewardsCommon

# One red point.
PICTURE = base64.b64encode(
    base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
    )
)


@tagged("post_install", "-at_install")
class TestPortalRewards(PortalPages, RewardsCommon, HttpCase):
    """A client redeems in the portal: its own, once, by POST with the token against CSRF."""

    LOGIN = "wang_rewards"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal_user = cls.portal("wang_rewards", cls.contact)
        cls.colleague = cls.env["res.partner"].create(
            {"name": "Li Na", "parent_id": cls.client_partner.id, "email": "li@example.com"}
        )
        cls.portal("li_rewards", cls.colleague)
        cls.other_partner = cls.env["res.partner"].create(
            {"name": "Competitor Ltd", "is_company": True}
        )
        cls.record("2029-02-01", "2029-02-01", partner=cls.other_partner)
        cls.other_client = cls.env["loyalty.service.client"].search(
            [("partner_id", "=", cls.other_partner.id)]
        )
        cls.portal("other_rewards", cls.other_partner)

    def ask(self, reward=None, login=None, **values):
        """Redeem as a visitor does: open the page, fill the form in, send it."""
        url, fields = self.form(self.get(f"/my/loyalty/reward/{(reward or self.gift).id}", login))
        return self.url_open(url, {**fields, **values})

    def redemptions(self):
        self.env.invalidate_all()
        return self.Redemption.search([("client_id", "=", self.client_record.id)])

    # ------------------------------------------------------------------

    def test_the_page_shows_rewards_and_what_is_missing(self):
        self.reward("Car", 540, service_text="A small one")
        self.reward("Secret", 1, service_visible=False)
        self.reward("Of yesterday", 1, service_date_to="2020-01-01")
        page = self.told(self.get())
        for told in ("Gift box 150 Points Redeem", "Car 540 Points 240 more points are needed."):
            self.assertIn(told, page)
        for hidden in ("Secret", "Of yesterday"):
            self.assertNotIn(hidden, page)

    def test_a_programme_without_rewards(self):
        self.gift.action_archive()
        self.discount.service_visible = False
        self.assertIn("no rewards to redeem at the moment", self.told(self.get()))

    def test_a_client_redeems_a_gift(self):
        page = self.get(f"/my/loyalty/reward/{self.gift.id}")
        self.assertIn("Balance afterwards 150", self.told(page))
        answer = self.ask(note=" The blue one ", address="2 Lantern Road")
        redemption = self.redemptions()
        self.assertTrue(answer.url.endswith(f"/my/loyalty/redemption/{redemption.id}"))
        self.assertTrue(redemption.is_from_portal)
        self.assertEqual(redemption.contact_id, self.contact)
        self.assertEqual(redemption.requested_by_id, self.portal_user)
        self.assertEqual(redemption.note, "The blue one")
        self.assertEqual(redemption.delivery_address, "2 Lantern Road")
        self.assertEqual(redemption.activity_ids.user_id, self.manager_of_client)
        self.assertLedger(self.card, 150)
        page = self.told(self.get())
        self.assertIn("Your rewards Gift box", page)
        self.assertIn("Redeemed: Gift box", page)

    def test_both_contacts_see_one_account(self):
        self.ask()
        redemption = self.redemptions()
        page = self.told(self.get(f"/my/loyalty/redemption/{redemption.id}", "li_rewards"))
        self.assertIn("Gift box", page)
        self.assertIn("Your rewards Gift box", self.told(self.get(login="li_rewards")))

    def test_the_address_of_the_company_is_proposed(self):
        _url, fields = self.form(self.get(f"/my/loyalty/reward/{self.gift.id}"))
        self.assertIn("1 Lantern Road", fields["address"])
        self.assertIn(self.contact.name, fields["address"])

    def test_a_discount_is_asked_for_once(self):
        """Two pages are open; the second one is sent after the first."""
        url, fields = self.form(self.get(f"/my/loyalty/reward/{self.discount.id}"))
        self.redeem(self.discount, is_from_portal=True)
        answer = self.url_open(url, fields)
        self.assertEqual(self.told(answer).count("Asked for on"), 1)
        self.assertEqual(len(self.redemptions()), 1)

    def test_a_discount_that_was_asked_for_is_not_offered_again(self):
        with freeze_time("2029-08-01 12:00:00"):
            wish = self.redeem(self.discount, is_from_portal=True)
        page = self.get()
        self.assertIn("For your next quotation Asked for on 08/01/2029.", self.told(page))
        self.assertIn(f"/my/loyalty/redemption/{wish.id}", page.text)
        self.assertNotIn(f'href="/my/loyalty/reward/{self.discount.id}"', page.text)
        self.assertNotIn(self.discount, self.client_record._rewards_within_reach())
        # The page of the reward, which somebody may have kept, leads to the request.
        page = self.get(f"/my/loyalty/reward/{self.discount.id}")
        self.assertIn("Asked for on 08/01/2029.", self.told(page))
        self.assertIn("See Your Request", self.told(page))
        self.assertFalse(html.fromstring(page.text).xpath("//form[contains(@action, '/redeem')]"))
        # A colleague of the same client sees the same; another client does not.
        self.assertIn("Asked for on", self.told(self.get(login="li_rewards")))
        self.assertNotIn("Asked for on", self.told(self.get(login="other_rewards")))
        # In a quotation it is on its way; once cancelled it can be asked for again.
        wish.sudo().state = "prepared"
        self.assertIn("In your quotation Asked for on", self.told(self.get()))
        wish.action_cancel()
        self.assertNotIn("Asked for on", self.told(self.get()))
        self.assertIn(f'href="/my/loyalty/reward/{self.discount.id}"', self.get().text)

    def test_a_gift_can_be_asked_for_again_while_the_first_is_on_its_way(self):
        self.redeem(self.gift)
        self.assertNotIn("Asked for on", self.told(self.get()))
        self.assertIn(self.gift, self.client_record._rewards_within_reach())

    def test_a_file_and_a_character_that_nobody_types(self):
        url, fields = self.form(self.get(f"/my/loyalty/reward/{self.gift.id}"))
        answer = self.url_open(
            url,
            {**fields, "note": "", "address": "2\0 Lantern Road"},
            files={"note": ("x.txt", b"x")},
        )
        self.assertEqual(answer.status_code, 200)
        redemption = self.redemptions()
        self.assertEqual((redemption.delivery_address, redemption.note), ("2 Lantern Road", False))

    def test_a_form_without_its_token_is_asked_for_again(self):
        """Whoever sends it, and however often: no click of one client stands in another's way."""
        for login in ("wang_rewards", "other_rewards", "wang_rewards"):
            url, fields = self.form(self.get(f"/my/loyalty/reward/{self.gift.id}", login))
            for sent in (
                {"data": {**fields, "token": ""}},
                {"data": fields, "files": {"token": ("x.txt", b"x")}},
            ):
                with self.subTest(login=login, sent=sent):
                    fields.pop("token", None)
                    answer = self.url_open(url, **sent)
                    self.assertEqual(answer.status_code, 200)
                    self.assertIn("Please send the form again.", self.told(answer))
        self.assertFalse(self.redemptions())
        # What comes back has a token.
        answer = self.url_open(*self.form(answer))
        self.assertIn("/my/loyalty/redemption/", answer.url)
        self.assertTrue(self.redemptions().token)

    def test_redemptions_without_a_token_do_not_know_each_other(self):
        first, second = self.redeem(token=""), self.redeem(token="", client=self.other_client)
        self.assertNotEqual(first, second)
        self.assertFalse(first.token)

    def test_a_picture_is_found_without_judging_all_others(self):
        self.gift.service_image = PICTURE
        for number in range(5):
            self.reward(f"Pen {number}", 1)
        judged = []
        Client = type(self.env["loyalty.service.client"])
        judge = Client._judge

        def count(client, offered):
            judged.append(len(offered))
            return judge(client, offered)

        with patch.object(Client, "_judge", count):
            answer = self.get(f"/my/loyalty/reward/{self.gift.id}/picture")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(judged, [1])

    def test_sending_the_page_twice_asks_once(self):
        url, fields = self.form(self.get(f"/my/loyalty/reward/{self.gift.id}"))
        first, second = (self.url_open(url, fields) for _time in range(2))
        self.assertEqual(first.url, second.url)
        self.assertEqual(len(self.redemptions()), 1)
        self.assertLedger(self.card, 150)

    def test_points_that_are_gone_in_the_meantime(self):
        url, fields = self.form(self.get(f"/my/loyalty/reward/{self.gift.id}"))
        self.card.points = 20
        answer = self.url_open(url, {**fields, "note": "The blue one"})
        self.assertIn("130 more points are needed", self.told(answer))
        self.assertFalse(self.redemptions())
        self.assertLedger(self.card, 20)

    def test_get_changes_nothing(self):
        redemption = self.redeem()
        for url in (
            f"/my/loyalty/reward/{self.gift.id}",
            f"/my/loyalty/reward/{self.gift.id}/redeem",
            f"/my/loyalty/redemption/{redemption.id}",
            f"/my/loyalty/redemption/{redemption.id}/cancel",
        ):
            self.assertEqual(self.get(url).status_code, 200)
        self.assertEqual(self.redemptions(), redemption)
        self.assertEqual(redemption.state, "requested")

    @mute_logger("odoo.http")
    def test_a_request_without_the_token_against_csrf_is_refused(self):
        redemption = self.redeem()
        self.authenticate("wang_rewards", "wang_rewards")
        for url in (
            f"/my/loyalty/reward/{self.gift.id}/redeem",
            f"/my/loyalty/redemption/{redemption.id}/cancel",
        ):
            self.assertEqual(self.url_open(url, {"token": "x"}).status_code, 400)
        self.assertEqual(self.redemptions(), redemption)
        self.assertEqual(redemption.state, "requested")

    def test_a_client_cancels_what_nobody_has_begun(self):
        self.ask()
        redemption = self.redemptions()
        url, fields = self.form(self.get(f"/my/loyalty/redemption/{redemption.id}"))
        answer = self.url_open(url, fields)
        self.assertIn("points that it cost are back on your account", self.told(answer))
        self.assertEqual(self.redemptions().state, "cancelled")
        self.assertLedger(self.card, 300)
        self.url_open(url, fields)
        self.assertLedger(self.card, 300)

    def test_a_client_does_not_cancel_what_is_prepared(self):
        self.ask()
        redemption = self.redemptions()
        url, fields = self.form(self.get(f"/my/loyalty/redemption/{redemption.id}"))
        redemption.action_prepare()
        answer = self.url_open(url, fields)
        self.assertIn("this step is not possible", self.told(answer))
        self.assertEqual(self.redemptions().state, "prepared")
        page = self.get(f"/my/loyalty/redemption/{redemption.id}").text
        self.assertNotIn("/cancel", page)

    def test_another_company_finds_nothing(self):
        redemption = self.redeem()
        url, fields = self.form(self.get(f"/my/loyalty/redemption/{redemption.id}"))
        self.authenticate("other_rewards", "other_rewards")
        page = self.url_open(f"/my/loyalty/redemption/{redemption.id}")
        self.assertTrue(page.url.endswith("/my/loyalty"))
        self.assertNotIn("Gift box", self.told(self.url_open("/my/loyalty/redemptions")))
        # With a token of its own against CSRF.
        _own, own_fields = self.form(self.url_open(f"/my/loyalty/reward/{self.gift.id}"))
        self.url_open(url, {**fields, "csrf_token": own_fields["csrf_token"]})
        self.assertEqual(self.redemptions().state, "requested")

    def test_the_token_of_another_company_leads_nowhere(self):
        url, fields = self.form(self.get(f"/my/loyalty/reward/{self.gift.id}"))
        self.url_open(url, fields)
        _own, own_fields = self.form(
            self.get(f"/my/loyalty/reward/{self.gift.id}", "other_rewards")
        )
        answer = self.url_open(url, {**own_fields, "token": fields["token"]})
        own = self.Redemption.search([("client_id", "=", self.other_client.id)])
        self.assertTrue(answer.url.endswith(f"/my/loyalty/redemption/{own.id}"))
        self.assertLedger(self.card, 150)
        self.assertLedger(self.other_client.card_id, 50)

    def test_rewards_of_another_programme_are_not_found(self):
        program = self.program.copy({"company_id": self.env.company.id, "sequence": 99})
        theirs = self.reward("Theirs", 1, program_id=program.id)
        hidden = self.reward("Hidden", 1, service_visible=False)
        for reward in (theirs, hidden):
            for url in (f"/my/loyalty/reward/{reward.id}", "/my/loyalty/reward/99999999"):
                self.assertTrue(self.get(url).url.endswith("/my/loyalty"))

    def test_a_discount_is_asked_for(self):
        page = self.told(self.get(f"/my/loyalty/reward/{self.discount.id}"))
        self.assertIn("Ask for it in your next quotation", page)
        answer = self.ask(self.discount)
        self.assertIn("For your next quotation", self.told(answer))
        wish = self.redemptions()
        self.assertEqual((wish.kind, wish.state), ("discount", "requested"))
        self.assertLedger(self.card, 300)

    def test_it_asks_how_many_points(self):
        """The client has 300, in steps of 50; the discount is told of by 100."""
        self.discount.write({"discount": 0.1, "required_points": 50})
        page = self.get(f"/my/loyalty/reward/{self.discount.id}")
        self.assertIn(
            "You have 300 Points. You can use 50 or more, in steps of 50.", self.told(page)
        )
        _url, fields = self.form(page)
        self.assertEqual(fields["points"], "100")
        for wrong in ("many", "301", "49", "nan"):
            with self.subTest(wrong=wrong):
                told = self.told(self.ask(self.discount, points=wrong))
                self.assertIn("How many points? Say a number from 50 to 300.", told)
        self.assertFalse(self.redemptions())
        self.ask(self.discount, points="250")
        wish = self.redemptions()
        self.assertEqual(wish.points_asked, 250)
        # 250 at 0.10 each, of at most 20.
        url = f"/my/loyalty/redemption/{wish.id}"
        self.assertIn("You asked for 250 Points: $ 25.00 off your order.", self.told(self.get(url)))
        self.discount.discount_max_amount = 20
        self.assertIn("You asked for 250 Points: $ 20.00 off your order.", self.told(self.get(url)))
        self.discount.discount_applicability = "cheapest"
        self.assertIn("You asked for 250 Points.", self.told(self.get(url)))
        wish._set_delivered(points=100, cost=10)
        self.assertNotIn("You asked", self.told(self.get(url)))
        # A gift has its price.
        _url, fields = self.form(self.get(f"/my/loyalty/reward/{self.gift.id}"))
        self.assertNotIn("points", fields)

    def test_who_has_no_points_yet(self):
        self.portal("new_rewards", self.env["res.partner"].create({"name": "New"}))
        for url in (f"/my/loyalty/reward/{self.gift.id}", "/my/loyalty/redemption/1"):
            self.assertTrue(self.get(url, "new_rewards").url.endswith("/my/loyalty"))

    def test_the_picture(self):
        self.gift.service_image = PICTURE
        url = f"/my/loyalty/reward/{self.gift.id}/picture"
        self.assertIn(f'src="{url}"', self.get().text)
        answer = self.url_open(url)
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(answer.headers["Content-Type"].startswith("image/"))
        self.gift.service_visible = False
        self.assertEqual(self.get(url).status_code, 404)
        self.redeem()
        self.assertEqual(self.get(url).status_code, 200, "what it has, it may look at")
        self.assertEqual(self.get(url, "other_rewards").status_code, 404)
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open(url).url)

    def test_all_redemptions_on_pages_of_their_own(self):
        pen = self.reward("Pen", 1)
        for _number in range(17):
            self.redeem(pen)
        page = self.get()
        self.assertEqual(len(re.findall("/my/loyalty/redemption/", page.text)), 5)
        self.assertIn("/my/loyalty/redemptions", page.text)
        first = self.get("/my/loyalty/redemptions").text
        second = self.get("/my/loyalty/redemptions/page/2").text
        counts = [len(re.findall("/my/loyalty/redemption/", text)) for text in (first, second)]
        self.assertEqual(counts, [15, 2])

    def test_the_card_dialog_names_what_is_within_reach(self):
        self.reward("Car", 540)
        self.authenticate("wang_rewards", "wang_rewards")
        values = self.make_jsonrpc_request(f"/my/loyalty_card/{self.card.id}/values")
        self.assertEqual(
            {(reward["description"], reward["points"]) for reward in values["rewards"]},
            {
                ("100 points take $\xa0100.00 off your order", "1 Points"),
                ("Gift box", "150 Points"),
            },
        )

    def test_the_statement_tells_of_rewards(self):
        self.redeem().action_deliver()
        self.redeem(self.reward("Pen", 1)).action_cancel()
        text = self.told(self.get("/my/loyalty/statement"))
        self.assertRegex(text, r"Gift box Delivered 150")
        self.assertRegex(text, r"Pen Cancelled (?!\d)")
        self.assertRegex(text, r"Redeemed: Pen -1 .* Reward returned: Pen \+1 ")

    def test_the_page_can_be_read_aloud(self):
        """Each section has a heading that names it, each field a label, each icon a word."""
        self.redeem()
        for url in (
            "/my/loyalty",
            f"/my/loyalty/reward/{self.gift.id}",
            f"/my/loyalty/redemption/{self.redemptions().id}",
        ):
            page = html.fromstring(self.get(url).text)
            [main] = page.xpath("//div[@id='wrap']")
            ids = main.xpath(".//@id")
            self.assertEqual(len(ids), len(set(ids)), url)
            for named in main.xpath(".//@aria-labelledby"):
                self.assertIn(named, ids)
            for field in main.xpath(".//textarea | .//input[not(@type='hidden')]"):
                self.assertTrue(main.xpath(f".//label[@for='{field.get('id')}']"), url)
            for icon in main.xpath(".//i[contains(@class, 'fa')]"):
                quiet = icon.xpath("ancestor-or-self::*[@aria-hidden='true']")
                self.assertTrue(quiet or icon.get("aria-label") or icon.get("title"), url)
            self.assertEqual(len(main.xpath(".//h1")), 1, url)
