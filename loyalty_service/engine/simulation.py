"""What a programme would have given: the firm's own events, replayed under given rules and tiers.

The replay goes through time as the programme does. Day by day, before anything else happens:
points whose last day has passed expire, and tiers are reviewed. Then what happened on that day,
in its order: an event earns by the rules, with the tier that its client has at that moment, as
far as caps allow; a client whose points reach a tier has it at once; an event that is undone
takes back exactly what it gave. The arithmetic is that of the programme itself: ``earning``,
``lots`` and ``tiers``.

**Spending is taken as it was**: what a client spent then, it spends now, on the same day, out of
the points it has by then, the earliest-expiring first. Where the changed rules left it with
less, it spends what is there and what the programme lets it owe, and the rest is reported as
``short``. What was adjusted by hand is adjusted again; what an order had given is taken back when
it is cancelled, even if the client then owes more than it may. That clients would have spent more
had they had more is not guessed.

The replay starts from what was there on its first day: lots, tiers, points that count, and
what had been used up of caps.

Points are whole in rules and caps, and hundredths of a point in lots. Days are
:class:`datetime.date`.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from . import earning, lots, tiers

DAY = timedelta(days=1)
TOLD_EVERY = 1000  # entries of the history between two notes of how far it is
#: What each column of a :class:`Tally` does to the balance.
EFFECT = {"given": 1, "adjusted": 1, "taken_back": -1, "spent": -1, "expired": -1, "short": 0}


class Rule(NamedTuple):
    """An earning rule.

    :ivar cap: most points of a client within one ``period``, None for no limit
    :ivar validity: months for which the points can be spent, 0 for ever
    :ivar qualifies: whether its points count for tiers
    """

    key: Hashable
    fixed: float = 0.0
    per_unit: float = 0.0
    follows_tier: bool = False
    cap: float | None = None
    period: str = "year"
    validity: int = 0
    qualifies: bool = True


class Programme(NamedTuple):
    """Rules and tiers.

    :ivar rules: in the order in which they share nothing but the event
    :ivar rungs: of the ladder
    :ivar multipliers: key of a rung -> how many times the points its clients earn
    :ivar by_points: whether tiers are reached by points earned. Else they are reached only by
        what :class:`Figure` says, which no rule changes.
    :ivar debt_limit: how far below zero spending may go, in hundredths of a point
    """

    rules: Iterable[Rule]
    rungs: Iterable[tiers.Rung]
    multipliers: Mapping[Hashable, float]
    grace_days: int = 30
    by_points: bool = True
    debt_limit: int = 0


class Event(NamedTuple):
    """Something that happened with a client.

    :ivar number: names it; one that happened later on the same day has a higher ``order``
    :ivar undoes: number of the event that did not happen after all, or None
    :ivar lineage: number of the event as which its source was recorded first, if it stands in
        for that: it earns by the tier of then, see :func:`earning.again`
    :ivar told: day on which it was recorded in place of another one, where that was later
    """

    number: int
    client: Hashable
    day: date
    order: object
    amount: float = 0.0
    undoes: int | None = None
    lineage: int | None = None
    told: date | None = None


class Movement(NamedTuple):
    """Points that moved by no rule, in hundredths: below zero taken, above given.

    :ivar spends: whether they were spent or given back, of what was spent before. Else they were
        adjusted: by hand, or by an order that gave them.
    :ivar may_owe: whether they are taken even if they are not there, without any limit
    """

    client: Hashable
    day: date
    order: object
    units: int
    expiry: date | None = None
    spends: bool = False
    may_owe: bool = False


class Figure(NamedTuple):
    """What counts for tiers and follows from no rule here: money paid, a full month, points that
    another firm gave.

    :ivar counts_on: the day as which it counts, if that is another one: what is taken back today
        counted on the day on which it was earned
    """

    client: Hashable
    day: date
    order: object
    figure: float
    counts_on: date | None = None


class Given(NamedTuple):
    """A tier that somebody gave a client from ``first`` on; see :class:`tiers.Override`.

    :ivar order: of that day, when it was given. None for the morning, before all else.
    """

    client: Hashable
    first: date
    override: tiers.Override
    order: object = None


class Award(NamedTuple):
    """What an event gave before the first day, in case it is undone later.

    :ivar units: hundredths of a point that can still be taken back: awarded less expired
    """

    event: int
    rule: Hashable
    lot: int
    units: int
    qualifying: float
    day: date


class Start(NamedTuple):
    """A client on the morning of the first day.

    :ivar holds: :class:`lots.Lot` that hold or owe points
    :ivar earned: ``(day, points)`` that count for tiers
    """

    tier: Hashable | None = None
    holds: Iterable[lots.Lot] = ()
    earned: Iterable[tuple[date, float]] = ()


class Step(NamedTuple):
    """A client moved from one tier to another."""

    day: date
    client: Hashable
    before: Hashable | None
    after: Hashable | None


class Tally:
    """Hundredths of a point, summed over a month, a client or all."""

    __slots__ = ("adjusted", "balance", "expired", "given", "short", "spent", "taken_back")

    def __init__(self):
        self.given = self.taken_back = self.spent = self.expired = self.adjusted = 0
        self.short = self.balance = 0


class Outcome(NamedTuple):
    """What the replay comes to.

    :ivar total: :class:`Tally`; its balance is what clients hold at the end
    :ivar months: first day of a month -> :class:`Tally`, with the balance at its end
    :ivar clients: client -> :class:`Tally`
    :ivar tiers: client -> key of the tier at the end
    :ivar rules: key of a rule -> hundredths of a point given, less taken back
    """

    total: Tally
    months: dict
    clients: dict
    tiers: dict
    rules: dict
    steps: list


@lru_cache(maxsize=4096)
def leaves(day: date, months: int) -> date:
    """Return the day on which what was earned on ``day`` no longer counts in so many months.

    >>> leaves(date(2025, 3, 10), 12)
    datetime.date(2026, 3, 10)
    >>> leaves(date(2025, 1, 31), 1)
    datetime.date(2025, 3, 1)
    """
    result = day + relativedelta(months=months)
    while result - relativedelta(months=months) < day:
        result += DAY
    return result


def replay(
    programme: Programme,
    events: Iterable[Event],
    claims: Mapping[int, Iterable[Hashable]],
    first: date,
    last: date,
    *,
    movements: Iterable[Movement] = (),
    figures: Iterable[Figure] = (),
    given: Iterable[Given] = (),
    starts: Mapping[Hashable, Start] | None = None,
    used: Mapping[tuple, float] | None = None,
    awards: Iterable[Award] = (),
    progress: Callable[[float], None] | None = None,
) -> Outcome:
    """Return what ``programme`` would have given from ``first`` to ``last``.

    :param claims: number of an event -> keys of the rules that it satisfies, in their order
    :param starts: client -> :class:`Start`; who is not in it begins with nothing
    :param used: ``(rule, client, first day of the period)`` -> points given before ``first``
    :param awards: of events that are undone within the time
    :param progress: is told now and then which share of the way, 0 to 1, lies behind

    A client buys for 1,000, twice. 0.1 point per unit: 100, which makes it Silver, then 150.

    >>> outcome = replay(
    ...     Programme(
    ...         [Rule("paid", per_unit=0.1, follows_tier=True)],
    ...         [tiers.Rung("standard", 0), tiers.Rung("silver", 100)],
    ...         {"standard": 1.0, "silver": 1.5},
    ...     ),
    ...     [Event(1, "A", date(2026, 1, 5), 1, 1000), Event(2, "A", date(2026, 2, 5), 2, 1000)],
    ...     {1: ["paid"], 2: ["paid"]},
    ...     date(2026, 1, 1),
    ...     date(2026, 12, 31),
    ... )
    >>> outcome.total.given, outcome.tiers, outcome.months[date(2026, 2, 1)].balance
    (25000, {'A': 'silver'}, 25000)
    """
    events = list(events)
    given = list(given)
    in_the_day = [one for one in given if one.order is not None and first <= one.first <= last]
    at_once = [one for one in given if one not in in_the_day]
    run = _Run(programme, first, last, starts or {}, used or {}, awards, at_once)
    run.firsts = {event.lineage for event in events if event.lineage is not None}
    timeline = [
        *((event.told or event.day, event.order, 0, event) for event in events),
        # A payment earns by the tier that its client had before it.
        *((figure.day, figure.order, 1, figure) for figure in figures),
        *((movement.day, movement.order, 2, movement) for movement in movements),
        *((one.first, one.order, 3, one) for one in in_the_day),
    ]
    timeline.sort(key=lambda entry: entry[:3])
    for number, (day, _order, kind, what) in enumerate(timeline):
        if progress and number % TOLD_EVERY == 0:
            progress(number / len(timeline))
        run.advance(day)
        if kind == 1:
            run.count(what)
        elif kind == 2:
            run.move(what)
        elif kind == 3:
            run.give(what)
        elif what.undoes is None:
            run.earn(what, claims.get(what.number, ()))
        else:
            run.undo(what)
    run.advance(last)
    return run.finish()


class _Client:
    """What the replay knows of one client."""

    __slots__ = (
        "account",
        "credits",
        "figures",
        "name",
        "overrides",
        "review",
        "tally",
        "tier",
        "told",
        "woken",
    )

    def __init__(self, name, start: Start, numbers):
        self.name = name
        self.account = lots.Account(
            [lots.Lot(lot.number, lot.balance, lot.expiry, lot.is_debt) for lot in start.holds],
            numbers,
        )
        self.tier = start.tier
        self.credits = list(start.earned)
        self.figures = None  # what counts, until something leaves a window
        self.review = None
        self.told = False
        self.overrides = []
        self.tally = Tally()
        self.woken = set()


class _Run:
    """The state of a replay."""

    def __init__(self, programme, first, last, starts, used, awards, given):
        self.rules = {rule.key: rule for rule in programme.rules}
        self.rungs = tiers.sort(programme.rungs)
        self.multipliers = programme.multipliers
        self.grace = programme.grace_days
        self.by_points = programme.by_points
        self.debt_limit = programme.debt_limit
        self.first, self.last = first, last
        self.day = first - DAY
        self.used = dict(used)
        self.windows = {rung.window for rung in self.rungs}
        self.spans = (None, {})
        self.numbers = count(lots.FIRST_NEW)
        self.clients = {}
        self.due = []  # heap of (day, number of the client): somebody to look at that morning
        self.total = Tally()
        self.months = defaultdict(Tally)
        self.given_by_rule = dict.fromkeys(self.rules, 0)
        self.steps = []
        self.awards = defaultdict(list)  # event -> what it gave
        self.firsts = set()  # events in whose place others come
        self.recorded = {}  # (one of them, rule) -> multiplier, what all of them gave
        self.expired = defaultdict(int)  # lot -> what of it has expired
        self.by_number = []
        self.numbered = {}
        for award in awards:
            self.awards[award.event].append(award)
        for name, start in starts.items():
            self._enter(name, start)
        for one in given:
            self._wake(self._note_given(one), max(one.first, first))

    # -- clients ------------------------------------------------------------------------

    def _client(self, name) -> _Client:
        client = self.clients.get(name)
        return client or self._enter(name, Start(self._entry()))

    def _entry(self):
        """Return the tier of a client of which nothing is known yet."""
        lowest = self.rungs[0] if self.rungs else None
        return lowest.key if lowest and lowest.threshold <= 0 else None

    def _enter(self, name, start: Start) -> _Client:
        client = _Client(name, start, self.numbers)
        self.clients[name] = client
        self.numbered[name] = len(self.by_number)
        self.by_number.append(client)
        for lot in client.account.lots.values():
            if lot.expiry is not None and lot.balance > 0:
                self._wake(client, max(lot.expiry + DAY, self.first))
        client.tally.balance = client.account.balance
        self.total.balance += client.account.balance
        for day, _points in client.credits:
            self._wake_when_it_leaves(client, day)
        self._wake(client, max(self.first, self.day + DAY))
        if tiers.YEAR in self.windows:
            for year in range(self.first.year, self.last.year + 2):
                turn = date(year, 1, 1)
                self._wake(client, turn - timedelta(days=self.grace))
                self._wake(client, turn)
        return client

    def _wake(self, client: _Client, day: date) -> None:
        """Look at the client on the morning of ``day``."""
        if self.day < day <= self.last and day >= self.first and day not in client.woken:
            client.woken.add(day)
            heappush(self.due, (day, self.numbered[client.name]))

    def _wake_when_it_leaves(self, client: _Client, day: date) -> None:
        for window in self.windows:
            if window and window != tiers.YEAR:
                self._wake(client, leaves(day, window))

    # -- the calendar -------------------------------------------------------------------

    def advance(self, day: date) -> None:
        """Go to ``day``: through the mornings on which there is something to do."""
        while self.due and self.due[0][0] <= day:
            morning, number = heappop(self.due)
            self._turn(morning)
            client = self.by_number[number]
            client.woken.discard(morning)
            self._expire(client)
            client.figures = None
            self._check(client, review=True)
        self._turn(day)

    def _turn(self, day: date) -> None:
        """Make ``day`` today, and close the months that end before it."""
        if day <= self.day:
            return
        month = self.day.replace(day=1)
        while month < day.replace(day=1):
            if month >= self.first.replace(day=1):
                self.months[month].balance = self.total.balance
            month += relativedelta(months=1)
        self.day = day

    def finish(self) -> Outcome:
        month = self.first.replace(day=1)
        while month <= self.last:
            # A month in which nothing happened is one, too.
            self.months[month].balance = self.months[month].balance
            month += relativedelta(months=1)
        self.months[self.last.replace(day=1)].balance = self.total.balance
        return Outcome(
            self.total,
            dict(sorted(self.months.items())),
            {name: client.tally for name, client in self.clients.items()},
            {name: client.tier for name, client in self.clients.items()},
            self.given_by_rule,
            self.steps,
        )

    def _book(self, client: _Client, what: str, units: int) -> None:
        """Add ``units`` to what was given, spent, ...; balances follow."""
        change = EFFECT[what] * units
        client.tally.balance += change
        self.total.balance += change
        for tally in (self.total, self.months[self.day.replace(day=1)], client.tally):
            setattr(tally, what, getattr(tally, what) + units)

    def _expire(self, client: _Client) -> None:
        rows = client.account.expire(self.day)
        if not rows:
            return
        for row in rows:
            self.expired[row.lot] -= row.points
        self._forget_empty_lots(client)
        self._book(client, "expired", -sum(row.points for row in rows))

    @staticmethod
    def _forget_empty_lots(client: _Client) -> None:
        account = client.account
        account.lots = {
            number: lot for number, lot in account.lots.items() if lot.balance or lot.is_debt
        }

    # -- tiers --------------------------------------------------------------------------

    def _check(self, client: _Client, review: bool = False) -> None:
        """Move the client up; at the review of the morning, also down."""
        if not self.rungs:
            return
        points, lapse = tiers.count(self._figures(client), self.day)
        override = self._override(client)
        step = tiers.step(
            self.rungs,
            client.tier,
            points,
            self.day,
            # The grace begins when the client is told, thus at the daily review.
            client.review if client.told or not review else None,
            self.grace,
            lapse,
            override,
        )
        exact = bool(override and override.exact)
        if not review and not exact and tiers.is_lower(self.rungs, step.key, client.tier):
            # Without days of grace, it is the review of the next morning that lowers.
            step = tiers.Step(client.tier, client.review)
            self._wake(client, self.day + DAY)
        client.told = bool(step.review) and (
            review or (client.told and step.review == client.review)
        )
        client.review = step.review
        if step.review:
            self._wake(client, step.review if client.told else self.day + DAY)
        if step.key != client.tier:
            self.steps.append(Step(self.day, client.name, client.tier, step.key))
            client.tier = step.key

    def _figures(self, client: _Client) -> dict:
        if self.spans[0] != self.day:
            self.spans = (self.day, tiers.spans(self.rungs, self.day))
        if client.figures is None:
            # What has left the longest window does not come back.
            oldest = min(begin for begin, _end in self.spans[1].values())
            client.credits = [credit for credit in client.credits if credit[0] >= oldest]
            client.figures = {
                key: sum([figure for day, figure in client.credits if begin <= day <= end])
                for key, (begin, end) in self.spans[1].items()
            }
        return client.figures

    def _note_given(self, one: Given) -> _Client:
        client = self._client(one.client)
        client.overrides.append(one)
        end = one.override.until + DAY
        for day in (end - timedelta(days=self.grace), end):
            self._wake(client, max(day, self.first))
        return client

    def _override(self, client: _Client):
        for one in client.overrides:
            if one.first <= self.day <= one.override.until:
                return one.override
        return None

    # -- what happens -------------------------------------------------------------------

    def earn(self, event: Event, claims: Iterable[Hashable]) -> None:
        client = self._client(event.client)
        multiplier = self.multipliers.get(client.tier, 1.0)
        first = event.number if event.lineage is None else event.lineage
        total = 0
        for key in claims:
            rule = self.rules.get(key)
            terms = self.recorded.get((first, key), (multiplier, []))
            points = rule and self._allowed(rule, event, *terms)
            if not points:
                continue
            if first in self.firsts:
                self.recorded.setdefault((first, key), terms)[1].append((event.amount, points))
            until = earning.expiry(event.day, rule.validity)
            rows = client.account.award(points * 100, until, today=self.day)
            gone = -sum(row.points for row in rows if row.kind == lots.EXPIRE)
            if gone:
                self.expired[rows[0].lot] += gone
                self._book(client, "expired", gone)
            if until is not None:
                self._wake(client, max(until + DAY, self.day + DAY))
            qualifying = points if rule.qualifies else 0
            self.awards[event.number].append(
                Award(event.number, key, rows[0].lot, points * 100, qualifying, event.day)
            )
            self.given_by_rule[key] += points * 100
            total += points * 100
            self._credit(client, event.day, qualifying)
        if total:
            self._book(client, "given", total)
            self._check(client)

    def _allowed(self, rule: Rule, event: Event, multiplier: float, given: list) -> int:
        """Return the points of an event by a rule, as far as the cap allows.

        :param given: ``(amount, points)`` of what it stands in for
        """

        def worth(amount):
            return earning.points(
                rule.fixed, rule.per_unit, amount, multiplier if rule.follows_tier else 1.0
            )

        points = earning.again(worth, event.amount, given) if given else worth(event.amount)
        if not points or not rule.cap:
            return points
        key = (rule.key, event.client, earning.period_start(event.day, rule.period))
        return earning.capped([(key, points, rule.cap)], self.used)[0]

    def _credit(self, client: _Client, day: date, qualifying: float) -> None:
        if qualifying and self.by_points:
            self._add(client, day, qualifying)

    def count(self, figure: Figure) -> None:
        """Let what does not come from the rules count for the tier."""
        client = self._client(figure.client)
        self._add(client, figure.counts_on or figure.day, figure.figure)
        self._check(client)

    def give(self, one: Given) -> None:
        """Let the client have a tier from this moment on."""
        self._check(self._note_given(one))

    def _add(self, client: _Client, day: date, figure: float) -> None:
        client.credits.append((day, figure))
        if day == self.day and client.figures is not None:
            # What is counted today counts in every window but that of last year.
            for key in client.figures:
                client.figures[key] += figure if key != tiers.LAST_YEAR else 0
        else:
            client.figures = None
        self._wake_when_it_leaves(client, day)

    def undo(self, event: Event) -> None:
        """Take back what the event gave, less what of it has expired."""
        awards = self.awards.pop(event.undoes, ())
        if not awards:
            return
        client = self._client(event.client)
        total = 0
        for award in awards:
            units = award.units - self.expired.pop(award.lot, 0)
            client.account.reverse(award.lot, units)
            total += units
            rule = self.rules.get(award.rule)
            if rule:
                self.given_by_rule[award.rule] -= units
                key = (award.rule, event.client, earning.period_start(award.day, rule.period))
                if key in self.used:
                    self.used[key] -= units / 100
            self._credit(client, award.day, -award.qualifying)
        self._forget_empty_lots(client)
        if total:
            self._book(client, "taken_back", total)
        # Points count for the tier after they have expired, too, and no more from now on.
        self._check(client)

    def move(self, movement: Movement) -> None:
        client = self._client(movement.client)
        what = "spent" if movement.spends else "adjusted"
        if movement.units > 0:
            units = movement.units
            if movement.spends:
                # What could not be spent is not given back either.
                unspent = min(units, client.tally.short)
                self._book(client, "short", -unspent)
                units -= unspent
            if units:
                client.account.award(units, movement.expiry, lots.ADJUST)
                if movement.expiry is not None:
                    self._wake(client, max(movement.expiry, self.day) + DAY)
                self._book(client, what, EFFECT[what] * units)
            return
        balance, limit = client.account.balance, self.debt_limit
        if movement.may_owe:
            limit = max(limit, -movement.units - balance)
        units = min(-movement.units, max(balance + limit, 0))
        if units:
            client.account.spend(units, limit=limit)
            self._forget_empty_lots(client)
            self._book(client, what, EFFECT[what] * -units)
        if -movement.units > units:
            self._book(client, "short", -movement.units - units)
