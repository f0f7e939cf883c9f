"""File locks: two commands of one clone, or of two clones, may prepare at the same time."""

import fcntl
from contextlib import contextmanager
from pathlib import Path

from .progress import say


@contextmanager
def locked(path: Path, what: str = ""):
    """Hold `path` locked; `what` is said when another command has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if what:
                say(f"Another command is {what}; waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
