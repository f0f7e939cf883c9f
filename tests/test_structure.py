"""Rules of the house that no linter knows. Nothing here needs Odoo."""

import ast
import csv
import re
import tokenize
from pathlib import Path

import pytest
from lxml import etree

ROOT = Path(__file__).parent.parent
ADDONS = sorted(path.parent for path in ROOT.glob("*/__manifest__.py"))
CODE = [
    path
    for addon in ADDONS
    for path in sorted(addon.rglob("*.py"))
    if "tests" not in path.relative_to(addon).parts
]
DATA = [path for addon in ADDONS for path in sorted(addon.rglob("*.xml"))]
LONGEST_MODEL = 550  # lines


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def each(paths):
    paths = list(paths)
    return pytest.mark.parametrize("path", paths, ids=[name(path) for path in paths])


def calls(tree: ast.AST, method: str):
    """Yield the calls of ``<anything>.method(...)``."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == method
        ):
            yield node


def comment_lines(path: Path) -> set[int]:
    with path.open("rb") as file:
        return {
            token.start[0]
            for token in tokenize.tokenize(file.readline)
            if token.type == tokenize.COMMENT
        }


# ----------------------------------------------------------------------
# Arrows one way
# ----------------------------------------------------------------------


@each(path for path in CODE if "engine" in path.parts)
def test_an_engine_knows_nothing_of_odoo(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            assert not [alias.name for alias in node.names if alias.name.startswith("odoo")]
        if isinstance(node, ast.ImportFrom):
            assert not (node.module or "").startswith("odoo")
            # `..models` would bring Odoo in by the back door; a sibling is fine.
            assert node.level < 2


def _names_of_others(addon: Path) -> re.Pattern:
    own = addon.name
    others = {path.name for path in ADDONS} - {own, "loyalty_service"}
    words = [rf"\b{other}\b" for other in others]
    if own != "loyalty_service_sla":
        words += [r"helpdesk[._]"]
    if own != "loyalty_service_survey":
        words += [r"\bsurvey\.(survey|question|user_input|invite|label)\b"]
    return re.compile("|".join(words))


@pytest.mark.parametrize("addon", ADDONS, ids=lambda path: path.name)
def test_an_addon_does_not_name_those_above_or_beside_it(addon):
    pattern = _names_of_others(addon)
    found = [
        f"{name(path)}:{number}: {line.strip()}"
        for kind in ("py", "xml", "csv", "js", "scss")
        for path in sorted(addon.rglob(f"*.{kind}"))
        if "tests" not in path.relative_to(addon).parts
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, "\n".join(found)


# ----------------------------------------------------------------------
# Rights
# ----------------------------------------------------------------------


@each(path for path in CODE if ".sudo()" in path.read_text())
def test_a_sudo_says_why(path):
    """There is a comment in the same function, up to the call."""
    comments = comment_lines(path)
    silent = []
    for function in ast.walk(ast.parse(path.read_text())):
        if isinstance(function, ast.FunctionDef):
            silent += [
                f"{name(path)}:{call.lineno}"
                for call in calls(function, "sudo")
                if not comments & set(range(function.lineno, call.end_lineno + 1))
            ]
    assert not silent, f"no comment about sudo() in {', '.join(silent)}"


@each(path for path in CODE if "controllers" in path.parts)
def test_a_route_that_changes_state_takes_post_only(path):
    """What GET may do is read: routes are read-only, or POST with the token against CSRF."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            text = ast.unparse(decorator)
            if "route(" not in text:
                continue
            assert "csrf=False" not in text, f"{name(path)}: {node.name}"
            writes = re.search(r"\.(write|create|unlink|action_\w+)\(", ast.unparse(node))
            if writes:
                assert "methods=['POST']" in text, f"{name(path)}: {node.name}"


@each(path for path in CODE)
def test_sql_is_no_text(path):
    """Statements are ``odoo.tools.SQL``: then nothing gets into them but as a parameter."""
    for node in calls(ast.parse(path.read_text()), "execute"):
        assert node.args, f"{name(path)}:{node.lineno}"
        statement = node.args[0]
        assert not isinstance(statement, ast.Constant | ast.JoinedStr | ast.BinOp), (
            f"{name(path)}:{node.lineno}: a statement as text"
        )


# ----------------------------------------------------------------------
# Files
# ----------------------------------------------------------------------


@each(path for path in CODE if "models" in path.parts)
def test_a_file_has_one_model(path):
    text = path.read_text()
    classes = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    models = [
        node
        for node in classes
        if any(ast.unparse(base).startswith("models.") for base in node.bases)
    ]
    assert len(models) <= 1, [node.name for node in models]
    assert len(text.splitlines()) <= LONGEST_MODEL


@pytest.mark.parametrize("addon", ADDONS, ids=lambda path: path.name)
def test_the_apps_menu_has_something_to_show(addon):
    assert (addon / "static" / "description" / "icon.png").exists()
    assert (addon / "static" / "description" / "index.html").exists()


@each(DATA)
def test_ids_of_views_and_actions(path):
    """``<model>_view_<type>``, ``<model>_action``; an inheriting view keeps its parent's id."""
    for record in etree.parse(path).iterfind(".//record"):
        xml_id = record.get("id").rpartition(".")[2]
        if record.get("model") == "ir.ui.view":
            _check_view_id(record, xml_id)
        elif record.get("model") == "ir.actions.act_window":
            assert xml_id.endswith("_action"), xml_id


def _check_view_id(record, xml_id: str) -> None:
    parent = record.find("field[@name='inherit_id']")
    if parent is not None and xml_id.startswith(parent.get("ref").rpartition(".")[2]):
        return
    model = record.findtext("field[@name='model']").replace(".", "_")
    kind = next(record.find("field[@name='arch']").iterchildren(etree.Element)).tag
    kinds = "form|list|kanban|search" if parent is not None else kind
    assert re.fullmatch(rf"{model}(_[a-z]+)*_view_({kinds})", xml_id), xml_id


@each(path for addon in ADDONS for path in addon.glob("security/ir.model.access.csv"))
def test_rights_are_given_to_a_group(path):
    """An access line without a group is a right for everybody, the public included."""
    with path.open(newline="") as file:
        open_to_all = [row["id"] for row in csv.DictReader(file) if not row["group_id:id"]]
    assert not open_to_all


@each(path for path in DATA if path.parent.name in ("views", "wizard"))
def test_sums_of_points_have_no_needless_decimals(path):
    """Lists and pivot tables do not hide zeros in their totals; the widget of points does."""
    for field in etree.parse(path).iter("field"):
        if field.get("sum") or field.get("type") == "measure":
            assert "hide_trailing_zeros" not in field.get("options", ""), field.get("name")
