"""By what two records are recognised as the same company: numbers, addresses and names as keys.

People write the same number in many ways. Each function brings what was written into one form,
its key; two that are equal are the same. An empty key says that the text identifies nobody, and
two empty keys are never the same.
"""

import ipaddress
import re
import unicodedata

from . import credit_code

# Shorter numbers are extensions, service numbers or mistakes, which many may share.
SHORTEST_PHONE = 7
SHORTEST_TAX_ID = 6
CHINA = "86"

# Of these providers everybody has an address: the domain says nothing about the company.
# fmt: off
PUBLIC_MAIL = frozenset((
    "126.com", "139.com", "163.com", "188.com", "189.cn", "21cn.com", "aliyun.com", "aol.com",
    "foxmail.com", "gmail.com", "gmx.com", "gmx.de", "gmx.net", "googlemail.com", "hinet.net",
    "hotmail.com", "icloud.com", "live.cn", "live.com", "mac.com", "mail.com", "mail.ru",
    "me.com", "msn.com", "outlook.com", "pchome.com.tw", "proton.me", "protonmail.com", "qq.com",
    "sina.cn", "sina.com", "sina.com.cn", "sohu.com", "tom.com", "vip.163.com", "vip.qq.com",
    "vip.sina.com", "web.de", "wo.cn", "yahoo.cn", "yahoo.com", "yahoo.com.cn", "yahoo.com.hk",
    "yahoo.com.tw", "yandex.ru", "yeah.net", "zoho.com",
))
# fmt: on

# What a name ends with that only says in which form the company was registered: in Chinese at
# the end of the name, the longest first; in other languages as words of their own.
LEGAL_FORMS = (
    *("股份有限责任公司", "股份有限責任公司", "有限责任公司", "有限責任公司"),
    *("股份有限公司", "有限公司", "公司"),
)
# fmt: off
LEGAL_WORDS = frozenset((
    "ag", "bv", "co", "company", "corp", "corporation", "gmbh", "inc", "incorporated", "limited",
    "llc", "llp", "ltd", "plc", "pte", "pty", "sa", "sarl", "srl",
))
# fmt: on
SHORTEST_NAME = 2
_EXTENSION = re.compile(r"(转|轉|分机|分機|ext\.?|x|#)\s*\d*\s*$", re.IGNORECASE)
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def fold(text: str | None) -> str:
    """Return the text with full-width letters, digits and brackets as plain ones, trimmed.

    >>> fold(" １３８（上海） ")
    '138(上海)'
    """
    return unicodedata.normalize("NFKC", text or "").strip()


def phone(text: str | None, calling_code: str = CHINA) -> str:
    """Return a telephone number as ``+`` and digits, or ``""``.

    A number without country is one of the country of ``calling_code``. The extension is left
    out: colleagues at one switchboard are one company.

    >>> phone("+86 138-0000-0000"), phone("１３８ ００００ ００００"), phone("0086 13800000000")
    ('+8613800000000', '+8613800000000', '+8613800000000')
    >>> phone("(021) 5000 0000 转 801"), phone("+86 (0)21 50000000"), phone("+44 20 7946 0000")
    ('+862150000000', '+862150000000', '+442079460000')
    >>> phone("12315"), phone("see below")
    ('', '')
    """
    written = _EXTENSION.sub("", fold(text))
    digits = "".join(re.findall(r"[0-9]", written))
    if written.startswith("+"):
        abroad = True
    elif digits.startswith("00"):
        abroad, digits = True, digits[2:]
    else:
        # A mobile number is often written with the country and without the plus.
        abroad = calling_code == CHINA and re.fullmatch(r"861[3-9]\d{9}", digits) is not None
    if abroad and digits.startswith(calling_code):
        digits, abroad = digits[len(calling_code) :], False
    if not abroad:
        # The trunk prefix: 021 inside the country is 21 from outside.
        digits = digits.lstrip("0")
    if len(digits) < SHORTEST_PHONE:
        return ""
    return "+" + (digits if abroad else calling_code + digits)


def email(text: str | None) -> str:
    """Return an e-mail address in small letters, or ``""``.

    >>> email(" Wang.Fang@Example.COM "), email("Wang Fang <wang@example.com>"), email("wang")
    ('wang.fang@example.com', 'wang@example.com', '')
    """
    found = _MAIL.findall(re.sub(r"[<>,;\"'()]", " ", fold(text)).lower())
    return found[0] if len(found) == 1 else ""


def email_domain(text: str | None) -> str:
    """Return the domain of a company's own addresses, or ``""`` where everybody has one.

    >>> email_domain("wang@lantern.example"), email_domain("wang@qq.com")
    ('lantern.example', '')
    """
    domain = email(text).rpartition("@")[2]
    return "" if domain in PUBLIC_MAIL else domain


def tax_id(text: str | None) -> str:
    """Return a tax id in capitals, letters and digits only, or ``""``.

    The country in front of a Chinese code is left out, since most write none.

    >>> tax_id("91350100-m000100y43"), tax_id("CN 91350100M000100Y43"), tax_id("DE 123 456 789")
    ('91350100M000100Y43', '91350100M000100Y43', 'DE123456789')
    >>> tax_id("/"), tax_id("N/A")
    ('', '')
    """
    key = "".join(re.findall(r"[0-9A-Z]", fold(text).upper()))
    if key.startswith("CN") and credit_code.is_valid(key[2:]):
        key = key[2:]
    return key if len(key) >= SHORTEST_TAX_ID else ""


def _is_latin_name(words: list[str]) -> bool:
    return all(word.isascii() for word in words) and "branch" not in words


def company_name(text: str | None) -> str:
    """Return a company's name without brackets, blanks, punctuation and legal form, or ``""``.

    What is in brackets stays: it tells one branch from another. So does what follows the legal
    form, but for the same name in Latin letters.

    >>> company_name("上海灯笼（贸易）有限公司") == company_name("上海灯笼(贸易) 有限责任公司")
    True
    >>> company_name("Lantern Trading Co., Ltd."), company_name("LANTERN TRADING LIMITED")
    ('lanterntrading', 'lanterntrading')
    >>> company_name("Visa Inc."), company_name("有限公司"), company_name("-")
    ('visa', '有限公司', '')
    >>> company_name("灯笼（上海）有限公司 Lantern Shanghai")
    '灯笼上海'
    >>> company_name("灯笼有限公司 Hangzhou Branch")
    '灯笼有限公司hangzhoubranch'
    """
    words = re.sub(r"[^\w]|_", " ", fold(text).casefold().replace(".", "")).split()
    chinese = max(
        (place for place, word in enumerate(words, 1) if word.endswith(LEGAL_FORMS)), default=0
    )
    if chinese and _is_latin_name(words[chinese:]):
        words = words[:chinese]
    while len(words) > 1 and words[-1] in LEGAL_WORDS:
        words.pop()
    key = "".join(words)
    while form := next(filter(key.endswith, LEGAL_FORMS), ""):
        if len(key) - len(form) < SHORTEST_NAME:
            break
        key = key[: -len(form)]
    return key


def address(*parts: str | None) -> str:
    """Return a street address without blanks and punctuation, or ``""`` if it has no number.

    >>> address("世纪大道 １０００ 号", "12楼", None)
    '世纪大道1000号12楼'
    >>> address("Main Street")
    ''
    """
    key = "".join(char for part in parts for char in fold(part).casefold() if char.isalnum())
    return key if any(char.isdigit() for char in key) else ""


def visitor(address: str | None) -> str:
    """Return by what the visitor with an internet address is recognised.

    Of version 6 it is the network of 64 bits, which is what a household or a firm is given: it
    has more addresses than anybody can count. RFC 6177, RFC 8981.

    >>> visitor("2001:db8:1:2:a:b:c:d"), visitor("2001:db8:1:2::1"), visitor("::ffff:192.0.2.7")
    ('2001:db8:1:2::/64', '2001:db8:1:2::/64', '192.0.2.7')
    >>> visitor("192.0.2.7"), visitor("fe80::1%eth0"), visitor("?"), visitor(None)
    ('192.0.2.7', 'fe80::/64', '?', '')
    """
    text = (address or "").strip()
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return text
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))


def masked(text: str | None) -> str:
    """Return a number of which only the end can be read, for words about it.

    >>> masked("+8613800001234"), masked("1234")
    ('…1234', '…')
    """
    key = text or ""
    return "…" + key[-4:] if len(key) >= 8 else "…"


def masked_email(text: str | None) -> str:
    """Return an address of which only its first letter and the domain can be read.

    >>> masked_email("li.na@newbridge.example"), masked_email("l…@newbridge.example")
    ('l…@newbridge.example', 'l…@newbridge.example')
    >>> masked_email("@newbridge.example"), masked_email("li"), masked_email(None)
    ('@newbridge.example', 'l…', '')
    """
    name, at, domain = (text or "").strip().rpartition("@")
    if not at:
        name, domain = domain, ""
    return f"{name[0]}…{at}{domain}" if name else f"{at}{domain}"
