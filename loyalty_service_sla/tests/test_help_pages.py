from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.loyalty_service.tests.common import PortalLogins

from .answer_common import AnswerFixture

PAGES, VERSIONS = "document.page", "document.page.history"


class PageVersion(models.Model):
    """Stands in for the model of OCA's addon where that is not installed."""

    _name = VERSIONS
    # Of no addon: it is there during this test only.
    _module = None
    _description = "Version of a help page"
    _order = "id DESC"

    page_id = fields.Many2one(PAGES)
    content = fields.Html(sanitize=False)


class Page(models.Model):
    """Stands in for OCA's pages, with the fields that we read and the way they hang together."""

    _name = PAGES
    # Of no addon: it is there during this test only.
    _module = None
    _description = "Help page"

    name = fields.Char(required=True)
    type = fields.Selection([("content", "Content"), ("category", "Category")], default="content")
    active = fields.Boolean(default=True)
    content = fields.Html(
        compute="_compute_content",
        inverse="_inverse_content",
        search="_search_content",
        sanitize=False,
    )
    history_ids = fields.One2many(VERSIONS, "page_id")
    history_head = fields.Many2one(VERSIONS, compute="_compute_history_head", store=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    backend_url = fields.Char(default="/odoo/pages")

    @api.depends("history_head")
    def _compute_content(self):
        for page in self:
            page.content = page.history_head.content

    def _inverse_content(self):
        for page in self:
            self.env[VERSIONS].create({"page_id": page.id, "content": page.content})

    def _search_content(self, operator, value):
        return [("history_head.content", operator, value)]

    @api.depends("history_ids")
    def _compute_history_head(self):
        for page in self:
            page.history_head = page.history_ids.sorted("id")[-1:]


@tagged("post_install", "-at_install")
class TestHelpPages(AnswerFixture, PortalLogins, HttpCase):
    """Help pages that are released to clients, as they find and read them.

    With OCA's ``document_page`` where that is installed, and else with a stand-in that has the
    same fields: nothing is skipped.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if PAGES not in cls.env:
            cls._stand_in()
        cls._set_up_answers()
        cls.portal("pages_wang", cls.contact)
        cls.page = cls.env[PAGES].create(
            {"name": "Moving house", "content": "<p>Register the new address at the counter.</p>"}
        )
        cls.internal = cls.env[PAGES].create(
            {"name": "Moving house, internal", "content": "<p>Our address discount is 7 %.</p>"}
        )

    @classmethod
    def _stand_in(cls):
        # As Odoo's own tests have it: there is no public name.
        from odoo.orm.model_classes import add_to_registry

        registry = cls.registry
        for model in (PageVersion, Page):
            add_to_registry(registry, model)
            cls.addClassCleanup(registry.__delitem__, model._name)
        registry._setup_models__(cls.env.cr, [PAGES, VERSIONS])
        registry.init_models(cls.env.cr, [PAGES, VERSIONS], {"models_to_check": True})
        cls.env["ir.model.access"].create(
            {
                "name": "pages",
                "model_id": cls.env["ir.model"]._get_id(PAGES),
                "group_id": cls.env.ref("base.group_system").id,
                "perm_read": True,
            }
        )

    def setUp(self):
        super().setUp()
        self.authenticate("pages_wang", "pages_wang")

    def release(self, page=None, **values):
        answer = self.Answer.create({"page": f"{PAGES},{(page or self.page).id}", **values})
        answer.action_publish()
        return answer

    def similar(self, question, description=""):
        return self.make_jsonrpc_request(
            "/my/answers/similar", {"question": question, "description": description}
        )["html"]

    def test_what_is_not_released_reaches_no_client(self):
        for question in ("moving house", "address discount"):
            self.assertEqual(self.similar(question), "")
            self.assertNotIn("Moving house", self.url_open(f"/my/answers?search={question}").text)
        draft = self.Answer.create({"page": f"{PAGES},{self.page.id}"})
        self.assertEqual(self.url_open(f"/my/answers/{draft.id}").status_code, 404)
        self.assertEqual(self.similar("moving house"), "")

    def test_by_title_and_by_text(self):
        answer = self.release()
        self.assertEqual(answer.question, "Moving house")
        for question in ("moving house", "counter register", "registered address"):
            self.assertIn("Moving house", self.similar(question), question)
            self.assertNotIn("internal", self.similar(question))
        page = self.url_open(f"/my/answers/{answer.id}").text
        self.assertIn("Register the new address at the counter.", page)
        self.assertIn("Did this help?", page)
        self.assertEqual(self.url_open(f"/my/answers/{self.page.id + 10**6}").status_code, 404)

    def test_chinese(self):
        page = self.env[PAGES].create(
            {"name": "搬家须知", "content": "<p>请携带营业执照到窗口办理变更登记。</p>"}
        )
        self.release(page, lang="en_US")
        for question in ("搬家", "变更登记怎么办", "變更登記"):
            self.assertIn("搬家须知", self.similar(question), question)

    def test_it_follows_the_page(self):
        answer = self.release()
        self.page.content = "<p>Now by post.</p>"
        self.env.flush_all()
        self.assertIn("Moving house", self.similar("by post"))
        self.assertEqual(self.similar("counter"), "")
        self.assertIn("Now by post.", self.url_open(f"/my/answers/{answer.id}").text)
        self.page.name = "Relocation"
        self.env.flush_all()
        self.assertIn("Relocation", self.similar("relocation"))
        self.page.active = False
        self.env.flush_all()
        self.assertEqual(self.similar("relocation"), "")
        self.assertEqual(self.url_open(f"/my/answers/{answer.id}").status_code, 404)
        self.assertFalse(answer.published)

    def test_a_page_that_is_deleted(self):
        answer = self.release()
        self.page.sudo().history_ids.unlink()
        self.page.sudo().unlink()
        self.env.flush_all()
        self.assertEqual(self.similar("moving house"), "")
        self.assertFalse(answer.published)

    def test_scripts_do_not_come_through(self):
        self.page.content = "<p>Hi</p><script>alert(1)</script><img src='x' onerror='alert(2)'/>"
        self.release()
        html = self.similar("moving house")
        for evil in ("<script", "onerror"):
            self.assertNotIn(evil, html)

    def test_its_own_pictures_are_seen(self):
        png = (
            b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5"
            b"ErkJggg=="
        )
        attachment, other = self.env["ir.attachment"].create(
            [
                {"name": "a.png", "datas": png, "res_model": PAGES, "res_id": page.id}
                for page in (self.page, self.internal)
            ]
        )
        self.page.content = (
            f'<p><img src="/web/image/{attachment.id}-1234/a.png?x=1"/>'
            f'<img src="/web/image/{other.id}"/></p>'
        )
        answer = self.release()
        key = attachment.access_token
        self.assertIn(f"/web/image/{attachment.id}-1234/a.png?access_token={key}", answer.answer)
        self.assertFalse(other.access_token, "of another page")
        picture = self.url_open(f"/web/image/{attachment.id}-1234/a.png?access_token={key}")
        self.assertEqual(picture.headers["Content-Type"], "image/png")

    def test_of_the_right_company(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        foreign = self.env[PAGES].create(
            {"name": "Moving abroad", "content": "<p>x</p>", "company_id": elsewhere.id}
        )
        with self.assertRaises(ValidationError):
            self.release(foreign)
        theirs = self.release(foreign, company_id=elsewhere.id)
        self.assertEqual(self.similar("moving abroad"), "")
        self.assertEqual(self.url_open(f"/my/answers/{theirs.id}").status_code, 404)
        # A page that moves to another company is taken back.
        answer = self.release()
        self.assertIn("Moving house", self.similar("moving house"))
        self.page.company_id = elsewhere
        self.env.flush_all()
        self.assertEqual(self.similar("moving house"), "")
        self.assertFalse(answer.published)

    def test_who_may_release(self):
        for user in (self.agent, self.leader):
            with self.assertRaises(AccessError, msg=user.login):
                # They have no right to the page.
                self.Answer.with_user(user).create({"page": f"{PAGES},{self.page.id}"})
        answer = self.Answer.create({"page": f"{PAGES},{self.page.id}"})
        with self.assertRaises(AccessError):
            answer.with_user(self.agent).action_publish()
        with self.assertRaises(ValidationError):
            category = self.env[PAGES].create({"name": "All of it", "type": "category"})
            self.release(category)

    def test_the_bare_number_of_a_page_is_nobodys_to_write(self):
        """By it an agent would have a manager publish what neither of them has read."""
        Answer = self.Answer.with_user(self.agent)
        for name in ("page_res_id", "page_head"):
            with self.assertRaises(AccessError):
                Answer.create({"question": "Q", "answer": "<p>A</p>", name: self.internal.id})
        draft = Answer.create({"question": "Q", "answer": "<p>A</p>"})
        for user in (self.agent, self.leader):
            with self.assertRaises(AccessError):
                draft.with_user(user).page_res_id = self.internal.id
        self.assertFalse(draft.page_res_id)

    def test_who_releases_a_page_may_read_it(self):
        draft = self.Answer.create({"page": f"{PAGES},{self.page.id}"})
        with self.assertRaises(AccessError):
            draft.with_user(self.leader).action_publish()
        self.assertFalse(draft.published)
        self._let_read(self.leader)
        draft.with_user(self.leader).action_publish()
        self.assertTrue(draft.published)

    def _let_read(self, user):
        group = self.env["res.groups"].create({"name": "Reads pages", "user_ids": user.ids})
        for model in (PAGES, VERSIONS):
            self.env["ir.model.access"].create(
                {
                    "name": model,
                    "model_id": self.env["ir.model"]._get_id(model),
                    "group_id": group.id,
                    "perm_read": True,
                }
            )

    def test_a_page_that_cannot_be_taken_over_breaks_no_search(self):
        answer = self.release()
        good = self.release(self.internal)
        take_over = type(answer)._follow_page
        refusal = "It says too much."

        def fail(self, page):
            if page.name == "Relocation":
                raise ValidationError(refusal)
            return take_over(self, page)

        self.patch(type(answer), "_follow_page", fail)
        self.page.name = "Relocation"
        self.internal.content = "<p>Now in the open.</p>"
        self.env.flush_all()
        with mute_logger("odoo.addons.loyalty_service_sla.models.answer_source_page"):
            self.assertIn("in the open", self.similar("moving house"))
        self.assertFalse(answer.published)
        self.assertTrue(good.published)

    def test_from_a_ticket_or_from_a_page(self):
        answer = self.release()
        with self.assertRaises(ValidationError):
            answer.sudo().from_ticket = True

    def test_agents_find_what_is_released(self):
        self.release()
        found = self.Answer.with_user(self.agent)._find_similar_sudo("counter register")
        self.assertEqual(found.question, "Moving house")
        self.assertEqual(self.Answer.with_user(self.agent)._find_similar_pages("moving", 3), [])
        # Who may read pages finds the others too, by title and by text, and none twice.
        found = self.Answer._find_similar_pages("address discount", 3)
        self.assertEqual([page["name"] for page in found], ["Moving house, internal"])
        found = self.Answer._find_similar_pages("moving house", 3)
        self.assertEqual([page["name"] for page in found], ["Moving house, internal"])

    def test_queries_do_not_grow(self):
        counts = []
        for number in (1, 2, 12):
            pages = self.env[PAGES].create(
                [{"name": f"P{number} {n}", "content": "<p>x</p>"} for n in range(number)]
            )
            for page in pages:
                self.release(page)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.Answer._sync_pages()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    # ------------------------------------------------------------------
    # What is typed below the subject
    # ------------------------------------------------------------------

    def test_the_description_is_looked_through(self):
        self.release()
        self.add_answer("When is the VAT return due?", "<p>By the 15th.</p>")
        text = "We have got a letter last week, and now somebody has to register the new address"
        self.assertEqual(self.similar("Help please", ""), "")
        self.assertIn("Moving house", self.similar("Help please", text))
        self.assertNotIn("VAT", self.similar("Help please", text))
        # One word that an answer has by chance is not what the text is about.
        self.assertEqual(self.similar("Help please", "The address is wrong on our payslips"), "")
        # What the subject is about comes first.
        html = self.similar("VAT return", text)
        self.assertLess(html.index("VAT return due"), html.index("Moving house"))
        for nonsense in (None, 7, ["x"], "x" * 100_000, "'"):
            self.similar("VAT", nonsense)
