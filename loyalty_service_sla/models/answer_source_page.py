import logging
import re

from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from .answer_pages import PAGES
from .answer_search import OFFERED

_logger = logging.getLogger(__name__)

#: Which page it is, and how far it was read.
PAGE_SOURCE = frozenset({"page_res_id", "page_head"})

#: What is shown of an attachment in the text of a page.
_IMAGE = re.compile(r"(/web/(?:image|content)/(\d+)[^\"'?\s]*)(\?[^\"'\s]*)?")


class Answer(models.Model):
    """Answers that are help pages of OCA's ``document_page``, released to clients one by one.

    That addon gives clients no right to pages, and agents none either, and its pages tell nobody
    whether they are for clients. So a page is offered by an answer that names it: published by a
    manager as any answer, of one company, found by title and text, read in the portal, rated. The
    text is a copy, which follows the page: it is compared whenever somebody searches or reads. What
    is archived or deleted there is offered no more. Nothing here needs the addon to be installed.
    """

    _inherit = "loyalty.service.sla.answer"

    page = fields.Reference(
        selection="_get_page_models",
        string="Help Page",
        compute="_compute_page",
        inverse="_inverse_page",
        help="Question and answer are title and text of this page, and follow it when it changes. "
        "Once this is published, clients read it.",
    )
    # A plain number: the model of the pages may not be there.
    page_res_id = fields.Integer(string="Help Page ID", readonly=True, copy=False)
    page_head = fields.Integer(
        string="Help Page Version", readonly=True, copy=False, help="What was copied last."
    )
    has_pages = fields.Boolean(compute="_compute_has_pages")

    _page_unique = models.UniqueIndex(
        "(company_id, page_res_id) WHERE page_res_id > 0 AND active",
        "This help page is offered by another answer already.",
    )

    @api.model
    def _get_page_models(self):
        return [(PAGES, self.env._("Help Page"))] if PAGES in self.env else []

    @api.depends("page_res_id")
    def _compute_page(self):
        for answer in self:
            known = answer.page_res_id and PAGES in self.env
            answer.page = f"{PAGES},{answer.page_res_id}" if known else False

    def _inverse_page(self):
        for answer in self:
            page = answer.page
            # By one's own rights: what one may not read, one does not give to all clients.
            if page and self.env[PAGES].browse(page.id).has_access("read"):
                answer._follow_page(page)
            elif not page and answer.page_res_id:
                # sudo: the number alone is not written by hand.
                answer.sudo().write({"page_res_id": 0, "page_head": 0})
            elif page:
                page.check_access("read")

    @api.depends_context("uid")
    def _compute_has_pages(self):
        self.has_pages = PAGES in self.env and self.env[PAGES].has_access("read")

    @api.onchange("page")
    def _onchange_page(self):
        if self.page:
            self.update(self._prepare_page_texts(self.page))

    @api.model_create_multi
    def create(self, vals_list):
        self._check_page_source(*vals_list)
        vals_list = [{**self._prepare_texts_of(vals.get("page")), **vals} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        self._check_page_source(vals)
        return super().write(vals)

    def _check_page_source(self, *vals_list):
        """Refuse the bare number of a page: it says nothing of who may read that page."""
        if not self.env.su and any(PAGE_SOURCE.intersection(vals) for vals in vals_list):
            raise AccessError(self.env._("Choose the help page itself."))

    def _check_publisher(self):
        """Who gives a page to all clients has read it: it may have changed since it was chosen."""
        result = super()._check_publisher()
        if PAGES in self.env:
            # sudo: only which pages these are is asked.
            numbers = [number for number in self.sudo().mapped("page_res_id") if number]
            # One that was deleted is offered to nobody.
            self.env[PAGES].browse(numbers).exists().check_access("read")
        return result

    def _prepare_texts_of(self, reference):
        """Return the texts of a page that is named as ``document.page,7``."""
        if not reference or PAGES not in self.env:
            return {}
        page = self.env[PAGES].browse(int(str(reference).rpartition(",")[2]))
        page.check_access("read")
        return self._prepare_page_texts(page)

    @api.model
    def _prepare_page_texts(self, page):
        return {
            "question": page.name,
            # The field takes out scripts and the like, which a page may have.
            "answer": _with_keys(page) or f"<p>{page.name}</p>",
        }

    @api.constrains("page_res_id", "company_id", "from_ticket")
    def _check_page(self):
        # sudo: of the page only company and kind are asked.
        for answer in self.sudo().filtered("page_res_id"):
            page = answer.page
            if answer.from_ticket:
                raise ValidationError(
                    self.env._(
                        "An answer is made from a ticket or from a help page, not from both."
                    )
                )
            if page and page.company_id and page.company_id != answer.company_id:
                raise ValidationError(self.env._("The help page belongs to another company."))
            if page and page.type != "content":
                raise ValidationError(self.env._("Choose a page, and not a category of pages."))

    def _follow_page(self, page):
        """Take over what the page says now."""
        self.ensure_one()
        self.write(self._prepare_page_texts(page))
        # sudo: the number is not written by hand; the caller has checked who may read the page.
        self.sudo().write({"page_res_id": page.id, "page_head": page.history_head.id})

    # ------------------------------------------------------------------
    # In step with the pages
    # ------------------------------------------------------------------

    @api.model
    def _get_offered_sudo(self, domain=(), **options):
        self._sync_pages()
        return super()._get_offered_sudo(domain, **options)

    @api.model
    def _find_similar_sudo(self, question, limit=OFFERED):
        self._sync_pages()
        return super()._find_similar_sudo(question, limit)

    @api.model
    def _find_mentioned_sudo(self, text, limit=OFFERED):
        self._sync_pages()
        return super()._find_mentioned_sudo(text, limit)

    @api.model
    def _sync_pages(self):
        """Bring what is offered of pages in step with them; a few queries, however many there are.

        Who searches may be the first after a change. Of two at once one does it.
        """
        if PAGES not in self.env:
            return
        # sudo: clients have no right to answers or pages; only texts that a manager has released
        # are copied from one to the other.
        answers_sudo = self.sudo().search([("published", "=", True), ("page_res_id", ">", 0)])
        if not answers_sudo:
            return
        pages_sudo = (
            self.env[PAGES]
            .sudo()
            .search([("id", "in", answers_sudo.mapped("page_res_id")), ("type", "=", "content")])
        )
        pages = {page.id: page for page in pages_sudo}
        changed = answers_sudo.filtered(lambda answer: answer._is_behind(pages))
        for answer_sudo in changed and changed.try_lock_for_update():
            page = pages.get(answer_sudo.page_res_id)
            if not page or page.company_id not in (
                page.company_id.browse(),
                answer_sudo.company_id,
            ):
                answer_sudo.published = False
            else:
                answer_sudo._follow_or_withdraw(page)

    def _follow_or_withdraw(self, page):
        """Take over the page; what cannot be taken over is offered no more, and breaks nothing."""
        try:
            with self.env.cr.savepoint():
                self._follow_page(page)
                self.flush_recordset()
        except (ValidationError, IntegrityError) as error:
            self.invalidate_recordset()
            _logger.warning("Help page %s is taken from the clients: %s", page.id, error)
            self.published = False

    def _is_behind(self, pages):
        """Tell whether the page is another than what was copied of it, or none of this company's.

        :param dict pages: ``{id: page}``
        """
        self.ensure_one()
        page = pages.get(self.page_res_id)
        return (
            not page
            or (page.company_id and page.company_id != self.company_id)
            or (page.history_head.id or 0) != self.page_head
            or page.name != self.question
        )


def _with_keys(page):
    """Return the text of a page, with keys to its own pictures and files, which clients need."""
    text = str(page.content or "")
    numbers = {int(match[2]) for match in _IMAGE.finditer(text)}
    if not numbers:
        return text
    # sudo: what the page shows is shown where the page is; only attachments of this very page.
    attachments_sudo = (
        page.env["ir.attachment"]
        .sudo()
        .search(
            [("id", "in", list(numbers)), ("res_model", "=", page._name), ("res_id", "=", page.id)]
        )
    )
    keys = dict(zip(attachments_sudo.ids, attachments_sudo.generate_access_token(), strict=True))

    def keyed(match):
        key = keys.get(int(match[2]))
        return f"{match[1]}?access_token={key}" if key else match[0]

    return _IMAGE.sub(keyed, text)
