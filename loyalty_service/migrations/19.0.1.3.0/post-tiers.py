"""What a tier gives is said from its fields: sentences that said the same go.

Who was going to be lowered has not been told: the days of grace begin with the notice, which
the next review gives.
"""

from lxml import html

from odoo import SUPERUSER_ID, api

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
        places = _said_at(tier)
        if not places:
            continue
        many = _count(tier, "en_US")
        if name in WITH_MANAGER:
            tier.needs_manager = True
        for lang, _name in env["res.lang"].get_installed():
            # Somebody has edited a text that has more or fewer lines: which says what is open.
            if _count(tier, lang) == many:
                told = tier.with_context(lang=lang)
                told.benefits = _without(told.benefits, places)


def _items(benefits):
    root = html.fragment_fromstring(str(benefits or ""), create_parent="div")
    return root, root.findall(".//li")


def _count(tier, lang):
    """Return how many lines the text has in a language."""
    return len(_items(tier.with_context(lang=lang).benefits)[1])


def _said_at(tier):
    """Return ``{place in the list: sentence}`` of what the fields say by now."""
    _root, items = _items(tier.with_context(lang="en_US").benefits)
    texts = [item.text_content().strip() for item in items]
    return {place: text for place, text in enumerate(texts) if text in SAID}


def _without(benefits, places):
    root, items = _items(benefits)
    for place, item in enumerate(items):
        if place in places:
            item.getparent().remove(item)
    return html.tostring(root, encoding="unicode") if root.findall(".//li") else False
