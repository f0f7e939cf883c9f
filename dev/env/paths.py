"""Where things are. Everything prepared lives in `.dev/`; downloads are shared by clones."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEV = ROOT / ".dev"
LOGS = DEV / "logs"
VENV = DEV / "venv"
PYTHON = VENV / "bin" / "python"
ODOO_LINK = DEV / "source"  # holds one link, `odoo`, to the Odoo package in use
ODOO_CONF = DEV / "odoo.conf"
DATA = DEV / "data"  # Odoo's data_dir: filestore and sessions
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "loyalty-service"

ADDONS = ("loyalty_service", "loyalty_service_survey", "loyalty_service_sla")
LANGUAGES = ("en_US", "zh_CN", "zh_TW")  # the first one is the default
