from urllib.parse import urlsplit

from odoo.http import request

#: What a page with a link for one person may ask of other servers: nothing. A website's scripts
#: for statistics send the address of the page to others, and by its token these could answer.
#: Odoo's own scripts make functions of templates, which is "eval".
POLICY = (
    "default-src {own}; script-src {own} 'unsafe-inline' 'unsafe-eval'; "
    "style-src {own} 'unsafe-inline'; img-src {own} data:; font-src {own} data:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)


def render_private(template, values, found):
    """Return the page behind a link with a token, or with 404 the one that all others share.

    The link is for the one who was given it: no search engine, no cache, and no other site
    learns of it, whatever scripts the firm has put into all pages of its website.
    """
    response = request.render(template, values)
    if not found:
        response.status_code = 404
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = POLICY.format(own=_own_servers())
    return response


def _own_servers():
    """Return the servers that the firm's own scripts and pictures come from, as a policy has it."""
    # Without the module website there is none, and so no network that delivers its files.
    website = getattr(request, "website", None)
    delivery = urlsplit(website.cdn_url or "") if website and website.cdn_activated else None
    # Without a scheme it is that of the page.
    return f"'self' {delivery.netloc}" if delivery and delivery.netloc else "'self'"


def typed(post, name):
    """Return what was typed; a file, or the one character that no database keeps, is none."""
    text = post.get(name)
    return text.replace("\0", "") if isinstance(text, str) else ""
