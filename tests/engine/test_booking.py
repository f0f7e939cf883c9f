from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.loyalty_service.engine import booking

MONDAY = datetime(2030, 1, 7)
FOREVER = MONDAY + timedelta(days=400)


def at(hour, minute=0):
    return MONDAY + timedelta(hours=hour, minutes=minute)


def begins(work, taken=(), minutes=30, earliest=MONDAY, latest=FOREVER):
    slots = booking.free_slots(work, taken, timedelta(minutes=minutes), earliest, latest)
    assert all(stop - start == timedelta(minutes=minutes) for start, stop in slots)
    return [f"{start:%H:%M}" for start, _stop in slots]


def test_a_morning():
    assert begins([(at(9), at(11))]) == ["09:00", "09:30", "10:00", "10:30"]


def test_what_is_left_at_the_end_is_not_offered():
    assert begins([(at(9), at(10, 50))], minutes=45) == ["09:00", "09:45"]
    assert begins([(at(9), at(9, 40))], minutes=45) == []


def test_a_meeting_takes_every_slot_that_it_reaches_into():
    # 9:45 to 10:15 reaches into 9:30 and into 10:00.
    assert begins([(at(9), at(11))], [(at(9, 45), at(10, 15))]) == ["09:00", "10:30"]


def test_a_meeting_may_begin_when_another_one_ends():
    assert begins([(at(9), at(11))], [(at(9, 30), at(10))]) == ["09:00", "10:00", "10:30"]


def test_times_stay_where_they_are_whatever_is_taken():
    # After a meeting until 10:10 the next slot is 10:30, not 10:10.
    assert begins([(at(9), at(11))], [(at(8), at(10, 10))]) == ["10:30"]


def test_a_long_meeting_hides_behind_a_short_one():
    # The short one ends before 10:00; the long one, which began earlier, does not.
    assert begins([(at(9), at(11))], [(at(8), at(10, 30)), (at(9), at(9, 15))]) == ["10:30"]


def test_hours_before_and_after_noon_are_counted_apart():
    morning, afternoon = (at(9), at(12)), (at(12), at(13))
    assert begins([afternoon, morning], minutes=50) == ["09:00", "09:50", "10:40", "12:00"]


def test_a_meeting_without_length_takes_nothing():
    assert begins([(at(9), at(10))], [(at(9, 15), at(9, 15))]) == ["09:00", "09:30"]


def test_notice_and_horizon():
    assert begins([(at(9), at(11))], earliest=at(9, 1), latest=at(10, 30)) == ["09:30", "10:00"]


def test_a_slot_has_a_length():
    with pytest.raises(ValueError, match="length"):
        booking.free_slots([], [], timedelta(), MONDAY, FOREVER)


minutes = st.integers(0, 4 * 24 * 60).map(lambda number: MONDAY + timedelta(minutes=number))
intervals = st.lists(st.tuples(minutes, minutes), max_size=12)
lengths = st.integers(5, 240).map(lambda number: timedelta(minutes=number))


def reaches(interval, slot):
    return interval[0] < interval[1] and interval[0] < slot[1] and interval[1] > slot[0]


@given(intervals)
def test_a_union_is_the_same_time_without_overlaps(given_intervals):
    found = booking.union(given_intervals)
    assert all(start < stop for start, stop in found)
    assert all(one[1] <= other[0] for one, other in zip(found, found[1:], strict=False))
    for moment in {moment for interval in given_intervals for moment in interval}:
        covered = any(start <= moment < stop for start, stop in given_intervals)
        assert covered == any(start <= moment < stop for start, stop in found)


@given(intervals, intervals, lengths, minutes, minutes)
def test_slots_are_free_time_of_work(work, taken, length, earliest, latest):
    slots = booking.free_slots(work, taken, length, earliest, latest)
    stretches = booking.union(work)
    assert slots == sorted(slots)
    for slot in slots:
        assert slot[1] - slot[0] == length
        assert earliest <= slot[0] < latest
        assert any(start <= slot[0] and slot[1] <= stop for start, stop in stretches)
        assert not any(reaches(interval, slot) for interval in taken)
    for one, other in zip(slots, slots[1:], strict=False):
        assert one[1] <= other[0]


@given(intervals, intervals, lengths, minutes, minutes)
def test_what_is_not_offered_is_taken(work, taken, length, earliest, latest):
    """Every slot of the undisturbed grid is offered unless something reaches into it."""
    offered = set(booking.free_slots(work, taken, length, earliest, latest))
    for slot in booking.free_slots(work, [], length, earliest, latest):
        assert (slot in offered) != any(reaches(interval, slot) for interval in taken)


@given(intervals, intervals, lengths)
def test_what_was_booked_is_not_offered_again(work, taken, length):
    slots = booking.free_slots(work, taken, length, MONDAY, FOREVER)
    for slot in slots[:3]:
        rest = booking.free_slots(work, [*taken, slot], length, MONDAY, FOREVER)
        assert rest == [other for other in slots if other != slot]


# ----------------------------------------------------------------------
# Why nothing is free
# ----------------------------------------------------------------------


def day_of(interval):
    return interval[0].date()


def times(**given_times):
    return booking.Times(
        **{
            "work": [(at(9), at(11))],
            "holidays": [],
            "absences": [],
            "meetings": [],
            "length": timedelta(minutes=30),
            "earliest": MONDAY,
            "latest": FOREVER,
            **given_times,
        }
    )


def why(**given_times):
    day = MONDAY.date()
    stages = times(**given_times).stages()
    days = {reason: set(map(day_of, slots)) for reason, slots in stages.items()}
    return booking.why_nothing([day], days).get(day)


def test_the_reason_is_the_one_that_decides():
    assert why() is None
    assert why(work=[]) == "closed"
    assert why(work=[(at(9), at(9, 20))]) == "closed", "no slot is as short"
    assert why(holidays=[(at(0), at(24))]) == "holiday"
    assert why(holidays=[(at(9), at(10))], absences=[(at(10), at(11))]) == "absent"
    assert why(absences=[(at(9), at(10))], meetings=[(at(10), at(11))]) == "booked"
    assert why(earliest=at(10, 45)) == "soon"
    assert why(earliest=at(10), meetings=[(at(10), at(11))]) == "booked"
    assert why(holidays=[(at(0), at(24))], meetings=[(at(9), at(11))]) == "holiday"


@given(intervals, intervals, intervals, intervals, lengths, minutes)
def test_every_day_has_free_time_or_a_reason(work, holidays, absences, meetings, length, earliest):
    told = times(
        work=work,
        holidays=holidays,
        absences=absences,
        meetings=meetings,
        length=length,
        earliest=earliest,
    )
    stages = told.stages()
    assert stages["booked"] == told.free()
    for one, other in zip(booking.REASONS, booking.REASONS[1:], strict=False):
        assert set(stages[other]) <= set(stages[one]), "each reason only takes away"
    free = set(map(day_of, told.free()))
    all_days = [MONDAY.date() + timedelta(days=number) for number in range(6)]
    by_reason = {reason: set(map(day_of, slots)) for reason, slots in stages.items()}
    missing = booking.why_nothing(all_days, by_reason)
    assert set(missing) == set(all_days) - free
