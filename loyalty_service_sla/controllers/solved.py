from odoo.http import Controller, request, route

from odoo.addons.loyalty_service.controllers.forms import render_private

from .word import read_word


class SolvedController(Controller):
    """How a client says by the link in a mail whether its ticket is solved: without a login."""

    @route(
        "/ticket/solved/<string:token>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        readonly=True,
        methods=["GET"],
    )
    def solved_page(self, token, **_kwargs):
        return self._render_solved(self._find(token), token)

    @route(
        "/ticket/solved/<string:token>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def solved_answer(self, token, **post):
        ticket_sudo = self._find(token)
        if not ticket_sudo:
            return self._render_solved(ticket_sudo, token)
        word = read_word(post)
        if not word:
            return self._render_solved(ticket_sudo, token, form=post, incomplete=True)
        if not ticket_sudo._loyalty_answer_as_client(*word, author=ticket_sudo.partner_id):
            return self._render_solved(ticket_sudo.browse(), token)
        return self._render_solved(ticket_sudo, token, done=word[0])

    def _find(self, token):
        return request.env["helpdesk.ticket"]._loyalty_by_confirm_token_sudo(token)

    def _render_solved(self, ticket_sudo, token, form=None, incomplete=False, done=False):
        """Show the question of an open link, or the page that all others share."""
        return render_private(
            "loyalty_service_sla.ticket_solved_page",
            {
                "ticket": ticket_sudo,
                # What the portal's pages say of a ticket is not for who has no login.
                "page_name": "loyalty_solved",
                "confirm_action": f"/ticket/solved/{token}",
                "confirm_form": form or {},
                "loyalty_confirm_incomplete": incomplete,
                "loyalty_can_confirm": ticket_sudo and ticket_sudo._loyalty_can_confirm(),
                # The best one first.
                "loyalty_ratings": ticket_sudo._fields["loyalty_rating"]._description_selection(
                    request.env
                )[::-1],
                "done": done,
            },
            found=ticket_sudo,
        )
