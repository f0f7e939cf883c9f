from odoo import fields, models
from odoo.exceptions import UserError

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
        if vals.get("closed"):
            self._check_loyalty_complaints()
        result = super().write(vals)
        if {"closed", "loyalty_sla_pause", "loyalty_sla_pause_reason"} & vals.keys():
            # sudo: what the stage means has changed for every ticket in it.
            self.env["helpdesk.ticket"].sudo().with_context(
                active_test=False, loyalty_stage_changed=True
            ).search(
                [("stage_id", "in", self.ids), ("loyalty_sla_entry_ids", "!=", False)]
            )._loyalty_sla_sync()
        return result

    def _check_loyalty_complaints(self):
        """Refuse to close a stage over complaints that their clients have not answered."""
        # sudo: whoever may edit stages; of complaints only the number of one is told.
        complaints_sudo = self.env["loyalty.service.complaint"].sudo()
        complaint_sudo = complaints_sudo.search(
            [
                ("ticket_id.stage_id", "in", self.filtered(lambda stage: not stage.closed).ids),
                ("state", "!=", "closed"),
            ],
            limit=1,
        )
        if complaint_sudo:
            raise UserError(
                self.env._(
                    "Complaint %(number)s in the stage %(stage)s is still open. Move such tickets "
                    "to another stage, or close their complaints first.",
                    number=complaint_sudo.ticket_id.number,
                    stage=complaint_sudo.ticket_id.stage_id.name,
                )
            )
