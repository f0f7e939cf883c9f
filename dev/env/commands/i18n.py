"""./dev/i18n: export the terms of our addons and merge them into the translation files."""

import polib

from .. import database, postgres
from ..paths import ADDONS, LANGUAGES, ROOT
from ..progress import Failure, say


def main(arguments: list[str]) -> int:
    if arguments:
        raise Failure("Usage: ./dev/i18n")
    with postgres.server(), database.copy_of_template("i18n") as name:
        database.call(name, "dev.env.translations:export", "Exporting the terms", "i18n")
    missing = 0
    for addon in ADDONS:
        folder = ROOT / addon / "i18n"
        template = polib.pofile(folder / f"{addon}.pot")
        for language in set(LANGUAGES) - {"en_US"}:
            path = folder / f"{language}.po"
            translation = polib.pofile(path) if path.exists() else _new(language)
            translation.merge(template)
            for gone in translation.obsolete_entries():
                translation.remove(gone)
            translation.save(path)
            left = len(translation.untranslated_entries()) + len(translation.fuzzy_entries())
            say(f"{path.relative_to(ROOT)}: {len(template)} terms, {left} to translate")
            missing += left
    return 1 if missing else 0


def _new(language: str) -> polib.POFile:
    translation = polib.POFile(wrapwidth=100)
    translation.metadata = {
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    return translation
