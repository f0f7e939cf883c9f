"""What came of a promise: decided once, and never counted another way afterwards.

A clock says how things stand. What it decided on the way is read off its moves:

* ``kept``: somebody was answered, or something was solved, in time. A ticket that is closed in
  time, reopened and closed again in time has kept its promise each time.
* ``missed``: the deadline of a wait went by; dated then, and once for each wait.
* ``ended``: too late, or with nothing promised any more. It says how long it took, and no more.

Closing in time ends the wait for the next answer as an answer does; what is written on the closed
ticket afterwards decides nothing. Closing without a first answer decides nothing either.
"""

from datetime import datetime
from typing import NamedTuple

from .clock import MET, MISSED, NEXT_RESPONSE, STOPPED, Clock, advance, in_force, look

KEPT = "kept"
BROKEN = "missed"
ENDED = "ended"


class Outcome(NamedTuple):
    """Something that was decided.

    :ivar kind: see above
    :ivar wait: the number of the wait, from 1 on
    :ivar date: when it was decided
    :ivar elapsed: working seconds from the beginning of the wait to its end, 0 for a deadline
    """

    kind: str
    wait: int
    date: datetime
    elapsed: int = 0


def outcomes(before, after):
    """Return what a move of a clock decided, as a list of :class:`Outcome`.

    :param before, after: the :class:`~.clock.Clock` before and after one entry or a look at it

    >>> running = Clock("resolution", "running", seconds=3600, waits=1)
    >>> noon = datetime(2026, 3, 2, 12)
    >>> met = running._replace(state="met", elapsed=1800, finished=noon)
    >>> [(outcome.kind, outcome.elapsed) for outcome in outcomes(running, met)]
    [('kept', 1800)]
    >>> outcomes(met, met), outcomes(met, running)
    ([], [])
    """
    is_same = before.waits == after.waits
    found = []
    if after.breach and not (is_same and before.breach):
        found.append(Outcome(BROKEN, after.waits, after.breach))
    if after.finished and not (is_same and before.finished == after.finished):
        in_time = bool(after.seconds) and not after.breach
        is_next = after.target == NEXT_RESPONSE
        if after.state == STOPPED:
            decided = is_next and in_time
        else:
            was_decided = is_same and is_next and before.state == STOPPED
            decided = after.state in (MET, MISSED) and not was_decided
        if decided:
            kind = KEPT if in_time else ENDED
            found.append(Outcome(kind, after.waits, after.finished, after.elapsed))
    return found


def is_undone(before, after):
    """Tell whether a correction says that the wait of a clock was not too long after all."""
    return bool(before.breach) and not after.breach and before.waits == after.waits


def history(target, entries, calendars):
    """Return the clock of ``target`` after all ``entries``, and all that was decided till then.

    :return: ``(Clock, [Outcome, ...])``; a deadline that went by since the last entry that
        mattered is not among them, see :func:`~.clock.look`
    """
    clock, found = Clock(target), []
    for entry in in_force(entries):
        # A deadline that went by is one decision, and what the entry says of it another.
        seen = look(clock, entry.date, calendars)
        after = advance(seen, entry, calendars)
        if after is not seen:
            found += outcomes(clock, seen) + outcomes(seen, after)
            clock = after
    return clock, found
