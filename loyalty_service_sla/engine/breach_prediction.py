"""How likely an open clock is to miss its promise, learned from the clocks of the same firm.

The history is looked at as it was lived: at some shares of the promised time (:data:`LANDMARKS`)
each clock that still ran gives one :class:`Example` of what was known *at that moment*, and of
what came of it. This is landmarking (van Houwelingen, Dynamic prediction by landmarking in event
history analysis, Scand. J. Stat. 34, 2007), so that one model answers for a ticket just opened and
for one whose time is nearly up.

The model is a logistic regression with a ridge penalty (le Cessie and van Houwelingen, Ridge
estimators in logistic regression, Appl. Stat. 41, 1992), found by Newton's method. Its log-odds
are then recalibrated by a line (Cox, Two further applications of a model for binary regression,
Biometrika 45, 1958), learned from predictions of tickets that the model had not seen.

How good it is, is measured as it will be used: the tickets are cut into :data:`SLICES` of time;
each slice is predicted by what could be known when its first ticket was opened, and calibrated by
the slices before it. It is compared with the base rate, the share that missed so far of the same
target. Where it is not better than that beyond chance, or where too little has happened, there is
no prediction. Next to it stands what the time alone would tell: the share that missed so far of
those that had used as much of their time, which shows how much the rest of the model is worth.

Probabilities and shares are fractions from 0 to 1, moments of examples are seconds since 1970,
durations hours of working time.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

import numpy as np

from .clock import FIRST_RESPONSE, RESOLUTION, RUNNING, Clock, advance, hours_of, in_force

#: The targets that are predicted: those that each ticket has, once.
TARGETS = (FIRST_RESPONSE, RESOLUTION)

#: Shares of the promised time at which the past is looked at.
LANDMARKS = (0.0, 0.25, 0.5, 0.75, 0.9)

#: With fewer tickets than these nothing is predicted: in all, with a miss, without one.
LEAST_TICKETS, LEAST_MISSED, LEAST_MET = 150, 40, 40

#: A model is not learned from fewer misses, or fewer examples without one, than this.
LEAST_TO_LEARN = 10

SLICES = 5
PENALTY = 3.0
#: A kind of ticket that is rarer than this among the examples is taken like the average one.
LEAST_LEVEL = 20
BINS = 10
RESAMPLES = 200
SEED = 7

#: Nothing is certain.
LOWEST, HIGHEST = 0.001, 0.999

#: What is shown as a reason moves the odds by this part at least: 10 %, in log-odds.
LEAST_REASON = 0.1

FEW, WORSE, GOOD = "few", "worse", "good"

#: Numbers that the odds follow: column -> what people call it.
NUMBERS = {
    "share": "time",
    "late_share": "time",
    "first_share": "time",
    "first": "target",
    "hours": "promise",
    "load": "load",
    "pauses": "pauses",
    "messages": "messages",
    "answers": "answers",
}
#: Kinds, each with an effect of its own.
KINDS = ("priority", "type", "channel", "tier", "weekday", "part")


class Case(NamedTuple):
    """What is known of a clock at a moment at which it is open.

    :ivar target: one of :data:`TARGETS`
    :ivar share: of the promised time that is used
    :ivar hours: promised
    :ivar load: other open tickets of the team
    :ivar pauses: how often it was paused so far
    :ivar messages: of the client, after the first one
    :ivar answers: of staff
    :ivar weekday: 0 is Monday, where the desk is
    :ivar part: of the day: morning, afternoon, or off (out of working hours)
    """

    target: str
    share: float
    hours: float
    load: int = 0
    pauses: int = 0
    messages: int = 0
    answers: int = 0
    priority: str | None = None
    type: str | None = None
    channel: str | None = None
    tier: str | None = None
    weekday: str | None = None
    part: str | None = None


class Example(NamedTuple):
    """A case of the past and what came of it.

    :ivar ticket: its key; the examples of a ticket stay together
    :ivar opened: the moment at which the ticket was opened
    :ivar decided: the moment from which on one knew whether the promise was kept
    """

    ticket: int
    opened: float
    decided: float
    missed: bool
    case: Case


def landmarks(target, entries, calendars, until, shares=LANDMARKS):
    """Return ``[(share, moment)]``: when a clock had used these shares of its promised time.

    Only moments before ``until`` at which it still ran and was not late. After another promise
    a share is the one of that promise; one that was left behind by it is no moment.

    :param entries: the log, see :mod:`.clock`
    :param calendars: ``{key: WorkingTime}``
    """
    found, pending = [], list(shares)

    def walk(clock, stop):
        if clock.state != RUNNING or not clock.seconds:
            return
        while pending:
            need = ceil(pending[0] * clock.seconds) - clock.elapsed
            moment = hours_of(clock, calendars).add(clock.at, need)
            if need >= 0:
                if moment is None or moment >= stop:
                    return
                found.append((pending[0], moment))
            pending.pop(0)

    clock = Clock(target)
    for entry in in_force(entries):
        after = advance(clock, entry, calendars)
        if after is not clock:
            walk(clock, entry.date)
            clock = after
        if clock.breach:
            return found
    walk(clock, until)
    return found


# ----------------------------------------------------------------------
# Logistic regression
# ----------------------------------------------------------------------


def logit(p):
    """Return the log-odds of probabilities.

    >>> float(logit(0.5))
    0.0
    """
    p = np.asarray(p, dtype=float)
    return np.log(p) - np.log1p(-p)


def expit(z):
    """Return the probabilities of log-odds.

    >>> [round(float(expit(z)), 3) for z in (-1e6, 0, 1)]
    [0.0, 0.5, 0.731]
    """
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(z, dtype=float)))


def fit_logistic(x, y, penalty, centre=None):
    """Return the weights that make ``y`` most likely, less ``penalty / 2 * (w - centre)**2``.

    Of 8 examples 2 missed; without penalty the intercept is the log-odds of 1/4:

    >>> weights = fit_logistic(np.ones((8, 1)), np.array([1, 1, 0, 0, 0, 0, 0, 0]), [0])
    >>> round(float(expit(weights[0])), 6)
    0.25

    :param x: matrix, with a column of ones for the intercept
    :param y: 0 or 1 for each row
    :param penalty: for each column, zero or more
    :param centre: what the penalty draws to, zeros by default
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    penalty = np.asarray(penalty, dtype=float)
    centre = np.zeros(x.shape[1]) if centre is None else np.asarray(centre, dtype=float)
    weights = centre.copy()

    def loss(weights):
        z = x @ weights
        return (np.logaddexp(0, z) - y * z).sum() + 0.5 * (penalty * (weights - centre) ** 2).sum()

    now = loss(weights)
    for _ in range(100):
        p = expit(x @ weights)
        slope = x.T @ (p - y) + penalty * (weights - centre)
        if np.abs(slope).max() < 1e-8:
            break
        curve = (x * (p * (1 - p))[:, None]).T @ x + np.diag(penalty + 1e-12)
        step = np.linalg.solve(curve, slope)
        # The loss is convex: a step that is halved often enough makes it smaller.
        while (after := loss(weights - step)) > now and np.abs(step).max() > 1e-12:
            step = step / 2
        weights, now = weights - step, after
    return weights


def calibrate(scores, y):
    """Return (intercept, slope) of the line that turns log-odds into right ones.

    The slope is drawn to 1 and never below 0: what is riskier stays riskier.
    """
    x = np.column_stack([np.ones(len(scores)), scores])
    intercept, slope = fit_logistic(x, y, [0.0, PENALTY], [0.0, 1.0])
    if slope < 0:
        return float(logit((np.sum(y) + 1) / (len(y) + 2))), 0.0
    return float(intercept), float(slope)


# ----------------------------------------------------------------------
# The model
# ----------------------------------------------------------------------


def _numbers(cases):
    """Return a row of :data:`NUMBERS` for each case."""
    rows = [
        (
            min(case.share, 1.0),
            max(min(case.share, 1.0) - 0.5, 0.0),
            min(case.share, 1.0) * (case.target == FIRST_RESPONSE),
            case.target == FIRST_RESPONSE,
            np.log(max(case.hours, 0.01)),
            np.log1p(case.load),
            min(case.pauses, 3),
            np.log1p(case.messages),
            min(case.answers, 2),
        )
        for case in cases
    ]
    return np.array(rows, dtype=float).reshape(len(cases), len(NUMBERS))


@dataclass(frozen=True)
class Model:
    """What was learned; :meth:`as_json` can be kept and made a model of again.

    :ivar levels: ``[(kind, level)]``, a column each, after those of :data:`NUMBERS`
    :ivar means: of each column among the examples
    :ivar scales: standard deviations
    :ivar weights: the intercept and one for each column, by standard deviations
    :ivar line: (intercept, slope) of the calibration
    """

    levels: tuple
    means: np.ndarray
    scales: np.ndarray
    weights: np.ndarray
    line: tuple = (0.0, 1.0)

    @classmethod
    def learn(cls, examples: Sequence[Example]):
        """Return the model of some examples, not calibrated yet."""
        cases = [example.case for example in examples]
        levels = []
        for kind in KINDS:
            counts = Counter(getattr(case, kind) for case in cases)
            levels += [
                (kind, level)
                for level in sorted(filter(None, counts))
                if counts[level] >= LEAST_LEVEL
            ]
        x = _matrix(cases, levels)
        means, scales = x.mean(axis=0), x.std(axis=0)
        scales[scales < 1e-9] = 1.0
        x = np.column_stack([np.ones(len(x)), (x - means) / scales])
        y = np.array([example.missed for example in examples])
        # The examples of a ticket say much the same: they weigh as much as one against the penalty.
        tickets = len({example.ticket for example in examples})
        penalty = np.full(x.shape[1], PENALTY * len(examples) / tickets)
        penalty[0] = 0.0
        return cls(tuple(levels), means, scales, fit_logistic(x, y, penalty))

    def _standardized(self, cases):
        return (_matrix(cases, self.levels) - self.means) / self.scales

    def scores(self, cases):
        """Return the log-odds of cases before calibration."""
        return self.weights[0] + self._standardized(cases) @ self.weights[1:]

    def predict(self, cases: Sequence[Case]) -> np.ndarray:
        """Return the probability of a miss for each of ``cases``."""
        if not cases:
            return np.zeros(0)
        intercept, slope = self.line
        return np.clip(expit(intercept + slope * self.scores(cases)), LOWEST, HIGHEST)

    def explain(self, cases: Sequence[Case]) -> list[list[tuple[str, float]]]:
        """Return for each case what raises its log-odds above the average one's, most first.

        The parts of all names, those that lower them included, add up to the difference.
        """
        if not cases:
            return []
        parts = self._standardized(cases) * self.weights[1:] * self.line[1]
        names = [*NUMBERS.values(), *(kind for kind, _level in self.levels)]
        result = []
        for row in parts:
            sums = {}
            for name, part in zip(names, row, strict=True):
                sums[name] = sums.get(name, 0.0) + float(part)
            raised = [(name, part) for name, part in sums.items() if part >= LEAST_REASON]
            result.append(sorted(raised, key=lambda item: (-item[1], item[0])))
        return result

    def as_json(self):
        return {
            "levels": [list(level) for level in self.levels],
            "means": self.means.tolist(),
            "scales": self.scales.tolist(),
            "weights": self.weights.tolist(),
            "line": list(self.line),
        }

    @classmethod
    def from_json(cls, data):
        return cls(
            tuple(tuple(level) for level in data["levels"]),
            np.array(data["means"]),
            np.array(data["scales"]),
            np.array(data["weights"]),
            tuple(data["line"]),
        )


def _matrix(cases, levels):
    """Return a row of numbers and of levels (1 where it is the case's) for each case."""
    kinds = [[getattr(case, kind) == level for kind, level in levels] for case in cases]
    return np.column_stack(
        [_numbers(cases), np.array(kinds, dtype=float).reshape(len(cases), len(levels))]
    )


# ----------------------------------------------------------------------
# How good it is
# ----------------------------------------------------------------------


def brier(p, y):
    """Return the mean squared error of probabilities (Brier, Monthly Weather Review 78, 1950).

    >>> round(brier([0.9, 0.2], [1, 0]), 4)  # (0.01 + 0.04) / 2
    0.025
    """
    return float(np.mean((np.asarray(p, dtype=float) - np.asarray(y, dtype=float)) ** 2))


def auc(p, y, weights=None):
    """Return how often a miss was given a higher probability than a promise kept; ties half.

    One of two misses above both others, the other one above one of them: 3 of 4 pairs.

    >>> auc([0.9, 0.4, 0.5, 0.1], [1, 1, 0, 0])
    0.75
    >>> auc([0.5, 0.5], [1, 0]), auc([0.5], [1])
    (0.5, None)
    """
    y = np.asarray(y, dtype=float)
    weights = np.ones(len(y)) if weights is None else weights
    _values, place = np.unique(np.asarray(p, dtype=float), return_inverse=True)
    misses = np.bincount(place, weights * y)
    others = np.bincount(place, weights * (1 - y))
    pairs = misses.sum() * others.sum()
    if not pairs:
        return None
    below = np.cumsum(others) - others
    return float((misses * (below + others / 2)).sum() / pairs)


class Bin(NamedTuple):
    """Some examples with much the same prediction.

    :ivar low: the lowest prediction; ``high`` the highest
    :ivar expected: the mean prediction
    :ivar missed: the share that did miss
    :ivar tickets: different ones, which is what the share is measured on
    """

    low: float
    high: float
    expected: float
    missed: float
    examples: int
    tickets: int


def calibration(p, y, tickets, bins=BINS) -> list[Bin]:
    """Return the predictions cut into parts of the same size, equal ones together.

    >>> table = calibration([0.1, 0.1, 0.7, 0.9], [0, 0, 1, 1], [1, 2, 3, 3], bins=2)
    >>> [(round(b.expected, 2), b.missed, b.examples, b.tickets) for b in table]
    [(0.1, 0.0, 2, 2), (0.8, 1.0, 2, 1)]
    """
    p, y, tickets = np.asarray(p, dtype=float), np.asarray(y, dtype=float), np.asarray(tickets)
    edges = np.unique(np.quantile(p, np.linspace(0, 1, bins + 1)[1:-1]))
    # An edge ends a part, so that equal predictions are not torn apart.
    place = np.searchsorted(edges, p, side="left")
    result = []
    for number in np.unique(place):
        mine = place == number
        result.append(
            Bin(
                float(p[mine].min()),
                float(p[mine].max()),
                float(p[mine].mean()),
                float(y[mine].mean()),
                int(mine.sum()),
                len(np.unique(tickets[mine])),
            )
        )
    return result


class Assessment(NamedTuple):
    """How good predictions were of what nobody knew when they were made.

    :ivar rate: share of the examples that missed
    :ivar brier: of the predictions; ``base_brier`` of the base rate known before; ``time_brier``
        of the rate at the same share of the time
    :ivar skill: (value, low, high): the part of ``base_brier`` that the model takes away
    :ivar auc: (value, low, high)
    :ivar top_rate: share that missed of the tenth with the highest predictions
    :ivar top_caught: share of all misses that are in that tenth
    """

    examples: int
    tickets: int
    rate: float
    brier: float
    base_brier: float
    time_brier: float
    skill: tuple
    auc: tuple
    top_rate: float
    top_caught: float
    bins: list


def assess(p, base, by_time, y, tickets) -> Assessment | None:
    """Return how good predictions ``p`` were, next to ``base``; None where all ended alike.

    ``by_time`` has what the time alone would tell.

    The intervals (95 %) resample whole tickets, see Davison and Hinkley, Bootstrap Methods and
    their Application, 1997, section 3.8.
    """
    p, base = np.asarray(p, dtype=float), np.asarray(base, dtype=float)
    y, tickets = np.asarray(y, dtype=float), np.asarray(tickets)
    value = auc(p, y) if len(y) else None
    if value is None:
        return None
    error, base_error = (p - y) ** 2, (base - y) ** 2
    names, place = np.unique(tickets, return_inverse=True)
    draws = np.random.default_rng(SEED).multinomial(
        len(names), np.full(len(names), 1 / len(names)), size=RESAMPLES
    )
    drawn = draws @ np.bincount(place, error), draws @ np.bincount(place, base_error)
    skills = 1 - drawn[0] / np.maximum(drawn[1], 1e-12)
    aucs = [found for draw in draws if (found := auc(p, y, draw[place])) is not None]
    top = np.argsort(-p, kind="stable")[: max(len(p) // 10, 1)]
    return Assessment(
        len(y),
        len(names),
        float(y.mean()),
        float(error.mean()),
        float(base_error.mean()),
        brier(by_time, y),
        (float(1 - error.sum() / max(base_error.sum(), 1e-12)), *_bounds(skills)),
        (value, *_bounds(aucs or [value])),
        float(y[top].mean()),
        float(y[top].sum() / y.sum()),
        calibration(p, y, tickets),
    )


def _bounds(values):
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


class _Rates:
    """What one knows without a model: the share that missed so far, of those with the same key.

    :param key: function of a case
    """

    def __init__(self, examples, key):
        self.key = key
        self.missed, self.seen = Counter(), Counter()
        for example in examples:
            self.seen[key(example.case)] += 1
            self.missed[key(example.case)] += example.missed
        # One example of the average kind keeps a key that was hardly seen from certainty.
        self.rate = (sum(self.missed.values()) + 1) / (sum(self.seen.values()) + 2)

    def __call__(self, case):
        key = self.key(case)
        return (self.missed[key] + self.rate) / (self.seen[key] + 1)


def slices(examples: Sequence[Example], number=SLICES):
    """Yield (what could be known, what came then) for each slice of time but the first.

    Slices have equally many tickets. What could be known are the examples of tickets that were
    decided before the slice began.
    """
    opened = {example.ticket: example.opened for example in examples}
    moments = sorted(opened.values())
    edges = [moments[len(moments) * part // number] for part in range(1, number)]
    for begin, end in zip(edges, [*edges[1:], float("inf")], strict=True):
        known = [example for example in examples if example.decided < begin]
        yield known, [example for example in examples if begin <= example.opened < end]


def _can_learn(examples):
    missed = sum(example.missed for example in examples)
    return min(missed, len(examples) - missed) >= LEAST_TO_LEARN


def _out_of_time(examples):
    """Return predictions made before the fact, and all that can be learned from them.

    :return: (score, example) of all slices, and (prediction, base rate, rate by time, example)
        of those that could be calibrated by the ones before them
    """
    scored, judged = [], []
    for known, coming in slices(examples):
        if not coming or not _can_learn(known):
            continue
        model = Model.learn(known)
        scores = model.scores([example.case for example in coming])
        begin = min(example.opened for example in coming)
        before = [(s, e) for s, e in scored if e.decided < begin]
        if _can_learn([example for _score, example in before]):
            line = calibrate(
                np.array([score for score, _example in before]),
                np.array([example.missed for _score, example in before]),
            )
            p = np.clip(expit(line[0] + line[1] * scores), LOWEST, HIGHEST)
            base = _Rates(known, lambda case: case.target)
            by_time = _Rates(known, lambda case: (case.target, case.share))
            judged += [
                (chance, base(example.case), by_time(example.case), example)
                for chance, example in zip(p, coming, strict=True)
            ]
        scored += list(zip(scores, coming, strict=True))
    return scored, judged


class Learned(NamedTuple):
    """What the history of a firm gives.

    :ivar state: good, few (too little has happened) or worse (no better than without a model)
    :ivar missing: how many tickets are missing: ``{"tickets", "missed", "met"}``
    :ivar assessment: None where nothing could be predicted before the fact
    :ivar model: None unless the state is good
    """

    state: str
    tickets: int
    missed: int
    met: int
    missing: dict
    assessment: Assessment | None = None
    model: Model | None = None


def learn(examples: Iterable[Example]) -> Learned:
    """Return what can be predicted from ``examples``, and how well that has done."""
    examples = sorted(examples, key=lambda example: (example.opened, example.ticket))
    tickets = {example.ticket for example in examples}
    missed = {example.ticket for example in examples if example.missed}
    counts = {"tickets": len(tickets), "missed": len(missed), "met": len(tickets - missed)}
    least = {"tickets": LEAST_TICKETS, "missed": LEAST_MISSED, "met": LEAST_MET}
    missing = {name: max(least[name] - count, 0) for name, count in counts.items()}
    if any(missing.values()):
        return Learned(FEW, **counts, missing=missing)
    scored, judged = _out_of_time(examples)
    assessment = None
    if judged:
        *rates, coming = zip(*judged, strict=True)
        assessment = assess(*rates, [e.missed for e in coming], [e.ticket for e in coming])
    if assessment is None:
        # All of it happened within a short time, or nothing has gone wrong since long ago.
        return Learned(FEW, **counts, missing=missing)
    if assessment.skill[1] <= 0:
        return Learned(WORSE, **counts, missing=missing, assessment=assessment)
    raw = Model.learn(examples)
    scores, coming = zip(*scored, strict=True)
    line = calibrate(np.array(scores), np.array([example.missed for example in coming]))
    model = Model(raw.levels, raw.means, raw.scales, raw.weights, line)
    return Learned(GOOD, **counts, missing=missing, assessment=assessment, model=model)
