"""Breakage: life tables worked by hand, what must hold for any history, and whether the interval
holds what it promises."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from odoo.addons.loyalty_service.engine.breakage import (
    ENTERED,
    EXPIRED,
    LEAST_CLIENTS,
    OPEN,
    REMOVED,
    USED,
    Cell,
    measure,
)


def repeat(history, clients=LEAST_CLIENTS, over=True):
    """Return the cells of many clients with the same ``(what, months, points)``."""
    return [Cell(client, *cell, over) for client in range(clients) for cell in history]


def test_a_life_table_by_hand():
    """Of 200 points, 20 are used with 2 months to go, 30 with 1, and 60 in the last month.

    Hazards 20/200, 30/180, 60/150; kept 0.9 x 5/6 x 0.6 = 0.45 of what was given, which is the 90
    that expire.
    """
    found = measure(
        repeat([(ENTERED, 2, 200), (USED, 2, 20), (USED, 1, 30), (USED, 0, 60), (EXPIRED, 0, 90)])
    )
    assert found.factors == pytest.approx([1, 0.6, 0.6 * 5 / 6, 0.45])
    assert found.share.value == pytest.approx(0.45)
    assert found.matured.value == pytest.approx(90 / 200)
    assert found.matured_points == 200 * LEAST_CLIENTS


def test_a_shorter_lot_enters_late():
    """100 points with 2 months to go, 100 more with 1 to go; 40 of all 200 used then, none later.

    Kept: 1 - 40/200 = 0.8, of both.
    """
    found = measure(
        repeat([(ENTERED, 2, 100), (ENTERED, 1, 100), (USED, 1, 40), (EXPIRED, 0, 160)])
    )
    assert found.factors == pytest.approx([1, 1, 0.8, 0.8])
    assert found.share.value == pytest.approx(0.8)


def test_points_taken_back_say_nothing():
    """100 points given, 50 of them taken back with 1 month to go, 25 of the others used at last.

    They count as at risk before (of 100, 10 are used) and not in the month itself.
    """
    found = measure(
        repeat(
            [
                (ENTERED, 2, 100),
                (USED, 2, 10),
                (REMOVED, 1, 50),
                (USED, 0, 20),
                (EXPIRED, 0, 20),
            ]
        )
    )
    assert found.factors == pytest.approx([1, 0.5, 0.5, 0.45])


def test_young_lots_teach_what_they_have_lived_through():
    """Old lots were never used with 1 month to go; of the young ones, half, in the last month.

    At risk with 1 to go: 100 old and 100 young. The young have not come to their last month.
    """
    cells = repeat([(ENTERED, 1, 100), (EXPIRED, 0, 100)])
    cells += repeat([(ENTERED, 1, 100), (USED, 1, 50), (OPEN, 1, 50)], over=False)
    found = measure(cells)
    assert found.factors == pytest.approx([1, 1, 0.75])
    assert found.matured.value == 1


def test_a_month_that_nobody_has_seen_gets_the_average():
    """Lots of 3 months, but those with 1 to go are still to come, or were over before.

    Old: given in the last month, 40 of 100 used. Young: given with 2 to go, 60 of 100 used.
    Average of what is known: 100 of 200.
    """
    cells = repeat([(ENTERED, 0, 100), (USED, 0, 40), (EXPIRED, 0, 60)])
    cells += repeat([(ENTERED, 2, 100), (USED, 2, 60), (OPEN, 2, 40)], over=False)
    assert measure(cells).factors == pytest.approx([1, 0.6, 0.6 * 0.5, 0.6 * 0.5 * 0.4])


def test_too_few_clients_and_none_at_all():
    history = [(ENTERED, 1, 100), (USED, 0, 50), (EXPIRED, 0, 50)]
    few = measure(repeat(history, LEAST_CLIENTS - 1))
    assert few.share is None
    assert few.expect([(1, 100)]) is None
    assert few.matured.value == 0.5
    none = measure([])
    assert (none.clients, none.share, none.matured, none.matured_points) == (0, None, None, 0)


def test_what_is_expected_of_open_points():
    found = measure(repeat([(ENTERED, 1, 100), (USED, 1, 20), (USED, 0, 40), (EXPIRED, 0, 40)]))
    # Kept in the last month: 40 of 80; in both: 0.4. Of lapsed points all, of others none.
    assert found.expect([(1, 10), (2, 100), (0, 3), (None, 1000)]).value == pytest.approx(48)
    # A longer way than any that was seen: as the longest.
    assert found.expect([(9, 100)]).value == pytest.approx(40)


lots = st.tuples(
    st.integers(0, 5),  # months to go when given
    st.lists(st.floats(0, 1), min_size=6, max_size=6),  # part used of what is there
    st.integers(0, 5),  # cut-off, months to go
    st.integers(1, 500),
)


def lived(client, lot):
    """Yield the cells of a lot, as far as it has lived."""
    start, parts, cutoff, points = lot
    yield Cell(client, ENTERED, start, points, cutoff == 0)
    left = float(points)
    for months in range(start, min(cutoff, start) - 1, -1):
        yield Cell(client, USED, months, left * parts[months], cutoff == 0)
        left -= left * parts[months]
    if cutoff == 0:
        yield Cell(client, EXPIRED, 0, left, True)
    else:
        yield Cell(client, OPEN, min(cutoff, start), left)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(lots, min_size=1, max_size=3), max_size=30))
def test_any_history_gives_shares(clients):
    cells = [
        cell for client, owned in enumerate(clients) for lot in owned for cell in lived(client, lot)
    ]
    found = measure(cells, resamples=30)
    assert all(0 <= factor <= 1 for factor in found.factors)
    # The longer the way, the less is left at its end.
    assert all(later <= sooner + 1e-12 for sooner, later in pairwise(found.factors))
    for interval in (found.share, found.matured):
        if interval:
            assert 0 <= interval.low <= interval.value <= interval.high <= 1


@settings(max_examples=60, deadline=None)
@given(st.lists(lots.map(lambda lot: (4, lot[1], 0, lot[3])), min_size=1, max_size=30))
def test_where_all_lots_are_over_the_life_table_is_the_plain_share(owned):
    cells = [cell for client, lot in enumerate(owned) for cell in lived(client, lot)]
    found = measure(cells, resamples=2)
    expired = sum(cell.points for cell in cells if cell.what == EXPIRED)
    given_ = sum(cell.points for cell in cells if cell.what == ENTERED)
    assert found.factors[5] == pytest.approx(expired / given_, abs=1e-9)
    assert found.matured.value == pytest.approx(expired / given_, abs=1e-9)


def test_the_product_limit_agrees_with_scipy():
    """One point a client, and heads are points: Kaplan and Meier as scipy has it."""
    generator = np.random.default_rng(5)
    used_after = generator.integers(1, 9, 300)  # months lived before it is used
    seen_for = generator.integers(1, 7, 300)  # months until the cut-off
    cells = []
    for client, (used, seen) in enumerate(zip(used_after, seen_for, strict=True)):
        cells.append(Cell(client, ENTERED, 5, 1))
        if used <= seen and used <= 6:
            cells.append(Cell(client, USED, 6 - used, 1))
        elif seen < 6:
            cells.append(Cell(client, OPEN, 6 - seen, 1))
        else:
            cells.append(Cell(client, EXPIRED, 0, 1, True))
    happened = used_after <= np.minimum(seen_for, 6)
    sample = stats.CensoredData(
        uncensored=used_after[happened], right=np.minimum(seen_for, 6)[~happened]
    )
    expected = stats.ecdf(sample).sf.evaluate(6)
    assert measure(cells, resamples=2).factors[6] == pytest.approx(expected)


def test_the_interval_holds_what_it_promises():
    """In 200 firms of 60 clients each, the true share lies in nearly 95 of 100 intervals.

    Each client keeps a share of its own (0 to 1, on average a half) of several lots: with heads
    of lots instead of clients the interval would be far too narrow.
    """
    generator = np.random.default_rng(11)
    hits = 0
    for firm in range(200):
        cells = []
        for client, keeps in enumerate(generator.beta(2, 2, 60)):
            for points in generator.integers(50, 150, 4):
                kept = generator.binomial(points, keeps)
                cells += [
                    Cell(client, ENTERED, 3, points, True),
                    Cell(client, USED, 1, points - kept, True),
                    Cell(client, EXPIRED, 0, kept, True),
                ]
        share = measure(cells, resamples=200, seed=firm).share
        hits += share.low <= 0.5 <= share.high
    assert 0.90 <= hits / 200 <= 0.99
