from odoo.http import request, route

from .forms import typed
from .portal import CustomerPortal


class TierPortal(CustomerPortal):
    """A client objects to the loss of its tier: for its own company, once at a time."""

    @route(
        "/my/loyalty/contest",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_contest_tier(self, **post):
        client_sudo = self._own_client_sudo()
        if client_sudo:
            # sudo: the objection of the visitor's own company, which portal users may not write
            # directly; see _own_client_sudo.
            request.env["loyalty.service.tier.contest"].sudo()._open(
                client_sudo, typed(post, "text"), request.env.user.partner_id
            )
        return request.redirect("/my/loyalty#loyalty_contest")
