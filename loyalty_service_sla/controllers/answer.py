from time import monotonic

from werkzeug.exceptions import NotFound

from odoo.http import request, route
from odoo.tools import config

from odoo.addons.loyalty_service.controllers.forms import typed
from odoo.addons.portal.controllers.portal import CustomerPortal

from ..engine.rate import Rate, per_process
from ..models.answer_pages import PAGES
from ..models.answer_search import OFFERED

#: So many answers are on one page of them all.
PAGE = 200

#: So often one person may look for something in a minute, and so often in one process at least:
#: one search for each pause in typing.
MOST, LEAST = 60, 30

SEARCHES = Rate(per_process(MOST, config["workers"], LEAST), 60)


class AnswerController(CustomerPortal):
    """What clients read before they write to us."""

    def _only_reads(self, rule, args):
        """Tell whether nothing is written: texts of help pages are brought in step with these."""
        return PAGES not in request.registry

    @route("/my/answers/similar", type="jsonrpc", auth="user", website=True, readonly=_only_reads)
    def answers_similar(self, question="", description="", **_kwargs):
        """Return ``{"html"}`` with what is similar to a question that is being typed.

        Nothing of other clients: published answers, help articles by the reader's own rights and
        the solved tickets of the reader's own firm.
        """
        if not self._may_search():
            return {"html": ""}
        question, description = (
            text if isinstance(text, str) else "" for text in (question, description)
        )
        values = self._find_similar(question)
        if description and len(values["answers"]) < OFFERED:
            # What the subject does not say, after what it says.
            Answer = request.env["loyalty.service.sla.answer"]
            mentioned_sudo = Answer._find_mentioned_sudo(description)
            values["answers"] = (values["answers"] | mentioned_sudo)[:OFFERED]
        if not any(values.values()):
            return {"html": ""}
        return {"html": request.env["ir.qweb"]._render("loyalty_service_sla.similar", values)}

    def _may_search(self):
        """Tell whether this person has not looked for too much within a minute."""
        return SEARCHES.allows((request.db, request.env.uid), monotonic())

    def _find_similar(self, question):
        Answer = request.env["loyalty.service.sla.answer"]
        return {
            "answers": Answer._find_similar_sudo(question),
            "pages": Answer._find_similar_pages(question, limit=3),
            "tickets": request.env["helpdesk.ticket"]._loyalty_find_similar_solved(
                question, limit=3
            ),
        }

    @route(
        "/my/answers", type="http", auth="user", website=True, readonly=_only_reads, methods=["GET"]
    )
    def answers(self, search="", **_kwargs):
        """List what is published, or what is similar to what is looked for."""
        Answer = request.env["loyalty.service.sla.answer"]
        search = search.strip()
        lang = request.env.lang
        too_often = bool(search) and not self._may_search()
        if too_often:
            values = {"answers": Answer}
        elif search:
            values = self._find_similar(search)
        else:
            answers_sudo = Answer._get_offered_sudo(limit=PAGE)
            # One language of each: the reader's own, else whichever comes first.
            shown = {}
            for answer in answers_sudo.sorted(lambda answer: answer.lang != lang):
                shown.setdefault(answer.original_id or answer, answer)
            kept = set(shown.values())
            values = {"answers": answers_sudo.filtered(lambda answer: answer in kept)}
        response = request.render(
            "loyalty_service_sla.portal_answers",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "loyalty_answers",
                "pages": [],
                "tickets": [],
                **values,
                "search": search,
                "too_often": too_often,
            },
        )
        if too_often:
            response.status_code = 429
        return response

    @route(
        "/my/answers/<int:answer_id>",
        type="http",
        auth="user",
        website=True,
        readonly=_only_reads,
        methods=["GET"],
    )
    def answer(self, answer_id, helped=None, **_kwargs):
        return request.render(
            "loyalty_service_sla.portal_answer",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "loyalty_answer",
                "answer": self._get_answer_sudo(answer_id),
                "helped": helped,
            },
        )

    @route(
        "/my/answers/<int:answer_id>/vote",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def answer_vote(self, answer_id, **post):
        """Take down whether an answer has helped."""
        answer_sudo = self._get_answer_sudo(answer_id)
        helped = typed(post, "helped")
        if helped not in ("0", "1"):
            raise NotFound()
        user = request.env.user
        if user.share:
            # Staff who try the pages are no clients that were helped. The answer is superuser's
            # as is the vote on it: clients write nothing else there.
            answer_sudo.vote_ids._cast(
                answer_sudo, user.partner_id, helped == "1", typed(post, "at_filing") == "1"
            )
        if typed(post, "quiet"):
            return request.make_response("", status=204)
        return request.redirect(f"/my/answers/{answer_id}?helped={helped}")

    def _get_answer_sudo(self, answer_id):
        answer_sudo = request.env["loyalty.service.sla.answer"]._get_offered_sudo(
            [("id", "=", answer_id)]
        )
        if not answer_sudo:
            raise NotFound()
        return answer_sudo
