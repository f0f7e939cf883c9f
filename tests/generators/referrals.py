"""Recommendations: newcomers who were brought by a client, and one of each other kind."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random

from . import credit_code, people
from .clients import Client
from .walk import at, workday
from .world import World

# Days before today -> (number of the referring client, company, what becomes of it)
NAMED = (
    (200, 0, "上海朝暮文化传播有限公司", "nothing"),
    (60, 7, "上海沐风咖啡有限公司", "lost"),
    (34, 0, None, "client"),
    (26, 7, None, "itself"),
    (19, 7, "上海一叶设计工作室", "taken back"),
    (11, 0, "上海青禾餐饮管理有限公司", "contacted"),
    (3, 0, "上海北斗物流有限公司", "invited"),
)
# Those who answered a link from one and the same connection.
LINKED = ((4, "上海知行教育科技有限公司"), (4, "上海知行信息技术有限公司"))
CONNECTION = "203.0.113.7"  # of the range for examples, RFC 5737


def recommend(world: World, client: Client):
    """Have the client who knows ``client`` name it, and return the lead that comes of it."""
    referral = _invite(
        world,
        client.referrer,
        company_name=client.name,
        contact_name=client.people[0].name,
        phone=client.people[0].phone,
        vat=client.code,
    )
    return referral.lead_id


def _invite(world: World, number: int, **values):
    """Note an invitation as the portal does, by the first contact of the client ``number``."""
    referrer = world.env["loyalty.service.client"]._ensure(
        world.partners[number], world.env.company
    )
    return world.env["loyalty.service.referral"].create(
        {
            "referrer_client_id": referrer.id,
            "source": "portal",
            "consent": True,
            **({"invited_by_id": world.contacts[number][0].id} if "ip_hash" not in values else {}),
            **values,
        }
    )


class Referrals:
    """:ivar random: chance of its own for the people who are named"""

    def __init__(self, world: World):
        self.world = world
        self.random: Random = world.random("referrals")

    def plan(self) -> None:
        self._plan_odd_one()
        for days, number, name, fate in NAMED:
            self._on(days, 10, self._name, number, name, fate)
        for place, (days, name) in enumerate(LINKED):
            self._on(days, 15 + place, self._answer, name, f"{place}")
        day = self.world.start
        while day <= self.world.today:
            self.world.walk.plan(at(day, 4, 30), self._follow)
            day += timedelta(days=7)
        self.world.walk.plan(self.world.walk.now, self._follow)

    def _plan_odd_one(self) -> None:
        """One newcomer has the address and the bookkeeper of the client who named it."""
        brought = [client for client in self.world.clients if client.referrer is not None]
        if len(brought) < 2:
            return
        odd = max(brought, key=lambda client: (client.joined, client.number))
        known = self.world.clients[odd.referrer]
        odd.street = known.street
        odd.people[-1] = replace(odd.people[-1], name=known.people[-1].name)

    def _on(self, days: int, hour: int, function: Callable, *arguments) -> None:
        """Enter something for a working day so many days ago, if that is in the period shown."""
        day = workday(self.world.today - timedelta(days=days))
        if day > self.world.start:
            self.world.walk.plan(at(day, hour), function, *arguments)

    def _name(self, number: int, name: str | None, fate: str) -> None:
        world = self.world
        if number not in world.partners:
            return
        client = world.clients[number]
        values = {"contact_name": people.person_name(self.random)}
        if fate == "client":
            other = next(
                client
                for client in world.clients
                if client.number != number and client.served_on(world.walk.today())
            )
            values |= {"company_name": other.name, "phone": other.people[-1].phone}
        elif fate == "itself":
            values |= {"company_name": f"{client.name}（二部）", "phone": client.people[0].phone}
        else:
            values |= {
                "company_name": name,
                "phone": people.mobile(self.random),
                "vat": credit_code.invent(self.random),
            }
        referral = _invite(world, number, **values)
        today = world.walk.today()
        if fate == "lost":
            reason = world.env["crm.lost.reason"].search([], limit=1)
            world.walk.plan(
                at(workday(today + timedelta(days=14)), 16),
                lambda: referral.lead_id.action_set_lost(lost_reason_id=reason.id),
            )
        elif fate == "contacted":
            world.walk.plan(at(workday(today + timedelta(days=1)), 11), self._call, referral)
        elif fate == "taken back":
            world.walk.plan(at(today, 17), referral._take_back)

    def _call(self, referral) -> None:
        lead = referral.lead_id
        activities = lead.with_user(lead.user_id or self.world.users["lin"]).activity_ids
        activities.action_feedback("有意向，约下周面谈报价。")

    def _answer(self, name: str, submission: str) -> None:
        """Somebody opens the link of the first client and fills in the form."""
        world = self.world
        _invite(
            world,
            0,
            company_name=name,
            contact_name=people.person_name(self.random),
            phone=people.mobile(self.random),
            source="link",
            submission=submission,
            ip_hash=world.env["loyalty.service.referral"]._hash_connection(CONNECTION),
        )

    def _follow(self) -> None:
        """What the scheduled action does at night."""
        Referral = self.world.env["loyalty.service.referral"]
        Referral.search(Referral._domain_to_follow())._follow_again()
