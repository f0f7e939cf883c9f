"""The replay of a programme: worked by hand, and what holds whatever happens."""

import doctest
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.loyalty_service.engine import lots, simulation, tiers
from odoo.addons.loyalty_service.engine.simulation import (
    Award,
    Event,
    Figure,
    Given,
    Movement,
    Programme,
    Rule,
    Start,
    Step,
    replay,
)

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
LADDER = [tiers.Rung("start", 0), tiers.Rung("middle", 200), tiers.Rung("top", 500)]
MULTIPLIERS = {"start": 1.0, "middle": 1.5, "top": 2.0}


def programme(*rules, **values):
    return Programme(rules, LADDER, MULTIPLIERS, **values)


def events(*days, client="A", amount=0.0, number=1):
    return [Event(number + place, client, day, place, amount) for place, day in enumerate(days)]


def claim(happened, *rules):
    return {event.number: rules for event in happened if event.undoes is None}


def run(plan, happened, claims=None, first=FIRST, last=LAST, **values):
    rules = [rule.key for rule in plan.rules]
    return replay(plan, happened, claims or claim(happened, *rules), first, last, **values)


def test_docstring_examples():
    assert doctest.testmod(simulation).failed == 0


# ----------------------------------------------------------------------
# Worked by hand
# ----------------------------------------------------------------------


def test_the_tier_held_then():
    """0.1 x 1999 = 199.9: 199. 199 < 200, so 199 again: 398, Middle. Then x 1.5: 299 (299.85)."""
    happened = events(date(2026, 1, 5), date(2026, 2, 5), date(2026, 3, 5), amount=1999)
    outcome = run(programme(Rule("paid", per_unit=0.1, follows_tier=True)), happened)
    assert outcome.total.given == (199 + 199 + 299) * 100
    assert outcome.steps == [
        Step(date(2026, 2, 5), "A", "start", "middle"),
        Step(date(2026, 3, 5), "A", "middle", "top"),  # 697
    ]
    assert [tally.balance for tally in outcome.months.values()][:4] == [19900, 39800, 69700, 69700]
    assert len(outcome.months) == 12


def test_caps_by_period():
    """At most 250 a quarter: 100 + 100 + 50 in the first, 100 in the second."""
    happened = events(*(date(2026, month, 3) for month in (1, 2, 3, 4)))
    outcome = run(programme(Rule("a", fixed=100, cap=250, period="quarter")), happened)
    assert [tally.given for tally in outcome.months.values()][:4] == [10000, 10000, 5000, 10000]


def test_what_was_used_of_a_cap_before():
    happened = events(date(2026, 3, 3))
    used = {("a", "A", date(2026, 1, 1)): 180}
    outcome = run(programme(Rule("a", fixed=100, cap=250)), happened, used=used)
    assert outcome.total.given == 7000


def test_expiry():
    """Earned on 31 January for 1 month: the last day is 27 February, gone on the 28th."""
    happened = events(date(2026, 1, 31))
    outcome = run(programme(Rule("a", fixed=10, validity=1)), happened)
    assert outcome.months[date(2026, 2, 1)].expired == 1000
    assert outcome.total.balance == 0
    assert run(programme(Rule("a", fixed=10)), happened).total.balance == 1000


def test_spending_takes_what_expires_first_and_no_more_than_there_is():
    """50 until 31 March, 100 until 30 June. 60 spent in February: 50 of the first, 10 of the
    second, so that nothing expires in April and 90 in July. 200 wanted then: nothing is there."""
    rules = [Rule("short", fixed=50, validity=2), Rule("long", fixed=100, validity=5)]
    happened = events(date(2026, 2, 1))
    movements = [
        Movement("A", date(2026, 2, 2), 0, -6000, spends=True),
        Movement("A", date(2026, 8, 1), 0, -20000, spends=True),
    ]
    outcome = run(programme(*rules), happened, movements=movements)
    assert (outcome.total.spent, outcome.total.expired) == (6000, 9000)
    assert outcome.months[date(2026, 7, 1)].expired == 9000
    assert (outcome.total.short, outcome.total.balance) == (20000, 0)


def test_what_could_not_be_spent_is_not_given_back():
    """100 there, 150 wanted: 100 spent, 50 short. 150 come back: 100."""
    movements = [
        Movement("A", date(2026, 2, 2), 0, -15000, spends=True),
        Movement("A", date(2026, 2, 3), 0, 15000, spends=True),
    ]
    outcome = run(programme(Rule("a", fixed=100)), events(date(2026, 2, 1)), movements=movements)
    assert (outcome.total.spent, outcome.total.short, outcome.total.balance) == (0, 0, 10000)


def test_spending_on_a_debt_limit():
    """300 earned, 500 spent with 200 on credit, 200 earned: nothing left, nothing owed."""
    movements = [Movement("A", date(2026, 2, 2), 0, -50000, spends=True)]
    plan = programme(Rule("a", per_unit=1), debt_limit=20000)
    happened = [
        Event(1, "A", date(2026, 2, 1), 0, 300),
        Event(2, "A", date(2026, 2, 3), 0, 200),
    ]
    outcome = run(plan, happened, movements=movements)
    assert (outcome.total.spent, outcome.total.short, outcome.total.balance) == (50000, 0, 0)
    outcome = run(plan._replace(debt_limit=15000), happened, movements=movements)
    assert (outcome.total.spent, outcome.total.short, outcome.total.balance) == (45000, 5000, 5000)


def test_a_cancelled_order_takes_back_what_it_gave():
    """100 earned and 40 by an order, 140 spent; the order is cancelled: 40 are owed, whatever the
    limit. Where a rule gives 30 instead, 70 could be spent, 70 not; 40 are owed likewise."""
    movements = [
        Movement("A", date(2026, 2, 2), 0, 4000),
        Movement("A", date(2026, 2, 3), 0, -14000, spends=True),
        Movement("A", date(2026, 2, 4), 0, -4000, may_owe=True),
        Movement("A", date(2026, 2, 5), 0, -4000, may_owe=True),
    ]
    for fixed, spent, short in ((100, 14000, 0), (30, 7000, 7000)):
        plan = programme(Rule("a", fixed=fixed))
        outcome = run(plan, events(date(2026, 2, 1)), movements=movements[:3])
        assert (outcome.total.spent, outcome.total.short) == (spent, short)
        assert (outcome.total.adjusted, outcome.total.balance) == (0, -4000)
        # A second one, of which the client owes all.
        outcome = run(plan, events(date(2026, 2, 1)), movements=movements)
        assert (outcome.total.short, outcome.total.balance) == (short, -8000)


def test_adjusted_by_hand():
    """100 earned, 30 more, 50 less: adjusted by -20, and nothing is spent."""
    movements = [
        Movement("A", date(2026, 2, 2), 0, 3000),
        Movement("A", date(2026, 2, 3), 0, -5000),
    ]
    outcome = run(programme(Rule("a", fixed=100)), events(date(2026, 2, 1)), movements=movements)
    assert (outcome.total.adjusted, outcome.total.spent) == (-2000, 0)
    assert outcome.total.balance == 8000


def test_undone():
    """100 taken back; the cap of 100 is free again for the next."""
    happened = [
        *events(date(2026, 2, 1), date(2026, 2, 2)),
        Event(3, "A", date(2026, 2, 3), 9, undoes=1),
        Event(4, "A", date(2026, 2, 4), 0),
    ]
    outcome = run(programme(Rule("a", fixed=100, cap=100)), happened)
    assert (outcome.total.given, outcome.total.taken_back) == (20000, 10000)
    assert outcome.rules == {"a": 10000}
    assert outcome.total.balance == 10000


def test_undone_after_it_was_spent_is_owed_and_after_it_expired_is_not():
    spent = [Movement("A", date(2026, 2, 2), 0, -10000)]
    happened = [*events(date(2026, 2, 1)), Event(9, "A", date(2026, 5, 1), 0, undoes=1)]
    outcome = run(programme(Rule("a", fixed=100)), happened, movements=spent)
    assert outcome.total.balance == -10000
    outcome = run(programme(Rule("a", fixed=100, validity=1)), happened)
    assert (outcome.total.balance, outcome.total.taken_back) == (0, 0)


def test_undone_after_it_expired_counts_no_more():
    """300 for 1 month make it Silver on 5 January. Undone on 5 March: told on the 6th, and down
    after 30 days of grace."""
    rungs = [tiers.Rung("standard", 0), tiers.Rung("silver", 100)]
    plan = Programme([Rule("a", fixed=300, validity=1)], rungs, {})
    happened = [*events(date(2026, 1, 5)), Event(9, "A", date(2026, 3, 5), 0, undoes=1)]
    outcome = run(plan, happened)
    assert (outcome.total.expired, outcome.total.taken_back) == (30000, 0)
    assert outcome.steps == [
        Step(date(2026, 1, 5), "A", "standard", "silver"),
        Step(date(2026, 4, 5), "A", "silver", "standard"),
    ]


def test_undone_without_days_of_grace():
    """200 make it Middle on 5 January. Undone on 5 March: down the next morning."""
    happened = [*events(date(2026, 1, 5)), Event(9, "A", date(2026, 3, 5), 0, undoes=1)]
    outcome = run(programme(Rule("a", fixed=200), grace_days=0), happened)
    assert outcome.steps == [
        Step(date(2026, 1, 5), "A", "start", "middle"),
        Step(date(2026, 3, 6), "A", "middle", "start"),
    ]


def test_undone_what_was_given_before_the_first_day():
    """150 were given in December, 50 of them are spent. Undone: 100 from the lot, 50 owed."""
    starts = {
        "A": Start("start", [lots.Lot(7, 10000, None)], [(date(2025, 12, 5), 150)]),
    }
    awards = [Award(1, "a", 7, 15000, 150, date(2025, 12, 5))]
    happened = [Event(2, "A", date(2026, 2, 1), 0, undoes=1)]
    outcome = run(programme(Rule("a", fixed=100)), happened, {}, starts=starts, awards=awards)
    assert (outcome.total.taken_back, outcome.total.balance) == (15000, -5000)


def test_down_after_the_days_of_grace():
    """200 on 10 March 2025 leave the 12 months on 10 March 2026; 30 days later it steps down."""
    starts = {"A": Start("middle", [], [(date(2025, 3, 10), 200)])}
    outcome = run(programme(Rule("a", fixed=1)), [], starts=starts)
    assert outcome.steps == [Step(date(2026, 4, 9), "A", "middle", "start")]


def test_points_in_time_call_the_review_off():
    starts = {"A": Start("middle", [], [(date(2025, 3, 10), 200)])}
    happened = events(date(2026, 4, 8))
    outcome = run(programme(Rule("a", fixed=200)), happened, starts=starts)
    assert outcome.steps == []


def test_calendar_year():
    """1,000 in 2025: Silver to the end of 2026, and down on 1 January 2027."""
    rungs = [tiers.Rung("standard", 0, tiers.YEAR), tiers.Rung("silver", 1000, tiers.YEAR)]
    plan = Programme([Rule("a", fixed=1)], rungs, {})
    starts = {"A": Start("silver", [], [(date(2025, 3, 10), 1000)])}
    assert run(plan, [], starts=starts).steps == []
    outcome = run(plan, [], last=date(2027, 6, 30), starts=starts)
    assert outcome.steps == [Step(date(2027, 1, 1), "A", "silver", "standard")]


def test_tiers_by_other_figures():
    """Tiers by money paid: no rule changes them, and a payment earns by the tier before it."""
    happened = events(date(2026, 2, 1), date(2026, 2, 2), amount=300)
    figures = [Figure("A", event.day, event.order, event.amount) for event in happened]
    plan = programme(Rule("paid", per_unit=1, follows_tier=True), by_points=False)
    outcome = run(plan, happened, figures=figures)
    assert outcome.total.given == (300 + 450) * 100
    assert outcome.steps == [
        Step(date(2026, 2, 1), "A", "start", "middle"),
        Step(date(2026, 2, 2), "A", "middle", "top"),
    ]


def test_a_tier_that_was_given():
    given_tier = Given("A", date(2026, 2, 1), tiers.Override("top", date(2026, 3, 31)))
    happened = events(date(2026, 1, 15), date(2026, 2, 15), date(2026, 4, 15))
    plan = programme(Rule("a", fixed=10, follows_tier=True))
    outcome = run(plan, happened, given=[given_tier])
    assert outcome.total.given == (10 + 20 + 10) * 100
    assert [(step.day, step.after) for step in outcome.steps] == [
        (date(2026, 2, 1), "top"),
        (date(2026, 4, 1), "start"),
    ]


def test_a_tier_that_was_given_in_the_course_of_the_day():
    """Given between two events: the first earns by the tier before, the second twice as much."""
    day = date(2026, 2, 1)
    happened = [Event(number, "A", day, number) for number in (1, 3)]
    plan = programme(Rule("a", fixed=10, follows_tier=True))
    override = tiers.Override("top", date(2026, 3, 31))
    for order, total in ((2, 10 + 20), (None, 20 + 20), (9, 10 + 10)):
        outcome = run(plan, happened, given=[Given("A", day, override, order)])
        assert outcome.total.given == total * 100, order
        assert outcome.steps[0] == Step(day, "A", "start", "top")
    # Of before the first day there is only the morning.
    before = Given("A", date(2025, 12, 1), override, 2)
    assert run(plan, happened, given=[before]).total.given == 40 * 100


def test_points_of_another_firm_count_for_tiers_on_the_day_they_were_earned():
    """150 here and 150 there: Middle. 100 of those are taken back in May, which were earned in
    February: 200 are left, just enough. Another 100 in June: told then, and down 30 days later."""
    figures = [
        Figure("A", date(2026, 2, 1), 5, 150),
        Figure("A", date(2026, 5, 1), 1, -100, date(2026, 2, 1)),
        Figure("A", date(2026, 6, 1), 2, -100, date(2026, 2, 1)),
    ]
    outcome = run(programme(Rule("a", fixed=150)), events(date(2026, 1, 5)), figures=figures)
    assert outcome.total.given == 15000
    assert outcome.steps == [
        Step(date(2026, 2, 1), "A", "start", "middle"),
        Step(date(2026, 7, 2), "A", "middle", "start"),
    ]


def test_no_rules_no_tiers_no_events():
    outcome = replay(Programme([], [], {}), [], {}, FIRST, LAST)
    assert (outcome.total.given, outcome.clients, len(outcome.months)) == (0, {}, 12)


def test_leaves_is_the_first_day_that_the_span_leaves_out():
    for day in (date(2025, 1, 31), date(2024, 2, 29), date(2025, 8, 31), date(2025, 3, 10)):
        for months in (1, 3, 12, 24):
            gone = simulation.leaves(day, months)
            spans = tiers.spans([tiers.Rung("x", 1, months)], gone)
            before = tiers.spans([tiers.Rung("x", 1, months)], gone - timedelta(days=1))
            assert spans[months][0] > day >= before[months][0]


# ----------------------------------------------------------------------
# Whatever happens
# ----------------------------------------------------------------------

DAYS = st.integers(0, 364).map(lambda number: FIRST + timedelta(days=number))
RULES = st.lists(
    st.builds(
        Rule,
        key=st.uuids(),
        fixed=st.integers(0, 300),
        per_unit=st.sampled_from([0, 0.05, 0.1]),
        follows_tier=st.booleans(),
        cap=st.sampled_from([None, 100, 250]),
        period=st.sampled_from(["month", "quarter", "year", "ever"]),
        validity=st.sampled_from([0, 1, 3]),
        qualifies=st.booleans(),
    ),
    min_size=1,
    max_size=3,
)


@st.composite
def histories(draw):
    """Return (rules, events, movements), some events undone."""
    rules = draw(RULES)
    happened = [
        Event(number, draw(st.sampled_from("AB")), draw(DAYS), number, draw(st.integers(0, 3000)))
        for number in range(draw(st.integers(0, 12)))
    ]
    undone = draw(st.sets(st.sampled_from(happened), max_size=4)) if happened else set()
    for event in undone:
        later = event.day + timedelta(days=draw(st.integers(0, 60)))
        happened.append(Event(100 + event.number, event.client, later, 1000, undoes=event.number))
    movements = [
        Movement(
            draw(st.sampled_from("AB")),
            draw(DAYS),
            500,
            draw(st.integers(-30000, 30000)),
            spends=draw(st.booleans()),
        )
        for _number in range(draw(st.integers(0, 5)))
    ]
    return rules, happened, movements


@settings(max_examples=150, deadline=None)
@given(histories())
def test_every_point_is_accounted_for(history):
    rules, happened, movements = history
    until = LAST + timedelta(days=90)
    outcome = run(programme(*rules), happened, last=until, movements=movements)
    for tally in [outcome.total, *outcome.clients.values()]:
        assert tally.balance == (
            tally.given + tally.adjusted - tally.taken_back - tally.spent - tally.expired
        )
    for name in ("given", "taken_back", "spent", "expired", "adjusted", "short", "balance"):
        by_client = sum(getattr(tally, name) for tally in outcome.clients.values())
        assert by_client == getattr(outcome.total, name)
        if name != "balance":
            by_month = sum(getattr(tally, name) for tally in outcome.months.values())
            assert by_month == getattr(outcome.total, name)
    assert list(outcome.months.values())[-1].balance == outcome.total.balance
    assert sum(outcome.rules.values()) == outcome.total.given - outcome.total.taken_back
    wanted = sum(movement.units for movement in movements)
    spent = outcome.total.spent + outcome.total.short
    assert spent - outcome.total.adjusted == -wanted
    for client, key in outcome.tiers.items():
        steps = [step for step in outcome.steps if step.client == client]
        assert key == (steps[-1].after if steps else "start")
        for one, next_one in zip(steps, steps[1:], strict=False):
            assert one.after == next_one.before


@settings(max_examples=100, deadline=None)
@given(histories())
def test_caps_hold(history):
    rules, happened, _movements = history
    happened = [event for event in happened if event.undoes is None]
    for rule in rules:
        outcome = run(programme(rule), happened)
        if not rule.cap:
            continue
        periods = {simulation.earning.period_start(day, rule.period) for day in outcome.months}
        assert outcome.total.given <= rule.cap * 100 * 2 * len(periods)
        if rule.period == "month":
            assert all(month.given <= rule.cap * 200 for month in outcome.months.values())


@settings(max_examples=60, deadline=None)
@given(histories())
def test_clients_do_not_touch_each_other(history):
    rules, happened, movements = history
    plan = programme(*rules)
    both = run(plan, happened, movements=movements)
    for client in both.clients:
        own = [event for event in happened if event.client == client]
        moved = [movement for movement in movements if movement.client == client]
        alone = run(plan, own, claim(happened, *(rule.key for rule in rules)), movements=moved)
        if client in alone.clients:
            assert alone.clients[client].balance == both.clients[client].balance
            assert alone.tiers[client] == both.tiers[client]


@settings(max_examples=60, deadline=None)
@given(histories(), st.sampled_from([1, 2, 5]))
def test_more_points_are_never_less(history, times):
    """Without caps and multipliers, so many times the points give so many times as much."""
    rules, happened, _movements = history
    plain = [rule._replace(cap=None, follows_tier=False, per_unit=0) for rule in rules]
    more = [rule._replace(fixed=rule.fixed * times) for rule in plain]
    assert (
        run(programme(*more), happened).total.given
        == run(programme(*plain), happened).total.given * times
    )


@pytest.mark.parametrize("number", [2, 30])
def test_days_are_reviewed_one_by_one_or_when_something_changes(number):
    """Looking at every client each morning gives the same steps as looking when there is cause."""
    happened = events(*(FIRST + timedelta(days=7 * place) for place in range(number)))
    plan = Programme(
        [Rule("a", fixed=60)],
        [tiers.Rung("start", 0, 1), tiers.Rung("middle", 200, 1), tiers.Rung("top", 260, 2)],
        MULTIPLIERS,
        grace_days=10,
    )
    seldom = run(plan, happened)
    nothing = [
        Figure("A", FIRST + timedelta(days=place), -1, 0.0) for place in range((LAST - FIRST).days)
    ]
    assert run(plan, happened, figures=nothing).steps == seldom.steps
    assert seldom.steps or number == 2


def test_what_stands_in_for_another_earns_as_that_did():
    """0.1 x 3,000 = 300 in January, and Middle, which would earn 1.5 times. 1.00 is credited in
    June: 299 (299.9). The limit of 500 has 201 left for 2,000.00, which earn 300 in Middle."""
    credited = date(2026, 6, 5)
    happened = [
        Event(1, "A", date(2026, 1, 10), 1, 3000),
        Event(2, "A", credited, 2, undoes=1),
        Event(3, "A", date(2026, 1, 10), 3, 2999, lineage=1, told=credited),
        Event(4, "A", date(2026, 7, 1), 4, 2000),
    ]
    rule = Rule("paid", per_unit=0.1, follows_tier=True, cap=500)
    outcome = run(programme(rule), happened)
    assert outcome.total.given == (300 + 299 + 201) * 100
    assert outcome.total.taken_back == 300 * 100
    assert outcome.total.balance == 500 * 100
    assert outcome.months[date(2026, 5, 1)].balance == 300 * 100
    assert outcome.months[date(2026, 6, 1)].balance == 299 * 100


def test_points_past_their_last_day_pay_no_debt():
    """300 are owed. What is recorded on 1 March and was good until 31 January pays nothing."""
    owed = [Movement("A", date(2026, 1, 1), 0, -30000, spends=True)]
    late = [Event(1, "A", date(2026, 1, 1), 1, told=date(2026, 3, 1))]
    outcome = run(
        programme(Rule("call", fixed=500, validity=1), debt_limit=30000), late, movements=owed
    )
    assert (outcome.total.given, outcome.total.expired) == (50000, 50000)
    assert outcome.total.balance == -30000
