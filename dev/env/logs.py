"""A warning in Odoo's log that our addons cause fails the run."""

import re
from pathlib import Path

from .progress import Failure, say

LINE = re.compile(r"^\d{4}-\d\d-\d\d \S+ \d+ (?P<level>[A-Z]+) (?P<db>\S+) (?P<text>.*)$")
BAD = ("WARNING", "ERROR", "CRITICAL")

# Warnings that others cause: (what the line matches, why it is nobody's fault here).
ALLOWED = (
    (r"odoo\.(service|http)\S*: Running as user 'root'", "containers and CI run as root"),
    (
        r"Error received after termination: AssetsLoadingError",
        "a browser test that is over closes the page while it still loads",
    ),
)


def faults(text: str) -> list[str]:
    """The warnings and errors in a log, each with the lines that follow it (a traceback)."""
    found, keep = [], False
    for line in text.splitlines():
        start = LINE.match(line)
        if start:
            keep = start["level"] in BAD and not any(
                re.search(pattern, line) for pattern, _reason in ALLOWED
            )
            if keep:
                found.append(line)
        elif keep:
            found[-1] += f"\n{line}"
    return found


def check(path: Path) -> None:
    """Raise `Failure` when the log has a warning of ours."""
    found = faults(path.read_text(errors="replace"))
    if found:
        text = "\n".join(found)
        raise Failure(f"Odoo's log has {len(found)} warnings or errors ({path}):\n{text}")


def report(path: Path) -> int:
    """Print the warnings of a test run; answer the exit code. A clean log is deleted."""
    found = faults(path.read_text(errors="replace")) if path.exists() else []
    for fault in found:
        say(fault)
    if found:
        say(f"FAILED: Odoo's log of the tests has {len(found)} warnings or errors ({path})")
        return 1
    path.unlink(missing_ok=True)
    return 0
