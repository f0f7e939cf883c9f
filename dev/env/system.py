"""Programs and fonts of the system: PDF reports, Chinese text, the browser of the tests."""

import os
import shutil
from pathlib import Path

from . import apt
from .paths import DEV
from .progress import Failure, say

NOTO_CJK = ("/usr/share/fonts/opentype/noto", "/usr/share/fonts/noto-cjk")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TRIED = DEV / "system-packages"  # what could not be installed, so as not to try every time


def missing() -> dict[str, str]:
    """Debian's package -> what does not work without it, for what is not there."""
    lacks = {}
    if not any(shutil.which(name) for name in BROWSERS):
        lacks["chromium"] = "browser tests"
    if not shutil.which("wkhtmltopdf"):
        lacks["wkhtmltopdf"] = "PDF reports"
    if not any(list(Path(folder).glob("NotoSansCJK*")) for folder in NOTO_CJK):
        lacks["fonts-noto-cjk"] = "Chinese text in PDF reports"
    if not shutil.which("pdftotext"):
        lacks["poppler-utils"] = "tests that read a PDF"
    return lacks


def prepare() -> None:
    """Install what is missing where we may; else say what to type, and go on without."""
    lacks = missing()
    if lacks and os.geteuid() == 0 and shutil.which("apt-get") and not _tried(lacks):
        try:
            apt.install(f"Installing {', '.join(lacks)}", list(lacks), "apt-system")
        except Failure as failure:
            say(str(failure))
        TRIED.write_text(" ".join(missing()))
        lacks = missing()
    if lacks:
        say(f"Not installed: {', '.join(f'{name} ({use})' for name, use in lacks.items())}.")
        say("Everything else works without. To have it too, type:")
        if "chromium" in lacks and apt.machine().get("ID") == "ubuntu":
            del lacks["chromium"]  # Ubuntu's package of that name is an empty shell
            say("    sudo snap install chromium")
        if lacks:
            say(f"    sudo apt install {' '.join(lacks)}")


def _tried(lacks: dict) -> bool:
    return TRIED.exists() and TRIED.read_text() == " ".join(lacks)
