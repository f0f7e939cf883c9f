"""How often one may ask, worked by hand and against the definition."""

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.loyalty_service_sla.engine.rate import Rate, per_process


def test_the_window_slides():
    rate = Rate(3, 10)
    assert [rate.allows("a", second) for second in (0, 1, 2, 3, 9.9, 10, 11, 11.5)] == [
        True,
        True,
        True,
        False,  # three within ten seconds
        False,
        True,  # that of second 0 is ten seconds ago
        True,  # that of second 1 as well
        False,
    ]


def test_nobody_uses_up_what_another_may():
    rate = Rate(1, 10)
    assert rate.allows("a", 0)
    assert not rate.allows("a", 1)
    assert rate.allows("b", 1)


def test_it_does_not_grow_without_end():
    rate = Rate(1, 10, most=5)
    for number in range(100):
        rate.allows(number, number)
    assert len(rate._asked) == 5


@given(st.lists(st.floats(0, 100), max_size=60), st.integers(1, 5), st.floats(1, 30))
def test_never_more_than_the_limit_in_any_window(moments, limit, seconds):
    rate = Rate(limit, seconds)
    granted = [moment for moment in sorted(moments) if rate.allows("a", moment)]
    for first in granted:
        window = [one for one in granted if first <= one < first + seconds]
        # A float that is rounded may put one at the edge.
        assert len([one for one in window if one - first < seconds - 1e-6]) <= limit


@given(st.integers(1, 200), st.integers(0, 64), st.integers(1, 60))
def test_all_processes_together(limit, processes, least):
    each = per_process(limit, processes, least)
    together = each * max(processes, 1)
    assert each >= least
    assert together <= max(limit, least * max(processes, 1))
