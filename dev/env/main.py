"""Prepare the environment, then carry out one command inside it."""

import errno
import importlib
import os
import shutil
import signal
import sys
from pathlib import Path

from . import server, source, system, virtualenv
from .lock import locked
from .paths import CACHE, DEV, PYTHON, VENV
from .progress import Failure, say

CURABLE = {
    errno.ENOSPC: "the disk is full. Make room and run this again.",
    errno.EACCES: "may not be written. Make it yours, or work in a folder of your own.",
    errno.EROFS: "may not be written. Work in a folder that can be.",
}


def main(arguments: list[str]) -> int:
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, _leave)  # as an exception, so that everything started is stopped
    try:
        if Path(sys.prefix) != VENV:
            prepare()
            os.execv(
                PYTHON, [PYTHON, "-P", "-B", Path(__file__).with_name("__main__.py")] + arguments
            )
        command, *rest = arguments
        return importlib.import_module(f"env.commands.{command}").main(rest)
    except Failure as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno not in CURABLE:
            raise
        print(f"\n{error.filename or DEV}: {CURABLE[error.errno]}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _leave(signum, _frame):
    signal.signal(signum, signal.SIG_IGN)
    sys.exit(128 + signum)


def prepare() -> None:
    """Make everything that the commands need; what is there already costs nothing."""
    DEV.mkdir(exist_ok=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(DEV).free < 300_000_000:
        raise Failure(f"The disk of {DEV} is full. Make room and run this again.")
    if not VENV.exists():
        say("The first time this fetches Odoo and what it needs: about 5 minutes.")
    with locked(DEV / "prepare.lock", "preparing the environment"):
        package = source.find()
        source.link(package)
        virtualenv.prepare()
        system.prepare()
        server.configure(package)
