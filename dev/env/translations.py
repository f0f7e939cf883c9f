"""The terms to translate, as Odoo itself collects them. Runs inside Odoo."""

import io
from pathlib import Path

import polib

ROOT = Path(__file__).parents[2]


def terms(env, addon: str) -> polib.POFile:
    """Return the template of an addon, sorted, without the dates that change every time."""
    from odoo.tools.translate import trans_export

    buffer = io.BytesIO()
    trans_export(None, [addon], buffer, "po", env)
    exported = polib.pofile(buffer.getvalue().decode())
    for key in ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team"):
        exported.metadata.pop(key, None)
    return exported


def export(env, progress=None, **_options) -> None:
    """Write `i18n/<addon>.pot` of each of our addons."""
    addons = [path.parent for path in sorted(ROOT.glob("*/__manifest__.py"))]
    for number, addon in enumerate(addons):
        if progress:
            progress(number, len(addons), addon.name)
        folder = addon / "i18n"
        folder.mkdir(exist_ok=True)
        terms(env, addon.name).save(folder / f"{addon.name}.pot")
