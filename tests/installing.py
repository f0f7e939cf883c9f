"""Odoo's command line on databases of their own, and what is in them, for the tests of it."""

import os
import re
import subprocess
import sys
from contextlib import closing

import psycopg2

STRUCTURE = {
    "tables": "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'",
    "columns": "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable"
    " FROM information_schema.columns WHERE table_schema = 'public'",
    "indexes": "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": "SELECT conrelid::regclass || '.' || conname FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace AND conrelid != 0",
    "sequences": "SELECT relname FROM pg_class WHERE relkind = 'S'",
    "functions": "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "storage": "SELECT relname || ' ' || array_to_string(reloptions, ', ') FROM pg_class"
    " WHERE relnamespace = 'public'::regnamespace AND reloptions IS NOT NULL",
    "triggers": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    "external ids": "SELECT module || '.' || name FROM ir_model_data",
    "models": "SELECT model FROM ir_model",
    "constraints of models": "SELECT ir_model_constraint.name || ' of ' || ir_module_module.name"
    " FROM ir_model_constraint"
    " JOIN ir_module_module ON ir_module_module.id = ir_model_constraint.module",
    "relations": "SELECT name FROM ir_model_relation",
    "fields": "SELECT model || '.' || name FROM ir_model_fields",
    "scheduled actions": "SELECT cron_name FROM ir_cron",
    "menus": "SELECT name->>'en_US' || ' ' || id FROM ir_ui_menu",
    "parameters": "SELECT key FROM ir_config_parameter",
    "views": "SELECT name || ' ' || id FROM ir_ui_view",
    "groups": "SELECT name->>'en_US' || ' ' || id FROM res_groups",
}


def query(name: str, statement, *arguments) -> list:
    with closing(psycopg2.connect(dbname=name)) as connection, connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return [row[0] for row in cursor.fetchall()]


def change(name: str, statement) -> None:
    with closing(psycopg2.connect(dbname=name)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        connection.commit()


def structure(name: str, parts: dict = STRUCTURE) -> dict[str, set]:
    return {part: set(query(name, statement)) for part, statement in parts.items()}


def differences(before: dict, after: dict) -> dict:
    """Return what is there now and was not, or was there and is gone, by part."""
    return {
        f"{part} {what}": sorted(names)
        for part, told in before.items()
        for what, names in (("left", after[part] - told), ("lost", told - after[part]))
        if names
    }


def odoo(*arguments: str) -> str:
    """Run Odoo's command line; an error in its log, or a warning about ours, is an error here."""
    result = subprocess.run(
        [sys.executable, "-P", "-m", "odoo", *arguments],
        capture_output=True,
        check=False,
        text=True,
        env=os.environ,
    )
    told = result.stdout + result.stderr
    assert result.returncode == 0, told[-5000:]
    # The command logs every warning it knows of; those about anything else are not ours.
    faults = [
        line
        for line in told.splitlines()
        if re.search(r" (ERROR|CRITICAL) | WARNING .*loyalty_service", line)
    ]
    assert not faults, "\n".join(faults)
    return told
