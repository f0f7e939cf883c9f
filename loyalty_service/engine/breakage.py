"""Breakage: which part of the points that were given will expire unspent.

Young lots have had little time to be spent. A plain share "expired of awarded" would count them
as kept, and "expired of those whose last day has passed" would only know the clients of long
ago. So points are followed month by month towards their last day, as a life table follows
people: in the month with ``k`` months to go, some of the points that are there are used. The
share used of those at risk, ``hazard[k]``, is measured on all lots that lived through such a
month, young ones included; what is never used is what survives all months to the last day:

    breakage of points with the months n-1, ..., 1, 0 before them = product of (1 - hazard[k])

This is the product-limit estimator of Kaplan and Meier (Nonparametric estimation from incomplete
observations, JASA 53, 1958) in discrete time, counted in points instead of heads, with late entry
(lots have different lengths) and with points that were taken back as censored. On a claims
triangle the same numbers are the chain-ladder factors of an actuary. Time counts towards the
last day and not from the first, since the earliest-expiring lot is spent first and people look
at what they are about to lose. A month that no lot has lived through yet gets the average
hazard of all months.

The interval resamples whole clients (a cluster bootstrap: Davison and Hinkley, Bootstrap Methods
and their Application, 1997, section 3.8), since the lots of a client are spent by one hand: a
client is one observation, whatever the number of its lots. It is the percentile interval.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

#: With fewer clients whose points came to the month of their last day no figure is given.
LEAST_CLIENTS = 20
RESAMPLES = 400
SEED = 20

#: What may have happened to points; see :class:`Cell`.
ENTERED, USED, REMOVED, EXPIRED, OPEN = "entered", "used", "removed", "expired", "open"


class Cell(NamedTuple):
    """Points of a client in the months that have ``months`` more to go to that of the last day.

    Only points that expire one day, and only what happened up to the end of the last whole
    month, the cut-off.

    :ivar client: database id
    :ivar what: ``entered`` (given), ``used``, ``removed`` (taken back, which says nothing about
        breakage), ``expired``, or ``open``: still there at the cut-off, whose month has so many
        to go
    :ivar months: 0 in the month of the last day, more before it
    :ivar points: zero or more; below zero where points that were used came back
    :ivar over: whether the last day lies before the cut-off
    """

    client: int
    what: str
    months: int
    points: float
    over: bool = False


class Interval(NamedTuple):
    """A figure and the bounds between which it lies with 95 % confidence."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Breakage:
    """What has been learned, to be applied to points that are still open.

    :ivar clients: number of clients whose points have come to the month of their last day
    :ivar share: of the points given, that will expire unspent; None with too few clients
    :ivar matured: of the points whose last day has passed and that were not taken back, that
        expired unspent; None without any
    :ivar matured_points: how many points that is measured on
    :ivar factors: ``factors[n]`` is the share that will expire of points with ``n`` months
        before them, that of the last day included
    :ivar draws: the same for each resample, one row each
    """

    clients: int
    share: Interval | None
    matured: Interval | None
    matured_points: float
    factors: np.ndarray
    draws: np.ndarray

    def expect(self, open_points: Iterable[tuple[int | None, float]]) -> Interval | None:
        """Return how many of points that are still there will expire, or None: too few clients.

        :param open_points: (months before them, points). None for points that never expire, of
            which nothing does; 0 for points whose last day is over.

        Of points that come to their last month, half are used in it, and none before:

        >>> history = [(ENTERED, 1, 10), (USED, 0, 5), (EXPIRED, 0, 5)]
        >>> learned = measure(Cell(client, *cell, True) for client in range(30) for cell in history)
        >>> learned.expect([(2, 80), (1, 20), (None, 500), (0, 7)]).value
        57.0
        """
        if self.share is None:
            return None
        points = np.zeros(len(self.factors))
        for months, amount in open_points:
            if months is not None:
                points[min(max(months, 0), len(points) - 1)] += amount
        return _interval(float(self.factors @ points), self.draws @ points)


def measure(cells: Iterable[Cell], resamples: int = RESAMPLES, seed: int = SEED) -> Breakage:
    """Measure breakage on the history of all clients.

    Each client got 100 points with one month to go, used none in that month and half of them in
    their last one:

    >>> history = [(ENTERED, 1, 100), (USED, 0, 50), (EXPIRED, 0, 50)]
    >>> cells = [Cell(client, *cell, True) for client in range(30) for cell in history]
    >>> measure(cells).share, measure(cells).matured
    (Interval(value=0.5, low=0.5, high=0.5), Interval(value=0.5, low=0.5, high=0.5))

    Points that were given in the month of the cut-off change nothing, though none is used yet:

    >>> cells += [Cell(n, what, 1, 900) for n in range(30) for what in (ENTERED, OPEN)]
    >>> measure(cells).share.value
    0.5
    """
    tables, clients = _tabulate(cells)
    at_risk = _at_risk(tables)
    used = np.minimum(tables[USED], at_risk)
    known = int(np.count_nonzero(at_risk[:, 0] > 0))
    picks = _resample(clients, resamples, seed)
    factors = _factors(at_risk.sum(axis=0), used.sum(axis=0))
    draws = _factors(picks @ at_risk, picks @ used)
    given = np.concatenate(([0.0], np.clip(tables[ENTERED].sum(axis=0), 0.0, None)))
    share = None
    if known >= LEAST_CLIENTS and given.sum():
        weights = given / given.sum()
        share = _interval(float(factors @ weights), draws @ weights)
    lost, ended = tables["lost"].sum(axis=1), tables["ended"].sum(axis=1)
    matured = None
    if ended.sum() > 0:
        ratios = (picks @ lost) / np.where(picks @ ended > 0, picks @ ended, np.inf)
        matured = _interval(float(lost.sum() / ended.sum()), ratios)
    return Breakage(known, share, matured, float(ended.sum()), factors, draws)


def _tabulate(cells: Iterable[Cell]) -> tuple[dict[str, np.ndarray], int]:
    """Return ``{what: array of clients x months}`` and the number of clients.

    ``lost`` and ``ended`` are of lots that are over: what expired, and that with what was used.
    """
    names = (ENTERED, USED, REMOVED, EXPIRED, OPEN)
    ids, whats, months, points, over = (np.array(column) for column in _columns(cells))
    clients, rows = np.unique(ids, return_inverse=True)
    months = np.maximum(months.astype(int), 0)
    shape = (len(clients), int(months.max(initial=0)) + 1)
    points = points.astype(float)
    tables = {}
    chosen = {name: whats == name for name in names}
    chosen["lost"] = chosen[EXPIRED] & over.astype(bool)
    chosen["ended"] = (chosen[EXPIRED] | chosen[USED]) & over.astype(bool)
    for name, mask in chosen.items():
        tables[name] = np.zeros(shape)
        np.add.at(tables[name], (rows[mask], months[mask]), points[mask])
    return tables, len(clients)


def _columns(cells: Iterable[Cell]) -> list[tuple]:
    return list(zip(*cells, strict=True)) or [()] * 5


def _at_risk(tables: dict[str, np.ndarray]) -> np.ndarray:
    """Return the points that could have been used in each month, clients x months.

    Those that had entered by then, without what had gone before, what was taken back in the
    month itself, and what has not come to the month yet.
    """

    def earlier(table: np.ndarray) -> np.ndarray:
        """Sum of the months before, which have more to go."""
        return table[:, ::-1].cumsum(axis=1)[:, ::-1] - table

    entered, open_ = tables[ENTERED], tables[OPEN]
    gone = tables[USED] + tables[REMOVED]
    at_risk = earlier(entered) + entered - earlier(gone) - tables[REMOVED] - earlier(open_)
    # Rounding, and what came back into lots long after it was spent.
    return np.where(at_risk > 1e-6, at_risk, 0.0)


def _resample(clients: int, resamples: int, seed: int) -> np.ndarray:
    """Return how often each client is drawn in each resample: resamples x clients."""
    generator = np.random.default_rng(seed)
    if not clients:
        return np.zeros((resamples, 0))
    return np.array(
        [
            np.bincount(generator.integers(0, clients, clients), minlength=clients)
            for _resample in range(resamples)
        ],
        dtype=float,
    )


def _factors(at_risk: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Return what survives of points with 0, 1, 2, ... months before them, along the last axis."""
    total = at_risk.sum(axis=-1, keepdims=True)
    average = used.sum(axis=-1, keepdims=True) / np.where(total > 0, total, np.inf)
    hazard = np.where(at_risk > 0, used / np.where(at_risk > 0, at_risk, 1.0), average)
    surviving = np.cumprod(1 - np.clip(hazard, 0.0, 1.0), axis=-1)
    return np.concatenate((np.ones_like(average), surviving), axis=-1)


def _interval(value: float, draws: np.ndarray) -> Interval:
    """Return the percentile interval; it is never so narrow as to leave its own figure out."""
    low, high = np.percentile(draws, (2.5, 97.5))
    return Interval(value, min(float(low), value), max(float(high), value))
