"""Which rewards a client can redeem, and what stands in the way of the others.

Points and prices are plain numbers of points. Tiers are their places on the ladder, the lowest
first; ``None`` is no tier.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from .earning import period_start

POINTS, TIER, STOCK, LIMIT, EARLY, OVER = KINDS = (
    "points",
    "tier",
    "stock",
    "limit",
    "early",
    "over",
)


class Offer(NamedTuple):
    """A reward.

    :ivar price: points that it costs
    :ivar tier: place of the lowest tier that may have it, or None for any
    :ivar stock: how many there are left, or None for any number
    :ivar limit: how many a client may have within one period, 0 for any number
    :ivar period: see :func:`earning.period_start`
    :ivar first: first day, or None
    :ivar last: last day, or None
    """

    price: float
    tier: int | None = None
    stock: int | None = None
    limit: int = 0
    period: str = "year"
    first: date | None = None
    last: date | None = None


def whole_steps(points: float, step: float, most: float) -> float:
    """Return how many points a discount by the point takes of those that somebody asks for.

    It is given in whole steps, except that the order may take no more of it than ``most``.

    :param points: that are asked for
    :param step: the smallest discount there is, above 0
    :param most: that the order, or the balance, allows

    >>> whole_steps(250, step=100, most=900)
    200
    >>> whole_steps(450, step=100, most=455)
    400
    >>> whole_steps(500, step=100, most=455)
    455
    >>> whole_steps(99, step=100, most=900)
    0
    """
    return most if points >= most else points // step * step


def proposed(balance: float, step: float, told: float) -> float:
    """Return how many points of a discount by the point are proposed to a client.

    :param balance: that the client has
    :param step: the smallest discount there is, above 0
    :param told: the number by which the discount is told of, such as 100 in "100 points take
        10 off"

    >>> proposed(6489, step=100, told=100)
    100
    >>> proposed(6489, step=250, told=100)
    250
    >>> proposed(95, step=30, told=100)
    90
    """
    return max(min(balance, max(told, step)) // step, 1) * step


def steps_within(most: float, step: float) -> float:
    """Return the whole steps that there are in ``most`` or, if it is less than one, all of it.

    >>> [steps_within(most, step=100) for most in (455, 400, 55)]
    [400, 400, 55]
    """
    return most // step * step or most


class Obstacle(NamedTuple):
    """:ivar missing: points that are missing, of the kind ``points``; else 0"""

    kind: str
    missing: float = 0.0


def obstacles(
    offer: Offer, points: float, tier: int | None, taken: Iterable[date], today: date
) -> list[Obstacle]:
    """Return what keeps a client from an offer, in the order in which to tell it.

    First what the client can do nothing about, last the points that it can still earn.

    :param points: that the client may spend
    :param tier: place of the client's tier
    :param taken: days on which the client redeemed this offer before, without what was cancelled
    :param today: day on which the client asks

    >>> day = date(2026, 5, 4)
    >>> obstacles(Offer(price=300), 500, None, [], day)
    []
    >>> obstacles(Offer(price=300), 60, None, [], day)
    [Obstacle(kind='points', missing=240)]
    >>> gold_only = Offer(price=300, tier=2, stock=0)
    >>> [obstacle.kind for obstacle in obstacles(gold_only, 300, 1, [], day)]
    ['stock', 'tier']
    >>> twice_a_year = Offer(price=1, limit=2, period="year")
    >>> taken = [date(2025, 12, 31), date(2026, 1, 1)]
    >>> obstacles(twice_a_year, 9, None, taken, day)
    []
    >>> [obstacle.kind for obstacle in obstacles(twice_a_year, 9, None, [*taken, day], day)]
    ['limit']
    """
    found = []
    if offer.last is not None and today > offer.last:
        found.append(Obstacle(OVER))
    if offer.first is not None and today < offer.first:
        found.append(Obstacle(EARLY))
    if offer.stock is not None and offer.stock <= 0:
        found.append(Obstacle(STOCK))
    if offer.limit:
        begins = period_start(today, offer.period)
        if sum(begins <= day <= today for day in taken) >= offer.limit:
            found.append(Obstacle(LIMIT))
    if offer.tier is not None and (tier is None or tier < offer.tier):
        found.append(Obstacle(TIER))
    missing = round(offer.price - points, 2)
    if missing > 0:
        found.append(Obstacle(POINTS, missing))
    return found
