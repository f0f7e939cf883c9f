from odoo import fields, models


class Emergency(models.TransientModel):
    """Ask why a ticket is an emergency."""

    _name = "loyalty.service.sla.emergency"
    _description = "Declare an Emergency"

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, readonly=True)
    reason = fields.Char(
        string="Why", required=True, help="Everybody who is told reads it. The client does not."
    )

    def action_declare(self):
        """Declare the emergency, and say who was told."""
        self.ensure_one()
        told_sudo = self.ticket_id._loyalty_declare_emergency(self.reason.strip())
        names = ", ".join(told_sudo.mapped("name"))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if names else "warning",
                "message": self.env._("Told at once: %s", names)
                if names
                else self.env._("There was nobody else to tell. Check the ladder of emergencies."),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
