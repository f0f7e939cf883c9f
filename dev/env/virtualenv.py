"""The virtual environment `.dev/venv`: what requirements.txt lists, and the Odoo found."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from .paths import CACHE, ODOO_LINK, PYTHON, ROOT, VENV
from .progress import Failure, run, say

REQUIREMENTS = ROOT / "requirements.txt"
STAMP = VENV / "complete"


def requirements() -> tuple[list[str], list[str]]:
    """The requirements: (Python packages, OCA addons).

    An OCA addon requires the distribution `odoo`, which pip cannot have, and through it
    packages that must not be installed (PyPDF2); so addons are installed on their own,
    without looking at what they require: requirements.txt lists that too.
    """
    lines = re.sub(r"#.*", "", REQUIREMENTS.read_text()).split("\n")
    names = [line.strip() for line in lines if line.strip()]
    addons = [name for name in names if name.startswith("odoo-addon-")]
    return [name for name in names if name not in addons], addons


def prepare() -> None:
    """Make the environment match requirements.txt; a matching one costs nothing."""
    stamp = hashlib.sha256(
        "\n".join([REQUIREMENTS.read_text(), sys.version, str(VENV)]).encode()
    ).hexdigest()
    if STAMP.exists() and STAMP.read_text() == stamp and PYTHON.exists():
        return
    shutil.rmtree(VENV, ignore_errors=True)
    _create()
    packages, addons = requirements()
    environment = os.environ | {
        "PIP_CACHE_DIR": str(CACHE / "pip"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    pip = [PYTHON, "-m", "pip", "install", "--progress-bar=off"]
    advice = "Is the network up, and does pip reach its package index? Then run this again."
    run(
        f"Installing {len(packages)} Python packages",
        [*pip, *packages],
        "pip",
        share=lambda text: _pip_share(text, len(packages)),
        advice=advice,
        env=environment,
    )
    run(
        f"Installing {len(addons)} OCA addon{'s' if len(addons) > 1 else ''}",
        [*pip, "--no-deps", *addons],
        "pip-oca",
        advice=advice,
        env=environment,
    )
    (site_packages() / "loyalty_odoo.pth").write_text(f"{ODOO_LINK}\n")
    STAMP.write_text(stamp)


def _create() -> None:
    if not importlib.util.find_spec("ensurepip"):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        if os.geteuid() == 0 and shutil.which("apt-get"):
            subprocess.run(["apt-get", "update", "-qq"], check=False)
            run(
                "Installing python3-venv",
                ["apt-get", "install", "-y", f"python{version}-venv"],
                "apt-venv",
                advice=f"Install python{version}-venv and run this again.",
            )
        else:
            raise Failure(
                "Python's venv module is not complete on this machine. Type:\n"
                f"    sudo apt install python{version}-venv\nand run this again."
            )
    run("Creating a virtual environment", [sys.executable, "-m", "venv", VENV], "venv")


def _pip_share(text: str, packages: int) -> str:
    if "Installing collected packages" in text:
        return "(unpacking)"
    return f"({min(len(re.findall(r'^Collecting ', text, re.M)), packages)} found)"


def site_packages() -> Path:
    return next((VENV / "lib").glob("python3*")) / "site-packages"


def check_no_pypdf2() -> None:
    """Warn of the package that breaks every PDF report."""
    if importlib.util.find_spec("PyPDF2"):
        say("PyPDF2 is installed in .dev/venv, so PDF reports fail: delete .dev/venv.")
