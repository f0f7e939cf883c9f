from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.loyalty_service.engine import referral

reasons = st.sets(st.sampled_from(sorted(referral.TOLD)))
facts = st.fixed_dictionaries(
    {name: st.booleans() for name in ("cancelled", "contacted", "won", "rewarded")}
)


@given(reasons, facts)
def test_every_referral_has_a_state(codes, known):
    state = referral.state(codes, **known)
    assert state in referral.STANDING + referral.CLOSED
    if codes or known["cancelled"]:
        assert state in referral.CLOSED, "nothing is paid against a reason"
    else:
        assert state in referral.STANDING


@given(reasons)
def test_something_is_told_of_every_reason(codes):
    told = referral.told(codes)
    assert bool(told) == bool(codes)
    if any(referral.TOLD[code] == "own" for code in codes):
        assert told == "own"


def test_what_would_say_who_is_a_client_is_told_late():
    late = {code for code, group in referral.TOLD.items() if group not in referral.AT_ONCE}
    assert late == {"existing_client", "already_referred"}


@given(st.lists(st.sampled_from(sorted(referral.WEIGHTS))))
def test_the_score_is_additive(signals):
    once = set(signals)
    assert referral.score(signals) == sum(referral.score([signal]) for signal in once)
    assert referral.score(signals) <= referral.score(referral.WEIGHTS)


def test_two_paid_invoices():
    assert [referral.is_due(paid, 2, held=False) for paid in range(4)] == [False, False, True, True]
    assert not referral.is_due(9, 2, held=True)
