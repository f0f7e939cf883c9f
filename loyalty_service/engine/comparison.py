"""Members against comparable others: did more of them stay, and how sure is that?

Everybody is looked at on one day, the **landmark**, and followed for the same time from then on.
Who is a member is decided by what happened before that day, so nobody is counted as a member
*because* it stayed long enough to become one (immortal-time bias; the landmark design of
Anderson, Cain and Gelber, Analysis of survival by tumor response, J. Clin. Oncol. 1, 1983).

Members are compared with others of the same **stratum** (such as: pays as much, has been a
client as long). The rate of the others is standardised to the members: that of each stratum
counts as much as there are members in it (direct standardisation; the difference is an estimate
of the average effect on the members, if the strata are all that matters). Strata with members
only or others only can tell nothing and are left out, and how many clients those were is said.

Intervals are those of 95 % confidence. A rate has Wilson's score interval (JASA 22, 1927); that
of the standardised rate takes the effective number of clients, n = 1 / sum(w^2 / n_s) of Kish
(Survey Sampling, 1965). The difference has Newcombe's hybrid score interval made of both (method
10 in Interval estimation for the difference between independent proportions, Statistics in
Medicine 17, 1998), which holds what it promises in small samples and at rates near 100 %, where
the textbook formula and the bootstrap give an interval of no width.

The difference is no proof of cause: clients who are content both use the programme and stay.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

#: With fewer comparable clients than this on either side, nothing is said.
LEAST_CLIENTS = 20
#: Nor with an interval wider than this: it would allow for anything. As a difference of shares.
WIDEST = 0.5
Z = 1.959963984540054  # of the normal distribution, for 95 % on both sides

#: What can be said; see :attr:`Comparison.verdict`.
FEW, WIDE, MORE, LESS, EQUAL = "few", "wide", "more", "less", "equal"

TENURE_EDGES = (365, 3 * 365)  # days: under a year, one to three years, longer
CLIENTS_PER_STRATUM = 20


class Subject(NamedTuple):
    """A client on the landmark day, and whether it was still one later.

    :ivar stratum: who shares it is comparable
    """

    is_member: bool
    stayed: bool
    stratum: Hashable


class Rate(NamedTuple):
    """A share of clients, with its interval.

    :ivar clients: how many it is measured on
    """

    clients: int
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """
    :ivar members, others: retention of either, over the strata that have both; None without any
    :ivar difference: in shares, members minus others, with its interval; None without any
    :ivar strata, dropped_strata: how many were compared and left out
    :ivar dropped_members, dropped_others: clients in those left out
    :ivar verdict: ``few`` or ``wide`` (too few clients to tell), ``more`` or ``less`` (members
        stayed more or less often than comparable others), ``equal`` (no difference to be seen)
    """

    members: Rate | None
    others: Rate | None
    difference: tuple[float, float, float] | None
    strata: int
    dropped_strata: int
    dropped_members: int
    dropped_others: int
    verdict: str


def compare(subjects: Iterable[Subject]) -> Comparison:
    """Compare members with others of the same strata.

    Of small clients 8 of 10 members and 18 of 30 others stayed, of big ones 20 of 20 and 9 of 10.
    Members: 28 / 30. Others, as the members are spread: 10/30 x 0.6 + 20/30 x 0.9 = 0.8.

    >>> counted = ((True, "S", 8, 10), (False, "S", 18, 30), (True, "B", 20, 20),
    ...            (False, "B", 9, 10), (False, "only others", 5, 9))
    >>> found = compare(Subject(member, number < stayed, stratum)
    ...     for member, stratum, stayed, clients in counted for number in range(clients))
    >>> round(found.members.value, 4), round(found.others.value, 4), round(found.difference[0], 4)
    (0.9333, 0.8, 0.1333)
    >>> found.members.clients, found.others.clients, found.dropped_strata, found.dropped_others
    (30, 40, 1, 9)
    """
    clients, stayed = Counter(), Counter()
    for subject in subjects:
        key = (subject.stratum, bool(subject.is_member))
        clients[key] += 1
        stayed[key] += bool(subject.stayed)
    strata = {stratum for stratum, _member in clients}
    shared = [s for s in strata if clients[s, True] and clients[s, False]]
    dropped = strata.difference(shared)
    left_out = {
        "strata": len(shared),
        "dropped_strata": len(dropped),
        "dropped_members": sum(clients[s, True] for s in dropped),
        "dropped_others": sum(clients[s, False] for s in dropped),
    }
    if not shared:
        return Comparison(None, None, None, verdict=FEW, **left_out)
    number = sum(clients[s, True] for s in shared)
    weights = {s: clients[s, True] / number for s in shared}
    rate = sum(stayed[s, True] for s in shared) / number
    members = Rate(number, rate, *wilson(rate, number))
    expected = sum(weights[s] * stayed[s, False] / clients[s, False] for s in shared)
    effective = 1 / sum(weights[s] ** 2 / clients[s, False] for s in shared)
    others = Rate(sum(clients[s, False] for s in shared), expected, *wilson(expected, effective))
    difference = newcombe(members, others)
    return Comparison(
        members, others, difference, verdict=_verdict(members, others, difference), **left_out
    )


def wilson(rate: float, number: float) -> tuple[float, float]:
    """Return the score interval of a share measured on ``number`` clients.

    >>> [round(bound, 4) for bound in wilson(0.8, 10)]
    [0.4902, 0.9433]
    """
    middle = rate + Z**2 / (2 * number)
    width = Z * sqrt(rate * (1 - rate) / number + Z**2 / (4 * number**2))
    scale = 1 + Z**2 / number
    # By rounding errors the bounds of 0 and 1 would lie beside them.
    return min(max((middle - width) / scale, 0.0), rate), max(
        min((middle + width) / scale, 1.0), rate
    )


def newcombe(first: Rate, second: Rate) -> tuple[float, float, float]:
    """Return the difference of two rates with its hybrid score interval.

    Newcombe's own example: 56 of 70 against 48 of 80.

    >>> newcombe(Rate(70, 0.8, *wilson(0.8, 70)), Rate(80, 0.6, *wilson(0.6, 80)))
    ... # doctest: +ELLIPSIS
    (0.2..., 0.0524..., 0.3338...)
    """
    difference = first.value - second.value
    below = sqrt((first.value - first.low) ** 2 + (second.high - second.value) ** 2)
    above = sqrt((first.high - first.value) ** 2 + (second.value - second.low) ** 2)
    return difference, difference - below, difference + above


def _verdict(members: Rate, others: Rate, difference: tuple[float, float, float]) -> str:
    _value, low, high = difference
    if min(members.clients, others.clients) < LEAST_CLIENTS:
        return FEW
    if high - low > WIDEST:
        return WIDE
    if low > 0:
        return MORE
    return LESS if high < 0 else EQUAL


def amount_edges(amounts: Sequence[float]) -> list[float]:
    """Return the edges of bands of monthly amounts with equally many clients each.

    Two to five bands, as many as leave some 20 clients in each stratum with three bands of
    tenure: finer ones would compare more alike, and leave most without anybody to compare to.

    >>> amount_edges([100, 200, 300, 400])
    [300]
    >>> len(amount_edges(range(1000)))
    4
    """
    ordered = sorted(amounts)
    tenures = len(TENURE_EDGES) + 1
    bands = min(max(len(ordered) // (CLIENTS_PER_STRATUM * tenures), 2), 5)
    return [ordered[len(ordered) * band // bands] for band in range(1, bands)] if ordered else []


def band(value: float, edges: Sequence[float]) -> int:
    """Return the number of the band that ``value`` falls into; an edge begins a band.

    >>> [band(value, TENURE_EDGES) for value in (0, 364, 365, 5000)]
    [0, 0, 1, 2]
    """
    return sum(value >= edge for edge in edges)
