"""Tiers: what is earned, how far the next one is, up at once, down only at the review."""

import doctest
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.loyalty_service.engine import tiers
from odoo.addons.loyalty_service.engine.tiers import Rung, Step

LADDER = [
    Rung("standard", 0),
    Rung("silver", 1000),
    Rung("gold", 3000),
    Rung("diamond", 8000),
]
TODAY = date(2026, 11, 21)


def test_docstring_examples():
    assert doctest.testmod(tiers).failed == 0


@pytest.mark.parametrize(
    ("points", "expected"),
    [(0, "standard"), (999.99, "standard"), (1000, "silver"), (7999, "gold"), (8000, "diamond")],
)
def test_earned(points, expected):
    assert tiers.earned(LADDER, {12: points}).key == expected


def test_no_tier_where_even_the_lowest_asks_for_more():
    assert tiers.earned([Rung("silver", 1000)], {12: 999}) is None
    assert tiers.step([Rung("silver", 1000)], None, {12: 999}, TODAY) == Step(None, None)


def test_each_tier_looks_at_its_own_window():
    ladder = [Rung("standard", 0, 12), Rung("gold", 3000, 12), Rung("honorary", 9000, 0)]
    assert tiers.earned(ladder, {12: 500, 0: 9500}).key == "honorary"


@pytest.mark.parametrize(
    ("key", "points", "expected"),
    [
        ("standard", 0, 0),
        ("standard", 250, 25),
        ("silver", 1500, 50),
        ("silver", 3500, 100),
        ("diamond", 0, 100),
        ("gold", -10, 0),
    ],
)
def test_progress_is_the_share_of_the_next_threshold(key, points, expected):
    assert tiers.progress(LADDER, key, {12: points}) == expected


def test_up_goes_at_once_and_over_several_rungs():
    assert tiers.step(LADDER, "standard", {12: 3200}, TODAY) == Step("gold", None)


def test_down_waits_for_the_review():
    review = date(2026, 12, 21)
    assert tiers.step(LADDER, "gold", {12: 900}, TODAY) == Step("gold", review)
    for day in (TODAY, review - timedelta(days=1)):
        assert tiers.step(LADDER, "gold", {12: 900}, day, review) == Step("gold", review)
    assert tiers.step(LADDER, "gold", {12: 900}, review, review) == Step("standard", None)


def test_off_the_ladder_waits_for_the_review_as_well():
    ladder, review = [Rung("silver", 1000), Rung("gold", 3000)], date(2026, 12, 21)
    assert tiers.step(ladder, "gold", {12: 900}, TODAY) == Step("gold", review)
    assert tiers.step(ladder, "gold", {12: 900}, review, review) == Step(None, None)
    assert tiers.is_lower(ladder, None, "silver")


def test_points_in_time_call_the_review_off():
    review = date(2026, 12, 21)
    assert tiers.step(LADDER, "gold", {12: 3000}, TODAY, review) == Step("gold", None)


def test_without_days_of_grace_down_goes_at_once():
    assert tiers.step(LADDER, "gold", {12: 1000}, TODAY, grace_days=0) == Step("silver", None)


def test_a_tier_that_is_gone_is_replaced_at_once():
    assert tiers.step(LADDER, "platinum", {12: 1000}, TODAY) == Step("silver", None)


@given(
    st.sampled_from([rung.key for rung in LADDER]),
    st.integers(0, 10_000),
    st.none() | st.dates(date(2026, 10, 1), date(2027, 2, 1)),
)
def test_a_step_is_never_below_what_is_earned(key, points, review):
    order = [rung.key for rung in LADDER]
    result = tiers.step(LADDER, key, {12: points}, TODAY, review)
    earned = tiers.earned(LADDER, {12: points}).key
    assert order.index(result.key) >= order.index(earned)
    if result.review:
        assert result.key == key
        assert order.index(key) > order.index(earned)
    else:
        assert result.key == earned
