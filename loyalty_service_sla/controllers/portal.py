from odoo.http import request, route

from odoo.addons.helpdesk_mgmt.controllers.myaccount import CustomerPortalHelpdesk

from .own_ticket import is_of_client
from .word import read_choices


class CustomerPortal(CustomerPortalHelpdesk):
    def _ticket_get_page_view_values(self, ticket, access_token, **kwargs):
        values = super()._ticket_get_page_view_values(ticket, access_token, **kwargs)
        # The portal hands the ticket over as its superuser; whose clock the lines go by is
        # the reader's.
        # sudo: the page has checked that the reader may see this ticket; clients cannot read
        # clocks, and see only the lines made from them.
        ticket_sudo = ticket.with_user(request.env.user).sudo()
        complaint = ticket_sudo._get_loyalty_complaint_portal_values()
        if complaint or (request.env.user.share and not is_of_client(ticket_sudo)):
            # A complaint closes by agreeing to the solution; a follower of another firm has no say.
            values["closed_stages"] = request.env["helpdesk.ticket.stage"]
        return {
            **values,
            "loyalty_sla_lines": ticket_sudo._get_loyalty_sla_portal_lines(),
            "loyalty_complaint": complaint,
            "loyalty_withdrawn": ticket_sudo._get_loyalty_withdrawn_text(),
            "loyalty_complaint_incomplete": kwargs.get("complaint") == "incomplete",
            "loyalty_steps": ticket_sudo._get_loyalty_portal_steps(),
            "loyalty_reopen_text": is_of_client(ticket_sudo)
            and ticket_sudo._get_loyalty_portal_reopen_text(),
            "loyalty_who": ticket_sudo._get_loyalty_portal_who(),
            "loyalty_urgent": ticket_sudo._get_loyalty_portal_urgent(),
            **self._get_confirmation_values(ticket_sudo),
            "loyalty_joined": kwargs.get("joined") == "1",
            "loyalty_confirm_incomplete": kwargs.get("confirm") == "incomplete",
            "confirm_form": read_choices(kwargs),
        }

    def _get_confirmation_values(self, ticket_sudo):
        """Return what the client is asked once its ticket is closed.

        Only somebody of the client's own firm may answer, not whoever has the page's link.
        """
        own = is_of_client(ticket_sudo)
        return {
            "loyalty_can_confirm": own and ticket_sudo._loyalty_can_confirm(),
            "loyalty_can_rate": own and ticket_sudo._loyalty_can_rate(),
            # The best one first.
            "loyalty_ratings": ticket_sudo._fields["loyalty_rating"]._description_selection(
                request.env
            )[::-1],
        }

    @route()
    def portal_my_tickets(self, *args, **kwargs):
        response = super().portal_my_tickets(*args, **kwargs)
        groups = getattr(response, "qcontext", {}).get("grouped_tickets")
        if groups is not None:
            # sudo: the tickets were searched with the reader's own rights; clients cannot
            # read clocks, and see only the line made from them.
            tickets_sudo = request.env["helpdesk.ticket"].sudo().union(*groups)
            response.qcontext["loyalty_sla_next"] = tickets_sudo._get_loyalty_sla_next_lines()
        return response
