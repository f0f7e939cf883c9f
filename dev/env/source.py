"""Find Odoo 19: ODOO_HOME, else an importable `odoo`, else Debian's package."""

import os
import re
import subprocess
import sys
from pathlib import Path

from . import apt
from .paths import DEV, ODOO_LINK
from .progress import Failure, say

RELEASE = "19.0"
UNPACKED = DEV / "odoo"
# Debian's odoo-19 links scripts and fonts of these packages by relative paths; without
# them every page answers 500.
PACKAGES = (
    "odoo-19",
    "libjs-jquery",
    "libjs-underscore",
    "libjs-jquery-form",
    "fonts-font-awesome",
    "fonts-roboto-unhinted",
    "fonts-inconsolata",
    "fonts-montserrat",
)


def release_of(package: Path) -> str:
    """The release of the Odoo whose Python package is `package`, such as `19.0`."""
    text = (package / "release.py").read_text()
    found = re.search(r"^version_info\s*=\s*\((\S+?),\s*(\d+)", text, re.M)
    return f"{found[1]}.{found[2]}" if found else "unknown"


def find() -> Path:
    """The folder of Odoo's Python package `odoo`, fetched if need be."""
    home = os.environ.get("ODOO_HOME")
    if home:
        package = Path(home).expanduser().resolve() / "odoo"
        if not (package / "release.py").exists():
            raise Failure(
                f"ODOO_HOME is {home}, which holds no Odoo: it must be a source checkout, "
                "or the folder that holds the Python package `odoo`."
            )
        if release_of(package) != RELEASE:
            raise Failure(f"ODOO_HOME holds Odoo {release_of(package)}; {RELEASE} is needed.")
        return package
    package = _importable()
    if package:
        return package
    package = UNPACKED / "usr/lib/python3/dist-packages/odoo"
    if not (package / "release.py").exists():
        apt.unpack(apt.download("sid", PACKAGES), UNPACKED)
    return package


def _importable() -> Path | None:
    """Odoo as the machine's own Python (not the project's environment) has it."""
    found = subprocess.run(
        [getattr(sys, "_base_executable", sys.executable), "-P", "-c"]
        + ["import odoo.release as release; print(release.__file__)"],
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        return None
    package = Path(found.stdout.strip()).parent
    if release_of(package) == RELEASE:
        return package
    say(f"Python has Odoo {release_of(package)} at {package}; {RELEASE} is needed, so not used.")
    return None


def link(package: Path) -> None:
    """Make `.dev/source/odoo` lead to `package`.

    The environment sees that one folder only, and so not the other Python packages that may
    lie beside an installed Odoo.
    """
    ODOO_LINK.mkdir(parents=True, exist_ok=True)
    target = ODOO_LINK / "odoo"
    if not (target.is_symlink() and target.resolve() == package):
        target.unlink(missing_ok=True)
        target.symlink_to(package)


def addons_folders(package: Path) -> list[Path]:
    """Odoo's folders of addons: all inside the package, or, in a source checkout, beside it."""
    inside, beside = package / "addons", package.parent / "addons"
    return [inside] if (inside / "web").exists() else [inside, beside]
