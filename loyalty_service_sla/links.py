"""Links in mails by which clients answer without a login, each for one client and one answer."""

from hashlib import sha256

from markupsafe import Markup


def hash_token(token):
    """Return what is kept of a link: who reads the database cannot answer for clients."""
    return sha256(token.encode()).hexdigest()


def language_prefix(partner):
    """Return what makes a page speak the language of a client, not that of its browser."""
    lang = partner.env["res.lang"]._get_data(code=partner.lang)
    return f"/{lang.url_code}" if lang else ""


def hide(mails, urls):
    """Keep links out of the history, where staff would answer for the client by them.

    The mails themselves are read by nobody but the system, and go once they are sent.

    :param mails: about tickets
    :param dict urls: id of a ticket -> the link in the mail about it
    """
    for message in mails.mail_message_id:
        ticket = message.env[message.model].browse(message.res_id)
        page = f"{ticket.get_base_url()}/my/ticket/{ticket.id}"
        message.body = Markup(str(message.body).replace(urls[ticket.id], page))
