"""Similar questions: terms, weights and coverage, by hand and as properties."""

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.loyalty_service_sla.engine import similar as engine
from odoo.addons.loyalty_service_sla.engine.chinese import _PAIRS, simplified

TEXTS = st.text(
    st.one_of(st.characters(), st.sampled_from("发票開錯怎么办税 VATinvoices'\\:&|!*()-")),
    max_size=60,
)


# ----------------------------------------------------------------------
# Terms
# ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("How do we get it?", []),
        ("请问怎么办？", []),
        ("Payslips for new employees", ["payslip", "new", "employe"]),
        # Accents, wide letters and case make no difference.
        ("Café \uff36\uff21\uff34", ["caf", "vat"]),
        # 会计 keeps its 会, 在职 its 在: they are halves of words.
        ("会计在职", ["会计", "计在", "在职"]),
        ("個人所得稅", ["个人", "人所", "所得", "得税"]),
        # Words and characters side by side, without a space between them.
        ("开fapiao发票", ["开", "fapiao", "发票"]),
        ("2026年VAT", ["2026", "年", "vat"]),
    ],
)
def test_terms_by_hand(text, terms):
    assert engine.words(text) == terms


@given(TEXTS)
def test_terms_are_lexemes(text):
    """Nothing gets out of the quotes in which PostgreSQL reads a term."""
    for term in {*engine.words(text), *engine.asked(text)}:
        assert term and not set(term) & set("'\\ :&|!*()<>\0")
        assert len(term) <= engine.WIDEST
    assert len(engine.asked(text)) <= engine.MOST


@given(TEXTS)
def test_script_and_case_do_not_matter(text):
    assert engine.words(text) == engine.words(simplified(text))
    assert len(simplified(text)) == len(text)


def test_no_character_is_folded_twice():
    assert not set(_PAIRS[::2]) & set(_PAIRS[1::2])
    assert len(set(_PAIRS[::2])) == len(_PAIRS) // 2


@given(st.text(st.sampled_from("增值税发票开具抬头金额"), min_size=2, max_size=12), TEXTS, TEXTS)
def test_what_is_part_of_a_text_is_found_in_it(part, before, after):
    """Chinese has no spaces: a word is found wherever it stands."""
    whole = engine.words(f"{before}{part}{after}")
    assert set(engine.words(part)) <= set(whole)


# ----------------------------------------------------------------------
# What is asked
# ----------------------------------------------------------------------


def test_only_the_last_word_is_being_typed():
    assert engine.asked("refund of va") == {"refund": False, "va": False}
    assert engine.asked("refund of vat") == {"refund": False, "vat": True}
    assert engine.asked("refund of vat?") == {"refund": False, "vat": False}


def test_a_long_question_is_cut():
    words = " ".join(f"word{number}" for number in range(100))
    assert len(engine.asked(words)) == engine.MOST
    assert engine.asked("x" * 10_000) == {"x" * engine.WIDEST: True}


# ----------------------------------------------------------------------
# Coverage
# ----------------------------------------------------------------------


def test_weights_by_hand():
    """Of 9 texts 3 have the first term, none the second: ln 4 and ln 11."""
    shares = engine.weights({"a": 3, "b": 0}, 9)
    assert shares["a"] == pytest.approx(log(4) / (log(4) + log(11)))
    assert sum(shares.values()) == pytest.approx(1)


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 50), min_size=1),
    st.sets(st.sampled_from("abcdef")),
    st.sets(st.sampled_from("abcdef")),
)
def test_coverage_is_a_share(counts, head, body):
    shares = engine.weights(counts, 50)
    cover = engine.coverage(shares, head, body)
    assert 0 <= cover <= 1 + 1e-9
    # More text covers no less, and the head counts no less than the body.
    assert engine.coverage(shares, head, body | {"a"}) >= cover - 1e-9
    assert engine.coverage(shares, head | body) >= cover - 1e-9
    if set(counts) <= head:
        assert cover == pytest.approx(1)


@given(st.lists(TEXTS, min_size=1, max_size=8))
def test_a_text_finds_itself(texts):
    """Asked for what it says, a text covers all of it, and nothing covers more."""
    known = {place: (text, "") for place, text in enumerate(texts)}
    for place, text in known.items():
        asked = text[0][: engine.LONGEST]
        ranked = dict(engine.rank(asked, known, len(known)))
        if engine.asked(asked):
            assert ranked[place] == pytest.approx(1)
            assert max(ranked.values()) <= 1 + 1e-9
        else:
            assert not ranked


def test_a_vector_names_each_term_once():
    text = engine.vector("发票 发票 invoice", "发票 refund")
    assert text == "'invoic':1A 'refund':2 '发票':1A"
    huge = engine.vector("", " ".join(f"w{number}" for number in range(engine.LARGEST * 2)))
    assert len(huge.split()) == engine.LARGEST
