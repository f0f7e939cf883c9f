"""Tiers: what is earned, how far the next one is, up at once, down only at the review."""

import doctest
from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from odoo.addons.loyalty_service.engine import tiers
from odoo.addons.loyalty_service.engine.tiers import LAST_YEAR, YEAR, Override, Rung, Step

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
    [
        (-10, "standard"),
        (0, "standard"),
        (999.99, "standard"),
        (1000, "silver"),
        (7999, "gold"),
        (8000, "diamond"),
    ],
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


# ----------------------------------------------------------------------
# Calendar year
# ----------------------------------------------------------------------

BY_YEAR = [Rung("standard", 0, YEAR), Rung("silver", 1000, YEAR), Rung("gold", 3000, YEAR)]


def by_year(key, this, last, today, **more):
    points, lapse = tiers.count({YEAR: this, LAST_YEAR: last}, today)
    return tiers.step(BY_YEAR, key, points, today, lapse=lapse, **more)


def test_the_years_are_not_added_up():
    points, _lapse = tiers.count({YEAR: 600, LAST_YEAR: 900}, TODAY)
    assert points == {YEAR: 900}
    assert tiers.earned(BY_YEAR, points).key == "standard"


def test_the_story_of_the_documentation():
    """1,000 on 10 March 2025, 760 in 2026."""
    assert by_year("standard", 999, 0, date(2025, 3, 9)) == Step("standard", None)
    assert by_year("standard", 1000, 0, date(2025, 3, 10)) == Step("silver", None)
    # All of the year itself and of the next, but for its last 30 days, nothing is heard of it.
    for day in (date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 1)):
        this, last = (1000, 0) if day.year == 2025 else (760, 1000)
        assert by_year("silver", this, last, day) == Step("silver", None)
    new_year = date(2027, 1, 1)
    assert by_year("silver", 760, 1000, date(2026, 12, 2)) == Step("silver", new_year)
    for day in (date(2026, 12, 3), date(2026, 12, 31)):
        assert by_year("silver", 760, 1000, day, review=new_year) == Step("silver", new_year)
    assert by_year("silver", 1000, 1000, date(2026, 12, 31), review=new_year) == Step(
        "silver", None
    )
    assert by_year("silver", 0, 760, new_year, review=new_year) == Step("standard", None)


def test_who_is_told_late_is_lowered_late():
    """The scheduled action did not run in December: 30 days from the day it is told."""
    told = date(2026, 12, 20)
    review = date(2027, 1, 19)
    assert by_year("silver", 760, 1000, told) == Step("silver", review)
    assert by_year("silver", 0, 760, date(2027, 1, 1), review=review) == Step("silver", review)
    assert by_year("silver", 0, 760, review, review=review) == Step("standard", None)


def test_points_taken_back_do_not_bring_the_end_of_the_year_forward():
    """A review of June is called off; at the end of the year there is one of its own."""
    june = date(2026, 6, 1)
    assert by_year("silver", 0, 900, june) == Step("silver", date(2026, 7, 1))
    assert by_year("silver", 0, 1000, june, review=date(2026, 7, 1)) == Step("silver", None)


def test_a_shortfall_of_now_that_is_made_good_leaves_that_of_new_year():
    """Told on 20 November (review 20 December); the correction of an old invoice lifts last
    year over the threshold again: then the tier holds to the end of the year."""
    december = date(2026, 12, 10)
    assert by_year("silver", 0, 1000, december, review=date(2026, 12, 20)) == Step(
        "silver", date(2027, 1, 1)
    )


def test_up_in_december_on_last_years_points():
    """They were booked late. The tier comes at once, with the notice that it ends."""
    assert by_year("standard", 0, 1000, date(2026, 12, 10)) == Step("silver", date(2027, 1, 9))


@pytest.mark.parametrize(
    ("window", "first"),
    [(12, date(2025, 11, 22)), (1, date(2026, 10, 22)), (0, date.min)],
)
def test_spans_that_roll(window, first):
    assert tiers.spans([Rung("silver", 1, window)], TODAY) == {window: (first, TODAY)}


def test_spans_of_calendar_years():
    assert tiers.spans(BY_YEAR, TODAY) == {
        YEAR: (date(2026, 1, 1), TODAY),
        LAST_YEAR: (date(2025, 1, 1), date(2025, 12, 31)),
    }


@pytest.mark.parametrize(("points", "expected"), [(760, 240), (1000, 0), (1500, 0), (-10, 1010)])
def test_missing(points, expected):
    assert tiers.missing(LADDER, "silver", {12: points}) == expected
    assert tiers.missing(LADDER, "platinum", {12: points}) == 0


# ----------------------------------------------------------------------
# Override
# ----------------------------------------------------------------------

UNTIL = date(2027, 3, 31)


def overridden(key, points, today=TODAY, review=None, to="gold", exact=False, grace_days=30):
    override = Override(to, UNTIL, exact)
    return tiers.step(LADDER, key, {12: points}, today, review, grace_days, override=override)


def test_an_override_lifts_at_once():
    assert overridden("standard", 0) == Step("gold", None)
    assert overridden(None, 0) == Step("gold", None)


def test_an_override_wins_over_the_review():
    assert overridden("gold", 0, review=TODAY) == Step("gold", None)


def test_who_earns_more_than_the_override_has_it():
    assert overridden("gold", 8000) == Step("diamond", None)
    assert overridden("gold", 8000, exact=True) == Step("gold", None)


def test_an_override_below_what_the_client_has():
    """Diamond waits for its review; then it is at least gold."""
    review = TODAY + timedelta(days=30)
    assert overridden("diamond", 0) == Step("diamond", review)
    assert overridden("diamond", 0, today=review, review=review) == Step("gold", None)
    assert overridden("diamond", 8000, exact=True) == Step("gold", None)


def test_the_end_of_an_override_is_told_before():
    ends = UNTIL + timedelta(days=1)
    assert overridden("gold", 0, today=ends - timedelta(days=31)) == Step("gold", None)
    for day in (ends - timedelta(days=30), UNTIL):
        assert overridden("gold", 0, today=day, review=ends) == Step("gold", ends)
        assert overridden("gold", 3000, today=day, review=ends) == Step("gold", None), "earned"
    # It has ended: an engine that is told of it as if it ran knows by the day.
    assert overridden("gold", 1000, today=ends, review=ends) == Step("silver", None)
    assert tiers.step(LADDER, "gold", {12: 1000}, ends, review=ends) == Step("silver", None)


def test_an_override_that_ends_unannounced_ends_with_grace():
    today = date(2027, 4, 1)
    assert overridden("gold", 0, today=today) == Step("gold", date(2027, 5, 1))


def test_an_override_to_a_tier_that_is_gone_is_none():
    assert overridden("silver", 1000, to="platinum") == Step("silver", None)


# ----------------------------------------------------------------------
# Any history
# ----------------------------------------------------------------------

KEYS = [rung.key for rung in LADDER]


@st.composite
def histories(draw):
    """What a client earned day by day (or lost, by a credit note), from 1 June 2025 on."""
    days = sorted(draw(st.lists(st.integers(0, 899), min_size=1, max_size=12)))
    return [
        (date(2025, 6, 1) + timedelta(days=day), draw(st.sampled_from([300, 900, 3000, -900])))
        for day in days
    ]


@st.composite
def overrides(draw):
    if draw(st.booleans()):
        return None
    begins = date(2025, 6, 1) + timedelta(days=draw(st.integers(0, 700)))
    length = timedelta(days=draw(st.integers(0, 120)))
    return begins, Override(draw(st.sampled_from(KEYS)), begins + length, draw(st.booleans()))


def live(rungs, history, grace_days, override, visits):
    """Yield (day, before, step, review before, what is earned, running override)."""
    key, review, first = "standard", None, date(2025, 6, 1)
    for number in range(900):
        today = first + timedelta(days=number)
        if number % visits:
            continue
        figures = {
            span: sum(points for day, points in history if begin <= day <= end)
            for span, (begin, end) in tiers.spans(rungs, today).items()
        }
        points, lapse = tiers.count(figures, today)
        runs = override[1] if override and override[0] <= today <= override[1].until else None
        result = tiers.step(rungs, key, points, today, review, grace_days, lapse, runs)
        yield today, key, result, review, tiers.earned(rungs, points), runs
        key, review = result


@settings(max_examples=60, deadline=None)
@given(
    histories(),
    st.sampled_from([LADDER, [rung._replace(window=YEAR) for rung in LADDER]]),
    st.integers(1, 45),
    overrides(),
    st.sampled_from([1, 3, 20]),
)
@example(
    # Lowered at the review to the tier of an override, of whose end it is told the same day.
    history=[(date(2025, 6, 1), 300)] * 10,
    rungs=LADDER,
    grace_days=1,
    override=(date(2026, 2, 5), Override(key="silver", until=date(2026, 6, 5), exact=False)),
    visits=3,
)
def test_any_history(history, rungs, grace_days, override, visits):
    """Up at once, never down without notice and grace, an override wins to its last day."""
    told = None
    for today, before, result, review, earned, runs in live(
        rungs, history, grace_days, override, visits
    ):
        place = KEYS.index
        assert result.review is None or result.review > today
        # When the client was told of `review`; this step may tell it of the next one already.
        told_before, told = told, today if result.review and result.review != review else told
        if runs and runs.exact:
            assert result.key == runs.key
            continue
        # Up at once.
        assert place(result.key) >= place(earned.key)
        if runs:
            assert place(result.key) >= place(runs.key)
        if place(result.key) > place(before):
            assert result.key in (earned.key, runs and runs.key)
        if place(result.key) < place(before):
            # It was told, and given the days of grace or the known end of an override.
            assert review is not None and today >= review
            ends = override and override[1].until + timedelta(days=1)
            given = review - told_before
            assert given >= timedelta(days=grace_days) or review == ends
            assert result.key in (earned.key, runs and runs.key)
