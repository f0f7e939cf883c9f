"""Addresses as they are printed: without what the format of a country leaves of missing parts."""

import re

# What stands between two parts. A dash is none: house numbers have it.
BETWEEN = re.compile(r"\s*[,;/、，](?:\s*[,;/、，])*\s*")
EMPTY = re.compile(r"\(\s*\)|（\s*）")
EDGES = " ,;/、，-"
HAN = re.compile(r"[\u4e00-\u9fff]{2,}")


def lines(text: str) -> list[str]:
    """Return the lines of an address that say something.

    :param text: an address as a format made it, empty parts included

    >>> lines("China, \\n 上海  世纪大道 1000 号 ")
    ['China', '上海 世纪大道 1000 号']
    >>> lines(" \\n/ \\nSpringfield, , IL  ()")
    ['Springfield, IL']
    >>> lines("Unit 5/12, 1-3 High Street")
    ['Unit 5/12, 1-3 High Street']
    >>> lines("China\\n上海市 上海 世纪大道 1 号")
    ['China', '上海市 世纪大道 1 号']
    >>> lines("")
    []
    """
    cleaned = (_line(line) for line in text.split("\n"))
    return [line for line in cleaned if line]


def _line(line: str) -> str:
    full = EMPTY.sub("", line)
    # Of several marks in a row, with nothing between them, the first one is enough.
    single = BETWEEN.sub(lambda found: _first(found.group()), full)
    return " ".join(_told_once(single.split())).strip(EDGES)


def _told_once(words: list[str]) -> list[str]:
    """Leave out a city that is a province, too: the first of two names says all."""
    return [
        word
        for before, word in zip(["", *words], words, strict=False)
        if not (HAN.fullmatch(word) and before.startswith(word))
    ]


def _first(marks: str) -> str:
    if len(re.sub(r"\s", "", marks)) == 1:
        return marks
    mark = marks.strip()[0]
    return f"{mark} " if mark in ",;" else mark
