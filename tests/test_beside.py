"""Beside OCA's `helpdesk_mgmt_sla`, `helpdesk_mgmt_rating` and `document_page`.

Ours first or theirs first: both do their work on one ticket, and whoever is uninstalled leaves
the other whole. Theirs come from tests/requirements_beside.txt into a folder that only these
databases know.
"""

import json
import os
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

pytest.importorskip(
    "dev.env.database", reason="these tests make databases of their own: run ./dev/test"
)
from dev.env import database, virtualenv
from dev.env.lock import locked
from dev.env.paths import DEV, ODOO_CONF, PYTHON, ROOT

from .installing import odoo, query

REQUIREMENTS = Path(__file__).with_name("requirements_beside.txt")
FOLDER = DEV / "beside"
THEIRS = ("helpdesk_mgmt_sla", "helpdesk_mgmt_rating", "document_page")

# What one ticket must have lived through: opened, waiting for the client, closed.
THEIR_LIFE = [["in_progress"], ["on_hold"], ["accomplished"]]
OUR_LIFE = [
    {"first_response": "running", "resolution": "running"},
    {"first_response": "met", "resolution": "paused"},
    {"first_response": "met", "resolution": "met"},
]


@pytest.fixture(scope="module")
def theirs():
    """Have Odoo find their addons, in this process and those that it starts, until the end."""
    # As they are named and numbered: another list makes another folder.
    folder = FOLDER / sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    with locked(DEV / "beside.lock", "fetching OCA's addons"):
        if not folder.exists():
            fresh = folder.with_suffix(".part")
            virtualenv.install(
                "Fetching OCA's addons",
                ["--no-deps", "--upgrade", f"--target={fresh}", f"--requirement={REQUIREMENTS}"],
                "pip-beside",
            )
            fresh.rename(folder)
    conf = folder.with_suffix(f".{os.getpid()}.conf")
    conf.write_text(
        "".join(
            f"{line.rstrip()},{folder / 'odoo' / 'addons'}\n"
            if line.startswith("addons_path")
            else line
            for line in ODOO_CONF.read_text().splitlines(keepends=True)
        )
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ODOO_RC", str(conf))
        yield
    conf.unlink()


@pytest.fixture
def copy(theirs, request):
    """A copy of one of the databases that tests begin with: with ours, or without."""
    name = f"{database.name('beside')}_{os.getpid()}"
    with locked(database.LOCK, "building the test database"):
        database.copy(database.name(request.param), name)
    yield name
    database.drop(name)


def work(name: str, **who: bool) -> dict:
    """Let a ticket live in a database, see tests/beside.py."""
    inside = ROOT / "dev" / "env" / "inside.py"
    arguments = json.dumps({"ours": False, "theirs": False, **who})
    result = subprocess.run(
        [PYTHON, "-P", inside, name, ROOT, "tests.beside:work", arguments],
        capture_output=True,
        check=False,
        text=True,
    )
    assert result.returncode == 0, (result.stdout + result.stderr)[-5000:]
    return json.loads(result.stdout.rsplit("RESULT ", 1)[1])


def check(told: dict, ours: bool, theirs: bool) -> None:
    for moment, our_state, their_state in zip(
        ("opened", "waits", "closed"), OUR_LIFE, THEIR_LIFE, strict=True
    ):
        if ours:
            assert told[moment]["ours"] == our_state, moment
        if theirs:
            assert told[moment]["theirs"] == their_state, moment
    if theirs:
        assert told["asked"]
    if ours and theirs:
        assert told["page"] == ["Moving house", True]


def installed(name: str) -> set[str]:
    return set(query(name, "SELECT name FROM ir_module_module WHERE state = 'installed'"))


@pytest.mark.parametrize("copy", ["template"], indirect=True)
def test_ours_first_and_ours_go(copy):
    odoo("module", "install", "-d", copy, *THEIRS)
    assert {*THEIRS, "loyalty_service_sla"} <= installed(copy)
    check(work(copy, ours=True, theirs=True), ours=True, theirs=True)
    odoo("module", "uninstall", "-d", copy, "loyalty_service_sla")
    assert installed(copy) >= set(THEIRS)
    assert "loyalty_service_sla" not in installed(copy)
    check(work(copy, theirs=True), ours=False, theirs=True)


@pytest.mark.parametrize("copy", ["base"], indirect=True)
def test_theirs_first_and_theirs_go(copy):
    odoo("module", "install", "-d", copy, *THEIRS)
    odoo("module", "install", "-d", copy, "loyalty_service_sla")
    check(work(copy, ours=True, theirs=True), ours=True, theirs=True)
    odoo("module", "uninstall", "-d", copy, *THEIRS)
    assert not installed(copy) & set(THEIRS)
    check(work(copy, ours=True), ours=True, theirs=False)
