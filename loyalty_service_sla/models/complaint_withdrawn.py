from odoo import fields, models

from ..engine import clock as engine


class Complaint(models.Model):
    """Complaints that turned out to be none: put away, and counted with who said so and why."""

    _inherit = "loyalty.service.complaint"

    withdrawn_date = fields.Datetime(string="Withdrawn On", readonly=True)
    withdrawn_user_id = fields.Many2one(
        "res.users", string="Withdrawn by", readonly=True, ondelete="set null"
    )
    withdrawn_reason = fields.Char(string="Withdrawn because", readonly=True, tracking=True)

    def action_withdraw(self):
        """Ask why it is no complaint."""
        self.ensure_one()
        self.check_access("write")
        return self.ticket_id.action_loyalty_withdraw()

    def _stand_again(self, now):
        """Take up complaints that were withdrawn by mistake.

        What the client has agreed to stays as it is; so does what was closed meanwhile. Whatever
        is open begins anew.
        """
        for complaint in self:
            ticket = complaint.ticket_id
            values = {
                "active": True,
                "withdrawn_date": False,
                "withdrawn_user_id": False,
                "withdrawn_reason": False,
                "withdrawal_user_id": False,
            }
            if not ticket.closed:
                values.update(
                    state="receipt",
                    acknowledged_date=False,
                    closed_date=False,
                    answer=False,
                    answer_channel=False,
                    answer_date=False,
                    answer_comment=False,
                    rating=False,
                    lapse_reason=False,
                )
            else:
                if complaint.state != "closed":
                    values.update(ticket._loyalty_complaint_prepare_past(now))
                complaint._record_again()
            complaint.write(values)
            # What was asked for before is asked for again.
            complaint._ask_deciders()

    def _record_again(self):
        """Record in the ledger that it is one after all; on closed tickets no clock begins."""
        entries = self.ticket_id.loyalty_sla_entry_ids.sorted()
        begun = entries.filtered(lambda entry: entry.kind == engine.COMPLAINT)[-1:]
        times = len(entries.filtered(lambda entry: entry.kind == engine.WITHDRAWN))
        if begun and self.ticket_id.partner_id:
            self.env["loyalty.service.event"].create(
                self.ticket_id._prepare_loyalty_event_values(
                    "complaint",
                    f"{begun.id}-back{times}",
                    date=begun.date,
                    user_id=begun._get_event_user().id,
                )
            )
