"""Calls, chats, visits, meetings, complaints, praise, trainings, gifts."""

from collections import defaultdict
from datetime import date, timedelta
from math import exp

from odoo.fields import Command

from . import vocabulary
from .clients import Client
from .english import said
from .walk import at, workday
from .world import World

# What staff log by hand: (type, share of all contacts)
CHANNELS = (("wechat", 0.55), ("call", 0.25), ("consultation", 0.1), ("email", 0.1))


# So many days ago some clients that are content stopped calling, and write instead.
WRITING_DAYS = 100
BY_PHONE = ("call", "consultation")

# Mails are in the chatter of the client so far back; older ones only in the ledger, as imported.
MAIL_DAYS = 90


def poisson(random, mean: float) -> int:
    """Return a random count with the given mean (Knuth: multiply chances until below e^-mean)."""
    count, product = 0, random.random()
    while product > exp(-mean):
        count, product = count + 1, product * random.random()
    return count


class Contacts:
    """:ivar log: day -> what staff write down at the end of that day, as event values"""

    def __init__(self, world: World):
        self.world = world
        self.log = defaultdict(list)

    def plan(self) -> None:
        for client in self.world.clients:
            month = max(client.joined, self.world.start)
            while month <= self.world.today and client.served_on(month):
                self._plan_month(client, month)
                month += timedelta(days=30)
            self._plan_signs(client)
        self._plan_occasions()
        day = self.world.start
        while day <= self.world.today:
            self.world.walk.plan(at(day, 18), self._write_down, day)
            day += timedelta(days=1)

    def _plan_month(self, client: Client, month: date) -> None:
        """Plan 30 days with one client."""
        random = self.world.random("contacts", client.number, month.toordinal())
        fate, mood = client.fate, client.mood_on(month)
        silence = 1 - fate.trace("silence", month)

        def some_day():
            return workday(month + timedelta(days=random.randrange(30)))

        for _ in range(poisson(random, client.kind.contacts * silence)):
            code = random.choices(*zip(*CHANNELS, strict=True))[0]
            day, line = some_day(), random.choice(_lines(random, mood))
            if code in BY_PHONE and self._writes_now(client, day):
                code = "email"
            self._note(client, day, code, line, random)
        if random.random() < 0.05 * client.kind.contacts * silence:
            self._note(client, some_day(), "visit", random.choice(vocabulary.VISITS), random)
        if random.random() < 0.06 * client.kind.contacts * silence:
            self._plan_meeting(client, some_day(), random.choice(vocabulary.MEETINGS))
        if random.random() < 0.01 + 1.2 * fate.trace("complaints", month):
            lines = vocabulary.COMPLAINTS.get(fate.cause, vocabulary.COMPLAINTS["other"])
            self._note(client, some_day(), "complaint", random.choice(lines), random)
        if mood > 80 and random.random() < 0.06:
            self._note(client, some_day(), "praise", random.choice(vocabulary.PRAISE), random)
        if random.random() < 0.3 * max(mood - 50, 0) / 50:
            self._note(client, month, "documents_early", "票据提前三天交齐", random)

    def _writes_now(self, client: Client, day: date) -> bool:
        """Whether a client that used to call writes on ``day``: its phone went quiet."""
        is_one = client.number % 6 == 3 and not client.fate.cause
        return is_one and (self.world.today - day).days < WRITING_DAYS

    def _plan_signs(self, client: Client) -> None:
        """Have a client that leaves speak of its cause before; chance alone may keep silent."""
        left = client.fate.left
        for days, code, line in vocabulary.SIGNS[client.fate.cause] if left else ():
            day = workday(left - timedelta(days=days))
            random = self.world.random("sign", client.number, days)
            self._note(client, day, code, line, random)

    def _plan_occasions(self) -> None:
        """Trainings each quarter, a client event and gifts on fixed days of the year."""
        day = self.world.start + timedelta(days=40)
        while day <= self.world.today:
            random = self.world.random("training", day.toordinal())
            self._invite(workday(day), "training", random.choice(vocabulary.TRAININGS), 0.22)
            day += timedelta(days=91)
        for year in range(self.world.start.year, self.world.today.year + 1):
            for month, number, code, share in (
                (1, 15, "gift", 0.6),
                (6, 5, "gift", 0.2),
                (9, 20, "gift", 0.4),
                (5, 18, "client_event", 0.25),
                (12, 12, "client_event", 0.3),
            ):
                words = vocabulary.GIFTS if code == "gift" else vocabulary.CLIENT_EVENTS
                self._invite(date(year, month, number), code, words[month % len(words)], share)

    def _invite(self, day: date, code: str, line: str, share: float) -> None:
        """Let the content come; who is unhappy stays away, who pays little gets no gift."""
        if not self.world.start <= day <= self.world.today:
            return
        random = self.world.random(code, day.toordinal())
        for client in self.world.clients:
            wants = share * (0.4 + client.mood_on(day) / 100) * (1 - client.fate.strength(day))
            if client.served_on(day) and random.random() < wants:
                self._note(client, day, code, line, random)

    # ------------------------------------------------------------------
    # Into Odoo
    # ------------------------------------------------------------------

    def _note(self, client: Client, day: date, code: str, line: str, random) -> None:
        if client.served_on(day):
            moment = at(day, random.randrange(9, 17), random.randrange(60))
            self.log[day].append((client, code, moment, said(client, line)))

    def _write_down(self, day: date) -> None:
        """Log the day's contacts through the ledger's door."""
        world = self.world
        notes = [note for note in self.log.pop(day, []) if note[0].number in world.partners]
        if (world.today - day).days < MAIL_DAYS:
            for client, _code, _moment, line in filter(_is_mail, notes):
                self._write_mail(client, line)
            notes = [note for note in notes if not _is_mail(note)]
        world.env["loyalty.service.event"].create(
            [
                {
                    "type_id": world.by_code(code),
                    "partner_id": world.contacts[client.number][0].id,
                    "user_id": world.manager(client).id,
                    "date": moment,
                    "summary": line,
                }
                for client, code, moment, line in notes
            ]
        )

    def _write_mail(self, client: Client, line: str) -> None:
        """Have the client write, or its account manager, whence the ledger takes it."""
        world = self.world
        partner, contact = world.partners[client.number], world.contacts[client.number][0]
        letter = {"body": line, "subject": line, "subtype_xmlid": "mail.mt_comment"}
        if world.random("mail", client.number, line, world.walk.today()).random() < 0.5:
            partner.message_post(
                message_type="email", author_id=contact.id, email_from=contact.email, **letter
            )
        else:
            partner.with_user(world.manager(client)).message_post(
                message_type="comment", partner_ids=contact.ids, **letter
            )

    def _plan_meeting(self, client: Client, day: date, title: str) -> None:
        if client.served_on(day):
            self.world.walk.plan(at(day, 8), self._meet, client, day, title)

    def _meet(self, client: Client, day: date, title: str) -> None:
        """Enter a meeting in the calendar of the account manager, and record it once held."""
        user = self.world.manager(client)
        meeting = self.world.env["calendar.event"].create(
            {
                "name": f"{said(client, title)} {self.world.partners[client.number].name}",
                "start": at(day, 14),
                "stop": at(day, 15, 30),
                "user_id": user.id,
                "partner_ids": [
                    Command.set((user.partner_id + self.world.contacts[client.number][0]).ids)
                ],
            }
        )
        self.world.walk.plan(at(day, 16), meeting._loyalty_record_held)


def _is_mail(note) -> bool:
    return note[1] == "email"


def _lines(random, mood: float) -> list[str]:
    """Return what a client in this mood talks about."""
    if mood > 70:
        return random.choices([vocabulary.CONTENT, vocabulary.NEUTRAL], [4, 1])[0]
    if mood > 45:
        return random.choices([vocabulary.NEUTRAL, vocabulary.CONTENT], [3, 2])[0]
    return random.choices([vocabulary.UNHAPPY, vocabulary.NEUTRAL], [3, 1])[0]
