"""Calls that come to wait for one another: that they are at once is sure, not luck."""

import time
from concurrent.futures import ThreadPoolExecutor

from odoo.tools import SQL

TIMEOUT = 60


def meeting(registry, table, ids, *calls):
    """Carry out ``calls``, each in a thread; return what they answer.

    They are let go when all of them have come to wait for the rows, or for one that does: that
    they meet is sure, not luck.
    """
    with ThreadPoolExecutor(len(calls)) as pool:
        with registry.cursor() as cr:
            rows = SQL("SELECT id FROM %s WHERE id IN %s", SQL.identifier(table), tuple(ids))
            cr.execute(SQL("%s FOR UPDATE", rows))
            asked = [pool.submit(call) for call in calls]
            wait_until_waiting(registry, asked)
        return [answer.result(TIMEOUT) for answer in asked]


def wait_until_waiting(registry, asked):
    """Return when as many connections wait for a lock as there are futures in ``asked``."""
    deadline = time.monotonic() + TIMEOUT
    waiting = 0
    while time.monotonic() < deadline:
        # Each look is a transaction of its own: within one PostgreSQL says the same again.
        with registry.cursor() as cr:
            cr.execute(
                "SELECT COUNT(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            [waiting] = cr.fetchone()
        if waiting >= len(asked):
            return
        for answer in asked:
            if answer.done():
                result = answer.result()
                raise AssertionError(f"did not wait: {getattr(result, 'text', result)}")
        time.sleep(0.05)
    raise AssertionError(f"{waiting} of {len(asked)} wait")
