from odoo import api, models
from odoo.fields import Domain
from odoo.tools import html2plaintext

from ..engine import similar as engine

#: The help pages of OCA, where they are installed.
PAGES = "document.page"

#: So many pages are looked at closely, and so many characters of one are shown.
CANDIDATES, SHOWN = 50, 600


class Answer(models.Model):
    """Help articles that the firm keeps in OCA's ``document_page``, beside our answers."""

    _inherit = "loyalty.service.sla.answer"

    @api.model
    def _find_similar_pages(self, question, limit):
        """Return ``[{"name", "text", "url"}]`` of the help articles that a reader may read.

        With the reader's own rights, whatever the addon and its companions make of them: OCA's
        ``document_page`` itself gives none to clients.
        """
        asked = engine.asked(question)
        if not asked or PAGES not in self.env or not self.env[PAGES].has_access("read"):
            return []
        named = Domain.OR([Domain("name", "ilike", term) for term in asked])
        pages = self.env[PAGES].search(Domain("type", "=", "content") & named, limit=CANDIDATES)
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
