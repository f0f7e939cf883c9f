import re
from pathlib import Path

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools.misc import file_path

FOLDER = Path(__file__).parents[1] / "i18n_extra"
LANGUAGES = ("zh_CN", "zh_TW")
PLACEHOLDER = re.compile(r"\{\{.*?\}\}|</?(?:t|p|em|small|span|strong|i)\b[^>]*>")


@tagged("post_install", "-at_install")
class TestHelpdeskWords(TransactionCase):
    """helpdesk_mgmt has no Chinese of its own; half of each ticket screen is its words."""

    def test_complete(self):
        wanted = {
            entry.msgid
            for entry in polib.pofile(file_path("helpdesk_mgmt/i18n/helpdesk_mgmt.pot"))
            if any(place.startswith("model") for place, _line in entry.occurrences)
        }
        for lang in LANGUAGES:
            known = polib.pofile(FOLDER / f"{lang}.po").translated_entries()
            self.assertEqual(wanted - {entry.msgid for entry in known}, set(), lang)

    def test_placeholders(self):
        for lang in LANGUAGES:
            for entry in polib.pofile(FOLDER / f"{lang}.po"):
                self.assertEqual(
                    sorted(PLACEHOLDER.findall(entry.msgid)),
                    sorted(PLACEHOLDER.findall(entry.msgstr)),
                )

    def test_screens_are_chinese(self):
        for lang, label, page, stage in (
            ("zh_CN", "负责人", "其他信息", "等待客户"),
            ("zh_TW", "負責人", "其他資訊", "等待客戶"),
        ):
            self.env["res.lang"]._activate_lang(lang)
            ours = self.env["ir.module.module"].search([("name", "=", "loyalty_service_sla")])
            ours._update_translations(lang)
            env = self.env(context={"lang": lang})
            ticket = env["helpdesk.ticket"]
            self.assertEqual(ticket.fields_get(["user_id"])["user_id"]["string"], label)
            self.assertIn(page, ticket.get_view(view_type="form")["arch"])
            self.assertEqual(env.ref("helpdesk_mgmt.helpdesk_ticket_stage_awaiting").name, stage)
            self.assertIn("工", env.ref("helpdesk_mgmt.portal_ticket_list").arch)

    def test_a_word_of_its_own_is_kept(self):
        """What helpdesk_mgmt itself, or the firm, says in Chinese is not overwritten."""
        self.env["res.lang"]._activate_lang("zh_CN")
        stage = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_awaiting")
        stage.with_context(lang="zh_CN").name = "待回复"
        ours = self.env["ir.module.module"].search([("name", "=", "loyalty_service_sla")])
        ours._update_translations("zh_CN")
        self.assertEqual(stage.with_context(lang="zh_CN").name, "待回复")
