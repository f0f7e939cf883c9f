"""Simplified and traditional Chinese are complete, and say what the English says."""

import re
from pathlib import Path

import polib
import pytest

from odoo.tests import TransactionCase, tagged

from dev.env.translations import terms

ROOT = Path(__file__).parents[1]
ADDONS = sorted(path.parent.name for path in ROOT.glob("*/__manifest__.py"))
LANGUAGES = ["zh_CN", "zh_TW"]
# %s, %(name)s, %d, {{ expression }}, <tag ...> and t-out placeholders must survive.
PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|%[sdf]|\{\{.*?\}\}|</?\w+", re.S)
ADVICE = "run ./dev/i18n, translate what it names, and commit"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("addon", ADDONS)
def test_complete(addon, language):
    folder = ROOT / addon / "i18n"
    template = {entry.msgid for entry in polib.pofile(folder / f"{addon}.pot")}
    translation = polib.pofile(folder / f"{language}.po")
    done = {entry.msgid for entry in translation.translated_entries()}
    assert template - done == set(), ADVICE
    assert [entry.msgid for entry in translation.fuzzy_entries()] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("addon", ADDONS)
def test_placeholders(addon, language):
    for entry in polib.pofile(ROOT / addon / "i18n" / f"{language}.po").translated_entries():
        assert sorted(PLACEHOLDER.findall(entry.msgid)) == sorted(
            PLACEHOLDER.findall(entry.msgstr)
        ), entry.msgid


@tagged("post_install", "-at_install")
class TestTerms(TransactionCase):
    def test_templates_are_up_to_date(self):
        for addon in ADDONS:
            with self.subTest(addon=addon):
                committed = polib.pofile(ROOT / addon / "i18n" / f"{addon}.pot")
                self.assertEqual(
                    {entry.msgid for entry in terms(self.env, addon)},
                    {entry.msgid for entry in committed},
                    ADVICE,
                )
