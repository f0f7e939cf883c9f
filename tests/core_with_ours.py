"""Do the tests of those we build on pass with our addons installed exactly as without?

    .dev/venv/bin/python tests/core_with_ours.py [module ...]

Runs them twice, on a database with our addons and on one without, compares test by test, and
prints a table for CORE_TESTS.md. Fails when an outcome differs. `./dev/test` must have run once,
since it prepares both databases. Takes some ten minutes on two cores.
"""

import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dev.env import database, postgres, server, source, virtualenv  # noqa: E402
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
def copy_of(kind: str):
    name = f"{database.name('core')}_{server.free_port()}"
    database.copy(database.name(kind), name)
    try:
        yield name
    finally:
        database.drop(name)


def outcomes(kind: str, module: str) -> dict[str, str]:
    """Return ``{test: passed, failed, error or skipped}`` on a copy of a database."""
    with copy_of(kind) as name, tempfile.NamedTemporaryFile(suffix=".xml") as report:
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


def main(modules: list[str]) -> int:
    different = []
    print("| tests of | without ours | with ours |\n|---|---|---|")
    with postgres.server():
        for module in modules or MODULES:
            before, after = outcomes("base", module), outcomes("template", module)
            print(f"| {module} | {_summary(before)} | {_summary(after)} |", flush=True)
            different += [
                f"{test}: {before.get(test)} without, {after.get(test)} with"
                for test in sorted(before.keys() | after.keys())
                if before.get(test) != after.get(test)
            ]
    print("\n" + "\n".join(different or ["Every test came out the same."]))
    return bool(different)


def _summary(told: dict[str, str]) -> str:
    return ", ".join(f"{count} {word}" for word, count in sorted(Counter(told.values()).items()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
