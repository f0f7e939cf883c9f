"""What stands out among the tiers: some are about to be lost, one client objects, one was given."""

from datetime import timedelta

from .clients import Client
from .enrolment import PORTAL_LOGINS
from .walk import at
from .world import World

REASONS = ("从其他事务所转来，先按原等级接待", "去年报税延误，补偿一个等级", "创始客户，长期合作")
OBJECTION = "我们三月份的发票是按时付款的，请再核对一下积分。另外，我们刚给你们介绍了一位新客户。"
TOLD_BEFORE = timedelta(days=12)  # a tier that was given ends so many days from now
# One of them has objected; the other one may, by whoever logs in.
OBJECTS = PORTAL_LOGINS["client2"]
LOSING = (OBJECTS, PORTAL_LOGINS["client4"])


class Tiers:
    """Managers give tiers; those of two portal clients end soon."""

    def __init__(self, world: World):
        self.world = world

    def plan(self) -> None:
        world = self.world
        begin = max(world.today - timedelta(days=100), world.start + timedelta(days=20))
        lasting = timedelta(days=150)
        served = [c for c in world.clients if c.served_on(world.today) and c.served_on(begin)]
        losing = [c for number in LOSING for c in served if c.number == number]
        others = [c for c in served if c.number not in PORTAL_LOGINS.values() and not c.fate.cause]
        ends = world.today + TOLD_BEFORE
        given = [(c, ends) for c in losing] + [(c, world.today + lasting) for c in others[:1]]
        for (client, until), reason in zip(given, REASONS, strict=False):
            world.walk.plan(at(begin, 15), self._give, client, until, reason)
        for client in losing:
            if client.number == OBJECTS:
                world.walk.plan(at(world.today - timedelta(days=1), 16), self._object, client)

    def _record(self, client: Client):
        partner = self.world.partners[client.number]
        return self.world.env["loyalty.service.client"].search([("partner_id", "=", partner.id)])

    def _give(self, client: Client, until, reason: str) -> None:
        record = self._record(client)
        above = record.next_tier_id
        if above:
            self.world.env["loyalty.service.tier.override"].create(
                {
                    "client_id": record.id,
                    "tier_id": above.id,
                    "date_from": self.world.walk.today(),
                    "date_to": until,
                    "reason": reason,
                    "user_id": self.world.users["chen"].id,
                }
            )

    def _object(self, client: Client) -> None:
        contact = self.world.contacts[client.number][0]
        self.world.env["loyalty.service.tier.contest"]._open(
            self._record(client), OBJECTION, contact
        )
