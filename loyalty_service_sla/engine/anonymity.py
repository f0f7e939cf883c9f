"""Taking out of a text what tells which client it is about.

A proposal, never a guarantee: a story can give somebody away without a name. So people read what
comes out before others see it, and what still names the client is found again then.
"""

import re
from collections.abc import Iterable

from .chinese import simplified

#: What stands in the place of what was taken out.
NAME, MAIL, NUMBER, AMOUNT = "[name]", "[e-mail]", "[number]", "[amount]"

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_AMOUNT = re.compile(
    r"(?:(?:RMB|CNY|USD|EUR|HKD|TWD|NT\$|US\$|HK\$|[$€¥\uffe5])\s?\d[\d,]*(?:\.\d+)?)"
    r"|(?:\d[\d,]*(?:\.\d+)?\s?(?:RMB|CNY|USD|EUR|HKD|TWD|\u842c?\u4e07?\u5143))"
)
# Telephone, tax and invoice numbers: seven digits or more, however they are grouped, and the
# eighteen characters of a Chinese credit code.
_NUMBER = re.compile(
    r"(?<![\w.])(?:\+?\d(?:[ ()./-]{0,2}\d){6,}|[0-9A-HJ-NP-RTUWXY]{18})(?!\w)", re.ASCII
)
_DATE = re.compile(r"(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d")

#: Parts of names that say nothing about whose they are.
_GENERIC_WORDS = frozenset(
    word
    for line in (
        "china shanghai beijing shenzhen guangzhou hangzhou suzhou taipei taiwan hong kong asia",
        "company limited corporation group holding holdings international trading technology",
        "technologies consulting services service management industrial gmbh import export",
    )
    for word in line.split()
)
_GENERIC_PARTS = """
    有限责任公司 股份有限公司 有限公司 股份 集团 公司 分公司 事务所 国际 贸易 商贸 进出口 科技 技术
    咨询 服务 管理 实业 投资 中国 上海 北京 深圳 广州 杭州 苏州 南京 成都 台北 台湾 香港
"""
_GENERIC_CJK = re.compile("|".join(sorted(_GENERIC_PARTS.split(), key=len, reverse=True)))
_CJK = r"\u3400-\u9fff"

#: Shorter names are words of the language as often as not.
SHORTEST_WORD, SHORTEST_CJK = 4, 2


def names_of(facts: Iterable[str]) -> list[str]:
    """Return what to look for in a text, longest first, given what is known of a client.

    The whole of each fact, and its parts that are telling by themselves.

    >>> names_of(["上海嘉禾有限公司 Jiahe Trading", "Anna Wu"])
    ['上海嘉禾有限公司 Jiahe Trading', '上海嘉禾有限公司', 'Anna Wu', 'Jiahe', 'Anna', '嘉禾']
    >>> names_of(["", "Wu"])
    []
    """
    found = set()
    for fact in ((fact or "").strip() for fact in facts):
        parts = re.findall(rf"[{_CJK}]+|[^\W{_CJK}]+(?:['-][^\W{_CJK}]+)*", fact)
        for part in [fact, *parts]:
            if re.fullmatch(rf"[{_CJK}]+", part):
                core = _GENERIC_CJK.sub("", simplified(part))
                # As written where nothing is cut off: it is looked for in either script.
                found.update(
                    name for name in (part, core) if len(core) >= SHORTEST_CJK <= len(name)
                )
            elif part.lower() not in _GENERIC_WORDS and len(part) >= SHORTEST_WORD:
                found.add(part)
    return sorted(found, key=lambda name: (-len(name), name))


def _pattern(name: str) -> re.Pattern:
    """Return what finds a name in a simplified text: as a whole word where it has letters."""
    name = simplified(name)
    before = r"(?<![^\W_])" if name[:1].isascii() and name[:1].isalnum() else ""
    after = r"(?![^\W_])" if name[-1:].isascii() and name[-1:].isalnum() else ""
    return re.compile(before + re.escape(name) + after, re.IGNORECASE)


def mentions(text: str, facts: Iterable[str]) -> list[str]:
    """Return the names of a client that a text still has, in the order of ``names_of``.

    >>> mentions("Dear anna, 嘉禾 pays monthly.", ["上海嘉禾进出口有限公司", "Anna Wu"])
    ['Anna', '嘉禾']
    >>> mentions("The annals of 上海.", ["上海嘉禾进出口有限公司", "Anna Wu"])
    []
    """
    text = simplified(text or "")
    return [name for name in names_of(facts) if _pattern(name).search(text)]


def hide(text: str, facts: Iterable[str]) -> str:
    """Return a text without the names of a client, addresses, long numbers and amounts.

    >>> hide("Anna, call 021-5555 0123 or write to anna@jiahe.cn about RMB 12,300.", ["Anna Wu"])
    '[name], call [number] or write to [e-mail] about [amount].'
    >>> hide("嘉禾的发票 24317000000012345678 在 2026-03-15 前开。", ["上海嘉禾进出口有限公司"])
    '[name]的发票 [number] 在 2026-03-15 前开。'
    """
    text = _MAIL.sub(MAIL, text or "")
    text = _AMOUNT.sub(AMOUNT, text)
    text = _NUMBER.sub(lambda hit: hit[0] if _DATE.fullmatch(hit[0]) else NUMBER, text)
    for name in names_of(facts):
        # Folding keeps the length, so a place in the folded text is the same in the text.
        spans = [hit.span() for hit in _pattern(name).finditer(simplified(text))]
        for start, stop in reversed(spans):
            text = text[:start] + NAME + text[stop:]
    # Of a name in several parts one mark is left.
    return re.sub(rf"{re.escape(NAME)}(?:\s*{re.escape(NAME)})+", NAME, text)
