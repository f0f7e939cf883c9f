"""What becomes of each client, and the traces that it leaves on the way.

A client stays, is about to leave, or has left. The cause decides which traces show before the
end: silence, late payments, complaints, slow answers of ours, falling satisfaction. Nothing
else in the generator knows who leaves: it only reads these numbers.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from math import sin


@dataclass(frozen=True)
class Cause:
    """Traces at full strength, each 0 to 1 unless said otherwise."""

    drop: float  # fall of the mood, in points of 100
    late: float = 0.0  # more likely to pay late
    silence: float = 0.0  # contacts that no longer take place
    complaints: float = 0.0  # more complaints a month
    slow: float = 0.0  # how slow we answer
    reopens: float = 0.0  # tickets that come back
    unpaid: int = 0  # last invoices that are never paid


CAUSES = {
    "price": Cause(drop=45, late=0.5, silence=0.3, complaints=0.3, unpaid=1),
    "quality": Cause(drop=55, late=0.2, complaints=0.8, slow=0.2, reopens=0.6),
    "response": Cause(drop=50, late=0.2, silence=0.2, complaints=0.6, slow=1.0, reopens=0.2),
    "staff": Cause(drop=40, silence=0.5, complaints=0.4, slow=0.5),
    "attitude": Cause(drop=50, complaints=0.8, slow=0.2, silence=0.2),
    "closed": Cause(drop=25, late=0.95, silence=0.9, unpaid=2),
    "competitor": Cause(drop=45, silence=1.0),
    "inhouse": Cause(drop=22, silence=0.5),
}
NO_CAUSE = Cause(drop=0)

# The causes in turn.
LEAVING = [
    *("price", "quality", "staff", "closed", "response", "competitor"),
    *("price", "inhouse", "quality", "closed", "competitor", "attitude"),
]
AT_RISK = ["quality", "response", "price", "competitor", "closed"]

DAYS_OF_DECLINE = 180
DAYS_AT_THE_END = 40  # at full strength, before the last day
DAYS_AT_RISK = 270  # since when those in danger today have been sliding


@dataclass(frozen=True)
class Fate:
    """:ivar left: last day of service, None for a client that stays"""

    cause: str | None = None
    begins: date | None = None
    peaks: date | None = None
    left: date | None = None

    def strength(self, day: date) -> float:
        """How far the decline has come on ``day``: 0 not begun, 1 at its worst."""
        if not self.begins or day <= self.begins:
            return 0.0
        return min((day - self.begins) / (self.peaks - self.begins), 1.0)

    def trace(self, name: str, day: date) -> float:
        """The strength of one trace (a field of ``Cause``) on ``day``."""
        return getattr(CAUSES.get(self.cause, NO_CAUSE), name) * self.strength(day)

    def mood(self, base: float, day: date) -> float:
        """How content the client is on ``day``, 0 to 100, with a slow swing of its own."""
        swing = 5 * sin(day.toordinal() / 40 + base)
        return max(3.0, min(98.0, base + swing - self.trace("drop", day)))


def leaves(cause: str, left: date) -> Fate:
    peaks = left - timedelta(days=DAYS_AT_THE_END)
    return Fate(cause, left - timedelta(days=DAYS_OF_DECLINE), peaks, left)


def at_risk(cause: str, today: date) -> Fate:
    peaks = today - timedelta(days=2 * DAYS_AT_THE_END)
    return Fate(cause, today - timedelta(days=DAYS_AT_RISK), peaks)
