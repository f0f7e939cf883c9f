import hashlib
import hmac
from datetime import timedelta

from odoo import api, fields, models

from ..engine import referral


class Referral(models.Model):
    """What the client who named a company reads about it: no more than it has to know.

    Whether a company is a client of the firm is nobody's business. So a refusal that would tell
    is shown late, in words that leave open which of several causes it has; and until then the
    referral looks like any other. A refusal about the referrer's own details tells it nothing
    new and is shown at once. Of the company nothing is shown but the name that it was given.
    """

    _inherit = "loyalty.service.referral"

    def _portal_state(self):
        """Return the state as it is told to the referrer: a code of :data:`engine.TOLD` where it
        is refused, else the state."""
        self.ensure_one()
        if self.state not in ("refused", "expired"):
            return self.state
        told = referral.told(self._standing_reasons().mapped("code"))
        if told in referral.AT_ONCE:
            return told
        hours = self.company_id._loyalty_referral_program().referral_tell_hours
        since = max(self.date, self.closed_date or self.date)
        if fields.Datetime.now() < since + timedelta(hours=hours):
            # As it was before: nobody can see by it that anything was found.
            return "contacted" if self.contacted_date else "invited"
        return told

    def _portal_label(self):
        """Return the state in a word or two, for a badge."""
        return {
            "invited": self.env._("Invited"),
            "contacted": self.env._("In touch"),
            "won": self.env._("Client now"),
            "rewarded": self.env._("Rewarded"),
            "cancelled": self.env._("Taken back"),
            "late": self.env._("Expired"),
            "declined": self.env._("Declined"),
        }.get(self._portal_state(), self.env._("Not counted"))

    def _portal_text(self):
        """Say in plain words how things stand."""
        self.ensure_one()
        program = self.company_id._loyalty_referral_program()
        state = self._portal_state()
        if state == "won":
            left = max(program.referral_invoice_count - self.paid_count, 0)
            if not left:
                return self.env._("They are a client now. We are checking your reward.")
            if left == 1:
                return self.env._(
                    "They are a client now. Your reward comes with their next paid invoice."
                )
            return self.env._(
                "They are a client now. Your reward comes after %s more paid invoices.", left
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

    def _portal_color(self):
        return {
            "rewarded": "success",
            "won": "info",
            "contacted": "primary",
            "invited": "secondary",
        }.get(self._portal_state(), "light text-dark border")

    def _portal_may_cancel(self):
        """Say whether the client may take the invitation back: as long as nothing came of it."""
        return self.source == "portal" and self._portal_state() in ("invited", "contacted")

    @api.model
    def _hash_connection(self, address):
        """Return a hash of an internet address that only this database can make."""
        # sudo: the secret of the database, which does not leave this line.
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        return hmac.new(secret.encode(), address.encode(), hashlib.sha256).hexdigest()[:32]
