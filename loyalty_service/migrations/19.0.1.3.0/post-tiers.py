"""What a tier gives is said from its fields: sentences that said the same go.

Who was going to be lowered has not been told: the days of grace begin with the notice, which
the next review gives.
"""

from lxml import html
from markupsafe import escape
from psycopg2.extras import Json

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

# What the tiers of the first versions said, in the languages that they came in.
SAID = {
    *("10% more points", "25% more points", "50% more points"),
    *("Answers in three quarters of the usual time", "Answers in half the usual time"),
    "A named account manager",
}
# Promised by a sentence so far.
WITH_MANAGER = ("tier_gold", "tier_diamond")


def migrate(cr, version):
    """Have the tiers that came with the addon say each thing once."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name in ("tier_silver", "tier_gold", "tier_diamond"):
        tier = env.ref(f"loyalty_service.{name}", raise_if_not_found=False)
        if not tier:
            continue
        texts = _texts(tier)
        places = _said_at(texts.get("en_US"))
        if not places:
            continue
        if name in WITH_MANAGER:
            tier.needs_manager = True
        many = _count(texts["en_US"])
        for lang, text in texts.items():
            # Somebody has edited a text that has more or fewer lines: which says what is open.
            if _count(text) == many:
                texts[lang] = _without(text, places)
        _store(tier, texts)


def _texts(tier):
    """Return the benefits in each language.

    All at once and past the ORM, which changes the other languages with the first one.
    """
    [(texts,)] = tier.env.execute_query(
        SQL("SELECT benefits FROM loyalty_service_tier WHERE id = %s", tier.id)
    )
    return texts or {}


def _store(tier, texts):
    left = {lang: text for lang, text in texts.items() if text}
    tier.env.cr.execute(
        SQL(
            "UPDATE loyalty_service_tier SET benefits = %s WHERE id = %s",
            Json(left) if left else None,
            tier.id,
        )
    )
    tier.invalidate_recordset(["benefits"])


def _items(benefits):
    root = html.fragment_fromstring(benefits or "", create_parent="div")
    return root, root.findall(".//li")


def _count(benefits):
    """Return how many lines a text has."""
    return len(_items(benefits)[1])


def _said_at(benefits):
    """Return the places in the list of what the fields say by now."""
    _root, items = _items(benefits)
    return {place for place, item in enumerate(items) if item.text_content().strip() in SAID}


def _without(benefits, places):
    root, items = _items(benefits)
    for place, item in enumerate(items):
        if place in places:
            item.getparent().remove(item)
    for emptied in root.xpath(".//ul[not(*)]"):
        emptied.drop_tree()
    if not root.text_content().strip():
        return None
    parts = [html.tostring(part, encoding="unicode") for part in root]
    return str(escape(root.text or "")) + "".join(parts)
