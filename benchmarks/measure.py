"""What the benchmarks share: the median of several runs, with the queries of one."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter

RUNS = 3


@dataclass(frozen=True)
class Measure:
    """:ivar seconds: median over the runs, commit included
    :ivar queries: of the last run
    """

    seconds: float
    queries: int


def measure(env, *ways: Callable[[int], None]) -> list[Measure]:
    """Run each of ``ways`` in turn, several times over, so that all meet the same weather.

    Each is called with the number of the run and committed.
    """
    times, queries = [[] for _way in ways], [0 for _way in ways]
    for run in range(RUNS):
        for place, way in enumerate(ways):
            env.invalidate_all()
            before, start = env.cr.sql_log_count, perf_counter()
            way(run)
            env.flush_all()
            env.cr.commit()
            times[place].append(perf_counter() - start)
            queries[place] = env.cr.sql_log_count - before
    return [Measure(median(t), q) for t, q in zip(times, queries, strict=True)]
