"""What of an invoice is money, where credit notes of other invoices settle a part of it.

Somebody pays invoice A. A credit note corrects A, and the bookkeeper sets it off against invoice
B: the money that came in for A has become money for B. Had nobody paid A, the same note would be
worth nothing. So a note is as good as the money behind the invoice that it corrects:

- none while that invoice is not settled itself;
- less than all if more of that invoice was credited or written off than there was.

Money that came in counts once: over any number of invoices and notes, however they are set off,
what counts is never more than what was paid, and it is all of that once every invoice is settled
and every note is used up.

Amounts are in one currency, without taxes. Days are :class:`datetime.date`.
"""

from collections.abc import Hashable, Iterable, Mapping
from datetime import date
from typing import NamedTuple


class Invoice(NamedTuple):
    """How an invoice stands by itself.

    :ivar left: what was invoiced, less all that was credited of it (wherever the notes were set
        off) or written off; below zero where that was more
    :ivar is_settled: nothing of it is to be paid any more
    :ivar begins: its date
    :ivar paid_on: day of the last money that was there for it, None without any
    :ivar days_late: by which an instalment was paid after it was due, 0 for none
    """

    left: float
    is_settled: bool
    begins: date | None = None
    paid_on: date | None = None
    days_late: int = 0


class Use(NamedTuple):
    """A part of one invoice that is settled with a credit note of another one.

    :ivar source: key of the invoice that the note corrects; one that is not known is no money
    :ivar target: key of the invoice that is settled with it
    :ivar amount: above zero
    :ivar due: day on which that part of the target was due, or None
    """

    source: Hashable
    target: Hashable
    amount: float
    due: date | None = None


class Settlement(NamedTuple):
    """What counts for an invoice.

    :ivar amount: money that came in for it, or will have once it is settled; not above zero if
        there is none
    :ivar paid_on: day on which the last money was there for it, None without any
    :ivar days_late: by which an instalment was paid after it was due, 0 for none
    """

    amount: float
    paid_on: date | None
    days_late: int


def work_out(
    invoices: Mapping[Hashable, Invoice], uses: Iterable[Use] = ()
) -> dict[Hashable, Settlement]:
    """Return how each of ``invoices`` is settled.

    A chain of notes is followed to its beginning; the money of a circle is what somebody paid
    into it.

    :param uses: of notes that settle one of the ``invoices``, and of all other notes of these

    A is of 1,000 and paid; 250 of it are credited and set off against B, which is of 400:

    >>> a = Invoice(750, is_settled=True, paid_on=date(2024, 3, 20))
    >>> b = Invoice(400, is_settled=True, paid_on=date(2024, 4, 1))
    >>> both = work_out({"A": a, "B": b}, [Use("A", "B", 250)])
    >>> both["A"].amount, both["B"].amount
    (750, 400.0)

    Nobody has paid A yet:

    >>> a = a._replace(is_settled=False, paid_on=None)
    >>> work_out({"A": a, "B": b}, [Use("A", "B", 250)])["B"].amount
    150.0
    """
    into, given = {}, {}
    for use in uses:
        if use.target in invoices:
            into.setdefault(use.target, []).append(use)
        given[use.source] = given.get(use.source, 0.0) + use.amount
    amounts = {key: invoice.left for key, invoice in invoices.items()}
    # How much of its notes is money. Whatever the round after which one stops, it is not too
    # much; a chain needs one round for each of its notes.
    shares = dict.fromkeys(given, 0.0)
    for _round in range(len(invoices) + 1):
        for target, parts in into.items():
            unpaid = sum(use.amount * (1 - shares[use.source]) for use in parts)
            amounts[target] = invoices[target].left - unpaid
        found = {
            source: _share(invoices.get(source), amounts.get(source, 0.0), total)
            for source, total in given.items()
        }
        if found == shares:
            break
        shares = found
    paid_on = _days_of_money(invoices, into, shares)
    return {
        key: Settlement(
            amounts[key],
            paid_on[key],
            max(
                invoice.days_late,
                *(
                    (paid_on[use.source] - use.due).days
                    for use in into.get(key, ())
                    if use.due and shares[use.source] and paid_on[use.source]
                ),
                0,
            ),
        )
        for key, invoice in invoices.items()
    }


def cover(payments: Iterable[tuple[float, Mapping[Hashable, float]]]) -> dict[Hashable, float]:
    """Return which part of each invoice is still open once the payments are in, from 0 to 1.

    For payments that name their invoices, and are not in the books yet. One that names several
    goes to them in the order in which it names them; those that name the fewest go first, so
    that none is left over where it was needed.

    :param payments: ``(amount, {invoice: what settles all that the books have open of it})``,
        both in the currency of the payment, which need not be that of another payment

    600 for an invoice of 400 and for one of 1,000, and 300 for the second alone:

    >>> cover([(600, {"A": 400, "B": 1000}), (300, {"B": 1000})])
    {'B': 0.5, 'A': 0.0}
    """
    is_open = {}
    for amount, needs in sorted(payments, key=lambda payment: len(payment[1])):
        left = amount
        for key, need in needs.items():
            wanted = is_open.get(key, 1.0) * need
            taken = min(left, wanted)
            is_open[key] = 0.0 if taken == wanted else (wanted - taken) / need
            left -= taken
    return is_open


def _share(invoice: Invoice | None, amount: float, given: float) -> float:
    """Return which part of the notes of ``invoice`` is money, from 0 to 1.

    :param amount: what counts for the invoice itself; what it lacks to zero, its notes lack
    :param given: sum of the notes
    """
    if not invoice or not invoice.is_settled:
        return 0.0
    return max(1 + min(amount, 0.0) / given, 0.0)


def _days_of_money(invoices, into, shares):
    """Return ``{key: day on which the last money was there for the invoice}``.

    What a note brings was there when it came in for the invoice that the note corrects, and not
    before the invoice that it settles.
    """
    days = {key: invoice.paid_on for key, invoice in invoices.items()}
    for _round in range(len(into)):
        for target, parts in into.items():
            came = [days[use.source] for use in parts if shares[use.source]]
            if any(came):
                told = [days[target], *came, invoices[target].begins]
                days[target] = max(filter(None, told))
    return days
