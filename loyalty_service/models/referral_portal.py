import hashlib
import hmac
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import format_date
from odoo.tools.translate import LazyTranslate

from ..engine import identity, referral

_lt = LazyTranslate(__name__)

COLORS = {
    "rewarded": "success",
    "won": "info",
    "contacted": "primary",
    "invited": "warning",
}


class Row(NamedTuple):
    """One invitation as the client who sent it sees it.

    :ivar name: of the company, as the client gave it
    :ivar label: the state in a word or two
    :ivar color: of the badge, a name of Bootstrap's
    :ivar text: how things stand, in plain words
    :ivar may_cancel: whether the client may take it back
    """

    id: int
    name: str
    label: str
    color: str
    text: str
    when: str
    may_cancel: bool


class Referral(models.Model):
    """What the client who named a company reads about it: no more than it has to know.

    Whether a company is a client of the firm is nobody's business. So a refusal that would tell
    is shown late, in words that leave open which of several causes it has; and until then the
    referral looks like any other. A refusal about the referrer's own details tells it nothing
    new and is shown at once. Of the company nothing is shown but the name that it was given.
    """

    _inherit = "loyalty.service.referral"

    def _portal_rows(self):
        """Return the :class:`Row` of each referral, with one look at the programme for all."""
        programs = {company: company._loyalty_referral_program() for company in self.company_id}
        rows = []
        for record in self:
            program = programs[record.company_id]
            state = record._portal_state(program)
            rows.append(
                Row(
                    id=record.id,
                    name=record.company_name,
                    label=record._portal_label(state),
                    color=COLORS.get(state, "secondary"),
                    text=record._portal_text(state, program),
                    when=record._portal_when(),
                    may_cancel=record.source == "portal" and state in ("invited", "contacted"),
                )
            )
        return rows

    def _portal_state(self, program):
        """Return the state as it is told to the referrer: a code of :data:`engine.TOLD` where it
        is refused, else the state."""
        self.ensure_one()
        if self.state not in ("refused", "expired"):
            return self.state
        told = referral.told(self._standing_reasons().mapped("code"))
        if told in referral.AT_ONCE:
            return told
        since = max(self.date, self.closed_date or self.date)
        if fields.Datetime.now() < since + timedelta(hours=program.referral_tell_hours):
            # As it was before: nobody can see by it that anything was found.
            return "contacted" if self.contacted_date else "invited"
        return told

    def _portal_label(self, state):
        return {
            "invited": self.env._("Invited"),
            "contacted": self.env._("In touch"),
            "won": self.env._("Client now"),
            "rewarded": self.env._("Rewarded"),
            "cancelled": self.env._("Taken back"),
            "late": self.env._("Expired"),
            "declined": self.env._("Declined"),
        }.get(state, self.env._("Not counted"))

    def _portal_text(self, state, program):
        if state == "won":
            return self._portal_won_text(
                (self.asked_count or program.referral_invoice_count) - self.paid_count
            )
        return {
            "invited": self.env._("We have your invitation and will call them."),
            "contacted": self.env._("We are talking with them."),
            "rewarded": self.env._("Thank you: your points are in your account."),
            "cancelled": self.env._("This invitation was taken back."),
            "own": self.env._(
                "This is your own company, or it shares a phone number, e-mail, tax id or bank "
                "account with you. Such an invitation earns no reward."
            ),
            "twice": self.env._("You named this company before. The first invitation counts."),
            "known": self.env._(
                "We knew this company already, from our own work or because somebody named it "
                "first. Thank you all the same."
            ),
            "declined": self.env._("They decided otherwise for now. Thank you all the same."),
            "late": self.env._(
                "They did not become a client within %s days.", program.referral_validity_days
            ),
        }[state]

    def _portal_won_text(self, left):
        """Say how many paid invoices are missing.

        :param int left: none or fewer if the reward waits for something else
        """
        if left <= 0:
            return self.env._("They are a client now. We are checking your reward.")
        if left == 1:
            return self.env._(
                "They are a client now. Your reward comes with their next paid invoice."
            )
        return self.env._(
            "They are a client now. Your reward comes after %s more paid invoices.", left
        )

    def _portal_when(self):
        """Say when, and how, the company was named."""
        day = format_date(self.env, self.company_id._loyalty_day(self.date))
        if self.source == "link":
            return self.env._("%s, by your link", day)
        return day

    def _take_back(self):
        """Cancel invitations that the client takes back in the portal."""
        for record in self:
            record._cancel(_lt("taken back by the client"))

    @api.model
    def _hash_connection(self, address):
        """Return a hash of an internet address that only this database can make."""
        # sudo: the secret of the database, which does not leave this line.
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        visitor = identity.visitor(address)
        return hmac.new(secret.encode(), visitor.encode(), hashlib.sha256).hexdigest()[:32]
