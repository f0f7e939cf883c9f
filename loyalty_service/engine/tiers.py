"""Tiers: which one a client has earned, how far the next one is, when to step up or down.

A ladder is a sequence of :class:`Rung`, one per tier. Points are plain numbers; a rung looks
at the points earned in its own window, which the caller gives as ``{window_months: points}``.
"""

from datetime import date, timedelta
from typing import NamedTuple


class Rung(NamedTuple):
    """One tier: its key (any hashable), the points it needs, and its window in months."""

    key: object
    threshold: float
    window: int = 12


class Step(NamedTuple):
    """What to do with a client's tier.

    :ivar key: the tier that the client has from now on
    :ivar review: day on which the tier is lowered unless points come in, or None
    """

    key: object
    review: date | None


def sort(rungs):
    """Return the ladder, lowest rung first.

    >>> [rung.key for rung in sort([Rung("gold", 3000), Rung("standard", 0)])]
    ['standard', 'gold']
    """
    return sorted(rungs, key=lambda rung: rung.threshold)


def earned(rungs, points):
    """Return the highest rung whose threshold is met, or None where not even the lowest is.

    >>> ladder = [Rung("standard", 0), Rung("silver", 1000), Rung("gold", 3000)]
    >>> earned(ladder, {12: 1000}).key
    'silver'
    >>> earned(ladder, {12: 999.99}).key
    'standard'
    """
    met = [rung for rung in sort(rungs) if points.get(rung.window, 0) >= rung.threshold]
    return met[-1] if met else None


def following(rungs, key):
    """Return the rung above the one with ``key`` (the lowest for an unknown key), or None.

    >>> ladder = [Rung("standard", 0), Rung("silver", 1000)]
    >>> following(ladder, "standard").key, following(ladder, "silver")
    ('silver', None)
    """
    ladder = sort(rungs)
    place = next((place for place, rung in enumerate(ladder) if rung.key == key), -1)
    return ladder[place + 1] if place + 1 < len(ladder) else None


def is_lower(rungs, key, than):
    """Tell whether the rung with ``key`` stands below the one with the key ``than``.

    A rung that is not on the ladder is neither above nor below another; no rung at all (None)
    is below each.

    >>> ladder = [Rung("standard", 0), Rung("silver", 1000)]
    >>> is_lower(ladder, "standard", "silver"), is_lower(ladder, "standard", "platinum")
    (True, False)
    >>> is_lower(ladder, None, "standard"), is_lower(ladder, "standard", None)
    (True, False)
    """
    places = {rung.key: place for place, rung in enumerate(sort(rungs))}
    places[None] = -1
    return key in places and than in places and places[key] < places[than]


def progress(rungs, key, points):
    """Return how much of the next rung's threshold is earned, 0 to 100; 100 at the top.

    >>> ladder = [Rung("standard", 0), Rung("silver", 1000)]
    >>> progress(ladder, "standard", {12: 250}), progress(ladder, "silver", {12: 250})
    (25.0, 100.0)
    """
    above = following(rungs, key)
    if above is None or above.threshold <= 0:
        return 100.0
    share = points.get(above.window, 0) / above.threshold
    return 100.0 * min(max(share, 0.0), 1.0)


def step(rungs, key, points, today, review=None, grace_days=30):
    """Return what becomes of a client that holds the rung ``key`` today.

    Up goes at once. Down, be it off the ladder, goes only on the review day, which lies
    ``grace_days`` after the day on which the client first no longer met its tier; meeting it
    again in between calls the review off.

    :param review: the review day set earlier, if any
    :return: :class:`Step`

    >>> ladder = [Rung("standard", 0), Rung("silver", 1000)]
    >>> step(ladder, "standard", {12: 1200}, date(2026, 1, 1))
    Step(key='silver', review=None)
    >>> step(ladder, "silver", {12: 900}, date(2026, 1, 1))
    Step(key='silver', review=datetime.date(2026, 1, 31))
    >>> step(ladder, "silver", {12: 900}, date(2026, 1, 31), review=date(2026, 1, 31))
    Step(key='standard', review=None)
    """
    ladder = sort(rungs)
    met = earned(ladder, points)
    target = met.key if met else None
    if not is_lower(ladder, target, key):
        return Step(target, None)
    review = review or today + timedelta(days=grace_days)
    if today >= review:
        return Step(target, None)
    return Step(key, review)
