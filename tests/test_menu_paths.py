"""Menus that documents and help texts name are there, under these names. Nothing needs Odoo."""

import re
from pathlib import Path

import pytest
from lxml import etree

ROOT = Path(__file__).parent.parent
ADDONS = sorted(path.parent for path in ROOT.glob("*/__manifest__.py"))
APP = "Client Loyalty"
# Written with slashes as well, and no menus.
OTHERS = {"Client Loyalty / User", "Client Loyalty / Manager"}


def _trees():
    for addon in ADDONS:
        for path in sorted(addon.rglob("*.xml")):
            if "static" not in path.relative_to(addon).parts:
                yield addon.name, path, etree.parse(path)


def _full(addon: str, xmlid: str) -> str:
    return xmlid if "." in xmlid else f"{addon}.{xmlid}"


def _read_menus() -> dict[str, tuple]:
    """Return ``{full id: (name, action, parent, place among its neighbours)}``."""
    actions, menus = {}, {}
    for addon, _path, tree in _trees():
        for record in tree.iter("record"):
            if record.get("model", "").startswith("ir.actions."):
                actions[_full(addon, record.get("id"))] = record.findtext("field[@name='name']")
        for item in tree.iter("menuitem"):
            above = item.getparent()
            parent = above.get("id") if above.tag == "menuitem" else item.get("parent")
            action = item.get("action") and _full(addon, item.get("action"))
            menus[_full(addon, item.get("id"))] = (
                item.get("name"),
                action,
                parent and _full(addon, parent),
                int(item.get("sequence", 10)),
            )
    # A menu without a name has that of its action, which another file may define.
    return {
        xmlid: (name or actions[action], action, *rest)
        for xmlid, (name, action, *rest) in menus.items()
    }


MENUS = _read_menus()


def _menu_paths() -> set[str]:
    """Return the paths of all our menus below the app, such as ``Programme / Rewards``."""

    def path(xmlid):
        name, _action, parent, _place = MENUS[xmlid]
        above = path(parent) if parent in MENUS else []
        return [*above, name]

    paths = [path(xmlid) for xmlid in MENUS]
    return {" / ".join(words[1:]) for words in paths if words[0] == APP and len(words) > 1}


PATHS = _menu_paths()
TOPS = {path.split(" / ")[0] for path in PATHS}
DOCUMENTS = [ROOT / "README.md", *sorted(ROOT.glob("*/readme/*.md"))]


def _lacking(names):
    return [
        name for name in names if name not in OTHERS and name.removeprefix(f"{APP} / ") not in PATHS
    ]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_menus_as_they_are(path):
    text = " ".join(path.read_text().split())
    named = re.findall(r"(?<!\*)\*([A-Z][^*/→]*(?: [/→] [A-Z][^*/→]*)+)\*(?!\*)", text)
    assert not _lacking(named)


def test_help_texts_name_menus_as_they_are():
    pattern = re.compile(rf"\b({'|'.join(sorted(TOPS))}) / ([A-Z][\w ]*\w)")
    wrong = []
    for addon in ADDONS:
        for path in sorted([*addon.rglob("*.xml"), *addon.rglob("*.py"), *addon.rglob("*.js")]):
            if "tests" in path.relative_to(addon).parts:
                continue
            # A text goes on in the next line, in Python after quotation marks.
            text = re.sub(r"[\s\"]+", " ", path.read_text())
            wrong += [
                f"{path.relative_to(ROOT)}: {top} / {name}"
                for top, name in pattern.findall(text)
                if not any(f"{top} / {name}".startswith(known) for known in PATHS - TOPS)
            ]
    assert not wrong


def _below(xmlid: str) -> list[str]:
    """Return the ids of the menus right below one, in their order."""
    found = [known for known, (*_rest, parent, _place) in MENUS.items() if parent == xmlid]
    return sorted(found, key=lambda known: MENUS[known][3])


def test_no_two_menus_share_a_place():
    for xmlid in MENUS:
        places = [MENUS[known][3] for known in _below(xmlid)]
        assert len(set(places)) == len(places), xmlid


def test_what_opens_something_else_is_called_something_else():
    """Two lists of one name, in any language, are told apart by nobody."""
    opened = {}
    for xmlid in [known for top in _below("loyalty_service.menu_root") for known in _below(top)]:
        name, action, *_rest = MENUS[xmlid]
        assert opened.setdefault(name, action) == action, name


def test_the_readme_lists_all_menus_in_their_order():
    rows = re.findall(
        r"^\| \*(.+?)\* \| \S+ \| \S+ \| (.+) \|$", (ROOT / "README.md").read_text(), re.MULTILINE
    )
    tops = _below("loyalty_service.menu_root")
    assert [name for name, _told in rows] == [MENUS[top][0] for top in tops]
    for (_name, told), top in zip(rows, tops, strict=True):
        known = [MENUS[xmlid][0] for xmlid in _below(top)]
        named = [name for name in re.findall(r"\*([^*]+)\*", told) if name in known]
        assert named == known, top


def test_the_patterns_see_what_they_are_to_see():
    assert "Programme / Rewards" in PATHS
    assert {"Today", "Programme", "Reporting", "Configuration", "Surveys"} <= TOPS
    assert _lacking(["Programme → Programmes → Referrals"])
    assert not _lacking(["Client Loyalty / Programme / Rewards", "Client Loyalty / User"])
