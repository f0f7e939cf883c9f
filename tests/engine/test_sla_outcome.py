"""What was decided of a promise, by hand, and that it stays decided.

The firm works Monday to Friday, 9:00-12:00 and 13:00-18:00 in Shanghai; 2 March 2026 is a Monday.
"""

import pytest
from hypothesis import given

from odoo.addons.loyalty_service_sla.engine import clock as engine
from odoo.addons.loyalty_service_sla.engine.clock import Entry, Promise
from odoo.addons.loyalty_service_sla.engine.outcome import history, is_undone, outcomes

from .test_sla_clock import CALENDARS, FIRM, HOUR, histories, moments, targets, utc


def decide(target, hours, *story):
    """Return what is decided after an opening on Monday 9:00: ``[(kind, wait, moment, hours)]``."""
    entries = [Entry(utc("2026-03-02 09:00"), "opened", Promise("firm", {target: hours * HOUR}))]
    for when, kind, *due in story:
        entries.append(Entry(utc(f"2026-03-{when}"), kind, due=(due and utc(due[0])) or None))
    _clock, found = history(target, entries, {"firm": FIRM})
    return [(one.kind, one.wait, one.date, one.elapsed / HOUR) for one in found]


def at(when):
    return utc(f"2026-03-{when}")


def test_solved_in_time_and_again_after_it_was_reopened():
    """2 h of 8, then 2 + 3 h of 8: the second closing takes nothing from the first."""
    assert decide(
        "resolution",
        8,
        ("02 11:00", "closed"),
        ("03 09:00", "reopened"),
        ("03 12:00", "closed"),
    ) == [("kept", 1, at("02 11:00"), 2), ("kept", 1, at("03 12:00"), 5)]


def test_kept_first_and_missed_when_it_was_reopened():
    """2 h of 4 were used; the other two end on Tuesday at 11:00, an hour before it is closed."""
    assert decide(
        "resolution",
        4,
        ("02 11:00", "closed"),
        ("03 09:00", "reopened"),
        ("03 12:00", "closed"),
        ("04 09:00", "reopened"),
        ("04 10:00", "closed"),
    ) == [
        ("kept", 1, at("02 11:00"), 2),
        ("missed", 1, at("03 11:00"), 0),
        ("ended", 1, at("03 12:00"), 5),
        # It was missed already: that is counted once.
        ("ended", 1, at("04 10:00"), 6),
    ]


def test_a_date_that_was_missed_and_the_next_one():
    """Promised for Tuesday 10:00 and missed; promised anew for Friday and delivered in time."""
    assert decide(
        "delivery",
        0,
        ("02 10:00", "delivery", "2026-03-03 10:00"),
        ("04 10:00", "delivery", "2026-03-06 10:00"),
        ("05 10:00", "delivered"),
    ) == [("missed", 1, at("03 10:00"), 0), ("kept", 2, at("05 10:00"), 24)]


def test_a_promise_that_leaves_no_time_is_missed_as_it_is_made():
    """4 h were used by 14:00 when 3 h are promised: an answer in that second is too late."""
    entries = [
        Entry(at("02 09:00"), "opened", Promise("firm", {"resolution": 8 * HOUR})),
        Entry(at("02 14:00"), "promise", Promise("firm", {"resolution": 3 * HOUR})),
        Entry(at("02 14:00"), "closed"),
    ]
    clock, found = history("resolution", entries, {"firm": FIRM})
    assert (clock.state, clock.breach) == ("missed", at("02 14:00"))
    assert [(one.kind, one.date) for one in found] == [
        ("missed", at("02 14:00")),
        ("ended", at("02 14:00")),
    ]


def test_each_wait_for_the_next_answer():
    assert decide(
        "next_response",
        2,
        ("02 10:00", "response"),
        # 14:00 + 2 h: late by one
        ("02 14:00", "customer_reply"),
        ("02 17:00", "response"),
        # 9:00 + 2 h: in time
        ("03 09:00", "customer_reply"),
        ("03 10:00", "response"),
        # in time, by closing; what is said afterwards is no second answer
        ("03 11:00", "customer_reply"),
        ("03 12:00", "closed"),
        ("03 15:00", "response"),
    ) == [
        ("missed", 1, at("02 16:00"), 0),
        ("ended", 1, at("02 17:00"), 3),
        ("kept", 2, at("03 10:00"), 1),
        ("kept", 3, at("03 12:00"), 1),
    ]


def test_closing_without_a_first_answer_decides_nothing():
    assert decide("first_response", 4, ("02 11:00", "closed")) == []
    # Answered on the closed ticket: the clock stood still, so it was in time.
    assert decide("first_response", 4, ("02 11:00", "closed"), ("04 09:00", "response")) == [
        ("kept", 1, at("04 09:00"), 2)
    ]


def test_too_late_and_then_closed_without_an_answer():
    assert decide("first_response", 2, ("02 15:00", "closed")) == [("missed", 1, at("02 11:00"), 0)]


def test_a_complaint_that_is_withdrawn():
    """Acknowledged within 24 h round the clock; withdrawn first it decides nothing."""
    received = ("06 17:00", "complaint", "2026-03-07 17:00")
    assert decide("acknowledgement", 0, received, ("06 18:00", "withdrawn")) == []
    assert decide("acknowledgement", 0, received, ("07 18:00", "withdrawn")) == [
        ("missed", 1, at("07 17:00"), 0)
    ]


def test_what_is_not_promised_is_neither_kept_nor_missed():
    entries = [
        Entry(at("02 09:00"), "opened", Promise("firm", {})),
        Entry(at("02 11:00"), "closed"),
    ]
    _clock, found = history("resolution", entries, {"firm": FIRM})
    assert [(one.kind, one.date) for one in found] == [("ended", at("02 11:00"))]


@pytest.mark.parametrize(("hours", "undone"), [(2, False), (8, True)])
def test_only_a_correction_undoes(hours, undone):
    opened = Entry(at("02 09:00"), "opened", Promise("firm", {"resolution": HOUR}))
    promise = Promise("firm", {"resolution": hours * HOUR}, from_start=True)
    late = engine.replay("resolution", [opened], CALENDARS, at("02 12:00"))
    corrected = engine.replay(
        "resolution", [opened, Entry(at("02 12:00"), "promise", promise)], CALENDARS, at("02 12:01")
    )
    assert late.breach
    assert is_undone(late, corrected) is undone


@given(histories(), targets, moments)
def test_the_past_stays(entries, target, moment):
    """What was told at any moment of the time before it is told ever after."""
    end = entries[-1].date
    known, then = history(target, [one for one in entries if one.date < moment], CALENDARS)
    then += outcomes(known, engine.look(known, moment, CALENDARS))
    known, now = history(target, entries, CALENDARS)
    now += outcomes(known, engine.look(known, max(end, moment), CALENDARS))
    assert [one for one in now if one.date < moment] == [one for one in then if one.date < moment]


@given(histories(), targets)
def test_each_late_wait_is_missed_once(entries, target):
    clock, found = history(target, entries, CALENDARS)
    missed = [one.wait for one in found if one.kind == "missed"]
    assert len(missed) == len(set(missed)) == clock.late_waits
    # A look in between finds them, and finds nothing more.
    later = engine.look(clock, entries[-1].date, CALENDARS)
    assert outcomes(later, later._replace()) == []


@given(histories(), targets)
def test_nothing_is_kept_after_it_was_missed(entries, target):
    _clock, found = history(target, entries, CALENDARS)
    late = set()
    for one in found:
        assert not (one.kind == "kept" and one.wait in late)
        late |= {one.wait} if one.kind == "missed" else set()
