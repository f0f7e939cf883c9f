from odoo import fields, models

from ..engine import clock as engine
from .entry import REASONS


class HelpdeskTicketStage(models.Model):
    _inherit = "helpdesk.ticket.stage"

    loyalty_sla_pause = fields.Boolean(
        string="Clocks Pause",
        help="SLA clocks pause in this stage, until the ticket leaves it or, where the client is "
        "waited for, the client answers.",
    )
    loyalty_sla_pause_reason = fields.Selection(
        REASONS, string="Waits For", default=engine.CLIENT, required=True
    )

    loyalty_ask_solved = fields.Boolean(
        string="Ask If Solved",
        default=True,
        help="Who has a ticket closed in this stage is asked by mail whether it is solved. For "
        "stages in which nothing was solved, such as spam, take it off.",
    )

    def write(self, vals):
        result = super().write(vals)
        if {"closed", "loyalty_sla_pause", "loyalty_sla_pause_reason"} & vals.keys():
            # sudo: what the stage means has changed for every ticket in it.
            self.env["helpdesk.ticket"].sudo().with_context(
                active_test=False, loyalty_stage_changed=True
            ).search(
                [("stage_id", "in", self.ids), ("loyalty_sla_entry_ids", "!=", False)]
            )._loyalty_sla_sync()
        return result
