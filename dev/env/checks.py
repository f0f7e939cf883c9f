"""Checks of the data files: XML is well-formed and fits Odoo's schema, CSV has its columns."""

import csv
import re
from pathlib import Path

from lxml import etree

from .paths import ADDONS, ODOO_LINK, ROOT


def problems() -> list[str]:
    """One line for each problem, with its file."""
    schema = etree.RelaxNG(etree.parse(ODOO_LINK / "odoo" / "import_xml.rng"))
    found = []
    for addon in ADDONS:
        folder = ROOT / addon
        for path in sorted(folder.rglob("*.xml")):
            found += [f"{path.relative_to(ROOT)}:{text}" for text in _xml(path, schema)]
        # What people download, such as templates for an import, is no data of Odoo's.
        for path in sorted(set(folder.rglob("*.csv")) - set(folder.glob("static/**/*.csv"))):
            found += [f"{path.relative_to(ROOT)}:{text}" for text in _csv(path)]
        found += [f"{addon}/{text}" for text in _tests_not_imported(folder)]
    return found


def _xml(path: Path, schema: etree.RelaxNG) -> list[str]:
    try:
        tree = etree.parse(path)
    except etree.XMLSyntaxError as error:
        return [f"{error.lineno}: {error.msg}"]
    if tree.getroot().tag != "odoo" or schema.validate(tree):
        return []
    return [f"{error.line}: {error.message}" for error in schema.error_log]


def _csv(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file)) or [[]]
    found = [] if header[:1] == ["id"] else ["1: the first column must be `id`"]
    seen = set()
    for number, row in enumerate(rows, 2):
        if len(row) != len(header):
            found.append(f"{number}: {len(row)} columns, {len(header)} in the first line")
        if row and row[0] in seen:
            found.append(f"{number}: the id {row[0]} is there already")
        seen.add(row[0] if row else "")
    return found


def _tests_not_imported(folder: Path) -> list[str]:
    """Test files that Odoo's own runner would not find: pytest finds them all the same."""
    init = folder / "tests" / "__init__.py"
    text = init.read_text() if init.exists() else ""
    names = sorted(path.stem for path in (folder / "tests").glob("test_*.py"))
    return [
        f"tests/{name}.py: not imported by tests/__init__.py"
        for name in names
        if not re.search(rf"import .*\b{name}\b", text, re.DOTALL)
    ]
