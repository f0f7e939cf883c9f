"""Appointments that clients have booked in the portal for the days ahead."""

from .english import said
from .enrolment import PORTAL_LOGINS
from .world import World

# How far into the free times each of them looks, and what it is about.
WISHES = (
    ("client2", 0.3, "visit", "想聊聊明年的税务安排"),
    ("client3", 0.6, "call", "关于年报的两个问题"),
)
# Others book, too: every so many-th client that is served.
EVERY, SHARE = 9, 0.5
NOTE = "关于本季度报表的几个问题"


class Bookings:
    def __init__(self, world: World):
        self.world = world

    def plan(self) -> None:
        self.world.walk.plan(self.world.walk.now, self._book_all)

    def _book_all(self) -> None:
        world = self.world
        for login, share, way, note in WISHES:
            self._book(PORTAL_LOGINS[login], share, way, note)
        for client in world.clients:
            if client.number % EVERY == 4 and client.number not in PORTAL_LOGINS.values():
                self._book(client.number, SHARE, "meeting", said(client, NOTE))

    def _book(self, number: int, share: float, way: str, note: str) -> None:
        """Take a time some way into what is free; who has no account manager books nothing."""
        partner = self.world.partners.get(number)
        client = partner and partner.loyalty_client_id
        if not client or not client.has_active_agreement:
            return
        slots = client._booking_slots()
        if slots:
            contact = self.world.contacts[number][0]
            start, _stop = slots[int(share * (len(slots) - 1))]
            client._book(contact, start, way, note)
