"""What a client says of a closed ticket, by a form of the portal or behind a link."""

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
