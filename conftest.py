"""Make `odoo.addons.<addon>` importable for the engines' tests where there is no Odoo.

Without Odoo the addons' own `__init__` must not run: it imports the models. So `odoo`,
`odoo.addons` and each addon become bare packages that only know their folder.
"""

import sys
import types
from pathlib import Path

ROOT = Path(__file__).parent


def _bare_package(name: str, folder: Path | None = None) -> types.ModuleType:
    module = types.ModuleType(name)
    module.__path__ = [str(folder)] if folder else []
    sys.modules[name] = module
    return module


if "odoo" not in sys.modules:  # pytest-odoo imports it before any conftest
    _odoo = _bare_package("odoo")
    _odoo.addons = _bare_package("odoo.addons")
    for _manifest in ROOT.glob("*/__manifest__.py"):
        _addon = _manifest.parent
        setattr(_odoo.addons, _addon.name, _bare_package(f"odoo.addons.{_addon.name}", _addon))
