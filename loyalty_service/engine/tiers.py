"""Tiers: which one a client has earned, how far the next one is, when to step up or down.

A ladder is a sequence of :class:`Rung`, one per tier. What counts is a plain number in the unit
of the ladder: points earned, money paid, or full months under agreement. It is counted over a
window of time, in one of two ways.

**Rolling.** A rung looks at the months up to today. A client that no longer meets its rung is
told, and is lowered ``grace_days`` later unless it meets it again by then.

    Silver needs 1,000 points in 12 months. A client has earned 1,000 on 10 March 2025 and
    nothing since. On 10 March 2026 they leave the window: it is told, and on 9 April (30 days
    later) it steps down.

**Calendar year.** What counts is the better of two calendar years, this one and the last; they
are not added up. So a tier that is reached in a year holds to the end of the next one. In the
last ``grace_days`` of that year the client is told what it still lacks, and on 1 January it is
lowered unless it has earned that by then.

    Silver needs 1,000 points in a calendar year. A client earns its 1,000th on 10 March 2025
    and is Silver from that day to 31 December 2026. In 2026 it earns 760: on 2 December 2026
    it is told that it lacks 240, and on 1 January 2027 it steps down. With 240 more by
    31 December it stays to the end of 2027.

**Override.** While one runs, a client has at least the tier that it names, or exactly that.
When its end is no more than ``grace_days`` away and the client has not earned the tier, it is
told; on the day after the end it has the tier that it has earned.

Nobody is lowered without a review day that was set before, ``grace_days`` ahead or, of an
override, for the day after its end. Only ``grace_days=0`` and a tier that an override fixes
lower at once.
"""

from datetime import date, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

#: The window of a rung that is reached within a calendar year.
YEAR = "year"
#: The key of what counted in the year before.
LAST_YEAR = "last year"
DAY = timedelta(days=1)


class Rung(NamedTuple):
    """One tier: its key (any hashable), what it needs, and its window.

    :ivar window: so many months up to today, 0 for all time, or :data:`YEAR`
    """

    key: object
    threshold: float
    window: int | str = 12


class Step(NamedTuple):
    """What to do with a client's tier.

    :ivar key: the tier that the client has from now on
    :ivar review: day on which the tier is lowered unless enough comes in, or None
    """

    key: object
    review: date | None


class Lapse(NamedTuple):
    """What is known to fall away: from ``day`` on only ``left`` counts, by window."""

    day: date
    left: dict


class Override(NamedTuple):
    """A tier that somebody gave a client for a time.

    :ivar until: last day
    :ivar exact: the client has this tier even if it has earned a higher one
    """

    key: object
    until: date
    exact: bool = False


# ----------------------------------------------------------------------
# What counts
# ----------------------------------------------------------------------


def spans(rungs, today):
    """Return what has to be counted: ``{key: (first day, last day)}``.

    >>> spans([Rung("silver", 1000, 12)], date(2026, 3, 10))
    {12: (datetime.date(2025, 3, 11), datetime.date(2026, 3, 10))}
    >>> sorted(spans([Rung("silver", 1000, YEAR)], date(2026, 3, 10)))
    ['last year', 'year']
    """
    result = {}
    for window in {rung.window for rung in rungs}:
        if window == YEAR:
            begin = today.replace(month=1, day=1)
            result[YEAR] = (begin, today)
            result[LAST_YEAR] = (begin.replace(year=begin.year - 1), begin - DAY)
        elif window:
            result[window] = (today - relativedelta(months=window) + DAY, today)
        else:
            result[window] = (date.min, today)
    return result


def count(figures, today):
    """Return what counts today by window, and the :class:`Lapse` of it, if one is known.

    :param dict figures: what fell into each of the :func:`spans`; 0 where nothing is said

    >>> points, lapse = count({YEAR: 760, LAST_YEAR: 1000}, date(2026, 12, 2))
    >>> points, lapse.day, lapse.left
    ({'year': 1000}, datetime.date(2027, 1, 1), {'year': 760})
    >>> count({12: 760}, date(2026, 12, 2))
    ({12: 760}, None)
    """
    points = {key: figure for key, figure in figures.items() if key != LAST_YEAR}
    if not {YEAR, LAST_YEAR} & set(figures):
        return points, None
    this, last = figures.get(YEAR, 0), figures.get(LAST_YEAR, 0)
    lapse = Lapse(year_ends(today), {**points, YEAR: this})
    return {**points, YEAR: max(this, last)}, lapse


def year_ends(today):
    """Return the day from which on the year before ``today``'s counts no more.

    >>> year_ends(date(2026, 12, 2))
    datetime.date(2027, 1, 1)
    """
    return date(today.year + 1, 1, 1)


# ----------------------------------------------------------------------
# The ladder
# ----------------------------------------------------------------------


class Ladder(tuple):
    """Rungs in order, lowest first; what :func:`sort` returns and leaves as it is.

    :ivar places: key of a rung -> its place; no rung (None) is below the lowest
    """

    def __init__(self, rungs):
        super().__init__()
        self.places = {None: -1} | {rung.key: place for place, rung in enumerate(self)}


def sort(rungs):
    """Return the ladder, lowest rung first. Sort once before a loop over many clients.

    >>> [rung.key for rung in sort([Rung("gold", 3000), Rung("standard", 0)])]
    ['standard', 'gold']
    """
    if isinstance(rungs, Ladder):
        return rungs
    return Ladder(sorted(rungs, key=lambda rung: rung.threshold))


def earned(rungs, points):
    """Return the highest rung whose threshold is met, or None where not even the lowest is.

    >>> ladder = [Rung("standard", 0), Rung("silver", 1000), Rung("gold", 3000)]
    >>> earned(ladder, {12: 1000}).key
    'silver'
    >>> earned(ladder, {12: 999.99}).key
    'standard'
    """
    # A rung that needs nothing is everybody's, also theirs from whom something was taken back.
    met = [
        rung
        for rung in sort(rungs)
        if rung.threshold <= 0 or points.get(rung.window, 0) >= rung.threshold
    ]
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
    places = sort(rungs).places
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


def missing(rungs, key, points):
    """Return how much more the rung with ``key`` needs, 0 for one that is not on the ladder.

    >>> missing([Rung("standard", 0), Rung("silver", 1000)], "silver", {12: 760})
    240
    """
    return next(
        (max(rung.threshold - points.get(rung.window, 0), 0) for rung in rungs if rung.key == key),
        0,
    )


# ----------------------------------------------------------------------
# Steps
# ----------------------------------------------------------------------


def step(rungs, key, points, today, review=None, grace_days=30, lapse=None, override=None):
    """Return what becomes of a client that holds the rung ``key`` today.

    Up goes at once. Down, be it off the ladder, goes only on the review day, which lies
    ``grace_days`` after the day on which the client first no longer met its tier (or, where
    that is known ahead, on the day itself; see :class:`Lapse`). Meeting it again in between
    calls the review off.

    :param dict points: what counts today, by window; see :func:`count`
    :param review: the review day of which the client was told earlier, if any
    :param lapse: :class:`Lapse` of ``points``, if one is known
    :param override: :class:`Override` that runs today, if any
    :return: :class:`Step`

    >>> ladder = [Rung("standard", 0), Rung("silver", 1000)]
    >>> step(ladder, "standard", {12: 1200}, date(2026, 1, 1))
    Step(key='silver', review=None)
    >>> step(ladder, "silver", {12: 900}, date(2026, 1, 1))
    Step(key='silver', review=datetime.date(2026, 1, 31))
    >>> step(ladder, "silver", {12: 900}, date(2026, 1, 31), review=date(2026, 1, 31))
    Step(key='standard', review=None)
    >>> points, lapse = count({YEAR: 760, LAST_YEAR: 1000}, date(2026, 12, 2))
    >>> ladder = [Rung("standard", 0, YEAR), Rung("silver", 1000, YEAR)]
    >>> step(ladder, "silver", points, date(2026, 12, 2), lapse=lapse)
    Step(key='silver', review=datetime.date(2027, 1, 1))
    """
    ladder = sort(rungs)
    if override and override.until >= today and _stands(ladder, override.key):
        return _step_overridden(ladder, key, points, today, review, grace_days, lapse, override)
    return _step(ladder, key, points, today, review, grace_days, lapse)


def _stands(ladder, key):
    return any(rung.key == key for rung in ladder)


def _step(ladder, key, points, today, review, grace_days, lapse):
    met = earned(ladder, points)
    target = met.key if met else None
    if is_lower(ladder, target, key):
        review = review or today + timedelta(days=grace_days)
        return Step(target, None) if today >= review else Step(key, review)
    if lapse and lapse.day - today <= timedelta(days=grace_days):
        left = earned(ladder, lapse.left)
        if is_lower(ladder, left.key if left else None, target):
            review = review or today + timedelta(days=grace_days)
            return Step(target, max(review, lapse.day))
    return Step(target, None)


def _step_overridden(ladder, key, points, today, review, grace_days, lapse, override):
    if not override.exact:
        own = _step(ladder, key, points, today, review, grace_days, lapse)
        if is_lower(ladder, override.key, own.key):
            return own
    met = earned(ladder, points)
    ends = override.until + DAY
    falls = is_lower(ladder, met.key if met else None, override.key)
    is_near = ends - today <= timedelta(days=grace_days)
    return Step(override.key, ends if falls and is_near else None)
