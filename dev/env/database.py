"""Databases: made, copied and dropped together with their filestore.

Tests run on a copy of a template, made in two steps, because the first takes long and seldom
changes: the base (every addon that ours depend on, the languages), and on a copy of it the
template (our addons installed). A copy with our addons installed afresh is as fast as an
update, and always equal to a new installation.
"""

import ast
import hashlib
import json
import os
import re
import shutil
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from psycopg2 import sql

from . import logs, postgres, server, source, virtualenv
from .lock import locked
from .paths import ADDONS, DATA, DEV, LANGUAGES, ODOO_LINK, PYTHON, ROOT
from .progress import Step, percent, run

# What the tests that cross addons need beside what the manifests name.
MORE_MODULES = ("l10n_cn",)
NOT_INSTALLED = ("tests", "static", "readme", "__pycache__")  # no part of an installation
RECIPE = "1"  # counts the changes of how a base is made
LOCK = DEV / "template.lock"
STATE = DEV / "template.json"


def name(kind: str) -> str:
    """The name of this clone's database of a kind, such as `loyalty_template`.

    On a server shared with other clones it carries the clone's key.
    """
    return f"loyalty_{kind}" + ("" if postgres.private() else f"_{postgres.key()}")


@contextmanager
def _cursor():
    connection = psycopg2.connect(dbname="postgres")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def exists(database: str) -> bool:
    with _cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        return bool(cursor.fetchone())


def filestore(database: str) -> Path:
    return DATA / "filestore" / database


def drop(database: str) -> None:
    with _cursor() as cursor:
        cursor.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
        )
    shutil.rmtree(filestore(database), ignore_errors=True)


def copy(original: str, target: str) -> None:
    """Copy a database and its filestore.

    The files are linked, not copied: Odoo never writes into a stored file, since its name is
    the hash of its content.
    """
    with _cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(target), sql.Identifier(original)
            )
        )
    if filestore(original).exists():
        shutil.copytree(filestore(original), filestore(target), copy_function=_link)


def _link(file: str, link: str) -> None:
    Path(link).hardlink_to(file)


def manifest(addon: str) -> dict:
    return ast.literal_eval((ROOT / addon / "__manifest__.py").read_text())


def dependencies() -> list[str]:
    """The addons of others that ours depend on."""
    names = {name for addon in ADDONS for name in manifest(addon)["depends"]}
    return sorted((names | set(MORE_MODULES)) - set(ADDONS))


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def base_key() -> str:
    odoo = str((ODOO_LINK / "odoo").resolve())
    oca_addons = virtualenv.requirements()[1]
    return _hash(RECIPE, odoo, *oca_addons, *LANGUAGES, *dependencies())


def template_key() -> str:
    """Changes with every file that may take part in the installation of our addons."""
    parts = [base_key()]
    for addon in ADDONS:
        for path in sorted((ROOT / addon).rglob("*")):
            inside = path.relative_to(ROOT / addon).parts
            if path.is_file() and not set(NOT_INSTALLED) & set(inside):
                parts += [str(path.relative_to(ROOT)), path.read_bytes().hex()]
    return _hash(*parts)


def _state() -> dict:
    return json.loads(STATE.read_text()) if STATE.exists() else {}


def install(database: str, modules: list[str], title: str, log: str, *options: str) -> Path:
    """Install modules in `database` (created if need be); answer the log."""
    return run(
        title,
        server.command(
            *("--database", database, "--init", ",".join(modules)),
            *("--stop-after-init", "--no-http", *options),
        ),
        log,
        share=_loaded,
        env=server.environment(),
    )


def call(database: str, target: str, title: str, log: str, **arguments):
    """Run `module:function` of this repository in `database`; answer what it returns."""
    path = run(
        title,
        [PYTHON, "-P", Path(__file__).with_name("inside.py")]
        + [database, ROOT, target, json.dumps(arguments)],
        log,
        share=_progress,
        env=server.environment(),
    )
    results = re.findall(r"^RESULT (.*)$", path.read_text(errors="replace"), re.M)
    return json.loads(results[-1])


def _progress(text: str) -> str:
    found = re.findall(r"^PROGRESS (\d+) (\d+) ?(.*)$", text, re.M)
    if not found:
        return ""
    done, total, what = found[-1]
    return f"{percent(int(done), int(total))} {what}".strip()


def rename(old: str, new: str) -> None:
    """Give a database and its filestore another name, all at once for the database."""
    drop(new)
    if filestore(old).exists():
        filestore(old).rename(filestore(new))
    with _cursor() as cursor:
        cursor.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                sql.Identifier(old), sql.Identifier(new)
            )
        )


def set_parameters(database: str, **values: str) -> None:
    """Set system parameters before a server starts; `__` in a name stands for a dot."""
    connection = psycopg2.connect(dbname=database)
    with connection, connection.cursor() as cursor:
        for key, value in values.items():
            cursor.execute(
                "INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s) "
                "ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value",
                [key.replace("__", "."), value],
            )
    connection.close()


def _loaded(text: str) -> str:
    found = re.findall(r"Loading module \S+ \((\d+)/(\d+)\)", text)
    return f"({found[-1][0]}/{found[-1][1]})" if found else ""


def template() -> str:
    """The template, made or made anew when the files it was made of changed."""
    base, target = name("base"), name("template")
    state = _state()
    if state.get("base") != base_key() or not exists(base):
        STATE.unlink(missing_ok=True)
        drop(base)
        modules = dependencies()
        install(
            base,
            modules,
            f"Installing Odoo's own modules and {len(LANGUAGES) - 1} languages",
            "install-base",
            f"--load-language={','.join(LANGUAGES)}",
        )
        _cure_missing_script(base)
        state = {"base": base_key()}
        STATE.write_text(json.dumps(state))
    if state.get("template") != template_key() or not exists(target):
        key = template_key()
        drop(target)
        copy(base, target)
        logs.check(install(target, list(ADDONS), "Installing our addons", "install-addons"))
        STATE.write_text(json.dumps(state | {"template": key}))
    return target


def _cure_missing_script(database: str) -> None:
    """Take a script out of the backend's bundle that Debian's package leaves out.

    Its absence is an error in the browser's console, and so fails every tour.
    """
    path = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
    folders = source.addons_folders((ODOO_LINK / "odoo").resolve())
    if any((folder / path).exists() for folder in folders):
        return
    connection = psycopg2.connect(dbname=database)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ir_asset (name, bundle, directive, path, active, sequence) "
            "VALUES ('Left out of Debian''s package', 'web.assets_backend', 'remove', %s, "
            "true, 16)",
            [path],
        )
    connection.close()


@contextmanager
def copy_of_template(kind: str):
    """A database of its own for one run, dropped afterwards."""
    database = f"{name(kind)}_{os.getpid()}"
    with locked(LOCK, "building the test database"):
        if postgres.private():
            _drop_left_over(name(kind))
        original = template()
        with Step("Copying the test database"):
            drop(database)
            copy(original, database)
    try:
        yield database
    finally:
        drop(database)


def _drop_left_over(prefix: str) -> None:
    """Drop the databases of runs that were killed: no process has their number."""
    with _cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        names = [row[0] for row in cursor.fetchall()]
    for database in names:
        number = database.removeprefix(f"{prefix}_")
        if number.isdigit() and not Path(f"/proc/{number}").exists():
            drop(database)
