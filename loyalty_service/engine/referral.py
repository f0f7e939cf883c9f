"""Referrals: which are refused, what a referrer is told about it, and which look odd.

A referral carries *reasons* against it and *signals* for staff. Its state follows from the
reasons that stand and from what has happened with the company that was named; nothing else
decides about it, so that working it out again changes nothing.
"""

from collections.abc import Iterable

# Reasons against a referral: code -> what the referrer is told.
#
# The company that invites is told at once what concerns its own details, and late, and only as
# one of several possibilities, what would say whether another company is a client: "known"
# stands for a client, a former one, or one that somebody else named first.
TOLD = {
    "self": "own",
    "same_tax_id": "own",
    "same_phone": "own",
    "same_email": "own",
    "same_bank": "own",
    "named_twice": "twice",
    "existing_client": "known",
    "already_referred": "known",
    "too_old": "late",
    "lead_lost": "declined",
}

# What is told at once; the rest after the hours that the programme sets.
AT_ONCE = frozenset({"own", "twice", "late", "declined"})

# Signals: code -> weight. They add up to the score of a referral.
WEIGHTS = {
    "same_bank": 60,
    "same_phone": 50,
    "credited_soon": 50,
    "shared_contact": 40,
    "same_address": 30,
    "same_connection": 30,
    "probing": 30,
    "burst": 20,
}

# A referral that is on its way or has arrived: another one of the same company comes second.
STANDING = ("invited", "contacted", "won", "rewarded")
OPEN = ("invited", "contacted")
CLOSED = ("refused", "expired", "cancelled")


def state(
    reasons: Iterable[str],
    *,
    cancelled: bool = False,
    contacted: bool = False,
    won: bool = False,
    rewarded: bool = False,
) -> str:
    """Return the state that follows from what is known.

    :param reasons: codes of the reasons that stand against the referral

    >>> state([]), state([], contacted=True), state([], won=True)
    ('invited', 'contacted', 'won')
    >>> state([], won=True, rewarded=True), state(["same_bank"], won=True, rewarded=True)
    ('rewarded', 'refused')
    >>> state(["too_old"], contacted=True), state(["too_old", "self"]), state([], cancelled=True)
    ('expired', 'refused', 'cancelled')
    """
    against = set(reasons)
    if cancelled:
        return "cancelled"
    if against - {"too_old"}:
        return "refused"
    if against:
        return "expired"
    if won:
        return "rewarded" if rewarded else "won"
    return "contacted" if contacted else "invited"


def told(reasons: Iterable[str]) -> str:
    """Return what the referrer is told of the reasons that stand, or ``""`` of none.

    What concerns the referrer's own details goes first: it says nothing of anybody else.

    >>> told(["existing_client", "same_phone"]), told(["already_referred"]), told([])
    ('own', 'known', '')
    """
    groups = {TOLD[reason] for reason in reasons}
    order = ("own", "twice", "known", "declined", "late")
    return next((group for group in order if group in groups), "")


def score(signals: Iterable[str]) -> int:
    """Return the sum of the weights of the signals, each counted once.

    >>> score(["same_address", "burst"]), score(["burst", "burst"]), score([])
    (50, 20, 0)
    """
    return sum(WEIGHTS[signal] for signal in set(signals))


def is_due(paid: int, needed: int, *, held: bool) -> bool:
    """Say whether both sides are to be rewarded.

    :param paid: invoices of the new client that are paid and not credited
    :param needed: how many the programme asks for
    :param held: staff want to look at the referral first

    >>> is_due(2, 2, held=False), is_due(1, 2, held=False), is_due(3, 2, held=True)
    (True, False, False)
    """
    return paid >= needed and not held
