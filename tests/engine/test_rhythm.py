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


def test_a_beat_by_hand():
    """Calls on days 0, 7, 14, 21; looked at on day 63: 42 days silent, 35 beyond the usual 7."""
    found = rhythm.beat(on(0, 7, 14, 21), *on(63))
    assert found == rhythm.Beat(
        days=4, gap=7, last=on(21)[0], silent=42, overdue=35, ratio=6, state="quiet"
    )


def test_a_beat_without_a_rhythm():
    found = rhythm.beat(on(0, 30, 60), *on(100))
    assert (found.days, found.gap, found.ratio) == (3, None, None)
    assert (found.silent, found.overdue, found.state) == (40, 0, "unknown")


def test_who_is_heard_daily_is_overdue_after_a_week():
    found = rhythm.beat(on(0, 1, 2, 3), *on(15))
    # 12 days of silence: 5 beyond a week, 12 / 7 = 1.71 weeks.
    assert (found.gap, found.silent, found.overdue, found.state) == (1, 12, 5, "longer")
    assert round(found.ratio, 2) == 1.71


def test_a_beat_is_that_of_the_year_up_to_the_last_contact():
    # Day 0 is 365 days before the last one and no part of it; days 1, 100, 200 and 365 are.
    found = rhythm.beat(on(0, 1, 100, 200, 365), *on(365))
    assert (found.days, found.gap) == (4, 100)  # gaps 99, 100, 165


def test_what_was_not_used_for_a_year_is_not_told():
    assert rhythm.beat(on(0, 7, 14, 21), *on(21 + 365)).state == "quiet"
    assert rhythm.beat(on(0, 7, 14, 21), *on(21 + 366)) is None
    assert rhythm.beat([], *on(0)) is None


today = st.integers(0, 1400).map(lambda number: DAY_ONE + timedelta(number))
ORDER = ["usual", "longer", "quiet"]


@given(days, today)
def test_a_beat_agrees_with_itself(given_days, now):
    given_days = [day for day in given_days if day <= now]
    found = rhythm.beat(given_days, now)
    if found is None:
        assert not given_days or (now - max(given_days)).days > rhythm.YEAR
        return
    assert found.last == max(given_days)
    assert found.silent == (now - found.last).days
    assert 1 <= found.days <= len(set(given_days))
    assert (found.gap is None) == (found.days <= rhythm.MIN_GAPS) == (found.state == "unknown")
    if found.gap:
        # Below 182 days: told as longer than usual before it is used no more.
        assert found.gap < 182
        beyond = found.silent - max(found.gap, rhythm.SHORTEST_GAP)
        assert max(beyond - 1, -1) < found.overdue <= max(beyond, 0)
        assert (found.overdue > 0) <= (found.ratio > 1)
        assert found.state == rhythm.silence_state(found.silent, found.gap)


@given(days, today, st.integers(0, 365))
def test_a_beat_only_gets_quieter_as_time_goes_by(given_days, now, later):
    given_days = [day for day in given_days if day <= now]
    first = rhythm.beat(given_days, now)
    second = rhythm.beat(given_days, now + timedelta(later))
    if first is None:
        assert second is None
    elif second is not None:
        assert (first.gap, first.last, first.days) == (second.gap, second.last, second.days)
        assert second.silent == first.silent + later
        assert second.overdue >= first.overdue
        if first.gap:
            assert ORDER.index(first.state) <= ORDER.index(second.state)


@given(days, today, st.integers(-300, 300))
def test_moving_all_days_keeps_the_beat(given_days, now, shift):
    moved = rhythm.beat([day + timedelta(shift) for day in given_days], now + timedelta(shift))
    found = rhythm.beat(given_days, now)
    assert (moved and moved._replace(last=None)) == (found and found._replace(last=None))


@given(days, today)
def test_a_new_contact_ends_the_silence(given_days, now):
    given_days = [day for day in given_days if day <= now]
    found = rhythm.beat([*given_days, now], now)
    assert (found.silent, found.overdue) == (0, 0)
    assert found.state in ("usual", "unknown")
