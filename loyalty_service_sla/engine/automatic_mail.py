"""Did a machine write this mail? By its headers, and by what it calls itself.

Sources: RFC 3834 (``Auto-Submitted``, and that answers of machines are sent from nobody), RFC 2076
(``Precedence``), Microsoft MS-OXCMAIL 2.2.3.2.14 (``X-Auto-Response-Suppress``), and the headers
that vacation programmes set by custom.

Decisions:

* ``Precedence: list`` says nothing: colleagues of a client who share a mailbox write through a
  mailing list. Neither does ``Auto-Submitted: auto-forwarded``: what is forwarded was written by
  somebody.
* A subject tells only where it begins with the words. Who answers an automatic mail by hand
  writes "Re: Automatic reply".
"""

import re

#: ``{header: values that only a machine sets}``; None: any value but "no".
_TELLING = {
    "precedence": {"bulk", "junk", "auto_reply"},
    "x-precedence": {"bulk", "junk", "auto_reply"},
    "x-auto-response-suppress": {"all", "oof", "autoreply"},
    **dict.fromkeys(
        (
            "x-auto-reply",
            "x-autoreply",
            "x-autoreply-from",
            "x-autorespond",
            "x-autoresponse",
            "x-mail-autoreply",
            "x-vacation",
        )
    ),
}

#: What a mail may say of itself and still be somebody's.
_BY_HAND = {"no", "auto-forwarded"}

# What mail servers write before the subject, in the languages of clients and their owners.
_WORDS = (
    *(r"auto(matic)?[ -]?(reply|response)", r"out[ -]of[ -](the[ -])?office( reply)?"),
    *("自动回复", "自动答复", "自動回覆", "自動回复", "自動応答", "자동 회신"),
    *("automatische antwort", "abwesenheitsnotiz", "réponse automatique", "automatisch antwoord"),
    *("respuesta automática", "resposta automática", "risposta automatica"),
)
_SUBJECT = re.compile(
    rf"\s*[\[【(（]?\s*({'|'.join(_WORDS)})\s*([:：\]】)）]|re\b|$)", re.IGNORECASE
)


def is_automatic(headers, subject=""):
    """Tell whether a machine wrote a mail: that somebody is away, or that it was received.

    :param headers: ``[(name, value)]`` as they came
    :param str subject: decoded

    >>> is_automatic([("Auto-Submitted", "auto-replied; owner-email=wang@example.com")])
    True
    >>> is_automatic([("Auto-Submitted", "no"), ("Precedence", "list")], "Re: Automatic reply: VAT")
    False
    >>> is_automatic([], "自动回复：我在休假"), is_automatic([], "【自动回复】Re: 增值税")
    (True, True)
    >>> is_automatic([], "Automatische Antwort: VAT"), is_automatic([], "Automatic reply wanted?")
    (True, False)
    """
    return any(_tells(name, value) for name, value in headers) or bool(_SUBJECT.match(subject))


def _tells(name, value):
    name, value = name.strip().lower(), str(value).strip().lower()
    if name == "auto-submitted":
        return bool(value) and re.split(r"[;\s(]", value)[0] not in _BY_HAND
    if name == "return-path":
        return value == "<>"
    if name not in _TELLING:
        return False
    telling = _TELLING[name]
    if telling is None:
        return bool(value) and value != "no"
    return not telling.isdisjoint(part.strip() for part in value.split(","))
