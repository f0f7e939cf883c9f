from odoo.http import request


def render_private(template, values, found):
    """Return the page behind a link with a token, or with 404 the one that all others share.

    The link is for the one who was given it: no search engine, no cache, and no other site
    learns of it.
    """
    response = request.render(template, values)
    if not found:
        response.status_code = 404
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def typed(post, name):
    """Return what was typed; a file, or the one character that no database keeps, is none."""
    text = post.get(name)
    return text.replace("\0", "") if isinstance(text, str) else ""
