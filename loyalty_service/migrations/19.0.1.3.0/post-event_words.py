"""What the system said of past events is told to each reader in its own language."""

import json
import re

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL
from odoo.tools.translate import code_translations

MODULE = "loyalty_service"
# Of what undid another event, of mails and of anniversaries.
WORDS = (
    "The source was changed",
    "The source was deleted",
    "The renewal was called off",
    "The order was cancelled",
    "The recurring invoice was taken back",
    "The invoice was set to recur no longer",
    "Written to the client",
    "Written by the client",
    "Undone by %s",
    "Full years: %s",
)


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    _name_records(cr)
    codes = ["en_US", *(code for code, _name in env["res.lang"].get_installed())]
    for text in WORDS:
        _word(cr, _translated(text, codes))


def _name_records(cr):
    """Services and rewards have names in several languages; those that are left tell them."""
    for model, name in (
        (
            "loyalty.service.agreement",
            SQL(
                """
                SELECT agreement.id, template.name AS texts
                  FROM loyalty_service_agreement agreement
                  JOIN product_product product ON product.id = agreement.product_id
                  JOIN product_template template ON template.id = product.product_tmpl_id
                """
            ),
        ),
        (
            "loyalty.service.redemption",
            SQL(
                """
                SELECT redemption.id, reward.description AS texts
                  FROM loyalty_service_redemption redemption
                  JOIN loyalty_reward reward ON reward.id = redemption.reward_id
                """
            ),
        ),
    ):
        cr.execute(
            SQL(
                """
                UPDATE loyalty_service_event event
                   SET summary_texts = named.texts::text
                  FROM (%s) AS named
                 WHERE event.res_model = %s AND event.res_id = named.id
                   AND event.reversal_of_id IS NULL AND event.summary_texts IS NULL
                   AND event.summary IN (SELECT value FROM jsonb_each_text(named.texts))
                   AND (SELECT COUNT(DISTINCT value) FROM jsonb_each_text(named.texts)) > 1
                """,
                name,
                model,
            )
        )


def _translated(text, codes):
    return {
        code: code_translations.get_python_translations(MODULE, code).get(text, text)
        for code in codes
    }


def _word(cr, texts):
    """Give events whose summary is one of ``texts``, with or without a name in it, all of them."""
    patterns = ["(.+)".join(map(re.escape, text.split("%s"))) for text in texts.values()]
    cr.execute(
        SQL(
            "SELECT DISTINCT summary FROM loyalty_service_event "
            "WHERE summary_texts IS NULL AND summary ~ %s "
            "AND (reversal_of_id IS NOT NULL OR res_model IS NOT NULL)",
            f"^({'|'.join(patterns)})$",
        )
    )
    for (summary,) in cr.fetchall():
        found = next(filter(None, (re.fullmatch(pattern, summary) for pattern in patterns)), None)
        if not found:
            continue
        told = {
            code: text.replace("%s", *found.groups()) if found.groups() else text
            for code, text in texts.items()
        }
        if len(set(told.values())) > 1:
            cr.execute(
                SQL(
                    "UPDATE loyalty_service_event SET summary_texts = %s "
                    "WHERE summary = %s AND summary_texts IS NULL "
                    "AND (reversal_of_id IS NOT NULL OR res_model IS NOT NULL)",
                    json.dumps(told, ensure_ascii=False, sort_keys=True),
                    summary,
                )
            )
