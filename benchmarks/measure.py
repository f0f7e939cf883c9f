"""What the benchmarks share: the median of several runs, and databases to compare with."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

RUNS = 3


@dataclass(frozen=True)
class Measure:
    """:ivar seconds: median over the runs, commit included
    :ivar queries: of the last run
    """

    seconds: float
    queries: int


def measure(env, *ways: Callable | tuple) -> list[Measure]:
    """Run each of ``ways`` in turn, several times over, so that all meet the same weather.

    Each is called with the number of the run and committed. One that works in another database
    comes as a pair: its environment, and what is called.
    """
    times, queries = [[] for _way in ways], [0 for _way in ways]
    for run in range(RUNS):
        for place, way in enumerate(ways):
            where, do = way if isinstance(way, tuple) else (env, way)
            where.invalidate_all()
            before, start = where.cr.sql_log_count, perf_counter()
            do(run)
            where.flush_all()
            where.cr.commit()
            times[place].append(perf_counter() - start)
            queries[place] = where.cr.sql_log_count - before
    return [Measure(median(t), q) for t, q in zip(times, queries, strict=True)]


@contextmanager
def without_ours(env, number: int = 0, modules: tuple[str, ...] = ()):
    """Yield the environment of a new database that has what ours depend on, and none of ours.

    :param number: tells several of them apart
    :param modules: addons of others to install in it
    """
    from dev.env import database

    name = f"{env.cr.dbname}_{number}"
    database.drop(name)
    database.copy(database.name("base"), name)
    try:
        if modules:
            database.install(name, [*modules], f"Installing {modules}", "bench-peer")
        registry = Registry(name)
        try:
            with registry.cursor() as cursor:
                yield api.Environment(cursor, SUPERUSER_ID, {})
        finally:
            Registry.delete(name)
    finally:
        database.drop(name)
