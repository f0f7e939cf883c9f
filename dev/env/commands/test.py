"""./dev/test [pytest arguments]: pytest on a fresh copy of the test database."""

import os
from contextlib import contextmanager

from .. import database, logs, postgres, server
from ..paths import LOGS, PYTHON, ROOT
from ..progress import say

PYTEST = [PYTHON, "-m", "pytest"]
# They have databases of their own in processes of their own, where they install, upgrade, or wait
# for the scheduler. Of the whole suite they run beside all others, which takes a third off its time
# on two processors.
BESIDE = tuple(f"tests/test_{name}.py" for name in ("lifecycle", "upgrade", "beside", "scheduler"))
NOTHING_CHOSEN = 5  # pytest's exit code when no test fits what was asked for


def main(arguments: list[str]) -> int:
    os.chdir(ROOT)
    files = named(arguments)
    if files and all(file.startswith("tests/engine") for file in files):
        return server.foreground([*PYTEST, "-p", "no:odoo", *arguments])
    with postgres.server(), database.copy_of_template("test") as name:
        if files:
            return on_database(name, arguments)
        with beside(arguments) as ended:
            codes = {on_database(name, [*arguments, *(f"--ignore={file}" for file in BESIDE)])}
            codes.add(ended())
        return max(codes - {NOTHING_CHOSEN}, default=NOTHING_CHOSEN)


def named(arguments: list[str]) -> list[str]:
    """Return the files and folders of tests among the arguments; none: the whole suite."""
    return [word for word in arguments if (ROOT / word.split("::")[0]).exists()]


def on_database(name: str, arguments: list[str]) -> int:
    log = LOGS / f"{name}.log"
    code = server.foreground(
        [
            *PYTEST,
            f"--odoo-database={name}",
            "--odoo-http",
            "--odoo-log-level=warn",
            f"--odoo-extra=logfile={log}",
            f"--odoo-extra=http-port={server.free_port()}",
            *arguments,
        ],
        env=server.environment(),
    )
    return logs.report(log) or code


@contextmanager
def beside(arguments: list[str]):
    """Run the tests of `BESIDE` in the background.

    Gives a function that waits for them, prints what they said and returns their exit code.
    """
    told = LOGS / f"beside_{os.getpid()}.txt"
    with (
        told.open("w") as output,
        server.running(
            [*PYTEST, "-p", "no:odoo", "-p", "no:cacheprovider", *BESIDE, *arguments],
            env=server.environment(),
            stdout=output,
            stderr=output,
        ) as process,
    ):

        def ended() -> int:
            if process.poll() is None:
                say(f"Waiting for {' and '.join(BESIDE)}, which run beside the others.")
            code = process.wait()
            print(told.read_text(), flush=True)
            return code

        try:
            yield ended
        finally:
            told.unlink()
