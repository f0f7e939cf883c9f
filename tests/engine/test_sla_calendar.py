"""Deadlines over days that are not as the week has them, worked out by hand.

The firm of the examples works Monday to Friday, 9:00-12:00 and 13:00-18:00, in Shanghai (UTC+8,
no DST), with the holidays and make-up days of the State Council's notices for 2025 and 2026:
8 hours on each working day. Times in the tables are local; where clocks change, what is expected
stands in UTC.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.loyalty_service_sla.engine import clock as engine
from odoo.addons.loyalty_service_sla.engine import special_days
from odoo.addons.loyalty_service_sla.engine.clock import Entry, Promise
from odoo.addons.loyalty_service_sla.engine.working_time import (
    STRETCH,
    WorkingTime,
    merge,
    to_moment,
    to_seconds,
)

UTC = ZoneInfo("UTC")
HOUR = 3600

OFFICE = "9-12, 13-18"
OFFICE_WEEK = dict.fromkeys(range(5), OFFICE)
ALWAYS = dict.fromkeys(range(7), "0-24")

# (first day off, last day off, make-up working days)
NOTICES = {
    2025: [
        ("New Year's Day", "01-01", "01-01", []),
        ("Spring Festival", "01-28", "02-04", ["01-26", "02-08"]),
        ("Tomb-sweeping Day", "04-04", "04-06", []),
        ("Labour Day", "05-01", "05-05", ["04-27"]),
        ("Dragon Boat Festival", "05-31", "06-02", []),
        ("National Day", "10-01", "10-08", ["09-28", "10-11"]),
    ],
    2026: [
        ("New Year's Day", "01-01", "01-03", ["01-04"]),
        ("Spring Festival", "02-15", "02-23", ["02-14", "02-28"]),
        ("Tomb-sweeping Day", "04-04", "04-06", []),
        ("Labour Day", "05-01", "05-05", ["05-09"]),
        ("Dragon Boat Festival", "06-19", "06-21", []),
        ("Mid-autumn Festival", "09-25", "09-27", []),
        ("National Day", "10-01", "10-07", ["09-20", "10-10"]),
    ],
}


def notice():
    """Return ``(days off, make-up days)`` of the notices as ``{date: festival}``."""
    off, worked = {}, {}
    for year, festivals in NOTICES.items():
        for name, first, last, made_up in festivals:
            day, end = (date.fromisoformat(f"{year}-{text}") for text in (first, last))
            while day <= end:
                off[day] = name
                day += timedelta(days=1)
            worked |= {date.fromisoformat(f"{year}-{text}"): name for text in made_up}
    return off, worked


def working_time(zone, week, off=(), own_hours=(), changes=()):
    """Return the working time of a calendar, put together as the addon does it.

    :param dict week: ``{weekday: hours}``
    :param off: days off
    :param dict own_hours: ``{day: hours}``
    :param changes: ``[(first day, week)]``
    """
    zone = pytz.timezone(zone)
    own = {day: special_days.parse_hours(hours) for day, hours in dict(own_hours).items()}
    moments = [(special_days.local_second(day, 0, zone), hours) for day, hours in changes]

    def of_week(first, last, hours):
        day, intervals = to_moment(first).date() - timedelta(days=1), []
        while day <= to_moment(last).date() + timedelta(days=1):
            if day.weekday() in hours:
                spans = special_days.parse_hours(hours[day.weekday()])
                intervals += special_days.on_day(day, spans, zone)
            day += timedelta(days=1)
        return special_days.clip(intervals, first, last)

    def load(number):
        first, last = number * STRETCH, (number + 1) * STRETCH
        work = [
            interval
            for start, stop, hours in special_days.pieces(first, last, week, moments)
            for interval in of_week(start, stop, hours)
        ]
        days = {
            special_days.day_bounds(day, zone): special_days.on_day(day, spans, zone)
            for day, spans in own.items()
        }
        work = special_days.replace_days(work, days)
        work = special_days.cut(work, [special_days.day_bounds(day, zone) for day in off])
        return special_days.clip(work, first, last)

    return WorkingTime(load)


OFF, MADE_UP = notice()
FIRM = working_time("Asia/Shanghai", OFFICE_WEEK, OFF, dict.fromkeys(MADE_UP, OFFICE))


def utc(text, zone="Asia/Shanghai"):
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC).replace(tzinfo=None)


def due(hours, *story, work=FIRM, zone="Asia/Shanghai", target="resolution"):
    """Return the deadline after a story of ``(when, kind)``, opened first, in UTC."""
    entries = [Entry(utc(when, zone), kind) for when, kind in story]
    promise = Promise("k", {target: round(hours * HOUR)})
    entries[0] = Entry(entries[0].date, entries[0].kind, promise)
    return engine.deadline(engine.replay(target, entries, {"k": work}), {"k": work})


def deadline(opened, hours, work=FIRM, zone="Asia/Shanghai"):
    return due(hours, (opened, "opened"), work=work, zone=zone)


# ----------------------------------------------------------------------
# Holidays and make-up days
# ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opened", "hours", "expected"),
    [
        # National Day 2025: off from Wednesday 1 to Wednesday 8 October, worked on Sunday 28
        # September and Saturday 11 October.
        # 1 h on Tuesday, 1 h on Thursday the 9th
        ("2025-09-30 17:00", 2, "2025-10-09 10:00"),
        # all of Tuesday, nothing left for after the holidays
        ("2025-09-30 09:00", 8, "2025-09-30 18:00"),
        # one hour more waits nine days
        ("2025-09-30 09:00", 9, "2025-10-09 10:00"),
        # arrives on a holiday: 3 h of Thursday morning
        ("2025-10-03 12:00", 3, "2025-10-09 12:00"),
        # 1 h on Friday, 1 h on the Sunday that is worked
        ("2025-09-26 17:00", 2, "2025-09-28 10:00"),
        # arrives on Saturday: Sunday 3 h to noon, 1 h after lunch
        ("2025-09-27 11:00", 4, "2025-09-28 14:00"),
        # Sunday, Monday, Tuesday
        ("2025-09-28 09:00", 24, "2025-09-30 18:00"),
        # Sunday, Monday, Tuesday, and 1 h after the holidays
        ("2025-09-28 09:00", 25, "2025-10-09 10:00"),
        # 1 h on Friday, 1 h on the Saturday that is worked
        ("2025-10-10 17:00", 2, "2025-10-11 10:00"),
        # 0:30 on Friday, 8 h on Saturday, 0:30 on Monday
        ("2025-10-10 17:30", 9, "2025-10-13 09:30"),
        # a week of five days: Thursday, Friday, Saturday, Monday, Tuesday
        ("2025-10-09 09:00", 40, "2025-10-14 18:00"),
        # closing time of the Saturday that is worked: Monday
        ("2025-10-11 18:00", 1, "2025-10-13 10:00"),
        # Friday, Sunday, Monday, Tuesday, Thursday, Friday
        ("2025-09-26 09:00", 48, "2025-10-10 18:00"),
        # the last minute of the holidays
        ("2025-10-08 23:59", 0.5, "2025-10-09 09:30"),
        # at lunch: 5 h on Tuesday, 0:15 after the holidays
        ("2025-09-30 12:30", 5.25, "2025-10-09 09:15"),
        # Spring Festival 2025: off from Tuesday 28 January to Tuesday 4 February, worked on
        # Sunday 26 January and Saturday 8 February.
        # 3 h on Monday; on Wednesday 3 h to noon, 2 h after lunch
        ("2025-01-27 15:00", 8, "2025-02-05 15:00"),
        # 2 h on Friday, 8 h on Sunday
        ("2025-01-24 16:00", 10, "2025-01-26 18:00"),
        # 1:30 on Friday, 2:30 on Saturday
        ("2025-02-07 16:30", 4, "2025-02-08 11:30"),
        # the first second of the holidays
        ("2025-01-28 00:00", 1, "2025-02-05 10:00"),
        # Monday, then Wednesday to Saturday
        ("2025-01-27 09:00", 40, "2025-02-08 18:00"),
        # Labour Day 2025: off from Thursday 1 to Monday 5 May, worked on Sunday 27 April.
        # 15 min on Wednesday, 45 min on Tuesday
        ("2025-04-30 17:45", 1, "2025-05-06 09:45"),
        # 1 h on Friday, 1 h on Sunday
        ("2025-04-25 17:00", 2, "2025-04-27 10:00"),
        # Sunday, Monday, Tuesday, Wednesday: 32 h; 1 h on Tuesday
        ("2025-04-26 08:00", 33, "2025-05-06 10:00"),
        # Tomb-sweeping Day 2025: Friday 4 to Sunday 6 April. 1 h on Thursday, 1 h on Monday
        ("2025-04-03 17:00", 2, "2025-04-07 10:00"),
        # Dragon Boat Festival 2025, to Monday 2 June: 4 h on Friday, 2 h on Tuesday
        ("2025-05-30 14:00", 6, "2025-06-03 11:00"),
        # New Year's Day 2025, a Wednesday: 2 h on Tuesday, 2 h on Thursday
        ("2024-12-31 16:00", 4, "2025-01-02 11:00"),
        # New Year 2026: off from Thursday to Saturday, worked on Sunday. 1 h, then 2 h
        ("2025-12-31 17:00", 3, "2026-01-04 11:00"),
        # Spring Festival 2026: off from Sunday 15 to Monday 23 February, worked on the Saturdays
        # before and after. 1 h on Friday, 8 h on Saturday, 1 h on Tuesday
        ("2026-02-13 17:00", 10, "2026-02-24 10:00"),
        # 0:30 on Friday; Saturday 3 h to noon, 4:30 after lunch
        ("2026-02-27 17:30", 8, "2026-02-28 17:30"),
        # ten days: 13, 14, 24, 25, 26, 27, 28 February, 2, 3, 4 March
        ("2026-02-13 09:00", 80, "2026-03-04 18:00"),
        # Labour Day 2026: Friday 1 to Tuesday 5 May, Saturday 9 May worked. 5 h on Thursday,
        # 24 h from Wednesday to Friday, 1 h on Saturday
        ("2026-04-30 13:00", 30, "2026-05-09 10:00"),
        # Sunday 20 September 2026 is worked: 1 h on Friday, 1 h on Sunday
        ("2026-09-18 17:00", 2, "2026-09-20 10:00"),
        # Mid-autumn 2026, Friday 25 to Sunday 27 September: 1 h on Thursday, 1 h on Monday
        ("2026-09-24 17:00", 2, "2026-09-28 10:00"),
        # National Day 2026: Thursday 1 to Wednesday 7 October, Saturday 10 October worked.
        # 2 h on Wednesday, 8 on Thursday, 8 on Friday, 2 on Saturday
        ("2026-09-30 16:00", 20, "2026-10-10 11:00"),
        # Longer than a year. 2025 has 261 weekdays, less 18 that are holidays (1 January; 28-31
        # January, 3 and 4 February; 4 April; 1, 2, 5 May; 2 June; 1-3 and 6-8 October), and 5
        # make-up days: 248 days, 1,984 h, all of them after 1 January. 16 h are left for Sunday
        # the 4th and Monday the 5th of January.
        ("2025-01-02 09:00", 2000, "2026-01-05 18:00"),
        # 2026 has 261 weekdays, less 19 (1, 2 January; 16-20 and 23 February; 6 April; 1, 4, 5
        # May; 19 June; 25 September; 1, 2, 5-7 October), and 6 make-up days: 248 days again.
        ("2025-01-02 09:00", 3968, "2026-12-31 18:00"),
    ],
)
def test_holidays(opened, hours, expected):
    assert deadline(opened, hours) == utc(expected)


@pytest.mark.parametrize(
    ("target", "hours", "story", "expected"),
    [
        # 2 h used; the client answers on a holiday: on Thursday 3 h to noon, 3 h after lunch
        (
            "resolution",
            8,
            "2025-09-30 14:00 opened, 2025-09-30 16:00 pause, 2025-10-04 10:00 customer_reply",
            "2025-10-09 16:00",
        ),
        # 1 h used; reopened on Saturday: 8 h on the Sunday that is worked, 1 h on Monday
        (
            "resolution",
            10,
            "2025-09-26 16:00 opened, 2025-09-26 17:00 closed, 2025-09-27 10:00 reopened",
            "2025-09-29 10:00",
        ),
        # 2 h used; 2 h on the Saturday that is worked, 8 h on Monday
        (
            "resolution",
            12,
            "2025-10-10 09:00 opened, 2025-10-10 11:00 pause, 2025-10-11 16:00 resume",
            "2025-10-13 18:00",
        ),
        # 7 h used on the Sunday that is worked; reopened on a holiday: 8 h on Wednesday; on
        # Thursday 3 h to noon, 2 h after lunch
        (
            "resolution",
            20,
            "2025-01-26 10:00 opened, 2025-01-26 18:00 closed, 2025-02-01 10:00 reopened",
            "2025-02-06 15:00",
        ),
        # 1 h used; the client answers on the last evening of the holidays: 3 h on Tuesday
        (
            "first_response",
            4,
            "2025-04-30 16:00 opened, 2025-04-30 17:00 pause, 2025-05-05 21:00 customer_reply",
            "2025-05-06 12:00",
        ),
        # A pause that begins and ends within the holidays changes nothing: 1 h, then 3 h
        (
            "resolution",
            4,
            "2025-09-30 17:00 opened, 2025-10-02 09:00 pause, 2025-10-07 09:00 resume",
            "2025-10-09 12:00",
        ),
        # 1 h on Friday; 1 h before and 1 h after lunch on the Saturday that is worked; reopened
        # in the Spring Festival: 3 h on Tuesday
        (
            "resolution",
            6,
            "2026-02-13 16:00 opened, 2026-02-13 17:00 closed, 2026-02-14 11:00 reopened, "
            "2026-02-14 14:00 closed, 2026-02-20 10:00 reopened",
            "2026-02-24 12:00",
        ),
        # Closed without an answer before the holidays, reopened in them: 2 h used, 2 h left
        (
            "first_response",
            4,
            "2026-09-30 16:00 opened, 2026-09-30 18:00 closed, 2026-10-02 12:00 reopened",
            "2026-10-08 11:00",
        ),
    ],
)
def test_stories_over_holidays(target, hours, story, expected):
    entries = [(entry[:16], entry[17:]) for entry in story.split(", ")]
    assert due(hours, *entries, target=target) == utc(expected)


def test_time_used_over_holidays():
    """Tuesday 14:00 to Thursday the 9th 11:00: 4 h, then 2 h. On time to the second."""
    promise = Promise("k", {"resolution": 6 * HOUR})
    opened = Entry(utc("2025-09-30 14:00"), "opened", promise)
    for closed, state in (("2025-10-09 11:00:00", "met"), ("2025-10-09 11:00:01", "missed")):
        clock = engine.replay("resolution", [opened, Entry(utc(closed), "closed")], {"k": FIRM})
        assert clock.state == state
    assert clock.elapsed == 6 * HOUR + 1


def test_the_days_of_the_notice():
    """What a make-up day is worked for: of one festival in the order of the days."""
    in_lieu = {
        date.fromisoformat(day): name
        for name, days in {
            "Spring Festival": ["2025-02-03", "2025-02-04", "2026-02-20", "2026-02-23"],
            "Labour Day": ["2025-05-05", "2026-05-05"],
            "National Day": ["2025-10-07", "2025-10-08", "2026-10-06", "2026-10-07"],
            "New Year's Day": ["2026-01-02"],
        }.items()
        for day in days
    }
    days = special_days.public_days([2025, 2026], OFF, MADE_UP, in_lieu)
    assert [(str(day.date), day.like) for day in days if day.works] == [
        # Monday 3 and Tuesday 4 February, Monday 5 May, Tuesday 7 and Wednesday 8 October
        ("2025-01-26", 0),
        ("2025-02-08", 1),
        ("2025-04-27", 0),
        ("2025-09-28", 1),
        ("2025-10-11", 2),
        # Friday 2 January, Friday 20 and Monday 23 February, Tuesday 5 May, 6 and 7 October
        ("2026-01-04", 4),
        ("2026-02-14", 4),
        ("2026-02-28", 0),
        ("2026-05-09", 1),
        ("2026-09-20", 1),
        ("2026-10-10", 2),
    ]
    assert sum(not day.works for day in days) == 28 + 33
    assert days == sorted(days)
    assert not special_days.public_days([2027], OFF, MADE_UP, in_lieu)


def test_a_make_up_day_that_stands_for_no_day_counts_as_a_monday():
    worked = {date(2025, 9, 28): "National Day", date(2025, 10, 11): "National Day"}
    days = special_days.public_days([2025], {}, worked, {date(2025, 10, 8): "National Day"})
    assert [day.like for day in days] == [2, 0]


# ----------------------------------------------------------------------
# Daylight saving time
# ----------------------------------------------------------------------

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
BERLIN_OFFICE = working_time(BERLIN, dict.fromkeys(range(5), "8-12, 12:30-16:30"))
NEW_YORK_OFFICE = working_time(NEW_YORK, dict.fromkeys(range(5), "9-17"))
NIGHTS = dict.fromkeys(range(7), "0-6, 22-24")


@pytest.mark.parametrize(
    ("zone", "work", "opened", "hours", "expected_utc"),
    [
        # Berlin goes from 2:00 to 3:00 on Sunday 30 March 2025 and back on 26 October.
        # 0:30 on Friday, 0:30 on Monday to 8:30 summer time
        (BERLIN, BERLIN_OFFICE, "2025-03-28 16:00", 1, "2025-03-31 06:30"),
        # the same in autumn: 8:30 winter time
        (BERLIN, BERLIN_OFFICE, "2025-10-24 16:00", 1, "2025-10-27 07:30"),
        # 9 weeks and a day over the spring change: 46 days of 8 h from Monday 3 February 8:00
        # end on Monday 7 April 16:30 summer time
        (BERLIN, BERLIN_OFFICE, "2025-02-03 08:00", 368, "2025-04-07 14:30"),
        # 24 h round the clock: 13:00 on the day of 23 hours
        (BERLIN, working_time(BERLIN, ALWAYS), "2025-03-29 12:00", 24, "2025-03-30 11:00"),
        # 11:00 on the day of 25 hours
        (BERLIN, working_time(BERLIN, ALWAYS), "2025-10-25 12:00", 24, "2025-10-26 10:00"),
        # The night shift of spring is an hour short: 2 h to midnight, 5 h to 6:00, 1 h from
        # 22:00 summer time
        (BERLIN, working_time(BERLIN, NIGHTS), "2025-03-29 22:00", 8, "2025-03-30 21:00"),
        # That of autumn has one more: 2 h to midnight, 6 h to 5:00 winter time
        (BERLIN, working_time(BERLIN, NIGHTS), "2025-10-25 22:00", 8, "2025-10-26 04:00"),
        # A day off of 23 hours: Saturday 12 h to midnight, Sunday off, Monday 1 h from 0:00
        (
            BERLIN,
            working_time(BERLIN, ALWAYS, off=[date(2025, 3, 30)]),
            "2025-03-29 12:00",
            13,
            "2025-03-30 23:00",
        ),
        # A day off of 25 hours, likewise: 1:00 on Monday is 0:00 UTC
        (
            BERLIN,
            working_time(BERLIN, ALWAYS, off=[date(2025, 10, 26)]),
            "2025-10-25 12:00",
            13,
            "2025-10-27 00:00",
        ),
        # A Sunday that is worked at the change: 1 h on Friday, 1 h from 9:00 summer time
        (
            BERLIN,
            working_time(BERLIN, OFFICE_WEEK, own_hours={date(2025, 3, 30): OFFICE}),
            "2025-03-28 17:00",
            2,
            "2025-03-30 08:00",
        ),
        # New York: Sunday 9 March and 2 November 2025.
        # 1 h on Friday, 1 h on Monday to 10:00 summer time
        (NEW_YORK, NEW_YORK_OFFICE, "2025-03-07 16:00", 2, "2025-03-10 14:00"),
        # to 10:00 winter time
        (NEW_YORK, NEW_YORK_OFFICE, "2025-10-31 16:00", 2, "2025-11-03 15:00"),
        (NEW_YORK, working_time(NEW_YORK, ALWAYS), "2025-03-08 12:00", 24, "2025-03-09 17:00"),
        # 1:00 comes twice: Sundays from 1 to 3 begin with the second, at 6:00 UTC
        (NEW_YORK, working_time(NEW_YORK, {6: "1-3"}), "2025-11-01 12:00", 1.5, "2025-11-02 07:30"),
        # 2:00 does not come: Sundays from 2 to 4 have 1 h on the 9th, from 3:00 summer time; the
        # half hour left is worked on the 16th from 2:00, 6:00 UTC
        (NEW_YORK, working_time(NEW_YORK, {6: "2-4"}), "2025-03-08 12:00", 1.5, "2025-03-16 06:30"),
    ],
)
def test_daylight_saving(zone, work, opened, hours, expected_utc):
    assert deadline(opened, hours, work, zone) == datetime.fromisoformat(expected_utc)


# ----------------------------------------------------------------------
# Several intervals a day, hours that change, days with hours of their own
# ----------------------------------------------------------------------

# 9 h on weekdays, 3 h on Saturday
SHIFTS = working_time(
    "Asia/Shanghai", dict.fromkeys(range(5), "8:30-11:30, 13-17, 19-21") | {5: "9-12"}
)
SATURDAYS = working_time(
    "Asia/Shanghai", OFFICE_WEEK, changes=[(date(2026, 3, 1), OFFICE_WEEK | {5: "9-12"})]
)
SUMMER = working_time(
    "Asia/Shanghai",
    OFFICE_WEEK,
    changes=[
        # In any order.
        (date(2026, 9, 1), OFFICE_WEEK),
        (date(2026, 7, 1), dict.fromkeys(range(5), "8-12, 13-16")),
    ],
)
SHORT_SATURDAY = working_time(
    "Asia/Shanghai", OFFICE_WEEK, own_hours={date(2026, 3, 14): "10:00-15:00"}
)


@pytest.mark.parametrize(
    ("work", "opened", "hours", "expected"),
    [
        # 0:30 in the morning, 4 h in the afternoon, 1:30 in the evening
        (SHIFTS, "2026-03-02 11:00", 6, "2026-03-02 20:30"),
        # 1 h on Friday evening, 3 h on Saturday, 1 h on Monday
        (SHIFTS, "2026-03-06 20:00", 5, "2026-03-09 09:30"),
        # closing time of Tuesday: 9 h on Wednesday, 1 h on Thursday
        (SHIFTS, "2026-03-03 21:00", 10, "2026-03-05 09:30"),
        # between morning and afternoon
        (SHIFTS, "2026-03-03 12:00", 4, "2026-03-03 17:00"),
        # 1:30 on Saturday, 9 h on Monday, 1:30 on Tuesday
        (SHIFTS, "2026-03-07 10:30", 12, "2026-03-10 10:00"),
        # Saturdays from 1 March 2026 on: 28 February is none of them
        (SATURDAYS, "2026-02-27 17:00", 2, "2026-03-02 10:00"),
        # 7 March is
        (SATURDAYS, "2026-03-06 17:00", 2, "2026-03-07 10:00"),
        # 8 h on Friday, 40 h in the week, 3 h on Saturday the 7th, 1 h on Monday
        (SATURDAYS, "2026-02-27 09:00", 52, "2026-03-09 10:00"),
        # Summer hours from 1 July: 1 h on Tuesday, 1 h from 8:00 on Wednesday
        (SUMMER, "2026-06-30 17:00", 2, "2026-07-01 09:00"),
        # and back on 1 September: 1 h to 16:00 on Monday, 1 h from 9:00 on Tuesday
        (SUMMER, "2026-08-31 15:00", 2, "2026-09-01 10:00"),
        # 45 days of 7 h in July and August (23 + 21 weekdays are 44), 7 h on 1 September: 3 h
        # to noon, 4 h after lunch
        (SUMMER, "2026-07-01 08:00", 315, "2026-09-01 17:00"),
        # 14 March is worked from 10 to 15: 1 h on Friday, 3 h on Saturday
        (SHORT_SATURDAY, "2026-03-13 17:00", 4, "2026-03-14 13:00"),
        # 1 h on Friday, 5 h on Saturday, 1 h on Monday
        (SHORT_SATURDAY, "2026-03-13 17:00", 7, "2026-03-16 10:00"),
    ],
)
def test_intervals_and_changes(work, opened, hours, expected):
    assert deadline(opened, hours, work) == utc(expected)


def test_own_hours_replace_those_of_the_week():
    """Wednesday 18 March 2026 from 14 to 16 only: Tuesday 17:00 + 1 h, 2 h, Thursday 1 h."""
    work = working_time("Asia/Shanghai", OFFICE_WEEK, own_hours={date(2026, 3, 18): "14-16"})
    assert deadline("2026-03-17 17:00", 4, work) == utc("2026-03-19 10:00")


def test_a_day_off_wins_over_a_make_up_day():
    saturday = date(2026, 3, 14)
    work = working_time("Asia/Shanghai", OFFICE_WEEK, [saturday], {saturday: OFFICE})
    assert deadline("2026-03-13 17:00", 4, work) == utc("2026-03-16 12:00")


def test_a_later_change_leaves_what_was_counted():
    """Whatever hours count from 1 March on, those of February stay."""
    plain = working_time("Asia/Shanghai", OFFICE_WEEK)
    span = utc("2026-01-05 09:00"), utc("2026-03-01 00:00")
    assert SATURDAYS.intervals(*span) == plain.intervals(*span)
    later = utc("2026-04-01 00:00")
    # 7, 14, 21, 28 March
    assert SATURDAYS.worked(span[0], later) - plain.worked(span[0], later) == 4 * 3 * HOUR


# ----------------------------------------------------------------------
# What must hold for any
# ----------------------------------------------------------------------

SECOND = st.integers(0, 60)
INTERVALS = st.lists(st.tuples(SECOND, SECOND).map(lambda pair: tuple(sorted(pair))), max_size=8)


def seconds(intervals):
    return {second for start, stop in intervals for second in range(start, stop)}


@given(INTERVALS, INTERVALS)
def test_cutting_is_the_difference_of_sets(intervals, holes):
    left = special_days.cut(intervals, holes)
    assert seconds(left) == seconds(intervals) - seconds(holes)
    assert left == merge(left)


@given(INTERVALS, st.lists(st.tuples(st.integers(0, 5), INTERVALS), max_size=4))
def test_replaced_days_have_their_own_hours_only(intervals, days):
    bounds = {
        (10 * number, 10 * number + 10): special_days.clip(hours, 10 * number, 10 * number + 10)
        for number, hours in days
    }
    result = seconds(special_days.replace_days(intervals, bounds))
    for (start, stop), hours in bounds.items():
        assert result & set(range(start, stop)) == seconds(hours)
    outside = set(range(61)) - seconds(bounds)
    assert result & outside == seconds(intervals) & outside


@given(st.lists(st.tuples(st.integers(-10, 70), st.integers(1, 9)), unique_by=lambda c: c[0]))
def test_each_moment_counts_by_the_hours_in_force(changes):
    found = special_days.pieces(0, 60, 0, changes)
    for second in range(60):
        [used] = [hours for start, stop, hours in found if start <= second < stop]
        past = [change for change in changes if change[0] <= second]
        assert used == (max(past)[1] if past else 0)


@given(
    st.lists(st.integers(0, 24 * 60), min_size=2, max_size=10, unique=True).map(
        lambda minutes: sorted(minutes)[: len(minutes) // 2 * 2]
    )
)
def test_hours_are_read_as_they_are_written(minutes):
    spans = [(a * 60, b * 60) for a, b in zip(minutes[::2], minutes[1::2], strict=True)]
    assert special_days.parse_hours(special_days.format_hours(spans)) == tuple(spans)


@pytest.mark.parametrize(
    "text",
    [
        "9:00-12:00,13:00-18:00",
        "9-12 13-18",
        " 09:00 - 12:00; 13:00~18:00",
        "9-9:30, 9:30-12, 13-18",
    ]
    # full-width digits, colons and commas; a Chinese word for "to"
    + ["\uff19\uff1a00\u201412\uff1a00\uff0c13:00\u81f318:00", "13-18\u30019-12"],
)
def test_hours_as_people_write_them(text):
    assert special_days.parse_hours(text) == ((32400, 43200), (46800, 64800))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", ""),
        ("all day", "allday"),
        ("9", "9"),
        ("12-9", "12:00-9:00"),
        ("9-9", "9:00-9:00"),
        ("9-25", "9:00-25:00"),
        ("9:75-12", "9:75-12:00"),
        ("9-12, 11-13", "11:00-12:00"),
        ("9-12 and lunch", "andlunch"),
    ],
)
def test_what_is_no_hours_is_named(text, wrong):
    with pytest.raises(ValueError, match=f"^{wrong}$"):
        special_days.parse_hours(text)


@given(st.integers(0, 400), st.sampled_from([BERLIN, NEW_YORK, "Asia/Shanghai"]))
def test_days_follow_each_other(number, zone):
    """No second is in two days or in none, and days have 23 to 25 hours."""
    zone = pytz.timezone(zone)
    day = date(2025, 1, 1) + timedelta(days=number)
    start, stop = special_days.day_bounds(day, zone)
    assert stop == special_days.day_bounds(day + timedelta(days=1), zone)[0]
    assert (stop - start) // HOUR in (23, 24, 25)
    assert to_seconds(to_moment(start)) == start
