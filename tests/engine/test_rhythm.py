from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.loyalty_service.engine import rhythm

DAY_ONE = date(2024, 1, 1)
days = st.lists(st.integers(0, 900).map(lambda number: DAY_ONE + timedelta(number)))


def on(*numbers):
    return [DAY_ONE + timedelta(number) for number in numbers]


def test_the_median_gap():
    assert rhythm.usual_gap(on(0, 10, 22, 36)) == 12  # gaps 10, 12, 14
    assert rhythm.usual_gap(on(0, 10, 22, 36, 52)) == 13  # gaps 10, 12, 14, 16


def test_one_long_holiday_does_not_change_the_rhythm():
    assert rhythm.usual_gap(on(0, 7, 14, 60, 67, 74)) == 7  # gaps 7, 7, 46, 7, 7


def test_several_contacts_on_one_day_are_one():
    assert rhythm.usual_gap(on(0, 0, 0, 10, 10, 20, 30)) == 10
    assert rhythm.usual_gap(on(0, 0, 0, 0, 0)) is None


@pytest.mark.parametrize("numbers", [(), (0,), (0, 5), (0, 5, 9)])
def test_too_few_gaps(numbers):
    assert rhythm.usual_gap(on(*numbers)) is None


def test_the_minimum_can_be_chosen():
    assert rhythm.usual_gap(on(0, 5), min_gaps=1) == 5
    assert rhythm.usual_gap([], min_gaps=0) is None


def test_silence():
    assert rhythm.silence_ratio(36, 12) == 3
    assert rhythm.silence_ratio(0, 12) == 0
    assert rhythm.silence_ratio(-1, 12) == 0  # a contact dated later on the same day
    assert rhythm.silence_ratio(36, None) is None
    assert rhythm.silence_ratio(None, 12) is None
    with pytest.raises(ValueError, match="positive"):
        rhythm.silence_ratio(3, 0)


@given(days)
def test_order_and_repetition_do_not_matter(given_days):
    expected = rhythm.usual_gap(sorted(set(given_days)))
    assert rhythm.usual_gap(given_days[::-1] + given_days) == expected


@given(days, st.integers(-500, 500))
def test_moving_all_days_keeps_the_rhythm(given_days, shift):
    moved = [day + timedelta(shift) for day in given_days]
    assert rhythm.usual_gap(moved) == rhythm.usual_gap(given_days)


@given(days)
def test_the_rhythm_lies_between_the_shortest_and_the_longest_gap(given_days):
    gap = rhythm.usual_gap(given_days)
    distinct = sorted(set(given_days))
    if gap is None:
        assert len(distinct) <= rhythm.MIN_GAPS
    else:
        gaps = [(b - a).days for a, b in pairwise(distinct)]
        assert 1 <= min(gaps) <= gap <= max(gaps)
