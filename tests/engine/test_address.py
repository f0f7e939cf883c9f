"""Addresses without the marks that missing parts leave."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.loyalty_service.engine.address import largest_first, lines

CHINA = "{country}, {zip}\n{state} {city} {street} {street2}"
USA = "{street}\n{street2}\n{city} {state} {zip}\n{country}"
ITALY = "{street}\n{street2}\n{zip} {city} ({state})\n{country}"
PARTS = ("country", "zip", "state", "city", "street", "street2")


def printed(country_format, **parts):
    return lines(country_format.format(**{part: parts.get(part, "") for part in PARTS}))


@pytest.mark.parametrize(
    ("country_format", "parts", "expected"),
    [
        (CHINA, {"country": "China"}, ["China"]),
        (
            CHINA,
            {"country": "中国", "city": "上海", "street": "世纪大道 1 号"},
            ["中国", "上海 世纪大道 1 号"],
        ),
        (
            CHINA,
            {"state": "上海市", "city": "上海", "street": "上海路 1 号"},
            ["上海市 上海路 1 号"],
        ),
        (CHINA, {"state": "江苏省", "city": "南京", "street": "中山路"}, ["江苏省 南京 中山路"]),
        (CHINA, {"country": "China", "zip": "200000"}, ["China, 200000"]),
        (CHINA, {"zip": "200000"}, ["200000"]),
        (CHINA, {}, []),
        (ITALY, {"city": "Roma", "street": "Via Appia 3/B"}, ["Via Appia 3/B", "Roma"]),
        (ITALY, {"city": "Roma", "state": "RM", "zip": "00100"}, ["00100 Roma (RM)"]),
        (USA, {"street": "1-3 High Street", "city": "Salem"}, ["1-3 High Street", "Salem"]),
    ],
)
def test_by_the_formats_of_countries(country_format, parts, expected):
    assert printed(country_format, **parts) == expected


@given(st.lists(st.text("ab 1,;/-()、，", max_size=8), max_size=6))
def test_what_is_printed_stays_as_it_is(parts):
    found = lines("\n".join(parts))
    assert lines("\n".join(found)) == found
    assert all(line and line == line.strip(" ,;/、，-") for line in found)
    # Letters and figures are never lost.
    kept = re.sub(r"[^ab1]", "", "".join(parts))
    assert re.sub(r"[^ab1]", "", "".join(found)) == kept


def test_what_a_part_says_already_is_not_said_twice():
    assert largest_first("上海市", "上海", "世纪大道1000号") == "上海市世纪大道1000号"
    assert largest_first("北京市", "北京市海淀区", "中关村1号") == "北京市海淀区中关村1号"
    # A number is no name of a place.
    assert largest_first("Shanghai", "1 Century Avenue", "1") == "Shanghai 1 Century Avenue 1"


@given(st.lists(st.one_of(st.none(), st.text("上海市世纪大道12 ab", max_size=6)), max_size=4))
def test_a_line_holds_the_last_part_and_no_marks_of_ours(parts):
    text = largest_first(*parts)
    told = [part.strip() for part in parts if part and part.strip()]
    assert text == text.strip()
    assert "\0" not in text
    assert bool(text) == bool(told)
