"""Who can redeem what."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.loyalty_service.engine.earning import PERIODS, period_start
from odoo.addons.loyalty_service.engine.rewards import (
    EARLY,
    KINDS,
    LIMIT,
    OVER,
    POINTS,
    STOCK,
    TIER,
    Obstacle,
    Offer,
    obstacles,
)

DAY = date(2026, 5, 4)

days = st.dates(date(2024, 1, 1), date(2027, 12, 31))
offers = st.builds(
    Offer,
    price=st.integers(1, 1000),
    tier=st.none() | st.integers(0, 3),
    stock=st.none() | st.integers(0, 3),
    limit=st.integers(0, 3),
    period=st.sampled_from(PERIODS),
    first=st.none() | days,
    last=st.none() | days,
)
clients = st.tuples(
    st.integers(-100, 1200), st.none() | st.integers(0, 3), st.lists(days, max_size=6)
)


def kinds(offer, points=1000, tier=None, taken=(), today=DAY):
    return [obstacle.kind for obstacle in obstacles(offer, points, tier, taken, today)]


def test_the_last_point_counts():
    assert kinds(Offer(price=300), points=300) == []
    assert obstacles(Offer(price=300), 299.99, None, [], DAY) == [Obstacle(POINTS, 0.01)]
    # A client that owes 40 needs those, too.
    assert obstacles(Offer(price=300), -40, None, [], DAY) == [Obstacle(POINTS, 340)]


def test_first_and_last_day_belong_to_it():
    offer = Offer(price=1, first=DAY, last=DAY + timedelta(days=1))
    assert kinds(offer, today=DAY - timedelta(days=1)) == [EARLY]
    assert kinds(offer, today=DAY) == kinds(offer, today=DAY + timedelta(days=1)) == []
    assert kinds(offer, today=DAY + timedelta(days=2)) == [OVER]


def test_a_client_without_tier_is_below_all():
    assert kinds(Offer(price=1, tier=0)) == [TIER]
    assert kinds(Offer(price=1, tier=1), tier=1) == kinds(Offer(price=1, tier=1), tier=3) == []


def test_a_limit_begins_anew_with_the_period():
    offer = Offer(price=1, limit=1, period="quarter")
    assert kinds(offer, taken=[date(2026, 3, 31)]) == []
    assert kinds(offer, taken=[date(2026, 4, 1)]) == [LIMIT]
    assert kinds(offer._replace(period="ever"), taken=[date(2020, 1, 1)]) == [LIMIT]


def test_everything_at_once_is_told_in_this_order():
    offer = Offer(price=9, tier=2, stock=0, limit=1, first=DAY, last=DAY - timedelta(days=3))
    found = kinds(offer, 1, 1, [DAY - timedelta(days=1)], DAY - timedelta(days=1))
    assert found == [OVER, EARLY, STOCK, LIMIT, TIER, POINTS]
    assert set(found) == set(KINDS)


@given(offers, clients, days)
def test_each_obstacle_says_what_is_so(offer, client, today):
    points, tier, taken = client
    begins = period_start(today, offer.period)
    used = len([day for day in taken if begins <= day <= today])
    expected = {
        OVER: bool(offer.last and offer.last < today),
        EARLY: bool(offer.first and offer.first > today),
        STOCK: offer.stock == 0,
        LIMIT: bool(offer.limit and used >= offer.limit),
        TIER: offer.tier is not None and (tier is None or tier < offer.tier),
        POINTS: points < offer.price,
    }
    found = obstacles(offer, points, tier, taken, today)
    assert {obstacle.kind for obstacle in found} == {kind for kind, so in expected.items() if so}
    missing = sum(obstacle.missing for obstacle in found)
    assert missing == max(offer.price - points, 0)


@given(offers, clients, days, st.integers(0, 500))
def test_more_points_and_a_higher_tier_never_take_a_reward_away(offer, client, today, more):
    points, tier, taken = client
    before = {obstacle.kind for obstacle in obstacles(offer, points, tier, taken, today)}
    higher = 3 if tier is None else min(tier + 1, 3)
    after = {obstacle.kind for obstacle in obstacles(offer, points + more, higher, taken, today)}
    assert after <= before
