"""The clients in Odoo: partners, contacts, portal users, and how the newcomers were won."""

from datetime import date, timedelta

from odoo.fields import Command

from . import referrals
from .clients import KINDS, Client
from .english import said
from .names import Named
from .walk import ZONE, at, workday
from .world import World

INVENTED = "演示数据：公司、人员、号码均为虚构。Demo data: everything here is invented."
LOST = (
    Named("No agreement on the price", "价格没谈拢", "價格沒談攏"),
    Named("Chose a firm nearby", "选了离得近的一家", "選了離得近的一家"),
    Named("No company founded for now", "暂时不注册公司了", "暫時不註冊公司了"),
    Named("A relative does it", "家里亲戚帮忙做", "家裡親戚幫忙做"),
)
# login (and password) of the portal user -> number of the client
PORTAL_LOGINS = {"client": 0, "client2": 3, "client3": 2, "client4": 51}
# What is to be seen there; the parts that see to it are in `tiers.py`.
PORTAL_SHOWS = {
    "client2": "has objected to losing its tier",
    "client4": "is about to lose its tier and can object",
}


def enrol(world: World) -> None:
    """Enter the clients: at the start, or when the firm first heard of them."""
    tags = _make_tags(world)
    _enter(world, [client for client in world.clients if not client.lead], tags)
    for client in world.clients:
        if client.lead:
            heard = workday(_heard_of(world, client))
            world.walk.plan(at(heard, 10), _enter, world, [client], tags)
            world.walk.plan(at(heard, 10, 30), _open_lead, world, client)
    _plan_lost_leads(world)


def _make_tags(world: World) -> dict:
    tags = {}
    for color, kind in enumerate(KINDS.values(), 1):
        tag = world.env["res.partner.category"].create({"name": kind.tag.english, "color": color})
        kind.tag.translate(tag)
        tags[kind.code] = tag
    return tags


def _heard_of(world: World, client: Client) -> date:
    days = world.random("heard", client.number).randrange(10, 40)
    return max(client.joined - timedelta(days=days), world.start)


def _enter(world: World, clients: list[Client], tags: dict) -> None:
    env = world.env
    partners = env["res.partner"].create(
        [_prepare_partner(world, client, tags[client.kind.code]) for client in clients]
    )
    for client, partner in zip(clients, partners, strict=True):
        world.partners[client.number] = partner
        world.contacts[client.number] = partner.child_ids.sorted("id")
        for login, number in PORTAL_LOGINS.items():
            if number == client.number:
                _open_portal(world, login, world.contacts[number][0])


def _prepare_partner(world: World, client: Client, tag) -> dict:
    env = world.env
    return {
        "name": client.name,
        "is_company": True,
        "vat": client.code,
        "street": client.street,
        "city": "上海",
        "state_id": env.ref("base.state_cn_SH").id,
        "country_id": env.ref("base.cn").id,
        "lang": client.people[0].lang,
        "email": client.people[-1].email,
        "phone": client.people[0].phone,
        "industry_id": env.ref(client.trade[1]).id,
        "category_id": [Command.set(tag.ids)],
        "user_id": world.users[client.manager].id,
        "property_payment_term_id": env.ref("account.account_payment_term_15days").id,
        "comment": INVENTED,
        "child_ids": [
            Command.create(
                {
                    "name": person.name,
                    "function": person.job,
                    "email": person.email,
                    "phone": person.phone,
                    "lang": person.lang,
                    "user_id": world.users[client.manager].id,
                }
            )
            for person in client.people
        ],
    }


def _open_portal(world: World, login: str, contact) -> None:
    """Give a contact a login; the invitation is not sent, since the address is invented."""
    world.users[login] = (
        world.env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            {
                "partner_id": contact.id,
                "login": login,
                "password": login,
                "tz": ZONE.key,
                "group_ids": [Command.set(world.env.ref("base.group_portal").ids)],
            }
        )
    )


# ----------------------------------------------------------------------
# Opportunities
# ----------------------------------------------------------------------


def _open_lead(world: World, client: Client) -> None:
    if client.referrer is None:
        lead = world.env["crm.lead"].create(
            {
                "type": "opportunity",
                "name": f"{said(client, '代理记账')} {client.name}",
                "user_id": world.manager(client).id,
            }
        )
    else:
        # Named by a client; its account manager passes it on to who is to look after it.
        lead = referrals.recommend(world, client)
        lead.user_id = world.manager(client)
    lead.write(
        {
            "partner_id": world.contacts[client.number][0].id,
            "expected_revenue": client.fee * 12,
        }
    )
    world.walk.plan(at(client.joined, 9), lead.action_set_won)


def _plan_lost_leads(world: World) -> None:
    """Some opportunities come to nothing, so that the share of those won means something."""
    random = world.random("lost")
    reasons = [world.env["crm.lost.reason"].create({"name": name.english}) for name in LOST]
    for reason, name in zip(reasons, LOST, strict=True):
        name.translate(reason)
    days = (world.today - world.start).days
    managers = sorted({client.manager for client in world.clients})
    for number in range(max(len(world.clients) // 4, 1)):
        day = workday(world.start + timedelta(days=random.randrange(days)))
        world.walk.plan(
            at(day, 14),
            _lose_lead,
            world,
            f"代理记账咨询 {number + 1:02d}",
            world.users[random.choice(managers)],
            random.choice(reasons),
            day + timedelta(days=random.randrange(5, 40)),
        )


def _lose_lead(world: World, name: str, user, reason, lost_on: date) -> None:
    lead = world.env["crm.lead"].create(
        {"type": "opportunity", "name": name, "user_id": user.id, "expected_revenue": 6000}
    )
    world.walk.plan(at(lost_on, 16), lambda: lead.action_set_lost(lost_reason_id=reason.id))
