"""What a client says of a closed ticket, by a form of the portal or behind a link."""

from urllib.parse import urlencode

from odoo.addons.loyalty_service.controllers.forms import typed

ANSWERS = ("confirmed", "disagreed")


def read_word(post):
    """Return ``(answer, rating, comment)`` of a form, None if it does not say enough.

    Who is not content says why.
    """
    answer, comment = typed(post, "answer"), typed(post, "comment").strip()
    if answer not in ANSWERS or (answer == "disagreed" and not comment):
        return None
    return answer, typed(post, "rating"), comment


def read_choices(post):
    """Return what was chosen in a form that comes back because it does not say enough."""
    return {name: typed(post, name) for name in ("answer", "rating")}


def get_incomplete_url(ticket_id, question, post):
    """Return the address of a ticket's page that asks once more, with what was chosen."""
    return f"/my/ticket/{ticket_id}?{urlencode({question: 'incomplete', **read_choices(post)})}"
