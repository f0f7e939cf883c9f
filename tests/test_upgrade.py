"""A firm that has worked with an older version: the upgrade loses nothing and leaves nothing.

The older version comes out of this repository's history, with the generator of its time. Its
upgrade is killed twice on the way, in the middle of an addon and between two of them, and then
goes on.
"""

import os
import re
import signal
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

pytest.importorskip(
    "dev.env.database", reason="these tests make databases of their own: run ./dev/test"
)
from dev.env import database, paths
from dev.env.lock import locked

from .installing import STRUCTURE, change, differences, odoo, query, structure

OLD = "19.0.1.2.0"
MANIFEST = "loyalty_service/__manifest__.py"
UPGRADE = ("--update=loyalty_service", "--stop-after-init", "--no-http", "--database")

# What was there and has to stay as it is.
KEPT = {
    "cards": "SELECT (id, partner_id, program_id, points, active)::text FROM loyalty_card",
    "moves": "SELECT (id, card_id, lot_id, kind, points, date, expiry_date, event_id)::text"
    " FROM loyalty_service_move",
    "events": "SELECT (id, type_id, partner_id, company_id, date, amount, value, origin, res_model,"
    " res_id, reversal_of_id, is_reversed, summary, user_id)::text FROM loyalty_service_event",
    "clients": "SELECT (id, partner_id, company_id, tier_id, card_id, points, active)::text"
    " FROM loyalty_service_client",
    "tier changes": "SELECT (id, client_id, from_tier_id, to_tier_id, date)::text"
    " FROM loyalty_service_tier_change",
    "snapshots": "SELECT (id, client_id, date, score)::text FROM loyalty_service_health_snapshot",
    "agreements": "SELECT (id, partner_id, state, date_start, date_end, monthly_amount)::text"
    " FROM loyalty_service_agreement",
}
WRONG_BALANCES = """
    SELECT card.id
      FROM loyalty_card card
 LEFT JOIN loyalty_service_move move ON move.card_id = card.id
  GROUP BY card.id
    HAVING ABS(card.points - COALESCE(SUM(move.points), 0)) > 0.001
"""
WRONG_EXPIRIES = """
    SELECT card.id
      FROM loyalty_card card
 LEFT JOIN (
           SELECT card_id, MAX(expiry_date) AS expiry
             FROM loyalty_service_move
         GROUP BY card_id, lot_id
           HAVING SUM(points) > 0.001
           ) lot ON lot.card_id = card.id
  GROUP BY card.id
    HAVING card.service_next_expiry IS DISTINCT FROM MIN(lot.expiry)
"""
# What two databases of one version have in common; records are numbered differently.
SAME = STRUCTURE | {
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": "SELECT conrelid::regclass || '.' || conname || ' ' || pg_get_constraintdef(oid)"
    " FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid != 0",
    "triggers": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    # The firm chose its chart of accounts: Odoo names what is in it.
    "external ids": "SELECT module || '.' || name FROM ir_model_data WHERE module != 'account'",
    "menus": "SELECT name::text || ' ' || sequence FROM ir_ui_menu",
    "views": "SELECT data.module || '.' || data.name"
    " || regexp_replace(view.arch_db::text, '[0-9]+', '', 'g')"
    " FROM ir_ui_view view JOIN ir_model_data data"
    " ON data.model = 'ir.ui.view' AND data.res_id = view.id"
    " WHERE starts_with(data.module, 'loyalty_service')",
    "groups": "SELECT name::text FROM res_groups",
    "mails": "SELECT (name, subject, body_html, partner_to, lang)::text FROM mail_template",
    "event types": "SELECT (code, name)::text FROM loyalty_service_event_type",
}


def git(*arguments: str) -> bytes:
    return subprocess.run(
        ["git", "-C", paths.ROOT, *arguments], capture_output=True, check=True
    ).stdout


def last_commit_of(version: str) -> str:
    """Return the commit before the one that left ``version``."""
    left = git("log", "--format=%H", f'-S"{version}"', "--", MANIFEST).decode().split()
    if not left:
        pytest.skip(f"the history of this clone does not go back to {version}")
    return f"{left[0]}^"


@pytest.fixture(scope="module")
def old_tree(tmp_path_factory) -> Path:
    """The repository as it was, with a configuration of Odoo that takes its addons."""
    folder = tmp_path_factory.mktemp("old")
    archive = git("archive", last_commit_of(OLD), *paths.ADDONS, "dev", "tests")
    with tarfile.open(fileobj=BytesIO(archive)) as tree:
        tree.extractall(folder, filter="data")
    text = paths.ODOO_CONF.read_text()
    (folder / "odoo.conf").write_text(text.replace(f",{paths.ROOT}\n", f",{folder}\n"))
    return folder


@pytest.fixture(scope="module")
def firm(old_tree):
    """A database with the older version, and a firm that has worked with it for a while."""
    name = f"{database.name('upgrade')}_{os.getpid()}"
    with locked(database.LOCK, "building the test database"):
        database.copy(database.name("base"), name)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ODOO_RC", str(old_tree / "odoo.conf"))
            odoo("module", "install", "-d", name, *paths.ADDONS)
            subprocess.run(
                [
                    *(sys.executable, "-P", old_tree / "dev/env/inside.py", name, old_tree),
                    *("tests.generators.demo_firm:load", '{"clients": 4, "months": 3}'),
                ],
                check=True,
                capture_output=True,
                timeout=600,
            )
        change(name, "UPDATE loyalty_service_client SET health_stale = id % 2 = 0")
        yield name
    finally:
        database.drop(name)


def kept(name: str) -> dict[str, set]:
    return structure(name, KEPT)


def version(name: str) -> str:
    [found] = query(
        name, "SELECT latest_version FROM ir_module_module WHERE name = 'loyalty_service'"
    )
    return found


def kill_upgrade(name: str, at: str) -> None:
    """Upgrade, and kill it once its log says ``at``."""
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "odoo", *UPGRADE, name], stderr=subprocess.PIPE, text=True
    ) as process:
        for line in process.stderr:
            if at in line:
                process.kill()
                break
    assert process.returncode == -signal.SIGKILL, f"“{at}” was never said"


def words(name: str, tier: str) -> list[str]:
    """Return what the tier promises in words, in each language, English first."""
    [texts] = query(
        name, "SELECT benefits FROM loyalty_service_tier WHERE name->>'en_US' = %s", tier
    )
    return [", ".join(re.findall(r"<li>(.*?)</li>", texts[lang])) for lang in paths.LANGUAGES]


def test_a_firm_finds_everything_as_it_was(firm):
    before = kept(firm)
    asked = query(firm, "SELECT id FROM loyalty_service_client WHERE health_stale")
    assert all(before.values()) and asked, {part: len(rows) for part, rows in before.items()}
    assert version(firm) == OLD
    kill_upgrade(firm, "loading loyalty_service/views/portal_templates.xml")
    assert version(firm) == OLD, "what was killed in its middle has not happened"
    kill_upgrade(firm, "Loading module loyalty_service_survey")
    assert version(firm) != OLD
    odoo(*UPGRADE, firm)
    assert differences(before, kept(firm)) == {}
    assert query(firm, WRONG_BALANCES) == []
    assert query(firm, WRONG_EXPIRIES) == []
    requests = query(firm, "SELECT client_id FROM loyalty_service_health_request")
    # Who was asked for is not forgotten; the others are for the rhythms of their channels.
    everyone = query(firm, "SELECT id FROM loyalty_service_client WHERE active")
    assert set(asked) <= set(everyone)
    assert set(requests) == set(everyone)
    # The other sentences are said by the fields now.
    assert words(firm, "Silver") == [
        "Invitations to client trainings first",
        "客户培训优先邀请",
        "客戶培訓優先邀請",
    ]
    # Once more changes nothing.
    odoo(*UPGRADE, firm)
    assert differences(before, kept(firm)) == {}


def test_an_upgraded_database_is_as_a_new_one(firm):
    assert version(firm) == database.manifest("loyalty_service")["version"]
    left = differences(structure(database.name("template"), SAME), structure(firm, SAME))
    assert left == {}


def test_every_screen_opens(firm):
    result = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "tests/test_screens.py::TestScreens"),
            *(f"--odoo-database={firm}", "--odoo-log-level=warn"),
        ],
        cwd=paths.ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    assert result.returncode == 0, result.stdout[-5000:]
