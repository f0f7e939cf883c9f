"""Addresses as they are printed: without what the format of a country leaves of missing parts."""

import re

# What stands between two parts. A dash is none: house numbers have it.
BETWEEN = re.compile(r"\s*[,;/、，](?:\s*[,;/、，])*\s*")
EMPTY = re.compile(r"\(\s*\)|（\s*）")
EDGES = " ,;/、，-"
ONE_HAN = r"[\u4e00-\u9fff]"
HAN = re.compile(rf"{ONE_HAN}{{2,}}")


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


def is_chinese(text: str) -> bool:
    """Say whether a part of an address is written in Chinese.

    >>> is_chinese("世纪大道 1000 号"), is_chinese("1000 Century Avenue")
    (True, False)
    """
    return bool(re.search(ONE_HAN, text))


def largest_first(*parts: str | None) -> str:
    """Return an address as Chinese readers expect it, in one line.

    :param parts: from the largest (province) to the smallest (floor); empty ones are left out,
        and so is what its neighbour says already

    >>> largest_first("上海市", "上海", "世纪大道1000号", "8楼")
    '上海市世纪大道1000号8楼'
    >>> largest_first(None, "上海市", "上海市世纪大道1000号")
    '上海市世纪大道1000号'
    >>> largest_first("", "Shanghai", "1 Century Avenue", "8F")
    'Shanghai 1 Century Avenue 8F'
    >>> largest_first()
    ''
    """
    told: list[str] = []
    for part in filter(None, ((given or "").strip() for given in parts)):
        if told and HAN.fullmatch(part) and told[-1].startswith(part):
            continue
        if told and HAN.fullmatch(told[-1]) and part.startswith(told[-1]):
            told.pop()
        told.append(part)
    text = "".join(f"{part}\0" for part in told).rstrip("\0")
    # Chinese stands without spaces, other words do not.
    return re.sub(rf"(?<={ONE_HAN})\0|\0(?={ONE_HAN})", "", text).replace("\0", " ")


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
