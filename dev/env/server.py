"""Odoo as a process: its configuration file, its command line, its life and end."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from . import source, virtualenv
from .paths import DATA, ODOO_CONF, PYTHON, ROOT, VENV
from .progress import Failure

STOP_SECONDS = 20  # how long a program may take to stop before it is killed


def configure(package: Path) -> None:
    """Write Odoo's configuration file for this clone."""
    folders = source.addons_folders(package)
    folders += [virtualenv.site_packages() / "odoo" / "addons", ROOT]
    ODOO_CONF.write_text(
        "[options]\n"
        f"addons_path = {','.join(map(str, folders))}\n"
        f"data_dir = {DATA}\n"
        f"http_interface = {host()}\n"
        f"http_port = {port()}\n"
        "max_cron_threads = 1\n"
        "workers = 0\n"
    )


def host() -> str:
    """The address to listen on: this machine only, since the logins are well known."""
    return os.environ.get("HTTP_INTERFACE", "127.0.0.1")


def port() -> int:
    text = os.environ.get("PORT", "8069")
    if not (text.isdigit() and 0 < int(text) < 65536):
        raise Failure(f"PORT is {text!r}; it must be a number such as 8069.")
    return int(text)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(**more: str) -> dict:
    """The environment of every Odoo process: Odoo reads ODOO_RC and PG* by itself."""
    own = {
        "ODOO_RC": str(ODOO_CONF),
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return os.environ | own | more


def command(*arguments: str) -> list[str]:
    return [str(PYTHON), "-P", "-m", "odoo", *arguments]


def die_with_parent() -> None:
    """Have the kernel stop the child should this command be killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


@contextlib.contextmanager
def running(arguments: list, **popen):
    """A program that is stopped when the block is left, however it is left.

    It gets a process group of its own unless it reads the terminal, so that Ctrl-C reaches
    it once: through us, or through the terminal.
    """
    terminal = sys.stdin is not None and sys.stdin.isatty()
    process = subprocess.Popen(
        [str(word) for word in arguments],
        preexec_fn=die_with_parent,
        process_group=None if terminal else 0,
        **popen,
    )
    try:
        yield process
    except KeyboardInterrupt:
        if not terminal:
            process.send_signal(signal.SIGINT)
        stop(process)
        raise
    finally:
        if process.poll() is None:
            process.terminate()
            stop(process)


def stop(process: subprocess.Popen) -> None:
    """Wait for a program that was told to stop; kill it when it does not."""
    try:
        process.wait(STOP_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()
        process.wait()


def foreground(arguments: list, **popen) -> int:
    """Run a program to its end and answer its exit code."""
    with running(arguments, **popen) as process:
        return process.wait()
