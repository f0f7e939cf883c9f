"""Full months under agreement: stretches, the day on which a month is complete, windows."""

from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.loyalty_service.engine import tenure

DAYS = st.dates(date(2020, 1, 1), date(2028, 12, 31))


def test_periods_that_touch_or_overlap_are_one():
    first, second = (date(2026, 1, 1), date(2026, 3, 31)), (date(2026, 4, 1), date(2026, 5, 31))
    inside = (date(2026, 2, 1), date(2026, 2, 15))
    assert tenure.stretches([second, inside, first]) == [(date(2026, 1, 1), date(2026, 5, 31))]


def test_a_day_between_makes_two():
    periods = [(date(2026, 1, 1), date(2026, 3, 30)), (date(2026, 4, 1), date(2026, 5, 31))]
    assert tenure.stretches(periods) == periods
    # January and February; April and May. March lacks a day.
    assert tenure.months_within(periods, date.min, date(2026, 12, 31)) == 4


def test_an_agreement_without_end():
    forever = (date(2026, 1, 1), date.max)
    assert tenure.stretches([forever, forever]) == [forever]
    assert tenure.months_within([forever], date.min, date(2026, 12, 31)) == 12


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (date(2026, 1, 1), date(2026, 1, 31), 1),
        (date(2026, 1, 1), date(2026, 1, 30), 0),
        (date(2026, 1, 15), date(2027, 1, 14), 12),
        (date(2026, 1, 31), date(2026, 2, 27), 1),
        (date(2028, 1, 31), date(2028, 2, 27), 0),
        (date(2026, 1, 31), date(2026, 3, 30), 2),
        (date(2026, 5, 1), date(2026, 4, 1), 0),
    ],
)
def test_full_months(first, last, months):
    assert tenure.full_months(first, last) == months


def test_a_month_counts_in_the_year_in_which_it_is_complete():
    period = [(date(2025, 12, 15), date(2026, 12, 31))]
    assert tenure.months_within(period, date(2025, 1, 1), date(2025, 12, 31)) == 0
    assert tenure.months_within(period, date(2026, 1, 1), date(2026, 12, 31)) == 12


@given(DAYS, st.integers(1, 100))
def test_a_month_is_complete_on_the_day_before_its_like(first, months):
    """The definition, by Odoo's own arithmetic of dates."""
    ends = first + relativedelta(months=months) - timedelta(days=1)
    assert tenure.full_months(first, ends) == months
    assert tenure.full_months(first, ends - timedelta(days=1)) == months - 1


@given(st.lists(st.tuples(DAYS, DAYS), max_size=6), st.lists(DAYS, min_size=2, max_size=5))
def test_windows_add_up(periods, cuts):
    cuts = sorted({*cuts, date(2029, 12, 31)})
    parts = zip([date.min, *[cut + timedelta(days=1) for cut in cuts]], cuts, strict=False)
    whole = tenure.months_within(periods, date.min, cuts[-1])
    assert sum(tenure.months_within(periods, *part) for part in parts) == whole


@given(st.lists(st.tuples(DAYS, DAYS), max_size=6))
def test_stretches_cover_the_same_days_and_keep_apart(periods):
    def days(spans):
        return {
            first + timedelta(days=number)
            for first, last in spans
            for number in range((last - first).days + 1)
        }

    result = tenure.stretches(periods)
    assert days(result) == days(periods)
    for (_first, last), (first, _last) in zip(result, result[1:], strict=False):
        assert first - last > timedelta(days=1)
