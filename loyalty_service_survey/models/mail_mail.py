from odoo import models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Show on the invitation that its mail could not be delivered."""
        if failure_type:
            # sudo: the mail queue runs for every model; only the invitations of these very
            # mails are marked.
            invitations_sudo = (
                self.env["loyalty.service.survey.invitation"]
                .sudo()
                .browse(
                    mail.res_id
                    for mail in self
                    if mail.model == "loyalty.service.survey.invitation"
                )
                .exists()
            )
            invitations_sudo.filtered(lambda invitation: invitation.state == "sent").write(
                {"state": "failed", "failure_type": failure_type, "error": failure_reason}
            )
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason, failure_type
        )
