"""Working hours as they were: by hand, and against a history that keeps everything."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.loyalty_service_sla.engine import clock as engine
from odoo.addons.loyalty_service_sla.engine.past_hours import (
    History,
    Hours,
    add_change,
    difference,
    pack,
    replay,
    split,
    stretches,
    toggle,
    unpack,
)
from odoo.addons.loyalty_service_sla.engine.working_time import (
    EPOCH,
    STRETCH,
    merge,
    to_moment,
)

HOUR = 3600


def loader(work):
    """Return the load function of a calendar with such intervals, for a WorkingTime."""
    return lambda number: split(work, [number])[number]


def clock_time(hour):
    return EPOCH + timedelta(hours=hour)


def test_by_hand():
    """9-17 at first; at 20:00 it turns out that 12-17 was no working time."""
    before, after = [(9 * HOUR, 17 * HOUR)], [(9 * HOUR, 12 * HOUR)]
    kept = difference(split(before, [0]), split(after, [0]))
    hours = Hours(loader(after), clock_time(20), lambda: [(clock_time(20), kept)])
    day = (clock_time(0), clock_time(24))
    assert hours.at(clock_time(18)).worked(*day) == 8 * HOUR
    assert hours.at(clock_time(20)).worked(*day) == 8 * HOUR, "what ended by then was told so"
    assert hours.at(clock_time(21)).worked(*day) == 3 * HOUR
    assert hours.at().worked(*day) == 3 * HOUR
    assert hours.changed_since(clock_time(20)) and not hours.changed_since(clock_time(21))


def test_a_clock_that_ended_keeps_its_hours():
    """Promised 6 h at 9:00, closed at 18:00: 8 h used, 2 over. Without the afternoon: 3 h used."""
    before, after = [(9 * HOUR, 17 * HOUR)], [(9 * HOUR, 12 * HOUR)]
    kept = difference(split(before, [0]), split(after, [0]))
    past = [(clock_time(20), kept)]
    history = History({1: Hours(loader(after), clock_time(20), lambda: past)})
    promise = engine.Promise(1, {engine.RESOLUTION: 6 * HOUR})
    opened = engine.Entry(clock_time(9), engine.OPENED, promise)
    closed = replay(
        engine.RESOLUTION, [opened, engine.Entry(clock_time(18), engine.CLOSED)], history
    )
    assert (closed.state, closed.elapsed, closed.overrun) == (engine.MISSED, 8 * HOUR, 2 * HOUR)
    assert closed.breach == clock_time(15)
    later = replay(
        engine.RESOLUTION, [opened, engine.Entry(clock_time(21), engine.CLOSED)], history
    )
    assert (later.state, later.elapsed) == (engine.MET, 3 * HOUR)


def test_an_interval_over_the_border_of_stretches():
    work = [(STRETCH - 5, STRETCH + 7)]
    assert split(work, range(0, 3)) == {
        0: [(STRETCH - 5, STRETCH)],
        1: [(STRETCH, STRETCH + 7)],
        2: [],
    }
    assert list(stretches(to_moment(5), to_moment(STRETCH))) == [0, 1]


def test_the_past_is_not_read_for_what_is_open():
    """Nor for what ended after the last change."""

    def refuse():
        raise AssertionError("read")

    hours = Hours(loader([(9 * HOUR, 17 * HOUR)]), clock_time(20), refuse)
    assert hours.at().worked(clock_time(0), clock_time(24)) == 8 * HOUR
    assert hours.at(clock_time(21)).worked(clock_time(0), clock_time(24)) == 8 * HOUR
    assert hours.changed_since(clock_time(19))


def test_changes_of_one_second_are_one():
    """What was before the first of them counts; another second is another change."""
    first = add_change([], 7, {0: [1, 1]})
    assert add_change(first, 7, {0: [5, 5], 3: [2, 2]}) == [[7, {0: [1, 1, 3, 5], 3: [2, 2]}]]
    assert add_change(first, 8, {0: [5, 5]}) == [[7, {0: [1, 1]}], [8, {0: [5, 5]}]]
    assert add_change(first, 7, {0: [1, 1]}) == [[7, {}]], "turned back"
    assert first == [[7, {0: [1, 1]}]], "as it was"


SECONDS = st.integers(0, 4 * STRETCH - 1)
WORK = st.lists(st.tuples(SECONDS, SECONDS), max_size=6).map(
    lambda pairs: merge((min(pair), max(pair)) for pair in pairs)
)


@given(WORK)
def test_packed_and_unpacked(work):
    for number, inside in split(work, range(0, 4)).items():
        assert unpack(number, pack(number, inside)) == inside


@given(st.lists(WORK, min_size=1, max_size=5), st.data())
def test_as_it_was_at_any_moment(versions, data):
    """Only what a change made different is kept, and yet every version comes back whole."""
    gaps = data.draw(
        st.lists(st.integers(0, STRETCH), min_size=len(versions) - 1, max_size=len(versions) - 1)
    )
    changes = [EPOCH + timedelta(seconds=sum(gaps[: place + 1])) for place in range(len(gaps))]
    numbers = range(0, 4)
    past = [
        (moment, difference(split(before, numbers), split(after, numbers)))
        for moment, before, after in zip(changes, versions, versions[1:], strict=False)
    ]
    hours = Hours(loader(versions[-1]), max(changes, default=None), lambda: past)
    span = (EPOCH, to_moment(4 * STRETCH - 1))
    moment = EPOCH + timedelta(seconds=data.draw(st.integers(0, 5 * STRETCH)))
    then = versions[sum(change < moment for change in changes)]
    assert hours.at(moment).intervals(*span) == [
        (to_moment(start), to_moment(stop)) for start, stop in then
    ]
    assert hours.at().worked(datetime(1970, 1, 1), span[1]) == sum(
        min(stop, 4 * STRETCH - 1) - start for start, stop in versions[-1]
    )


@given(st.lists(WORK, min_size=3, max_size=3), st.integers(0, 3))
def test_two_changes_of_one_second_give_the_first_version(versions, number):
    first, second, third = (split(work, range(0, 4)) for work in versions)
    past = add_change([], 7, difference(first, second))
    [[_second, kept]] = add_change(past, 7, difference(second, third))
    hours = Hours(loader(versions[2]), to_moment(7), lambda: [(to_moment(7), kept)])
    span = (to_moment(number * STRETCH), to_moment((number + 1) * STRETCH - 1))
    whole = Hours(loader(versions[0]))
    assert hours.at(to_moment(7)).intervals(*span) == whole.at().intervals(*span)


@given(WORK, WORK)
def test_turned_twice_is_not_turned(one, other):
    assert toggle(other, toggle(other, one)) == one
    assert toggle(one, one) == []


@given(WORK, WORK, WORK)
def test_what_did_not_change_need_not_be_compared(same, before, after):
    """Of a week in which one day was changed, comparing that day alone says as much."""
    rest = [piece for piece in same if not any(_overlap(piece, other) for other in before + after)]
    whole = [merge(rest + work) for work in (before, after)]
    assert difference(*(split(work, range(0, 4)) for work in whole)) == difference(
        *(split(work, range(0, 4)) for work in (before, after))
    )


def _overlap(one, other):
    return one[0] < other[1] and other[0] < one[1]
