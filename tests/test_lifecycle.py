"""Installed, uninstalled and installed again from the Apps menu, beside other apps.

What an uninstalled addon leaves behind is found by comparing the whole database with what it
was before: its structure, its external ids, and the number of rows of every table.
"""

import os

import pytest
from psycopg2 import sql

pytest.importorskip(
    "dev.env.database", reason="these tests make databases of their own: run ./dev/test"
)
from dev.env import database
from dev.env.lock import locked

from .installing import STRUCTURE, differences, odoo, query, structure

OTHER_APPS = ("project", "sale_management", "website")

# Rows that come and go by themselves, whatever is installed.
RESTLESS = {
    "base_registry_signaling",  # how often the registry was loaded
    "bus_bus",
    "ir_attachment",  # the bundles of scripts and styles, made when they are asked for
    "ir_logging",
    "ir_module_module",  # all addons found on disk, installed or not
    "ir_module_module_dependency",
    "ir_module_module_exclusion",
    "ir_cron_trigger",
    "ir_cron_progress",
    "orm_signaling_registry",
}


def rows(name: str) -> dict[str, int]:
    """Return the number of rows of each table that stands still by itself."""
    tables = query(name, STRUCTURE["tables"] + " AND table_type = 'BASE TABLE'")
    return {table: count(name, table) for table in sorted(set(tables) - RESTLESS)}


def count(name: str, table: str) -> int:
    """Return how many rows there are that the firm would miss.

    A survey that nobody has answered goes with the addon that brought it, and what would have
    become an answer to it.
    """
    kept = sql.SQL("state = 'done'") if table == "survey_user_input" else sql.SQL("TRUE")
    return query(
        name, sql.SQL("SELECT COUNT(*) FROM {} WHERE {}").format(sql.Identifier(table), kept)
    )[0]


def install(name: str, addon: str) -> None:
    odoo("module", "install", "-d", name, addon)


def uninstall(name: str, addon: str) -> None:
    odoo("module", "uninstall", "-d", name, addon)


def installed(name: str) -> set[str]:
    return set(
        query(
            name,
            "SELECT name FROM ir_module_module WHERE state = 'installed' AND name LIKE %s",
            "loyalty\\_service%",
        )
    )


@pytest.fixture(scope="module")
def others():
    """A database with other apps, and what ours depend on, but not ours."""
    name = f"{database.name('lifecycle')}_{os.getpid()}"
    with locked(database.LOCK, "building the test database"):
        database.copy(database.name("base"), name)
    try:
        for app in OTHER_APPS:
            install(name, app)
        yield name
    finally:
        database.drop(name)


# The order of installation, and of uninstallation.
ORDERS = {
    "base alone": (["loyalty_service"], ["loyalty_service"]),
    "one by one": (
        ["loyalty_service_sla", "loyalty_service_survey"],
        ["loyalty_service_survey", "loyalty_service_sla", "loyalty_service"],
    ),
    "again, all at once": (
        ["loyalty_service_survey", "loyalty_service_sla"],
        ["loyalty_service"],
    ),
}


@pytest.mark.parametrize("order", ORDERS)
def test_nothing_is_left_behind(others, order):
    come, go = ORDERS[order]
    before, before_rows = structure(others), rows(others)
    for addon in come:
        install(others, addon)
        assert {"loyalty_service", addon} <= installed(others)
    for addon in go:
        uninstall(others, addon)
        assert addon not in installed(others)
    assert not installed(others)
    left = differences(before, structure(others))
    assert not left, left
    after_rows = rows(others)
    changed = {
        table: (number, after_rows[table])
        for table, number in before_rows.items()
        if after_rows[table] != number
    }
    assert not changed, "rows before and after"


# What belongs to the firm, whoever made it.
KEPT = (
    "res_partner",
    "account_move",
    "account_payment",
    "calendar_event",
    "crm_lead",
    "helpdesk_ticket",
    "loyalty_card",
    "sale_order",
    "survey_user_input",
    "survey_user_input_line",
)
# Cards that hold points keep their programme: see loyalty_service/hooks.py.
KEPT_PROGRAM = "loyalty.loyalty_service_program"


def points(name: str) -> float:
    return query(name, "SELECT SUM(points) FROM loyalty_card")[0]


def test_a_firm_in_use_keeps_its_own(others):
    """Who uninstalls the suite keeps clients, invoices and tickets, and can install it again."""
    before = structure(others)
    install(others, "loyalty_service_sla")
    install(others, "loyalty_service_survey")
    database.call(
        others,
        "tests.generators.demo_firm:load",
        "Loading a small firm",
        "lifecycle",
        clients=4,
        months=3,
    )
    kept, held = {table: count(others, table) for table in KEPT}, points(others)
    # So small a firm need not have one of each.
    assert held and kept["account_move"] and kept["helpdesk_ticket"], kept
    uninstall(others, "loyalty_service")
    assert not installed(others)
    left = differences(before, structure(others))
    # The firm chose its chart of accounts: Odoo names what is in it.
    names = left.pop("external ids left", []) + left.pop("external ids lost", [])
    assert [each for each in names if not each.startswith("account.")] == [KEPT_PROGRAM]
    assert not left, left
    assert kept == {table: count(others, table) for table in KEPT}
    install(others, "loyalty_service_sla")
    assert {"loyalty_service", "loyalty_service_sla"} <= installed(others)
    assert points(others) == held
    assert query(others, "SELECT SUM(points) FROM loyalty_service_move")[0] == held
