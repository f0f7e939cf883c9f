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
        if "loyalty_ticket_type" not in vals:
            return super().write(vals)
        # sudo: whoever says that this is an emergency; only when its clocks are looked at next
        # is written, and who is told or not yet.
        moved_sudo = self.sudo().filtered(
            lambda ticket: ticket.loyalty_ticket_type != vals["loyalty_ticket_type"]
        )
        is_mass = len(moved_sudo) > 1
        if is_mass:
            moved_sudo._loyalty_sla_sweep_due()
        result = super().write(vals)
        clocks_sudo = self.sudo().loyalty_sla_clock_ids
        clocks_sudo.filtered(lambda clock: clock.state == engine.RUNNING)._plan()
        if is_mass:
            # Another type may be on another ladder, though nothing else is promised.
            moved_sudo._loyalty_sla_hold_due()._tell_held()
        return result
