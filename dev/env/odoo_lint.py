"""A pytest plugin: Odoo's own `test_lint` on our addons only.

Those tests look at every addon that Odoo can find; here they find ours. Loaded by ./dev/lint.
"""

import subprocess
from pathlib import Path

import pytest

import odoo.modules
from odoo.modules import Manifest
from odoo.tools import config

import odoo.addons

from .paths import ADDONS, ROOT

FOLDERS = [str(ROOT / addon) for addon in ADDONS]

# OCA's helpdesk_mgmt overrides these with other names of parameters ...
METHODS_OF_OTHERS = {("helpdesk.ticket", "message_new"), ("helpdesk.ticket", "message_update")}
# ... and has no index on these.
FIELDS_OF_OTHERS = {"helpdesk.ticket.duplicate_id", "helpdesk.ticket.partner_id"}
FIELDS_WITH_AN_INDEX_OF_THEIR_OWN = {
    "loyalty.service.event.reversal_of_id",  # a unique one
    "loyalty.service.move.card_id",  # the first column of several
}

Manifest.all_addon_manifests = staticmethod(lambda: [Manifest.for_addon(name) for name in ADDONS])
odoo.modules.get_modules = lambda: list(ADDONS)


@pytest.fixture(autouse=True)
def only_our_folders(request, monkeypatch):
    """Keep the tests that do not ask for the addons away from what is not ours."""
    if request.node.name == "test_conflict_markers":
        monkeypatch.setattr(odoo.addons, "__path__", FOLDERS)
        monkeypatch.setattr(odoo, "__path__", [])
    if request.node.name == "test_lint_override_signature":
        request.module.MODEL_METHODS_TO_IGNORE.update(METHODS_OF_OTHERS)
    if request.node.name == "test_enforce_index_on_one2many_inverse":
        request.module.BTREE_INDEX_IGNORE_FIELDS.update(
            FIELDS_OF_OTHERS | FIELDS_WITH_AN_INDEX_OF_THEIR_OWN
        )
    if request.node.name == "test_pylint":
        run = subprocess.run
        own = str(Path(config.root_path))
        monkeypatch.setattr(
            subprocess, "run", lambda words, **more: run([w for w in words if w != own], **more)
        )
