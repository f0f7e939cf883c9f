"""What a set of survey answers says, in numbers.

Everything here works on plain numbers and knows neither Odoo nor a database. An answer is
first brought to 0..100 by :func:`scaled`, so that a scale of 1 to 5 and one of 0 to 10 can be
added up; recommendation (NPS) keeps its own scale of 0 to 10.

"No data" is ``None`` and never 0: a client that was not asked is not unhappy.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

SATISFIED_FROM = 75.0
"""Lowest value on 0..100 that counts as satisfied: 4 of 5 (and 8 of 10)."""

DISSATISFIED_UP_TO = 25.0
"""Highest value on 0..100 that counts as dissatisfied: 2 of 5."""

PROMOTER_FROM = 9
DETRACTOR_UP_TO = 6
NPS_SCALE = (0, 10)

Z_95 = 1.959963984540054
"""Standard normal quantile of a two-sided interval of 95 %."""


def scaled(rating: float, low: float, high: float) -> float | None:
    """Bring a rating on the scale ``low``..``high`` to 0..100.

    A rating that the scale does not have is no answer, whatever stored it.

    >>> scaled(1, 1, 5), scaled(4, 1, 5), scaled(5, 1, 5)
    (0.0, 75.0, 100.0)
    >>> scaled(0, 0, 10)
    0.0
    >>> scaled(99, 1, 5) is None
    True
    """
    if high <= low:
        raise ValueError(f"a scale cannot run from {low} to {high}")
    if not low <= rating <= high:
        return None
    return 100.0 * (rating - low) / (high - low)


@dataclass(frozen=True, slots=True)
class Csat:
    """Satisfaction of a set of answers; all figures but ``count`` are 0..100."""

    count: int
    mean: float
    """Mean of the values."""
    satisfied: float
    """Percentage with at least :data:`SATISFIED_FROM`: 4 or 5 of 5."""
    top: float
    """Percentage with the highest value: 5 of 5. Firms that look at ``satisfied`` alone
    overlook that 4 of 5 leaves more often than 5 of 5."""


def csat(values: Iterable[float | None]) -> Csat | None:
    """Return the satisfaction in ``values`` (0..100 each), or None without any.

    >>> csat([100.0, 75.0, 50.0, 0.0])
    Csat(count=4, mean=56.25, satisfied=50.0, top=25.0)
    >>> csat([None]) is None
    True
    """
    known = [value for value in values if value is not None]
    if not known:
        return None
    count = len(known)
    return Csat(
        count=count,
        mean=sum(known) / count,
        satisfied=100.0 * sum(value >= SATISFIED_FROM for value in known) / count,
        top=100.0 * sum(value >= 100.0 for value in known) / count,
    )


@dataclass(frozen=True, slots=True)
class Nps:
    """Net promoter score, -100..100, with the interval that its sample allows."""

    promoters: int
    passives: int
    detractors: int
    score: float
    low: float
    high: float

    @property
    def count(self) -> int:
        return self.promoters + self.passives + self.detractors


def nps_group(rating: int) -> str | None:
    """Return what a recommendation of 0..10 makes of a client, None outside the scale.

    >>> [nps_group(rating) for rating in (0, 6, 7, 8, 9, 10, 11)]
    ['detractor', 'detractor', 'passive', 'passive', 'promoter', 'promoter', None]
    """
    low, high = NPS_SCALE
    if not low <= rating <= high:
        return None
    if rating >= PROMOTER_FROM:
        return "promoter"
    return "detractor" if rating <= DETRACTOR_UP_TO else "passive"


def nps(promoters: int, passives: int, detractors: int, z: float = Z_95) -> Nps | None:
    """Return the net promoter score of so many answers, or None without any.

    The score is the plain difference of the shares. The interval is the adjusted Wald
    interval of B. Rocks, "Interval Estimation for the Net Promoter Score", The American
    Statistician 70 (2016), 365-372, after Agresti & Coull (1998) and Bonett & Price (2012):
    three imaginary answers are added, 3/4 promoter, 3/2 passive, 3/4 detractor, and

        n' = n + 3,  p' = (promoters + 3/4) / n',  d' = (detractors + 3/4) / n'
        (p' - d')  -+  z * sqrt((p' + d' - (p' - d')^2) / n')

    It is cut at -100 and 100, and widened to the score where one single answer would lie
    outside.

    :param z: normal quantile, for 95 % if not given

    >>> result = nps(promoters=6, passives=2, detractors=2)
    >>> result.count, result.score, round(result.low, 1), round(result.high, 1)
    (10, 40.0, -12.6, 74.1)
    >>> nps(0, 0, 0) is None
    True
    """
    if min(promoters, passives, detractors) < 0:
        raise ValueError("a number of answers cannot be negative")
    count = promoters + passives + detractors
    if not count:
        return None
    score = (promoters - detractors) / count
    adjusted = count + 3
    share_for, share_against = (promoters + 0.75) / adjusted, (detractors + 0.75) / adjusted
    centre = share_for - share_against
    margin = z * sqrt((share_for + share_against - centre**2) / adjusted)
    return Nps(
        promoters=promoters,
        passives=passives,
        detractors=detractors,
        score=100.0 * score,
        low=100.0 * max(-1.0, min(centre - margin, score)),
        high=100.0 * min(1.0, max(centre + margin, score)),
    )


def satisfaction_index(dimensions: Mapping[str, Iterable[float | None]]) -> float | None:
    """Return the satisfaction (0..100) in one set of answers, or None without any.

    The answers of each dimension are averaged first, then the dimensions, so that a
    dimension does not weigh more because more questions were asked about it.

    :param dimensions: name of the dimension -> its values, 0..100 each

    >>> satisfaction_index({"quality": [100.0, 75.0, 50.0], "price": [25.0], "attitude": []})
    50.0
    >>> satisfaction_index({}) is None
    True
    """
    means = []
    for values in dimensions.values():
        known = [value for value in values if value is not None]
        if known:
            means.append(sum(known) / len(known))
    return sum(means) / len(means) if means else None
