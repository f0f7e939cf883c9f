"""Unified social credit codes that look right: both check digits are correct."""

from odoo.addons.loyalty_service.engine.credit_code import (
    ALPHABET,
    code_check,
    organisation_check,
)


def invent(random, kind: str = "91", region: str = "310115") -> str:
    """Return an invented code.

    :param random: a ``random.Random``
    :param kind: registering authority and kind of body: 91 company, 92 sole trader
    :param region: administrative division (310115: Pudong, Shanghai)
    """
    body = "MA" + "".join(random.choice(ALPHABET) for _ in range(6))
    code = kind + region + body + organisation_check(body)
    return code + code_check(code)
