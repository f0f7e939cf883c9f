"""Keys of companies: one key for all ways to write a thing, another for another thing."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.loyalty_service.engine import credit_code, identity

mobiles = st.integers(13_000_000_000, 19_999_999_999).map(str)
texts = st.text(max_size=30)
FULL_WIDTH = str.maketrans("0123456789()+-", "０１２３４５６７８９（）＋－")


# 91350100M000100Y4, the example of the standard, by hand: M counts 21 and Y 30, so 9*1 + 1*3 +
# 3*9 + 5*27 + 1*26 + 21*20 + 1*8 + 30*30 + 4*28 = 1640 = 52*31 + 28, and 31 - 28 = 3.
def test_the_check_character_by_hand():
    values = [9, 1, 3, 5, 0, 1, 0, 0, 21, 0, 0, 0, 1, 0, 0, 30, 4]
    weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
    assert sum(v * w for v, w in zip(values, weights, strict=True)) == 1640
    assert 31 - 1640 % 31 == 3
    assert credit_code.code_check("91350100M000100Y4") == "3"


@given(st.text(alphabet=credit_code.ALPHABET, min_size=17, max_size=17), st.data())
def test_one_wrong_character_is_found(body, data):
    code = body + credit_code.code_check(body)
    assert credit_code.is_valid(code)
    place = data.draw(st.integers(0, 17))
    other = data.draw(st.sampled_from(credit_code.ALPHABET.replace(code[place], "")))
    assert not credit_code.is_valid(code[:place] + other + code[place + 1 :])


@given(texts)
def test_whatever_is_typed_is_no_error(text):
    for key in (
        identity.phone(text),
        identity.email(text),
        identity.email_domain(text),
        identity.tax_id(text),
        identity.company_name(text),
        identity.address(text),
        identity.masked(text),
    ):
        assert isinstance(key, str)
    credit_code.is_valid(text)


@given(mobiles, st.integers(0, 10**6))
def test_a_mobile_number_in_all_ways_to_write_it(number, seed):
    chance = random.Random(seed)
    written = chance.choice(["", "+86", "+86 ", "0086", "86", "(+86)"]) + number
    split = "".join(
        digit + (chance.choice([" ", "-", ""]) if place >= 5 else "")
        for place, digit in enumerate(written)
    )
    key = f"+86{number}"
    assert identity.phone(split) == key
    assert identity.phone(split.translate(FULL_WIDTH)) == key
    assert identity.phone(f"  {split} ") == key


@given(mobiles, mobiles)
def test_two_numbers_have_two_keys(one, other):
    assert (identity.phone(one) == identity.phone(other)) == (one == other)


@given(texts)
def test_a_key_is_its_own_key(text):
    for key_of in (
        identity.phone,
        identity.email,
        identity.tax_id,
        identity.company_name,
        identity.address,
    ):
        key = key_of(text)
        if key:
            assert key_of(key) == key


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("021-5000 0000", "+862150000000"),
        ("+86 21 5000 0000 转 801", "+862150000000"),
        ("(021)50000000 ext. 12", "+862150000000"),
        ("０２１－５０００００００", "+862150000000"),
        ("+852 2345 6789", "+85223456789"),
        ("00852 2345 6789", "+85223456789"),
        ("+1 (212) 555-0100", "+12125550100"),
        ("110", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_other_numbers(written, key):
    assert identity.phone(written) == key


def test_numbers_of_a_firm_elsewhere():
    assert identity.phone("02 1234 5678", "886") == identity.phone("+886 2 1234 5678", "886")
    assert identity.phone("13800000000", "886") != identity.phone("+86 13800000000", "886")


@pytest.mark.parametrize(
    "written",
    [
        "上海灯笼贸易有限公司",
        "上海灯笼贸易有限责任公司",
        "上海灯笼贸易股份有限公司",
        " 上海 灯笼 贸易 有限公司 ",
        "上海（灯笼）贸易有限公司",
        "上海(灯笼)贸易有限公司",
        "上海【灯笼】贸易·有限公司",
        "上海灯笼贸易",
    ],
)
def test_one_company(written):
    assert identity.company_name(written) == "上海灯笼贸易"


def test_other_companies():
    keys = [
        identity.company_name(name)
        for name in (
            "上海灯笼贸易有限公司",
            "上海灯笼（浦东）贸易有限公司",
            "北京灯笼贸易有限公司",
            "Lantern Trading Co., Ltd.",
            "Lantern Trade Co., Ltd.",
            "Texaco",
            "Texa Co.",
        )
    ]
    assert len(set(keys)) == len(keys)


def test_tax_ids():
    assert identity.tax_id("９１３５０１００Ｍ０００１００Ｙ４３") == "91350100M000100Y43"
    assert identity.tax_id("cn91350100m000100y43") == "91350100M000100Y43"
    # Not a Chinese code behind the letters: they are part of the number.
    assert identity.tax_id("CN123456789") == "CN123456789"
    assert identity.tax_id("NL 123.456.782.B90") == "NL123456782B90"
    assert identity.tax_id("12345") == ""


def test_addresses_of_mail():
    assert identity.email("WANG@Lantern.Example") == "wang@lantern.example"
    assert identity.email("ｗａｎｇ＠lantern.example") == "wang@lantern.example"
    assert identity.email("a@x.example, b@x.example") == "", "two addresses identify nobody"
    assert identity.email_domain("a@QQ.com") == ""
    assert identity.email_domain("a@mail.lantern.example") == "mail.lantern.example"


def test_what_is_shown_of_a_number():
    assert identity.masked("+8613800001234") == "…1234"
    assert identity.masked("") == "…"
