from lxml import html

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .booking_common import BookingCommon
from .common import PortalPages

PAGE = "/my/loyalty/book"


@tagged("post_install", "-at_install")
class TestBookingPortal(PortalPages, BookingCommon, HttpCase):
    """A client books in the portal: free times of its own account manager, by POST."""

    PAGE = PAGE
    LOGIN = "wang_books"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal("wang_books", cls.contact)
        cls.other_partner = cls.env["res.partner"].create(
            {"name": "Competitor Ltd", "is_company": True, "user_id": cls.manager.id}
        )
        cls.record(partner=cls.other_partner)
        cls.portal("other_books", cls.other_partner)

    def times(self, answer):
        return html.fromstring(answer.text).xpath("//input[@name='slot']/@value")

    def ask(self, day=15, hour=10, login=None, **values):
        """Book as a visitor does: open the page, choose a time, send it."""
        url, form = self.form(self.get(login=login))
        slot = fields.Datetime.to_string(self.at(day, hour))
        return self.url_open(url, {**form, "slot": slot, "way": "call", **values})

    def bookings(self):
        self.env.invalidate_all()
        return self.client_record.with_context(active_test=False).booking_ids

    # ------------------------------------------------------------------

    def test_the_page_shows_free_times_and_nothing_else(self):
        self.meet(self.at(14, 10), self.at(14, 11), name="Lawyer", privacy="private")
        self.meet(self.at(15, 9), self.at(15, 12), name="Competitor Ltd: tax audit")
        answer = self.get()
        free = [self.at(14, hour) for hour in (9, 11, 13, 14)]
        free += [self.at(15, hour) for hour in (13, 14)]
        free += [self.at(16, hour) for hour in (9, 10, 11, 13, 14)]
        self.assertEqual(self.times(answer), [fields.Datetime.to_string(slot) for slot in free])
        page = self.told(answer)
        for told in (
            "With Chen Jing, 60 minutes",
            "China Standard Time (UTC+08:00)",
            "From Thu, Jan 17 on: too far ahead. You can book up to 5 days ahead.",
            "Mon, Jan 14 4 free",
        ):
            self.assertIn(told, page)
        for hidden in ("Lawyer", "Competitor", "audit"):
            self.assertNotIn(hidden, answer.text)

    def test_booking(self):
        answer = self.ask(way="meeting", note="The annual report")
        [meeting] = self.bookings()
        self.assertTrue(answer.url.endswith(f"/my/loyalty/booking/{meeting.id}"))
        page = self.told(answer)
        for told in (
            "Tue, Jan 15, 10:00",
            "Meeting at our office",
            "Chen Jing",
            f"goes to {self.contact.email}",
            "What it is about The annual report",
            "You can cancel it here until Mon, Jan 14, 10:00",
        ):
            self.assertIn(told, page)
        self.assertEqual(meeting.partner_ids, self.manager.partner_id + self.contact)
        self.assertIn("Tue, Jan 15, 10:00", self.told(self.get("/my/loyalty")))
        self.assertNotIn(fields.Datetime.to_string(meeting.start), self.times(self.get()))

    def test_sending_the_page_twice_books_once(self):
        url, form = self.form(self.get())
        form |= {"slot": fields.Datetime.to_string(self.at(15, 10)), "way": "call"}
        first, second = (self.url_open(url, form) for _time in range(2))
        self.assertEqual(first.url, second.url)
        self.assertEqual(len(self.bookings()), 1)

    def test_a_time_that_is_gone_in_the_meantime(self):
        url, form = self.form(self.get())
        self.meet(self.at(15, 10), self.at(15, 11))
        slot = fields.Datetime.to_string(self.at(15, 10))
        answer = self.url_open(url, {**form, "slot": slot, "way": "visit", "note": "Stocktaking"})
        self.assertIn("This time is not free any more", self.told(answer))
        self.assertIn("Stocktaking", answer.text, "what was typed is kept")
        self.assertTrue(self.times(answer), "others are shown")
        self.assertFalse(self.bookings())

    def test_what_nobody_can_choose_is_refused(self):
        for slot in ("", "tomorrow", "2030-01-15", "2030-01-15 02:00:00.5", "x" * 99):
            self.assertIn("Please choose a time", self.told(self.ask(slot=slot)))
        for slot in ("2030-01-12 02:00:00", "2031-01-15 02:00:00", "0001-01-01 00:00:00"):
            self.assertIn("not free any more", self.told(self.ask(slot=slot)))
        self.assertIn("not free any more", self.told(self.ask(way="party")))
        answer = self.url_open(
            "/my/loyalty/book/send",
            {"csrf_token": self.form(self.get())[1]["csrf_token"]},
            files={"slot": ("x.txt", b"x")},
        )
        self.assertIn("Please choose a time", self.told(answer))
        self.assertFalse(self.bookings())

    def test_so_many_at_a_time(self):
        self.ask(14, 9)
        self.ask(14, 10)
        page = self.get()
        self.assertIn("You have 2 appointments ahead", self.told(page))
        self.assertEqual(self.times(page), [])

    def test_cancelling(self):
        self.ask()
        meeting = self.bookings()
        self.assertIn(
            f'href="/my/loyalty/booking/{meeting.id}/cancel"',
            self.get(f"/my/loyalty/booking/{meeting.id}").text,
        )
        asked = self.get(f"/my/loyalty/booking/{meeting.id}/cancel")
        self.assertIn("Cancel this appointment?", self.told(asked))
        self.assertIn("Tue, Jan 15, 10:00", self.told(asked))
        self.assertTrue(self.bookings().active, "nothing happens before the answer")
        url, form = self.form(asked)
        answer = self.url_open(url, form)
        self.assertIn("This appointment was cancelled", self.told(answer))
        self.assertFalse(self.bookings().active)
        self.url_open(url, form)
        self.assertNotIn("Cancel the Appointment", self.told(answer))
        again = self.get(f"/my/loyalty/booking/{meeting.id}/cancel")
        self.assertNotIn("Cancel this appointment?", self.told(again))
        self.assertEqual(self.get(f"/my/loyalty/booking/{meeting.id}/ics").status_code, 404)

    def test_it_is_too_late_to_cancel(self):
        self.ask()
        meeting = self.bookings()
        url, form = self.form(self.get(f"/my/loyalty/booking/{meeting.id}/cancel"))
        self.program.booking_cancel_hours = 24 * 7
        answer = self.url_open(url, form)
        self.assertIn("It is too late to cancel this here. Please call", self.told(answer))
        self.assertTrue(self.bookings().active)
        self.assertNotIn("/cancel", self.get(f"/my/loyalty/booking/{meeting.id}").text)

    def test_the_file_for_a_calendar(self):
        self.ask()
        answer = self.get(f"/my/loyalty/booking/{self.bookings().id}/ics")
        self.assertTrue(answer.headers["Content-Type"].startswith("text/calendar"))
        self.assertIn("DTSTART:20300115T020000Z", answer.text)

    def test_another_company_finds_nothing(self):
        self.ask()
        meeting = self.bookings()
        url, form = self.form(self.get(f"/my/loyalty/booking/{meeting.id}/cancel"))
        page = self.get(f"/my/loyalty/booking/{meeting.id}", "other_books")
        self.assertTrue(page.url.endswith("/my/loyalty"))
        self.assertNotIn("Jan 15, 10:00", page.text)
        self.assertEqual(self.url_open(f"/my/loyalty/booking/{meeting.id}/ics").status_code, 404)
        # With a token of its own against CSRF.
        _own, own_form = self.form(self.get(login="other_books"))
        self.url_open(url, {**form, "csrf_token": own_form["csrf_token"]})
        self.assertTrue(self.bookings().active)
        # Nor a meeting that nobody booked.
        plain = self.meet(self.at(14, 10), self.at(14, 11))
        for end in ("", "/cancel", "/ics"):
            answer = self.get(f"/my/loyalty/booking/{plain.id}{end}")
            self.assertNotIn("Dentist", answer.text)

    def test_get_changes_nothing(self):
        self.ask()
        meeting = self.bookings()
        for url in (
            PAGE,
            f"{PAGE}/send?slot=2030-01-14+01:00:00&way=call",
            f"/my/loyalty/booking/{meeting.id}",
            f"/my/loyalty/booking/{meeting.id}/cancel",
            f"/my/loyalty/booking/{meeting.id}/cancel/send",
        ):
            self.assertEqual(self.get(url).status_code, 200)
        self.assertEqual(self.bookings(), meeting)
        self.assertTrue(meeting.active)

    @mute_logger("odoo.http")
    def test_a_request_without_the_token_against_csrf_is_refused(self):
        self.ask()
        meeting = self.bookings()
        for url in (f"{PAGE}/send", f"/my/loyalty/booking/{meeting.id}/cancel/send"):
            answer = self.url_open(url, {"slot": "2030-01-14 01:00:00", "way": "call"})
            self.assertEqual(answer.status_code, 400)
        self.assertEqual(self.bookings(), meeting)
        self.assertTrue(meeting.active)

    def test_who_has_no_account_manager_reads_whom_to_call(self):
        self.client_partner.user_id = False
        page = self.get()
        self.assertIn("no account manager yet", self.told(page))
        self.assertIn("Please call +86 21 5000 0000", self.told(page))
        self.assertEqual(self.times(page), [])

    def test_no_time_is_free(self):
        self.meet(self.at(12, 0), self.at(20, 0))
        page = self.told(self.get())
        self.assertIn("No time is free until Wed, Jan 16", page)
        self.assertIn("Mon, Jan 14 Fully booked", page)

    def test_it_says_why_a_day_is_missing(self):
        """Friday the 11th is today; of Monday's calendar it says no more than that it is full."""
        self.meet(self.at(14, 8), self.at(14, 18), name="Lawyer", privacy="private")
        answer = self.get()
        rows = html.fromstring(answer.text).xpath("//div[contains(@class, 'o_loyalty_no_time')]")
        self.assertEqual(
            [" ".join(row.text_content().split()) for row in rows],
            [
                "Fri, Jan 11 Too soon to book here",
                "Sat, Jan 12 Weekend",
                "Sun, Jan 13 Weekend",
                "Mon, Jan 14 Fully booked",
            ],
        )
        self.assertNotIn("Lawyer", answer.text)

    def test_without_a_time_our_own_words_answer(self):
        """The browser's own would be in its language, and cannot point at a day that is folded."""
        page = self.get()
        self.assertFalse(html.fromstring(page.text).xpath("//form//input[@required]"))
        url, form = self.form(page)
        answer = self.url_open(url, {**form, "way": "visit", "note": "Stocktaking"})
        self.assertIn("Please choose a time", self.told(answer))
        self.assertIn("Stocktaking", answer.text, "what was typed is kept")
        [way] = html.fromstring(answer.text).xpath("//input[@name='way'][@checked]/@value")
        self.assertEqual(way, "visit")

    def test_switched_off(self):
        self.program.booking_active = False
        self.assertIn("not booked here", self.told(self.get()))
        self.assertNotIn(PAGE, self.get("/my/loyalty").text)

    def test_who_is_no_client_yet_and_who_is_nobody(self):
        self.portal("new_books", self.env["res.partner"].create({"name": "New"}))
        for url in (PAGE, "/my/loyalty/booking/1"):
            self.assertTrue(self.get(url, "new_books").url.endswith("/my/loyalty"))
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open(PAGE).url)

    def test_what_the_tier_is_good_for(self):
        self.middle.early_booking_days = 2
        self.client_record.tier_id = self.middle
        page = self.told(self.get())
        self.assertIn("of the tier Middle you may book 2 days earlier than others", page)
        self.assertIn(
            "From Sat, Jan 19 on: too far ahead. Clients of the tier Middle book up to 7 days "
            "ahead.",
            page,
        )

    def test_the_pages_can_be_read_aloud(self):
        """Each field has a label, each icon a word, each page one heading of the first rank."""
        self.ask()
        own = f"/my/loyalty/booking/{self.bookings().id}"
        for url in (PAGE, own, f"{own}/cancel", "/my/loyalty"):
            page = html.fromstring(self.get(url).text)
            [main] = page.xpath("//div[@id='wrap']")
            ids = main.xpath(".//@id")
            self.assertEqual(len(ids), len(set(ids)), url)
            for field in main.xpath(".//textarea | .//input[not(@type='hidden')]"):
                if url != "/my/loyalty":
                    self.assertTrue(main.xpath(f".//label[@for='{field.get('id')}']"), url)
            for icon in main.xpath(".//i[contains(@class, 'fa')]"):
                quiet = icon.xpath("ancestor-or-self::*[@aria-hidden='true']")
                self.assertTrue(quiet or icon.get("aria-label") or icon.get("title"), url)
            self.assertEqual(len(main.xpath(".//h1")), 1, url)
