"""Tickets that show for whom one waits: an authority, a date, the next answer."""

from datetime import timedelta

from .desk import Desk, DeskTicket
from .service import Ticket
from .walk import at, workday

USED = 6  # office hours since these tickets were opened


class Waits(Desk):
    """What happens to a ticket between its first answer and its end."""

    def _fill(self) -> None:
        served = [client for client in self.world.clients if client.served_on(self.world.today)]
        for number, kind in enumerate((AuthorityTicket, DatedTicket, AgainTicket), 1):
            self._open_kind(kind, served[number * 5 % len(served)])

    def _open_kind(self, kind, client) -> None:
        world = self.world
        calendar = world.env.ref("loyalty_service_sla.policy_standard").calendar_id
        opened = calendar.plan_hours(-USED, world.walk.now)
        ticket = kind(self.service, client, world.random("waits", client.number), opened)
        ticket.patience, ticket.waits, ticket.priority = 0.6, False, "1"
        ticket.plan()


class WaitsTicket(DeskTicket):
    def answer(self) -> None:
        super().answer()
        # The ticket of the desk plans nothing after its answer; this one has one step more.
        Ticket._later(self, 0.4, self.wait)


class AuthorityTicket(WaitsTicket):
    def wait(self) -> None:
        note = "The tax bureau's assessment" if self.english else "税务局的核定结果"
        self.record._loyalty_sla_pause("authority", note)


class DatedTicket(WaitsTicket):
    def wait(self) -> None:
        day = workday(self.world.today + timedelta(days=4))
        self.record.write({"loyalty_delivery_date": at(day, 17), "loyalty_ticket_type": "request"})


class AgainTicket(WaitsTicket):
    def wait(self) -> None:
        self._write_as_client(self.reply_text)
