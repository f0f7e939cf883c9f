"""Taking the client out of a text: by hand, and as a property."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.loyalty_service_sla.engine.anonymity import hide, mentions, names_of

FACTS = ["韦伯精密技术（上海）有限公司 Weber Precision", "Anna Weber", "anna.weber@weber.example"]


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Weber Precision pays late.", "[name] pays late."),
        ("For Anna Weber, from WEBER.", "For [name], from [name]."),
        ("韋伯精密的發票", "[name]的發票"),
        ("Our webersite and the annals", "Our webersite and the annals"),
        ("Write to a.b-c@d-e.com.cn!", "Write to [e-mail]!"),
        ("Tax number 91310115MA1K4ABC2X of it", "Tax number [number] of it"),
        ("Invoice 24317000000012345678", "Invoice [number]"),
        ("+86 (21) 5555-0123 today", "[number] today"),
        ("due 2026-03-15, 15.4.2026, in 2026", "due 2026-03-15, 15.4.2026, in 2026"),
        (
            "It was ¥12,300.50 or 12,300 CNY or 3000元 or 3萬元",
            "It was [amount] or [amount] or [amount] or [amount]",
        ),
        ("File form 3 within 15 days", "File form 3 within 15 days"),
        ("", ""),
    ],
)
def test_by_hand(text, hidden):
    assert hide(text, FACTS) == hidden


def test_generic_parts_of_names_are_no_names():
    names = names_of(["上海国际贸易有限公司", "Shanghai Trading Company Limited"])
    # Nothing of the first is its own; the second only as a whole.
    assert names == ["Shanghai Trading Company Limited"]


@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from(["Weber", "韦伯精密", "Anna"]))
def test_what_was_hidden_is_not_mentioned(before, after, name):
    text = f"{before} {name} {after}"
    assert mentions(text, FACTS)
    assert not mentions(hide(text, FACTS), FACTS)


@given(st.text(max_size=80))
def test_without_facts_no_name_is_found(text):
    assert not mentions(text, [])
    assert "[name]" in text or "[name]" not in hide(text, [])
