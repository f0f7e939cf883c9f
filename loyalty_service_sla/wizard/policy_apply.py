from odoo import api, fields, models


class PolicyApply(models.TransientModel):
    """Give the open tickets that a policy is meant for what it promises now."""

    _name = "loyalty.service.sla.policy.apply"
    _description = "Apply an SLA Policy to Open Tickets"

    policy_id = fields.Many2one("loyalty.service.sla.policy", required=True, readonly=True)
    # As the user, who need not see each ticket that the policy is meant for.
    preview_text = fields.Text(compute="_compute_preview_text")
    preview_ticket_ids = fields.Many2many(
        related="policy_id.preview_ticket_ids", related_sudo=False
    )
    mode = fields.Selection(
        [
            (
                "later",
                "From now on: what was counted so far stays, and what is breached stays breached",
            ),
            ("start", "As if promised at their opening: a correction"),
        ],
        string="Counts",
        required=True,
        default="later",
    )

    @api.depends("policy_id")
    @api.depends_context("uid", "lang")
    def _compute_preview_text(self):
        """Count all of it, however many tickets there are: it is about to be done."""
        for dialog in self:
            policy = dialog.policy_id
            text = policy.preview_text
            if policy.preview_uncounted:
                promises = policy._get_new_promises()
                lost = policy._get_lost({ticket.id for ticket in promises})
                text = policy._describe_effect(promises, lost)
            dialog.preview_text = text

    def action_apply(self):
        """Write the new promises into the logs; show what is held for it."""
        self.ensure_one()
        held = self.policy_id._apply_to_open(self.mode == "start")
        if not held:
            return {"type": "ir.actions.act_window_close"}
        return self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_service_sla.clock_held_action"
        )
