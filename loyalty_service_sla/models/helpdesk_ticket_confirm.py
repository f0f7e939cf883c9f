from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..ticket_types import COMPLAINT
from .complaint_answer import LONGEST, RATINGS

#: So long after a ticket was closed its client may say whether it is solved.
DAYS_TO_CONFIRM = timedelta(days=30)


class HelpdeskTicket(models.Model):
    """What the client says when its question is closed. Complaints ask in their own way."""

    _inherit = "helpdesk.ticket"

    loyalty_confirmation = fields.Selection(
        [("confirmed", "Solved"), ("disagreed", "Not Solved")],
        string="Client Says",
        readonly=True,
        copy=False,
        index="btree_not_null",
        tracking=True,
        help="What the client answered when the ticket was closed last.",
    )
    loyalty_confirmation_date = fields.Datetime(
        string="Client Said It On", readonly=True, copy=False
    )
    loyalty_rating = fields.Selection(
        RATINGS, string="Client's Rating", readonly=True, copy=False, tracking=True
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("loyalty_rating"):
            date = vals.get("loyalty_confirmation_date") or fields.Datetime.now()
            self.env["loyalty.service.sla.outcome"]._record_rating(
                self, vals["loyalty_rating"], date
            )
        return result

    def _loyalty_end_links(self):
        """What the former client has said is no word of the one that the ticket has now.

        The history keeps it, and so do the figures of whoever was rated.
        """
        result = super()._loyalty_end_links()
        # sudo: whoever corrects the client; only of these very tickets.
        said_sudo = self.sudo().filtered("loyalty_confirmation")
        if said_sudo:
            said_sudo.write(
                {
                    "loyalty_confirmation": False,
                    "loyalty_confirmation_date": False,
                    "loyalty_rating": False,
                }
            )
        return result

    def _loyalty_can_confirm(self):
        """Tell whether the client is asked if it is solved."""
        self.ensure_one()
        return bool(self._loyalty_was_just_closed() and not self._loyalty_is_confirmed())

    def _loyalty_can_rate(self):
        """Tell whether the client may say how satisfied it is."""
        self.ensure_one()
        return bool(
            self._loyalty_was_just_closed()
            and (not self._loyalty_is_confirmed() or not self.loyalty_rating)
        )

    def _loyalty_was_just_closed(self):
        return (
            self.closed
            and self.loyalty_ticket_type != COMPLAINT
            and self.closed_date
            and self.closed_date + DAYS_TO_CONFIRM > fields.Datetime.now()
        )

    def _loyalty_is_confirmed(self):
        """Tell whether the client has said so since the ticket was closed last."""
        said = self.loyalty_confirmation_date
        return self.loyalty_confirmation == "confirmed" and said and said >= self.closed_date

    def _loyalty_answer_as_client(self, answer, rating=None, comment=None, author=None):
        """Take the client's word: it is solved, or it is not and goes on.

        Of two answers at once the first counts. The caller has checked that it is the client.

        :param author: whose words the comment is; who is logged in if nobody is named
        :return: whether it was taken
        """
        self.ensure_one()
        # The second waits here, and so does who meets a sweep: what the client has typed is not
        # lost by it. If the ticket has changed by then, Odoo runs the request again.
        self.env.execute_query(
            SQL("SELECT id FROM helpdesk_ticket WHERE id = %s FOR NO KEY UPDATE", self.id)
        )
        self.invalidate_recordset()
        if answer == "confirmed" and self._loyalty_is_confirmed() and self._loyalty_can_rate():
            # It said so already by closing it; what is new is the rating.
            return self._loyalty_take_word("confirmed", rating, comment, author)
        if not self._loyalty_can_confirm():
            return False
        return self._loyalty_take_word(answer, rating, comment, author)

    def _loyalty_take_word(self, answer, rating, comment, author):
        # The history says what has changed: by the client, also by a link without a login, and in
        # the words of staff, who read it.
        self._track_set_author(author or self.env.user.partner_id)
        words = self._loyalty_in_staff_words()
        if answer == "disagreed":
            words._loyalty_reopen()
        words.write(
            {
                "loyalty_confirmation": answer,
                "loyalty_confirmation_date": fields.Datetime.now(),
                "loyalty_rating": rating if rating in dict(RATINGS) else False,
            }
        )
        comment = (comment or "").strip()[:LONGEST]
        if comment:
            # In the conversation, as if the client had written there: it moves the clocks, but
            # reopens nothing that the client has called solved.
            self.with_context(loyalty_word=True).message_post(
                body=comment,
                author_id=(author or self.env.user.partner_id).id,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        return True

    def _loyalty_in_staff_words(self):
        """Return the ticket in the language of who handles it, else of the firm."""
        self.ensure_one()
        company = self.company_id or self.env.company
        return self.with_context(lang=company._loyalty_lang(self.user_id))

    def _loyalty_note_closed_by_client(self):
        """Who closes its own ticket says by that that it is solved."""
        self.write(
            {
                "loyalty_confirmation": "confirmed",
                "loyalty_confirmation_date": fields.Datetime.now(),
            }
        )

    def _loyalty_reopen(self):
        """Put closed tickets back to work; their clocks go on with what they have counted."""
        for ticket in self.filtered("closed"):
            stage = ticket._loyalty_complaint_get_working_stage()
            if not stage:
                raise UserError(self.env._("The team of %s has no open stage.", ticket.name))
            ticket.stage_id = stage
