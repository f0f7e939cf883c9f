from secrets import token_urlsafe

from odoo import api, fields, models

from odoo.addons.loyalty_service import letters

from ..engine import clock as engine
from ..links import hash_token, hide, language_prefix
from ..ticket_types import COMPLAINT


class HelpdeskTicket(models.Model):
    """The mail that asks the client of a closed ticket whether it is solved. Once per closing.

    It says that the ticket is closed, so it takes the place of the mail by which ``helpdesk_mgmt``
    says no more than that: one mail to the client, and not two within a second. Where a stage has
    a mail of the firm's own, nobody but the firm knows what that says, and it is sent as well.
    Complaints are asked about in their own course.
    """

    _inherit = "helpdesk.ticket"

    loyalty_asked_date = fields.Datetime(
        string="Asked If Solved On",
        readonly=True,
        copy=False,
        help="When the client was last sent the mail that asks whether it is solved.",
    )
    loyalty_confirm_hash = fields.Char(readonly=True, copy=False, groups="base.group_system")

    _loyalty_confirm_hash_unique = models.UniqueIndex(
        "(loyalty_confirm_hash) WHERE loyalty_confirm_hash IS NOT NULL",
        "A link belongs to one ticket.",
    )

    def _loyalty_end_links(self):
        result = super()._loyalty_end_links()
        # sudo: by whom a link can be used is the system's; of these very tickets. The client that
        # it has now was asked nothing, and nobody leaves it out of a survey as asked already.
        asked_sudo = self.sudo().filtered(
            lambda ticket: ticket.loyalty_confirm_hash or ticket.loyalty_asked_date
        )
        if asked_sudo:
            asked_sudo.write({"loyalty_confirm_hash": False, "loyalty_asked_date": False})
        return result

    def _loyalty_sla_append(self, rows):
        result = super()._loyalty_sla_append(rows)
        # What comes in closed is history, an import for instance.
        moved = {
            ticket: values_list[-1]["kind"]
            for ticket, values_list in rows.items()
            if values_list and values_list[0]["kind"] != engine.OPENED
        }
        ended = (engine.CLOSED, engine.REOPENED)
        # sudo: whoever closes a ticket ends the link of the closing before; only of these.
        gone_sudo = self.sudo().browse(ticket.id for ticket in moved if moved[ticket] in ended)
        gone_sudo.filtered("loyalty_confirm_hash").loyalty_confirm_hash = False
        closed = gone_sudo.filtered(lambda ticket: moved[ticket] == engine.CLOSED)
        # A stage that is called closed from now on is nothing that happened to a ticket.
        if not self.env.context.get("loyalty_stage_changed"):
            closed.filtered("closed")._loyalty_ask_if_solved()
        return result

    def _loyalty_is_to_be_asked(self):
        """Tell whether the client of this ticket, just closed, is asked by mail."""
        self.ensure_one()
        return bool(
            self.active
            and self.company_id.loyalty_ask_solved
            and self.stage_id.loyalty_ask_solved
            and self.loyalty_ticket_type != COMPLAINT
            and self.partner_id.email
            # Colleagues are no clients, and who closes its own ticket has said so.
            and self.partner_id.partner_share
            and not self.env.user.share
            # It goes on under another number.
            and not self.duplicate_id
        )

    def _loyalty_ask_if_solved(self):
        """Send each client the question with a link of its own, by the outgoing queue."""
        template = self.env.ref(
            "loyalty_service_sla.mail_template_ticket_solved", raise_if_not_found=False
        )
        asked = self.filtered(lambda ticket: ticket._loyalty_is_to_be_asked())
        if not template or not asked:
            return
        now = fields.Datetime.now()
        urls = {}
        for ticket in asked:
            token = token_urlsafe(32)
            ticket.write(
                {
                    "loyalty_confirm_hash": hash_token(token),
                    "loyalty_asked_date": now,
                }
            )
            prefix = language_prefix(ticket.partner_id)
            urls[ticket.id] = f"{ticket.get_base_url()}{prefix}/ticket/solved/{token}"
        mails = letters.send(
            template.with_context(loyalty_confirm_urls=urls), asked, **letters.PERSONAL
        )
        hide(mails, urls)

    @api.model
    def _loyalty_by_confirm_token_sudo(self, token):
        """Return the ticket that is asked about by this link, or none."""
        # sudo: whoever has the link may answer; exactly the ticket that it was made for, and
        # only as long as it is asked about.
        found_sudo = self.sudo().search([("loyalty_confirm_hash", "=", hash_token(token))], limit=1)
        return found_sudo.filtered(
            lambda ticket: ticket._loyalty_can_confirm() or ticket._loyalty_can_rate()
        )

    def _loyalty_has_agreed(self):
        """Tell whether the client itself has agreed to the solution of its complaint."""
        self.ensure_one()
        answered = self._loyalty_complaints_sudo().filtered("active")
        return answered.answer == "confirmed" and answered.answer_channel in ("mail", "portal")

    def _track_template(self, tracking):
        """Leave out the mail that says that it is closed where the client knows that.

        Ours says so and asks; who has agreed to the end of its complaint has closed it, and so
        has who presses the button in the portal.
        """
        templates = super()._track_template(tracking)
        # It comes once for each ticket that is moved: most need no more look than this.
        if "stage_id" not in templates:
            return templates
        closing = self.env.ref("helpdesk_mgmt.closed_ticket_template", False)
        if templates["stage_id"][0] == closing and self[0]._loyalty_knows_it_is_closed():
            del templates["stage_id"]
        return templates

    def _loyalty_knows_it_is_closed(self):
        """Tell whether the client of this ticket was told that it is closed, or has closed it."""
        self.ensure_one()
        asked, closed = self.loyalty_asked_date, self.closed_date
        return bool(
            (asked and closed and asked >= closed)
            or (self.loyalty_ticket_type == COMPLAINT and self._loyalty_has_agreed())
            or (self.env.user.share and self.closed)
        )
