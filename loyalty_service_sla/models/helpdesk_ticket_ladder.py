from odoo import fields, models

from ..engine import clock as engine


class HelpdeskTicket(models.Model):
    """Which ladder a ticket is on, and what it has led to."""

    _inherit = "helpdesk.ticket"

    loyalty_sla_log_ids = fields.One2many(
        "loyalty.service.sla.escalation.log",
        "ticket_id",
        string="Escalations",
        readonly=True,
        groups="helpdesk_mgmt.group_helpdesk_user_own",
    )

    def write(self, vals):
        result = super().write(vals)
        if "loyalty_ticket_type" in vals:
            # sudo: whoever says that this is an emergency; when its clocks are looked at next
            # is all that is written.
            clocks_sudo = self.sudo().loyalty_sla_clock_ids
            clocks_sudo.filtered(lambda clock: clock.state == engine.RUNNING)._plan()
        return result
