"""How often somebody may ask within a while: a sliding window in the memory of one process.

Each server process counts for itself, so the whole firm allows as many times the limit as it has
processes. That is enough against a script that asks without end, and costs no query.
"""

from collections import OrderedDict, deque
from threading import Lock


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
