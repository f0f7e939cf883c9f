from odoo.tests import tagged

from .booking_common import BookingCommon


@tagged("post_install", "-at_install")
class TestBookingWords(BookingCommon):
    """What is said of an appointment, to each in its language; and why a day has no free time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for lang in ("zh_CN", "zh_TW"):
            cls.env["res.lang"]._activate_lang(lang)
        cls.company.partner_id.lang = "zh_CN"
        cls.company.write({"street": "1000 Century Avenue", "city": "Shanghai"})
        cls.office = "Shanghai 1000 Century Avenue"

    def speak(self, client, manager):
        self.contact.lang = client
        self.manager.lang = manager

    def mail_to(self, partner, meeting):
        mails = self.env["mail.mail"].search(
            [("model", "=", "calendar.event"), ("res_id", "=", meeting.id)], order="id"
        )
        return mails.filtered(lambda mail: mail.recipient_ids == partner)[-1:]

    def heard(self, partner, meeting):
        """Return subject and body of the last mail, with its file."""
        mail = self.mail_to(partner, meeting)
        self.assertTrue(mail)
        file = mail.attachment_ids.raw.decode().replace("\r\n ", "")
        return mail.subject, mail.body_html, file

    # ------------------------------------------------------------------
    # Languages
    # ------------------------------------------------------------------

    def test_an_english_client_of_a_chinese_manager(self):
        self.speak(client="en_US", manager="zh_CN")
        meeting = self.book(way="meeting", note="The annual report")
        own = self.client_record._booking_name("meeting")._translate("zh_CN")
        self.assertEqual(meeting.name, own)
        self.assertEqual(meeting.location, self.office)
        subject, body, file = self.heard(self.contact, meeting)
        self.assertEqual(subject, "Meeting with Chen Jing")
        self.assertIn("Meeting with Chen Jing", body)
        self.assertIn("1000 Century Avenue, Shanghai", body)
        self.assertIn("The annual report", body)
        self.assertIn("SUMMARY:Meeting with Chen Jing", file)
        subject, body, file = self.heard(self.manager.partner_id, meeting)
        self.assertIn(own, subject)
        self.assertIn(self.office, body)
        self.assertIn(own, file)
        self.assertEqual(self.client_partner.activity_ids.summary, own)
        meeting.with_user(self.manager).write({"start": self.at(16, 9), "stop": self.at(16, 10)})
        subject, body, _file = self.heard(self.contact, meeting)
        self.assertEqual(subject, "Meeting with Chen Jing: another time")
        meeting._loyalty_cancel_by_client()
        subject, body, _file = self.heard(self.contact, meeting)
        self.assertEqual(subject, "Cancelled: Meeting with Chen Jing")
        self.env.invalidate_all()
        self.assertEqual((meeting.name, meeting.location), (own, self.office), "as it was")

    def test_a_chinese_client_of_an_english_manager(self):
        self.speak(client="zh_TW", manager="en_US")
        # As the portal does it: in the language of who looks at the page.
        client = self.client_record.with_context(lang="zh_TW")
        meeting = self.book(way="meeting", client=client, note="想聊聊")
        self.assertEqual(meeting.name, "Meeting with Shanghai Lantern Trading")
        self.assertEqual(meeting.location, "1000 Century Avenue, Shanghai")
        self.assertEqual(self.client_partner.activity_ids.summary, meeting.name)
        note = self.client_partner.message_ids[0].body
        self.assertIn("Appointment booked in the portal: Meeting with Shanghai Lantern", note)
        self.assertIn("Tue, Jan 15, 10:00", note)
        subject, body, _file = self.heard(self.contact, meeting)
        told = client._booking_name_for_client("meeting", self.manager)._translate("zh_TW")
        self.assertIn(told, subject)
        self.assertIn(self.office, body)
        subject, _body, _file = self.heard(self.manager.partner_id, meeting)
        self.assertEqual(subject, "Meeting with Shanghai Lantern Trading")
        page = meeting.with_context(lang="zh_TW")
        self.assertEqual(page._loyalty_place_text(), self.office)

    def test_an_address_in_chinese_stays_in_its_order(self):
        self.company.write({"street": "世纪大道1000号", "city": "上海市"})
        for lang in ("en_US", "zh_CN"):
            client = self.client_record.with_context(lang=lang)
            self.assertEqual(client._booking_place("meeting", self.contact), "上海市世纪大道1000号")

    def test_what_staff_changed_is_told_as_they_wrote_it(self):
        self.speak(client="en_US", manager="zh_CN")
        meeting = self.book(way="meeting")
        meeting.with_user(self.manager).write({"name": "Board meeting", "location": "Room 3"})
        self.assertEqual(meeting._loyalty_told_to(self.contact), {})
        self.assertEqual(meeting._loyalty_place_text(), "Room 3")

    def test_without_account_manager_the_firm_speaks(self):
        self.client_record.user_id = False
        self.assertEqual(self.client_record._chatter_lang(), "zh_CN")
        self.client_partner.user_id = self.manager
        self.manager.lang = "zh_TW"
        self.assertEqual(self.client_record._chatter_lang(), "zh_TW")
        self.manager.lang = False
        self.assertEqual(self.client_record._chatter_lang(), "zh_CN")

    # ------------------------------------------------------------------
    # Why a day has no free time
    # ------------------------------------------------------------------

    def reasons(self):
        rows = self.client_record.with_context(lang="en_US")._booking_days_text()
        return [(day.split(", ")[1], told) for day, told, times in rows if not times]

    def test_why_a_day_has_no_free_time(self):
        self.program.booking_days_ahead = 7
        resource = self.env["resource.resource"].create(
            {"name": "Chen Jing", "user_id": self.manager.id, "calendar_id": self.hours.id}
        )
        self.env["resource.calendar.leaves"].create(
            [
                {
                    "name": "Founder's day",
                    "calendar_id": self.hours.id,
                    "date_from": self.at(14, 0),
                    "date_to": self.at(15, 0),
                },
                {
                    "name": "Ill",
                    "resource_id": resource.id,
                    "calendar_id": self.hours.id,
                    "date_from": self.at(15, 0),
                    "date_to": self.at(16, 0),
                },
            ]
        )
        self.meet(self.at(16, 9), self.at(16, 15))
        self.hours.attendance_ids.filtered(lambda line: line.dayofweek == "3").unlink()
        self.assertEqual(
            self.reasons(),
            [
                ("Jan 11", "Too soon to book here"),
                ("Jan 12", "Weekend"),
                ("Jan 13", "Weekend"),
                ("Jan 14", "Holiday, our office is closed"),
                ("Jan 15", "Chen Jing is away"),
                ("Jan 16", "Fully booked"),
                ("Jan 17", "No office hours"),
            ],
        )
        self.manager.active = False
        self.assertEqual(self.client_record._booking_days_text(), [])

    def test_half_a_day_off_and_the_rest_booked(self):
        resource = self.env["resource.resource"].create(
            {"name": "Chen Jing", "user_id": self.manager.id, "calendar_id": self.hours.id}
        )
        self.env["resource.calendar.leaves"].create(
            {
                "resource_id": resource.id,
                "calendar_id": self.hours.id,
                "date_from": self.at(14, 0),
                "date_to": self.at(14, 12),
            }
        )
        self.meet(self.at(14, 13), self.at(14, 15))
        self.assertIn(("Jan 14", "Fully booked"), self.reasons())
