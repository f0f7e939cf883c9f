from odoo import api, models
from odoo.fields import Domain
from odoo.tools import html2plaintext

from ..engine import similar as engine

#: The help pages of OCA, where they are installed.
PAGES = "document.page"

#: So many pages are looked at closely, and so many characters of one are shown.
CANDIDATES, SHOWN = 50, 600


class Answer(models.Model):
    """Help articles in OCA's ``document_page`` that the reader may read by its own rights.

    That is staff with a right to pages. What clients read is released, see ``answer_source_page``.
    """

    _inherit = "loyalty.service.sla.answer"

    @api.model
    def _find_similar_pages(self, question, limit):
        """Return ``[{"name", "text", "url"}]`` of the help articles that a reader may read.

        By title and text, with the reader's own rights, whatever the addon and its companions make
        of them: OCA's ``document_page`` itself gives none to clients. Pages that are offered as an
        answer are found as that.
        """
        asked = engine.asked(question)
        if not asked or PAGES not in self.env or not self.env[PAGES].has_access("read"):
            return []
        named = Domain.OR(
            Domain(field, "ilike", term) for term in asked for field in ("name", "content")
        )
        # sudo: only which pages the reader is offered as answers is asked.
        offered_sudo = self.sudo().search(
            Domain(self._get_offered_domain()) & Domain("page_res_id", ">", 0)
        )
        others = Domain("id", "not in", offered_sudo.mapped("page_res_id"))
        pages = self.env[PAGES].search(
            Domain("type", "=", "content") & others & named, limit=CANDIDATES
        )
        texts = {page: html2plaintext(page.content or "").strip() for page in pages}
        ranked = engine.rank(question, {page: (page.name, texts[page]) for page in pages}, limit)
        return [
            {
                "name": page.name,
                # As text: who writes a page may put anything into it, scripts too.
                "text": texts[page][:SHOWN] + ("…" if len(texts[page]) > SHOWN else ""),
                "url": self._get_similar_page_url(page),
            }
            for page, _coverage in ranked
        ]

    @api.model
    def _get_similar_page_url(self, page):
        """Return where a client reads a whole page, if there is such a place."""
        # The addon that lets clients read pages has this field, and a page for them.
        if "is_public" in page._fields:
            return f"/my/knowledge/document/{page.id}"
        return False if self.env.user.share else page.backend_url
