"""Do the tests of those we build on pass with our addons installed exactly as without?

    .dev/venv/bin/python tests/core_with_ours.py [--beside addon,addon] [module ...]

Runs them twice, on a database with our addons and on one without, compares test by test, and
prints a table for CORE_TESTS.md. Fails when an outcome differs. `./dev/test` must have run once,
since it prepares the environment. Takes some fifteen minutes on two cores.

`--beside` installs more addons in both databases, after ours: `pip install` them into
`.dev/venv` before.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import closing, contextmanager
from pathlib import Path
from xml.etree import ElementTree

import psycopg2

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dev.env import database, postgres, server, source, virtualenv  # noqa: E402
from dev.env.lock import locked  # noqa: E402
from dev.env.paths import ODOO_LINK  # noqa: E402

MODULES = ("loyalty", "sale_loyalty", "survey", "portal", "helpdesk_mgmt")


def folder(module: str) -> Path:
    """Return the folder of an addon's tests."""
    places = [
        *map(Path, source.addons_folders((ODOO_LINK / "odoo").resolve())),
        Path(virtualenv.site_packages()) / "odoo" / "addons",
    ]
    return next(place / module / "tests" for place in places if (place / module).is_dir())


@contextmanager
def copy_of(kind: str, beside: list[str]):
    """A copy of a database, with more addons installed in it, that speaks English only.

    With several languages survey's pages greet the tests in Chinese, in which they find nothing.
    """
    name = f"{database.name('core')}_{os.getpid()}"
    database.drop(name)
    database.copy(database.name(kind), name)
    with closing(psycopg2.connect(dbname=name)) as connection, connection:
        connection.cursor().execute("UPDATE res_lang SET active = code = 'en_US' WHERE active")
    if beside:
        database.install(name, beside, f"Installing {', '.join(beside)}", "install-beside")
    try:
        yield name
    finally:
        database.drop(name)


def outcomes(kind: str, module: str, beside: list[str]) -> dict[str, str]:
    """Return ``{test: passed, failed, error or skipped}`` on a copy of a database."""
    with copy_of(kind, beside) as name, tempfile.NamedTemporaryFile(suffix=".xml") as report:
        subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
                *("-c", "/dev/null", "--rootdir", str(folder(module))),
                f"--odoo-database={name}",
                "--odoo-http",
                "--odoo-log-level=critical",
                f"--odoo-extra=http-port={server.free_port()}",
                f"--junitxml={report.name}",
                str(folder(module)),
            ],
            env=server.environment(),
            cwd=tempfile.gettempdir(),
            stdout=sys.stderr,
            check=False,
        )
        cases = ElementTree.parse(report.name).iter("testcase")
        return {f"{case.get('classname')}.{case.get('name')}": _outcome(case) for case in cases}


def _outcome(case) -> str:
    for tag, word in (("failure", "failed"), ("error", "error"), ("skipped", "skipped")):
        if case.find(tag) is not None:
            return word
    return "passed"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--beside", type=lambda text: text.split(","), default=[])
    parser.add_argument("modules", nargs="*", default=MODULES)
    options = parser.parse_args(arguments)
    beside = options.beside
    different, broken = [], []
    print("| tests of | without ours | with ours |\n|---|---|---|")
    with postgres.server():
        with locked(database.LOCK, "building the test database"):
            database.template()
        for module in options.modules:
            before, after = (outcomes(kind, module, beside) for kind in ("base", "template"))
            print(f"| {module} | {_summary(before)} | {_summary(after)} |", flush=True)
            for test in sorted(before.keys() | after.keys()):
                outcome = before.get(test), after.get(test)
                if outcome[0] != outcome[1]:
                    different.append(f"{test}: {outcome[0]} without, {outcome[1]} with")
                elif outcome[0] in ("failed", "error"):
                    broken.append(f"{test}: {outcome[0]} both ways")
    print("\n" + "\n".join([*broken, *(different or ["Every test came out the same."])]))
    return bool(different)


def _summary(told: dict[str, str]) -> str:
    return ", ".join(f"{count} {word}" for word, count in sorted(Counter(told.values()).items()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
