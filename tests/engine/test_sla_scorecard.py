"""Periods of scorecards, and taking one agent out of all."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.loyalty_service_sla.engine import scorecard

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
NAMES = st.sampled_from([*scorecard.MONTHS, scorecard.OWN])


@given(NAMES, DAYS, DAYS, DAYS)
def test_the_period_before_ends_before_the_period(name, today, first, last):
    days = scorecard.period(name, today, first, last)
    earlier = scorecard.before(name, days)
    assert days.first <= days.last
    assert earlier.first <= earlier.last < days.first


@given(st.sampled_from([scorecard.LAST_MONTH, scorecard.LAST_QUARTER, scorecard.YEAR_BACK]), DAYS)
def test_what_is_over_is_compared_with_what_joins_it(name, today):
    days = scorecard.period(name, today)
    assert scorecard.before(name, days).last + timedelta(days=1) == days.first


@given(DAYS, DAYS)
def test_own_dates_are_compared_with_as_many_days(first, last):
    days = scorecard.period(scorecard.OWN, date(2026, 1, 1), first, last)
    earlier = scorecard.before(scorecard.OWN, days)
    assert earlier.last - earlier.first == days.last - days.first
    assert earlier.last + timedelta(days=1) == days.first


@given(DAYS, st.integers(-60, 60))
def test_a_shift_by_months_keeps_the_day_where_there_is_one(day, months):
    moved = scorecard.shift(day, months)
    assert (moved.year - day.year) * 12 + moved.month - day.month == months
    assert moved.day == day.day or (moved.day < day.day and (moved + timedelta(days=1)).day == 1)


def test_the_31st_of_march_is_compared_with_february():
    days = scorecard.Days(date(2026, 3, 1), date(2026, 3, 31))
    assert scorecard.before(scorecard.MONTH, days) == (date(2026, 2, 1), date(2026, 2, 28))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=30), st.integers(0, 30))
def test_all_but_one_are_the_others(facts, place):
    def tally(part):
        return scorecard.Tally(len(part), sum(g for g, _v in part), sum(v for _g, v in part))

    assert tally(facts).less(tally(facts[:place])) == tally(facts[place:])
