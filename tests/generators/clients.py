"""The clients as they are planned: plain data, worked out before Odoo is asked for anything."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from dateutil.relativedelta import relativedelta

from . import credit_code, people, story
from .names import Named
from .vocabulary import BRANDS, FOREIGN, HIGH_TECH, STREETS, TRADES


@dataclass(frozen=True)
class Kind:
    """:ivar fee: lowest and highest monthly fee, CNY
    :ivar billing: months that one invoice covers
    :ivar contacts: calls and chats a month
    :ivar tickets: tickets a month
    """

    code: str
    tag: Named
    service: str
    fee: tuple[int, int]
    billing: int
    contacts: float
    tickets: float
    register: str = "91"


_SMALL = Named("Small-scale taxpayer", "小规模纳税人", "小規模納稅人")
_GENERAL = Named("General taxpayer", "一般纳税人", "一般納稅人")
_FOREIGN = Named("Foreign-invested", "外资企业", "外資企業")
_TRADE = Named("Import and export", "进出口企业", "進出口企業")
_HIGHTECH = Named("High-tech company", "高新企业", "高新技術企業")
_SOLE = Named("Sole trader", "个体工商户", "個體工商戶")
KINDS = {
    kind.code: kind
    for kind in (
        Kind("small", _SMALL, "small", (200, 500), 3, 0.9, 0.2),
        Kind("general", _GENERAL, "general", (600, 2200), 3, 1.6, 0.45),
        Kind("foreign", _FOREIGN, "foreign", (2200, 6500), 1, 2.2, 0.7),
        Kind("trade", _TRADE, "trade", (1800, 4500), 1, 2.0, 0.6),
        Kind("hightech", _HIGHTECH, "general", (1500, 4000), 1, 1.7, 0.5),
        Kind("sole", _SOLE, "sole", (120, 280), 12, 0.4, 0.08, "92"),
    )
}
# The kinds in turn: of 20 clients 7 small, 5 general, 3 foreign, 2 trade, 1 high-tech, 2 sole.
TURN = [
    *("foreign", "general", "small", "trade", "small", "general", "hightech", "small", "sole"),
    *("general", "small", "foreign", "small", "trade", "general", "small", "foreign", "small"),
    *("general", "sole"),
]


@dataclass(frozen=True)
class Person:
    name: str
    job: str
    email: str
    phone: str
    lang: str


@dataclass
class Client:
    """A client as planned.

    :ivar mood: how content it is by nature, 0 to 100
    :ivar sloppy: how likely it pays late by nature, 0 to 1
    :ivar lead: whether it was won inside the period shown, through an opportunity
    :ivar referrer: number of the client that recommended the firm
    """

    number: int
    kind: Kind
    name: str
    trade: tuple[str, str, str]
    code: str
    street: str
    manager: str
    people: list[Person]
    joined: date
    fee: int
    mood: float
    sloppy: float
    fate: story.Fate = field(default_factory=story.Fate)
    lead: bool = False
    referrer: int | None = None

    def served_on(self, day: date) -> bool:
        return self.joined <= day and not (self.fate.left and day > self.fate.left)

    def mood_on(self, day: date) -> float:
        return self.fate.mood(self.mood, day)


def plan(count: int, months: int, seed: int, today: date) -> list[Client]:
    """Return ``count`` clients with what becomes of them in the ``months`` up to ``today``."""
    start = today - relativedelta(months=months)
    clients = [_invent(number, Random(f"{seed}/client/{number}"), start) for number in range(count)]
    _let_join(clients, Random(f"{seed}/join"), start, today)
    _let_leave(clients, Random(f"{seed}/leave"), start, today)
    return clients


def _invent(number: int, random: Random, start: date) -> Client:
    kind = KINDS[TURN[number % len(TURN)]]
    trades = TRADES if kind.code != "hightech" else [t for t in TRADES if t[0] in HIGH_TECH]
    trade = trades[number % len(trades)]
    # An offset per round, so that beyond the list of brands no name comes twice.
    brand = BRANDS[number % len(BRANDS)] + ("" if number < len(BRANDS) else str(number))
    lang = "zh_CN"
    contacts = [people.person_name(random) for _ in range(1 if kind.code == "sole" else 2)]
    if kind.code == "foreign":
        rank = sum(1 for turn in range(number) if TURN[turn % len(TURN)] == "foreign")
        english, chinese, contact = FOREIGN[rank % len(FOREIGN)]
        suffix = "" if rank < len(FOREIGN) else f" {number}"
        name, contacts[0], lang = f"{chinese} {english}{suffix}", contact, "en_US"
    elif kind.code == "sole":
        name = f"上海市浦东新区{brand}{trade[2]}"
    elif kind.code == "trade":
        name = f"上海{brand}进出口有限公司"
    else:
        name = f"上海{brand}{trade[0]}有限公司"
    jobs = ["总经理", "财务"] if kind.code != "sole" else ["店主"]
    low, high = kind.fee
    managers = [staff.login for staff in people.STAFF if staff.manages_clients]
    domain = f"client{number + 1:02d}.example"
    return Client(
        number=number,
        kind=kind,
        name=name,
        trade=trade,
        code=credit_code.invent(random, kind.register),
        street=f"{random.choice(STREETS)}{random.randrange(1, 1200)}号",
        manager="emma" if kind.code == "foreign" else random.choice(managers),
        people=[
            Person(
                name=person,
                job=job,
                email=f"{('boss', 'finance')[place]}@{domain}",
                phone=people.mobile(random),
                lang=lang if place == 0 else "zh_CN",
            )
            for place, (person, job) in enumerate(zip(contacts, jobs, strict=True))
        ],
        joined=start - timedelta(days=random.randrange(20, 1500)),
        fee=random.randrange(low, high + 1, 10),
        mood=min(max(random.gauss(80, 7), 60), 95),
        sloppy=random.choice([0.03, 0.03, 0.05, 0.1, 0.3]),
    )


def _let_join(clients: list[Client], random: Random, start: date, today: date) -> None:
    """A quarter of the clients is won inside the period, half of these on a recommendation."""
    days = (today - start).days
    present = [staff.login for staff in people.STAFF if staff.manages_clients and not staff.left]
    for place, client in enumerate(random.sample(clients[1:], len(clients) // 4)):
        client.joined = start + timedelta(days=int(days * random.uniform(0.05, 0.85)))
        client.lead = True
        if client.manager not in present:
            client.manager = random.choice(present)
        if place % 2 == 0:
            known = [other for other in clients if other.number % 7 == 0 and other is not client]
            client.referrer = random.choice(known).number


def _let_leave(clients: list[Client], random: Random, start: date, today: date) -> None:
    """A fifth of the clients leaves inside the period, about a twelfth is at risk today."""
    days = (today - start).days
    old = [client for client in clients if not client.lead and client.number != 0]
    leavers = [staff.login for staff in people.STAFF if staff.left]
    by_left_manager = [client for client in old if client.manager in leavers]
    others = [client for client in old if client.manager not in leavers]
    random.shuffle(others)
    number = round(len(clients) * 0.2)
    for place in range(number):
        cause = story.LEAVING[place % len(story.LEAVING)]
        if cause == "staff" and by_left_manager:
            client, share = by_left_manager.pop(), random.uniform(0.82, 0.95)
        elif others:
            # Spread over the period, so that every quarter has someone to learn from.
            client = others.pop()
            share = (place + random.uniform(0.2, 0.8)) / number * 0.75 + 0.22
        else:
            break
        client.fate = story.leaves(cause, start + timedelta(days=int(days * share)))
    for place in range(max(round(len(clients) / 12), 1)):
        if others:
            client = others.pop()
            client.fate = story.at_risk(story.AT_RISK[place % len(story.AT_RISK)], today)
            # Their agreements end in a few weeks: the day to act is now.
            client.joined = today + timedelta(days=8 + 5 * place) - relativedelta(years=4)
