"""Say what is going on: one line for each step, its time, its share done where known."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from .paths import LOGS

QUIET_INTERVAL = 15  # seconds between two lines of one step where lines cannot be rewritten


class Failure(Exception):
    """Something the reader can cure; the text says how."""


def say(text: str) -> None:
    print(text, flush=True)


class Step:
    """`with Step("Unpacking") as step: ... step.show(percent)`: one line per step."""

    def __init__(self, title: str):
        self.title = title
        self.live = sys.stdout.isatty()
        self.shown = 0.0

    def __enter__(self):
        self.start = time.monotonic()
        if not self.live:
            say(f"==> {self.title} ...")
        self.show()
        return self

    def show(self, share: str = "") -> None:
        """Show the time elapsed and `share`, such as `41 %` or `12/74`."""
        now = time.monotonic()
        text = f"==> {self.title} ... {now - self.start:.0f} s {share}"
        if self.live:
            width = os.get_terminal_size().columns - 1
            print(f"\r\033[K{text[:width]}", end="", flush=True)
        elif now - max(self.shown, self.start) >= QUIET_INTERVAL:
            say(text)
            self.shown = now

    def __exit__(self, kind, error, trace):
        took = time.monotonic() - self.start
        start = "\r\033[K" if self.live else ""
        say(f"{start}==> {self.title}: {'done' if kind is None else 'failed'} ({took:.1f} s)")


def run(
    title: str,
    command: list,
    log: str,
    share: Callable[[str], str] | None = None,
    advice: str = "",
    **popen,
) -> Path:
    """Run a command as one step, its output in `.dev/logs/<log>.log`.

    `share` gets the log's newest text and returns how far the command is.
    Raises `Failure` with the end of the log and `advice`.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / f"{log}.log"
    with Step(title) as step, path.open("wb") as out:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            **popen,
        )
        try:
            while True:
                try:
                    code = process.wait(0.5)
                    break
                except subprocess.TimeoutExpired:
                    step.show(share(tail(path)) if share else "")
        except BaseException:
            process.terminate()
            process.wait()
            raise
        if code:
            end = "\n".join(f"    {line}" for line in tail(path).splitlines()[-15:])
            raise Failure(f"{title} failed. {advice}\n{end}\n  The whole log: {path}")
    return path


def tail(path: Path, size: int = 20_000) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - size))
        return file.read().decode(errors="replace")


def percent(part: int, whole: int) -> str:
    return f"{100 * part // whole} %" if whole else ""
