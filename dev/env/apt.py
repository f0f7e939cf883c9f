"""Debian packages without installing them: a private apt root in the shared cache.

`apt-get` needs no root to update lists of its own and to download; `dpkg-deb` unpacks.
Nothing on the machine changes.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from .lock import locked
from .paths import CACHE
from .progress import Failure, Step, percent, run

KEYRINGS = (
    "usr/share/keyrings/debian-archive-keyring.gpg",
    "usr/share/keyrings/debian-archive-keyring.pgp",
)


def machine() -> dict:
    """The machine's /etc/os-release as a dict."""
    lines = Path("/etc/os-release").read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line)
    return {key: value.strip('"') for key, value in pairs}


def mirror(state: Path) -> str:
    """Debian's mirror: DEBIAN_MIRROR, else the one that this Debian machine itself uses, else
    the default of debootstrap, which Debian's relatives carry to make Debian systems.
    """
    if os.environ.get("DEBIAN_MIRROR"):
        return os.environ["DEBIAN_MIRROR"]
    if machine().get("ID") == "debian":
        targets = subprocess.run(
            ["apt-get", "indextargets", "--format"]
            + ["$(REPO_URI) $(RELEASE)", "Created-By: Packages"],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        release = machine().get("VERSION_CODENAME", "stable")
        for line in targets.splitlines():
            uri, _, suite = line.partition(" ")
            if suite in (release, "stable", "testing", "sid", "unstable"):
                return uri
    script = _unpacked("debootstrap", state) / "usr/sbin/debootstrap"
    named = re.search(r'^DEF_MIRROR="(.+)"', script.read_text(), re.M) if script.exists() else None
    if named:
        return named[1]
    raise Failure(
        "Odoo 19 comes from Debian's archive and this machine names no Debian mirror.\n"
        "Set DEBIAN_MIRROR to the address of one (the folder that holds dists/ and pool/),\n"
        "or point ODOO_HOME at an Odoo 19 source checkout."
    )


def _options(state: Path, source_list: Path | None) -> list[str]:
    """Make apt keep its state in `state` and read `source_list` only (None: the machine's)."""
    for folder in ("lists/partial", "cache/archives/partial"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    options = {"Dir::State::Lists": state / "lists", "Dir::Cache": state / "cache"}
    options["Acquire::Retries"] = 3
    if source_list:
        options |= {"Dir::Etc::SourceList": source_list, "Dir::Etc::SourceParts": "/dev/null"}
    if os.geteuid() == 0:
        # apt's own user cannot enter the cache folder
        options["APT::Sandbox::User"] = "root"
    return [f"-o{key}={value}" for key, value in options.items()]


def _keyring(state: Path) -> Path:
    """Debian's archive keys: the machine's, else those of its own package of that name."""
    for find in (lambda: Path("/"), lambda: _unpacked("debian-archive-keyring", state)):
        root = find()
        for name in KEYRINGS:
            if (root / name).exists():
                return root / name
    raise Failure("Debian's archive keys are not where they were. Set ODOO_HOME.")


def _unpacked(package: str, state: Path) -> Path:
    """Fetch a small package of the machine's own suites and unpack it beside the lists."""
    own, folder = state / "own", state / package
    if folder.exists():
        return folder
    options = _options(own, None)
    advice = f"The package {package} could not be had. Set DEBIAN_MIRROR, or ODOO_HOME."
    run(
        "Reading the machine's package lists", ["apt-get", *options, "update"], "apt", advice=advice
    )
    run(
        f"Fetching {package}",
        ["apt-get", *options, "download", package],
        f"apt-{package}",
        advice=advice,
        cwd=own,
    )
    (found,) = own.glob(f"{package}_*.deb")
    subprocess.run(["dpkg-deb", "-x", found, folder], check=True)
    return folder


def download(suite: str, packages: tuple[str, ...]) -> list[Path]:
    """Download `packages` of Debian's `suite` into the cache; answer the .deb files."""
    folder = CACHE / "debian" / suite
    found = _downloaded(folder, packages)
    if found:
        return found
    for tool in ("apt-get", "dpkg-deb"):
        if not shutil.which(tool):
            raise Failure(
                f"{tool} is not here, so Odoo cannot be fetched from Debian's archive.\n"
                "Point ODOO_HOME at an Odoo 19 source checkout."
            )
    with locked(CACHE / "debian.lock", "downloading Odoo"):
        found = _downloaded(folder, packages)
        if found:
            return found
        state = CACHE / "apt"
        state.mkdir(parents=True, exist_ok=True)
        source_list = state / f"{suite}.list"
        source_list.write_text(f"deb [signed-by={_keyring(state)}] {mirror(state)} {suite} main\n")
        options = _options(state, source_list)
        advice = "Is the network up, and does the mirror answer? Then run this again."
        run(
            f"Reading Debian's package lists ({suite})",
            ["apt-get", *options, "-oAPT::Update::Error-Mode=any", "update"],
            "apt-update",
            advice=advice,
        )
        partial = CACHE / "debian" / f"{suite}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        get = ["apt-get", *options, "download"]
        sizes = subprocess.run(
            [*get, "--print-uris", *packages], capture_output=True, text=True, check=False
        ).stdout
        total = sum(int(size) for size in re.findall(r"^'.*' \S+ (\d+) ", sizes, re.M))
        need(partial, total * 2, "the download")
        run(
            f"Downloading Odoo 19 ({total / 1e6:.0f} MB)",
            [*get, *packages],
            "apt-download",
            share=lambda _text: percent(size_of(partial), total),
            advice=advice,
            cwd=partial,
        )
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
        return _downloaded(folder, packages)


def _downloaded(folder: Path, packages: tuple[str, ...]) -> list[Path]:
    found = [next(iter(sorted(folder.glob(f"{name}_*.deb"))), None) for name in packages]
    return found if all(found) else []


def install(title: str, packages: list[str], log: str, advice: str = "") -> None:
    """Install packages of the machine's own suites; we are root."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    run("Reading package lists", ["apt-get", "update"], "apt-lists", env=environment)
    run(
        title,
        ["apt-get", "install", "-y", "--no-install-recommends", *filter(known, packages)],
        log,
        share=_installed,
        advice=advice,
        env=environment,
    )


def known(package: str) -> bool:
    """Whether the machine's suites have the package: not every one has Chromium, say."""
    command = ["apt-get", "install", "--dry-run", package]
    return not subprocess.run(command, capture_output=True, check=False).returncode


def _installed(text: str) -> str:
    new = re.search(r"(\d+) newly installed", text)
    done = len(re.findall(r"^(?:Unpacking|Setting up) ", text, re.M))
    return percent(done, 2 * int(new[1])) if new else ""


def unpack(debs: list[Path], target: Path) -> None:
    """Unpack `debs` into the folder `target`, all or nothing."""
    need(target.parent, 1_500_000_000, "Odoo")
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    with Step("Unpacking Odoo 19") as step:
        for done, deb in enumerate(debs):
            process = subprocess.Popen(["dpkg-deb", "-x", deb, partial])
            while process.poll() is None:
                step.show(f"({done + 1}/{len(debs)})")
                try:
                    process.wait(0.5)
                except subprocess.TimeoutExpired:
                    continue
            if process.returncode:
                deb.unlink()
                raise Failure(f"{deb.name} was damaged and is deleted. Run this again.")
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)


def need(folder: Path, size: int, what: str) -> None:
    free = shutil.disk_usage(folder).free
    if free < size:
        raise Failure(
            f"{what} needs {size / 1e9:.1f} GB in {folder}, which has {free / 1e9:.1f} GB free. "
            "Make room and run this again."
        )


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
