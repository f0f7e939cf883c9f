from odoo import fields, models

from ..engine import clock as engine


class Clock(models.Model):
    """What follows from a promise that ran out."""

    _inherit = "loyalty.service.sla.clock"

    def _on_breach(self):
        """Record and escalate the breach of the clocks in ``self``, which has just shown."""
        self._record_breach_events()
        late = self.filtered(lambda clock: clock.state in engine.OPEN)
        if self.env.context.get("loyalty_sla_hold"):
            late._hold()
        else:
            late._release()

    def _get_breach_key(self):
        """Return what tells one breach of a ticket from another: the target, and which wait."""
        self.ensure_one()
        return self.target if self.waits <= 1 else f"{self.target}.{self.waits}"

    def _record_breach_events(self):
        self.ticket_id._loyalty_record_breaches(self)

    def _undo_breach_events(self):
        self.ticket_id._loyalty_undo_breaches(self)

    def _escalate(self):
        """Plan an activity for assignee and team leader of each clock in ``self``."""
        activity_type = self.env.ref("loyalty_service_sla.mail_activity_type_breach")
        vals_list = [
            {
                "res_model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "res_id": clock.ticket_id.id,
                "activity_type_id": activity_type.id,
                "summary": clock._get_breach_summary(user),
                "user_id": user.id,
                "date_deadline": fields.Date.context_today(clock.with_context(tz=user.tz)),
                "automated": True,
            }
            for clock in self
            for user in clock._get_escalation_users()
        ]
        # The activity is the notice: a mail for each would flood who is late already.
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(vals_list)

    def _get_breach_summary(self, user):
        """Return what ``user`` reads of the breach, in the language of that user."""
        self.ensure_one()
        clock = self.with_context(lang=user.lang or self.ticket_id.company_id._loyalty_lang())
        return clock.env._("SLA breached: %s", clock.display_name)

    def _get_escalation_users(self):
        """Return who is told of a breach: the assignee and the leader of the team.

        Where there is neither, the account manager of the client.
        """
        self.ensure_one()
        ticket = self.ticket_id
        users = ticket.user_id | ticket.team_id.user_id
        users = users or ticket.commercial_partner_id.user_id
        return users.filtered(
            lambda user: user.active and not user.share and ticket.company_id in user.company_ids
        )
