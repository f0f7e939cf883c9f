"""A client's own contact rhythm, and how long its silence is against it.

The unit of time is a day: several calls on one day are one contact day. The rhythm is the median
gap between contact days, not the mean, since one long holiday must not hide a silence that
follows (breakdown point of the median: 50 %).
"""

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from statistics import median
from typing import NamedTuple

MIN_GAPS = 3
# The days, up to the last contact, of which the rhythm is read.
YEAR = 365
# Silence of a client that is in touch every day is not alarming after three days.
SHORTEST_GAP = 7
# Usual gaps after which a silence is longer than usual, and after which the client went quiet.
LONGER_FROM = 1.5
QUIET_FROM = 3.0


def usual_gap(days: Iterable[date], min_gaps: int = MIN_GAPS) -> float | None:
    """Return the median number of days between two contact days.

    :param days: contact days in any order; a day given twice counts once
    :param min_gaps: with fewer gaps than this there is no rhythm to speak of
    :return: days > 0, or None

    >>> usual_gap([date(2024, 3, 1), date(2024, 3, 11), date(2024, 3, 25), date(2024, 4, 6)])
    12
    >>> usual_gap([date(2024, 3, 1), date(2024, 3, 11)]) is None
    True
    """
    gaps = [(late - early).days for early, late in pairwise(sorted(set(days)))]
    return median(gaps) if len(gaps) >= max(min_gaps, 1) else None


def silence_ratio(silent_days: float | None, gap: float | None) -> float | None:
    """Return how many usual gaps the silence lasts: 1 is as usual, 3 is three times that.

    :param silent_days: days since the last contact, None when there never was one
    :param gap: usual days between contacts, None when there is no rhythm

    >>> silence_ratio(74, 12)
    6.166666666666667
    >>> silence_ratio(None, 12) is None, silence_ratio(74, None) is None
    (True, True)

    :raises ValueError: when the gap is not positive
    """
    if silent_days is None or gap is None:
        return None
    if gap <= 0:
        raise ValueError("the usual gap must be positive")
    return max(silent_days, 0) / gap


def silence_state(silent_days: float | None, gap: float | None) -> str:
    """Return what a silence says: ``unknown``, ``usual``, ``longer`` or ``quiet``.

    A gap shorter than ``SHORTEST_GAP`` counts as that, here and in what is stored as the ratio.

    :param silent_days: days since the last contact, None when there never was one
    :param gap: usual days between contacts, None when there is no rhythm

    >>> silence_state(74, 12), silence_state(18, 12), silence_state(17, 12)
    ('quiet', 'longer', 'usual')
    >>> silence_state(6, 1), silence_state(21, 1), silence_state(400, None)
    ('usual', 'quiet', 'unknown')
    """
    ratio = silence_ratio(silent_days, gap and max(gap, SHORTEST_GAP))
    if ratio is None:
        return "unknown"
    if ratio < LONGER_FROM:
        return "usual"
    return "longer" if ratio < QUIET_FROM else "quiet"


class Beat(NamedTuple):
    """How one part of the contacts, a channel or a kind, goes on against its own rhythm.

    :ivar days: number of days of contact in the year up to the last one
    :ivar gap: usual days between contacts, None when there is no rhythm
    :ivar last: day of the last contact
    :ivar silent: days since then, not negative
    :ivar overdue: days by which the next contact is overdue: those beyond the usual gap, which
        counts as ``SHORTEST_GAP`` at least; 0 without a rhythm
    :ivar ratio: usual gaps that the silence lasts, None without a rhythm
    :ivar state: see :func:`silence_state`
    """

    days: int
    gap: float | None
    last: date
    silent: int
    overdue: int
    ratio: float | None
    state: str


def beat(days: Iterable[date], today: date) -> Beat | None:
    """Return how the contacts on ``days`` go on, or None when there was none for a year.

    What has not happened for a year is used no more. The rhythm is that of the year up to the
    last contact. The middle one of three gaps or more in it is below 182 days, so that a silence
    of whatever has a rhythm was told as longer than usual before.

    >>> calls = [date(2024, 3, 1), date(2024, 3, 8), date(2024, 3, 15), date(2024, 3, 22)]
    >>> found = beat(calls, date(2024, 5, 3))
    >>> found.gap, found.silent, found.overdue, found.ratio, found.state
    (7, 42, 35, 6.0, 'quiet')
    >>> beat(calls, date(2025, 3, 23)) is None
    True
    """
    days = set(days)
    last = max(days, default=None)
    if last is None or (today - last).days > YEAR:
        return None
    days = {day for day in days if (last - day).days < YEAR}
    gap = usual_gap(days)
    counted = gap and max(gap, SHORTEST_GAP)
    silent = max((today - last).days, 0)
    return Beat(
        days=len(days),
        gap=gap,
        last=last,
        silent=silent,
        overdue=overdue(silent, gap),
        ratio=silence_ratio(silent, counted),
        state=silence_state(silent, gap),
    )


def overdue(silent_days: int, gap: float | None) -> int:
    """Return by how many whole days the next contact is overdue.

    >>> overdue(42, 7), overdue(5, 7), overdue(9, 2), overdue(20, 12.5), overdue(90, None)
    (35, 0, 2, 7, 0)
    """
    return max(int(silent_days - max(gap, SHORTEST_GAP)), 0) if gap else 0
