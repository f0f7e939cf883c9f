"""Discounts by the point that Odoo had named are named in all languages and in today's money."""

import re

from odoo import SUPERUSER_ID, api
from odoo.tools.translate import code_translations

PER_POINT, ORDER = "%s per point on ", "your order"


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    codes = {"en_US", *(code for code, _name in env["res.lang"].get_installed())}
    programs = env["loyalty.program"].with_context(active_test=False)
    for reward in programs.search([("service_points", "=", True)]).reward_ids:
        named = any(_is_of_odoo(reward.with_context(lang=code), code) for code in codes)
        if named and reward._is_by_point():
            reward._name_in(codes)


def _is_of_odoo(reward, code):
    """Tell whether a name is the one that Odoo's own addon makes, with the money of any day."""
    words = code_translations.get_python_translations("loyalty", code)
    told = words.get(PER_POINT, PER_POINT) + words.get(ORDER, ORDER)
    pattern = ".+".join(map(re.escape, told.split("%s")))
    return bool(re.fullmatch(pattern, reward.description or ""))
