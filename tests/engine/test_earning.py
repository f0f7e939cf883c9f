"""Earning rules: formula, rounding, caps."""

import doctest
from datetime import date
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.loyalty_service.engine import earning


def test_docstring_examples():
    assert doctest.testmod(earning).failed == 0


@pytest.mark.parametrize(
    ("fixed", "per_unit", "amount", "multiplier", "expected"),
    [
        (50, 0, 0, 1, 50),
        (0, 0.1, 2990, 1, 299),
        (0, 0.1, 2999.99, 1, 299),  # 299.999, rounded down
        (0, 0.1, 2990, 1.1, 328),  # 328.9
        (100, 0.1, 500, 1.5, 225),  # (100 + 50) * 1.5
        (0, 0.29, 100, 1, 29),  # 28.999... in binary numbers
        (0, 0.1, -500, 1, 0),
        (20, 0.1, -500, 1, 20),  # the fixed part stands whatever the amount
        (-5, 0, 0, 1, 0),
    ],
)
def test_points(fixed, per_unit, amount, multiplier, expected):
    assert earning.points(fixed, per_unit, amount, multiplier) == expected


@given(st.integers(0, 10_000), st.integers(0, 500), st.integers(0, 10**9), st.integers(1, 400))
def test_points_are_the_exact_formula_rounded_down(fixed, hundredths, cents, per_cent):
    exact = (fixed + Fraction(hundredths, 100) * Fraction(cents, 100)) * Fraction(per_cent, 100)
    assert earning.points(fixed, hundredths / 100, cents / 100, per_cent / 100) == floor(exact)


@pytest.mark.parametrize(
    ("day", "period", "expected"),
    [
        (date(2026, 11, 21), "month", date(2026, 11, 1)),
        (date(2026, 11, 21), "quarter", date(2026, 10, 1)),
        (date(2026, 3, 31), "quarter", date(2026, 1, 1)),
        (date(2026, 11, 21), "year", date(2026, 1, 1)),
        (date(2026, 11, 21), "ever", date.min),
    ],
)
def test_period_start(day, period, expected):
    assert earning.period_start(day, period) == expected


def test_unknown_period():
    with pytest.raises(ValueError, match="fortnight"):
        earning.period_start(date(2026, 1, 1), "fortnight")


def test_a_cap_is_shared_by_what_has_the_same_key():
    used = {"wang": 450}
    assert earning.capped([("wang", 40, 500), ("li", 40, 500), ("wang", 40, 500)], used) == [
        40,
        40,
        10,
    ]
    assert used == {"wang": 500, "li": 40}


def test_a_cap_that_is_used_up_or_exceeded_gives_nothing():
    assert earning.capped([("a", 10, 100)], {"a": 100}) == [0]
    assert earning.capped([("a", 10, 100)], {"a": 130}) == [0]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 500)), max_size=30),
    st.integers(0, 1000),
)
def test_no_cap_is_exceeded_and_none_is_left_unused(wanted, cap):
    given_ = earning.capped([(key, number, cap) for key, number in wanted], {})
    for key in "abc":
        asked = sum(number for other, number in wanted if other == key)
        got = sum(n for (other, _), n in zip(wanted, given_, strict=True) if other == key)
        assert got == min(asked, cap)
