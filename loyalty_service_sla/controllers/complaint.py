from werkzeug.exceptions import NotFound

from odoo.http import Controller, content_disposition, request, route

from odoo.addons.loyalty_service.controllers.evaluation import TYPE
from odoo.addons.loyalty_service.controllers.forms import render_private, typed

from .address import read_id
from .own_ticket import get_own_ticket, is_of_client
from .word import ANSWERS, get_incomplete_url


class ComplaintController(Controller):
    """How a client says whether its complaint is solved, and how staff get the register."""

    # ------------------------------------------------------------------
    # By the link in the mail: for whoever has it
    # ------------------------------------------------------------------

    @route(
        "/complaint/<string:token>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        readonly=True,
        methods=["GET"],
    )
    def complaint_page(self, token, **_kwargs):
        complaint_sudo = request.env["loyalty.service.complaint"]._by_token_sudo(token)
        return self._render_answer(complaint_sudo, token)

    @route(
        "/complaint/<string:token>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def complaint_answer(self, token, **post):
        complaint_sudo = request.env["loyalty.service.complaint"]._by_token_sudo(token)
        if not complaint_sudo:
            return self._render_answer(complaint_sudo, token)
        answer, error = self._read_answer(post)
        if not error and not complaint_sudo._answer_as_client(channel="mail", **answer):
            return self._render_answer(complaint_sudo.browse(), token)
        return self._render_answer(
            complaint_sudo, token, error=error, form=post, done=not error and answer["answer"]
        )

    def _render_answer(self, complaint_sudo, token, **values):
        """Show the question of an open link, or the page that all others share."""
        return render_private(
            "loyalty_service_sla.complaint_answer_page",
            {
                "complaint": complaint_sudo,
                "words": complaint_sudo._get_client_words(),
                "action": f"/complaint/{token}",
                "form": {},
                "error": None,
                "done": False,
                **values,
            },
            found=complaint_sudo,
        )

    def _read_answer(self, post):
        """Return what a form says, as arguments of the answer, and what is wrong, or None."""
        answer, comment = typed(post, "answer"), typed(post, "comment").strip()
        error = None
        if answer not in ANSWERS:
            error = request.env._("Please choose whether you agree.")
        elif answer == "disagreed" and not comment:
            error = request.env._("Please tell us what is not solved yet.")
        return {"answer": answer, "rating": typed(post, "rating"), "comment": comment}, error

    # ------------------------------------------------------------------
    # In the portal
    # ------------------------------------------------------------------

    @route(
        "/my/ticket/<int:ticket_id>/complaint",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_complaint_answer(self, ticket_id, **post):
        ticket = get_own_ticket(ticket_id)
        # Staff write down what they were told; see the buttons of the complaint.
        if not is_of_client(ticket):
            raise NotFound()
        answer, error = self._read_answer(post)
        if error:
            return request.redirect(get_incomplete_url(ticket_id, "complaint", post))
        # A client may answer what its own company is asked, which was checked above.
        complaint_sudo = ticket._loyalty_complaints_sudo().filtered("active")
        if complaint_sudo:
            complaint_sudo._answer_as_client(channel="portal", **answer)
        return request.redirect(f"/my/ticket/{ticket_id}")

    # ------------------------------------------------------------------
    # The register
    # ------------------------------------------------------------------

    @route(
        "/loyalty_service_sla/complaints.xlsx",
        type="http",
        auth="user",
        methods=["POST"],
        readonly=True,
    )
    def complaint_sheet(self, ids="", **_kwargs):
        """Send the register of those complaints that the user may read, as a spreadsheet.

        It changes nothing; an address would be too short for the ids of some years.
        """
        numbers = [number for number in map(read_id, ids.split(",")) if number]
        Complaint = request.env["loyalty.service.complaint"]
        if not Complaint.has_access("read"):
            raise NotFound()
        complaints = Complaint.with_context(
            active_test=False, allowed_company_ids=request.env.user.company_ids.ids
        ).search([("id", "in", numbers)])
        name = request.env._("Complaint Register")
        return request.make_response(
            complaints._spreadsheet(),
            headers=[
                ("Content-Type", TYPE),
                ("Content-Disposition", content_disposition(f"{name}.xlsx")),
            ],
        )
