"""Unified social credit codes (统一社会信用代码): the tax ids of Chinese companies.

Sources: GB 32100-2015 (the code of 18 characters, its last one a check character) and
GB 11714-1997 (the organisation code of 9 characters inside it, its last one, too).
"""

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100: no I, O, S, V, Z
LENGTH = 18
_CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def organisation_check(eight: str) -> str:
    """Return the check character of an organisation code.

    A digit counts as itself and a letter from A = 10 on; 11 minus the weighted sum modulo 11,
    where 10 is written X and 11 is written 0.

    >>> organisation_check("D2143569")
    'X'
    """
    total = sum(w * int(c, 36) for w, c in zip(_ORGANISATION_WEIGHTS, eight, strict=True))
    return "0123456789X0"[11 - total % 11]


def code_check(seventeen: str) -> str:
    """Return the last character of a unified social credit code.

    >>> code_check("91350100M000100Y4")
    '3'
    """
    total = sum(w * ALPHABET.index(c) for w, c in zip(_CODE_WEIGHTS, seventeen, strict=True))
    return ALPHABET[-total % 31]


def is_valid(code: str) -> bool:
    """Say whether ``code``, in capitals and without blanks, is a code with a right check character.

    Of the two check characters the last one decides: the organisation code inside is not
    checked, since codes were given out to bodies whose older number does not follow its rule.

    >>> is_valid("91350100M000100Y43"), is_valid("91350100M000100Y44"), is_valid("9135")
    (True, False, False)
    """
    return len(code) == LENGTH and set(code) <= set(ALPHABET) and code_check(code[:-1]) == code[-1]
