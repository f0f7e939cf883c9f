from datetime import timedelta

from odoo import api, fields, models
from odoo.tools.misc import format_date

from ..engine import clock as engine
from ..ticket_types import COMPLAINT
from .escalation_tell import Telling

AFTERWORD = "loyalty_service_sla.mail_activity_type_afterword"

#: So often in a row, without a word of staff in between: two machines may answer each other.
MOST_IN_A_ROW = 3

#: After these nobody has to be called to what the client has written on a closed ticket.
SEEN = {engine.RESPONSE, engine.REOPENED}


class HelpdeskTicket(models.Model):
    """What the client writes on a closed ticket: soon after, the work goes on; later, staff look.

    What machines write is no reply, and neither is what the client says by the page or the link
    that asks whether it is solved.
    """

    _inherit = "helpdesk.ticket"

    @api.model
    def _loyalty_sla_note_messages(self, kind, messages):
        if kind != engine.RESPONSE and not self.env.context.get("loyalty_word"):
            for ticket in messages:
                # sudo: whoever writes as the client; only this very ticket is taken up again.
                ticket_sudo = ticket.sudo()
                # A follower of another firm has no say.
                own = kind == engine.CUSTOMER_REPLY
                if ticket_sudo.closed and not (own and ticket_sudo._loyalty_reopen_by_reply()):
                    ticket_sudo._loyalty_call_for_afterword()
        return super()._loyalty_sla_note_messages(kind, messages)

    def _loyalty_is_own_author(self, author):
        """Tell whether somebody is of the client's firm, or may be: a follower has no say."""
        client = self.commercial_partner_id
        return not author or not client or author.commercial_partner_id == client

    def _loyalty_get_reopen_until(self):
        """Return until when a reply of the client reopens this ticket; False if none does.

        A complaint is over when its client has agreed, or somebody wrote down why nobody waits:
        what is written after that, staff read and decide. What was closed as the duplicate of
        another ticket goes on there.
        """
        self.ensure_one()
        days = self.company_id.loyalty_reopen_days
        if (
            not days
            or not self.closed
            or not self.closed_date
            or self.loyalty_ticket_type == COMPLAINT
            or self.duplicate_id
            or not self._loyalty_complaint_get_working_stage()
        ):
            return False
        # The whole day counts that the client is told.
        last = self.company_id._loyalty_day(self.closed_date) + timedelta(days=days)
        next_day = self.company_id._loyalty_moment(last + timedelta(days=1))
        until = next_day - timedelta(seconds=1)
        return until if until >= fields.Datetime.now() else False

    def _loyalty_reopen_by_reply(self):
        """Put the ticket back to work if its client has written soon after it was closed.

        :return: whether it was
        """
        if not self._loyalty_get_reopen_until() or self._loyalty_is_in_a_loop():
            return False
        self._loyalty_reopen()
        if not self.active:
            self.active = True
        staff = self.with_context(lang=self.company_id._loyalty_lang(self.user_id))
        self.message_post(
            body=staff.env._(
                "Reopened by itself: the client has written within %s days of closing. The clocks "
                "go on with what they had counted.",
                self.company_id.loyalty_reopen_days,
            ),
            subtype_xmlid="mail.mt_note",
            author_id=self.env.ref("base.partner_root").id,
        )
        return True

    def _loyalty_is_in_a_loop(self):
        """Tell whether it was reopened time and again, and nobody of the staff has written."""
        self.ensure_one()
        kinds = self.loyalty_sla_entry_ids.sorted(lambda entry: (entry.date, entry.id)).mapped(
            "kind"
        )
        since = max((n for n, kind in enumerate(kinds, 1) if kind == engine.RESPONSE), default=0)
        return kinds[since:].count(engine.REOPENED) >= MOST_IN_A_ROW

    def _loyalty_call_for_afterword(self):
        """Have somebody read what the client has written on a closed ticket, once until done."""
        activity_type = self.env.ref(AFTERWORD, raise_if_not_found=False)
        if not activity_type or self.activity_ids.filtered(
            lambda activity: activity.activity_type_id == activity_type
        ):
            return
        # One is enough, also where there is no assignee and no leader, but many managers.
        for user in Telling(self.env, fields.Datetime.now()).get_responsible(self)[:1]:
            staff = self.with_context(lang=self.company_id._loyalty_lang(user))
            self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
                {
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": self.id,
                    "activity_type_id": activity_type.id,
                    "summary": staff.env._("The client has written on a closed ticket"),
                    "note": staff.env._(
                        "It stays closed: answer, reopen it, or file a ticket of its own."
                    ),
                    "user_id": user.id,
                    "date_deadline": fields.Date.context_today(self.with_context(tz=user.tz)),
                    "automated": True,
                }
            )

    def _loyalty_sla_append(self, rows):
        """Call nobody any more once the ticket is answered or reopened."""
        result = super()._loyalty_sla_append(rows)
        seen = [
            ticket.id
            for ticket, values_list in rows.items()
            if any(values["kind"] in SEEN for values in values_list)
        ]
        activity_type = seen and self.env.ref(AFTERWORD, raise_if_not_found=False)
        if activity_type:
            # sudo: whoever answers or reopens; only the calls about these very tickets go.
            self.env["mail.activity"].sudo().search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", seen),
                    ("activity_type_id", "=", activity_type.id),
                    ("automated", "=", True),
                ]
            ).unlink()
        return result

    def _get_loyalty_portal_reopen_text(self):
        """Return what the client reads of writing on this ticket though it is closed.

        The caller has checked that the reader may see the ticket.
        """
        self.ensure_one()
        if not self.closed:
            return False
        until = self._loyalty_get_reopen_until()
        if until:
            return self.env._(
                "If it is not solved, write to us here or answer our mail until %s: we take it up "
                "again where it stood.",
                format_date(self.env, self.company_id._loyalty_day(until)),
            )
        if self.loyalty_ticket_type == COMPLAINT:
            return False
        return self.env._(
            "This is closed. Somebody reads what you write here; for something new, please file "
            "a new ticket."
        )
