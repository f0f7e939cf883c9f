"""Walking through the past: what happens, in the order of its moments, each at its own time.

The clock of Python is frozen once (starting freezegun costs more than all moves together) and
then moved on; the clock of the transaction, from which Odoo takes `create_date`, follows it.
"""

from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from heapq import heappop, heappush
from itertools import count
from unittest.mock import patch
from zoneinfo import ZoneInfo

from freezegun import freeze_time

from odoo.addons.loyalty_service_sla import chinese_holidays

ZONE = ZoneInfo("Asia/Shanghai")
HOURS = (time(9, 0), time(18, 0))


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """Return the moment of a local time of day, as Odoo stores it: UTC without zone."""
    local = datetime.combine(day, time(hour, minute), ZONE)
    return local.astimezone(UTC).replace(tzinfo=None)


def local_day(moment: datetime) -> date:
    return moment.replace(tzinfo=UTC).astimezone(ZONE).date()


def workday(day: date) -> date:
    """Return ``day``, or the Monday after it."""
    return day + timedelta(days=max(7 - day.weekday(), 0) if day.weekday() > 4 else 0)


@cache
def _public_days(year: int) -> dict[date, bool]:
    """Return ``{day: whether it is worked}`` for the holidays of a year and their make-up days."""
    return {day.date: day.works for day in chinese_holidays.get_days([year])}


def open_day(day: date) -> date:
    """Return ``day``, or the first day after it on which the office is open."""
    while not _public_days(day.year).get(day, day.weekday() < 5):
        day += timedelta(days=1)
    return day


def after_work(moment: datetime, hours: float) -> datetime:
    """Return the moment that lies so many office hours after ``moment``."""
    local = moment.replace(tzinfo=UTC).astimezone(ZONE).replace(tzinfo=None)
    left = timedelta(hours=hours)
    while True:
        day = open_day(local.date())
        opens, closes = (datetime.combine(day, hour) for hour in HOURS)
        local = max(local, opens) if day == local.date() else opens
        if local < closes and left <= closes - local:
            return at(day, 0) + ((local + left) - datetime.combine(day, time()))
        left -= max(closes - local, timedelta())
        local = datetime.combine(day + timedelta(days=1), time())


class Walk:
    """An agenda that is carried out with the clock standing at each entry's moment."""

    def __init__(self, now: datetime):
        self.now = now
        self._agenda = []
        self._number = count()  # keeps entries of one moment in the order they came in

    def today(self) -> date:
        """Return the local day at which the clock stands."""
        return local_day(datetime.now(UTC).replace(tzinfo=None))

    def plan(self, moment: datetime, function: Callable, *arguments) -> None:
        """Enter a call; what lies after the end of the walk never happens."""
        if moment <= self.now:
            heappush(self._agenda, (moment, next(self._number), function, arguments))

    @contextmanager
    def frozen(self, env, start: datetime):
        with freeze_time(start) as self._clock, patch.object(env.cr, "now", datetime.now):
            yield

    def carry_out(self, until: datetime | None = None) -> None:
        """Carry out what is planned before ``until`` (all without one), also what that adds."""
        while self._agenda and (until is None or self._agenda[0][0] < until):
            moment, _number, function, arguments = heappop(self._agenda)
            self._clock.move_to(moment)
            function(*arguments)
