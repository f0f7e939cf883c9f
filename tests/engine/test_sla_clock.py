"""SLA clocks: deadlines worked out by hand on a calendar, and what must hold for any history.

The firm of the examples works Monday to Friday, 9:00-12:00 and 13:00-18:00, in Shanghai
(UTC+8, no DST): 8 hours a day, 40 a week. 2 March 2026 is a Monday. All times in the tests are
local and converted here.
"""

import doctest
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.loyalty_service_sla.engine import clock as engine
from odoo.addons.loyalty_service_sla.engine import working_time
from odoo.addons.loyalty_service_sla.engine.clock import Clock, Entry, Promise
from odoo.addons.loyalty_service_sla.engine.working_time import STRETCH, WorkingTime, to_moment

UTC = ZoneInfo("UTC")
SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR = 3600
OFFICE = ((time(9), time(12)), (time(13), time(18)))


def utc(text, zone=SHANGHAI):
    """Return the naive UTC datetime of a local 'YYYY-MM-DD HH:MM[:SS]'."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def calendar(first, days, zone=SHANGHAI, hours=OFFICE, weekdays=range(5), holidays=()):
    """Return the working time of some days from ``first``, without the ``holidays``."""
    intervals = []
    for offset in range(days):
        day = date.fromisoformat(first) + timedelta(days=offset)
        if day.weekday() in weekdays and day.isoformat() not in holidays:
            intervals += [
                tuple(
                    datetime.combine(day, hour, tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
                    for hour in pair
                )
                for pair in hours
            ]
    return WorkingTime.of(intervals)


FIRM = calendar("2026-02-23", 120)


def run(target, hours, *story, work=FIRM, now=None):
    """Return the clock after a story such as ``("2026-03-02 09:00", "opened")``."""
    calendars = {"firm": work}
    entries = [Entry(utc(when), kind) for when, kind in story]
    promise = Promise("firm", {target: int(hours * HOUR)})
    entries[0] = Entry(entries[0].date, entries[0].kind, promise)
    clock = engine.replay(target, entries, calendars, now and utc(now))
    return clock, engine.deadline(clock, calendars)


# ----------------------------------------------------------------------
# Deadlines by hand
# ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opened", "hours", "deadline"),
    [
        # within the morning
        ("2026-03-02 09:00", 2, "2026-03-02 11:00"),
        # over lunch: 2 h to 12:00, then 2 h from 13:00
        ("2026-03-02 10:00", 4, "2026-03-02 15:00"),
        # the time ends with the morning, not after lunch
        ("2026-03-02 09:00", 3, "2026-03-02 12:00"),
        # arrives at lunch: counts from 13:00
        ("2026-03-02 12:20", 1, "2026-03-02 14:00"),
        # over night: 1 h on Monday, 3 h on Tuesday to 12:00
        ("2026-03-02 17:00", 4, "2026-03-03 12:00"),
        # exactly a working day ends at 18:00
        ("2026-03-02 09:00", 8, "2026-03-02 18:00"),
        # one second more is the next morning
        ("2026-03-02 09:00:01", 8, "2026-03-03 09:00:01"),
        # arrives in the night before: counts from 9:00
        ("2026-03-03 03:00", 1, "2026-03-03 10:00"),
        # arrives exactly at closing time
        ("2026-03-02 18:00", 1, "2026-03-03 10:00"),
        # over the weekend: 1 h on Friday, 1 h on Monday
        ("2026-03-06 17:00", 2, "2026-03-09 10:00"),
        # arrives on Saturday
        ("2026-03-07 11:00", 3, "2026-03-09 12:00"),
        # 40 h are a week: from Wednesday 15:00 to Wednesday 15:00
        ("2026-03-04 15:00", 40, "2026-03-11 15:00"),
        # 400 h are ten weeks
        ("2026-03-02 09:00", 400, "2026-05-08 18:00"),
        # before opening
        ("2026-03-02 08:00", 1, "2026-03-02 10:00"),
        # half an hour around lunch: 15 min before, 15 after
        ("2026-03-02 11:45", 0.5, "2026-03-02 13:15"),
        # arrives exactly when lunch begins
        ("2026-03-02 12:00", 1, "2026-03-02 14:00"),
        # the whole afternoon
        ("2026-03-02 13:00", 5, "2026-03-02 18:00"),
        # one second before lunch, the rest after
        ("2026-03-02 11:59:59", 1, "2026-03-02 13:59:59"),
        # one second before closing, the rest on Tuesday
        ("2026-03-02 17:59:59", 1, "2026-03-03 09:59:59"),
        # 1:40 on Monday, 1:20 on Tuesday
        ("2026-03-02 16:20", 3, "2026-03-03 10:20"),
        # 3:30 on Monday; 3 h to Tuesday noon, 1:30 after lunch
        ("2026-03-02 14:30", 8, "2026-03-03 14:30"),
        # from midnight: all of Tuesday
        ("2026-03-03 00:00", 8, "2026-03-03 18:00"),
        # closing time on Friday: all of Monday
        ("2026-03-06 18:00", 8, "2026-03-09 18:00"),
        # the last minute of Sunday: Monday 3 h to noon, 1 h after lunch
        ("2026-03-08 23:59", 4, "2026-03-09 14:00"),
        # 24 h: Wednesday, Thursday, Friday
        ("2026-03-04 09:00", 24, "2026-03-06 18:00"),
        # 24 h: Thursday, Friday, Monday
        ("2026-03-05 09:00", 24, "2026-03-09 18:00"),
        # 24 h: 5 on Thursday, 8 on Friday, 8 on Monday, 3 on Tuesday
        ("2026-03-05 13:00", 24, "2026-03-10 12:00"),
        # 12 h: 2:45 on Friday, 8 on Monday, 1:15 on Tuesday
        ("2026-03-06 15:15", 12, "2026-03-10 10:15"),
        # 37 h: 6:30 on Wednesday, 8, 8, 8, and 6:30 on Tuesday, 3:30 of them after lunch
        ("2026-03-04 10:30", 37, "2026-03-10 16:30"),
        # two weeks
        ("2026-03-02 09:00", 80, "2026-03-13 18:00"),
        # into the next month: 7 h on 31 March, 8 on 1 April, 1 on 2 April
        ("2026-03-31 10:00", 16, "2026-04-02 10:00"),
        # from February: 1 h on Friday the 27th, 8 on Monday
        ("2026-02-27 17:00", 9, "2026-03-02 18:00"),
        # 4:30 on Friday 29 May, 1:30 on Monday 1 June
        ("2026-05-29 13:30", 6, "2026-06-01 10:30"),
    ],
)
def test_deadline(opened, hours, deadline):
    assert run("resolution", hours, (opened, "opened"))[1] == utc(deadline)


@pytest.mark.parametrize(
    ("target", "hours", "story", "deadline"),
    [
        # A pause over lunch: 2 h used, the last one from 13:00.
        ("resolution", 3, "02 09:00 opened, 02 11:00 pause, 02 12:30 resume", "02 14:00"),
        # A pause of no length: 3 h to noon, 1 h after lunch.
        ("resolution", 4, "02 09:00 opened, 02 10:00 pause, 02 10:00 resume", "02 14:00"),
        # Two pauses: 1 h and 1 h used, 6 h left on Tuesday, 3 h of them after lunch.
        (
            "resolution",
            8,
            "02 09:00 opened, 02 10:00 pause, 02 11:00 resume, 02 12:00 pause, 03 09:00 resume",
            "03 16:00",
        ),
        # A pause over the weekend: 1 h on Friday, 1 h to Monday noon, 2 h after lunch.
        ("resolution", 4, "06 16:00 opened, 06 17:00 pause, 09 11:00 resume", "09 15:00"),
        # Closed and reopened twice: 1 h and 1 h used, 5 h on Tuesday, 3 h on Wednesday.
        (
            "resolution",
            10,
            "02 09:00 opened, 02 10:00 closed, 02 11:00 reopened, 02 12:00 closed, "
            "03 13:00 reopened",
            "04 12:00",
        ),
        # The client writes again while the clock runs: nothing changes.
        ("resolution", 4, "02 09:00 opened, 02 10:00 customer_reply", "02 14:00"),
        # An answer is no solution.
        ("resolution", 2, "02 09:00 opened, 02 09:30 response", "02 11:00"),
        # A pause of a closed ticket: 1 h used, 4 h left from 14:00.
        (
            "resolution",
            5,
            "02 09:00 opened, 02 10:00 closed, 02 11:00 pause, 02 14:00 reopened",
            "02 18:00",
        ),
        # Half an hour used, 1:30 left from 10:15 on Tuesday.
        (
            "first_response",
            2,
            "02 17:00 opened, 02 17:30 pause, 03 10:15 customer_reply",
            "03 11:45",
        ),
        # Resumed in the night: 1:30 left from 9:00.
        ("first_response", 2, "02 17:00 opened, 02 17:30 pause, 02 23:00 resume", "03 10:30"),
    ],
)
def test_deadline_of_a_story(target, hours, story, deadline):
    """Moments are days of March 2026."""
    entries = [
        (f"2026-03-{day} {time_}", kind)
        for day, time_, kind in (entry.split() for entry in story.split(", "))
    ]
    assert run(target, hours, *entries)[1] == utc(f"2026-03-{deadline}")


def test_deadline_over_a_holiday():
    """Tomb-Sweeping Day, Monday 6 April 2026: Friday 16:00 + 2 h, then 1 h on Tuesday."""
    work = calendar("2026-03-30", 14, holidays=["2026-04-06"])
    _clock, deadline = run("resolution", 3, ("2026-04-03 16:00", "opened"), work=work)
    assert deadline == utc("2026-04-07 10:00")


def test_deadline_with_a_make_up_saturday():
    """Saturday 9 May 2026 is worked: Friday 17:00 + 1 h, then 1 h on Saturday."""
    friday_to_saturday = calendar("2026-05-08", 2, weekdays=range(6))
    _clock, deadline = run("resolution", 2, ("2026-05-08 17:00", "opened"), work=friday_to_saturday)
    assert deadline == utc("2026-05-09 10:00")


@pytest.mark.parametrize(
    ("opened", "hours", "deadline"),
    [
        # Clocks in Berlin go from 2:00 to 3:00 on Sunday 29 March 2026. Working round the
        # clock, 24 h from Saturday 12:00 end on Sunday at 13:00 by the wall clock.
        ("2026-03-28 12:00", 24, "2026-03-29 13:00"),
        # On 25 October 2026 the hour from 2:00 to 3:00 comes twice.
        ("2026-10-24 12:00", 24, "2026-10-25 11:00"),
    ],
)
def test_dst_round_the_clock(opened, hours, deadline):
    berlin = ZoneInfo("Europe/Berlin")
    work = WorkingTime.of([(datetime(2026, 1, 1), datetime(2027, 1, 1))])
    opened = Entry(utc(opened, berlin), "opened", Promise("k", {"resolution": hours * HOUR}))
    clock = engine.replay("resolution", [opened], {"k": work})
    assert engine.deadline(clock, {"k": work}) == utc(deadline, berlin)


def test_dst_office_hours():
    """Office hours follow the wall clock: Friday 17:00 winter time + 2 h is Monday 10:00."""
    berlin = ZoneInfo("Europe/Berlin")
    work = calendar("2026-03-23", 14, zone=berlin)
    opened = Entry(utc("2026-03-27 17:00", berlin), "opened", Promise("k", {"resolution": 7200}))
    clock = engine.replay("resolution", [opened], {"k": work})
    # 10:00 summer time is 8:00 UTC
    assert engine.deadline(clock, {"k": work}) == datetime(2026, 3, 30, 8)


# ----------------------------------------------------------------------
# Stories by hand
# ----------------------------------------------------------------------


def test_answered_in_time():
    clock, deadline = run(
        "first_response", 2, ("2026-03-02 10:00", "opened"), ("2026-03-02 11:30", "response")
    )
    assert (clock.state, clock.elapsed, clock.remaining) == ("met", 5400, 1800)
    assert clock.finished == utc("2026-03-02 11:30")
    assert deadline is None


def test_answered_exactly_at_the_deadline_is_in_time():
    clock, _ = run(
        "first_response", 2, ("2026-03-02 10:00", "opened"), ("2026-03-02 12:00", "response")
    )
    assert (clock.state, clock.remaining, clock.breach) == ("met", 0, None)


def test_answered_one_second_late():
    clock, _ = run(
        "first_response", 2, ("2026-03-02 09:00", "opened"), ("2026-03-02 11:00:01", "response")
    )
    assert (clock.state, clock.overrun) == ("missed", 1)
    assert clock.breach == utc("2026-03-02 11:00")


def test_answered_at_lunch_after_a_deadline_at_noon_is_late():
    clock, _ = run(
        "first_response", 2, ("2026-03-02 10:00", "opened"), ("2026-03-02 12:30", "response")
    )
    assert (clock.state, clock.overrun) == ("missed", 0)
    assert clock.breach == utc("2026-03-02 12:00")


def test_second_answer_changes_nothing():
    story = [("2026-03-02 10:00", "opened"), ("2026-03-02 11:00", "response")]
    once, _ = run("first_response", 2, *story)
    twice, _ = run("first_response", 2, *story, ("2026-03-05 11:00", "response"))
    assert once == twice


def test_running_clock_is_breached_only_after_the_deadline():
    story = ("2026-03-02 10:00", "opened")
    at, _ = run("first_response", 2, story, now="2026-03-02 12:00")
    after, deadline = run("first_response", 2, story, now="2026-03-02 12:00:01")
    assert (at.breach, at.state) == (None, "running")
    assert (after.breach, after.state) == (utc("2026-03-02 12:00"), "running")
    assert deadline == utc("2026-03-02 12:00")


def test_pause_until_the_client_answers():
    """8 h from Monday 10:00: 4 h to 15:00, a pause until Wednesday 9:30, then 4 h to 14:30."""
    story = [("2026-03-02 10:00", "opened"), ("2026-03-02 15:00", "pause")]
    paused, no_deadline = run("resolution", 8, *story)
    assert (paused.state, paused.elapsed, paused.remaining) == ("paused", 4 * HOUR, 4 * HOUR)
    assert no_deadline is None
    resumed, deadline = run("resolution", 8, *story, ("2026-03-04 09:30", "customer_reply"))
    assert resumed.state == "running"
    assert deadline == utc("2026-03-04 14:30")


def test_pause_and_resume_out_of_hours():
    """Paused on Friday at 20:00, resumed on Sunday: Friday's 8 h count, 2 h are left."""
    clock, deadline = run(
        "resolution",
        10,
        ("2026-03-06 09:00", "opened"),
        ("2026-03-06 20:00", "pause"),
        ("2026-03-08 12:00", "resume"),
    )
    assert clock.elapsed == 8 * HOUR
    assert deadline == utc("2026-03-09 11:00")


def test_paused_past_the_first_deadline_is_no_breach():
    """Without the pause the deadline would have been Monday 14:00."""
    clock, _ = run(
        "resolution",
        4,
        ("2026-03-02 09:00", "opened"),
        ("2026-03-02 11:00", "pause"),
        ("2026-03-12 17:00", "closed"),
    )
    assert (clock.state, clock.elapsed, clock.breach) == ("met", 2 * HOUR, None)


def test_reopening_continues():
    """10 h: 3 h to Monday 12:00, closed to Thursday 10:00, 7 h left: Thursday 18:00."""
    story = [("2026-03-02 09:00", "opened"), ("2026-03-02 12:00", "closed")]
    closed, _ = run("resolution", 10, *story)
    assert (closed.state, closed.elapsed) == ("met", 3 * HOUR)
    reopened, deadline = run("resolution", 10, *story, ("2026-03-05 10:00", "reopened"))
    assert (reopened.state, reopened.remaining, reopened.finished) == ("running", 7 * HOUR, None)
    assert deadline == utc("2026-03-05 18:00")


def test_reopened_after_a_miss_stays_missed():
    clock, _ = run(
        "resolution",
        1,
        ("2026-03-02 09:00", "opened"),
        ("2026-03-02 11:00", "closed"),
        ("2026-03-03 09:00", "reopened"),
        ("2026-03-03 09:10", "closed"),
    )
    assert (clock.state, clock.breach) == ("missed", utc("2026-03-02 10:00"))
    assert clock.overrun == HOUR + 600


def test_closed_without_an_answer():
    story = [("2026-03-02 09:00", "opened"), ("2026-03-02 10:00", "closed")]
    closed, _ = run("first_response", 2, *story)
    assert (closed.state, closed.elapsed) == ("stopped", HOUR)
    _reopened, deadline = run("first_response", 2, *story, ("2026-03-03 09:00", "reopened"))
    assert deadline == utc("2026-03-03 10:00")


def test_answered_after_closing():
    clock, _ = run(
        "first_response",
        2,
        ("2026-03-02 09:00", "opened"),
        ("2026-03-02 10:00", "closed"),
        ("2026-03-04 10:00", "response"),
    )
    assert (clock.state, clock.elapsed) == ("met", HOUR)


def test_shorter_promise_keeps_what_was_counted():
    """8 h become 4 h at 11:00, with 2 h used: 2 h are left, over lunch to 14:00."""
    calendars = {"k": FIRM}
    entries = [
        Entry(utc("2026-03-02 09:00"), "opened", Promise("k", {"resolution": 8 * HOUR})),
        Entry(utc("2026-03-02 11:00"), "promise", Promise("k", {"resolution": 4 * HOUR})),
    ]
    clock = engine.replay("resolution", entries, calendars)
    assert engine.deadline(clock, calendars) == utc("2026-03-02 14:00")


def test_promise_shorter_than_the_time_used_ends_at_once():
    calendars = {"k": FIRM}
    entries = [
        Entry(utc("2026-03-02 09:00"), "opened", Promise("k", {"resolution": 8 * HOUR})),
        Entry(utc("2026-03-02 15:00"), "promise", Promise("k", {"resolution": HOUR})),
    ]
    clock = engine.replay("resolution", entries, calendars)
    assert (clock.state, clock.breach) == ("running", utc("2026-03-02 15:00"))
    assert engine.deadline(clock, calendars) == utc("2026-03-02 15:00")


def test_longer_promise_does_not_undo_a_breach():
    calendars = {"k": FIRM}
    entries = [
        Entry(utc("2026-03-02 09:00"), "opened", Promise("k", {"resolution": HOUR})),
        Entry(utc("2026-03-02 11:00"), "promise", Promise("k", {"resolution": 8 * HOUR})),
        Entry(utc("2026-03-02 12:00"), "closed"),
    ]
    clock = engine.replay("resolution", entries, calendars)
    assert (clock.state, clock.breach) == ("missed", utc("2026-03-02 10:00"))


def test_change_of_calendar():
    """1 h in the firm's hours on Friday, then a desk that also works on Saturday."""
    calendars = {"firm": FIRM, "desk": calendar("2026-02-23", 60, weekdays=range(6))}
    entries = [
        Entry(utc("2026-03-06 16:00"), "opened", Promise("firm", {"resolution": 4 * HOUR})),
        Entry(utc("2026-03-06 17:00"), "promise", Promise("desk", {"resolution": 4 * HOUR})),
    ]
    clock = engine.replay("resolution", entries, calendars)
    assert engine.deadline(clock, calendars) == utc("2026-03-07 11:00")


def test_no_promise_no_deadline():
    entries = [Entry(utc("2026-03-02 09:00"), "opened")]
    clock = engine.replay("resolution", entries, {})
    assert (clock.state, clock.remaining, engine.deadline(clock, {})) == ("running", None, None)


def test_calendar_without_working_time():
    clock, deadline = run("resolution", 1, ("2026-03-02 09:00", "opened"), work=WorkingTime.of([]))
    assert (clock.state, deadline) == ("running", None)


def test_target_longer_than_a_year():
    """2,200 h at 8 h a day are 275 working days, 55 weeks from Monday 5 January 2026."""
    work = calendar("2026-01-05", 600)
    _clock, deadline = run("resolution", 2200, ("2026-01-05 09:00", "opened"), work=work)
    assert deadline == utc("2027-01-22 18:00")


def test_entries_out_of_order_are_refused():
    with pytest.raises(engine.OutOfOrder):
        run("resolution", 1, ("2026-03-02 09:00", "opened"), ("2026-03-02 08:00", "closed"))


def test_spans_tell_the_whole_story():
    calendars = {"k": FIRM}
    entries = [
        Entry(utc("2026-03-02 11:00"), "opened", Promise("k", {"resolution": 8 * HOUR})),
        Entry(utc("2026-03-02 14:00"), "pause"),
        Entry(utc("2026-03-03 10:00"), "customer_reply"),
        Entry(utc("2026-03-03 10:30"), "closed"),
    ]
    spans = engine.spans("resolution", entries, calendars, utc("2026-03-03 11:00"))
    assert spans == [
        (utc("2026-03-02 11:00"), utc("2026-03-02 12:00"), "counted"),
        (utc("2026-03-02 12:00"), utc("2026-03-02 13:00"), "off"),
        (utc("2026-03-02 13:00"), utc("2026-03-02 14:00"), "counted"),
        (utc("2026-03-02 14:00"), utc("2026-03-03 10:00"), "paused"),
        (utc("2026-03-03 10:00"), utc("2026-03-03 10:30"), "counted"),
        (utc("2026-03-03 10:30"), utc("2026-03-03 11:00"), "met"),
    ]


# ----------------------------------------------------------------------
# What holds for any history
# ----------------------------------------------------------------------

START = datetime(2026, 3, 2)
CALENDARS = {
    "firm": FIRM,
    "always": WorkingTime.of([(datetime(2026, 1, 1), datetime(2027, 1, 1))]),
    "mornings": calendar("2026-02-23", 240, hours=((time(9), time(12)),), weekdays=range(6)),
}
KINDS = [
    *("response", "customer_reply", "afterword", "pause", "resume", "closed", "reopened"),
    *("promise", "delivery", "delivered", "change", "complaint", "withdrawn"),
]
REASONS = [None, "client", "third_party", "authority", "other"]
moments = st.integers(0, 60 * 24 * 3600).map(lambda seconds: START + timedelta(seconds=seconds))
promises = st.builds(
    Promise,
    st.sampled_from(sorted(CALENDARS)),
    st.fixed_dictionaries(
        {},
        optional={
            target: st.integers(1, 100 * HOUR)
            for target in ("first_response", "next_response", "resolution")
        },
    ),
    from_start=st.just(False),
)
corrections = promises.map(lambda promise: promise._replace(from_start=True))


@st.composite
def histories(draw, correcting=None):
    dates = sorted(draw(st.lists(moments, min_size=1, max_size=12)))
    entries = [Entry(dates[0], "opened", draw(promises))]
    for moment in dates[1:]:
        kind = draw(st.sampled_from(KINDS))
        entry = Entry(moment, kind)
        if kind == "promise":
            promised = promises if correcting is None else st.one_of(promises, correcting)
            entry = entry._replace(promise=draw(promised))
        elif kind in ("delivery", "complaint"):
            entry = entry._replace(due=draw(st.none() | moments))
        elif kind == "pause":
            entry = entry._replace(reason=draw(st.sampled_from(REASONS)))
        entries.append(entry)
    return entries


targets = st.sampled_from(engine.TARGETS)


@given(histories(), targets, st.data())
def test_replay_equals_the_live_state(entries, target, data):
    """Advancing entry by entry, with looks at any time in between, is the same as a replay."""
    end = entries[-1].date + timedelta(days=30)
    clock = Clock(target)
    for entry, after in zip(entries, [*entries[1:], Entry(end, "end")], strict=True):
        clock = engine.advance(clock, entry, CALENDARS)
        if clock.state == "running" and data.draw(st.booleans()):
            seconds = data.draw(st.integers(0, int((after.date - entry.date).total_seconds())))
            clock = engine.look(clock, entry.date + timedelta(seconds=seconds), CALENDARS)
    assert engine.look(clock, end, CALENDARS) == engine.replay(target, entries, CALENDARS, end)


@given(histories(), targets)
def test_elapsed_and_remaining_make_the_promise(entries, target):
    clock = engine.replay(target, entries, CALENDARS)
    if clock.seconds is not None:
        assert clock.elapsed + clock.remaining - clock.overrun == clock.seconds
        assert not (clock.remaining and clock.overrun)


@given(histories(), targets)
def test_spans_are_without_gaps_and_add_up(entries, target):
    end = entries[-1].date + timedelta(days=3)
    spans = engine.spans(target, entries, CALENDARS, end)
    assert all(one.stop == two.start for one, two in zip(spans, spans[1:], strict=False))
    assert spans[0].start == entries[0].date
    assert spans[-1].stop == end
    clock = engine.settle(engine.replay(target, entries, CALENDARS), end, CALENDARS)
    counted = sum(
        span.seconds
        for span in spans
        if span.reason == "counted" and clock.started and span.start >= clock.started
    )
    assert counted == clock.elapsed


@given(histories(), targets)
def test_elapsed_never_falls_while_somebody_waits(entries, target):
    clocks = [
        engine.replay(target, entries[: number + 1], CALENDARS) for number in range(len(entries))
    ]
    counted = [(clock.waits, clock.elapsed) for clock in clocks]
    assert counted == sorted(counted)


@given(histories(), targets)
def test_what_was_missed_stays_missed(entries, target):
    late = [
        engine.replay(target, entries[: number + 1], CALENDARS).late_waits
        for number in range(len(entries))
    ]
    assert late == sorted(late)


@given(histories(), targets, promises)
def test_a_promise_from_the_start_is_as_if_given_at_the_opening(entries, target, promise):
    end = entries[-1].date
    corrected = [*entries, Entry(end, "promise", promise._replace(from_start=True))]
    given_at_once = [
        entries[0]._replace(promise=promise),
        *(entry for entry in entries[1:] if entry.promise is None),
    ]
    assert engine.replay(target, corrected, CALENDARS) == engine.replay(
        target, given_at_once, CALENDARS
    )


@given(histories(correcting=corrections), targets)
def test_any_history_with_corrections_can_be_replayed_and_explained(entries, target):
    end = entries[-1].date + timedelta(days=3)
    clock = engine.replay(target, entries, CALENDARS, end)
    assert clock.target == target
    spans = engine.spans(target, entries, CALENDARS, end)
    assert all(one.stop == two.start for one, two in zip(spans, spans[1:], strict=False))


@given(moments, moments, st.integers(1, 100 * HOUR))
def test_a_pause_never_makes_the_deadline_earlier(one, two, seconds):
    opened = Entry(START, "opened", Promise("firm", {"resolution": seconds}))
    begin, end = sorted([one, two])
    plain = engine.replay("resolution", [opened], CALENDARS)
    paused = engine.replay(
        "resolution", [opened, Entry(begin, "pause"), Entry(end, "resume")], CALENDARS
    )
    assert engine.deadline(paused, CALENDARS) >= engine.deadline(plain, CALENDARS)


@given(moments, st.integers(1, 2000 * HOUR), st.integers(1, 2000 * HOUR))
def test_deadline_is_monotone_in_the_promise(start, one, two):
    short, long = sorted([one, two])
    work = CALENDARS["firm"]
    first, second = work.add(start, short), work.add(start, long)
    assert second is None or first <= second


@given(moments, st.integers(1, 300 * HOUR), st.sampled_from(sorted(CALENDARS)))
def test_adding_and_counting_are_inverse(start, seconds, key):
    """The deadline is the earliest moment with that much work: one second less is too early."""
    work = CALENDARS[key]
    end = work.add(start, seconds)
    assert work.worked(start, end) == seconds
    assert work.worked(start, end - timedelta(seconds=1)) == seconds - 1


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 5 * STRETCH), st.integers(1, STRETCH)), max_size=8))
def test_counting_across_stretches(pairs):
    """The table agrees with the plain sum over its intervals."""
    work = WorkingTime.of([(to_moment(low), to_moment(low + size)) for low, size in pairs])
    low, high = to_moment(1000), to_moment(5 * STRETCH - 7)
    plain = sum((stop - start).total_seconds() for start, stop in work.intervals(low, high))
    assert work.worked(low, high) == plain


@pytest.mark.parametrize("module", [engine, working_time])
def test_examples_in_the_docstrings(module):
    assert doctest.testmod(module).failed == 0
