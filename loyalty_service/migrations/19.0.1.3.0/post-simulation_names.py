"""Rules and tiers in simulations are named in all languages, as those that they are copies of."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    for model in ("loyalty.service.simulation.rule", "loyalty.service.simulation.tier"):
        copies = env[model].search([])
        for copy in copies.filtered(copies._original):
            start = copy.copied_values or {}
            told = start.get("name")
            if not isinstance(told, str):
                continue
            names = copy._in_all_languages(copy[copy._original], "name")
            if copy.name == told:
                copy._write_values(copy, {"name": names})
            copy.copied_values = {**start, "name": names}
