"""What every run of pytest here needs.

The engines' tests run where there is no Odoo at all: see `_bare_package`. No test is skipped
silently.
"""

import os
import re
import sys
import types
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent

# A busy machine is no reason to fail: speed is measured in benchmarks/.
settings.register_profile(
    "any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any_machine")


def _bare_package(name: str, folder: Path | None = None) -> types.ModuleType:
    """Register a package that knows its folder and nothing else.

    `from odoo.addons.loyalty_service.engine import x` then works without Odoo: the addon's own
    `__init__`, which imports the models, does not run.
    """
    module = types.ModuleType(name)
    module.__path__ = [str(folder)] if folder else []
    sys.modules[name] = module
    return module


def pytest_configure(config):
    """Without a database, as in a plain `pytest tests/engine`, no Odoo is loaded."""
    if config.getoption("--odoo-database", None):
        return
    if config.pluginmanager.has_plugin("odoo"):
        raise pytest.UsageError(
            "pytest-odoo needs a database: type ./dev/test, or pytest -p no:odoo tests/engine"
        )
    _bare_package("odoo").addons = _bare_package("odoo.addons")
    for manifest in ROOT.glob("*/__manifest__.py"):
        addon = manifest.parent
        package = _bare_package(f"odoo.addons.{addon.name}", addon)
        setattr(sys.modules["odoo.addons"], addon.name, package)


# A skip must say why, or it hides a hole: one without a reason fails the run, and so does, on
# a CI machine, one that only says that a program is missing there.
NO_REASON = {"", "unconditional skip"}
PROGRAM_MISSING = re.compile(r"not found|not installed|--odoo-http is not set", re.IGNORECASE)

_bad_skips: list[str] = []


def pytest_runtest_logreport(report):
    if not report.skipped or hasattr(report, "wasxfail") or not isinstance(report.longrepr, tuple):
        return
    reason = re.sub(r"^Skipped:?\s*", "", str(report.longrepr[2]))
    if reason in NO_REASON or (os.environ.get("CI") and PROGRAM_MISSING.search(reason)):
        _bad_skips.append(f"{report.nodeid}: {reason or 'no reason given'}")


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session, exitstatus):
    if _bad_skips and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    return (yield)


def pytest_terminal_summary(terminalreporter):
    for skip in _bad_skips:
        terminalreporter.write_line(f"FAILED: skipped without a good reason: {skip}", red=True)
