"""Which tickets a visitor of the portal sees, and has a say in."""

from werkzeug.exceptions import NotFound

from odoo.exceptions import AccessError, MissingError
from odoo.http import request


def get_own_ticket(ticket_id):
    """Return a ticket that the user may see; others are as if they did not exist."""
    try:
        ticket = request.env["helpdesk.ticket"].browse(ticket_id)
        ticket.check_access("read")
        # Reading takes the record's existence for granted; a lost one has no rules.
        if not ticket.exists():
            raise NotFound()
    except (AccessError, MissingError) as error:
        raise NotFound() from error
    return ticket


def is_of_client(ticket):
    """Return whether the user belongs to the client of a ticket; a follower need not."""
    return ticket.commercial_partner_id == request.env.user.partner_id.commercial_partner_id
