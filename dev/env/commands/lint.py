"""./dev/lint: every check of style, one after the other; all are run, then the verdict."""

import os
import shutil
from pathlib import Path

from .. import checks, database, logs, postgres, server, source
from ..paths import ADDONS, LOGS, ODOO_LINK, PYTHON, ROOT, VENV
from ..progress import Failure, say

PYLINT_OFF = (
    "manifest-required-author",  # OCA's own addons name OCA
    "missing-readme",  # the addons have a description page
    "consider-merging-classes-inherited",  # a model that does two things has two files
    "method-required-super",  # an append-only model refuses to write
)
# Conventions of OCA's own repositories.
OCA_CHECKS_OFF = ("xml-header-wrong", "xml-field-numeric-without-eval")


def main(arguments: list[str]) -> int:
    if arguments:
        raise Failure("Usage: ./dev/lint")
    os.chdir(ROOT)
    bin_folder = VENV / "bin"
    failed = []
    for title, command in {
        "ruff": [bin_folder / "ruff", "check", "."],
        "ruff format": [bin_folder / "ruff", "format", "--check", "."],
        "pylint-odoo": [
            *(bin_folder / "pylint", "--disable=all", "--enable=odoolint", "--score=no"),
            *(f"--disable={','.join(PYLINT_OFF)}", *ADDONS),
        ],
        "OCA's XML and CSV checks": [
            *(bin_folder / "oca-checks-odoo-module", f"--disable={','.join(OCA_CHECKS_OFF)}"),
            *ADDONS,
        ],
    }.items():
        say(f"==> {title}")
        if server.foreground(command):
            failed.append(title)
    say("==> Data files")
    problems = checks.problems()
    for problem in problems:
        say(problem)
    if problems:
        failed.append("data files")
    say("==> Odoo's test_lint")
    if _test_lint():
        failed.append("Odoo's test_lint")
    say(f"\nFAILED: {', '.join(failed)}" if failed else "\nAll checks passed.")
    return 1 if failed else 0


def _test_lint() -> int:
    folder = _addon_folder("test_lint") / "tests"
    left_out = ["test_checkers.py"]  # tests the checkers, not the code
    if not shutil.which("eslint"):
        left_out.append("test_eslint.py")
        say("The scripts are not linted: there is no eslint here.")
    with postgres.server(), database.copy_of_template("lint") as name:
        log = LOGS / f"{name}.log"
        code = server.foreground(
            [
                *(PYTHON, "-m", "pytest", "-p", "env.odoo_lint", "-p", "no:cacheprovider"),
                *("-q", "-rs", "-c", os.devnull, f"--rootdir={folder}"),
                "--import-mode=importlib",  # `addons` on sys.path would hide Python's `calendar`
                *(f"--odoo-database={name}", "--odoo-log-level=warn"),
                f"--odoo-extra=logfile={log}",
                *(f"--ignore={folder / file}" for file in left_out),
                folder,
            ],
            env=server.environment(PYTHONPATH=str(ROOT / "dev")),
        )
        return logs.report(log) or code


def _addon_folder(addon: str) -> Path:
    folders = source.addons_folders((ODOO_LINK / "odoo").resolve())
    return next(folder / addon for folder in folders if (folder / addon).exists())
