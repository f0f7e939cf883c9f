from odoo import fields, models


class HelpdeskTicketStage(models.Model):
    _inherit = "helpdesk.ticket.stage"

    loyalty_sla_pause = fields.Boolean(
        string="Waits for the Client",
        help="SLA clocks pause in this stage, until the ticket leaves it or the client answers.",
    )

    def write(self, vals):
        result = super().write(vals)
        if {"closed", "loyalty_sla_pause"} & vals.keys():
            # sudo: what the stage means has changed for every ticket in it.
            self.env["helpdesk.ticket"].sudo().with_context(active_test=False).search(
                [("stage_id", "in", self.ids), ("loyalty_sla_entry_ids", "!=", False)]
            )._loyalty_sla_sync()
        return result
