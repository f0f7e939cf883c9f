import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.loyalty_service.engine import health

EDGES = {"risk_below": 50, "watch_below": 70, "min_confidence": 0.2}

scores = st.none() | st.floats(0, 100)
parts = st.dictionaries(st.sampled_from("abcdefghij"), st.tuples(st.floats(0.1, 50), scores))
numbers = st.floats(-1e6, 1e6)


# ----------------------------------------------------------------------
# Curve
# ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "bad", "good", "expected"),
    [
        (50, 50, 90, 0),
        (70, 50, 90, 50),
        (90, 50, 90, 100),
        (20, 50, 90, 0),  # worse than bad is no worse than bad
        (99, 50, 90, 100),
        (0, 0.5, 0, 100),  # less is better
        (0.125, 0.5, 0, 75),
        (2.0, 0.5, 0, 0),
        (None, 0, 1, None),
    ],
)
def test_curve(value, bad, good, expected):
    assert health.curve(value, bad, good) == expected


def test_curve_needs_a_direction():
    with pytest.raises(ValueError, match="differ"):
        health.curve(1, 5, 5)


@given(numbers, numbers, numbers, numbers)
def test_curve_is_bounded_and_monotonic(one, two, bad, good):
    if bad == good:
        return
    low, high = sorted((one, two))
    at_low, at_high = health.curve(low, bad, good), health.curve(high, bad, good)
    assert 0 <= at_low <= 100 and 0 <= at_high <= 100
    assert at_low <= at_high if good > bad else at_low >= at_high


@given(st.floats(0, 100), numbers, numbers)
def test_curve_does_not_care_for_the_direction(value, bad, good):
    if abs(bad - good) > 1e-3:
        assert health.curve(value, bad, good) == pytest.approx(
            100 - health.curve(value, good, bad), abs=1e-6
        )


# ----------------------------------------------------------------------
# Composition
# ----------------------------------------------------------------------


def test_compose_by_hand():
    # 20 + 10 + 10 = 40 of 50 known: shares 1/2, 1/4, 1/4.
    told = health.compose({"a": (20, 90), "b": (10, 40), "c": (10, 0), "d": (10, None)})
    assert told.contributions == {"a": 45, "b": 10, "c": 0}
    assert told.score == 55
    assert told.confidence == 0.8


def test_zero_is_a_score_and_none_is_not():
    assert health.compose({"a": (1, 100), "b": (1, 0)}).score == 50
    assert health.compose({"a": (1, 100), "b": (1, None)}).score == 100


def test_a_dimension_without_weight_is_not_there():
    told = health.compose({"a": (1, 60), "b": (0, 10)})
    assert (told.score, told.confidence, told.contributions) == (60, 1, {"a": 60})


@pytest.mark.parametrize("nothing", [{}, {"a": (1, None)}, {"a": (0, 50)}])
def test_nothing_known(nothing):
    told = health.compose(nothing)
    assert told.score is None
    assert told.confidence == 0
    assert told.contributions == {}


def test_negative_weight():
    with pytest.raises(ValueError, match="negative"):
        health.compose({"a": (-1, 50), "b": (2, 50)})


@given(parts)
def test_contributions_sum_to_the_score(given_parts):
    told = health.compose(given_parts)
    assert 0 <= told.confidence <= 1
    if told.score is None:
        assert all(score is None for _weight, score in given_parts.values())
        return
    assert sum(told.contributions.values()) == pytest.approx(told.score, abs=1e-6)
    assert sum(told.shares.values()) == pytest.approx(1)
    assert min(told.scores.values()) - 1e-6 <= told.score <= max(told.scores.values()) + 1e-6


@given(parts, st.floats(0.1, 50))
def test_missing_data_lowers_only_the_confidence(given_parts, weight):
    told = health.compose(given_parts)
    with_gap = health.compose({**given_parts, "gap": (weight, None)})
    assert with_gap.score == told.score
    assert with_gap.contributions == told.contributions
    if told.score is not None:
        assert with_gap.confidence < told.confidence


@given(parts, st.floats(0.5, 8))
def test_only_the_ratio_of_weights_counts(given_parts, factor):
    told = health.compose(given_parts)
    scaled = health.compose({key: (w * factor, s) for key, (w, s) in given_parts.items()})
    assert scaled.score == pytest.approx(told.score)
    assert scaled.confidence == pytest.approx(told.confidence)


@given(parts)
def test_losses_sum_to_what_is_missing(given_parts):
    told = health.compose(given_parts)
    lost = health.losses(told)
    assert list(lost.values()) == sorted(lost.values(), reverse=True)
    if told.score is not None:
        assert sum(lost.values()) == pytest.approx(100 - told.score, abs=1e-6)


# ----------------------------------------------------------------------
# Change
# ----------------------------------------------------------------------


def test_change_with_the_same_dimensions_is_the_difference_of_contributions():
    before = health.compose({"a": (3, 80), "b": (1, 40)})  # 60 + 10
    after = health.compose({"a": (3, 60), "b": (1, 60)})  # 45 + 15
    assert health.explain_change(before, after) == {"a": -15, "b": 5}


def test_change_when_a_dimension_disappears():
    # 100 and 50, half each: 75. Then only the 50 is known: 50. Middle 62.5.
    before = health.compose({"a": (1, 100), "b": (1, 50)})
    after = health.compose({"b": (1, 50)})
    # a: (0 - 50) - 62.5 * (0 - 0.5) = -18.75; b: (50 - 25) - 62.5 * (1 - 0.5) = -6.25
    assert health.explain_change(before, after) == {"a": -18.75, "b": -6.25}


def test_a_dimension_as_good_as_the_rest_appears_without_a_change():
    before = health.compose({"a": (1, 70)})
    after = health.compose({"a": (1, 70), "b": (1, 70)})
    assert health.explain_change(before, after) == {"a": 0, "b": 0}


def test_no_change_out_of_nothing():
    something, nothing = health.compose({"a": (1, 70)}), health.compose({})
    assert health.explain_change(nothing, something) == {}
    assert health.explain_change(something, nothing) == {}


@given(parts, parts)
def test_changes_sum_to_the_change_of_the_score(one, two):
    before, after = health.compose(one), health.compose(two)
    change = health.explain_change(before, after)
    if before.score is None or after.score is None:
        assert not change
        return
    assert sum(change.values()) == pytest.approx(after.score - before.score, abs=1e-6)
    backwards = health.explain_change(after, before)
    assert all(backwards[key] == pytest.approx(-points, abs=1e-6) for key, points in change.items())


@given(st.dictionaries(st.sampled_from("abcde"), st.tuples(st.floats(0.1, 50), st.floats(0, 100))))
def test_change_is_plain_difference_while_weights_stay(one):
    before = health.compose(one)
    after = health.compose({key: (weight, 100 - score) for key, (weight, score) in one.items()})
    for key, points in health.explain_change(before, after).items():
        plain = after.contributions[key] - before.contributions[key]
        assert points == pytest.approx(plain, abs=1e-6)


# ----------------------------------------------------------------------
# Bands and rounding
# ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("score", "confidence", "expected"),
    [
        (0, 1, "risk"),
        (49.99, 1, "risk"),
        (50, 1, "watch"),
        (69.99, 1, "watch"),
        (70, 1, "healthy"),
        (100, 0.2, "healthy"),
        (100, 0.19, "unknown"),
        (None, 0, "unknown"),
    ],
)
def test_band(score, confidence, expected):
    assert health.band(score, confidence, **EDGES) == expected


def test_band_is_not_moved_by_the_last_binary_digit():
    assert health.band(70 - 1e-12, 0.2 - 1e-12, **EDGES) == "healthy"


def test_round_to_sum_by_hand():
    # 10.4 + 20.4 + 30.4 = 61.2: the sum rounds to 61, so one of the three is raised.
    assert health.round_to_sum({"a": 10.4, "b": 20.4, "c": 30.4}) == {"a": 11, "b": 20, "c": 30}
    assert health.round_to_sum({"a": -18.75, "b": -6.25}, 1) == {"a": -18.7, "b": -6.3}


@given(st.dictionaries(st.integers(), st.floats(-100, 100), max_size=10), st.integers(0, 2))
def test_round_to_sum(values, digits):
    unit = 10**digits
    rounded = health.round_to_sum(values, digits)
    assert round(sum(rounded.values()) * unit) == round(sum(v * unit for v in values.values()))
    assert all(abs(rounded[key] - value) <= 1 / unit + 1e-9 for key, value in values.items())
