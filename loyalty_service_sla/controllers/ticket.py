from werkzeug.exceptions import NotFound
from werkzeug.utils import redirect

from odoo.exceptions import AccessError, MissingError
from odoo.http import request, route

from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController


class TicketController(HelpdeskTicketController):
    @route(methods=["POST"])
    def support_ticket_close(self, **kw):
        """Close a ticket that the user may see, in a stage that its page offers.

        helpdesk_mgmt's own route closes any ticket for anybody, on a mere link.
        """
        try:
            ticket = request.env["helpdesk.ticket"].browse(int(kw.get("ticket_id") or 0))
            stage_id = int(kw.get("stage_id") or 0)
            ticket.check_access("read")
            # Portal users act on their own behalf; staff need the right to write.
            if not request.env.user.share:
                ticket.check_access("write")
            # Reading takes the record's existence for granted; a lost one has no rules.
            if not ticket.exists():
                raise NotFound()
        except (ValueError, AccessError, MissingError) as error:
            raise NotFound() from error
        # sudo: a client may close, and nothing else may be written; the user's access to this
        # ticket was checked above.
        ticket_sudo = ticket.sudo()
        stage_sudo = ticket_sudo._loyalty_sla_get_portal_stages().filtered(
            lambda stage: stage.id == stage_id
        )
        if stage_sudo and not ticket_sudo.closed:
            ticket_sudo.stage_id = stage_sudo
        return redirect(f"/my/ticket/{ticket.id}")

    @route(methods=["POST"])
    def submit_ticket(self, **kw):
        """File a ticket; by a form only, since a link must not file one in the user's name."""
        return super().submit_ticket(**kw)
