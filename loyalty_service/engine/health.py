"""Composition of a health score out of weighted dimensions.

Units: a *score* and a *contribution* are points from 0 to 100, a *share* and a *confidence* are
fractions from 0 to 1, a *weight* is any number >= 0 that means something only next to the other
weights. What is not known is ``None`` and is never taken for 0: it lowers the confidence and
leaves the score alone.

The score is a weighted mean, so that it explains itself: the contributions sum to it, and the
changes of :func:`explain_change` sum to its change. The composition of a metric into a dimension
into an overall score with an explicit treatment of missing values follows the common practice of
customer-success systems; the largest-remainder rounding is Hare's method (1859).
"""

from collections.abc import Hashable, Mapping
from math import floor
from typing import NamedTuple

BEST = 100.0
HEALTHY, WATCH, RISK, UNKNOWN = "healthy", "watch", "risk", "unknown"
# Sums of decimal weights miss their exact value by far less than this.
EPSILON = 1e-9


class Composition(NamedTuple):
    """A score and where it comes from.

    ``score`` is None when no dimension has data. ``shares``, ``scores`` and ``contributions`` have
    one entry per dimension *with* data and the same keys.
    """

    score: float | None
    confidence: float
    shares: dict[Hashable, float]
    scores: dict[Hashable, float]
    contributions: dict[Hashable, float]


def curve(value: float | None, bad: float, good: float) -> float | None:
    """Return the score of a measured value: 0 at ``bad``, 100 at ``good``, straight in between.

    Works in both directions; beyond the two ends it stays at 0 and 100.

    >>> curve(62, bad=50, good=90)
    30.0
    >>> curve(1, bad=4, good=0)  # one complaint, where four are as bad as it gets
    75.0
    >>> curve(-5, bad=0, good=90), curve(400, bad=0, good=90)
    (0.0, 100.0)
    >>> curve(None, bad=0, good=1) is None
    True

    :raises ValueError: when ``bad`` equals ``good``, which leaves no direction
    """
    if bad == good:
        raise ValueError("the bad and the good value of a curve must differ")
    if value is None:
        return None
    return min(max((value - bad) / (good - bad), 0.0), 1.0) * BEST


def compose(parts: Mapping[Hashable, tuple[float, float | None]]) -> Composition:
    """Compose ``{dimension: (weight, score or None)}`` into one score.

    contribution = weight / (sum of the weights with data) * score
    confidence = (sum of the weights with data) / (sum of all weights)

    Worked example: satisfaction weighs 3 and scores 80, contact weighs 1 and scores 40, feedback
    weighs 1 and has no data. The score is 3/4 * 80 + 1/4 * 40 = 60 + 10 = 70, known from
    4 of 5 parts of the picture:

    >>> told = compose({"satisfaction": (3, 80), "contact": (1, 40), "feedback": (1, None)})
    >>> told.score, told.confidence, told.contributions
    (70.0, 0.8, {'satisfaction': 60.0, 'contact': 10.0})
    >>> compose({"feedback": (1, None)}).score is None
    True

    :raises ValueError: on a negative weight
    """
    if any(weight < 0 for weight, _score in parts.values()):
        raise ValueError("a weight cannot be negative")
    total = sum(weight for weight, _score in parts.values())
    known = {
        key: (weight, score)
        for key, (weight, score) in parts.items()
        if score is not None and weight > 0
    }
    available = sum(weight for weight, _score in known.values())
    shares = {key: weight / available for key, (weight, _score) in known.items()}
    scores = {key: score for key, (_weight, score) in known.items()}
    contributions = {key: shares[key] * scores[key] for key in known}
    return Composition(
        score=min(sum(contributions.values()), BEST) if known else None,
        confidence=min(available / total, 1.0) if known else 0.0,
        shares=shares,
        scores=scores,
        contributions=contributions,
    )


def explain_change(before: Composition, after: Composition) -> dict[Hashable, float]:
    """Return ``{dimension: points}`` that sum to ``after.score - before.score``.

    While the same dimensions have data, this is the difference of the contributions. When a
    dimension appears or disappears, the shares of all the others change with it, and the bare
    differences would say that each of them fell although nothing happened there. So the
    contributions are measured against the middle of the two scores:

    change = (contribution after - before) - middle * (share after - before)

    The shares of either side sum to 1, so the second term sums to 0 over the dimensions and the
    changes still sum to the change of the score. Swapping the sides swaps the signs.

    Worked example: contact stood alone with 80; then feedback appears, equal in weight, with 60.
    The score goes from 80 to 70, the middle is 75. Contact: (40 - 80) - 75 * (0.5 - 1) = -2.5;
    feedback: (30 - 0) - 75 * (0.5 - 0) = -7.5.

    >>> explain_change(
    ...     compose({"contact": (1, 80)}), compose({"contact": (1, 80), "feedback": (1, 60)})
    ... )
    {'contact': -2.5, 'feedback': -7.5}

    Empty when one side has no score: from nothing to something is no change.
    """
    if before.score is None or after.score is None:
        return {}
    middle = (before.score + after.score) / 2
    return {
        key: after.contributions.get(key, 0.0)
        - before.contributions.get(key, 0.0)
        - middle * (after.shares.get(key, 0.0) - before.shares.get(key, 0.0))
        for key in {**after.shares, **before.shares}
    }


def losses(told: Composition) -> dict[Hashable, float]:
    """Return ``{dimension: points that it costs}``, the largest first: share * (100 - score).

    They sum to what the score lacks to 100.

    >>> losses(compose({"satisfaction": (3, 80), "contact": (1, 40)}))
    {'satisfaction': 15.0, 'contact': 15.0}
    """
    lost = {key: told.shares[key] * (BEST - score) for key, score in told.scores.items()}
    return dict(sorted(lost.items(), key=lambda item: -item[1]))


def band(
    score: float | None,
    confidence: float,
    *,
    risk_below: float,
    watch_below: float,
    min_confidence: float,
) -> str:
    """Return the band of a score: ``risk`` < risk_below <= ``watch`` < watch_below <= ``healthy``.

    ``unknown`` without a score, or known from less than ``min_confidence``.

    >>> edges = dict(risk_below=50, watch_below=70, min_confidence=0.2)
    >>> [band(score, 0.2, **edges) for score in (49.9, 50, 70)]
    ['risk', 'watch', 'healthy']
    >>> band(20, 0.19, **edges), band(None, 1, **edges)
    ('unknown', 'unknown')
    """
    if score is None or confidence < min_confidence - EPSILON:
        return UNKNOWN
    if score < risk_below - EPSILON:
        return RISK
    if score < watch_below - EPSILON:
        return WATCH
    return HEALTHY


def round_to_sum(values: Mapping[Hashable, float], digits: int = 0) -> dict[Hashable, float]:
    """Round ``values`` so that what is shown sums to the rounded sum (largest remainder).

    Each value moves by less than one unit of the last digit.

    >>> round_to_sum({"a": 33.33, "b": 33.33, "c": 33.34})
    {'a': 33.0, 'b': 33.0, 'c': 34.0}
    """
    unit = 10**digits
    scaled = {key: value * unit for key, value in values.items()}
    lower = {key: floor(value) for key, value in scaled.items()}
    missing = round(sum(scaled.values())) - sum(lower.values())
    by_remainder = sorted(scaled, key=lambda key: lower[key] - scaled[key])
    raised = set(by_remainder[: max(missing, 0)])
    return {key: (lower[key] + (key in raised)) / unit for key in scaled}
