"""What a programme did in a period: an account adds up, whatever was booked."""

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.loyalty_service.engine import evaluation
from odoo.addons.loyalty_service.engine.evaluation import Flow

KINDS = {"award": 1, "spend": -1, "expire": -1, "adjust": 0, "reverse": 0, "settle": 0}
PARTS = ("awarded", "taken_back", "spent", "expired", "adjusted", "settled")


@st.composite
def flows(draw):
    """Points in hundredths, as the ledger has them; each kind with the signs that it can have."""
    kind = draw(st.sampled_from(list(KINDS)))
    sign = KINDS[kind] or draw(st.sampled_from([1, -1]))
    month = draw(st.integers(0, 30))
    units = draw(st.integers(1, 10**7))
    return Flow(month, draw(st.integers(0, month)), kind, False, False, sign * units / 100)


@given(st.lists(flows(), max_size=60), st.integers(1, 20), st.integers(1, 10))
def test_an_account_adds_up(booked, first, length):
    months = list(range(first, first + length))
    parts = evaluation.accounts(booked, months)
    whole = evaluation.total(parts)
    # From what was held first, by all that moved points, to what was held last.
    moved = sum(getattr(whole, name) for name in PARTS)
    assert round(whole.opening + moved, 2) == round(whole.closing, 2)
    held = sum(flow.points for flow in booked if flow.month <= months[-1])
    assert round(whole.closing, 2) == round(held, 2)
    # The months follow each other, and are the whole.
    assert round(parts[-1].closing, 2) == round(whole.closing, 2)
    for earlier, later in zip(parts, parts[1:], strict=False):
        assert later.opening == earlier.closing
    for name in PARTS:
        assert round(sum(getattr(part, name) for part in parts), 2) == round(
            getattr(whole, name), 2
        )


def test_an_account_by_hand():
    """Opening 100; +50 awarded, 20 taken back, -30 spent, 5 returned, -10 expired, +7.50 given."""
    booked = [
        Flow(0, 0, "award", False, False, 100.0),
        Flow(1, 1, "award", False, False, 50.0),
        Flow(1, 1, "reverse", False, False, -20.0),
        Flow(2, 0, "spend", False, False, -30.0),
        Flow(2, 0, "reverse", False, False, 5.0),
        Flow(2, 0, "expire", False, False, -10.0),
        Flow(2, 2, "adjust", False, False, 7.5),
        Flow(3, 3, "award", False, False, 999.0),
    ]
    whole = evaluation.total(evaluation.accounts(booked, [1, 2]))
    assert [whole.opening, *(getattr(whole, name) for name in PARTS), whole.closing] == [
        *(100, 50, -20, -25, -10, 7.5, 0),
        102.5,
    ]
