from odoo import models


class CalendarPopoverDeleteWizard(models.TransientModel):
    _inherit = "calendar.popover.delete.wizard"

    def action_send_mail_and_delete(self):
        """Write to those whom staff chose, and to nobody a second time."""
        told = self.with_context(no_mail_to_attendees=True)
        return super(CalendarPopoverDeleteWizard, told).action_send_mail_and_delete()
