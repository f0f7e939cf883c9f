"""The next answer, dated deliveries, pauses with a reason and corrected promises, by hand.

The firm works Monday to Friday, 9:00-12:00 and 13:00-18:00 in Shanghai; 2 March 2026 is a Monday.
"""

import pytest

from odoo.addons.loyalty_service_sla.engine import clock as engine
from odoo.addons.loyalty_service_sla.engine.clock import Entry, Promise

from .test_sla_clock import FIRM, HOUR, utc

CALENDARS = {"firm": FIRM}


def tell(target, hours, *story, now=None):
    """Return clock and deadline after a story of ``(moment, kind, [due or reason])``.

    What is not a delivery is promised at the opening on Monday 9:00.
    """
    entries = [Entry(utc("2026-03-02 09:00"), "opened", Promise("firm", {target: hours * HOUR}))]
    for when, kind, *more in story:
        due = utc(more[0]) if kind in ("delivery", "complaint") and more[0] else None
        reason = more[0] if kind == "pause" and more else None
        entries.append(Entry(utc(when), kind, due=due, reason=reason))
    clock = engine.replay(target, entries, CALENDARS, now and utc(now))
    return clock, engine.deadline(clock, CALENDARS)


# ----------------------------------------------------------------------
# The next answer
# ----------------------------------------------------------------------

ANSWERED = ("2026-03-02 10:00", "response")


@pytest.mark.parametrize(
    ("wrote", "hours", "deadline"),
    [
        # in the morning
        ("2026-03-03 09:30", 2, "2026-03-03 11:30"),
        # over lunch: 1 h before, 1 h after
        ("2026-03-03 11:00", 2, "2026-03-03 14:00"),
        # in the evening: counts from the next morning
        ("2026-03-03 20:00", 2, "2026-03-04 11:00"),
        # over the weekend: 1 h on Friday, 3 h on Monday
        ("2026-03-06 17:00", 4, "2026-03-09 12:00"),
        # on Sunday
        ("2026-03-08 12:00", 8, "2026-03-09 18:00"),
        # at lunch
        ("2026-03-04 12:30", 5, "2026-03-04 18:00"),
        # two working days and a half: Tuesday 4 h after 14:00, Wednesday 8, Thursday 8 of 20
        ("2026-03-03 14:00", 20, "2026-03-05 18:00"),
    ],
)
def test_the_next_answer_counts_from_the_message(wrote, hours, deadline):
    clock, due = tell("next_response", hours, ANSWERED, (wrote, "customer_reply"))
    assert (clock.state, clock.waits, clock.started) == ("running", 1, utc(wrote))
    assert due == utc(deadline)


def test_before_the_first_answer_nobody_waits_for_the_next():
    clock, due = tell("next_response", 2, ("2026-03-02 09:30", "customer_reply"))
    assert (clock.state, clock.waits, due) == ("new", 0, None)


def test_after_an_answer_nobody_waits():
    clock, due = tell("next_response", 2, ANSWERED)
    assert (clock.state, clock.waits, due) == ("idle", 0, None)


def test_several_messages_are_one_wait_from_the_first():
    """The client writes at 13:30 and 15:00: 2 h from the first are 15:30."""
    clock, due = tell(
        "next_response",
        2,
        ANSWERED,
        ("2026-03-02 13:30", "customer_reply"),
        ("2026-03-02 15:00", "customer_reply"),
    )
    assert (clock.waits, due) == (1, utc("2026-03-02 15:30"))


def test_each_wait_has_the_whole_time():
    clock, due = tell(
        "next_response",
        2,
        ANSWERED,
        ("2026-03-02 13:00", "customer_reply"),
        ("2026-03-02 14:30", "response"),
        ("2026-03-02 16:00", "customer_reply"),
    )
    assert (clock.waits, clock.elapsed, clock.late_waits) == (2, 0, 0)
    assert due == utc("2026-03-02 18:00")


def test_a_wait_that_was_too_long_stays_counted():
    """2 h from 13:00 end at 15:00: the answer at 16:00 is an hour late, the next one in time."""
    story = [
        ANSWERED,
        ("2026-03-02 13:00", "customer_reply"),
        ("2026-03-02 16:00", "response"),
    ]
    late, _ = tell("next_response", 2, *story)
    assert (late.state, late.overrun, late.late_waits) == ("missed", HOUR, 1)
    again = [*story, ("2026-03-03 09:00", "customer_reply"), ("2026-03-03 09:20", "response")]
    clock, _ = tell("next_response", 2, *again)
    assert (clock.state, clock.breach, clock.late_waits, clock.waits) == ("met", None, 1, 2)
    assert (clock.elapsed, clock.finished) == (20 * 60, utc("2026-03-03 09:20"))


def test_closed_with_a_question_open_and_reopened():
    """1 h of 2 is used at 14:00; reopened on Tuesday 9:00 the other one ends at 10:00."""
    story = [ANSWERED, ("2026-03-02 13:00", "customer_reply"), ("2026-03-02 14:00", "closed")]
    closed, _ = tell("next_response", 2, *story)
    assert (closed.state, closed.elapsed) == ("stopped", HOUR)
    clock, due = tell("next_response", 2, *story, ("2026-03-03 09:00", "reopened"))
    assert (clock.waits, due) == (1, utc("2026-03-03 10:00"))


def test_thanks_after_closing_start_no_wait():
    story = [ANSWERED, ("2026-03-02 11:00", "closed"), ("2026-03-02 13:00", "afterword")]
    clock, due = tell("next_response", 2, *story)
    assert (clock.state, due) == ("idle", None)


# ----------------------------------------------------------------------
# Deliveries
# ----------------------------------------------------------------------


def test_a_delivery_is_due_on_its_date():
    """A Saturday night: no working hours are needed for a date."""
    clock, due = tell("delivery", 0, ("2026-03-02 10:00", "delivery", "2026-03-07 23:00"))
    assert (clock.state, due) == ("running", utc("2026-03-07 23:00"))
    # five days and 13 hours
    assert clock.seconds == (5 * 24 + 13) * HOUR


@pytest.mark.parametrize(
    ("when", "kind", "state"),
    [
        ("2026-03-05 12:00", "delivered", "met"),
        ("2026-03-05 12:00:01", "delivered", "missed"),
        ("2026-03-05 12:00", "closed", "met"),
        ("2026-03-06 09:00", "closed", "missed"),
    ],
)
def test_delivered_by_delivering_or_closing(when, kind, state):
    clock, _ = tell(
        "delivery", 0, ("2026-03-02 10:00", "delivery", "2026-03-05 12:00"), (when, kind)
    )
    assert (clock.state, clock.finished) == (state, utc(when))


def test_another_date_takes_the_place_of_the_one_before():
    story = [
        ("2026-03-02 10:00", "delivery", "2026-03-05 12:00"),
        ("2026-03-04 10:00", "delivery", "2026-03-10 18:00"),
    ]
    clock, due = tell("delivery", 0, *story)
    assert (clock.waits, due) == (1, utc("2026-03-10 18:00"))


def test_an_earlier_date():
    story = [
        ("2026-03-02 10:00", "delivery", "2026-03-09 12:00"),
        ("2026-03-04 10:00", "delivery", "2026-03-05 12:00"),
    ]
    assert tell("delivery", 0, *story)[1] == utc("2026-03-05 12:00")


AFTER_A_MISS = (
    ("2026-03-02 10:00", "delivery", "2026-03-03 10:00"),
    ("2026-03-04 10:00", "delivery", "2026-03-06 10:00"),
)


def test_a_date_after_a_miss_is_a_promise_of_its_own():
    """The first one stays missed; the second one is watched like any other."""
    clock, due = tell("delivery", 0, *AFTER_A_MISS)
    assert (clock.state, clock.waits, clock.late_waits) == ("running", 2, 1)
    assert (clock.breach, due) == (None, utc("2026-03-06 10:00"))


@pytest.mark.parametrize(
    ("delivered", "state", "late"),
    [("2026-03-05 10:00", "met", 1), ("2026-03-06 11:00", "missed", 2)],
)
def test_a_date_after_a_miss_is_kept_or_missed(delivered, state, late):
    clock, _due = tell("delivery", 0, *AFTER_A_MISS, (delivered, "delivered"))
    assert (clock.state, clock.late_waits) == (state, late)


def test_a_missed_date_that_is_promised_no_more_stays_missed():
    story = [("2026-03-02 10:00", "delivery", "2026-03-03 10:00")]
    clock, due = tell("delivery", 0, *story, ("2026-03-04 10:00", "delivery", None))
    assert (clock.state, clock.breach, due) == ("missed", utc("2026-03-03 10:00"), None)
    assert clock.finished == utc("2026-03-04 10:00")


@pytest.mark.parametrize("until", ["2026-03-03 09:00", "2026-03-05 09:00"])
def test_what_is_delivered_is_not_taken_back(until):
    """Delivered in time or late: what is promised no more afterwards changes nothing of it."""
    story = [
        ("2026-03-02 10:00", "delivery", "2026-03-04 10:00"),
        (until, "delivered"),
    ]
    before, _due = tell("delivery", 0, *story)
    assert tell("delivery", 0, *story, ("2026-03-06 10:00", "delivery", None))[0] == before


def test_after_a_delivery_another_one():
    clock, due = tell(
        "delivery",
        0,
        ("2026-03-02 10:00", "delivery", "2026-03-03 10:00"),
        ("2026-03-03 09:00", "delivered"),
        ("2026-03-04 10:00", "delivery", "2026-03-06 10:00"),
    )
    assert (clock.state, clock.waits, due) == ("running", 2, utc("2026-03-06 10:00"))


def test_a_delivery_that_is_promised_no_more():
    clock, due = tell(
        "delivery",
        0,
        ("2026-03-02 10:00", "delivery", "2026-03-05 12:00"),
        ("2026-03-03 10:00", "delivery", None),
        now="2026-03-09 10:00",
    )
    assert (clock.seconds, clock.breach, due) == (None, None, None)


def test_a_pause_moves_no_date():
    clock, due = tell(
        "delivery",
        0,
        ("2026-03-02 10:00", "delivery", "2026-03-05 12:00"),
        ("2026-03-03 10:00", "pause", "client"),
    )
    assert (clock.state, due) == ("running", utc("2026-03-05 12:00"))


def test_reopening_does_not_promise_the_date_again():
    clock, due = tell(
        "delivery",
        0,
        ("2026-03-02 10:00", "delivery", "2026-03-05 12:00"),
        ("2026-03-04 10:00", "closed"),
        ("2026-03-09 10:00", "reopened"),
        now="2026-03-09 11:00",
    )
    assert (clock.state, clock.breach, due) == ("met", None, None)


# ----------------------------------------------------------------------
# Pauses with a reason
# ----------------------------------------------------------------------


def test_the_answer_of_the_client_ends_a_wait_for_the_client():
    """4 h of 8 used at 14:00; on Wednesday at 9:00 the client answers, 4 h more are 14:00."""
    story = [("2026-03-02 14:00", "pause", "client"), ("2026-03-04 09:00", "customer_reply")]
    clock, due = tell("resolution", 8, *story)
    assert (clock.state, clock.reason, due) == ("running", None, utc("2026-03-04 14:00"))


@pytest.mark.parametrize("reason", ["third_party", "authority", "other"])
def test_it_does_not_end_a_wait_for_somebody_else(reason):
    story = [("2026-03-02 14:00", "pause", reason), ("2026-03-04 09:00", "customer_reply")]
    clock, due = tell("resolution", 8, *story)
    assert (clock.state, clock.reason, clock.elapsed, due) == ("paused", reason, 4 * HOUR, None)
    _clock, due = tell("resolution", 8, *story, ("2026-03-05 09:00", "resume"))
    assert due == utc("2026-03-05 14:00")


def test_whoever_is_waited_for_the_client_is_answered():
    """It writes while the tax bureau is waited for: 2 h from 9:00."""
    clock, due = tell(
        "next_response",
        2,
        ANSWERED,
        ("2026-03-02 14:00", "pause", "authority"),
        ("2026-03-04 09:00", "customer_reply"),
    )
    assert (clock.state, due) == ("running", utc("2026-03-04 11:00"))


def test_first_the_client_then_the_authority():
    story = [
        ("2026-03-02 10:00", "pause", "client"),
        ("2026-03-02 11:00", "pause", "authority"),
        ("2026-03-02 15:00", "customer_reply"),
    ]
    clock, _ = tell("resolution", 8, *story)
    assert (clock.state, clock.reason, clock.elapsed) == ("paused", "authority", HOUR)
    opened = Entry(utc("2026-03-02 09:00"), "opened", Promise("firm", {"resolution": 8 * HOUR}))
    spans = engine.spans(
        "resolution",
        [
            opened,
            *(Entry(utc(row[0]), row[1], reason=row[2] if row[2:] else None) for row in story),
        ],
        CALENDARS,
        utc("2026-03-02 16:00"),
    )
    assert [(span.reason, span.seconds) for span in spans] == [
        ("counted", HOUR),
        ("paused", HOUR),
        ("authority", 5 * HOUR),
    ]


@pytest.mark.parametrize(
    ("paused", "scarce"),
    [
        # 8 h end at 18:00; a tenth are 48 minutes
        ("2026-03-02 17:11:59", False),
        ("2026-03-02 17:12", True),
        ("2026-03-02 17:59", True),
        ("2026-03-02 18:00", True),
        # too late to be just before
        ("2026-03-03 09:00", False),
    ],
)
def test_paused_just_before_the_breach(paused, scarce):
    clock, _ = tell("resolution", 8, (paused, "pause", "client"))
    assert clock.scarce_pause == (utc(paused) if scarce else None)
    later, _ = tell("resolution", 8, (paused, "pause", "client"), ("2026-03-09 09:00", "resume"))
    assert later.scarce_pause == clock.scarce_pause, "it stays noted"


# ----------------------------------------------------------------------
# Promises from the start
# ----------------------------------------------------------------------


def correct(hours, when, *story, opened=2, now=None):
    entries = [
        Entry(utc("2026-03-02 09:00"), "opened", Promise("firm", {"resolution": opened * HOUR})),
        *(Entry(utc(moment), kind) for moment, kind in story),
        Entry(utc(when), "promise", Promise("firm", {"resolution": hours * HOUR}, from_start=True)),
    ]
    return engine.replay("resolution", entries, CALENDARS, now and utc(now))


def test_a_longer_promise_from_the_start_undoes_the_breach():
    """2 h would have ended at 11:00, 8 h end at 18:00."""
    clock = correct(8, "2026-03-02 14:00", now="2026-03-02 14:00")
    assert (clock.breach, engine.deadline(clock, CALENDARS)) == (None, utc("2026-03-02 18:00"))


def test_a_shorter_promise_from_the_start_was_broken_then():
    clock = correct(1, "2026-03-02 14:00", opened=8, now="2026-03-02 14:00")
    assert clock.breach == utc("2026-03-02 10:00")


def test_it_judges_what_is_done():
    clock = correct(1, "2026-03-03 09:00", ("2026-03-02 11:00", "closed"))
    assert (clock.state, clock.breach) == ("missed", utc("2026-03-02 10:00"))


def test_the_last_correction_counts_and_what_is_promised_after_it():
    opened = Entry(utc("2026-03-02 09:00"), "opened", Promise("firm", {"resolution": HOUR}))
    story = (("11:00", 2, True), ("11:30", 4, True), ("12:00", 5, False))
    entries = [
        opened,
        *(
            Entry(
                utc(f"2026-03-02 {when}"), "promise", Promise("firm", {"resolution": h * HOUR}, f)
            )
            for when, h, f in story
        ),
    ]
    clock = engine.replay("resolution", entries, CALENDARS)
    # 3 h to 12:00, 2 h to 15:00
    assert (clock.seconds, engine.deadline(clock, CALENDARS)) == (5 * HOUR, utc("2026-03-02 15:00"))


def test_a_live_clock_cannot_go_back():
    clock = engine.replay("resolution", [Entry(utc("2026-03-02 09:00"), "opened")], CALENDARS)
    entry = Entry(utc("2026-03-02 10:00"), "promise", Promise("firm", {}, True))
    with pytest.raises(engine.OutOfOrder):
        engine.advance(clock, entry, CALENDARS)


# ----------------------------------------------------------------------
# The acknowledgement of a complaint
# ----------------------------------------------------------------------

RECEIVED = ("2026-03-06 17:00", "complaint", "2026-03-07 17:00")  # a Friday, due on Saturday


@pytest.mark.parametrize(
    ("when", "state"),
    [("2026-03-07 17:00", "met"), ("2026-03-07 17:01", "missed"), ("2026-03-09 09:00", "missed")],
)
def test_an_acknowledgement_is_due_round_the_clock(when, state):
    clock, _due = tell("acknowledgement", 0, RECEIVED, (when, "response"))
    assert clock.state == state
    assert clock.seconds == 24 * HOUR


def test_what_was_answered_before_it_was_a_complaint_acknowledges_nothing():
    story = (("2026-03-03 10:00", "response"), RECEIVED)
    clock, due = tell("acknowledgement", 0, *story)
    assert clock.state == "running"
    assert due == utc("2026-03-07 17:00")


def test_no_pause_stops_an_acknowledgement():
    story = (RECEIVED, ("2026-03-06 18:00", "pause", "third_party"))
    assert tell("acknowledgement", 0, *story)[1] == utc("2026-03-07 17:00")


def test_a_complaint_that_is_withdrawn_waits_for_nobody():
    story = (RECEIVED, ("2026-03-06 18:00", "withdrawn"))
    clock, due = tell("acknowledgement", 0, *story, now="2026-03-09 09:00")
    assert (clock.state, due, clock.late_waits) == ("idle", None, 0)
    again = ("2026-03-09 10:00", "complaint", "2026-03-10 10:00")
    clock, due = tell("acknowledgement", 0, *story, again)
    assert (clock.state, due, clock.waits) == ("running", utc("2026-03-10 10:00"), 2)


def test_a_complaint_that_is_closed_unanswered_goes_on_when_it_is_reopened():
    """One hour of 24 was used up, closed for a day: 23 hours are left."""
    story = (RECEIVED, ("2026-03-06 18:00", "closed"), ("2026-03-07 18:00", "reopened"))
    assert tell("acknowledgement", 0, *story)[1] == utc("2026-03-08 17:00")


def test_no_acknowledgement_is_promised_without_a_date():
    clock, due = tell("acknowledgement", 0, ("2026-03-06 17:00", "complaint", None))
    assert (clock.seconds, due) == (None, None)
