"""Programs and fonts of the system: PDF reports, Chinese text, the browser of the tests."""

import ctypes.util
import os
import shutil
import subprocess
from pathlib import Path

from . import apt
from .paths import CACHE, DEV, PYTHON, VENV
from .progress import Failure, run, say

NOTO_CJK = ("/usr/share/fonts/opentype/noto", "/usr/share/fonts/noto-cjk")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TRIED = DEV / "system-packages"  # what could not be installed, so as not to try every time


def missing() -> dict[str, str]:
    """Debian's package -> what does not work without it, for what is not there."""
    lacks = {}
    if not _browser():
        lacks["chromium"] = "browser tests"
    if not ctypes.util.find_library("atomic"):
        lacks["libatomic1"] = "browser tests"  # playwright's own Node.js wants it
    if not shutil.which("wkhtmltopdf"):
        lacks["wkhtmltopdf"] = "PDF reports"
    if not any(list(Path(folder).glob("NotoSansCJK*")) for folder in NOTO_CJK):
        lacks["fonts-noto-cjk"] = "Chinese text in PDF reports"
    if not shutil.which("pdftotext"):
        lacks["poppler-utils"] = "tests that read a PDF"
    return lacks


def _browser() -> str | None:
    """A browser that starts: Ubuntu's package of that name is a shell that asks for a snap."""
    places = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    for program in filter(None, (shutil.which(name, path=places) for name in BROWSERS)):
        if not subprocess.run([program, "--version"], capture_output=True, check=False).returncode:
            return program
    return None


def _is_ubuntu() -> bool:
    return apt.machine().get("ID") == "ubuntu"


def prepare() -> None:
    """Install what is missing where we may; else say what to type, and go on without."""
    lacks = missing()
    if lacks and not _tried(lacks):
        try:
            _install(lacks)
        except Failure as failure:
            say(str(failure))
        TRIED.write_text(" ".join(missing()))
        lacks = missing()
    if lacks:
        say(f"Not installed: {', '.join(f'{name} ({use})' for name, use in lacks.items())}.")
        say("Everything else works without. To have it too, type:")
        if "chromium" in lacks and _is_ubuntu():
            del lacks["chromium"]
            say("    sudo snap install chromium")
        if lacks:
            say(f"    sudo apt install {' '.join(lacks)}")


def _install(lacks: dict) -> None:
    root = os.geteuid() == 0
    packages = [name for name in lacks if not (name == "chromium" and _is_ubuntu())]
    if packages and root and shutil.which("apt-get"):
        apt.install(f"Installing {', '.join(packages)}", packages, "apt-system")
    if "chromium" in lacks and _is_ubuntu():
        _fetch_browser(["--with-deps"] if root else [])


def _fetch_browser(options: list[str]) -> None:
    """Fetch the browser that playwright offers, and put it where Odoo's tests look for one."""
    environment = os.environ | {"PLAYWRIGHT_BROWSERS_PATH": str(CACHE / "browsers")}
    run(
        "Fetching Chromium",
        [PYTHON, "-m", "playwright", "install", *options, "chromium"],
        "chromium",
        env=environment,
        advice="Type: sudo snap install chromium",
    )
    code = (
        "from playwright.sync_api import sync_playwright as start\n"
        "with start() as playwright: print(playwright.chromium.executable_path)"
    )
    told = subprocess.run(
        [PYTHON, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    link = VENV / "bin" / "chromium"
    link.unlink(missing_ok=True)
    link.symlink_to(told.stdout.strip())


def _tried(lacks: dict) -> bool:
    return TRIED.exists() and TRIED.read_text() == " ".join(lacks)
