"""When the steps of a ladder are due, by hand and as properties.

The firm works Monday to Friday, 9:00-12:00 and 13:00-18:00 in Shanghai; 2 March 2026 is a Monday.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.loyalty_service_sla.engine import clock as engine
from odoo.addons.loyalty_service_sla.engine.clock import Entry, Promise
from odoo.addons.loyalty_service_sla.engine.ladder import (
    AFTER,
    AT,
    BEFORE,
    START,
    Step,
    due,
    is_open,
    next_due,
    quiet_until,
    runs,
)
from odoo.addons.loyalty_service_sla.engine.working_time import NEVER

from .test_sla_clock import FIRM, HOUR, utc

CALENDARS = {"firm": FIRM}
MINUTE = 60
OPENED = utc("2026-03-02 10:00")


def clock(hours, *story, opened=OPENED, now=None, target="resolution"):
    """Return the clock of a promise of so many hours after ``(moment, kind)`` of a story."""
    entries = [
        Entry(opened, "opened", Promise("firm", {target: int(hours * HOUR)})),
        *(Entry(utc(when), kind) for when, kind in story),
    ]
    return engine.replay(target, entries, CALENDARS, now and utc(now))


@pytest.mark.parametrize(
    ("moment", "minutes", "anytime", "expected"),
    [
        # 4 h from Monday 10:00 are used up at 15:00, after lunch.
        (AT, 0, False, "2026-03-02 15:00"),
        (AT, 0, True, "2026-03-02 15:00"),
        # 30 min before, and 2 h before: 2 h are used at 12:00, when lunch begins
        (BEFORE, 30, False, "2026-03-02 14:30"),
        (BEFORE, 120, False, "2026-03-02 12:00"),
        # 2 h 30 min before: 1 h 30 min are used at 11:30; of every hour it is 12:30.
        (BEFORE, 150, False, "2026-03-02 11:30"),
        (BEFORE, 150, True, "2026-03-02 12:30"),
        # An hour after, and four: three on Monday and one on Tuesday morning
        (AFTER, 60, False, "2026-03-02 16:00"),
        (AFTER, 240, False, "2026-03-03 10:00"),
        (AFTER, 240, True, "2026-03-02 19:00"),
        # From the beginning: 3 h are 2 before lunch and 1 after.
        (START, 0, False, "2026-03-02 10:00"),
        (START, 180, False, "2026-03-02 14:00"),
        (START, 180, True, "2026-03-02 13:00"),
        # No reminder before or at the beginning
        (BEFORE, 240, False, None),
        (BEFORE, 600, False, None),
        (BEFORE, 300, True, None),
        (BEFORE, 299, True, "2026-03-02 10:01"),
    ],
)
def test_by_hand(moment, minutes, anytime, expected):
    step = Step(1, moment, minutes * MINUTE, anytime)
    assert due(step, clock(4), CALENDARS) == (expected and utc(expected))


def test_an_emergency_at_night_rings_at_night():
    """At 22:00 on Monday: at once, after a quarter of an hour; by working time at 9:15."""
    night = clock(1, opened=utc("2026-03-02 22:00"))
    for minutes, anytime, expected in (
        (0, True, "2026-03-02 22:00"),
        (15, True, "2026-03-02 22:15"),
        (15, False, "2026-03-03 09:15"),
    ):
        step = Step(1, START, minutes * MINUTE, anytime)
        assert due(step, night, CALENDARS) == utc(expected)


def test_over_the_weekend():
    """4 h from Friday 17:00 end on Monday at 12:00; 30 min before is 11:30, 2 h after 15:00."""
    friday = clock(4, opened=utc("2026-03-06 17:00"))
    assert due(Step(1, BEFORE, 30 * MINUTE), friday, CALENDARS) == utc("2026-03-09 11:30")
    assert due(Step(1, BEFORE, 200 * MINUTE), friday, CALENDARS) == utc("2026-03-06 17:40")
    assert due(Step(1, AFTER, 120 * MINUTE), friday, CALENDARS) == utc("2026-03-09 15:00")


@pytest.mark.parametrize(
    "story",
    [
        [("2026-03-02 11:00", "pause")],
        [("2026-03-02 11:00", "closed")],
        [("2026-03-02 16:00", "closed")],
    ],
)
def test_what_does_not_run_is_not_due(story):
    halted = clock(4, *story)
    for moment in (BEFORE, AT, AFTER, START):
        assert due(Step(1, moment, 60), halted, CALENDARS) is None
    assert next_due(halted, runs([Step(1, AT)]), set(), CALENDARS) is None


def test_a_pause_moves_the_steps():
    """1 h is used at 11:00, and it goes on on Tuesday at 9:00: 3 h are left, until 12:00."""
    moved = clock(4, ("2026-03-02 11:00", "pause"), ("2026-03-03 09:00", "resume"))
    assert due(Step(1, BEFORE, 30 * MINUTE), moved, CALENDARS) == utc("2026-03-03 11:30")
    # What was to be told while it was paused is due when it runs again.
    assert due(Step(1, BEFORE, 200 * MINUTE), moved, CALENDARS) == utc("2026-03-03 09:00")
    assert due(Step(1, START, 30 * MINUTE), moved, CALENDARS) == utc("2026-03-03 09:00")


def test_after_a_breach():
    """Broken at 15:00, paused from 15:30, on again on Tuesday at 9:00: 30 min were over."""
    late = clock(4, ("2026-03-02 15:30", "pause"), ("2026-03-03 09:00", "resume"))
    assert late.breach == utc("2026-03-02 15:00")
    assert due(Step(1, AT), late, CALENDARS) == utc("2026-03-02 15:00")
    assert due(Step(1, AFTER, HOUR), late, CALENDARS) == utc("2026-03-03 09:30")
    assert due(Step(1, BEFORE, 30 * MINUTE), late, CALENDARS) is None, "overtaken"


def test_a_promise_that_is_cut_short():
    """At 16:00, 5 h are used. 2 h are promised then: broken at 16:00, and not at 12:00."""
    cut = Promise("firm", {"resolution": 2 * HOUR})
    entries = [
        Entry(OPENED, "opened", Promise("firm", {"resolution": 24 * HOUR})),
        Entry(utc("2026-03-02 16:00"), "promise", cut),
    ]
    short = engine.replay("resolution", entries, CALENDARS, utc("2026-03-02 16:01"))
    assert due(Step(1, AT), short, CALENDARS) == utc("2026-03-02 16:00")
    assert due(Step(1, AFTER, HOUR), short, CALENDARS) == utc("2026-03-02 17:00")


def test_a_step_is_about_what_comes():
    step = Step(1, AT, since=utc("2026-03-02 15:00:01"))
    assert due(step, clock(4), CALENDARS) is None
    assert due(replace(step, since=utc("2026-03-02 15:00")), clock(4), CALENDARS)


def test_nobody_promised_anything():
    nothing = clock(4)._replace(seconds=None)
    assert due(Step(1, AT), nothing, CALENDARS) is None
    assert due(Step(1, AT), clock(4), {"firm": NEVER}) is None
    assert due(Step(1, AFTER, 60), clock(4), {"firm": NEVER}) is None


@pytest.mark.parametrize(
    ("was_due", "now", "expected"),
    [
        # in working hours
        ("2026-03-02 14:30", "2026-03-02 14:31", None),
        # At the end of the day or of the morning, seen a few seconds later
        ("2026-03-02 18:00", "2026-03-02 18:00:40", None),
        ("2026-03-02 12:00", "2026-03-02 12:00:40", None),
        # The server was down: what was due at 17:00 waits at 22:00 for the morning.
        ("2026-03-02 17:00", "2026-03-02 22:00", "2026-03-03 09:00"),
        ("2026-03-02 22:00", "2026-03-02 22:01", "2026-03-03 09:00"),
        ("2026-03-02 12:30", "2026-03-02 12:31", "2026-03-02 13:00"),
        # Friday evening and Saturday wait for Monday.
        ("2026-03-06 19:00", "2026-03-06 19:01", "2026-03-09 09:00"),
        ("2026-03-07 11:00", "2026-03-07 11:01", "2026-03-09 09:00"),
        # What was due at night is told in the morning.
        ("2026-03-02 23:00", "2026-03-03 09:00", None),
    ],
)
def test_quiet_hours(was_due, now, expected):
    assert quiet_until(FIRM, utc(was_due), utc(now)) == (expected and utc(expected))


def test_who_has_no_hours_is_told_at_once():
    assert quiet_until(NEVER, OPENED, OPENED) is None


# ----------------------------------------------------------------------
# Properties
# ----------------------------------------------------------------------

STEPS = st.builds(
    lambda moment, minutes, anytime: Step(
        (moment, minutes, anytime), moment, 0 if moment == AT else minutes * MINUTE, anytime
    ),
    st.sampled_from([BEFORE, AT, AFTER, START]),
    st.integers(1, 3000),
    st.booleans(),
)


@st.composite
def stories(draw):
    """A running clock after a few pauses, and a moment at which somebody looks at it."""
    moment = OPENED + timedelta(minutes=draw(st.integers(0, 10_000)))
    hours = draw(st.integers(1, 60))
    entries = [Entry(moment, "opened", Promise("firm", {"resolution": hours * HOUR}))]
    for _ in range(draw(st.integers(0, 3))):
        for kind in ("pause", "resume"):
            moment += timedelta(minutes=draw(st.integers(1, 3000)))
            entries.append(Entry(moment, kind))
    return entries, moment + timedelta(minutes=draw(st.integers(0, 3000)))


@given(stories(), st.lists(STEPS, max_size=8))
def test_the_next_one_is_the_earliest_of_all(story, steps):
    """Runs let most steps go unlooked at, and miss none."""
    entries, now = story
    running = engine.replay("resolution", entries, CALENDARS, now)
    moments = [moment for step in steps if (moment := due(step, running, CALENDARS))]
    assert next_due(running, runs(steps), set(), CALENDARS) == min(moments, default=None)


@given(stories(), st.lists(STEPS, max_size=6, unique_by=lambda step: step.key))
def test_each_once_however_often_somebody_looks(story, steps):
    """Told when due, step by step, every step that was ever due is told once and none is left."""
    entries, now = story
    running = engine.replay("resolution", entries, CALENDARS, now)
    done, told = set(), []
    for _ in range(len(steps) + 2):
        moment = next_due(running, runs(steps), done, CALENDARS)
        if moment is None:
            break
        look = engine.look(running, moment + timedelta(seconds=1), CALENDARS)
        for step in steps:
            at = due(step, look, CALENDARS)
            if step.key not in done and at and at <= moment:
                told.append(step.key)
                done.add(step.key)
        # What was due a moment ago and is true no more is not asked about again.
        running = look
    assert len(told) == len(set(told))
    left = [step for step in steps if step.key not in done and due(step, running, CALENDARS)]
    assert not left


@given(stories(), STEPS)
def test_steps_keep_their_distance(story, step):
    """Between a step of working time and the target lies the working time that it says."""
    entries, now = story
    running = engine.replay("resolution", entries, CALENDARS, now)
    moment = due(step, running, CALENDARS)
    if running.breach or moment is None or moment <= running.at:
        return
    deadline = engine.deadline(running, CALENDARS)
    if step.moment == START:
        if step.anytime:
            assert moment - running.started == timedelta(seconds=step.offset)
        else:
            used = running.elapsed + FIRM.worked(running.at, moment)
            assert used == step.offset
        return
    first, last = sorted([moment, deadline])
    between = (last - first).total_seconds() if step.anytime else FIRM.worked(first, last)
    assert between == step.offset
    assert moment == deadline or (moment < deadline) == (step.moment == BEFORE)


@given(st.integers(0, 20_000), st.integers(0, 20_000))
def test_quiet_hours_end_in_working_hours(due_after, seen_after):
    was_due = OPENED + timedelta(minutes=due_after)
    now = was_due + timedelta(minutes=seen_after)
    until = quiet_until(FIRM, was_due, now)
    if until is None:
        assert is_open(FIRM, now) or now - was_due <= timedelta(minutes=5)
    else:
        assert until > now
        assert not FIRM.worked(now, until)
        assert FIRM.worked(until, until + timedelta(seconds=1))
        assert quiet_until(FIRM, until, until + timedelta(seconds=30)) is None
