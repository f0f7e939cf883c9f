"""How often somebody may ask within a while: a sliding window in the memory of one process.

Each server process counts for itself, and that is meant. To count together, each key press would
write a row that the next one must wait for, and searches, which only read, would go to the primary
database. What is guarded is the time of processes: whoever asks without end takes at most its
share of each. So that the share of all does not grow with every process, the limit is divided
among them by :func:`per_process`, down to what one who types fast may need of a single one.
"""

from collections import OrderedDict, deque
from threading import Lock


def per_process(limit: int, processes: int, least: int) -> int:
    """Return what each of some processes allows, so that all of them allow ``limit``.

    But never less than ``least``: which process answers is a matter of chance, and may be the same
    one each time. So all allow at most the greater of ``limit`` and ``processes * least``.

    >>> [per_process(60, processes, 30) for processes in (0, 1, 2, 3, 8)]
    [60, 60, 30, 30, 30]
    """
    return max(limit // max(processes, 1), least)


class Rate:
    """At most ``limit`` within ``seconds`` for each key; ``most`` keys are remembered.

    >>> rate = Rate(2, 60)
    >>> [rate.allows("wang", second) for second in (0, 10, 20, 59, 60, 61, 70)]
    [True, True, False, False, True, False, True]
    >>> rate.allows("li", 20)
    True

    What was refused does not count: who asks without end is let in again like anybody else.
    """

    def __init__(self, limit: int, seconds: float, most: int = 10_000):
        self.limit, self.seconds, self.most = limit, seconds, most
        self._asked: OrderedDict[object, deque] = OrderedDict()
        self._lock = Lock()

    def allows(self, key, now: float) -> bool:
        """Count a request at ``now`` (seconds, never going back) and tell whether it may be."""
        with self._lock:
            asked = self._asked.setdefault(key, deque())
            self._asked.move_to_end(key)
            if len(self._asked) > self.most:
                # Who has not asked for longest.
                self._asked.popitem(last=False)
            while asked and asked[0] <= now - self.seconds:
                asked.popleft()
            if len(asked) >= self.limit:
                return False
            asked.append(now)
            return True
