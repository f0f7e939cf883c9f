"""Members against comparable others: by hand, by other formulas, and in the long run."""

import csv
from collections import Counter
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from odoo.addons.loyalty_service.engine.comparison import (
    EQUAL,
    FEW,
    LEAST_CLIENTS,
    LESS,
    MORE,
    TENURE_EDGES,
    WIDE,
    Subject,
    amount_edges,
    band,
    compare,
    wilson,
)


def subjects(*counted):
    """Return subjects out of ``(member, stratum, stayed, clients)``."""
    return [
        Subject(member, number < stayed, stratum)
        for member, stratum, stayed, clients in counted
        for number in range(clients)
    ]


def test_worked_by_hand():
    """Small: 24 of 30 members, 30 of 60 others. Big: 57 of 60 members, 32 of 40 others.

    Members 81 / 90 = 0.9. Others 30/90 x 0.5 + 60/90 x 0.8 = 0.7. Without strata the others
    would have 62 / 100. Effective number 1 / ((1/3)^2 / 60 + (2/3)^2 / 40) = 77.14.
    """
    found = compare(
        subjects(
            (True, "S", 24, 30), (False, "S", 30, 60), (True, "B", 57, 60), (False, "B", 32, 40)
        )
    )
    assert (found.members.clients, found.members.value) == (90, pytest.approx(0.9))
    assert (found.others.clients, found.others.value) == (100, pytest.approx(0.7))
    low, high = wilson(0.7, 540 / 7)
    assert (found.others.low, found.others.high) == pytest.approx((low, high))
    difference, below, above = found.difference
    assert difference == pytest.approx(0.2)
    member_low, member_high = wilson(0.9, 90)
    assert below == pytest.approx(0.2 - sqrt((0.9 - member_low) ** 2 + (high - 0.7) ** 2))
    assert above == pytest.approx(0.2 + sqrt((member_high - 0.9) ** 2 + (0.7 - low) ** 2))
    assert found.verdict == MORE
    assert (found.strata, found.dropped_strata) == (2, 0)


def test_strata_of_one_side_are_left_out_and_counted():
    found = compare(
        subjects((True, "a", 30, 40), (False, "a", 30, 40), (True, "b", 7, 7), (False, "c", 0, 9))
    )
    assert (found.members.clients, found.others.clients) == (40, 40)
    assert (found.dropped_strata, found.dropped_members, found.dropped_others) == (2, 7, 9)
    assert found.difference[0] == 0
    assert found.verdict == EQUAL


def test_verdicts():
    nobody = compare(subjects((True, "a", 30, 40), (False, "b", 30, 40)))
    assert (nobody.verdict, nobody.difference) == (FEW, None)
    assert compare([]).verdict == FEW
    enough, few = LEAST_CLIENTS, LEAST_CLIENTS - 1
    assert compare(subjects((True, 1, few, few), (False, 1, 0, 500))).verdict == FEW
    assert compare(subjects((True, 1, enough, enough), (False, 1, 0, 500))).verdict == MORE
    assert compare(subjects((True, 1, 10, 90), (False, 1, 80, 90))).verdict == LESS
    assert compare(subjects((True, 1, 10, 20), (False, 1, 10, 20))).verdict == WIDE


def test_nobody_left_still_has_an_interval():
    """The textbook formula would give one of no width."""
    _value, low, high = compare(subjects((True, 1, 30, 30), (False, 1, 30, 30))).difference
    assert low < -0.05 < 0.05 < high


def test_wilson_agrees_with_scipy():
    for stayed, clients in ((0, 5), (3, 11), (40, 60), (25, 25), (1, 900)):
        other = stats.binomtest(stayed, clients).proportion_ci(method="wilson")
        assert wilson(stayed / clients, clients) == pytest.approx((other.low, other.high))


def test_bands():
    assert amount_edges([]) == []
    assert amount_edges([5] * 10) == [5]
    assert amount_edges(range(180)) == [60, 120]
    assert len(amount_edges(range(10_000))) == 4
    assert [band(amount, [60, 120]) for amount in (0, 59.9, 60, 120, 999)] == [0, 0, 1, 2, 2]
    assert [band(days, TENURE_EDGES) for days in (-1, 364, 365, 1094, 1095)] == [0, 0, 1, 1, 2]


people = st.lists(st.builds(Subject, st.booleans(), st.booleans(), st.integers(0, 4)), max_size=120)


@settings(max_examples=80, deadline=None)
@given(people)
def test_any_clients_give_sound_figures(everybody):
    found = compare(everybody)
    compared = found.members.clients + found.others.clients if found.members else 0
    assert compared + found.dropped_members + found.dropped_others == len(everybody)
    if found.difference:
        value, low, high = found.difference
        assert -1 - 1e-9 <= low <= value <= high <= 1 + 1e-9
        for rate in (found.members, found.others):
            assert 0 <= rate.low <= rate.value <= rate.high <= 1


@settings(max_examples=40, deadline=None)
@given(people)
def test_two_sides_that_are_alike_do_not_differ(everybody):
    """Each client once as a member and once as another: no difference, whatever the strata."""
    twice = [subject._replace(is_member=side) for subject in everybody for side in (True, False)]
    found = compare(twice)
    assert found.dropped_strata == 0
    if found.difference:
        assert found.difference[0] == pytest.approx(0, abs=1e-9)


def test_the_interval_holds_what_it_promises():
    """In 400 firms of 45 members and 75 others, uneven over the strata, with rates near 100 %."""
    generator = np.random.default_rng(3)
    hits = 0
    for _firm in range(400):
        counted = []
        for stratum, members, others, stay, effect in (
            ("small", 10, 40, 0.75, 0.10),
            ("middle", 15, 20, 0.85, 0.10),
            ("big", 20, 15, 0.90, 0.07),
        ):
            counted.append((True, stratum, generator.binomial(members, stay + effect), members))
            counted.append((False, stratum, generator.binomial(others, stay), others))
        true = (10 * 0.10 + 15 * 0.10 + 20 * 0.07) / 45
        _value, low, high = compare(subjects(*counted)).difference
        hits += low <= true <= high
    assert 0.93 <= hits / 400 <= 0.99


# ----------------------------------------------------------------------
# Real clients: see data/README.md
# ----------------------------------------------------------------------


def test_on_real_clients():
    """Telecom clients: those who booked support against comparable others.

    The plain difference of retention says 16.0 points, since who books support is of another
    kind; among clients who pay as much for as long a good part of it is gone. Both figures and
    the interval are worked out here again, from the file, in another way.
    """
    with (Path(__file__).parent / "data" / "telco_support.csv").open(newline="") as file:
        rows = [
            (
                row["support"] == "Yes",
                row["churn"] == "No",
                float(row["monthly"]),
                int(row["tenure"]),
            )
            for row in csv.DictReader(file)
        ]
    edges = amount_edges([monthly for _support, _stayed, monthly, _tenure in rows])
    found = compare(
        Subject(support, stayed, (band(monthly, edges), band(tenure * 30.4, TENURE_EDGES)))
        for support, stayed, monthly, tenure in rows
    )
    # The same by numpy: a table of strata, weights, the large-sample variance.
    support, stayed, monthly, tenure = (np.array(column) for column in zip(*rows, strict=True))
    stratum = 3 * np.searchsorted(edges, monthly, side="right") + np.searchsorted(
        TENURE_EDGES, tenure * 30.4, side="right"
    )
    size = {side: np.bincount(stratum[support == side], minlength=15) for side in (True, False)}
    kept = {
        side: np.bincount(stratum[(support == side) & stayed], minlength=15)
        for side in (True, False)
    }
    both = (size[True] > 0) & (size[False] > 0)
    n1, n0 = size[True][both], size[False][both]
    p1, p0 = kept[True][both] / n1, kept[False][both] / n0
    weight = n1 / n1.sum()
    difference = float(weight @ (p1 - p0))
    error = sqrt(float(weight**2 @ (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)))
    assert found.difference[0] == pytest.approx(difference)
    assert found.difference[1] == pytest.approx(difference - 1.96 * error, abs=0.004)
    assert found.difference[2] == pytest.approx(difference + 1.96 * error, abs=0.004)
    assert found.members.clients == n1.sum()
    assert found.strata == both.sum()
    plain = Counter((side, kept_) for side, kept_ in zip(support, stayed, strict=True))
    naive = plain[True, True] / sum(support) - plain[False, True] / sum(~support)
    assert naive == pytest.approx(0.1602, abs=0.001)
    assert found.verdict == MORE
    assert 0 < found.difference[0] < naive
