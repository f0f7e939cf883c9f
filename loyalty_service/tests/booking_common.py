from datetime import datetime

from odoo import Command
from odoo.tests import freeze_time, new_test_user

from .common import PointsCommon

# A Friday morning in Shanghai; the next Monday is the 14th.
NOW = "2030-01-11 01:00:00"
ZONE = "Asia/Shanghai"


class BookingCommon(PointsCommon):
    """An account manager in Shanghai who works Monday to Friday, 9 to 12 and 13 to 15.

    Appointments of 60 minutes: 9, 10, 11, 13 and 14 o'clock, which is 1, 2, 3, 5 and 6 in UTC.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        freezer = freeze_time(NOW)
        freezer.start()
        cls.addClassCleanup(freezer.stop)
        cls.company = cls.env.company
        cls.company.partner_id.tz = ZONE
        cls.company.write({"phone": "+86 21 5000 0000", "email": "office@firm.example"})
        cls.hours = cls.env["resource.calendar"].create(
            {
                "name": "Shanghai office",
                "tz": ZONE,
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": "Work",
                                "dayofweek": str(day),
                                "hour_from": begin,
                                "hour_to": end,
                            }
                        )
                        for day in range(5)
                        for begin, end in ((9, 12), (13, 15))
                    ),
                ],
            }
        )
        cls.company.resource_calendar_id = cls.hours
        cls.manager = new_test_user(
            cls.env,
            "chen_books",
            name="Chen Jing",
            email="chen@firm.example",
            groups="loyalty_service.group_loyalty_user",
            tz=ZONE,
        )
        cls.client_partner.user_id = cls.manager
        cls.record()
        cls.client_record = cls.client_of_partner(cls.client_partner)
        cls.client_record.tier_id = cls.start
        cls.program.write(
            {
                "booking_days_ahead": 5,
                "booking_slot_minutes": 60,
                "booking_notice_hours": 24,
                "booking_cancel_hours": 24,
                "booking_limit": 2,
            }
        )
        cls.Meeting = cls.env["calendar.event"]

    @classmethod
    def client_of_partner(cls, partner):
        return cls.env["loyalty.service.client"].search(
            [("partner_id", "=", partner.id), ("company_id", "=", cls.env.company.id)]
        )

    def at(self, day, hour):
        """Return the moment, in UTC, of an hour in Shanghai on a day of January 2030."""
        return self.company._loyalty_moment(datetime(2030, 1, day).date(), hour=hour)

    def meet(self, start, stop, **values):
        return self.Meeting.create(
            {
                "name": "Dentist",
                "start": start,
                "stop": stop,
                "user_id": self.manager.id,
                "partner_ids": [Command.set(self.manager.partner_id.ids)],
                **values,
            }
        )

    def book(self, day=15, hour=10, way="call", client=None, contact=None, note=""):
        # sudo: as the portal does it, for the visitor's own company.
        client_sudo = (client or self.client_record).sudo()
        return client_sudo._book(contact or self.contact, self.at(day, hour), way, note)

    def free(self, client=None):
        """Return ``{day of January: hours in Shanghai}`` that the client may book."""
        found = {}
        for start, _stop in (client or self.client_record)._booking_slots():
            day = self.company._loyalty_day(start)
            found.setdefault(day.day, []).append((start.hour + 8) % 24)
        return found
