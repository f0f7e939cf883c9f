"""The virtual environment `.dev/venv`: what requirements.txt lists, and the Odoo found."""

import hashlib
import importlib.util
import os
import re
import shutil
import sys
from pathlib import Path

from . import apt
from .paths import CACHE, ODOO_LINK, PYTHON, ROOT, VENV
from .progress import Failure, run

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
    install(
        f"Installing {len(packages)} Python packages",
        packages,
        "pip",
        share=lambda text: _pip_share(text, len(packages)),
    )
    title = f"Installing {len(addons)} OCA addon{'s' if len(addons) > 1 else ''}"
    install(title, ["--no-deps", *addons], "pip-oca")
    (site_packages() / "loyalty_odoo.pth").write_text(f"{ODOO_LINK}\n")
    STAMP.write_text(stamp)


def install(title: str, packages: list[str], log: str, advice: str = "", share=None) -> None:
    """Install packages into the environment, through the cache that clones share."""
    run(
        title,
        [PYTHON, "-m", "pip", "install", "--progress-bar=off", *packages],
        log,
        share=share,
        advice=advice or "Is the network up, and does pip reach its package index?",
        env=os.environ
        | {"PIP_CACHE_DIR": str(CACHE / "pip"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )


def _create() -> None:
    if not importlib.util.find_spec("ensurepip"):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        if os.geteuid() == 0 and shutil.which("apt-get"):
            advice = f"Install python{version}-venv and run this again."
            apt.install("Installing python3-venv", [f"python{version}-venv"], "apt-venv", advice)
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
