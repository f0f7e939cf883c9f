from odoo import fields, models


class Client(models.Model):
    _inherit = "loyalty.service.client"

    open_ticket_count = fields.Integer(
        string="Open Tickets",
        compute="_compute_open_ticket_count",
        compute_sudo=True,
        help="Tickets of the client and its contacts that are not closed.",
    )

    def _compute_open_ticket_count(self):
        """Count for all clients at once."""
        counts = {
            (partner, company): count
            for partner, company, count in self.env["helpdesk.ticket"]._read_group(
                [
                    ("commercial_partner_id", "in", self.partner_id.ids),
                    ("company_id", "in", self.company_id.ids),
                    ("stage_id.closed", "=", False),
                ],
                ["commercial_partner_id", "company_id"],
                ["__count"],
            )
        }
        for client in self:
            client.open_ticket_count = counts.get((client.partner_id, client.company_id), 0)

    def write(self, vals):
        moved = self.browse()
        if "tier_id" in vals:
            moved = self.filtered(lambda client: client.tier_id.id != vals["tier_id"])
        result = super().write(vals)
        if moved:
            moved._renew_sla_promises()
        return result

    def _after_tier_change(self):
        result = super()._after_tier_change()
        self._renew_sla_promises()
        return result

    def _renew_sla_promises(self):
        """Let the open tickets of clients whose tier has changed follow the new one."""
        # sudo: tiers change by points, whoever caused them; the tickets of these clients only.
        self.env["helpdesk.ticket"].sudo().search(
            [
                ("commercial_partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("stage_id.closed", "=", False),
            ]
        )._loyalty_sla_renew_promise()

    def action_view_open_tickets(self):
        self.ensure_one()
        return self.partner_id.action_view_loyalty_open_tickets()
