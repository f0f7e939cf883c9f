"""./dev/test [pytest arguments]: pytest on a fresh copy of the test database."""

import os

from .. import database, logs, postgres, server
from ..paths import LOGS, PYTHON, ROOT

PYTEST = [PYTHON, "-m", "pytest"]


def main(arguments: list[str]) -> int:
    os.chdir(ROOT)
    if only_engines(arguments):
        return server.foreground([*PYTEST, "-p", "no:odoo", *arguments])
    with postgres.server(), database.copy_of_template("test") as name:
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


def only_engines(arguments: list[str]) -> bool:
    """Whether only tests without Odoo are named, which need no database."""
    named = [word for word in arguments if (ROOT / word.split("::")[0]).exists()]
    return bool(named) and all(word.startswith("tests/engine") for word in named)
