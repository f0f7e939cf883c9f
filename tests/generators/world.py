"""What the parts of the generator share."""

from dataclasses import dataclass, field
from datetime import date
from random import Random

from odoo import models
from odoo.api import Environment

from .clients import Client
from .walk import Walk


@dataclass
class World:
    """The firm while it is being made.

    :ivar start: first day of the period shown
    :ivar today: last day of it
    :ivar handover: the day on which staff left and others took over their clients
    :ivar users: login -> ``res.users``
    :ivar services: code -> ``product.product``
    :ivar partners: number of a client -> its ``res.partner``
    :ivar contacts: number of a client -> its contacts
    """

    env: Environment
    seed: int
    start: date
    today: date
    handover: date
    walk: Walk
    clients: list[Client]
    users: dict[str, models.BaseModel] = field(default_factory=dict)
    services: dict[str, models.BaseModel] = field(default_factory=dict)
    partners: dict[int, models.BaseModel] = field(default_factory=dict)
    contacts: dict[int, models.BaseModel] = field(default_factory=dict)

    def random(self, *names) -> Random:
        """Return chance of its own for one purpose, so that purposes do not disturb another."""
        return Random("/".join(map(str, (self.seed, *names))))

    def manager(self, client: Client):
        """Return the user who looks after ``client``, as it stands now."""
        return self.partners[client.number].user_id

    def by_code(self, code: str) -> int:
        return self.env["loyalty.service.event.type"]._by_code(code).id
