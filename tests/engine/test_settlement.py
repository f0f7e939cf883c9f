"""Credit notes that settle other invoices: examples worked by hand, and money counted once."""

import doctest
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.loyalty_service.engine import settlement
from odoo.addons.loyalty_service.engine.settlement import Invoice, Settlement, Use, work_out

MARCH, APRIL, MAY = date(2024, 3, 20), date(2024, 4, 4), date(2024, 5, 2)


def test_docstring_examples():
    assert doctest.testmod(settlement).failed == 0


def amounts(invoices, *uses):
    found = work_out(invoices, uses)
    return {key: max(found[key].amount, 0) for key in invoices}


def test_an_invoice_by_itself():
    assert work_out({1: Invoice(750, True, MARCH, APRIL, 3)}) == {1: Settlement(750, APRIL, 3)}


def test_a_chain():
    """1 was paid, credited in full for 2, and that again for 3: the money is for 3."""
    chain = {1: Invoice(0, True), 2: Invoice(0, True), 3: Invoice(1000, True)}
    assert amounts(chain, Use(2, 3, 1000), Use(1, 2, 1000)) == {1: 0, 2: 0, 3: 1000}
    chain[1] = Invoice(0, False)
    assert amounts(chain, Use(2, 3, 1000), Use(1, 2, 1000)) == {1: 0, 2: 0, 3: 0}


def test_a_circle_without_money():
    circle = {1: Invoice(0, True), 2: Invoice(0, True)}
    assert amounts(circle, Use(1, 2, 1000), Use(2, 1, 1000)) == {1: 0, 2: 0}


def test_a_circle_with_money():
    """Each is of 1,000: 500 in money, 500 by a note of the other one."""
    circle = {1: Invoice(500, True), 2: Invoice(500, True)}
    assert amounts(circle, Use(1, 2, 500), Use(2, 1, 500)) == {1: 500, 2: 500}


def test_more_credited_than_there_was():
    """Of 1,000 nothing was paid: 1,000 were credited of it, and 250 more, for another one."""
    assert amounts({1: Invoice(-250, True), 2: Invoice(250, True)}, Use(1, 2, 250)) == {1: 0, 2: 0}
    # 1,000 were paid, 1,050 credited, all for others: 1,000 count.
    found = amounts(
        {1: Invoice(-50, True), 2: Invoice(1000, True), 3: Invoice(50, True)},
        Use(1, 2, 1000),
        Use(1, 3, 50),
    )
    assert abs(sum(found.values()) - 1000) < 1e-9


def test_the_day_is_that_of_the_money():
    """Paid on 4 April, credited for an invoice of 2 May, and one that was due on 20 March."""
    found = work_out(
        {
            1: Invoice(0, True, MARCH, APRIL),
            2: Invoice(500, True, MAY),
            3: Invoice(500, True, MARCH),
            4: Invoice(500, True, MARCH, MARCH),
        },
        [Use(1, 2, 500, MAY), Use(1, 3, 500, MARCH), Use(None, 4, 1, MARCH)],
    )
    assert found[2] == Settlement(500, MAY, 0)
    assert found[3] == Settlement(500, APRIL, 15)
    assert found[4] == Settlement(499, MARCH, 0), "a note of nobody is no money"


@st.composite
def books(draw):
    """Invoices in hundredths, settled with money, write-offs and notes of one another."""
    number = draw(st.integers(2, 5))
    keys = range(number)
    cents = st.integers(0, 1000)
    links = draw(
        st.lists(
            st.tuples(st.sampled_from(keys), st.sampled_from(keys), st.integers(1, 1000)),
            max_size=6,
        )
    )
    money = [draw(cents) for _key in keys]
    written_off = [draw(st.sampled_from([0, 0, 300])) for _key in keys]
    unused = [draw(st.sampled_from([0, 0, 200])) for _key in keys]
    is_open = [draw(st.sampled_from([False, False, True])) for _key in keys]
    invoices = {}
    for key in keys:
        came = sum(amount for _source, target, amount in links if target == key)
        credited = unused[key] + sum(amount for source, _to, amount in links if source == key)
        # What is settled of it, and something more where it is open.
        invoiced = money[key] + written_off[key] + came + 500 * is_open[key]
        invoices[key] = Invoice(invoiced - written_off[key] - credited, not is_open[key])
    # A note that is set off against its own invoice is no use for another one.
    uses = [Use(*link) for link in links if link[0] != link[1]]
    is_clear = not any(unused) and not any(is_open)
    return invoices, uses, money, is_clear


@settings(max_examples=400, deadline=None)
@given(books())
def test_money_counts_once(book):
    """Never more than was paid; without anything open all of it, unless notes go in circles."""
    invoices, uses, money, is_clear = book
    found = work_out(invoices, uses)
    counted = sum(
        max(found[key].amount, 0.0) for key, invoice in invoices.items() if invoice.is_settled
    )
    assert counted <= sum(money) + 1e-6
    for key in invoices:
        assert found[key].amount <= invoices[key].left + 1e-9
    if is_clear and all(use.source < use.target for use in uses):
        assert abs(counted - sum(money)) < 1e-6


@settings(max_examples=100, deadline=None)
@given(books(), st.randoms())
def test_the_order_is_of_no_account(book, random):
    invoices, uses, _money, _is_clear = book
    keys, others = list(invoices), list(uses)
    random.shuffle(keys)
    random.shuffle(others)
    again = work_out({key: invoices[key] for key in keys}, others)
    found = work_out(invoices, uses)
    for key in invoices:
        assert abs(found[key].amount - again[key].amount) < 1e-6


@st.composite
def payments(draw):
    needs = st.dictionaries(
        st.integers(0, 3), st.integers(1, 1000).map(float), min_size=1, max_size=4
    )
    amounts = st.integers(0, 3000).map(float)
    return draw(st.lists(st.tuples(amounts, needs), max_size=5))


@given(payments())
def test_payments_cover_no_more_than_they_are(pays):
    """Where what invoices take is the same for every payment, they take at most the money."""
    prices = {}
    for _amount, needs in pays:
        for key, need in needs.items():
            prices.setdefault(key, need)
    pays = [(amount, {key: prices[key] for key in needs}) for amount, needs in pays]
    is_open = settlement.cover(pays)
    assert set(is_open) == set(prices)
    assert all(0 <= part <= 1 for part in is_open.values())
    covered = sum((1 - part) * prices[key] for key, part in is_open.items())
    assert covered <= sum(amount for amount, _needs in pays) + 1e-6
    # One that would do for all of its invoices leaves none of them open.
    for amount, needs in pays:
        if amount >= sum(needs.values()):
            assert all(is_open[key] < 1e-9 for key in needs)


def test_payments_in_two_currencies():
    """A third by a payment in one currency, two thirds by one in another one."""
    assert settlement.cover([(100.0, {"A": 300.0}), (1400.0, {"A": 2100.0})]) == {"A": 0.0}
    assert settlement.cover([(100.0, {"A": 300.0}), (700.0, {"A": 2100.0})])["A"] == 1 / 3


def test_who_names_one_goes_first():
    """400 for A alone and 600 for A or B, which are of 400 and 600: both are covered."""
    paid = settlement.cover([(600.0, {"A": 400.0, "B": 600.0}), (400.0, {"A": 400.0})])
    assert paid == {"A": 0.0, "B": 0.0}
