"""./dev/bench [names]: run the benchmarks and print their figures as a table.

The contract of a benchmark is in benchmarks/README.md.
"""

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

from .. import database, postgres
from ..lock import locked
from ..paths import DEV, ROOT
from ..progress import Failure, say

FOLDER = ROOT / "benchmarks"
STATE = DEV / "bench.json"


def main(arguments: list[str]) -> int:
    every = {path.stem.removeprefix("bench_"): path for path in sorted(FOLDER.glob("bench_*.py"))}
    unknown = set(arguments) - set(every)
    if unknown or not every:
        raise Failure(
            f"No such benchmark: {', '.join(unknown) or FOLDER}. There are: {', '.join(every)}"
        )
    chosen = [every[name] for name in arguments or every]
    with postgres.server(), locked(DEV / "bench.lock", "measuring"):
        for path in chosen:
            original = _prepared(path)
            target = f"{original}_run"
            database.drop(target)
            database.copy(original, target)
            try:
                rows = database.call(
                    target,
                    f"benchmarks.{path.stem}:run",
                    f"Measuring {path.stem.removeprefix('bench_')}",
                    path.stem,
                )
            finally:
                database.drop(target)
            say(table(rows))
            say(f"\n{circumstances()}")
    return 0


def _prepared(path: Path) -> str:
    """The database a benchmark starts from: the template, after its `prepare(env)` if any.

    It is kept until the addons, the generators or the benchmark change.
    """
    with locked(database.LOCK, "building the test database"):
        template = database.template()
        key = database.template_key()
        if not _has_prepare(path):
            return template
        files = [path, *sorted((ROOT / "tests" / "generators").glob("*.py"))]
        key += hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
        states = json.loads(STATE.read_text()) if STATE.exists() else {}
        name = database.name(path.stem)
        if states.get(name) != key or not database.exists(name):
            states.pop(name, None)
            STATE.write_text(json.dumps(states))
            database.drop(name)
            database.copy(template, name)
            database.call(
                name,
                f"benchmarks.{path.stem}:prepare",
                f"Preparing the data of {path.stem.removeprefix('bench_')}",
                f"{path.stem}-prepare",
            )
            STATE.write_text(json.dumps(states | {name: key}))
        return name


def _has_prepare(path: Path) -> bool:
    return bool(re.search(r"^def prepare\(", path.read_text(), re.M))


def circumstances() -> str:
    """When, of what and on what was measured, as the results in benchmarks/README.md say it."""
    machine = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines() if sys.platform == "linux" else ():
        if line.startswith("model name"):
            machine = line.partition(":")[2].strip()
            break
    return f"{date.today()}, {_commit()}, {machine}, {os.cpu_count()} cores"


def _commit() -> str:
    """The commit that was measured, with a plus if something is not committed."""
    if not shutil.which("git") or not (ROOT / ".git").exists():
        return "no commit known"
    git = ["git", "-C", str(ROOT)]
    told = [
        subprocess.run([*git, *words], capture_output=True, text=True, check=False).stdout.strip()
        for words in (["rev-parse", "--short", "HEAD"], ["status", "--porcelain", "-uno"])
    ]
    return f"{told[0]}{'+' if told[1] else ''}"


def table(rows: list[dict]) -> str:
    """Rows of equal keys as text in columns, numbers to the right."""
    heads = list(dict.fromkeys(key for row in rows for key in row))
    cells = [[_text(row.get(head)) for head in heads] for row in rows]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    numbers = [all(isinstance(row.get(head), int | float) for row in rows) for head in heads]
    lines = [heads, ["-" * width for width in widths], *cells]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(line, widths, numbers, strict=True)
        ).rstrip()
        for line in lines
    )


def _text(value) -> str:
    if isinstance(value, float):
        return f"{value:,.3f}" if abs(value) < 100 else f"{value:,.1f}"
    return "" if value is None else f"{value:,}" if type(value) is int else str(value)
