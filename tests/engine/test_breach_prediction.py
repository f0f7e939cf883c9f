"""Breach prediction: what was known when, weights and scores worked by hand, and honest figures.

The firm works Monday to Friday, 9:00-12:00 and 13:00-18:00 in Shanghai; 2 March 2026 is a Monday.
"""

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.loyalty_service_sla.engine import breach_prediction as engine
from odoo.addons.loyalty_service_sla.engine import clock
from odoo.addons.loyalty_service_sla.engine.breach_prediction import Case, Example, Model
from odoo.addons.loyalty_service_sla.engine.clock import Entry, Promise

from .test_sla_clock import FIRM, HOUR, utc

CALENDARS = {"firm": FIRM}
DAY = 24 * 3600


def log(*story, hours=8, opened="2026-03-02 09:00"):
    """Return the entries of a ticket with a solution promised in ``hours``."""
    promise = Promise("firm", {"resolution": hours * HOUR})
    entries = [Entry(utc(opened), "opened", promise)]
    for when, kind, *more in story:
        entries.append(Entry(utc(when), kind, *more))
    return entries


def moments(entries, until):
    return engine.landmarks("resolution", entries, CALENDARS, utc(until))


# ----------------------------------------------------------------------
# What was known when
# ----------------------------------------------------------------------


def test_landmarks_in_working_time():
    """8 h from Monday 9:00: 2 h at 11:00, 4 h after lunch at 14:00, 6 h at 16:00, 7.2 at 17:12."""
    assert moments(log(), "2026-03-03 18:00") == [
        (0.0, utc("2026-03-02 09:00")),
        (0.25, utc("2026-03-02 11:00")),
        (0.5, utc("2026-03-02 14:00")),
        (0.75, utc("2026-03-02 16:00")),
        (0.9, utc("2026-03-02 17:12")),
    ]


def test_nothing_is_asked_of_a_clock_that_has_ended():
    """Closed at 14:00, the moment at which half the time was used: that is not asked any more."""
    entries = log(("2026-03-02 14:00", "closed"))
    assert [share for share, _moment in moments(entries, "2026-03-05 09:00")] == [0.0, 0.25]


def test_landmarks_wait_through_a_pause():
    """1 h counted, paused from 10:00 to Tuesday 10:00: a quarter is used at 11:00 that day."""
    entries = log(("2026-03-02 10:00", "pause"), ("2026-03-03 10:00", "resume"))
    found = dict(moments(entries, "2026-03-03 12:00"))
    assert found == {0.0: utc("2026-03-02 09:00"), 0.25: utc("2026-03-03 11:00")}
    # While it is paused nothing comes.
    assert list(dict(moments(entries[:2], "2026-03-09 12:00"))) == [0.0]


def test_another_promise_has_other_shares():
    """After 3 h of 8 it is 4 h: a half of that was left behind, three quarters are right now."""
    shorter = Promise("firm", {"resolution": 4 * HOUR})
    entries = log(("2026-03-02 12:00", "promise", shorter))
    found = dict(moments(entries, "2026-03-02 18:00"))
    assert found == {
        0.0: utc("2026-03-02 09:00"),
        0.25: utc("2026-03-02 11:00"),
        0.75: utc("2026-03-02 12:00"),
        # 3.6 of 4 h
        0.9: utc("2026-03-02 13:36"),
    }


def test_a_late_clock_is_asked_no_more():
    """8 h are over on Monday; a longer promise on Tuesday leaves the breach."""
    longer = Promise("firm", {"resolution": 80 * HOUR})
    entries = log(("2026-03-03 09:30", "promise", longer))
    assert [share for share, _moment in moments(entries, "2026-03-20 09:00")] == [
        0.0,
        0.25,
        0.5,
        0.75,
        0.9,
    ]


@given(
    st.lists(
        st.tuples(
            st.integers(1, 30 * 3600),
            st.sampled_from(["pause", "resume", "closed", "reopened", "customer_reply"]),
        ),
        max_size=8,
    ),
    st.integers(1, 40),
)
@settings(max_examples=100)
def test_a_landmark_is_when_that_share_was_used(steps, hours):
    """For any life: at each landmark the clock ran, was not late, and had used that share."""
    entries, moment = log(hours=hours), utc("2026-03-02 09:00")
    for seconds, kind in steps:
        moment += timedelta(seconds=seconds)
        entries.append(Entry(moment, kind))
    until = moment + timedelta(days=10)
    found = engine.landmarks("resolution", entries, CALENDARS, until)
    shares = [share for share, _moment in found]
    assert shares == sorted(set(shares))
    assert all(first < second for (_s, first), (_t, second) in pairwise(found))
    for share, when in found:
        before = [entry for entry in entries if entry.date <= when]
        # What comes at the same moment has not happened yet.
        while len(before) > 1 and before[-1].date == when:
            before.pop()
        known = clock.replay("resolution", before, CALENDARS, when)
        assert known.state == clock.RUNNING
        assert not known.breach
        used = clock.settle(known, when, CALENDARS).elapsed
        assert used == pytest.approx(share * hours * HOUR, abs=1)


# ----------------------------------------------------------------------
# Logistic regression
# ----------------------------------------------------------------------


def test_weights_of_a_two_by_two_table():
    """8 of 10 missed with it, 3 of 12 without: log(1/3) and the odds ratio 4 / (1/3) = 12."""
    x = np.array([[1, 1]] * 10 + [[1, 0]] * 12)
    y = np.array([1] * 8 + [0] * 2 + [1] * 3 + [0] * 9)
    assert engine.fit_logistic(x, y, [0, 0]) == pytest.approx([np.log(1 / 3), np.log(12)])


def test_the_penalty_draws_to_its_centre():
    x = np.array([[1, 1]] * 10 + [[1, 0]] * 12)
    y = np.array([1] * 8 + [0] * 2 + [1] * 3 + [0] * 9)
    assert engine.fit_logistic(x, y, [0, 1e9], [0, 0.5])[1] == pytest.approx(0.5, abs=1e-6)
    weak, strong = (abs(engine.fit_logistic(x, y, [0, size])[1]) for size in (1, 10))
    assert 0 < strong < weak < np.log(12)


def test_what_is_always_so_has_no_endless_weight():
    """All missed with it and none without: without the penalty the weight would be infinite."""
    x = np.array([[1, 1]] * 20 + [[1, 0]] * 20)
    y = np.array([1] * 20 + [0] * 20)
    intercept, weight = engine.fit_logistic(x, y, [0, 1])
    # By symmetry 0.5 lies halfway.
    assert intercept == pytest.approx(-weight / 2)
    # The slope is zero: 20 * (1 - p) = weight, with p = expit(weight / 2).
    assert 20 * (1 - engine.expit(weight / 2)) == pytest.approx(weight, abs=1e-6)


@given(
    st.lists(st.tuples(st.floats(-3, 3), st.booleans()), min_size=4, max_size=40),
    st.floats(0.01, 10),
)
def test_the_weights_are_the_best(rows, penalty):
    """At the optimum the slope is zero; the mean prediction is the share that missed."""
    y = np.array([row[1] for row in rows], dtype=float)
    if not 0 < y.sum() < len(y):
        return
    x = np.column_stack([np.ones(len(rows)), [row[0] for row in rows]])
    weights = engine.fit_logistic(x, y, [0, penalty])
    p = engine.expit(x @ weights)
    assert x.T @ (p - y) + np.array([0, penalty]) * weights == pytest.approx([0, 0], abs=1e-5)
    assert p.mean() == pytest.approx(y.mean(), abs=1e-5)


def test_calibration_halves_what_is_too_sure():
    """It says 1 in 20 and 19 in 20; it is 3 in 10 and 7 in 10."""
    sure = np.log(19)
    scores = np.array([-sure] * 1000 + [sure] * 1000)
    y = np.array([1] * 300 + [0] * 700 + [1] * 700 + [0] * 300)
    intercept, slope = engine.calibrate(scores, y)
    assert intercept == pytest.approx(0, abs=1e-6)
    assert slope == pytest.approx(np.log(7 / 3) / sure, abs=0.01)


def test_calibration_never_turns_round():
    """Where the riskier ones missed less, all get the same."""
    _intercept, slope = engine.calibrate(
        np.array([-2.0] * 500 + [2.0] * 500), np.array([1] * 500 + [0] * 500)
    )
    assert slope == 0


# ----------------------------------------------------------------------
# Figures
# ----------------------------------------------------------------------


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.8]), st.booleans()), min_size=1))
def test_auc_counts_pairs(rows):
    misses = [p for p, missed in rows if missed]
    others = [p for p, missed in rows if not missed]
    found = engine.auc([p for p, _missed in rows], [missed for _p, missed in rows])
    if not misses or not others:
        assert found is None
        return
    pairs = [(a > b) + (a == b) / 2 for a in misses for b in others]
    assert found == pytest.approx(sum(pairs) / len(pairs))


@given(
    st.lists(
        st.tuples(st.floats(0.01, 0.99), st.booleans(), st.integers(0, 20)), min_size=1, max_size=80
    )
)
def test_the_calibration_table_leaves_nothing_out(rows):
    p, y, tickets = zip(*rows, strict=True)
    table = engine.calibration(p, y, tickets)
    assert 1 <= len(table) <= engine.BINS
    assert sum(part.examples for part in table) == len(rows)
    assert sum(part.missed * part.examples for part in table) == pytest.approx(sum(y))
    assert sum(part.expected * part.examples for part in table) == pytest.approx(sum(p))
    assert all(first.high < second.low for first, second in pairwise(table))
    assert all(part.low <= part.expected + 1e-9 for part in table)


def test_assessment_by_hand():
    """10 tickets, 2 missed; predicted 0.6 for those and one more, 0.1 for the rest; base 0.2.

    Brier: (2 * 0.16 + 0.36 + 7 * 0.01) / 10 = 0.075; of the base (2 * 0.64 + 8 * 0.04) / 10
    = 0.16. Skill: 1 - 75/160. AUC: of 16 pairs 14 right and 2 ties. Riskiest tenth: one example.
    """
    y = [1, 1] + [0] * 8
    p = [0.6, 0.6, 0.6] + [0.1] * 7
    found = engine.assess(p, [0.2] * 10, [0.5] * 10, y, range(10))
    assert (found.examples, found.tickets, found.rate) == (10, 10, 0.2)
    assert (found.brier, found.base_brier) == pytest.approx((0.075, 0.16))
    assert found.time_brier == pytest.approx(0.25)
    assert found.skill[0] == pytest.approx(1 - 75 / 160)
    assert found.skill[1] < found.skill[0] < found.skill[2]
    assert found.auc[0] == pytest.approx(15 / 16)
    assert (found.top_rate, found.top_caught) == (1.0, 0.5)
    assert engine.assess(p, [0.2] * 10, [0.5] * 10, [0] * 10, range(10)) is None


# ----------------------------------------------------------------------
# Learning
# ----------------------------------------------------------------------


def history(number, chance, seed=1, days=1.0):
    """Return examples of ``number`` tickets, one each day, decided a day later.

    :param chance: function of a case that returns how likely it misses
    """
    random = np.random.default_rng(seed)
    examples = []
    for ticket in range(number):
        load = int(random.integers(0, 20))
        priority = str(random.integers(0, 3))
        cases = [
            Case("resolution", share, 24.0, load, priority=priority, weekday=str(ticket % 5))
            for share in (0.0, 0.5)
        ]
        missed = bool(random.random() < chance(cases[0]))
        opened = ticket * days * DAY
        examples += [Example(ticket, opened, opened + DAY, missed, case) for case in cases]
    return examples


def busy(case):
    """Misses grow with the load: 1 % with none, 29 % with 5, 82 % with 19."""
    return float(engine.expit(-4.5 + 2 * np.log1p(case.load)))


def test_nothing_below_the_least_number():
    learned = engine.learn(history(60, busy))
    assert (learned.state, learned.model, learned.assessment) == ("few", None, None)
    assert learned.tickets == 60
    assert learned.missing["tickets"] == engine.LEAST_TICKETS - 60
    assert learned.missed + learned.met == 60
    assert engine.learn([]).missing == {"tickets": 150, "missed": 40, "met": 40}


def test_misses_are_needed_as_well():
    learned = engine.learn(history(300, lambda case: 0.0))
    assert (learned.state, learned.missing) == ("few", {"tickets": 0, "missed": 40, "met": 0})


def test_all_at_once_cannot_be_judged():
    """Imported on one day: nothing was decided before the others were opened."""
    learned = engine.learn(history(300, busy, days=0))
    assert (learned.state, learned.assessment) == ("few", None)
    assert not any(learned.missing.values())


def test_it_learns_what_is_there():
    learned = engine.learn(history(2000, busy))
    assert learned.state == "good"
    judged = learned.assessment
    assert judged.skill[1] > 0.1
    assert judged.auc[0] > 0.75
    for load in (2, 10, 17):
        case = Case("resolution", 0.5, 24.0, load, priority="1", weekday="1")
        [chance] = learned.model.predict([case])
        assert chance == pytest.approx(busy(case), abs=0.1)
    # What it said is what came: each tenth within four standard errors.
    for part in judged.bins:
        error = np.sqrt(part.expected * (1 - part.expected) / part.tickets)
        assert abs(part.missed - part.expected) < 4 * error + 0.02
    [why] = learned.model.explain([Case("resolution", 0.0, 24.0, 19, priority="1", weekday="1")])
    assert why[0][0] == "load"


@pytest.mark.parametrize("seed", range(5))
def test_pure_chance_is_hidden(seed):
    """Whether a ticket misses has nothing to do with what is known of it."""
    assert engine.learn(history(400, lambda case: 0.4, seed)).state == "worse"


def test_what_turned_round_is_hidden():
    """What held for the first half is wrong since: nothing to rely on."""
    first = history(300, busy)
    then = [
        example._replace(
            ticket=example.ticket + 300,
            opened=example.opened + 300 * DAY,
            decided=example.decided + 300 * DAY,
            missed=not example.missed,
        )
        for example in history(300, busy, seed=2)
    ]
    assert engine.learn(first + then).state == "worse"


def test_no_slice_knows_the_future():
    examples = history(100, busy)
    opened = defaultdict(int)
    for known, coming in engine.slices(examples):
        begin = min(example.opened for example in coming)
        assert all(example.decided < begin for example in known)
        for ticket in {example.ticket for example in coming}:
            opened[ticket] += 1
    # Each ticket of the later four fifths is predicted once.
    assert opened == dict.fromkeys(range(20, 100), 1)


def test_the_model_survives_being_kept():
    model = Model.learn(history(200, busy))
    cases = [example.case for example in history(20, busy, seed=3)]
    again = Model.from_json(model.as_json())
    assert again.predict(cases) == pytest.approx(model.predict(cases))
    assert again.explain(cases) == model.explain(cases)
    assert (model.predict([]).tolist(), model.explain([])) == ([], [])


def test_the_reasons_add_up():
    """All parts, those that lower included, are the way from the average to the case."""
    model = Model.learn(history(300, busy))
    examples = history(40, busy, seed=4)
    cases = [example.case for example in examples]
    parts = model._standardized(cases) * model.weights[1:]
    assert model.weights[0] + parts.sum(axis=1) == pytest.approx(model.scores(cases))
    for why in model.explain(cases):
        sizes = [size for _name, size in why]
        assert sizes == sorted(sizes, reverse=True)
        assert all(size >= engine.LEAST_REASON for size in sizes)


def test_a_kind_never_seen_is_like_the_average():
    model = Model.learn(history(200, busy))
    known = Case("resolution", 0.0, 24.0, 5, priority="1", weekday="1")
    [chance] = model.predict([known._replace(channel="99", priority="9")])
    assert 0 < chance < 1


@given(st.integers(0, 500), st.floats(0, 3), st.sampled_from(engine.TARGETS))
def test_probabilities_are_probabilities(load, share, target):
    [chance] = LEARNED.predict([Case(target, share, 1.0, load)])
    assert engine.LOWEST <= chance <= engine.HIGHEST


LEARNED = Model.learn(history(200, busy))
