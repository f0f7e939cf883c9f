"""How late Odoo's own scheduler notices what comes due: a real server, a real clock, no patch."""

import os
import time
from datetime import UTC, datetime

import pytest

pytest.importorskip(
    "dev.env.database", reason="these tests make databases of their own: run ./dev/test"
)
from dev.env import database, server
from dev.env.lock import locked
from dev.env.paths import LOGS

from .installing import query

#: Odoo looks each minute; more is left for a busy machine.
LATEST = 60
ROOM = 10
PATIENCE = 150


@pytest.fixture
def desk():
    name = f"{database.name('scheduler')}_{os.getpid()}"
    with locked(database.LOCK, "building the test database"):
        database.copy(database.name("template"), name)
    yield name
    database.drop(name)


def noticed(name: str, clocks: list[int]) -> dict[int, datetime]:
    """Return the clocks of which somebody was told, with the moment when they were due."""
    rows = query(
        name,
        "SELECT clock_id || ' ' || due_date FROM loyalty_service_sla_escalation_log"
        " WHERE state = 'sent' AND clock_id = ANY(%s)",
        clocks,
    )
    pairs = (row.split(" ", 1) for row in rows)
    return {int(clock): datetime.fromisoformat(due) for clock, due in pairs}


def delays(name: str, seconds: list[int]) -> list[float]:
    """Let a server run until all that comes due is told; return how many seconds late each was.

    What came due before the server was up is late since then.
    """
    clocks = database.call(
        name, "tests.scheduler:plan", "Planning what comes due", "scheduler", seconds=seconds
    )
    late, up = {}, None
    path = LOGS / "scheduler-server.log"
    with (
        path.open("w") as log,
        server.running(
            server.command(f"--database={name}", "--no-http", "--max-cron-threads=1"),
            env=server.environment(),
            stdout=log,
            stderr=log,
        ) as odoo,
    ):
        ended = time.monotonic() + PATIENCE + max(seconds)
        while len(late) < len(clocks) and time.monotonic() < ended:
            assert odoo.poll() is None, "the server has ended"
            time.sleep(0.5)
            now = datetime.now(UTC).replace(tzinfo=None)
            if not up and "Registry loaded" in path.read_text():
                up = now
            for clock, due in noticed(name, clocks).items():
                late.setdefault(clock, (now - max(due, up)).total_seconds())
    assert len(late) == len(clocks), late
    return [late[clock] for clock in clocks]


def test_within_a_minute_of_its_time(desk):
    """They come due while the scheduler sleeps: the first one waits longest."""
    late = delays(desk, [20, 40, 60])
    assert min(late) >= 0, late
    assert max(late) <= LATEST + ROOM, late
