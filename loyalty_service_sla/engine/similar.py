"""What a text is about, so that similar questions can be found, in English and in Chinese.

A text becomes *terms*. English words are folded (case, accents, endings); Chinese has no spaces,
so each run of characters becomes its pairs of neighbours (bigrams): 增值税发票 gives 增值, 值税,
税发, 发票. Two texts that share a word share at least one pair, whatever stands around it. This is
the usual way to index Chinese without a dictionary (Nie, Gao, Zhang, Zhou: "On the use of words and
n-grams for Chinese information retrieval", IRAL 2000). Words that every question has ("how do
I", 请问, 怎么办) say nothing and are left out.

Traditional characters are folded into simplified ones (:mod:`.chinese`), so 發票 finds 发票.

What is asked is compared with what is known by *coverage*: how much of the weight of the asked
terms the known text has. The weight of a term is its inverse document frequency, ``ln(1 + N/n)``
with ``n`` of ``N`` texts having it (Robertson, "Understanding inverse document frequency",
Journal of Documentation 60, 2004). A term in the body counts less than one in the question.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from math import log

from .chinese import simplified

#: What a term is worth where it stands: in the question or its keywords, or in the answer only.
HEAD, BODY = 1.0, 0.4

#: From this coverage on (0..1) a text is called similar.
SIMILAR = 0.3

#: A term that no text has weighs as much as one that every tenth has: it makes the others count
#: less, without deciding alone.
UNKNOWN = log(1 + 10)

#: So many characters and terms of what is asked are looked at: more makes a search slow and not
#: better.
LONGEST, MOST = 300, 24

#: So many terms of a text are kept; so many characters of a word.
LARGEST, WIDEST = 2000, 40

_CJK = (
    "\u3005\u3040-\u30ff"  # Japanese syllables and the repetition sign
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Chinese characters
    "\uac00-\ud7af"  # Korean syllables
    "\U00020000-\U0003ffff"  # rare Chinese characters
)
_RUNS = re.compile(rf"(?P<cjk>[{_CJK}]+)|(?P<word>[^\W_{_CJK}]+)")

#: What questions begin and end with. Longer ones first: they are cut out where they stand. No
#: characters that are half of a word as often as not, as 会 in 会计 and 在 in 在职.
_NOTHING = """
    请问 您好 你好 谢谢 麻烦 怎么办 怎么样 怎么 怎样 如何 什么时候 何时 什么 为什么 哪些 哪里 哪个
    多少 几时 是否 能不能 可不可以 可以 能否 有没有 是不是 需不需要 需要 要不要 我们 你们 他们
    我司 贵司 一下 这个 那个 我 你 您 的 了 吗 呢 吧 啊 呀 么 很
"""
_EMPTY_CJK = re.compile("|".join(sorted(_NOTHING.split(), key=len, reverse=True)))
_FILLERS = """
    a an and any are as at be been by can cannot could did do does for from get got had has have
    hello hi how i if in into is it its just kindly may me my need no not of off on or our out
    please possible s shall she should so some t than thank thanks that the their them then there
    these they this to up us want was we were what when where which who whom whose why will with
    would you your
"""
_EMPTY_WORDS = frozenset(_FILLERS.split())


def words(text: str) -> list[str]:
    """Return the terms of a text in their order, repeated ones repeated.

    >>> words("How do I correct an invoice that was filed twice?")
    ['correct', 'invoic', 'fil', 'twic']
    >>> words("增值税发票开错了怎么办？")
    ['增值', '值税', '税发', '发票', '票开', '开错']
    >>> words("發票 Fapiao 2026")
    ['发票', 'fapiao', '2026']
    >>> words("税")
    ['税']
    """
    return [term for term, _typed in _read(text)]


def _read(text: str):
    """Yield each term of a text, and whether its last character stands at the text's end."""
    text = simplified(_folded(text or ""))
    for run in _RUNS.finditer(text):
        at_end = run.end() == len(text)
        if run["word"]:
            # Others stand between them, which makes the last one the typed one.
            if run["word"] not in _EMPTY_WORDS:
                yield _stem(run["word"])[:WIDEST], at_end
            continue
        parts = [part for part in _EMPTY_CJK.split(run["cjk"]) if part]
        for part in parts:
            pairs = [part[i : i + 2] for i in range(len(part) - 1)] or [part]
            for pair in pairs:
                yield pair, False


def _folded(text: str) -> str:
    """Return a text in lower case, without accents and without wide forms of letters."""
    text = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize(
        "NFC", "".join(char for char in text if unicodedata.category(char) != "Mn")
    )


def _stem(word: str) -> str:
    """Return a word without the endings by which forms of an English word differ.

    Only what is safe without a dictionary: plurals, -ing, -ed and the silent e. What is left need
    not be a word; it need only be the same for all forms.

    >>> [_stem(word) for word in ("invoice", "invoices", "invoiced", "invoicing")]
    ['invoic', 'invoic', 'invoic', 'invoic']
    >>> [_stem(word) for word in ("company", "companies", "stop", "stopped", "tax", "taxes")]
    ['company', 'company', 'stop', 'stop', 'tax', 'tax']
    >>> [_stem(word) for word in ("process", "vat", "is", "2026", "need", "bring")]
    ['process', 'vat', 'is', '2026', 'need', 'bring']
    """
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        base = word[: -len(ending)]
        if word.endswith(ending) and len(base) >= 3 and re.search("[aeiouy]", base):
            # "need" and "feed" end like this, and are no past.
            if ending == "ed" and base.endswith("e"):
                break
            word = base
            if base[-1] == base[-2] and base[-1] not in "lsz":
                word = base[:-1]
            break
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def asked(text: str) -> dict[str, bool]:
    """Return the terms of what somebody is asking: ``{term: whether it is still being typed}``.

    A word that is still being typed stands for every word that begins like it, and so does a lone
    Chinese character.

    >>> asked("vat refu")
    {'vat': False, 'refu': True}
    >>> asked("vat refund ")
    {'vat': False, 'refund': False}
    >>> asked("退税 税")
    {'退税': False, '税': True}
    """
    found: dict[str, bool] = {}
    for term, typed in _read((text or "")[:LONGEST]):
        lone = len(term) == 1 and not term.isascii()
        found[term] = found.get(term, False) or lone or (typed and len(term) >= 3)
        if len(found) == MOST:
            break
    return found


def vector(head: str, body: str = "") -> str:
    """Return the terms of a text as PostgreSQL reads a ``tsvector``, those of the head as ``A``.

    >>> vector("VAT refund", "Refunds take a month.")
    "'month':2 'refund':1A 'tak':2 'vat':1A"
    """
    heads = dict.fromkeys(words(head))
    bodies = [term for term in dict.fromkeys(words(body)) if term not in heads]
    kept = [*heads, *bodies][:LARGEST]
    return " ".join(sorted(f"{quoted(term)}:{'1A' if term in heads else '2'}" for term in kept))


def quoted(term: str) -> str:
    """Return a term as PostgreSQL reads a lexeme. Terms have neither quotes nor backslashes.

    >>> quoted("发票")
    "'发票'"
    """
    return f"'{term}'"


def query(term: str, typed: bool = False) -> str:
    """Return a term as PostgreSQL reads a ``tsquery``.

    >>> query("refu", typed=True)
    "'refu':*"
    """
    return quoted(term) + (":*" if typed else "")


def weights(counts: Mapping[str, int], total: int) -> dict[str, float]:
    """Return the share of each asked term in the whole question; the shares add up to 1.

    :param counts: ``{term: number of texts that have it}``
    :param total: number of texts

    A term of each text (1/1) and one of every third: ln 2 = 0.693 and ln 4 = 1.386, a third and
    two thirds.

    >>> {term: round(share, 3) for term, share in weights({"tax": 9, "refund": 3}, 9).items()}
    {'tax': 0.333, 'refund': 0.667}
    >>> weights({}, 9)
    {}
    """
    each = {term: log(1 + total / number) if number else UNKNOWN for term, number in counts.items()}
    whole = sum(each.values())
    return {term: weight / whole for term, weight in each.items()}


def coverage(shares: Mapping[str, float], head: Iterable[str], body: Iterable[str] = ()) -> float:
    """Return how much of a question a text covers, 0 to 1.

    :param shares: see :func:`weights`
    :param head: terms of the text's question; ``body``: of the rest

    >>> coverage({"tax": 0.25, "refund": 0.75}, ["refund"], ["tax"])
    0.85
    """
    head, body = set(head), set(body)
    return sum(
        share * (HEAD if term in head else BODY if term in body else 0)
        for term, share in shares.items()
    )


def rank(question: str, texts: Mapping, limit: int) -> list[tuple]:
    """Return ``[(key, coverage)]`` of the texts that are similar to a question, best first.

    For a few texts that no index has.

    :param texts: ``{key: (head, body)}``

    >>> known = {1: ("VAT refund", ""), 2: ("Payslips", "A refund is on the payslip.")}
    >>> [(key, round(cover, 2)) for key, cover in rank("When do we get the refund", known, 5)]
    [(1, 1.0), (2, 0.4)]
    >>> rank("Office hours", known, 5)
    []
    """
    return rank_terms(question, {key: terms(*text) for key, text in texts.items()}, limit)


def terms(head: str, body: str = "") -> tuple[frozenset, frozenset]:
    """Return what a text is found by, as :func:`rank_terms` takes it: to be kept by the caller.

    >>> [sorted(part) for part in terms("VAT refund", "A month")]
    [['refund', 'vat'], ['month']]
    """
    return frozenset(words(head)), frozenset(words(body))


def rank_terms(question: str, texts: Mapping, limit: int) -> list[tuple]:
    """Do what :func:`rank` does with texts that were read before, see :func:`terms`.

    :param texts: ``{key: (terms of the head, terms of the body)}``
    """
    wanted = asked(question)

    def having(term):
        return [
            key
            for key, (head, body) in texts.items()
            if matches(term, wanted[term], head) or matches(term, wanted[term], body)
        ]

    shares = weights({term: len(having(term)) for term in wanted}, len(texts))
    found = []
    for key, (head, body) in texts.items():
        cover = coverage(
            shares,
            [term for term in wanted if matches(term, wanted[term], head)],
            [term for term in wanted if matches(term, wanted[term], body)],
        )
        if cover >= SIMILAR:
            found.append((key, cover))
    return sorted(found, key=lambda pair: -pair[1])[:limit]


def matches(term: str, typed: bool, terms: Iterable[str]) -> bool:
    """Tell whether a text with ``terms`` has a term that is asked for.

    >>> matches("refu", True, {"refund"}), matches("refu", False, {"refund"})
    (True, False)
    """
    return any(known.startswith(term) for known in terms) if typed else term in terms
