"""Names in the languages of the demo firm: English, 简体中文, 繁體中文."""

from typing import NamedTuple


class Named(NamedTuple):
    """:ivar simplified: as people in mainland China say it
    :ivar traditional: as people in Taiwan say it
    """

    english: str
    simplified: str
    traditional: str

    def translate(self, record, field: str = "name") -> None:
        """Have ``record``, made with the English name, say it in Chinese as well."""
        for lang, text in (("zh_CN", self.simplified), ("zh_TW", self.traditional)):
            record.with_context(lang=lang)[field] = text
