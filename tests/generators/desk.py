"""What lies on the service desk right now, so that every state of a clock can be seen."""

from bisect import bisect_left
from datetime import timedelta

from .service import Service, Ticket

FAR = 10_000  # office hours: not before the end of the walk
LONGEST = 90 * 24 * 3600  # seconds: no ticket that is still open was opened before


class Desk:
    """Tickets that were opened so many office hours ago that their clocks stand as wanted.

    The clocks run by the firm's working hours, on a Saturday all stand as on Friday evening.
    """

    def __init__(self, service: Service):
        self.service, self.world = service, service.world

    def plan(self) -> None:
        """Some weeks ahead the tier of each client is known, and with it what it is promised.

        The longest of the firm's holidays takes nine days.
        """
        self.world.walk.plan(self.world.walk.now - timedelta(days=24), self._fill)

    def _fill(self) -> None:
        world = self.world
        served = [client for client in world.clients if client.served_on(world.today)]
        troubled = [c for c in served if c.fate.cause] or served
        content = [c for c in served if not c.fate.cause and c.number] or served
        # Named by the share of the promise that is used up by now.
        self._open(served[0], "first_response", 0.85)
        self._open(content[0], "first_response", 0.2)
        # Likely to be late: hardly any time is left, and nobody has answered yet.
        self._open(content[1 % len(content)], "first_response", 0.97)
        self._open(troubled[len(troubled) // 2], "resolution", 0.97, answered=True)
        self._open(content[-1], "resolution", 0.92, answered=True)
        self._open(troubled[0], "first_response", 1.8)
        self._open(troubled[-1], "resolution", 1.3, answered=True)
        self._open(content[len(content) // 2], "resolution", 0.4, answered=True, waits=True)

    def _open(self, client, target, used, answered=False, waits=False) -> None:
        """Plan a ticket of which ``used`` of the promised time has passed by now."""
        world = self.world
        policy = world.env.ref("loyalty_service_sla.policy_standard")
        tier = world.partners[client.number].loyalty_client_id.tier_id
        hours = policy._get_seconds(tier)[target] / 3600 * used
        opened = self._hours_ago(policy.calendar_id, hours)
        random = world.random("desk", client.number)
        ticket = DeskTicket(self.service, client, random, opened)
        ticket.patience = 0.6 if answered else FAR
        ticket.waits, ticket.priority = waits, "1"
        ticket.plan()

    def _hours_ago(self, calendar, hours):
        """Return the last moment since which so many hours were worked by now.

        By the clocks' own working time: Odoo's knows no make-up days.
        """
        now = self.world.walk.now
        times = calendar._loyalty_sla_times()[calendar.id]
        seconds = range(LONGEST)
        ago = bisect_left(
            seconds, hours * 3600, key=lambda s: times.worked(now - timedelta(seconds=s), now)
        )
        return now - timedelta(seconds=ago)


class DeskTicket(Ticket):
    """A ticket that stays as it is: nobody closes it before the end of the walk."""

    def _later(self, hours, step) -> None:
        if step == self.answer:
            super()._later(hours, step)
