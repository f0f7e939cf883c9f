import logging
import re
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError

from odoo.addons.loyalty_service.batch import try_again

from ..engine import automatic_mail

_logger = logging.getLogger(__name__)

#: What Odoo calls a message of a machine: its chatter says so, and nobody answers it by itself.
AUTOMATIC = "auto_comment"

#: So many mails of a machine on one ticket, from one sender within so long, are answers to our own.
LOOP_COUNT, LOOP_TIME = 5, timedelta(hours=2)

#: In the context where Odoo fetches mails, one by one, each in a transaction of its own.
FETCHED = "default_fetchmail_server_id"

#: Each try fails only where one more transaction has moved the same clocks meanwhile.
MAIL_TRIES = 10

#: By these links clients answer, and nobody else: a reply quotes the mail that brought them.
_LINK = re.compile(r"/(ticket/solved|complaint)/[\w-]{43}(?![\w-])")


class MailThread(models.AbstractModel):
    """Mails that machines send to tickets: out of office, received, on holiday.

    Nobody has written them, so they answer no client and end no wait. They are kept with the
    ticket as what they are.
    """

    _inherit = "mail.thread"

    @api.model
    def message_process(
        self,
        model,
        message,
        custom_values=None,
        save_original=False,
        strip_attachments=False,
        thread_id=None,
    ):
        """Try a fetched mail again that another transaction was in the way of.

        Odoo does so with requests. A fetched mail that fails it counts as handled, and what a
        client wrote while the clocks of its ticket were moved would be lost.
        """
        process = partial(
            super().message_process,
            *(model, message, custom_values, save_original, strip_attachments, thread_id),
        )
        if FETCHED not in self.env.context:
            return process()
        processed = []
        if not try_again(self, lambda _thread: processed.append(process()), MAIL_TRIES):
            raise ConcurrencyError(self.env._("Others were in the way of this mail each time."))
        return processed[-1]

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        if _has_tickets(routes):
            if _is_automatic(message, message_dict):
                message_dict["message_type"] = AUTOMATIC
            body = message_dict.get("body") or ""
            # The history is read by staff, who would answer for the client.
            message_dict["body"] = type(body)(_LINK.sub("/my/tickets", str(body)))
        return super()._message_route_process(message, message_dict, routes)

    @api.model
    def _detect_loop_sender(self, message, message_dict, routes):
        """Odoo counts mails that somebody wrote; those of machines are counted here."""
        if super()._detect_loop_sender(message, message_dict, routes):
            return True
        if not (_has_tickets(routes) and _is_automatic(message, message_dict)):
            return False
        # sudo: the gateway, which has no rights of its own; only counted.
        count = (
            self.env["mail.message"]
            .sudo()
            .search_count(
                [
                    ("model", "=", "helpdesk.ticket"),
                    ("res_id", "in", [route[1] for route in routes if route[1]]),
                    ("message_type", "=", AUTOMATIC),
                    ("email_from", "=", message_dict.get("email_from")),
                    ("create_date", ">=", fields.Datetime.now() - LOOP_TIME),
                ],
                limit=LOOP_COUNT,
            )
        )
        if count >= LOOP_COUNT:
            _logger.info(
                "Ignored automatic mail from %s with Message-Id %s: too many on the same ticket",
                message_dict.get("email_from"),
                message_dict.get("message_id"),
            )
        return count >= LOOP_COUNT


def _has_tickets(routes):
    return any(route[0] == "helpdesk.ticket" for route in routes or ())


def _is_automatic(message, message_dict):
    return automatic_mail.is_automatic(message.items(), message_dict.get("subject") or "")
